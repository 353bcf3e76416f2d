//! The contents of `/proc` and `/sys`, proc(5).

use core::fmt::Write;
use core::sync::atomic::Ordering::Relaxed;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::abi::PID;
use crate::backend::{Access, Whose};
use crate::fs::uname;
use crate::kernel::Kernel;
use crate::task::Program;

/// Writes formatted lines; writing to a string can't fail.
macro_rules! line {
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}

fn of_program(kernel: &Kernel, part: impl FnOnce(&Program) -> Vec<u8>) -> Vec<u8> {
    kernel.tasks.program().map_or_else(Vec::new, |program| part(&program))
}

/// Ends every string with a NUL.
fn joined(strings: &[Vec<u8>]) -> Vec<u8> {
    strings.iter().flat_map(|string| string.iter().copied().chain([0])).collect()
}

fn threads(kernel: &Kernel) -> usize {
    kernel.tasks.threads.lock().len()
}

fn command(kernel: &Kernel) -> Vec<u8> {
    of_program(kernel, |program| program.name[..program.name.len().min(15)].to_vec())
}

pub(super) fn cmdline(kernel: &Kernel) -> Vec<u8> {
    of_program(kernel, |program| joined(&program.args))
}

pub(super) fn environ(kernel: &Kernel) -> Vec<u8> {
    of_program(kernel, |program| joined(&program.env))
}

pub(super) fn comm(kernel: &Kernel) -> Vec<u8> {
    let mut name = command(kernel);
    name.push(b'\n');
    name
}

pub(super) fn exe(kernel: &Kernel) -> Vec<u8> {
    let path = of_program(kernel, |program| program.path.clone());
    if path.starts_with(b"/") {
        return path;
    }
    let mut full = kernel.boot.cwd.clone();
    full.push(b'/');
    full.extend_from_slice(&path);
    full
}

pub(super) fn cwd(kernel: &Kernel) -> Vec<u8> {
    kernel.fs.cwd().and_then(|cwd| kernel.fs.path_of(&cwd)).unwrap_or_default()
}

pub(super) fn root(_kernel: &Kernel) -> Vec<u8> {
    b"/".to_vec()
}

pub(super) fn maps(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    kernel.mm.for_each_region(|region| map_line(region, &mut out));
    out
}

/// Writes a mapping's line.
fn map_line(region: &crate::mm::RegionInfo, out: &mut Vec<u8>) {
    let bit = |access, letter| if region.access.contains(access) { letter } else { '-' };
    let mut head = String::new();
    let _ = write!(
        head,
        "{:08x}-{:08x} {}{}{}{} {:08x} 00:00 0",
        region.range.start,
        region.range.end(),
        bit(Access::READ, 'r'),
        bit(Access::WRITE, 'w'),
        bit(Access::EXECUTE, 'x'),
        if region.is_shared { 's' } else { 'p' },
        region.offset,
    );
    let name = region.file.as_ref().map_or_else(|| region.name.into(), |file| file.path());
    if !name.is_empty() {
        while head.len() < 73 {
            head.push(' ');
        }
    }
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&name);
    out.push(b'\n');
}

/// Ticks of `USER_HZ` in a time.
fn ticks(time: core::time::Duration) -> u128 {
    time.as_millis() / 10
}

pub(super) fn process_stat(kernel: &Kernel) -> Vec<u8> {
    let totals = kernel.mm.totals();
    let name = command(kernel);
    let costs = kernel.backend.costs(Whose::All);
    format!(
        "{PID} ({}) R 0 {PID} {PID} 0 {PID} 0 {} 0 {} 0 {} 0 0 0 20 0 {} 0 0 {} {} 18446744073709551615 \
         0 0 0 0 0 0 0 0 0 0 0 0 17 {} 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
        String::from_utf8_lossy(&name),
        costs.page_faults + kernel.tasks.page_faults.load(Relaxed),
        costs.page_reads,
        ticks(kernel.backend.total_cpu_time()),
        threads(kernel),
        totals.mapped_bytes,
        totals.resident_bytes / 4096,
        kernel.backend.cpus().current,
    )
    .into_bytes()
}

pub(super) fn statm(kernel: &Kernel) -> Vec<u8> {
    let totals = kernel.mm.totals();
    let (size, resident) = (totals.mapped_bytes / 4096, totals.resident_bytes / 4096);
    let holders = kernel.mm.holders();
    let shared = (holders.file_bytes + holders.shared_bytes) / 4096;
    let mut text = 0;
    kernel.mm.for_each_region(|region| {
        let is_text = region.access.contains(Access::EXECUTE) && region.file.is_some();
        text += if is_text { region.range.len_bytes / 4096 } else { 0 };
    });
    format!("{size} {resident} {shared} {text} 0 {} 0\n", kernel.mm.data_bytes() / 4096).into_bytes()
}

pub(super) fn status(kernel: &Kernel) -> Vec<u8> {
    let totals = kernel.mm.totals();
    let mut out = String::new();
    line!(out, "Name:\t{}", String::from_utf8_lossy(&command(kernel)));
    line!(out, "Umask:\t{:04o}", kernel.fs.umask());
    line!(out, "State:\tR (running)");
    line!(out, "Tgid:\t{PID}\nNgid:\t0\nPid:\t{PID}\nPPid:\t0\nTracerPid:\t0");
    line!(out, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0");
    line!(out, "FDSize:\t{}", kernel.fs.descriptors.lock().open_descriptors().count().next_multiple_of(64));
    line!(out, "VmSize:\t{:8} kB", totals.mapped_bytes / 1024);
    line!(out, "VmHWM:\t{:8} kB", totals.peak_bytes / 1024);
    line!(out, "VmRSS:\t{:8} kB", totals.resident_bytes / 1024);
    line!(out, "Threads:\t{}", threads(kernel));
    let cpus = kernel.backend.cpus().count;
    line!(out, "Cpus_allowed_list:\t{}", range_of(cpus));
    out.into_bytes()
}

pub(super) fn file_max(kernel: &Kernel) -> Vec<u8> {
    // One process, so the machine can have as many open files as its table can get.
    let _ = kernel;
    format!("{}\n", crate::task::MAX_DESCRIPTORS).into_bytes()
}

pub(super) fn pid_max(kernel: &Kernel) -> Vec<u8> {
    let _ = kernel;
    format!("{}\n", crate::task::TID_MAX).into_bytes()
}

pub(super) fn limits(kernel: &Kernel) -> Vec<u8> {
    let mut out = String::new();
    line!(out, "{:<26}{:<21}{:<21}{:<10}", "Limit", "Soft Limit", "Hard Limit", "Units");
    let shown =
        |value| if value == crate::abi::RLIM_INFINITY { "unlimited".into() } else { format!("{value}") };
    for (kind, name, unit) in LIMITS {
        let (soft, hard) = kernel.tasks.limits.get(kind).unwrap_or_default();
        line!(out, "{name:<25} {:<20} {:<20} {unit:<10}", shown(soft), shown(hard));
    }
    out.into_bytes()
}

pub(super) fn auxv(kernel: &Kernel) -> Vec<u8> {
    use crate::boundary::user::UserPtr;
    let start = UserPtr::<u64>::new(kernel.tasks.program().map_or(0, |program| program.auxv.load(Relaxed)));
    let mut out = Vec::new();
    // Ends at AT_NULL; a program that overwrote its vector must not make this endless.
    for index in 0..64 {
        let (Ok(kind), Ok(value)) = (start.add(2 * index).read(), start.add(2 * index + 1).read()) else {
            break;
        };
        out.extend_from_slice(&kind.to_ne_bytes());
        out.extend_from_slice(&value.to_ne_bytes());
        if kind == crate::abi::AT_NULL {
            break;
        }
    }
    out
}

pub(super) fn node_meminfo(kernel: &Kernel) -> Vec<u8> {
    let (total, free) = (kernel.backend.layout().total_bytes / 1024, kernel.backend.free_bytes() / 1024);
    let mut out = String::new();
    for (name, kib) in [("MemTotal", total), ("MemFree", free), ("MemUsed", total.saturating_sub(free))] {
        line!(out, "Node 0 {:<16}{kib:8} kB", format!("{name}:"));
    }
    out.into_bytes()
}

/// The lines of `/proc/self/limits`, in Linux's order.
const LIMITS: [(u32, &str, &str); 16] = {
    use crate::abi::*;
    [
        (RLIMIT_CPU, "Max cpu time", "seconds"),
        (RLIMIT_FSIZE, "Max file size", "bytes"),
        (RLIMIT_DATA, "Max data size", "bytes"),
        (RLIMIT_STACK, "Max stack size", "bytes"),
        (RLIMIT_CORE, "Max core file size", "bytes"),
        (RLIMIT_RSS, "Max resident set", "bytes"),
        (RLIMIT_NPROC, "Max processes", "processes"),
        (RLIMIT_NOFILE, "Max open files", "files"),
        (RLIMIT_MEMLOCK, "Max locked memory", "bytes"),
        (RLIMIT_AS, "Max address space", "bytes"),
        (RLIMIT_LOCKS, "Max file locks", "locks"),
        (RLIMIT_SIGPENDING, "Max pending signals", "signals"),
        (RLIMIT_MSGQUEUE, "Max msgqueue size", "bytes"),
        (RLIMIT_NICE, "Max nice priority", ""),
        (RLIMIT_RTPRIO, "Max realtime priority", ""),
        (RLIMIT_RTTIME, "Max realtime timeout", "us"),
    ]
};

pub(super) fn io(kernel: &Kernel) -> Vec<u8> {
    let io = &kernel.fs.io;
    let get = |counter: &core::sync::atomic::AtomicU64| counter.load(Relaxed);
    format!(
        "rchar: {}\nwchar: {}\nsyscr: {}\nsyscw: {}\n",
        get(&io.bytes_read),
        get(&io.bytes_written),
        get(&io.reads),
        get(&io.writes)
    )
    .into_bytes()
}

/// What `smaps` says of some mappings.
#[derive(Default)]
struct Mapped {
    size: usize,
    resident: usize,
    dirty: usize,
    shared: usize,
    anonymous: usize,
}

impl Mapped {
    fn add(&mut self, region: &crate::mm::RegionInfo) {
        let (resident, writes) = (region.resident_bytes, region.access.contains(Access::WRITE));
        self.size += region.range.len_bytes;
        self.resident += resident;
        self.dirty += if writes && !region.is_shared { resident } else { 0 };
        self.shared += if region.is_shared { resident } else { 0 };
        self.anonymous += if region.file.is_none() && !region.is_shared { resident } else { 0 };
    }

    /// Writes the lines of the sums; there is one process, so each page is its own in full.
    fn show(&self, out: &mut String) {
        let private = self.resident - self.shared;
        for (name, bytes) in [
            ("Rss", self.resident),
            ("Pss", self.resident),
            ("Shared_Clean", 0),
            ("Shared_Dirty", self.shared),
            ("Private_Clean", private - self.dirty),
            ("Private_Dirty", self.dirty),
            ("Anonymous", self.anonymous),
            ("Swap", 0),
        ] {
            line!(out, "{:<16}{:8} kB", format!("{name}:"), bytes / 1024);
        }
    }
}

pub(super) fn smaps(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    kernel.mm.for_each_region(|region| {
        map_line(region, &mut out);
        let mut mapped = Mapped::default();
        mapped.add(region);
        let mut lines = String::new();
        line!(lines, "{:<16}{:8} kB", "Size:", mapped.size / 1024);
        line!(lines, "{:<16}{:8} kB", "KernelPageSize:", 4);
        line!(lines, "{:<16}{:8} kB", "MMUPageSize:", 4);
        mapped.show(&mut lines);
        out.extend_from_slice(lines.as_bytes());
    });
    out
}

pub(super) fn smaps_rollup(kernel: &Kernel) -> Vec<u8> {
    let (mut mapped, mut ends) = (Mapped::default(), None);
    kernel.mm.for_each_region(|region| {
        mapped.add(region);
        let (start, _) = ends.unwrap_or((region.range.start, 0));
        ends = Some((start, region.range.end()));
    });
    let (start, end) = ends.unwrap_or_default();
    let mut out = String::new();
    line!(out, "{start:08x}-{end:08x} ---p 00000000 00:00 0                          [rollup]");
    mapped.show(&mut out);
    out.into_bytes()
}

pub(super) fn devices(_kernel: &Kernel) -> Vec<u8> {
    b"Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n\nBlock devices:\n".to_vec()
}

fn range_of(count: usize) -> String {
    if count <= 1 { "0".into() } else { format!("0-{}", count - 1) }
}

pub(super) fn cpu_range(kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", range_of(kernel.backend.cpus().count)).into_bytes()
}

pub(super) fn meminfo(kernel: &Kernel) -> Vec<u8> {
    let kib = |bytes: usize| bytes / 1024;
    let free = kernel.backend.free_bytes();
    let holders = kernel.mm.holders();
    let cached = crate::fs::tree::cached_bytes() + holders.file_bytes + holders.shared_bytes;
    let mut out = String::new();
    for (name, kib) in [
        ("MemTotal", kib(kernel.backend.layout().total_bytes)),
        ("MemFree", kib(free)),
        // Nothing that holds memory could be dropped: files in memory have no other copy.
        ("MemAvailable", kib(free)),
        // There are no blocks of disks, and there is no swap.
        ("Buffers", 0),
        ("Cached", kib(cached)),
        ("SwapCached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
        ("AnonPages", kib(holders.anonymous_bytes)),
        ("Mapped", kib(holders.file_bytes)),
        ("Shmem", kib(holders.shared_bytes)),
    ] {
        line!(out, "{:<16}{kib:8} kB", format!("{name}:"));
    }
    out.into_bytes()
}

pub(super) fn machine_stat(kernel: &Kernel) -> Vec<u8> {
    let count = kernel.backend.cpus().count as u128;
    let used = ticks(kernel.backend.total_cpu_time());
    let up = u128::from(kernel.backend.monotonic().0) / 10_000_000;
    let idle = (up * count).saturating_sub(used);
    let mut out = String::new();
    line!(out, "cpu  {used} 0 0 {idle} 0 0 0 0 0 0");
    for cpu in 0..kernel.backend.cpus().count {
        if let Some(busy) = kernel.backend.processor_time(cpu) {
            let busy = ticks(busy);
            line!(out, "cpu{cpu} {busy} 0 0 {} 0 0 0 0 0 0", up.saturating_sub(busy));
        }
    }
    let boot =
        kernel.backend.realtime().as_secs().saturating_sub(kernel.backend.monotonic().0 / 1_000_000_000);
    let running = threads(kernel);
    line!(out, "btime {boot}\nprocesses {}\nprocs_running {running}", crate::task::threads_started(kernel));
    out.into_bytes()
}

pub(super) fn uptime(kernel: &Kernel) -> Vec<u8> {
    let centis = kernel.backend.monotonic().0 / 10_000_000;
    let busy = ticks(kernel.backend.total_cpu_time()) as u64;
    let idle = (centis * kernel.backend.cpus().count as u64).saturating_sub(busy);
    format!("{}.{:02} {}.{:02}\n", centis / 100, centis % 100, idle / 100, idle % 100).into_bytes()
}

pub(super) fn version(_kernel: &Kernel) -> Vec<u8> {
    format!("Linux version {} (osvrun) {}\n", uname::RELEASE, uname::VERSION).into_bytes()
}

pub(super) fn osrelease(_kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", uname::RELEASE).into_bytes()
}

pub(super) fn kernel_version(_kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", uname::VERSION).into_bytes()
}

pub(super) fn hostname(kernel: &Kernel) -> Vec<u8> {
    let mut name = kernel.fs.hostname.lock().clone();
    name.push(b'\n');
    name
}

fn uuid_text(mut bytes: [u8; 16]) -> Vec<u8> {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut out = String::new();
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        let _ = write!(out, "{byte:02x}");
    }
    out.push('\n');
    out.into_bytes()
}

pub(super) fn uuid(kernel: &Kernel) -> Vec<u8> {
    let mut bytes = [0; 16];
    crate::random::fill(kernel, &mut bytes);
    uuid_text(bytes)
}

pub(super) fn boot_id(kernel: &Kernel) -> Vec<u8> {
    let mut id = kernel.fs.boot_id.lock();
    let bytes = *id.get_or_insert_with(|| {
        let mut bytes = [0; 16];
        crate::random::fill(kernel, &mut bytes);
        bytes
    });
    drop(id);
    uuid_text(bytes)
}

pub(super) fn mounts(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    for (source, path, info) in kernel.fs.mount_list() {
        let mode = if info.is_read_only && !matches!(info.name, "proc" | "sysfs") { "ro" } else { "rw" };
        out.extend_from_slice(&source);
        out.push(b' ');
        out.extend_from_slice(&path);
        out.extend_from_slice(format!(" {} {mode} 0 0\n", info.name).as_bytes());
    }
    out
}

pub(super) fn mountinfo(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, (source, path, info)) in kernel.fs.mount_list().into_iter().enumerate() {
        let mode = if info.is_read_only && !matches!(info.name, "proc" | "sysfs") { "ro" } else { "rw" };
        let parent = usize::from(number > 0);
        out.extend_from_slice(format!("{} {parent} 0:{} / ", number + 1, number + 0x20).as_bytes());
        out.extend_from_slice(&path);
        out.extend_from_slice(format!(" {mode} - {} ", info.name).as_bytes());
        out.extend_from_slice(&source);
        out.extend_from_slice(format!(" {mode}\n").as_bytes());
    }
    out
}
