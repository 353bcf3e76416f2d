//! What `/proc` says of the process and its threads: `stat`, `status`, `comm`, `limits`, `oom_score_adj`.
//!
//! Below `task/` the texts are a thread's; the process's are those of its first thread with what all threads took.

use core::fmt::Write;
use core::sync::atomic::Ordering::Relaxed;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::texts::{own_files, threads, ticks};
use super::topology;
use crate::abi::{self, Errno, PARENT_PID, PID, Result};
use crate::backend::{Access, Whose};
use crate::boundary::user::copy_in;
use crate::kernel::{Context, Kernel};
use crate::task::Thread;

/// The longest name of a thread.
const NAME_BYTES: usize = 15;

/// Finds the thread of a directory, which may be one of `task/`; without numbers the first one.
fn thread_of(kernel: &Kernel, numbers: &[usize]) -> Option<Arc<Thread>> {
    let threads = kernel.tasks.threads.lock();
    match numbers.last() {
        None => threads.first().cloned(),
        Some(tid) => threads.iter().find(|thread| thread.tid as usize == *tid && thread.is_listed()).cloned(),
    }
}

/// Returns where a thread's control block keeps its name.
fn name_address(thread: &Thread) -> Option<usize> {
    let tcb = thread.tcb.load(Relaxed);
    let offset = core::mem::offset_of!(crate::libc::tcb::Tcb, pthread)
        + core::mem::offset_of!(crate::libc::pthread::PthreadFields, name);
    (tcb != 0).then_some(tcb + offset)
}

fn name(thread: &Thread) -> Vec<u8> {
    let mut own = [0; NAME_BYTES];
    let is_named = match thread.own.name() {
        Some(name) => {
            own.copy_from_slice(&name[..NAME_BYTES]);
            true
        }
        None => name_address(thread).is_some_and(|at| copy_in(&mut own, at).is_ok()) && own[0] != 0,
    };
    let name = if is_named { &own[..] } else { &thread.program.name };
    name.iter().copied().take(NAME_BYTES).take_while(|byte| *byte != 0).collect()
}

pub(super) fn comm(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let mut name = name(&*thread_of(kernel, numbers)?);
    name.push(b'\n');
    Some(name)
}

pub(super) fn set_comm(cx: Context<'_>, numbers: &[usize], written: &[u8]) -> Result<()> {
    let thread = thread_of(cx.kernel, numbers).ok_or(Errno::ESRCH)?;
    let mut name = [0; NAME_BYTES + 1];
    let len = written.len().min(NAME_BYTES);
    name[..len].copy_from_slice(&written[..len]);
    if thread.program.has_own_libc() {
        thread.own.set_name(name);
        return Ok(());
    }
    crate::boundary::user::copy_out(name_address(&thread).ok_or(Errno::EINVAL)?, &name)
}

pub(super) fn oom_score_adj(kernel: &Kernel, _numbers: &[usize]) -> Option<Vec<u8>> {
    Some(format!("{}\n", kernel.tasks.flags.oom_score_adj.load(Relaxed)).into_bytes())
}

/// Nothing is killed to free memory: the number is kept for whoever reads it.
pub(super) fn set_oom_score_adj(cx: Context<'_>, _numbers: &[usize], written: &[u8]) -> Result<()> {
    let text = written[..written.len().min(12)].split(|byte| *byte == 0).next().unwrap_or_default();
    let number = core::str::from_utf8(text.trim_ascii()).ok().and_then(|text| text.parse::<i32>().ok());
    let number = number.filter(|number| (-1000..=1000).contains(number)).ok_or(Errno::EINVAL)?;
    cx.kernel.tasks.flags.oom_score_adj.store(number, Relaxed);
    Ok(())
}

/// Who reads runs; others run unless they are in the kernel.
fn state(thread: &Thread) -> (char, &'static str) {
    if thread.tid == crate::task::current().tid || !thread.is_in_kernel() {
        ('R', "running")
    } else {
        ('S', "sleeping")
    }
}

/// The program's code, and that of its libraries, in bytes.
fn code_bytes(kernel: &Kernel) -> (usize, usize, usize) {
    let executable = *crate::task::current().program.executable.lock();
    let (mut own, mut libraries, mut stack) = (0, 0, 0);
    kernel.mm.for_each_region(|region| match &region.file {
        Some(file) if region.access.contains(Access::EXECUTE) => {
            let sum = if file.key() == executable { &mut own } else { &mut libraries };
            *sum += region.range.len_bytes;
        }
        None if region.name == crate::mm::STACK_NAME => stack += region.range.len_bytes,
        _ => {}
    });
    (own, libraries, stack)
}

pub(super) fn stat(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let thread = thread_of(kernel, numbers)?;
    let is_process = numbers.is_empty();
    let totals = kernel.mm.totals();
    let signals = kernel.signals.masks(&thread);
    let (terminal, group) = kernel.fs.own_terminal_numbers(kernel);
    let costs = kernel.backend.costs(Whose::All);
    let (faults, reads, used) = if is_process {
        let faults = costs.page_faults + kernel.tasks.page_faults.load(Relaxed);
        (faults, costs.page_reads, kernel.backend.total_cpu_time())
    } else {
        (thread.page_faults.load(Relaxed), 0, kernel.backend.cpu_time(thread.backend_id()))
    };
    let (priority, nice, real_time, policy) = thread.scheduling.shown();
    let rss_limit = kernel.tasks.limits.get(abi::RLIMIT_RSS).map_or(u64::MAX, |(soft, _)| soft);
    let started = kernel.fs.started_ns.load(Relaxed) / 10_000_000;
    let stack = thread.program.start_stack.lock().unwrap_or_default();
    let mut out = format!("{} (", thread.tid).into_bytes();
    out.extend_from_slice(&name(&thread));
    let low = |mask: u64| mask & 0x7fff_ffff;
    let rest = format!(
        ") {} {PARENT_PID} {PID} {PID} {terminal} {group} 0 {faults} 0 {reads} 0 {} 0 0 0 {priority} {nice} {} 0 {started} {} {} \
         {rss_limit} 0 0 {} 0 0 {} {} {} {} 0 0 0 17 {} {real_time} {policy} 0 0 0 0 0 0 {} {} {} {} 0\n",
        state(&thread).0,
        ticks(used),
        threads(kernel),
        totals.mapped_bytes,
        totals.resident_bytes / 4096,
        stack.rsp,
        low(signals.pending | signals.pending_process),
        low(signals.blocked),
        low(signals.ignored),
        low(signals.caught),
        kernel.backend.cpus().current,
        stack.arg_start,
        stack.env_start,
        stack.env_start,
        stack.env_end,
    );
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

pub(super) fn status(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let thread = thread_of(kernel, numbers)?;
    let totals = kernel.mm.totals();
    let holders = kernel.mm.holders();
    let mut out = String::new();
    line!(out, "Name:\t{}", String::from_utf8_lossy(&name(&thread)));
    line!(out, "Umask:\t{:04o}", own_files().umask());
    let (letter, word) = state(&thread);
    line!(out, "State:\t{letter} ({word})");
    line!(out, "Tgid:\t{PID}\nNgid:\t0\nPid:\t{}\nPPid:\t{PARENT_PID}\nTracerPid:\t0", thread.tid);
    line!(out, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0");
    line!(out, "FDSize:\t{}", own_files().descriptors.lock().open_descriptors().count().next_multiple_of(64));
    line!(out, "Groups:\t0 ");
    let (own, libraries, stack) = code_bytes(kernel);
    for (name, bytes) in [
        ("VmPeak", totals.peak_mapped_bytes),
        ("VmSize", totals.mapped_bytes),
        ("VmLck", kernel.mm.locked_bytes()),
        // No device moves memory of a program.
        ("VmPin", 0),
        ("VmHWM", totals.peak_bytes),
        ("VmRSS", totals.resident_bytes),
        ("RssAnon", holders.anonymous_bytes),
        ("RssFile", holders.file_bytes),
        ("RssShmem", holders.shared_bytes),
        ("VmData", kernel.mm.data_bytes().saturating_sub(stack)),
        ("VmStk", stack),
        ("VmExe", own),
        ("VmLib", libraries),
        // Memory is never swapped out.
        ("VmSwap", 0),
    ] {
        line!(out, "{name}:\t{:8} kB", bytes / 1024);
    }
    line!(out, "CoreDumping:\t0\nTHP_enabled:\t0\nThreads:\t{}", threads(kernel));
    let signals = kernel.signals.masks(&thread);
    let queue_limit = kernel.tasks.limits.get(abi::RLIMIT_SIGPENDING).map_or(0, |(soft, _)| soft);
    line!(out, "SigQ:\t{}/{queue_limit}", signals.queued);
    for (name, mask) in [
        ("SigPnd", signals.pending),
        ("ShdPnd", signals.pending_process),
        ("SigBlk", signals.blocked),
        ("SigIgn", signals.ignored),
        ("SigCgt", signals.caught),
    ] {
        line!(out, "{name}:\t{mask:016x}");
    }
    let all = crate::task::ALL_CAPABILITIES;
    for (name, set) in [("CapInh", 0), ("CapPrm", all), ("CapEff", all), ("CapBnd", all), ("CapAmb", 0)] {
        line!(out, "{name}:\t{set:016x}");
    }
    let flags = &kernel.tasks.flags;
    line!(out, "NoNewPrivs:\t{}", u8::from(flags.has_no_new_privileges.load(Relaxed)));
    line!(out, "Seccomp:\t0\nSeccomp_filters:\t0");
    let count = kernel.backend.cpus().count;
    let allowed = thread.scheduling.processors();
    let allowed: Vec<usize> = (0..count)
        .filter(|cpu| allowed.get(cpu / 8).is_some_and(|byte| byte >> (cpu % 8) & 1 != 0))
        .collect();
    line!(out, "Cpus_allowed:\t{}", topology::mask(&allowed, count));
    line!(out, "Cpus_allowed_list:\t{}", topology::list(&allowed));
    line!(out, "Mems_allowed:\t1\nMems_allowed_list:\t0");
    // Of a thread only the backend's own one knows them.
    let is_own = thread.tid == crate::task::current().tid;
    if numbers.is_empty() || is_own {
        let costs = kernel.backend.costs(if numbers.is_empty() { Whose::All } else { Whose::ThisThread });
        line!(out, "voluntary_ctxt_switches:\t{}", costs.waits);
        line!(out, "nonvoluntary_ctxt_switches:\t{}", costs.preemptions);
    }
    Some(out.into_bytes())
}

pub(super) fn limits(kernel: &Kernel) -> Vec<u8> {
    let mut out = String::new();
    line!(out, "{:<26}{:<21}{:<21}{:<10}", "Limit", "Soft Limit", "Hard Limit", "Units");
    let shown = |value| if value == abi::RLIM_INFINITY { "unlimited".into() } else { format!("{value}") };
    for (kind, name, unit) in LIMITS {
        let (soft, hard) = kernel.tasks.limits.get(kind).unwrap_or_default();
        line!(out, "{name:<25} {:<20} {:<20} {unit:<10}", shown(soft), shown(hard));
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
