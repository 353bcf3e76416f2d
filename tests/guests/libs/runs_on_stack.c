// flags: -Wl,-z,execstack
// Asks for executable stacks.
int runs_on_stack(void) { return 1; }
