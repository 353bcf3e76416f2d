//! `/proc` and `/sys`: what the machine says of itself, made when it is read.
//!
//! The tree is a table of [`Entry`]s; [`texts`], [`process`], [`mapped`], [`cpu`] and [`topology`] make the contents. What
//! isn't known truly isn't there. Of what real programs open, this is left out, so that they find it missing as on a
//! Linux without it:
//!
//! | path | why |
//! |---|---|
//! | `/sys/fs/cgroup`, `/proc/self/cgroup`, `/sys/fs/selinux` | no such thing here; programs then do without |
//! | `/sys/kernel/mm/transparent_hugepage` | memory has pages of one size |
//! | `/proc/self/coredump_filter` | no core files are written |

/// Writes formatted lines; writing to a string can't fail.
macro_rules! line {
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}

mod cpu;
mod disks;
mod limits;
mod load;
mod mapped;
mod node;
mod open;
mod process;
mod texts;
mod topology;

pub use topology::cache_figures;

use alloc::vec::Vec;

use super::{disk, inode::InodeRef};
use crate::abi::Result;
use crate::kernel::{Context, Kernel};
use crate::net::report;

pub use load::LoadAverage;
pub(super) use node::{ProcNode, file_system_proc, file_system_sys};

/// Makes a file's contents.
type Text = fn(&Kernel) -> Vec<u8>;
/// Makes the contents of a file below numbered directories, whose numbers it gets, the outermost first.
type NumberedText = fn(&Kernel, &[usize]) -> Option<Vec<u8>>;
/// Takes what is written to a file below numbered directories.
type Store = fn(Context<'_>, &[usize], &[u8]) -> Result<()>;

/// What an entry of the table is.
pub(super) enum Kind {
    /// A directory of these entries.
    Directory(&'static [Entry]),
    /// A directory of these entries and of numbered ones.
    Counted(&'static [Entry], &'static Numbered),
    /// A file with these contents.
    File(Text),
    /// A file with contents that depend on the numbers in its path.
    NumberedFile(NumberedText),
    /// A file that can be written.
    Setting(NumberedText, Store),
    /// A link to this path.
    Link(Text),
    /// The memory of the process.
    Memory,
    /// The directory of descriptors: links to what they name.
    Descriptors,
    /// The directory of descriptors: a file about each.
    DescriptorInfo,
    /// The directory of threads.
    Threads,
}

/// Entries named by a word and a number.
pub(super) struct Numbered {
    /// The word.
    pub(super) prefix: &'static [u8],
    /// How many there are, of the numbers of the directories above.
    pub(super) count: fn(&Kernel, &[usize]) -> usize,
    /// What each is.
    pub(super) entry: Entry,
}

/// One name.
pub(super) struct Entry {
    pub(super) name: &'static [u8],
    pub(super) kind: Kind,
    pub(super) permissions: u32,
}

const fn entry(name: &'static [u8], permissions: u32, kind: Kind) -> Entry {
    Entry { name, kind, permissions }
}
const fn directory(name: &'static [u8], entries: &'static [Entry]) -> Entry {
    entry(name, 0o555, Kind::Directory(entries))
}
const fn file(name: &'static [u8], text: Text) -> Entry {
    entry(name, 0o444, Kind::File(text))
}
/// A parameter that Linux would let be changed.
const fn parameter(name: &'static [u8], text: Text) -> Entry {
    entry(name, 0o644, Kind::File(text))
}
/// A directory below `/sys`.
const fn folder(name: &'static [u8], entries: &'static [Entry]) -> Entry {
    entry(name, 0o755, Kind::Directory(entries))
}
const fn private(name: &'static [u8], text: Text) -> Entry {
    entry(name, 0o400, Kind::File(text))
}
const fn numbered(name: &'static [u8], text: NumberedText) -> Entry {
    entry(name, 0o444, Kind::NumberedFile(text))
}
const fn setting(name: &'static [u8], text: NumberedText, store: Store) -> Entry {
    entry(name, 0o644, Kind::Setting(text, store))
}
const fn link(name: &'static [u8], text: Text) -> Entry {
    entry(name, 0o777, Kind::Link(text))
}

/// `/proc`. The process's directory has its number for a name, and comes first.
static PROC: &[Entry] = &[
    directory(b"2", PROCESS),
    link(b"self", |_| b"2".to_vec()),
    link(b"thread-self", |_| alloc::format!("2/task/{}", crate::task::current().tid).into_bytes()),
    file(b"cmdline", |_| b"\n".to_vec()),
    file(b"devices", disks::devices),
    file(b"cpuinfo", cpu::cpuinfo),
    file(b"filesystems", |_| {
        b"nodev\tproc\nnodev\tsysfs\nnodev\ttmpfs\nnodev\tramfs\nnodev\tdevtmpfs\nnodev\tdevpts\nnodev\toverlay\nnodev\t9p\n".to_vec()
    }),
    file(b"loadavg", load::loadavg),
    file(b"meminfo", texts::meminfo),
    link(b"mounts", |_| b"self/mounts".to_vec()),
    link(b"net", |_| b"self/net".to_vec()),
    file(b"partitions", disks::partitions),
    file(b"stat", texts::machine_stat),
    file(b"uptime", texts::uptime),
    file(b"version", texts::version),
    directory(b"sys", SYSCTL),
];

/// What a process and each of its threads has.
macro_rules! of_a_thread {
    ($($more:expr),* $(,)?) => {
        &[
            private(b"auxv", texts::auxv),
            file(b"cmdline", texts::cmdline),
            setting(b"comm", process::comm, process::set_comm),
            link(b"cwd", texts::cwd),
            private(b"environ", texts::environ),
            link(b"exe", texts::exe),
            entry(b"fd", 0o500, Kind::Descriptors),
            entry(b"fdinfo", 0o555, Kind::DescriptorInfo),
            private(b"io", texts::io),
            file(b"limits", process::limits),
            file(b"maps", mapped::maps),
            entry(b"mem", 0o600, Kind::Memory),
            file(b"mountinfo", texts::mountinfo),
            file(b"mounts", texts::mounts),
            directory(b"net", NET),
            setting(b"oom_score_adj", process::oom_score_adj, process::set_oom_score_adj),
            link(b"root", texts::root),
            file(b"smaps", mapped::smaps),
            file(b"smaps_rollup", mapped::smaps_rollup),
            numbered(b"stat", process::stat),
            file(b"statm", mapped::statm),
            numbered(b"status", process::status),
            $($more),*
        ]
    };
}

static PROCESS: &[Entry] = of_a_thread![entry(b"task", 0o555, Kind::Threads)];

/// A thread's directory.
static THREAD: Entry = directory(b"", of_a_thread![file(b"children", |_| Vec::new())]);

static NET: &[Entry] = &[
    file(b"dev", report::dev),
    file(b"if_inet6", report::if_inet6),
    file(b"raw", report::raw),
    file(b"raw6", report::raw6),
    file(b"route", report::route),
    file(b"tcp", report::tcp),
    file(b"tcp6", report::tcp6),
    file(b"udp", report::udp),
    file(b"udp6", report::udp6),
    file(b"udplite", report::udplite),
    file(b"udplite6", report::udplite6),
    file(b"unix", report::unix),
];

static SYSCTL: &[Entry] = &[
    directory(
        b"kernel",
        &[
            // Capabilities 0 to 40, as capget(2) says.
            file(b"cap_last_cap", |_| b"40\n".to_vec()),
            setting(b"domainname", |kernel, _| Some(texts::domainname(kernel)), texts::set_domainname),
            setting(b"hostname", |kernel, _| Some(texts::hostname(kernel)), texts::set_hostname),
            parameter(b"msgmax", limits::msgmax),
            parameter(b"msgmnb", limits::msgmnb),
            parameter(b"msgmni", limits::msgmni),
            // setgroups(2) takes as many.
            file(b"ngroups_max", |_| b"65536\n".to_vec()),
            file(b"osrelease", texts::osrelease),
            file(b"ostype", |_| b"Linux\n".to_vec()),
            parameter(b"pid_max", texts::pid_max),
            parameter(b"sem", limits::sem),
            parameter(b"shmall", limits::shmall),
            parameter(b"shmmax", limits::shmmax),
            parameter(b"shmmni", limits::shmmni),
            file(b"version", texts::kernel_version),
            directory(
                b"random",
                &[
                    file(b"boot_id", texts::boot_id),
                    file(b"uuid", texts::uuid),
                    file(b"entropy_avail", texts::entropy_avail),
                    file(b"poolsize", texts::entropy_poolsize),
                ],
            ),
        ],
    ),
    directory(
        b"net",
        &[
            directory(b"core", &[parameter(b"somaxconn", report::somaxconn)]),
            directory(
                b"ipv4",
                &[
                    parameter(b"ip_local_port_range", report::port_range),
                    // Nobody's, as Linux has it at first: raw sockets are everybody's.
                    file(b"ping_group_range", |_| b"1\t0\n".to_vec()),
                ],
            ),
            directory(b"unix", &[parameter(b"max_dgram_qlen", report::max_messages)]),
        ],
    ),
    directory(
        b"vm",
        &[
            parameter(b"overcommit_memory", |_| b"1\n".to_vec()),
            parameter(b"max_map_count", texts::max_map_count),
        ],
    ),
    directory(
        b"fs",
        &[
            setting(b"aio-max-nr", texts::aio_most, texts::set_aio_most),
            file(b"aio-nr", texts::aio_count),
            parameter(b"file-max", texts::file_max),
            setting(b"lease-break-time", texts::lease_seconds, texts::set_lease_seconds),
            parameter(b"leases-enable", |_| b"1\n".to_vec()),
            parameter(b"nr_open", texts::file_max),
            parameter(b"pipe-max-size", |_| b"1048576\n".to_vec()),
        ],
    ),
];

/// `/sys`.
static SYS: &[Entry] = &[
    entry(
        b"block",
        0o755,
        Kind::Counted(&[], &Numbered { prefix: disk::NAME.as_bytes(), count: disks::count, entry: DISK }),
    ),
    folder(b"devices", SYS_DEVICES),
];

/// `/sys/block/vblkN`
const DISK: Entry = folder(
    b"",
    &[
        numbered(b"dev", disks::dev),
        numbered(b"hidden", |_, _| Some(b"0\n".to_vec())),
        numbered(b"range", |_, _| Some(b"1\n".to_vec())),
        numbered(b"removable", |_, _| Some(b"0\n".to_vec())),
        numbered(b"ro", disks::ro),
        numbered(b"size", disks::size),
        folder(
            b"queue",
            &[
                numbered(b"hw_sector_size", disks::sector_bytes),
                numbered(b"logical_block_size", disks::sector_bytes),
                numbered(b"minimum_io_size", disks::sector_bytes),
                numbered(b"physical_block_size", disks::sector_bytes),
            ],
        ),
    ],
);

static SYS_DEVICES: &[Entry] = &[folder(
    b"system",
    &[
        entry(
            b"cpu",
            0o755,
            Kind::Counted(
                &[
                    file(b"kernel_max", |_| b"1023\n".to_vec()),
                    file(b"offline", |_| b"\n".to_vec()),
                    file(b"online", texts::cpu_range),
                    file(b"possible", texts::cpu_range),
                    file(b"present", texts::cpu_range),
                ],
                &Numbered { prefix: b"cpu", count: |kernel, _| kernel.backend.cpus().count, entry: CPU },
            ),
        ),
        folder(
            b"node",
            &[
                file(b"has_cpu", |_| b"0\n".to_vec()),
                file(b"has_memory", |_| b"0\n".to_vec()),
                file(b"has_normal_memory", |_| b"0\n".to_vec()),
                folder(
                    b"node0",
                    &[
                        file(b"cpulist", texts::cpu_range),
                        file(b"cpumap", topology::all_processors),
                        file(b"distance", |_| b"10\n".to_vec()),
                        file(b"meminfo", texts::node_meminfo),
                    ],
                ),
                file(b"online", |_| b"0\n".to_vec()),
                file(b"possible", |_| b"0\n".to_vec()),
            ],
        ),
    ],
)];

/// A processor's directory.
const CPU: Entry = folder(
    b"",
    &[
        entry(
            b"cache",
            0o755,
            Kind::Counted(&[], &Numbered { prefix: b"index", count: topology::cache_count, entry: CACHE }),
        ),
        folder(
            b"topology",
            &[
                numbered(b"core_cpus", topology::core_map),
                numbered(b"core_cpus_list", topology::core_list),
                numbered(b"core_id", topology::core_id),
                numbered(b"core_siblings", topology::package_map),
                numbered(b"core_siblings_list", topology::package_list),
                numbered(b"package_cpus", topology::package_map),
                numbered(b"package_cpus_list", topology::package_list),
                numbered(b"physical_package_id", topology::package_id),
                numbered(b"thread_siblings", topology::core_map),
                numbered(b"thread_siblings_list", topology::core_list),
            ],
        ),
    ],
);

/// A cache's directory.
const CACHE: Entry = folder(
    b"",
    &[
        numbered(b"coherency_line_size", topology::line_bytes),
        numbered(b"level", topology::level),
        numbered(b"number_of_sets", topology::sets),
        numbered(b"physical_line_partition", topology::partitions),
        numbered(b"shared_cpu_list", topology::sharing_list),
        numbered(b"shared_cpu_map", topology::sharing_map),
        numbered(b"size", topology::size),
        numbered(b"type", topology::kind),
        numbered(b"ways_of_associativity", topology::ways),
    ],
);

/// Returns the root of `/proc`.
pub fn root(backend: &'static dyn crate::backend::Backend) -> InodeRef {
    ProcNode::root(backend, PROC, file_system_proc())
}

/// Returns the root of `/sys`.
pub fn sys_root(backend: &'static dyn crate::backend::Backend) -> InodeRef {
    ProcNode::root(backend, SYS, file_system_sys())
}
