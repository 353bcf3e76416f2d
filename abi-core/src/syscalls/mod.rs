//! Door 2: system calls by number, as Linux has them on x86-64.
//!
//! [`table`] says which row serves which number. Most are the rows of calls by symbol, whose verbs they share; what only
//! the instruction reaches has its rows here, one file per area. `boundary::syscall` is the way in and out.
#![expect(unsafe_code, reason = "rows are called by their address")]
#![expect(clippy::missing_safety_doc, reason = "the man pages say what the arguments must be")]

pub mod aio;
pub mod file;
pub mod futex;
pub mod memory;
pub mod old;
pub mod process;
mod shorten;
pub mod signal;
mod table;
pub mod thread;
pub mod time;

use core::sync::atomic::Ordering;

use crate::abi::Errno;
use crate::boundary::door::{Level, Row};
use crate::boundary::syscall::SyscallFrame;
use crate::kernel::Context;
use crate::task::{LAST_ROWS, current};

pub use table::TABLE;

/// One system call.
#[derive(Clone, Copy)]
pub struct Syscall {
    /// Its number (`syscalls(2)`).
    pub number: u16,
    /// Its name there.
    pub name: &'static str,
    /// What serves it.
    pub served: Served,
}

/// What serves a system call.
#[derive(Clone, Copy)]
pub enum Served {
    /// A row, maybe of door 1.
    Row(&'static Row),
    /// Nothing, for this reason: it answers `ENOSYS`.
    No(&'static str),
}

impl Syscall {
    /// Returns how much of it there is, with what is missing or why it is not there.
    pub fn level(&self) -> (Level, &'static str) {
        match self.served {
            Served::Row(row) => (row.level, row.note),
            Served::No(why) => (Level::Unsupported, why),
        }
    }
}

/// One more than the last number in [`TABLE`].
const COUNT: usize = {
    let mut most = 0;
    let mut at = 0;
    while at < TABLE.len() {
        if TABLE[at].number as usize > most {
            most = TABLE[at].number as usize;
        }
        at += 1;
    }
    most + 1
};

/// Returns the call with a number: for reports, which may take their time.
pub fn find(number: u64) -> Option<&'static Syscall> {
    TABLE.iter().find(|call| u64::from(call.number) == number)
}

/// The row that serves each number.
static ROWS: [Option<&Row>; COUNT] = {
    let (mut rows, mut is_taken) = ([None; COUNT], [false; COUNT]);
    let mut at = 0;
    while at < TABLE.len() {
        assert!(!is_taken[TABLE[at].number as usize], "a number stands twice in the table");
        is_taken[TABLE[at].number as usize] = true;
        if let Served::Row(row) = TABLE[at].served {
            rows[TABLE[at].number as usize] = Some(row);
        }
        at += 1;
    }
    rows
};

/// Returns the row that serves a number.
#[inline]
pub fn row(number: u64) -> Option<&'static Row> {
    *ROWS.get(usize::try_from(number).ok()?)?
}

type Direct = extern "C" fn(u64, u64, u64, u64, u64, u64) -> isize;

/// Serves the system call that `frame` is about.
#[unsafe(link_section = ".text.door")]
pub extern "C" fn dispatch(frame: &mut SyscallFrame) {
    let Some(row) = row(frame.number) else { return refuse(frame) };
    let head = &current().head;
    let address = core::ptr::from_ref(row).expose_provenance();
    head.row.store(address, Ordering::Relaxed);
    let entries = head.entries.load(Ordering::Relaxed);
    head.last_rows[entries as usize % LAST_ROWS].store(address, Ordering::Relaxed);
    head.entries.store(entries.wrapping_add(1), Ordering::Relaxed);
    let is_traced = head.tracing.load(Ordering::Relaxed) != 0;
    let result = if is_traced { call_traced(row, frame) } else { call(row, frame) };
    frame.registers.rax = result as u64;
}

/// Calls a row with the arguments in a frame's registers.
#[inline]
fn call(row: &Row, frame: &SyscallFrame) -> isize {
    // SAFETY: `direct` takes at most six integer arguments; more are ignored by the calling convention.
    let direct: Direct = unsafe { core::mem::transmute(row.direct) };
    let registers = &frame.registers;
    direct(registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9)
}

/// The same, with a line in the trace.
#[cold]
fn call_traced(row: &'static Row, frame: &SyscallFrame) -> isize {
    let registers = &frame.registers;
    let arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9];
    // One row may serve several calls.
    let name = find(frame.number).map_or(row.name, |call| call.name);
    let traced = crate::trace::call(row, name, &arguments, || {
        let result = call(row, frame);
        (result as u64, error_of(result))
    });
    traced.0 as isize
}

/// Answers a system call that nothing serves.
#[cold]
fn refuse(frame: &mut SyscallFrame) {
    unknown(frame.number);
    frame.registers.rax = -i64::from(Errno::ENOSYS.0) as u64;
}

/// Returns the error that a system call's result stands for.
fn error_of(result: isize) -> Option<Errno> {
    (-4095..0).contains(&result).then_some(Errno(-result as i32))
}

/// Notes that a program makes a call that is not there: one that has no name once for each number, or once for all those
/// beyond the table.
#[cold]
pub fn unknown(number: u64) {
    use core::sync::atomic::AtomicU64;
    const WORDS: usize = COUNT.div_ceil(64) + 1;
    static SEEN: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];
    let known = find(number);
    let place = usize::try_from(number).map_or(COUNT, |number| number.min(COUNT));
    let bit = 1 << (place % 64);
    let is_new = SEEN[place / 64].fetch_or(bit, Ordering::Relaxed) & bit == 0;
    let (name, why) = known.map_or(("unknown", "no such number"), |call| (call.name, call.level().1));
    let line = format_args!("system call {number} ({name}): {why}: ENOSYS");
    // What programs try first and do without is no reason to say something.
    let is_traced = crate::kernel::try_kernel()
        .is_some_and(|kernel| kernel.boot.trace != crate::trace::TraceAreas::default());
    if is_traced || known.is_none() && is_new {
        crate::log::remark(line);
    } else {
        log::debug!("{line}");
    }
}

/// Does what is pending for the current thread before it goes on in the program with what `frame` holds.
pub extern "C" fn pending_work(frame: &mut SyscallFrame) {
    crate::panic::wait_if_reported();
    let cx = Context::current();
    if cx.thread.head.pending.load(Ordering::SeqCst) & crate::task::PENDING_END != 0 {
        cx.thread_exit();
    }
    let work = crate::task::PENDING_SIGNAL | crate::task::PENDING_SITE;
    if cx.thread.head.pending.fetch_and(!work, Ordering::SeqCst) & crate::task::PENDING_SITE != 0 {
        // Where it can't be done, the call stays slow.
        let _ = cx.shorten(frame);
    }
    if cx.thread.takes_signals_itself() {
        cx.deliver_on(frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi;

    #[test]
    fn numbers_lead_to_their_calls() {
        assert_eq!(find(abi::SYS_read as u64).map(|call| call.name), Some("read"));
        assert_eq!(find(abi::SYS_clone3 as u64).map(|call| call.name), Some("clone3"));
        assert!(find(0x0fff_ffff_ffff_ffff).is_none());
        assert!(TABLE.iter().all(|call| find(u64::from(call.number)).is_some_and(|it| it.name == call.name)));
    }
}
