//! What a hosted program asks of its kernel does not reach the host's, except as what the host backend makes of it: every
//! call that the host's kernel gets comes from osvrun's own code, is one of a short list, and there are no more of them
//! when the program makes more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use osvrun_tests::column::Column;
use osvrun_tests::guest::{self, Guest, Kind};
use osvrun_tests::host_calls::{Traced, trace};
use osvrun_tests::paths;
use osvrun_tests::run::text;

/// Every system call of the host that a hosted run may make, and what for.
const ALLOWED: &[(i64, &str)] = &[
    // Before the machine runs: the Rust library's start, and osvrun finding the program and its own options.
    (libc::SYS_execve, "how osvrun came to be"),
    (libc::SYS_brk, "the start of osvrun's own C library"),
    (libc::SYS_arch_prctl, "the same, and FS where the processor has no instruction for it"),
    (libc::SYS_set_tid_address, "the same"),
    (libc::SYS_set_robust_list, "the same"),
    (libc::SYS_rseq, "the same"),
    (libc::SYS_prlimit64, "the same, and the limit of the host's stack"),
    (libc::SYS_getrandom, "the same, and Entropy"),
    (libc::SYS_statx, "which files the command line names"),
    (libc::SYS_readlink, "where they are"),
    (libc::SYS_getcwd, "where they are looked for"),
    (libc::SYS_umask, "the mask that the program starts with, and none, so that its own counts"),
    // Memory
    (libc::SYS_mmap, "Memory: pages, and stacks of host threads"),
    (libc::SYS_munmap, "Memory"),
    (libc::SYS_mprotect, "Memory: access"),
    (libc::SYS_mremap, "Memory: moving pages"),
    (libc::SYS_madvise, "Memory: pages brought in and given back"),
    (libc::SYS_memfd_create, "Memory: objects, which are shown at several places"),
    (libc::SYS_ftruncate, "Memory: the size of an object; folders::set_len"),
    (libc::SYS_mincore, "Memory: which pages have memory"),
    (libc::SYS_sysinfo, "Memory: how much there is"),
    // Threads, Parking
    (libc::SYS_clone, "Threads: a new one"),
    (libc::SYS_exit, "Threads: its end"),
    (libc::SYS_futex, "Parking"),
    (libc::SYS_sched_yield, "Threads::yield_now"),
    (libc::SYS_sched_getaffinity, "Threads: how many processors there are"),
    (libc::SYS_membarrier, "Threads::barrier_all"),
    (libc::SYS_sched_setaffinity, "Threads: which of them one may use"),
    (libc::SYS_getcpu, "Threads: which processor one is on"),
    (libc::SYS_gettid, "Threads: whom to interrupt"),
    (libc::SYS_getpid, "the same"),
    (libc::SYS_tgkill, "Threads::interrupt"),
    (libc::SYS_rt_sigaction, "the handlers of faults, interruptions and system calls"),
    (libc::SYS_rt_sigprocmask, "the same"),
    (libc::SYS_rt_sigreturn, "their ends"),
    (libc::SYS_sigaltstack, "their stacks"),
    (libc::SYS_prctl, "Syscall User Dispatch, and the names of threads"),
    // Clock
    (libc::SYS_clock_gettime, "Clock: the processor time of another thread"),
    (libc::SYS_getrusage, "Clock: processor time"),
    // Console
    (libc::SYS_read, "Console: input"),
    (libc::SYS_write, "Console: output"),
    (libc::SYS_ioctl, "Console: whether it is a terminal, and its size"),
    (libc::SYS_poll, "Console: whether there is input"),
    (libc::SYS_fcntl, "Console: which descriptors osvrun was started with"),
    (libc::SYS_signalfd4, "signals that osvrun gets for the program"),
    (libc::SYS_eventfd2, "the end of the thread that waits for them"),
    // Folders
    (libc::SYS_openat, "folders: a file"),
    (libc::SYS_openat2, "folders: a file below its root"),
    (libc::SYS_close, "the same"),
    (libc::SYS_pread64, "the same"),
    (libc::SYS_lseek, "the same"),
    (libc::SYS_fstat, "the same"),
    (libc::SYS_newfstatat, "the same"),
    (libc::SYS_readlinkat, "the same"),
    (libc::SYS_getdents64, "the same"),
    (libc::SYS_lgetxattr, "folders: extended attributes"),
    (libc::SYS_llistxattr, "the same"),
    // Power
    (libc::SYS_exit_group, "Power: the end"),
];

/// Makes a call many times, or several that belong together.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static void *wait(void *end) {
    char byte;
    return read(*(int *)end, &byte, 1) < 0 ? end : 0;
}
int main(int argc, char **argv) {
    pthread_t thread;
    int times = atoi(argv[2]), event = eventfd(0, EFD_NONBLOCK), epoll = epoll_create1(0), ends[2], pair[2];
    int fd = open("/tmp/file", O_CREAT | O_RDWR, 0600), zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    const char *what = argv[1];
    char bytes[512] = "";
    struct stat is;
    struct timespec time;
    unsigned long wrong = 0, word = 0;
    sigset_t set;
    struct epoll_event ready = {EPOLLIN, {0}};
    sigemptyset(&set);
    if (argc != 3 || pipe(ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || write(fd, bytes, sizeof bytes) < 0) return 3;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &ready)) return 3;
    // With several threads, a libc makes calls that wait where they can be cancelled.
    if (!strcmp(what, "threads") && pthread_create(&thread, 0, wait, &ends[0])) return 3;
    for (int i = 0; i < times; i++) {
        // Now from another place, when a jump stands for the first.
        if (!strcmp(what, "later") && i == 9 && pthread_create(&thread, 0, wait, &ends[0])) return 3;
        if (!strcmp(what, "getppid")) wrong += syscall(SYS_getppid) < 0;
        else if (!strcmp(what, "zero")) wrong += read(zero, bytes, sizeof bytes) != sizeof bytes;
        else if (!strcmp(what, "later")) wrong += read(zero, bytes, 9) != 9;
        else if (!strcmp(what, "list")) wrong += closedir(opendir("/proc/self/fd")) != 0;
        else if (!strcmp(what, "null")) wrong += write(null, bytes, sizeof bytes) != sizeof bytes;
        else if (!strcmp(what, "file")) wrong += pwrite(fd, bytes, 512, 0) != 512 || pread(fd, bytes, 512, 0) != 512;
        else if (!strcmp(what, "open")) wrong += close(open("/tmp/file", O_RDONLY)) != 0;
        else if (!strcmp(what, "stat")) wrong += stat("/tmp/file", &is) != 0;
        else if (!strcmp(what, "pipe")) wrong += write(ends[1], bytes, 100) != 100 || read(ends[0], bytes, 100) != 100;
        else if (!strcmp(what, "socket")) wrong += send(pair[1], bytes, 100, 0) != 100 || recv(pair[0], bytes, 100, 0) != 100;
        else if (!strcmp(what, "threads"))
            wrong += read(zero, bytes, 9) != 9 || send(pair[1], bytes, 9, 0) != 9 || recv(pair[0], bytes, 9, 0) != 9;
        else if (!strcmp(what, "event")) wrong += eventfd_write(event, 1) != 0 || eventfd_read(event, &(eventfd_t){0}) != 0;
        else if (!strcmp(what, "poll")) wrong += poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 0) != 0;
        else if (!strcmp(what, "epoll")) wrong += epoll_wait(epoll, &ready, 1, 0) != 0;
        else if (!strcmp(what, "clock")) wrong += clock_gettime(CLOCK_MONOTONIC, &time) != 0;
        else if (!strcmp(what, "mask")) wrong += sigprocmask(SIG_BLOCK, &set, 0) != 0;
        else if (!strcmp(what, "wake")) wrong += syscall(SYS_futex, &word, 1, 1, 0, 0, 0) != 0;
        else if (!strcmp(what, "malloc")) free(malloc(1000 + i % 1000));
        else return 4;
    }
    return wrong != 0;
}
"#;

/// What the program can do many times.
const WHAT: [&str; 18] = [
    "getppid", "zero", "null", "file", "open", "stat", "pipe", "socket", "event", "poll", "epoll", "clock",
    "mask", "wake", "malloc", "threads", "later", "list",
];

/// The kinds of programs that come in by each door, with the compiler's flags and osvrun's options.
const KINDS: [(&str, &[&str], &[&str]); 3] = [
    ("so", &["-shared", "-fPIC"], &[]),
    ("static", &["-static", "-fno-pie"], &[]),
    ("own", &["-fPIE", "-pie"], &["--libc=own"]),
];

fn program(kind: &str, flags: &[&str]) -> PathBuf {
    let source = paths::fresh_folder("host-calls-source");
    let source = source.join("host_calls.c");
    std::fs::write(&source, SOURCE).expect("the build folder can be written");
    guest::compile(&source, &[&["-O1", "-g", "-Wall"], flags].concat(), &format!("host_calls.{kind}"))
        .expect("it compiles")
}

fn traced(options: &[&str], program: &Path, args: &[&str], env: &[(String, String)]) -> Traced {
    let folder = paths::fresh_folder("host-calls");
    let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
    let mut command = Column::Hosted.command_with(options, program, &args, env, &folder);
    trace(&mut command).expect("it can be traced")
}

/// Whether the calls of a program with its own libc are caught without the host's kernel telling a tracer of them.
fn is_dispatched() -> bool {
    std::env::var_os("OSVRUN_FILTER_SYSCALLS").is_none()
}

/// What is wrong with the calls that were made.
fn faults_of(name: &str, traced: &Traced) -> Vec<String> {
    let osvrun = paths::osvrun().canonicalize().expect("osvrun was built");
    let osvrun = osvrun.to_string_lossy();
    let mut faults = Vec::new();
    for (caller, number) in traced.callers.iter().filter(|(caller, _)| **caller != *osvrun) {
        faults.push(format!("{name}: the code of {caller} makes call {number}"));
    }
    for (number, count) in &traced.counts {
        if !ALLOWED.iter().any(|(allowed, _)| *allowed as u64 == *number) {
            faults.push(format!("{name}: call {number}, {count} times"));
        }
    }
    faults
}

#[test]
fn more_calls_of_the_program_are_no_more_calls_of_the_host() {
    /// A place of the program's code is caught some times before a jump comes to stand for it, and a call may find that
    /// memory is to be had; neither goes on.
    const MORE_AT_MOST: u64 = 120;
    if !Column::chosen().contains(&Column::Hosted) || !is_dispatched() {
        return;
    }
    let mut faults = Vec::new();
    for (kind, flags, options) in KINDS {
        let program = program(kind, flags);
        for what in WHAT {
            let few = traced(options, &program, &[what, "10"], &[]);
            let many = traced(options, &program, &[what, "2010"], &[]);
            assert_eq!(
                (few.outcome.status, many.outcome.status),
                (0, 0),
                "{kind} {what}: {}",
                text(&few.outcome.stderr)
            );
            if many.total() > few.total() + MORE_AT_MOST {
                let more: BTreeMap<u64, u64> = many
                    .counts
                    .iter()
                    .map(|(number, count)| {
                        (*number, count.saturating_sub(few.counts.get(number).copied().unwrap_or(0)))
                    })
                    .filter(|(_, more)| *more > 0)
                    .collect();
                faults.push(format!(
                    "{kind} {what}: 2000 times more make so many more calls, by number: {more:?}"
                ));
            }
            faults.extend(faults_of(&format!("{kind} {what}"), &many));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn all_calls_of_the_host_come_from_osvrun_and_are_known() {
    const GUESTS: [&str; 13] = [
        "hello",
        "fs_files",
        "fs_dirs",
        "memory_calls",
        "memfd_seals",
        "poll_epoll",
        "signals_basic",
        "threads_mutex",
        "threads_cond",
        "inet_tcp",
        "unix_sockets",
        "sysv_ipc",
        "signal_async",
    ];
    if !Column::chosen().contains(&Column::Hosted) || !is_dispatched() {
        return;
    }
    let guests = guest::all().expect("the guests can be read");
    let mut faults = Vec::new();
    for name in GUESTS {
        let found: Option<&Guest> = guests.iter().find(|guest| guest.name == name);
        let guest = found.unwrap_or_else(|| panic!("there is no guest {name}"));
        for kind in [Kind::SharedObject, Kind::Static, Kind::Own] {
            let program = guest.build(kind).expect("it compiles");
            let options = kind.options();
            let args: Vec<&str> = guest.args.iter().map(String::as_str).collect();
            let traced = traced(options, &program, &args, &guest.env);
            let name = format!("{name}.{}", kind.name());
            if traced.outcome.status != guest.exit {
                faults.push(format!(
                    "{name}: exit status {}\n{}",
                    traced.outcome.status,
                    text(&traced.outcome.stderr)
                ));
            }
            faults.extend(faults_of(&name, &traced));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
