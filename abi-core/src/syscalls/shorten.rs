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
use crate::mm::{CHANGE_BYTES, CROSSING_BYTES, Change};
use crate::upcall::TrapFrame;

/// How much code on both sides of an instruction the backend gets to see.
const AROUND_BYTES: usize = 16 << 10;
const SYSCALL: [u8; 2] = [0x0f, 0x05];
/// Bytes of `jmp` to anywhere.
const LONG: usize = 5;
/// In how much code on both sides the functions are looked for.
const FUNCTIONS_BYTES: usize = 512;
/// NOP: what is left of what a jump stands in place of, so that it stays readable as instructions.
const NOP: u8 = 0x90;
/// No instruction is longer, and padding lies between multiples of so many bytes.
const ROOM_MAX: usize = 16;

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
        let window = address.saturating_sub(FUNCTIONS_BYTES)..address.saturating_add(FUNCTIONS_BYTES);
        let functions = self.kernel.functions_in(&self.thread.program, &window).unwrap_or_default();
        let site = CallSite {
            address,
            number: frame.number,
            code: &code,
            start: around.start,
            functions: &functions,
        };
        let owner = self.thread.program.number;
        let entry = enter_syscall as *const () as usize;
        let add = |moved: Moved<'_>| {
            mm.add_crossing(address, owner, entry, &|at, entry| crossing(at, entry, moved, after)).ok()
        };
        let diverted = match self.kernel.backend.shortcut(&site)? {
            Shortcut::Before { len_bytes, relative } => {
                let at = address.checked_sub(len_bytes)?;
                let old = bytes(at, len_bytes).filter(|_| (LONG..=CHANGE_BYTES).contains(&len_bytes))?;
                let crossing = add(Moved { at, code: old, relative })?;
                let new = jump_in_room(at, crossing);
                mm.divert(Change { at, old, new: new.get(..len_bytes)? }, None, crossing)
            }
            Shortcut::Through(via) => {
                const SHORT_JUMP: u8 = 0xeb;
                let distance = i8::try_from(via.start.wrapping_sub(after) as isize).ok()?;
                let short = [SHORT_JUMP, distance as u8];
                let crossing = add(Moved { at: address, code: &[], relative: None })?;
                let new = jump_in_room(via.start, crossing);
                let new = new.get(..via.len()).filter(|new| new.len() >= LONG)?;
                let long = Change { at: via.start, old: bytes(via.start, via.len())?, new };
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

/// The same, and NOPs after it.
fn jump_in_room(at: usize, to: usize) -> [u8; ROOM_MAX] {
    let mut code = [NOP; ROOM_MAX];
    code[..LONG].copy_from_slice(&jump(at, to));
    code
}

/// An instruction that is executed in a crossing, or none.
#[derive(Clone, Copy)]
struct Moved<'a> {
    /// Where it was.
    at: usize,
    code: &'a [u8],
    /// Where in it the four bytes are that count from its end.
    relative: Option<usize>,
}

/// The instruction `moved`, `lea rcx, [after]`, `jmp [entry]`, at `at`.
fn crossing(at: usize, entry: usize, moved: Moved<'_>, after: usize) -> [u8; CROSSING_BYTES] {
    const INT3: u8 = 0xcc;
    let mut code = [INT3; CROSSING_BYTES];
    let mut len = moved.code.len();
    code[..len].copy_from_slice(moved.code);
    if let Some(field) = moved.relative.and_then(|from| code.get_mut(from..from + 4)) {
        let old = i32::from_le_bytes([field[0], field[1], field[2], field[3]]);
        field.copy_from_slice(&distance(at, moved.at.wrapping_add_signed(old as isize)));
    }
    let mut add = |opcode: &[u8], rest: &dyn Fn(usize) -> [u8; 4]| {
        let end = len + opcode.len() + 4;
        code[len..end - 4].copy_from_slice(opcode);
        code[end - 4..end].copy_from_slice(&rest(at + end));
        len = end;
    };
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
        let load = Moved { at: 0x7000_00f9, code: &[0xb8, 39, 0, 0, 0], relative: None };
        let code = crossing(0x7000_0040, 0x7000_0000, load, 0x7000_0100);
        assert_eq!(code[..5], [0xb8, 39, 0, 0, 0]);
        assert_eq!(code[5..12], [0x48, 0x8d, 0x0d, 0xb4, 0, 0, 0]);
        assert_eq!(code[12..18], [0xff, 0x25, 0xae, 0xff, 0xff, 0xff]);
        assert_eq!(code[18..], [0xcc; 14]);
        let none = Moved { at: 0x7000_00fe, code: &[], relative: None };
        let code = crossing(0x7000_0040, 0x7000_0000, none, 0x7000_0100);
        assert_eq!(code[..7], [0x48, 0x8d, 0x0d, 0xb9, 0, 0, 0]);
        // lea rsi, [rip + 0x10], at 0x7000_00f7: it still leads to 0x7000_010e.
        let lea = Moved { at: 0x7000_00f7, code: &[0x48, 0x8d, 0x35, 0x10, 0, 0, 0], relative: Some(3) };
        let code = crossing(0x7000_0040, 0x7000_0000, lea, 0x7000_0100);
        assert_eq!(code[..7], [0x48, 0x8d, 0x35, 0xc7, 0, 0, 0]);
    }
}
