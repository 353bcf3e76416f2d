//! The report when a program or the kernel dies: what happened, the thread, its registers, a backtrace, its last calls.
//!
//! When the kernel itself fails, nothing here allocates or waits for a lock, since this thread may hold it; a program's
//! report may also look up the names of functions in files, still without the heap. The text goes through [`crate::backend::Console::write_emergency`]. [`unwind`] walks the stack by `.eh_frame`, [`images`] says which object an
//! address is in, [`writer`] gathers the text.

mod expression;
mod images;
mod registers;
mod unwind;
pub use images::put_with_names;
pub use unwind::look_everywhere;
mod writer;

use core::fmt::{self, Write};
use core::panic::Location;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use alloc::vec::Vec;

use crate::backend::{Access, ExitStatus, ThreadId, backend};
use crate::task::{Thread, current};
use crate::upcall::{TrapFrame, TrapKind};

use images::Names;
use registers::Known;
pub use registers::capture;
use writer::Report;

/// The exit status of a program that was stopped with a message (a missing symbol, a broken promise).
pub const STOPPED_STATUS: u8 = 134;

/// A backtrace shows up to so many frames that repeat once, if they do so at least so often.
const MOST_REPEATED: usize = 6;
const LEAST_REPETITIONS: usize = 3;

/// The most frames a backtrace shows.
const MOST_FRAMES: usize = 64;

/// How often a thread is looked at that does not stand still.
const HOLD_TRIES: usize = 5;

/// The thread that reports, 0 while none does.
static REPORTER: AtomicI32 = AtomicI32::new(0);

/// What the other threads do while one reports.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    /// They stand still.
    Stop,
    /// They go on: a program's report looks into files and touches pages, for which it may need a lock that one of them
    /// holds.
    GoOn,
}

/// Makes this thread the one that reports. If it already was, reporting itself failed: the machine ends at once.
fn begin(status: ExitStatus, others: Others) -> Report {
    let own = reporter_name();
    match REPORTER.compare_exchange(0, own, Ordering::Acquire, Ordering::Relaxed) {
        Ok(_) if others == Others::Stop => backend().stop_others(),
        Ok(_) => {}
        Err(reporter) if reporter == own => {
            backend().write_emergency(b"\nosvrun: the report cannot go on from here\n");
            backend().power_off(status);
        }
        Err(_) => wait_if_reported(),
    }
    Report::new()
}

/// Returns this thread's number, -1 for the kernel's own threads.
fn reporter_name() -> i32 {
    match current().tid {
        0 => -1,
        tid => tid,
    }
}

/// Keeps this thread for good if another one is reporting: that one ends the machine. Called on the way out of the
/// kernel and before the machine is powered off.
pub fn wait_if_reported() {
    static NEVER: AtomicU32 = AtomicU32::new(0);
    let reporter = REPORTER.load(Ordering::Acquire);
    while reporter != 0 && reporter != reporter_name() {
        let _ = backend().wait_uninterruptible(&NEVER, 0, None);
    }
}

fn finish(mut report: Report, status: ExitStatus) -> ! {
    report.flush();
    backend().stop_others();
    backend().power_off(status)
}

/// Reports that signal `number` ended the program because of a fault, and ends the machine with 128 + `number`.
pub fn fatal_fault(number: i32, kind: TrapKind, frame: &TrapFrame) -> ! {
    let status = ExitStatus::Code(128u8.wrapping_add(number as u8));
    note_mapped();
    write_back();
    let mut report = begin(status, Others::GoOn);
    let _ =
        write!(report, "osvrun: {} ({}): {}", signal_name(number), signal_meaning(number), Happening(kind));
    if let TrapKind::Page { address, .. } = kind {
        let _ = report.write_str(what_lies_at(address, frame.rsp as usize));
    }
    let _ = writeln!(report);
    body(&mut report, frame, Known::All, Names::All);
    finish(report, status)
}

/// Reports that signal `number`, sent by somebody, ended the program.
pub fn fatal_signal(number: i32) -> ! {
    let status = ExitStatus::Code(128u8.wrapping_add(number as u8));
    let (frame, known) = own_frame().map_or_else(|| (capture(), Known::Kept), |frame| (frame, Known::All));
    note_mapped();
    write_back();
    let mut report = begin(status, Others::GoOn);
    let _ =
        writeln!(report, "osvrun: {} ({}) ended the program", signal_name(number), signal_meaning(number));
    body(&mut report, &frame, known, Names::All);
    finish(report, status)
}

/// Keeps what the program has stored to mapped files, while the other threads can still let go of their locks.
fn write_back() {
    if let Some(kernel) = crate::kernel::try_kernel() {
        // The report says why the machine ends.
        let _ = kernel.write_back();
    }
}

/// Lets the report find what the current program's own dynamic linker has mapped.
fn note_mapped() {
    if let Some(kernel) = crate::kernel::try_kernel()
        && current().tid != 0
    {
        kernel.note_mapped(&current().program);
    }
}

/// Returns the registers that a program with its own libc entered the kernel with: its own code is what a report of its end
/// is about. The thread is in the program from then on.
fn own_frame() -> Option<TrapFrame> {
    let thread = current();
    if thread.tid == 0 || !thread.is_in_kernel() || !thread.program.has_own_libc() {
        return None;
    }
    let registers = crate::boundary::syscall::SyscallFrame::of(thread).registers;
    thread.head.in_kernel.store(0, Ordering::Relaxed);
    Some(registers)
}

/// Reports that no memory is left for a page the program touched, and ends the machine as Linux's out-of-memory killer
/// would: 128 + `SIGKILL`.
pub fn out_of_memory(address: usize, holders: crate::mm::Holders, frame: &TrapFrame) -> ! {
    let status = ExitStatus::Code(128 + 9);
    write_back();
    let mut report = begin(status, Others::GoOn);
    let total = backend().layout().total_bytes;
    let mib = |bytes: usize| bytes >> 20;
    let _ = writeln!(report, "osvrun: out of memory: no page is left for address {address:#x}");
    let _ = writeln!(
        report,
        "  the machine has {} MiB (--memory); the program holds {} MiB of its own, {} MiB of files, {} MiB shared",
        mib(total),
        mib(holders.anonymous_bytes),
        mib(holders.file_bytes),
        mib(holders.shared_bytes),
    );
    body(&mut report, frame, Known::All, Names::All);
    finish(report, status)
}

/// Stops the program with `message` (`missing symbol: fork …`) and the exit status 134.
pub fn stop_program(message: fmt::Arguments<'_>) -> ! {
    let frame = unwind::Frames::new(current(), &capture()).leave_kernel_frames();
    let status = ExitStatus::Code(STOPPED_STATUS);
    write_back();
    let mut report = begin(status, Others::GoOn);
    let _ = writeln!(report, "osvrun: {message}");
    body(&mut report, &frame, Known::Kept, Names::All);
    finish(report, status)
}

/// Reports a panic of the kernel's own code, and ends the machine.
pub fn panicked(location: Option<&Location<'_>>, message: Option<&str>) -> ! {
    let frame = capture();
    let mut report = begin(ExitStatus::Panic, Others::Stop);
    let _ = write!(report, "osvrun: kernel panic: {}", message.unwrap_or("(no message)"));
    if let Some(location) = location {
        let _ = write!(report, ", at {location}");
    }
    let _ = writeln!(report);
    body(&mut report, &frame, Known::Kept, Names::Dynamic);
    finish(report, ExitStatus::Panic)
}

/// Reports that the kernel's own code faulted, and ends the machine.
pub fn kernel_fault(kind: TrapKind, frame: &TrapFrame) -> ! {
    let mut report = begin(ExitStatus::Panic, Others::Stop);
    let _ = writeln!(report, "osvrun: the kernel itself faulted: {}", Happening(kind));
    body(&mut report, frame, Known::All, Names::Dynamic);
    finish(report, ExitStatus::Panic)
}

/// Reports that the kernel's own code aborted with these registers, and ends the machine. So ends a panic of the hosted
/// kernel, too, when the program's thread-locals make std take it for a panic within a panic: std has said then what
/// happened and where.
pub fn aborted(frame: &TrapFrame) -> ! {
    let mut report = begin(ExitStatus::Panic, Others::Stop);
    let _ = writeln!(report, "osvrun: kernel panic: the kernel aborted; the lines above say why");
    body(&mut report, frame, Known::All, Names::Dynamic);
    finish(report, ExitStatus::Panic)
}

/// Makes a thread stand still: see [`show_threads`].
pub type Hold<'a> = dyn Fn(ThreadId, &mut dyn FnMut(&TrapFrame)) -> bool + 'a;

/// Prints where every thread of the guest is, one after another. `hold` makes a thread stand still while it calls its
/// second argument with the thread's registers, and tells whether it did; it does not call it for a thread that has
/// ended. For threads of the backend's own that may sleep.
pub fn show_threads(hold: &Hold<'_>) {
    let Some(kernel) = crate::kernel::try_kernel() else { return };
    let threads = kernel.tasks.threads.lock().clone();
    let mut noted = None;
    for thread in threads {
        if noted.replace(thread.program.number) != Some(thread.program.number) {
            kernel.note_mapped(&thread.program);
        }
        let mut rip = None;
        let mut addresses = Vec::with_capacity(MOST_FRAMES);
        // A thread that was woken meanwhile is looked at again; one that never stands still is shown as it was.
        for _ in 0..HOLD_TRIES {
            let stood = hold(thread.backend_id(), &mut |frame| {
                rip = Some(frame.rip);
                addresses.clear();
                addresses.extend(unwind::Frames::new(&thread, frame).take(MOST_FRAMES));
            });
            if stood {
                break;
            }
        }
        if let Some(rip) = rip {
            let mut report = Report::new();
            thread_lines(&mut report, &thread, rip, Names::All);
            backtrace(&mut report, Some(&thread), addresses.iter().copied(), Names::All);
            report.flush();
        }
    }
}

/// Writes where the kernel's own code failed with these registers: the thread, where it was called from, its last calls.
/// `thread` is the running thread if that is one of the guest's; of the backend's own there is only the backtrace.
pub fn write_failure(out: &mut dyn Write, thread: Option<&Thread>, frame: &TrapFrame) {
    let Some(thread) = thread else {
        return backtrace(out, None, unwind::Frames::of_kernel(frame), Names::Dynamic);
    };
    thread_lines(out, thread, frame.rip, Names::Dynamic);
    backtrace(out, Some(thread), unwind::Frames::new(thread, frame), Names::Dynamic);
    last_calls(out, thread);
}

fn body(report: &mut Report, frame: &TrapFrame, known: Known, names: Names) {
    thread_lines(report, current(), frame.rip, names);
    registers::write(report, frame, known);
    backtrace(report, Some(current()), unwind::Frames::new(current(), frame), names);
    last_calls(report, current());
}

fn thread_lines(report: &mut dyn Write, thread: &Thread, rip: u64, names: Names) {
    let is_kernel = backend().layout().image.contains(rip as usize);
    let place = if is_kernel && thread.is_in_kernel() { ", in the kernel" } else { "" };
    let _ = writeln!(
        report,
        "  thread {} of {}{place}, at {}",
        thread.tid,
        thread.program.path.escape_ascii(),
        images::Place(Some(thread), rip as usize, names),
    );
}

fn backtrace(
    report: &mut dyn Write,
    thread: Option<&Thread>,
    frames: impl Iterator<Item = usize>,
    names: Names,
) {
    let _ = writeln!(report, "  backtrace:");
    let mut addresses = [0; MOST_FRAMES];
    let count = addresses.iter_mut().zip(frames).map(|(slot, address)| *slot = address).count();
    let mut rest = &addresses[..count];
    while !rest.is_empty() {
        let number = count - rest.len();
        let (len, times) = repetition(rest);
        for (index, &address) in rest[..len].iter().enumerate() {
            let place = images::Place(thread, address, names);
            let _ = writeln!(report, "    #{} {address:#x} {place}", number + index);
        }
        if times > 1 {
            let (s, last) = (if len == 1 { "" } else { "s" }, number + len * times - 1);
            let _ = writeln!(report, "    to #{last}: the same frame{s}, {} more times", times - 1);
        }
        rest = &rest[len * times..];
    }
}

/// Finds out how recursion repeats the first frames: how many of them, and how often they are there, 1 if they do not
/// repeat enough to be worth a line.
fn repetition(frames: &[usize]) -> (usize, usize) {
    (1..=MOST_REPEATED)
        .filter(|&len| len <= frames.len())
        .map(|len| (len, frames.chunks_exact(len).take_while(|chunk| *chunk == &frames[..len]).count()))
        .find(|&(_, times)| times >= LEAST_REPETITIONS)
        .unwrap_or((1, 1))
}

fn last_calls(report: &mut dyn Write, thread: &Thread) {
    let mut calls = thread.last_calls().peekable();
    if calls.peek().is_some() {
        let _ = write!(report, "  last kernel calls, newest first:");
        for name in calls {
            let _ = write!(report, " {name}");
        }
        let _ = writeln!(report);
    }
}

/// How far below the stack pointer a function with large locals may reach.
const STACK_REACH_BYTES: usize = 1 << 20;

/// Says why the program may not use an address.
fn what_lies_at(address: usize, stack_pointer: usize) -> &'static str {
    if address < 4096 {
        return "";
    }
    match crate::kernel::try_kernel().map(|kernel| kernel.mm.region_of(address)) {
        None => "",
        Some(Some((guard, access)))
            if access.is_empty() && stack_pointer.wrapping_sub(guard.start) < STACK_REACH_BYTES =>
        {
            ": the stack has overflowed"
        }
        Some(Some((_, access))) if access.is_empty() => ": the mapping there allows nothing",
        Some(Some((_, access))) if access.contains(Access::WRITE) => {
            ": the mapping there may not be executed"
        }
        Some(Some((_, access))) if access.contains(Access::EXECUTE) => ": the mapping there is code",
        Some(Some(_)) => ": the mapping there may only be read",
        Some(None) => ": nothing is mapped there",
    }
}

/// Says in words what a trap was.
struct Happening(TrapKind);

impl fmt::Display for Happening {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            TrapKind::Page { address, access } => {
                let verb = match access {
                    Access::EXECUTE => "execute",
                    Access::WRITE => "write to",
                    _ => "read",
                };
                write!(out, "cannot {verb} address {address:#x}")?;
                if address < 4096 { out.write_str(" (a null pointer)") } else { Ok(()) }
            }
            TrapKind::PastEnd { address, .. } => {
                write!(out, "address {address:#x} is beyond the end of the file mapped there")
            }
            TrapKind::Protection => out.write_str("general protection fault (a bad address or instruction)"),
            TrapKind::Divide => out.write_str("division by zero, or its result does not fit"),
            TrapKind::InvalidOpcode => out.write_str("invalid instruction"),
            TrapKind::FloatingPoint { .. } => out.write_str("floating-point exception"),
            TrapKind::Breakpoint => out.write_str("breakpoint"),
            TrapKind::Debug => out.write_str("debug trap"),
            TrapKind::Syscall => out.write_str("system call instruction"),
        }
    }
}

const SIGNALS: [(&str, &str); 31] = [
    ("SIGHUP", "hangup"),
    ("SIGINT", "interrupt"),
    ("SIGQUIT", "quit"),
    ("SIGILL", "illegal instruction"),
    ("SIGTRAP", "trace or breakpoint trap"),
    ("SIGABRT", "aborted"),
    ("SIGBUS", "bus error"),
    ("SIGFPE", "arithmetic exception"),
    ("SIGKILL", "killed"),
    ("SIGUSR1", "user signal 1"),
    ("SIGSEGV", "segmentation fault"),
    ("SIGUSR2", "user signal 2"),
    ("SIGPIPE", "broken pipe"),
    ("SIGALRM", "alarm"),
    ("SIGTERM", "terminated"),
    ("SIGSTKFLT", "stack fault"),
    ("SIGCHLD", "child exited"),
    ("SIGCONT", "continued"),
    ("SIGSTOP", "stopped"),
    ("SIGTSTP", "stopped by the terminal"),
    ("SIGTTIN", "terminal input"),
    ("SIGTTOU", "terminal output"),
    ("SIGURG", "urgent data"),
    ("SIGXCPU", "processor time limit"),
    ("SIGXFSZ", "file size limit"),
    ("SIGVTALRM", "virtual alarm"),
    ("SIGPROF", "profiling alarm"),
    ("SIGWINCH", "window changed"),
    ("SIGIO", "input or output possible"),
    ("SIGPWR", "power failure"),
    ("SIGSYS", "bad system call"),
];

fn signal_entry(number: i32) -> Option<&'static (&'static str, &'static str)> {
    usize::try_from(number).ok()?.checked_sub(1).and_then(|index| SIGNALS.get(index))
}

fn signal_name(number: i32) -> &'static str {
    signal_entry(number).map_or("real-time signal", |entry| entry.0)
}

fn signal_meaning(number: i32) -> &'static str {
    signal_entry(number).map_or("sent by the program", |entry| entry.1)
}

/// Returns the signal a trap raises.
pub fn signal_of(kind: TrapKind) -> i32 {
    use crate::abi;
    match kind {
        TrapKind::Page { .. } | TrapKind::Protection => abi::SIGSEGV,
        TrapKind::PastEnd { .. } => abi::SIGBUS,
        TrapKind::Divide | TrapKind::FloatingPoint { .. } => abi::SIGFPE,
        TrapKind::InvalidOpcode => abi::SIGILL,
        TrapKind::Breakpoint | TrapKind::Debug => abi::SIGTRAP,
        TrapKind::Syscall => abi::SIGSYS,
    }
}
