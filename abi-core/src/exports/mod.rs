//! Door 1: the C symbols a program is linked with, one file per C header.
//!
//! A row declares an export: its level, its name, its code. From the rows come the lookup by name, the trace line,
//! `osvrun check` and `osvrun symbols`. Three macros make rows: [`crate::kernel_exports!`] for calls that enter the kernel,
//! [`crate::pure_exports!`] for library functions, [`crate::data_exports!`] for data objects.
#![expect(unsafe_code, reason = "C functions take raw pointers")]
#![expect(
    clippy::multiple_unsafe_ops_per_block,
    reason = "a C function's pointers all carry the same promise"
)]
#![expect(clippy::missing_safety_doc, reason = "the safety of a C function is its man page")]
#![allow(missing_docs, reason = "the documentation of a C function is its man page")]

mod index;
mod table;

pub mod absent;
pub mod aio;
pub mod argp;
pub mod argz;
pub mod arpa_inet;
pub mod assert_h;
pub mod complex;
pub mod crypt;
pub mod ctype;
pub mod dirent;
pub mod dlfcn;
pub mod envz;
pub mod err;
pub mod error_h;
pub mod ether;
pub mod execinfo;
mod extended;
pub mod fcntl;
pub mod fenv;
pub mod fmtmsg;
pub mod fnmatch;
pub mod fstab;
pub mod ftw;
pub mod futex;
pub mod getopt;
pub mod glob;
pub mod grp;
pub mod gshadow;
pub mod iconv;
pub mod inet6;
pub mod inet_net;
pub mod inttypes;
pub mod langinfo;
pub mod libgen;
pub mod libintl;
pub mod link_h;
pub mod locale_h;
pub mod malloc;
pub mod math;
pub mod math_formats;
pub mod math_inexact;
pub mod math_long;
pub mod math_modern;
pub mod math_quad;
pub mod mntent;
pub mod monetary;
pub mod nameser;
pub mod nameser_text;
pub mod net_if;
pub mod netdb;
pub mod netdb_files;
pub mod netgroup;
pub mod nl_types;
pub mod obstack;
pub mod osv;
pub mod poll;
pub mod process;
pub mod pthread;
pub mod pty;
pub mod pwd;
pub mod regex;
pub mod regex_gnu;
pub mod resolv;
pub mod sched;
pub mod search;
pub mod semaphore;
pub mod setjmp;
pub mod shadow;
pub mod signal;
pub mod signal_info;
pub mod spawn;
pub mod start;
pub mod stdio;
pub mod stdio_ext;
pub mod stdio_printf;
pub mod stdio_scanf;
pub mod stdio_wide;
pub mod stdlib;
pub mod stdlib_convert;
pub mod stdlib_digits;
pub mod stdlib_env;
pub mod stdlib_random;
pub mod stdlib_sort;
pub mod stdlib_system;
pub mod string;
pub mod string_chk;
pub mod strings;
pub mod sys_epoll;
pub mod sys_eventfd;
pub mod sys_file;
pub mod sys_inotify;
pub mod sys_ioctl;
pub mod sys_ipc;
pub mod sys_mman;
pub mod sys_mount;
pub mod sys_pidfd;
pub mod sys_random;
pub mod sys_resource;
pub mod sys_select;
pub mod sys_socket;
pub mod sys_stat;
pub mod sys_statfs;
pub mod sys_sysinfo;
pub mod sys_time;
pub mod sys_times;
pub mod sys_uio;
pub mod sys_utsname;
pub mod sys_wait;
pub mod sys_xattr;
pub mod syscall;
pub mod sysconf;
pub mod syslog;
pub mod termios;
pub mod thread_rows;
pub mod threads;
pub mod time_h;
pub mod uchar;
pub mod unistd;
pub mod utime;
pub mod utmp;
pub mod wchar;
pub mod wchar_convert;
pub mod wctype;
pub mod wordexp;

pub use crate::boundary::door::Level;
pub use index::{all, find, number_at};
pub use table::{Export, Kind, short};

/// Every file's tables of rows.
const FILES: &[&[&[Export]]] = &[
    absent::TABLES,
    aio::TABLES,
    argp::TABLES,
    argz::TABLES,
    arpa_inet::TABLES,
    assert_h::TABLES,
    complex::TABLES,
    crypt::TABLES,
    ctype::TABLES,
    dirent::TABLES,
    dlfcn::TABLES,
    envz::TABLES,
    err::TABLES,
    error_h::TABLES,
    ether::TABLES,
    execinfo::TABLES,
    fcntl::TABLES,
    fenv::TABLES,
    fmtmsg::TABLES,
    fnmatch::TABLES,
    fstab::TABLES,
    ftw::TABLES,
    futex::TABLES,
    getopt::TABLES,
    glob::TABLES,
    grp::TABLES,
    gshadow::TABLES,
    iconv::TABLES,
    inet6::TABLES,
    inet_net::TABLES,
    inttypes::TABLES,
    langinfo::TABLES,
    libgen::TABLES,
    libintl::TABLES,
    link_h::TABLES,
    locale_h::TABLES,
    malloc::TABLES,
    math::TABLES,
    math_formats::TABLES,
    math_quad::TABLES,
    monetary::TABLES,
    mntent::TABLES,
    nameser::TABLES,
    nameser_text::TABLES,
    net_if::TABLES,
    netdb::TABLES,
    netdb_files::TABLES,
    netgroup::TABLES,
    nl_types::TABLES,
    obstack::TABLES,
    osv::TABLES,
    poll::TABLES,
    process::TABLES,
    pthread::TABLES,
    pty::TABLES,
    pwd::TABLES,
    regex::TABLES,
    regex_gnu::TABLES,
    resolv::TABLES,
    sched::TABLES,
    search::TABLES,
    semaphore::TABLES,
    setjmp::TABLES,
    shadow::TABLES,
    signal::TABLES,
    signal_info::TABLES,
    spawn::TABLES,
    start::TABLES,
    stdio::TABLES,
    stdio_ext::TABLES,
    stdio_printf::TABLES,
    stdio_scanf::TABLES,
    stdio_wide::TABLES,
    stdlib::TABLES,
    stdlib_digits::TABLES,
    stdlib_system::TABLES,
    string::TABLES,
    strings::TABLES,
    sys_epoll::TABLES,
    sys_eventfd::TABLES,
    sys_file::TABLES,
    sys_inotify::TABLES,
    sys_ioctl::TABLES,
    sys_ipc::TABLES,
    sys_mman::TABLES,
    sys_mount::TABLES,
    sys_pidfd::TABLES,
    sys_random::TABLES,
    sys_resource::TABLES,
    sys_select::TABLES,
    sys_socket::TABLES,
    sys_stat::TABLES,
    sys_statfs::TABLES,
    sys_sysinfo::TABLES,
    sys_time::TABLES,
    sys_times::TABLES,
    sys_uio::TABLES,
    sys_utsname::TABLES,
    sys_wait::TABLES,
    sys_xattr::TABLES,
    syscall::TABLES,
    sysconf::TABLES,
    syslog::TABLES,
    termios::TABLES,
    thread_rows::TABLES,
    threads::TABLES,
    time_h::TABLES,
    uchar::TABLES,
    unistd::TABLES,
    utime::TABLES,
    utmp::TABLES,
    wchar::TABLES,
    wctype::TABLES,
    wordexp::TABLES,
];
