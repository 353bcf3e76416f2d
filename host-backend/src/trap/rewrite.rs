//! Where a jump may stand for a `syscall` instruction ([`abi_core::backend::Threads::shortcut`]): pure functions of the
//! code around it.
//!
//! The first choice is the instruction before it, if it is as long as a jump and only loads a register. That it is that
//! instruction, and not the end of another and more, is known of `mov eax, NUMBER` from rax, which held the number, and of
//! others from call frame information, which tells where functions begin. The other choice is padding that a short jump
//! reaches, found by decoding from addresses where instructions begin: the one after the `syscall`, where branches lead
//! that were met on the way, and the functions' starts. What follows a return or a jump and consists of NOPs up to the
//! next boundary of 16 bytes is padding, unless something in the code around looks like a branch to it: NOPs elsewhere
//! are executed. In functions only what begins an instruction can be a branch.

use core::ops::Range;

use abi_core::backend::{CallSite, Shortcut};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

/// Bytes of `jmp` to anywhere, and of `mov eax, NUMBER`.
const LONG: usize = 5;
/// Bytes of `syscall`.
const SYSCALL: usize = 2;
/// Functions and loops begin on multiples of this.
const BOUNDARY: usize = 16;
/// How many addresses are decoded from at most.
const STARTS_MAX: usize = 32;

/// Says how a jump may stand for an instruction.
pub(crate) fn plan(site: &CallSite<'_>) -> Option<Shortcut> {
    if is_load_before(site) {
        return Some(Shortcut::Before { len_bytes: LONG, relative: None });
    }
    let mut code = Code { bytes: site.code, start: site.start, functions: Vec::new(), begins: Vec::new() };
    for function in site.functions {
        code.learn(function, site.address);
    }
    code.load_before(site.address).or_else(|| {
        let padding = code.padding(site.address + SYSCALL)?;
        Some(Shortcut::Through(padding..padding.next_multiple_of(BOUNDARY)))
    })
}

/// Tells whether the instruction before is `mov eax, NUMBER`.
///
/// If the bytes were anything else, they would have been `NUMBER 00 00 00` behind an instruction that ends in 0xb8. All
/// that decodes so up to the `syscall` ends in a store to the address in rax, which is no program's, but `enter`.
fn is_load_before(site: &CallSite<'_>) -> bool {
    const LOAD: u8 = 0xb8;
    const ENTER: u64 = 0xc8;
    /// No program has memory below this.
    const NUMBERS: u64 = 4096;
    let before = site.address.checked_sub(site.start + LONG + 1);
    let Some(&[prefix, LOAD, a, b, c, d]) = before.and_then(|from| site.code.get(from..from + LONG + 1))
    else {
        return false;
    };
    // A prefix would make it another instruction: REX, sizes, segments, lock and repeats.
    let is_prefix = matches!(
        prefix,
        0x40..=0x4f | 0x66 | 0x67 | 0x26 | 0x2e | 0x36 | 0x3e | 0x64 | 0x65 | 0xf0 | 0xf2 | 0xf3
    );
    let number = u64::from(u32::from_le_bytes([a, b, c, d]));
    !is_prefix && number == site.number && number < NUMBERS && number != ENTER
}

/// Tells whether what follows an instruction is not executed after it.
fn goes_elsewhere(instruction: &Instruction) -> bool {
    matches!(instruction.mnemonic(), Mnemonic::Ret | Mnemonic::Jmp | Mnemonic::Ud2)
}

/// Tells whether a register is a general one of 64 bits.
fn is_whole(register: Register) -> bool {
    (Register::RAX..=Register::R15).contains(&register)
}

/// Tells whether a register is a general one, of any size.
fn is_general(register: Register) -> bool {
    (Register::AL..=Register::R15).contains(&register)
}

/// Code and where it is.
struct Code<'a> {
    bytes: &'a [u8],
    start: usize,
    /// The functions whose instructions are known, and where those begin, in order.
    functions: Vec<Range<usize>>,
    begins: Vec<usize>,
}

impl Code<'_> {
    /// Returns the bytes from an address on.
    fn from(&self, at: usize) -> Option<&[u8]> {
        at.checked_sub(self.start).and_then(|from| self.bytes.get(from..))
    }

    fn decoder(&self, at: usize) -> Option<Decoder<'_>> {
        Some(Decoder::with_ip(64, self.from(at)?, at as u64, DecoderOptions::NONE))
    }

    /// Decodes a whole function. It counts as known if all of it are instructions, the one at `site` among them if that
    /// is in it, to which its own branches lead. Functions come by their order.
    fn learn(&mut self, function: &Range<usize>, site: usize) {
        let Some(mut decoder) = self.decoder(function.start) else { return };
        let (mut begins, mut targets) = (Vec::new(), Vec::new());
        while function.contains(&(decoder.ip() as usize)) {
            let instruction = decoder.decode();
            if instruction.is_invalid() {
                return;
            }
            begins.push(instruction.ip() as usize);
            if instruction.op0_kind() == OpKind::NearBranch64 {
                targets.push(instruction.near_branch64() as usize);
            }
        }
        let is_begin = |at: &usize| begins.binary_search(at).is_ok();
        let is_sound = |target: &usize| !function.contains(target) || is_begin(target);
        let follows = self.functions.last().is_none_or(|last| last.end <= function.start);
        if follows && (!function.contains(&site) || is_begin(&site)) && targets.iter().all(is_sound) {
            self.functions.push(function.clone());
            self.begins.extend(begins);
        }
    }

    /// Tells whether an instruction may begin at an address.
    fn may_begin(&self, at: usize) -> bool {
        self.begins.binary_search(&at).is_ok()
            || !self.functions.iter().any(|function| function.contains(&at))
    }

    /// Finds a known instruction that ends at `site`, has room for a jump, and does nothing but load a register with
    /// what it gets from no memory and from other registers, so that it may be executed twice.
    fn load_before(&self, site: usize) -> Option<Shortcut> {
        let begin = *self.begins.get(self.begins.binary_search(&site).ok()?.checked_sub(1)?)?;
        let mut decoder = self.decoder(begin)?;
        let instruction = decoder.decode();
        let (len_bytes, to) = (instruction.len(), instruction.op0_register());
        let is_load = match instruction.mnemonic() {
            Mnemonic::Mov => {
                matches!(
                    instruction.op1_kind(),
                    OpKind::Immediate32 | OpKind::Immediate32to64 | OpKind::Immediate64
                )
            }
            // Of 64 bits, so that registers that differ have nothing in common.
            Mnemonic::Lea => {
                let from = [instruction.memory_base(), instruction.memory_index()];
                is_whole(to) && from.iter().all(|&from| from != to && (is_whole(from) || !is_general(from)))
            }
            _ => false,
        };
        if begin + len_bytes != site
            || len_bytes < LONG
            || !is_load
            || instruction.op0_kind() != OpKind::Register
        {
            return None;
        }
        let offsets = decoder.get_constant_offsets(&instruction);
        let relative = instruction.is_ip_rel_memory_operand().then(|| offsets.displacement_offset());
        Some(Shortcut::Before { len_bytes, relative })
    }

    /// Finds padding that a short jump that ends at `after` reaches.
    fn padding(&self, after: usize) -> Option<usize> {
        let reach = after.saturating_sub(128)..after.saturating_add(128);
        let is_room = |instruction: &Instruction| {
            let end = instruction.next_ip() as usize;
            goes_elsewhere(instruction) && reach.contains(&end) && self.is_padding(end)
        };
        let mut known =
            self.begins.iter().filter_map(|&begin| self.decoder(begin).map(|mut one| one.decode()));
        if let Some(found) = known.find(is_room) {
            return Some(found.next_ip() as usize);
        }
        let mut starts = vec![after];
        let mut next = 0;
        while let Some(&from) = starts.get(next) {
            next += 1;
            let Some(mut decoder) = self.decoder(from) else { continue };
            while reach.contains(&(decoder.ip() as usize)) && decoder.can_decode() {
                let instruction = decoder.decode();
                if instruction.is_invalid() {
                    break;
                }
                if instruction.op0_kind() == OpKind::NearBranch64 {
                    let target = instruction.near_branch64() as usize;
                    if reach.contains(&target) && starts.len() < STARTS_MAX && !starts.contains(&target) {
                        starts.push(target);
                    }
                }
                if is_room(&instruction) {
                    return Some(instruction.next_ip() as usize);
                }
                if goes_elsewhere(&instruction) {
                    break;
                }
            }
        }
        None
    }

    /// Tells whether there is padding at `at`, where no instruction falls through to, that holds a jump.
    fn is_padding(&self, at: usize) -> bool {
        let end = at.next_multiple_of(BOUNDARY);
        let Some(mut decoder) = self.decoder(at).filter(|_| end - at >= LONG) else { return false };
        while (decoder.ip() as usize) < end {
            if !matches!(decoder.decode().mnemonic(), Mnemonic::Nop | Mnemonic::Int3) {
                return false;
            }
        }
        !self.is_target(&(at..at + LONG))
    }

    /// Tells whether anything in the code, wherever it begins if that is not known, looks like a branch to one of these
    /// addresses.
    fn is_target(&self, wanted: &Range<usize>) -> bool {
        let short = |at: usize| Some((at + 2, i32::from(*self.bytes.get(at + 1)? as i8)));
        let long = |at: usize, opcode_len: usize| {
            let end = at + opcode_len + 4;
            let distance = self.bytes.get(at + opcode_len..end)?.try_into().ok()?;
            Some((end, i32::from_le_bytes(distance)))
        };
        self.bytes.iter().enumerate().any(|(at, byte)| {
            let branch = match byte {
                0x70..=0x7f | 0xe0..=0xe3 | 0xeb => short(at),
                0xe8 | 0xe9 => long(at, 1),
                0x0f if matches!(self.bytes.get(at + 1), Some(0x80..=0x8f)) => long(at, 2),
                _ => None,
            };
            branch.is_some_and(|(end, distance)| {
                wanted.contains(&(self.start + end).wrapping_add_signed(distance as isize))
                    && self.may_begin(self.start + at)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the code of each case starts.
    const START: usize = 0x40_1000;
    const NOP9: [u8; 9] = [0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0];

    /// Plans for the last `syscall` in `before`, with `after` behind it.
    fn plan_for(number: u64, before: &[u8], after: &[u8]) -> Option<Shortcut> {
        let code = [before, after].concat();
        let address = START + before.len() - SYSCALL;
        assert_eq!(before[before.len() - SYSCALL..], [0x0f, 0x05]);
        plan(&CallSite { address, number, code: &code, start: START, functions: &[] })
    }

    /// `mov rax, rdi; syscall`
    const BARE: [u8; 5] = [0x48, 0x89, 0xf8, 0x0f, 0x05];

    fn bare(after: &[u8]) -> Option<usize> {
        match plan_for(39, &BARE, after) {
            Some(Shortcut::Through(padding)) => Some(padding.start - START),
            Some(Shortcut::Before { .. }) => panic!("nothing loads a number"),
            None => None,
        }
    }

    /// `bytes`, then NOPs of one byte up to `len`.
    fn padded(bytes: &[u8], len: usize) -> Vec<u8> {
        let mut code = bytes.to_vec();
        code.resize(len, 0x90);
        code
    }

    #[test]
    fn the_number_is_loaded_just_before() {
        let with =
            |prefix: u8, number: u64| plan_for(number, &[prefix, 0xb8, 39, 0, 0, 0, 0x0f, 0x05], &[0xc3]);
        let before = Some(Shortcut::Before { len_bytes: 5, relative: None });
        assert_eq!(with(0x90, 39), before);
        assert_eq!(with(0xc3, 39), before);
        // rax held something else: the call came from elsewhere, or these bytes are no load.
        assert_eq!(with(0x90, 40), None);
        // `mov r8d, 39`, `mov ax, 39`.
        assert_eq!(with(0x41, 39), None);
        assert_eq!(with(0x66, 39), None);
        // What is before is not known.
        assert_eq!(plan_for(39, &[0xb8, 39, 0, 0, 0, 0x0f, 0x05], &[0xc3]), None);
    }

    #[test]
    fn bytes_that_only_look_like_a_load_stay() {
        // mov byte [rax+0x10], 0xb8; mov rdi, rax; nop
        let code = [0xc6, 0x40, 0x10, 0xb8, 0x48, 0x89, 0xc7, 0x90, 0x0f, 0x05];
        assert_eq!(plan_for(39, &code, &[0xc3]), None);
        assert_eq!(plan_for(0x90c7_8948, &code, &[0xc3]), None);
        // mov cl, 0xb8; enter 0, 0
        assert_eq!(plan_for(200, &[0x90, 0xb1, 0xb8, 0xc8, 0, 0, 0, 0x0f, 0x05], &[0xc3]), None);
    }

    #[test]
    fn padding_follows_a_return_or_a_jump() {
        // ret; nop9; int3
        assert_eq!(bare(&[&[0xc3][..], &NOP9, &[0xcc]].concat()), Some(6));
        assert_eq!(bare(&padded(&[0xc3], 11)), Some(6));
        assert_eq!(bare(&[&[0x0f, 0x0b][..], &[0xcc; 9]].concat()), Some(7));
        // jmp rax; jmp [far away]
        assert_eq!(bare(&padded(&[0xff, 0xe0], 11)), Some(7));
        assert_eq!(bare(&padded(&[0xe9, 0, 0, 1, 0], 27)), Some(10));
        // cmp rax, -4095; jae over the ret; ret; neg eax; ret
        let code = [0x48, 0x3d, 1, 0xf0, 0xff, 0xff, 0x73, 1, 0xc3, 0xf7, 0xd8, 0xc3];
        assert_eq!(bare(&padded(&code, 27)), Some(17));
    }

    #[test]
    fn padding_before_the_instruction_is_found_by_a_branch() {
        // ret; nop9; top: xor eax, eax; syscall; jmp top, with no room behind it
        let before = [&[0xc3][..], &padded(&[], 15), &[0x31, 0xc0, 0x0f, 0x05]].concat();
        assert_eq!(plan_for(0, &before, &[0xeb, 0xfa]), None);
        // back: ret; nops; xor eax, eax; syscall; jz back; ud2, with no room behind it
        let before = [&[0x5b, 0xc3][..], &padded(&[], 14), &[0x31, 0xc0, 0x0f, 0x05]].concat();
        assert_eq!(plan_for(0, &before, &[0x74, 0xea, 0x0f, 0x0b]), through(2));
    }

    /// As read(3) of a libc: mov r8d, eax; mov edi, [rsp+8]; xor eax, eax; syscall; mov edi, r8d; add rsp, 40; ret; nop5;
    /// ud2. The load's bytes `7c 24` would be a jump to the NOPs.
    const READ: [u8; 32] = [
        0x41, 0x89, 0xc0, 0x8b, 0x7c, 0x24, 0x08, 0x31, 0xc0, 0x0f, 0x05, 0x44, 0x89, 0xc7, 0x48, 0x83, 0xc4,
        0x28, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
    ];

    /// Through the padding there, up to the boundary.
    fn through(at: usize) -> Option<Shortcut> {
        Some(Shortcut::Through(START + at..START + at.next_multiple_of(BOUNDARY)))
    }

    /// Plans for a `syscall` at `at`, with functions of which the ends are given.
    fn in_functions(code: &[u8], at: usize, ends: &[Range<usize>]) -> Option<Shortcut> {
        let functions: Vec<_> = ends.iter().map(|it| START + it.start..START + it.end).collect();
        plan(&CallSite { address: START + at, number: 0, code, start: START, functions: &functions })
    }

    /// Plans for a `syscall` at `at` with one known function.
    fn in_function_at(at: usize, code: &[u8], function: Range<usize>) -> Option<Shortcut> {
        in_functions(code, at, core::slice::from_ref(&function))
    }

    fn in_function(code: &[u8], function: Range<usize>) -> Option<Shortcut> {
        in_function_at(9, code, function)
    }

    #[test]
    fn in_a_known_function_only_instructions_are_branches() {
        let mut code = READ;
        code[5] = 0x0e;
        assert_eq!(in_function(&code, 0..0), None);
        assert_eq!(in_function(&code, 0..32), through(19));
        // The function begins inside an instruction, so that the branch would be one; or after it.
        assert_eq!(in_function(&code, 4..32), None);
        assert_eq!(in_function(&code, 7..32), None);
        // A branch of the function's that leads into an instruction: jmp to `24`.
        code[12..14].copy_from_slice(&[0xeb, 0xf7]);
        assert_eq!(in_function(&code, 0..32), None);
    }

    #[test]
    fn padding_of_a_known_function_may_be_before_the_instruction() {
        // ret; nop9; xor eax, eax; syscall; jmp far away, with no room behind it
        let code = [&padded(&[0x90, 0xc3], 16)[..], &[0x31, 0xc0, 0x0f, 0x05], &[0xe9, 0, 0, 1, 0]].concat();
        assert_eq!(in_functions(&code, 18, &[]), None);
        assert_eq!(in_function_at(18, &code, 0..code.len()), through(2));
    }

    #[test]
    fn what_looks_like_a_branch_in_a_function_near_by_is_none() {
        // Behind READ's end: mov eax, [rsp+0xeb]; ..., whose byte would be a jump to the padding.
        let near = [0x8b, 0x84, 0x24, 0xeb, 0xee, 0, 0, 0xc3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90];
        let mut read = READ;
        read[5] = 0x0e;
        let code = [&read[..], &near].concat();
        assert_eq!(in_function(&code, 0..32), None);
        assert_eq!(in_functions(&code, 9, &[0..32, 32..48]), through(19));
    }

    #[test]
    fn an_instruction_that_loads_a_register_may_be_moved() {
        let moved = |len_bytes, relative| Some(Shortcut::Before { len_bytes, relative });
        // The number is loaded first: mov eax, 14; then one more; syscall; then no padding.
        let plan = |load: &[u8]| {
            let code = [&[0xb8, 14, 0, 0, 0][..], load, &SYSCALL_AND_ON].concat();
            in_function_at(5 + load.len(), &code, 0..code.len())
        };
        // mov edi, -100; mov r8d, 1; lea rsi, [rip+0x100]; lea rsi, [rbx+0x8f0]
        assert_eq!(plan(&[0xbf, 0x9c, 0xff, 0xff, 0xff]), moved(5, None));
        assert_eq!(plan(&[0x41, 0xb8, 1, 0, 0, 0]), moved(6, None));
        assert_eq!(plan(&[0x48, 0x8d, 0x35, 0, 1, 0, 0]), moved(7, Some(3)));
        assert_eq!(plan(&[0x48, 0x8d, 0xb3, 0xf0, 8, 0, 0]), moved(7, None));
        // Not twice: lea rsi, [rsi+0x8f0]. Not elsewhere: mov rdi, [rsp+0x100]; call. Too short: xor edi, edi.
        assert_eq!(plan(&[0x48, 0x8d, 0xb6, 0xf0, 8, 0, 0]), None);
        assert_eq!(plan(&[0x48, 0x8b, 0xbc, 0x24, 0, 1, 0, 0]), None);
        assert_eq!(plan(&[0xe8, 0, 0, 1, 0]), None);
        assert_eq!(plan(&[0x31, 0xff]), None);
    }

    #[test]
    fn a_function_with_a_jump_in_it_is_still_known() {
        // mov eax, 14; a jump and a NOP in place of mov r8d, 1; syscall; then as before its load was moved.
        let changed = [0xb8, 14, 0, 0, 0, 0xe9, 0, 0, 1, 0, 0x90, 0x0f, 0x05];
        let code = [&changed[..], &[0xb8, 14, 0, 0, 0, 0xbf, 1, 0, 0, 0], &SYSCALL_AND_ON].concat();
        let moved = Some(Shortcut::Before { len_bytes: 5, relative: None });
        assert_eq!(in_function_at(23, &code, 0..code.len()), moved);
    }

    /// `syscall`, then a call and `ud2`.
    const SYSCALL_AND_ON: [u8; 9] = [0x0f, 0x05, 0xe8, 0, 0, 1, 0, 0x0f, 0x0b];

    #[test]
    fn executed_nops_are_no_padding() {
        // NOPs inside a loop: syscall; nop9; jmp back; ud2 at the boundary
        assert_eq!(bare(&[&NOP9[..], &[0xeb, 0xf0, 0x0f, 0x0b]].concat()), None);
        // A call is not the end, even before NOPs.
        assert_eq!(bare(&padded(&[0xe8, 0, 0, 1, 0], 11)), None);
        // The entry of a function is none: ret; endbr64; nop
        assert_eq!(bare(&padded(&[0xc3, 0xf3, 0x0f, 0x1e, 0xfa], 11)), None);
        // jz into the NOPs, and jmp to their first byte from elsewhere.
        assert_eq!(bare(&padded(&[0x74, 3, 0xc3], 11)), None);
        assert_eq!(bare(&[&padded(&[0xc3], 27)[..], &[0xe9, 0xe1, 0xff, 0xff, 0xff]].concat()), None);
    }

    #[test]
    fn bytes_inside_instructions_are_no_return() {
        // mov ecx, 0xc3; six NOPs; then code
        assert_eq!(bare(&padded(&[0xb9, 0xc3, 0, 0, 0], 11)), None);
        // mov ecx, 0x909090c3 and NOPs up to the boundary
        assert_eq!(bare(&padded(&[0xb9, 0xc3, 0x90, 0x90, 0x90], 11)), None);
        // Not decodable.
        assert_eq!(bare(&padded(&[0x06, 0xc3], 11)), None);
    }

    #[test]
    fn padding_that_is_too_short_or_too_far_or_cut_off_stays() {
        // Four bytes up to the boundary.
        assert_eq!(bare(&padded(&[0x31, 0xc9, 0x31, 0xd2, 0x31, 0xf6, 0xc3], 11)), None);
        // At the boundary: what follows may be a function that begins with NOPs.
        assert_eq!(
            bare(&padded(&[0x31, 0xc9, 0x31, 0xc9, 0x31, 0xc9, 0x31, 0xc9, 0x31, 0xc9, 0xc3], 27)),
            None
        );
        // 140 bytes of code first.
        assert_eq!(bare(&padded(&[&[0x31, 0xc9].repeat(70)[..], &[0xc3]].concat(), 155)), None);
        // The code ends within the padding, or with the instruction.
        assert_eq!(bare(&padded(&[0xc3], 8)), None);
        assert_eq!(bare(&[]), None);
        // It already holds a jump.
        assert_eq!(bare(&padded(&[0xc3, 0xe9, 0, 0, 1, 0], 11)), None);
    }
}
