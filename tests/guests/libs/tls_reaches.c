// Reaches another library's thread-local variable by the thread pointer.
extern __thread int late __attribute__((tls_model("initial-exec")));
int *late_initial(void) { return &late; }
