//! The contents of `/proc` and `/sys`, proc(5).

use core::fmt::Write;
use core::sync::atomic::Ordering::Relaxed;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::abi::{Errno, Result};
use crate::backend::Whose;
use crate::boundary::user::{UserPtr, copy_in};
use crate::fs::file::Location;
use crate::fs::files::Files;
use crate::fs::mount::Mounted;
use crate::fs::uname;
use crate::kernel::{Context, Kernel};
use crate::task::Program;

/// What of files is the own of the program that looks.
pub(super) fn own_files() -> &'static Files {
    &own_program().files
}

/// The program that looks.
fn own_program() -> &'static Program {
    &crate::task::current().program
}

/// Ends every string with a NUL.
fn joined(strings: &[Vec<u8>]) -> Vec<u8> {
    strings.iter().flat_map(|string| string.iter().copied().chain([0])).collect()
}

pub(super) fn threads(kernel: &Kernel) -> usize {
    kernel.tasks.threads.lock().iter().filter(|thread| thread.is_listed()).count()
}

/// What the program has by now where its arguments were, which is how it gives itself a title: if the last byte there is
/// no NUL, the title goes on up to the first, over the environment.
pub(super) fn cmdline(_kernel: &Kernel) -> Vec<u8> {
    let program = own_program();
    let Some(stack) = *program.start_stack.lock() else { return joined(&program.args) };
    let own = memory(stack.arg_start, stack.env_start);
    if own.last().is_none_or(|&last| last == 0) {
        return own;
    }
    let mut title = memory(stack.arg_start, stack.env_end);
    title.truncate(title.iter().position(|&byte| byte == 0).map_or(title.len(), |at| at + 1));
    title
}

pub(super) fn environ(_kernel: &Kernel) -> Vec<u8> {
    let program = own_program();
    let start = *program.start_stack.lock();
    start.map_or_else(|| joined(&program.env), |stack| memory(stack.env_start, stack.env_end))
}

/// Reads the program's memory from `start` to `end`; nothing if it is not there any more.
fn memory(start: usize, end: usize) -> Vec<u8> {
    let mut bytes = alloc::vec![0; end - start];
    if copy_in(&mut bytes, start).is_err() { Vec::new() } else { bytes }
}

pub(super) fn exe(kernel: &Kernel) -> Vec<u8> {
    let program = own_program();
    // As it was found, without links and dots.
    let loaded = program.namespace.lock().program().map(|object| object.image.source.path_now());
    let path = loaded.unwrap_or_else(|| program.path.clone());
    if path.starts_with(b"/") {
        return path;
    }
    let mut full = kernel.boot.cwd.clone();
    full.push(b'/');
    full.extend_from_slice(&path);
    full
}

/// Returns what `cwd`, `exe` and `root` lead to, which need not have a path any more.
pub(super) fn target_of(cx: Context<'_>, name: &[u8]) -> Option<Result<(Mounted, Option<Location>)>> {
    let place = match name {
        b"cwd" => own_files().cwd(),
        b"exe" => {
            let source = own_program().namespace.lock().program()?.image.source.clone();
            let open = source.open_file()?;
            let location = open.location.lock().clone();
            return Some(Ok((cx.mounted(open)?, location)));
        }
        _ => cx.kernel.fs.root(),
    };
    Some(place.map(|place| (place, None)))
}

pub(super) fn cwd(kernel: &Kernel) -> Vec<u8> {
    own_files().cwd().map(|cwd| kernel.fs.path_shown(&cwd)).unwrap_or_default()
}

pub(super) fn root(_kernel: &Kernel) -> Vec<u8> {
    b"/".to_vec()
}

/// Ticks of `USER_HZ` in a time.
pub(super) fn ticks(time: core::time::Duration) -> u64 {
    time.as_millis() as u64 / 10
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

pub(super) fn max_map_count(kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", kernel.backend.most_mappings()).into_bytes()
}

pub(super) fn auxv(_kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    let Some(stack) = *own_program().start_stack.lock() else { return out };
    let start = UserPtr::<u64>::new(stack.auxv);
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
    let (total, free) = (kernel.backend.layout().total_bytes / 1024, kernel.free_bytes() / 1024);
    let mut out = String::new();
    for (name, kib) in [("MemTotal", total), ("MemFree", free), ("MemUsed", total.saturating_sub(free))] {
        line!(out, "Node 0 {:<16}{kib:8} kB", format!("{name}:"));
    }
    out.into_bytes()
}

/// `/proc/self/io`. There are no blocks of disks, so none are read or written.
pub(super) fn io(kernel: &Kernel) -> Vec<u8> {
    let io = &kernel.fs.io;
    let get = |counter: &core::sync::atomic::AtomicU64| counter.load(Relaxed);
    format!(
        "rchar: {}\nwchar: {}\nsyscr: {}\nsyscw: {}\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n",
        get(&io.bytes_read),
        get(&io.bytes_written),
        get(&io.reads),
        get(&io.writes)
    )
    .into_bytes()
}

pub(super) fn range_of(count: usize) -> String {
    if count <= 1 { "0".into() } else { format!("0-{}", count - 1) }
}

pub(super) fn cpu_range(kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", range_of(kernel.backend.cpus().count)).into_bytes()
}

pub(super) fn meminfo(kernel: &Kernel) -> Vec<u8> {
    let kib = |bytes: usize| bytes / 1024;
    let free = kernel.free_bytes();
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
    let count = kernel.backend.cpus().count as u64;
    let used = ticks(kernel.backend.total_cpu_time());
    let up = kernel.backend.monotonic().0 / 10_000_000;
    let idle = (up * count).saturating_sub(used);
    let mut out = String::new();
    line!(out, "cpu  {used} 0 0 {idle} 0 0 0 0 0 0");
    for cpu in 0..kernel.backend.cpus().count {
        // Programs count these lines. Where only the sum is known, every processor has its part of it.
        let busy = kernel.backend.processor_time(cpu).map_or(used / count, ticks);
        line!(out, "cpu{cpu} {busy} 0 0 {} 0 0 0 0 0 0", up.saturating_sub(busy));
    }
    let boot = crate::time::realtime(kernel.backend)
        .as_secs()
        .saturating_sub(kernel.backend.monotonic().0 / 1_000_000_000);
    let costs = kernel.backend.costs(Whose::All);
    line!(out, "ctxt {}\nbtime {boot}", costs.waits + costs.preemptions);
    line!(
        out,
        "processes {}\nprocs_running {}",
        crate::task::threads_started(kernel),
        super::load::running(kernel)
    );
    line!(out, "procs_blocked 0");
    out.into_bytes()
}

pub(super) fn uptime(kernel: &Kernel) -> Vec<u8> {
    let centis = kernel.backend.monotonic().0 / 10_000_000;
    let busy = ticks(kernel.backend.total_cpu_time());
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
    [&kernel.fs.hostname.lock()[..], b"\n"].concat()
}

pub(super) fn domainname(kernel: &Kernel) -> Vec<u8> {
    [&kernel.fs.domainname.lock()[..], b"\n"].concat()
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

pub(super) fn entropy_avail(kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", kernel.random.available_bits(kernel.backend)).into_bytes()
}

pub(super) fn entropy_poolsize(_: &Kernel) -> Vec<u8> {
    format!("{}\n", crate::random::POOL_BITS).into_bytes()
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

/// Returns a name of the machine's as it is written to its file: up to the line's end.
fn written_name(written: &[u8]) -> Vec<u8> {
    let end = written.iter().position(|byte| matches!(byte, 0 | b'\n')).unwrap_or(written.len());
    written[..end.min(uname::HOST_NAME_MAX_BYTES)].to_vec()
}

pub(super) fn set_hostname(cx: Context<'_>, _numbers: &[usize], written: &[u8]) -> Result<()> {
    *cx.kernel.fs.hostname.lock() = written_name(written);
    Ok(())
}

pub(super) fn set_domainname(cx: Context<'_>, _numbers: &[usize], written: &[u8]) -> Result<()> {
    *cx.kernel.fs.domainname.lock() = written_name(written);
    Ok(())
}

/// A path as the tables of mounts have it: what would part words is written in octal.
fn escaped(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in path {
        match byte {
            b' ' | b'\t' | b'\n' | b'\\' => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out
}

pub(super) fn mounts(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    for mount in kernel.fs.mount_list(kernel) {
        out.extend_from_slice(&escaped(&mount.source));
        out.push(b' ');
        out.extend_from_slice(&escaped(&mount.path));
        out.extend_from_slice(format!(" {} {} 0 0\n", mount.kind, mount.options).as_bytes());
    }
    out
}

pub(super) fn mountinfo(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    for mount in kernel.fs.mount_list(kernel) {
        let (major, minor) = (crate::abi::major(mount.dev), crate::abi::minor(mount.dev));
        out.extend_from_slice(format!("{} {} {major}:{minor} ", mount.id, mount.parent).as_bytes());
        out.extend_from_slice(&escaped(&mount.root_path));
        out.push(b' ');
        out.extend_from_slice(&escaped(&mount.path));
        let (options, tags) = (&mount.own_options, mount.tags);
        out.extend_from_slice(format!(" {options}{tags} - {} ", mount.kind).as_bytes());
        out.extend_from_slice(&escaped(&mount.source));
        out.extend_from_slice(format!(" {}\n", mount.super_options).as_bytes());
    }
    out
}

pub(super) fn aio_most(kernel: &Kernel, _numbers: &[usize]) -> Option<Vec<u8>> {
    Some(format!("{}\n", kernel.fs.requests.most.load(Relaxed)).into_bytes())
}

fn written_number(written: &[u8]) -> Result<u64> {
    let text = core::str::from_utf8(written.trim_ascii()).map_err(|_| Errno::EINVAL)?;
    text.parse().map_err(|_| Errno::EINVAL)
}

pub(super) fn set_aio_most(cx: Context<'_>, _numbers: &[usize], written: &[u8]) -> Result<()> {
    cx.kernel.fs.requests.most.store(written_number(written)?, Relaxed);
    Ok(())
}

pub(super) fn lease_seconds(kernel: &Kernel, _numbers: &[usize]) -> Option<Vec<u8>> {
    Some(format!("{}\n", kernel.fs.leases.break_seconds.load(Relaxed)).into_bytes())
}

pub(super) fn set_lease_seconds(cx: Context<'_>, _numbers: &[usize], written: &[u8]) -> Result<()> {
    let seconds = written_number(written)?;
    i32::try_from(seconds).map_err(|_| Errno::EINVAL)?;
    cx.kernel.fs.leases.break_seconds.store(seconds, Relaxed);
    Ok(())
}

pub(super) fn aio_count(kernel: &Kernel) -> Vec<u8> {
    format!("{}\n", kernel.fs.requests.count.load(Relaxed)).into_bytes()
}
