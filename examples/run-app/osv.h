/* What the unikernel offers beyond POSIX. On other systems these functions are not there: declared weak, they can be
 * asked for (`if (osv_run_app)`). */
#ifndef OSV_H
#define OSV_H

#ifdef __cplusplus
extern "C" {
#endif

/* Loads the executable or shared object `path` beside the calling program, runs its main(argc, argv) in a new thread,
 * waits for it to end, unloads it and gives back what it held, timers and threads that still run included. It has
 * libraries, libc data and memory of its own, and shares descriptors, working directory and signals: one that is fatal
 * ends the machine. Standard streams that it closed are open again afterwards. Returns its exit status (0 to 255), or
 * -1 with errno as execve(2) sets it. */
__attribute__((weak)) int osv_run_app(const char *path, char *const argv[], int argc);

#ifdef __cplusplus
}
#endif
#endif
