//! The second way to catch the program's system calls, for host kernels without Syscall User Dispatch: a seccomp filter
//! that turns those from outside osvrun's own code into SIGSYS. New threads have that of who starts them.
#![expect(unsafe_code, reason = "hands the host's kernel a program")]

use core::ptr::null;

use abi_core::backend::PageRange;

use crate::sys::{Result, call};

/// Where `struct seccomp_data` has the halves of the instruction pointer.
const POINTER_LOW: u32 = 8;
const POINTER_HIGH: u32 = 12;

/// Installs the filter for the calling thread and those it will start.
pub(crate) fn install(text: PageRange) -> Result<()> {
    const SECCOMP_SET_MODE_FILTER: u32 = 1;
    let filter = program(text);
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_ptr().cast_mut() };
    // SAFETY: takes no pointer.
    unsafe { call!(SYS_prctl, libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }?;
    // SAFETY: a program of that many instructions.
    unsafe { call!(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &raw const program, null::<u8>()) }.map(drop)
}

/// The filter: the pointer is that of the instruction after the system call's.
fn program(text: PageRange) -> [libc::sock_filter; 9] {
    let load = |offset: u32| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    let is = |value: u32, yes: u8, no: u8| step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value, yes, no);
    let is_least =
        |value: u32, yes: u8, no: u8| step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, value, yes, no);
    let answer = |value: u32| step(libc::BPF_RET | libc::BPF_K, value, 0, 0);
    // Above the first address, and up to the end.
    let (first, last) = (text.start as u64 + 1, text.end() as u64);
    let (high, low) = (|value: u64| (value >> 32) as u32, |value: u64| value as u32);
    let is_one = high(first) == high(last);
    [
        load(POINTER_HIGH),
        is(high(first), 1, 0),
        // Otherwise only the part beyond the next multiple of 4 GiB is left, if there is one.
        is(high(last), 2, 5),
        load(POINTER_LOW),
        is_least(low(first), if is_one { 1 } else { 2 }, 3),
        load(POINTER_LOW),
        step(libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K, low(last), 1, 0),
        answer(libc::SECCOMP_RET_ALLOW),
        answer(libc::SECCOMP_RET_TRAP),
    ]
}

fn step(code: u32, k: u32, jt: u8, jf: u8) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt, jf, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the filter says of a call that returns to `pointer`.
    fn allows(filter: &[libc::sock_filter], pointer: u64) -> bool {
        let (mut at, mut value) = (0, 0);
        loop {
            let step = filter[at];
            at += 1;
            let jump = |is: bool| usize::from(if is { step.jt } else { step.jf });
            match u32::from(step.code) {
                0x20 if step.k == POINTER_HIGH => value = (pointer >> 32) as u32,
                0x20 if step.k == POINTER_LOW => value = pointer as u32,
                0x15 => at += jump(value == step.k),
                0x25 => at += jump(value > step.k),
                0x35 => at += jump(value >= step.k),
                0x06 => return step.k == libc::SECCOMP_RET_ALLOW,
                code => panic!("what is {code:#x}?"),
            }
        }
    }

    #[test]
    fn only_calls_from_the_code_pass() {
        for (start, len_bytes) in [
            (0x7f12_3456_7000, 0x40_0000),
            (0x7f12_ffff_f000, 0x2000),
            (0x7f12_0000_0000, 0x1000),
            (0x5000, 0x1000),
        ] {
            let text = PageRange { start, len_bytes };
            let filter = program(text);
            let end = text.end() as u64;
            let start = start as u64;
            for (pointer, is_allowed) in [
                (start, false),
                (start + 2, true),
                (start + 0x800, true),
                (end - 1, true),
                (end, true),
                (end + 1, false),
                (0x40_1002, false),
                (start ^ (1 << 32), false),
                (end ^ (1 << 40), false),
                (start.wrapping_sub(1), false),
                (0xffff_ffff, start + 1 < 0xffff_ffff && 0xffff_ffff <= end),
                (u64::MAX, false),
            ] {
                assert_eq!(allows(&filter, pointer), is_allowed, "{text:x?} {pointer:#x}");
            }
        }
    }
}
