//! Door 1: how a call by symbol enters the kernel.
//!
//! A kernel row's exported function loads the address of its [`Row`] and jumps to [`enter_kernel`], which sets the
//! thread's in-kernel mark, switches to the thread's kernel stack, calls the row's body and undoes both. Tracing is one
//! flag of the thread, tested on the way in, so calls that libc makes itself are traced too.

use core::arch::naked_asm;
use core::mem::offset_of;

use crate::abi::{Errno, Result};
use crate::backend::GS_SLOT_OFFSET;
use crate::task::{LAST_ROWS, ThreadHead};
use crate::trace;
use crate::upcall::TrapFrame;

/// How much of what the man page says a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// All of it.
    Full,
    /// All but what the note says.
    Partial,
    /// It only answers with an error; the note says why.
    Stub,
    /// Ruled out by what this system promises; the note says why. A call by symbol is one of a missing symbol, unless it is
    /// promised an error; one by number gets `ENOSYS`.
    Unsupported,
}

/// A call that enters the kernel.
#[repr(C)]
pub struct Row {
    /// An `extern "C"` function of at most six integer arguments, which returns as libc functions do.
    pub body: *const (),
    /// The same for the other door: it returns the value or the negated error number.
    pub direct: *const (),
    /// Whether they return an `int`.
    pub is_int: bool,
    /// How much it does.
    pub level: Level,
    /// The symbol.
    pub name: &'static str,
    /// The source file of its header.
    pub header: &'static str,
    /// What is missing, or why it is not there.
    pub note: &'static str,
    /// Writes the arguments as the trace shows them.
    pub arguments: fn(&mut dyn core::fmt::Write, &trace::Call) -> core::fmt::Result,
    /// Writes the result as the trace shows it; the error where the caller knows it.
    pub result: fn(&mut dyn core::fmt::Write, u64, Option<Errno>) -> core::fmt::Result,
}

// SAFETY: plain data that is never written.
unsafe impl Sync for Row {}

impl Row {
    /// Returns the symbol of the row at `address`, which is 0 or what [`ThreadHead`] holds.
    pub fn name_at(address: usize) -> Option<&'static str> {
        // SAFETY: rows are static, and nothing else is ever stored there.
        unsafe { (address as *const Self).as_ref() }.map(|row| row.name)
    }
}

/// The way through the kernel for the row in rax, with the thread in r11: what comes first, how the body is called on the kernel
/// stack, and what comes last, with the operands of these three. The mark comes after the last use of the program's stack,
/// whose overflow is the program's fault.
macro_rules! through_kernel {
    // Leaves at label `$leaves`, to `$end`, with a look at what is pending.
    ([$($first:literal),*], [$($call:literal),*], $leaves:literal to $end:literal, $($operand:tt)*) => {
        through_kernel!(
            [$($first),*],
            [$($call),*],
            [
                concat!(".globl ", $leaves),
                concat!($leaves, ":"),
                "mov r11, gs:[{slot}]",
                "mov dword ptr [r11 + {mark}], 0",
                "cmp dword ptr [r11 + {pending}], 0",
                "jne {leave}",
                "ret",
                concat!(".globl ", $end),
                concat!($end, ":")
            ],
            pending = const offset_of!(ThreadHead, pending),
            leave = sym leave_with_work,
            $($operand)*
        )
    };
    ([$($first:literal),*], [$($call:literal),*], [$($last:expr),*], $($operand:tt)*) => {
        naked_asm!(
            ".cfi_startproc",
            $($first,)*
            "mov [r11 + {guest_rsp}], rsp",
            "mov [r11 + {row}], rax",
            "mov r10d, [r11 + {entries}]",
            "and r10d, {row_mask}",
            "mov [r11 + 8 * r10 + {last_rows}], rax",
            "inc dword ptr [r11 + {entries}]",
            "push rbp",
            ".cfi_def_cfa_offset 16",
            ".cfi_offset rbp, -16",
            "mov dword ptr [r11 + {mark}], 1",
            "mov rbp, rsp",
            ".cfi_def_cfa_register rbp",
            "mov rsp, [r11 + {kernel_stack}]",
            $($call,)*
            "mov rsp, rbp",
            "pop rbp",
            ".cfi_def_cfa rsp, 8",
            $($last,)*
            ".cfi_endproc",
            slot = const GS_SLOT_OFFSET,
            mark = const offset_of!(ThreadHead, in_kernel),
            guest_rsp = const offset_of!(ThreadHead, guest_rsp),
            kernel_stack = const offset_of!(ThreadHead, kernel_stack_top),
            row = const offset_of!(ThreadHead, row),
            entries = const offset_of!(ThreadHead, entries),
            last_rows = const offset_of!(ThreadHead, last_rows),
            row_mask = const LAST_ROWS - 1,
            $($operand)*
        )
    };
    // The body gets the row and the arguments' place.
    ([$($first:literal),*], with arguments, $($rest:tt)*) => {
        through_kernel!(
            [$($first),*],
            [
                "push r9", "push r8", "push rcx", "push rdx", "push rsi", "push rdi", "mov rdi, rax", "mov rsi, rsp",
                "call {body}"
            ],
            $($rest)* body = sym body_with_arguments,
        )
    };
}

/// Enters the kernel for the row in rax. Arguments are in their registers.
///
/// # Safety
/// rax holds a [`Row`], whose body takes what the registers hold; `gs:` names the calling thread.
#[unsafe(naked)]
pub unsafe extern "C" fn enter_kernel() {
    through_kernel!(
        ["mov r11, gs:[{slot}]", "cmp dword ptr [r11 + {tracing}], 0", "jne {with_arguments}"],
        ["call [rax]"],
        "osvrun_call_leaves" to "osvrun_call_end",
        tracing = const offset_of!(ThreadHead, tracing),
        with_arguments = sym enter_with_arguments,
    )
}

/// As [`enter_kernel`], for a thread whose calls are traced or made again. r11 holds the thread.
#[unsafe(naked)]
unsafe extern "C" fn enter_with_arguments() {
    through_kernel!([], with arguments, "osvrun_traced_leaves" to "osvrun_traced_end",)
}

/// Calls a row as the program would, and leaves what is pending to the caller.
///
/// # Safety
/// The thread is in the program, and the row's body takes these arguments.
#[unsafe(naked)]
pub unsafe extern "C" fn call_row(arguments: &[u64; 6], row: *const Row) -> u64 {
    through_kernel!(
        [
            "mov rax, rsi",
            "mov r10, rdi",
            "mov rdi, [r10]",
            "mov rsi, [r10 + 8]",
            "mov rdx, [r10 + 16]",
            "mov rcx, [r10 + 24]",
            "mov r8, [r10 + 32]",
            "mov r9, [r10 + 40]",
            "mov r11, gs:[{slot}]"
        ],
        with arguments,
        [
            "mov r11, gs:[{slot}]",
            "mov dword ptr [r11 + {mark}], 0",
            "ret",
            ".globl osvrun_again_end",
            "osvrun_again_end:"
        ],
    )
}

unsafe extern "C" {
    safe static osvrun_call_leaves: u8;
    safe static osvrun_call_end: u8;
    safe static osvrun_traced_leaves: u8;
    safe static osvrun_traced_end: u8;
    safe static osvrun_again_end: u8;
}

/// Tells whether a thread that was interrupted with its mark clear is at this door, where what is pending is looked at before the
/// program goes on; if it has just looked, it will again.
pub(super) fn settle(frame: &mut TrapFrame) -> bool {
    let doors = [
        (enter_kernel as *const (), &raw const osvrun_call_leaves, &raw const osvrun_call_end),
        (enter_with_arguments as *const (), &raw const osvrun_traced_leaves, &raw const osvrun_traced_end),
        // Whoever calls it looks.
        (call_row as *const (), &raw const osvrun_again_end, &raw const osvrun_again_end),
    ];
    for (start, leaves, end) in doors {
        if (start as u64..end as u64).contains(&frame.rip) {
            if frame.rip >= leaves as u64 {
                frame.rip = leaves as u64;
            }
            return true;
        }
    }
    false
}

const FAILED_VALUE: u64 = u64::MAX;

extern "C" fn body_with_arguments(row: &Row, arguments: &[u64; 6]) -> u64 {
    // SAFETY: the body takes at most six integer arguments; more are ignored by the calling convention.
    let body: extern "C" fn(u64, u64, u64, u64, u64, u64) -> u64 = unsafe { core::mem::transmute(row.body) };
    let [a, b, c, d, e, f] = *arguments;
    let thread = crate::task::current();
    if thread.ends_at(row.name) {
        // It ends on its way out.
        return FAILED_VALUE;
    }
    let value = trace::call(row, row.name, arguments, || (body(a, b, c, d, e, f), None)).0;
    super::ended_call::keep_ended(thread, row, arguments, value);
    value
}

/// The thread has work pending on its way out of the kernel (rax and rdx hold the call's result).
#[unsafe(naked)]
unsafe extern "C" fn leave_with_work() {
    naked_asm!(
        ".cfi_startproc",
        "push rax",
        ".cfi_def_cfa_offset 16",
        "push rdx",
        ".cfi_def_cfa_offset 24",
        "mov rdi, rsp",
        "sub rsp, 8",
        ".cfi_def_cfa_offset 32",
        "call {work}",
        "add rsp, 8",
        ".cfi_def_cfa_offset 24",
        "pop rdx",
        ".cfi_def_cfa_offset 16",
        "pop rax",
        ".cfi_def_cfa_offset 8",
        "ret",
        ".cfi_endproc",
        work = sym crate::task::do_pending_work,
    )
}

/// Types a kernel row may return, with the value that says "see errno".
pub trait CReturn: Sized {
    /// The value returned when the call failed.
    const FAILED: Self;
}
macro_rules! c_return {
    ($($ty:ty),*) => { $(impl CReturn for $ty { const FAILED: Self = !0; })* };
}
c_return!(i32, i64, isize, u32, u64, usize);
impl<T> CReturn for *mut T {
    const FAILED: Self = core::ptr::null_mut();
}

/// Converts a verb's result as libc functions return it: the value, or -1 (NULL) with errno set.
#[inline]
pub fn c_result<T: CReturn>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => failed(error),
    }
}

#[cold]
fn failed<T: CReturn>(Errno(number): Errno) -> T {
    crate::libc::set_errno(number);
    T::FAILED
}
