// flags: -Wl,-z,nodlopen
// A library that dlopen(3) refuses.
int never_opened(void) { return 1; }
