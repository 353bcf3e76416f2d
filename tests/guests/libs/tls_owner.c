// Has a thread-local variable that is found dynamically.
__thread int late = 7;
int *late_dynamic(void) { return &late; }
