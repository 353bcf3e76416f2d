// Has thread-local variables that are reached by the thread pointer.
static __thread int first __attribute__((tls_model("initial-exec"))) = 5;
static __thread int rest[100] __attribute__((tls_model("initial-exec")));
int use_initial(void) {
    int sum = first++;
    for (int i = 0; i < 100; i++)
        sum += rest[i]++;
    return sum;
}
