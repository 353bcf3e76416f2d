// flags: -lnever_opened
// A library that needs one that dlopen(3) refuses.
int never_opened(void);
int needs_never_opened(void) { return never_opened(); }
