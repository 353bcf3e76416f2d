//! `/proc` and `/sys`: what the machine says of itself, made when it is read.
//!
//! The tree is a table of [`Entry`]s; [`texts`] makes the contents. What isn't known truly isn't there. Of what real
//! programs open, this is left out, so that they find it missing as on a Linux without it:
//!
//! | path | why |
//! |---|---|
//! | `/sys/fs/cgroup`, `/proc/self/cgroup`, `/sys/fs/selinux` | no such thing here; programs then do without |
//! | `/sys/kernel/mm/transparent_hugepage` | memory has pages of one size |
//! | `/proc/self/coredump_filter` | no core files are written |
//! | `/proc/sys/kernel/cap_last_cap` | the one user has no capabilities to count |

mod cpu;
mod load;
mod node;
mod texts;

use alloc::vec::Vec;

use super::inode::InodeRef;
use crate::kernel::Kernel;
use crate::net::report;

pub use load::LoadAverage;
pub(super) use node::{ProcNode, file_system_proc, file_system_sys};

/// Makes a file's contents.
type Text = fn(&Kernel) -> Vec<u8>;

/// What an entry of the table is.
pub(super) enum Kind {
    /// A directory of these entries.
    Directory(&'static [Entry]),
    /// A file with these contents.
    File(Text),
    /// A link to this path.
    Link(Text),
    /// The directory of descriptors: links to what they name.
    Descriptors,
    /// The directory of descriptors: a file about each.
    DescriptorInfo,
    /// The directory of threads.
    Threads,
}

/// One name.
pub(super) struct Entry {
    pub(super) name: &'static [u8],
    pub(super) kind: Kind,
}

const fn directory(name: &'static [u8], entries: &'static [Entry]) -> Entry {
    Entry { name, kind: Kind::Directory(entries) }
}
const fn file(name: &'static [u8], text: Text) -> Entry {
    Entry { name, kind: Kind::File(text) }
}
const fn link(name: &'static [u8], text: Text) -> Entry {
    Entry { name, kind: Kind::Link(text) }
}

/// `/proc`. The process's directory has its number for a name.
static PROC: &[Entry] = &[
    directory(b"2", PROCESS),
    link(b"self", |_| b"2".to_vec()),
    file(b"cmdline", |_| b"\n".to_vec()),
    file(b"devices", texts::devices),
    file(b"cpuinfo", cpu::cpuinfo),
    file(b"filesystems", |_| {
        b"nodev\tproc\nnodev\tsysfs\nnodev\ttmpfs\nnodev\tdevtmpfs\nnodev\toverlay\nnodev\t9p\n".to_vec()
    }),
    file(b"loadavg", load::loadavg),
    file(b"meminfo", texts::meminfo),
    link(b"mounts", |_| b"self/mounts".to_vec()),
    link(b"net", |_| b"self/net".to_vec()),
    file(b"stat", texts::machine_stat),
    file(b"uptime", texts::uptime),
    file(b"version", texts::version),
    directory(b"sys", SYSCTL),
];

static PROCESS: &[Entry] = &[
    file(b"auxv", texts::auxv),
    file(b"cmdline", texts::cmdline),
    file(b"comm", texts::comm),
    link(b"cwd", texts::cwd),
    file(b"environ", texts::environ),
    link(b"exe", texts::exe),
    Entry { name: b"fd", kind: Kind::Descriptors },
    Entry { name: b"fdinfo", kind: Kind::DescriptorInfo },
    file(b"io", texts::io),
    file(b"limits", texts::limits),
    file(b"maps", texts::maps),
    file(b"mountinfo", texts::mountinfo),
    file(b"mounts", texts::mounts),
    directory(
        b"net",
        &[
            file(b"dev", report::dev),
            file(b"if_inet6", report::if_inet6),
            file(b"route", report::route),
            file(b"tcp", report::tcp),
            file(b"tcp6", report::tcp6),
            file(b"udp", report::udp),
            file(b"udp6", report::udp6),
            file(b"unix", report::unix),
        ],
    ),
    // Nothing is killed to free memory, so nothing adjusts the choice.
    file(b"oom_score_adj", |_| b"0\n".to_vec()),
    link(b"root", texts::root),
    file(b"smaps", texts::smaps),
    file(b"smaps_rollup", texts::smaps_rollup),
    file(b"stat", texts::process_stat),
    file(b"statm", texts::statm),
    file(b"status", texts::status),
    Entry { name: b"task", kind: Kind::Threads },
];

/// A thread's directory.
static THREAD: &[Entry] =
    &[file(b"cmdline", texts::cmdline), file(b"comm", texts::comm), file(b"maps", texts::maps)];

static SYSCTL: &[Entry] = &[
    directory(
        b"kernel",
        &[
            file(b"hostname", texts::hostname),
            file(b"osrelease", texts::osrelease),
            file(b"ostype", |_| b"Linux\n".to_vec()),
            file(b"pid_max", texts::pid_max),
            file(b"version", texts::kernel_version),
            directory(
                b"random",
                &[
                    file(b"boot_id", texts::boot_id),
                    file(b"uuid", texts::uuid),
                    file(b"entropy_avail", |_| b"256\n".to_vec()),
                ],
            ),
        ],
    ),
    directory(
        b"net",
        &[
            directory(b"core", &[file(b"somaxconn", report::somaxconn)]),
            directory(b"ipv4", &[file(b"ip_local_port_range", report::port_range)]),
            directory(b"unix", &[file(b"max_dgram_qlen", report::max_messages)]),
        ],
    ),
    directory(
        b"vm",
        &[
            file(b"overcommit_memory", |_| b"1\n".to_vec()),
            // The book of mappings has no limit but memory: the largest number there is.
            file(b"max_map_count", |_| b"2147483647\n".to_vec()),
        ],
    ),
    directory(
        b"fs",
        &[
            file(b"file-max", texts::file_max),
            file(b"nr_open", texts::file_max),
            file(b"pipe-max-size", |_| b"1048576\n".to_vec()),
        ],
    ),
];

/// `/sys`.
static SYS: &[Entry] = &[directory(
    b"devices",
    &[directory(
        b"system",
        &[
            directory(
                b"cpu",
                &[
                    file(b"online", texts::cpu_range),
                    file(b"possible", texts::cpu_range),
                    file(b"present", texts::cpu_range),
                ],
            ),
            directory(
                b"node",
                &[
                    file(b"online", |_| b"0\n".to_vec()),
                    file(b"possible", |_| b"0\n".to_vec()),
                    directory(
                        b"node0",
                        &[file(b"cpulist", texts::cpu_range), file(b"meminfo", texts::node_meminfo)],
                    ),
                ],
            ),
        ],
    )],
)];

/// Returns the root of `/proc`.
pub fn root(backend: &'static dyn crate::backend::Backend) -> InodeRef {
    ProcNode::root(backend, PROC, file_system_proc())
}

/// Returns the root of `/sys`.
pub fn sys_root(backend: &'static dyn crate::backend::Backend) -> InodeRef {
    ProcNode::root(backend, SYS, file_system_sys())
}
