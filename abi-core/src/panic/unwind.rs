//! Walking the stack by call frame information (`.eh_frame`, LSB 5.0 core chapter 10.6), without frame pointers.
//!
//! Memory is read word by word through a routine whose faults are fixed up, so a broken stack ends the walk and no more.
#![expect(unsafe_code, reason = "call frame information is read where the object is mapped")]

use core::sync::atomic::Ordering;

use gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, EhFrameOffset, Encoding, EndianSlice, FrameDescriptionEntry,
    LittleEndian, Pointer, Register, RegisterRule, UnwindContext, UnwindContextStorage, UnwindExpression,
    UnwindSection, UnwindTableRow, X86_64,
};

use super::expression::{Bytes, compute};
use super::images::{self, Image};
use crate::boundary::syscall::SyscallFrame;
use crate::boundary::user::peek;
use crate::task::Thread;
use crate::upcall::TrapFrame;

/// Room for the rules of one function, on the stack.
struct OnStack;

impl UnwindContextStorage<usize> for OnStack {
    type Rules = [(Register, RegisterRule<usize>); 24];
    type Stack = [UnwindTableRow<usize, Self>; 4];
}

/// How many registers are followed: the general ones and the return address, in DWARF's order.
const REGISTERS: usize = 17;
const RBP: usize = 6;
const RSP: usize = 7;
const RA: usize = 16;

/// The frames of a stack, innermost first: the address of each call, or of the fault.
pub(super) struct Frames<'a> {
    /// `None` while only the kernel's own frames are wanted.
    thread: Option<&'a Thread>,
    registers: [u64; REGISTERS],
    /// Whether the next frame is the first.
    is_first: bool,
    is_done: bool,
    /// Whether the address is where a signal interrupted, not one to return to.
    is_interrupted: bool,
    /// Whether the walk has left the kernel.
    is_in_guest: bool,
}

impl<'a> Frames<'a> {
    /// Starts at these registers of a thread, which is this one or stands still.
    pub(super) fn new(thread: &'a Thread, frame: &TrapFrame) -> Self {
        Self { thread: Some(thread), is_in_guest: !thread.is_in_kernel(), ..Self::from_registers(frame) }
    }

    fn from_registers(f: &TrapFrame) -> Self {
        let registers = [
            f.rax, f.rdx, f.rcx, f.rbx, f.rsi, f.rdi, f.rbp, f.rsp, f.r8, f.r9, f.r10, f.r11, f.r12, f.r13,
            f.r14, f.r15, f.rip,
        ];
        Self {
            thread: None,
            registers,
            is_first: true,
            is_done: false,
            is_interrupted: false,
            is_in_guest: false,
        }
    }

    /// Starts at these registers of the kernel's own code, and ends where that was called from.
    pub(super) fn of_kernel(frame: &TrapFrame) -> Frames<'static> {
        Frames { thread: None, is_in_guest: true, ..Frames::from_registers(frame) }
    }

    /// Goes on to where the program called the kernel, if the thread is inside it; returns the registers there, those
    /// that a call may change being 0.
    pub(super) fn leave_kernel_frames(&mut self) -> TrapFrame {
        while !self.is_in_guest && self.step().is_some() {
            self.is_first = false;
        }
        let [_, _, _, rbx, _, _, rbp, rsp, _, _, _, _, r12, r13, r14, r15, rip] = self.registers;
        TrapFrame { rbx, rbp, r12, r13, r14, r15, rip, rsp, ..TrapFrame::default() }
    }

    /// Goes to the caller.
    fn step(&mut self) -> Option<()> {
        let pc = self.registers[RA] as usize;
        // A return address may be the next function's first byte.
        let at = if self.is_first || self.is_interrupted { pc } else { pc.wrapping_sub(1) };
        self.is_interrupted = false;
        let image = images::find(self.thread, at);
        let stepped = match &image {
            Some(image) => self.step_by_rules(image, at),
            // A call through a bad pointer: the caller is on top of the stack.
            None if self.is_first => self.return_now(),
            None => None,
        };
        match stepped {
            Some(()) => {
                // Past the door the stack is the guest's again.
                let entry = self.thread.map_or(0, |thread| thread.head.guest_rsp.load(Ordering::Relaxed));
                self.is_in_guest |= self.registers[RSP] == entry as u64 + 8;
                Some(())
            }
            None if !self.is_in_guest => self.leave_kernel(),
            None => None,
        }
    }

    fn return_now(&mut self) -> Option<()> {
        let rsp = self.registers[RSP];
        self.registers[RA] = peek(rsp as usize)?;
        self.registers[RSP] = rsp.wrapping_add(8);
        Some(())
    }

    /// Goes on where the thread entered the kernel: what `boundary::door` stored.
    fn leave_kernel(&mut self) -> Option<()> {
        let thread = self.thread?;
        self.is_in_guest = true;
        if thread.program.has_own_libc() {
            // `boundary::syscall` kept them all.
            let frame = SyscallFrame::of(thread).registers;
            self.registers = Self::from_registers(&frame).registers;
            self.is_first = true;
            return Some(());
        }
        let rsp = thread.head.guest_rsp.load(Ordering::Relaxed);
        self.registers[RA] = peek(rsp)?;
        self.registers[RBP] = peek(rsp.wrapping_sub(8))?;
        self.registers[RSP] = rsp as u64 + 8;
        Some(())
    }

    fn step_by_rules(&mut self, image: &Image, at: usize) -> Option<()> {
        let segment = slice(image.eh_frame_start, image.eh_frame_end);
        with_rules(segment, image, at, |rules| self.follow(rules))
    }

    fn follow(&mut self, rules: &Rules<'_, '_>) -> Option<()> {
        let row = rules.row;
        let cfa = match row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => {
                self.registers.get(usize::from(register.0))?.wrapping_add_signed(*offset)
            }
            CfaRule::Expression(expression) => rules.compute(expression, &self.registers, None)?,
        };
        let mut caller = self.registers;
        for (index, value) in caller.iter_mut().enumerate() {
            match row.register(Register(index as u16)) {
                None | Some(RegisterRule::SameValue) => {}
                Some(RegisterRule::Undefined) if index == RA => *value = 0,
                Some(RegisterRule::Offset(offset)) => {
                    *value = peek(cfa.wrapping_add_signed(offset) as usize)?;
                }
                Some(RegisterRule::ValOffset(offset)) => *value = cfa.wrapping_add_signed(offset),
                Some(RegisterRule::Expression(place)) => {
                    *value = peek(rules.compute(&place, &self.registers, Some(cfa))? as usize)?;
                }
                Some(RegisterRule::ValExpression(number)) => {
                    *value = rules.compute(&number, &self.registers, Some(cfa))?;
                }
                Some(RegisterRule::Register(other)) => *value = *self.registers.get(usize::from(other.0))?,
                Some(_) => {}
            }
        }
        if row.register(X86_64::RSP).is_none() {
            caller[RSP] = cfa;
        }
        self.is_interrupted = rules.is_trampoline;
        if row.register(X86_64::RA).is_none() {
            caller[RA] = peek(cfa.wrapping_sub(8) as usize)?;
        }
        // A frame that does not move is a loop.
        if caller[RSP] == self.registers[RSP] && caller[RA] == self.registers[RA] {
            return None;
        }
        self.registers = caller;
        Some(())
    }
}

impl Iterator for Frames<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.is_done {
            return None;
        }
        if self.is_first {
            self.is_done = false;
            let here = self.registers[RA] as usize;
            self.is_done = self.step().is_none();
            self.is_first = false;
            return Some(here);
        }
        let here = self.registers[RA] as usize;
        if here == 0 {
            return None;
        }
        let call = if self.is_interrupted { here } else { here - 1 };
        self.is_done = self.step().is_none();
        Some(call)
    }
}

/// What is said of an address.
struct Rules<'a, 'b> {
    row: &'a UnwindTableRow<usize, OnStack>,
    /// Whether it is a signal handler's return.
    is_trampoline: bool,
    section: &'a EhFrame<Bytes<'b>>,
    encoding: Encoding,
}

impl Rules<'_, '_> {
    fn compute(
        &self,
        expression: &UnwindExpression<usize>,
        registers: &[u64],
        first: Option<u64>,
    ) -> Option<u64> {
        compute(expression.get(self.section).ok()?, self.encoding, registers, first)
    }
}

/// Finds the rules for the address `at` in `segment`, the bytes of an object's segment that holds `.eh_frame`.
fn with_rules<T>(
    segment: &[u8],
    image: &Image,
    at: usize,
    follow: impl FnOnce(&Rules<'_, '_>) -> Option<T>,
) -> Option<T> {
    let part = |start: usize| {
        let offset = start.checked_sub(image.eh_frame_start)?;
        Some(EndianSlice::new(segment.get(offset..)?, LittleEndian))
    };
    if image.eh_frame_hdr == 0 {
        let bases = BaseAddresses::default().set_eh_frame(image.eh_frame_start as u64);
        let section = EhFrame::from(part(image.eh_frame_start)?);
        let entry = section.fde_for_address(&bases, at as u64, EhFrame::cie_from_offset).ok()?;
        return follow_entry(&section, &bases, &entry, at, follow);
    }
    let bases = BaseAddresses::default().set_eh_frame_hdr(image.eh_frame_hdr as u64);
    let header = EhFrameHdr::from(part(image.eh_frame_hdr)?).parse(&bases, 8).ok()?;
    let Pointer::Direct(start) = header.eh_frame_ptr() else { return None };
    let bases = bases.set_eh_frame(start);
    let section = EhFrame::from(part(start as usize)?);
    let Pointer::Direct(entry) = header.table()?.lookup(at as u64, &bases).ok()? else { return None };
    let offset = EhFrameOffset(usize::try_from(entry.checked_sub(start)?).ok()?);
    let entry = section.fde_from_offset(&bases, offset, EhFrame::cie_from_offset).ok()?;
    // The table says where functions start, and not where they end.
    if !entry.contains(at as u64) {
        return None;
    }
    follow_entry(&section, &bases, &entry, at, follow)
}

/// Finds the rules for an address in what is said of its function.
fn follow_entry<'a, T>(
    section: &EhFrame<Bytes<'a>>,
    bases: &BaseAddresses,
    entry: &FrameDescriptionEntry<Bytes<'a>>,
    at: usize,
    follow: impl FnOnce(&Rules<'_, '_>) -> Option<T>,
) -> Option<T> {
    let mut context = UnwindContext::<usize, OnStack>::new_in();
    let row = entry.unwind_info_for_address(section, bases, &mut context, at as u64).ok()?;
    let (is_trampoline, encoding) = (entry.cie().is_signal_trampoline(), entry.cie().encoding());
    follow(&Rules { row, is_trampoline, section, encoding })
}

/// Looks for the rules of each address that the words name, in a segment that may hold anything.
pub fn look_everywhere(segment: &[u8]) {
    let image = Image { eh_frame_hdr: 0x1000, eh_frame_start: 0x1000, eh_frame_end: 0x1000 + segment.len() };
    for at in (0..64).map(|i| 0x1000 + i * 16) {
        with_rules(segment, &image, at, |rules| Some(rules.row.registers().count()));
    }
}

/// The bytes from `start` to `end` of an object's read-only segment.
fn slice(start: usize, end: usize) -> &'static [u8] {
    if start == 0 || end <= start {
        return &[];
    }
    // SAFETY: the range lies in a mapped read-only segment of a loaded object.
    unsafe { core::slice::from_raw_parts(start as *const u8, end - start) }
}
