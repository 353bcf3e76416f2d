//! The contents of `/proc` and `/sys`, proc(5).

use core::fmt::Write;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::abi::PID;
use crate::backend::Access;
use crate::fs::uname;
use crate::kernel::Kernel;
use crate::task::Program;

/// Writes formatted lines; writing to a string can't fail.
macro_rules! line {
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}

fn program(kernel: &Kernel) -> Option<Arc<Program>> {
    kernel.tasks.threads.lock().first().map(|thread| thread.program.clone())
}

fn program_path(kernel: &Kernel) -> Vec<u8> {
    program(kernel).map_or_else(Vec::new, |program| program.path.clone())
}

/// Ends every string with a NUL.
fn joined(strings: &[Vec<u8>]) -> Vec<u8> {
    strings.iter().flat_map(|string| string.iter().copied().chain([0])).collect()
}

fn threads(kernel: &Kernel) -> usize {
    kernel.tasks.threads.lock().len()
}

fn command(kernel: &Kernel) -> Vec<u8> {
    let path = program_path(kernel);
    let name = path.rsplit(|&b| b == b'/').next().unwrap_or_default();
    name[..name.len().min(15)].to_vec()
}

pub(super) fn cmdline(kernel: &Kernel) -> Vec<u8> {
    joined(&kernel.boot.args)
}

pub(super) fn environ(kernel: &Kernel) -> Vec<u8> {
    joined(&kernel.boot.env)
}

pub(super) fn comm(kernel: &Kernel) -> Vec<u8> {
    let mut name = command(kernel);
    name.push(b'\n');
    name
}

pub(super) fn exe(kernel: &Kernel) -> Vec<u8> {
    let path = program_path(kernel);
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
    kernel.mm.for_each_region(|region| {
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
    });
    out
}

/// Ticks of `USER_HZ` in a time.
fn ticks(time: core::time::Duration) -> u128 {
    time.as_millis() / 10
}

pub(super) fn process_stat(kernel: &Kernel) -> Vec<u8> {
    let totals = kernel.mm.totals();
    let name = command(kernel);
    format!(
        "{PID} ({}) R 0 {PID} {PID} 0 {PID} 0 0 0 0 0 {} 0 0 0 20 0 {} 0 0 {} {} 18446744073709551615 \
         0 0 0 0 0 0 0 0 0 0 0 0 17 {} 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
        String::from_utf8_lossy(&name),
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
    format!("{size} {resident} 0 0 0 {size} 0\n").into_bytes()
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
    line!(out, "VmRSS:\t{:8} kB", totals.resident_bytes / 1024);
    line!(out, "Threads:\t{}", threads(kernel));
    let cpus = kernel.backend.cpus().count;
    line!(out, "Cpus_allowed_list:\t{}", range_of(cpus));
    out.into_bytes()
}

fn range_of(count: usize) -> String {
    if count <= 1 { "0".into() } else { format!("0-{}", count - 1) }
}

pub(super) fn cpu_range(kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", range_of(kernel.backend.cpus().count)).into_bytes()
}

pub(super) fn cpuinfo(kernel: &Kernel) -> Vec<u8> {
    let mut out = String::new();
    let count = kernel.backend.cpus().count;
    for cpu in 0..count {
        line!(out, "processor\t: {cpu}");
        line!(out, "physical id\t: 0\nsiblings\t: {count}\ncore id\t\t: {cpu}\ncpu cores\t: {count}");
        line!(out, "address sizes\t: 48 bits virtual\n");
    }
    out.into_bytes()
}

pub(super) fn meminfo(kernel: &Kernel) -> Vec<u8> {
    let total = kernel.backend.layout().total_bytes / 1024;
    let free = kernel.backend.free_bytes() / 1024;
    let mut out = String::new();
    for (name, kib) in [
        ("MemTotal", total),
        ("MemFree", free),
        ("MemAvailable", free),
        ("Buffers", 0),
        ("Cached", 0),
        ("SwapCached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
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
    for cpu in 0..count {
        // Time is known for all processors together; each gets an equal part.
        line!(out, "cpu{cpu} {} 0 0 {} 0 0 0 0 0 0", used / count, idle / count);
    }
    let boot =
        kernel.backend.realtime().as_secs().saturating_sub(kernel.backend.monotonic().0 / 1_000_000_000);
    line!(out, "btime {boot}\nprocesses 1\nprocs_running 1\nprocs_blocked 0");
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
