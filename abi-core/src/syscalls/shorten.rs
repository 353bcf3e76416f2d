//! Making a jump stand for a `syscall` instruction that is executed often, where the backend takes long to notice it.
//!
//! The jump leads to a crossing, which puts into rcx where the program goes on and enters as the instruction would have:
//! nothing but rcx and r11 changes, and the stack is not touched. A thread that is interrupted on the way is put back to
//! the instruction, so that no handler finds it elsewhere. A call that is made again finds the short jump, or the
//! `syscall` itself, two bytes before where the program goes on.

use crate::backend::{CallSite, Shortcut};
use crate::boundary::syscall::{NO_CALL, SyscallFrame, enter_syscall};
use crate::boundary::user::copy_in;
use crate::kernel::Context;
use crate::mm::{CROSSING_BYTES, Change};
use crate::upcall::TrapFrame;

/// How much code on both sides of an instruction the backend gets to see.
const AROUND_BYTES: usize = 16 << 10;
const SYSCALL: [u8; 2] = [0x0f, 0x05];
/// Bytes of `mov eax, NUMBER`, and of `jmp` to anywhere.
const LONG: usize = 5;

impl Context<'_> {
    /// Shortens the way in of the call that `frame` is about, if the backend knows how; it stays as it is otherwise.
    pub(super) fn shorten(self, frame: &SyscallFrame) -> Option<()> {
        if frame.number == NO_CALL {
            return None;
        }
        let after = frame.registers.rip as usize;
        let address = after.checked_sub(SYSCALL.len())?;
        let mm = &self.kernel.mm;
        let around = mm.code_around(address, AROUND_BYTES)?;
        let mut code = alloc::vec![0; around.len_bytes];
        copy_in(&mut code, around.start).ok()?;
        let bytes = |at: usize, len: usize| {
            let from = at.checked_sub(around.start)?;
            code.get(from..from.checked_add(len)?)
        };
        if bytes(address, SYSCALL.len())? != SYSCALL {
            return None;
        }
        let function = self.kernel.function_around(&self.thread.program, address).unwrap_or_default();
        let site = CallSite { address, number: frame.number, code: &code, start: around.start, function };
        let shortcut = self.kernel.backend.shortcut(&site)?;
        let number = (shortcut == Shortcut::Load).then_some(frame.number as u32);
        let owner = self.thread.program.number;
        let make = |at: usize, entry: usize| crossing(at, entry, number, after);
        let entry = enter_syscall as *const () as usize;
        let crossing = mm.add_crossing(address, owner, entry, &make).ok()?;
        let diverted = match shortcut {
            Shortcut::Load => {
                let at = address.checked_sub(LONG)?;
                mm.divert(Change { at, old: bytes(at, LONG)?, new: &jump(at, crossing) }, None, crossing)
            }
            Shortcut::Through(via) => {
                const SHORT_JUMP: u8 = 0xeb;
                let distance = i8::try_from(via.wrapping_sub(after) as isize).ok()?;
                let short = [SHORT_JUMP, distance as u8];
                let long = Change { at: via, old: bytes(via, LONG)?, new: &jump(via, crossing) };
                mm.divert(Change { at: address, old: &SYSCALL, new: &short }, Some(long), crossing)
            }
        };
        diverted.ok()
    }

    /// Puts a thread that was interrupted on its way through a jump back to where it stands for a `syscall`.
    pub fn leave_detour(self, registers: &mut TrapFrame) {
        if let Some(before) = self.kernel.mm.before_detour(registers.rip as usize) {
            registers.rip = before as u64;
        }
    }
}

/// Returns how far `to` is from the end of an instruction, as its last four bytes say it.
fn distance(end: usize, to: usize) -> [u8; 4] {
    (to.wrapping_sub(end) as i32).to_le_bytes()
}

/// `jmp to`, at `at`.
fn jump(at: usize, to: usize) -> [u8; LONG] {
    let [a, b, c, d] = distance(at + LONG, to);
    [0xe9, a, b, c, d]
}

/// `mov eax, number` if one is given, `lea rcx, [after]`, `jmp [entry]`, at `at`.
fn crossing(at: usize, entry: usize, number: Option<u32>, after: usize) -> [u8; CROSSING_BYTES] {
    const INT3: u8 = 0xcc;
    let mut code = [INT3; CROSSING_BYTES];
    let mut len = 0;
    let mut add = |opcode: &[u8], rest: &dyn Fn(usize) -> [u8; 4]| {
        let end = len + opcode.len() + 4;
        code[len..end - 4].copy_from_slice(opcode);
        code[end - 4..end].copy_from_slice(&rest(at + end));
        len = end;
    };
    if let Some(number) = number {
        add(&[0xb8], &|_| number.to_le_bytes());
    }
    add(&[0x48, 0x8d, 0x0d], &|end| distance(end, after));
    add(&[0xff, 0x25], &|end| distance(end, entry));
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_and_crossings_are_relative() {
        assert_eq!(jump(0x40_1000, 0x40_1005), [0xe9, 0, 0, 0, 0]);
        assert_eq!(jump(0x40_1000, 0x40_0000), [0xe9, 0xfb, 0xef, 0xff, 0xff]);
        let code = crossing(0x7000_0040, 0x7000_0000, Some(39), 0x7000_0100);
        assert_eq!(code[..5], [0xb8, 39, 0, 0, 0]);
        assert_eq!(code[5..12], [0x48, 0x8d, 0x0d, 0xb4, 0, 0, 0]);
        assert_eq!(code[12..18], [0xff, 0x25, 0xae, 0xff, 0xff, 0xff]);
        assert_eq!(code[18..], [0xcc; 14]);
        let code = crossing(0x7000_0040, 0x7000_0000, None, 0x7000_0100);
        assert_eq!(code[..7], [0x48, 0x8d, 0x0d, 0xb9, 0, 0, 0]);
    }
}
