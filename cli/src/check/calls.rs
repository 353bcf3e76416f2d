//! The system calls in a program's code, as far as their numbers stand there.

use std::collections::BTreeSet;

use abi_core::loader::elf::ElfImage;
use goblin::elf::program_header::{PF_X, PT_LOAD};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

/// What `syscall` instructions ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    /// Numbers that code loads before such an instruction.
    pub numbers: BTreeSet<u64>,
    /// Whether there are others, whose number comes from elsewhere, as an argument of syscall(2) does.
    pub has_others: bool,
}

impl Calls {
    /// Reads a program's code. A file that ends early has no more.
    pub(super) fn of(image: &ElfImage) -> Self {
        let mut calls = Self::default();
        let is_code = |p_type: u32, p_flags: u32| p_type == PT_LOAD && p_flags & PF_X != 0;
        for segment in image.segments.iter().filter(|segment| is_code(segment.p_type, segment.p_flags)) {
            let mut code = vec![0; usize::try_from(segment.p_filesz).unwrap_or(0)];
            let read = image.source.read_at(segment.p_offset, &mut code).unwrap_or(0);
            calls.read(&code[..read]);
        }
        calls
    }

    /// Reads instructions one after another. Data between them may hide some, and look like others.
    fn read(&mut self, code: &[u8]) {
        let mut decoder = Decoder::new(64, code, DecoderOptions::NONE);
        let (mut at, mut rax) = (Instruction::default(), None);
        while decoder.can_decode() {
            decoder.decode_out(&mut at);
            if at.mnemonic() == Mnemonic::Syscall {
                match rax {
                    Some(number) => drop(self.numbers.insert(number)),
                    None => self.has_others = true,
                }
            }
            rax = number_after(&at, rax);
        }
    }
}

/// Returns what rax holds after an instruction, where that is a number known from the code.
fn number_after(at: &Instruction, before: Option<u64>) -> Option<u64> {
    let is_rax = |register| matches!(register, Register::RAX | Register::EAX);
    match at.mnemonic() {
        Mnemonic::Mov if is_rax(at.op0_register()) => match at.op1_kind() {
            OpKind::Immediate32 => Some(u64::from(at.immediate32())),
            OpKind::Immediate32to64 | OpKind::Immediate64 => Some(at.immediate(1)),
            _ => None,
        },
        Mnemonic::Xor if is_rax(at.op0_register()) && at.op0_register() == at.op1_register() => Some(0),
        Mnemonic::Cmp | Mnemonic::Test | Mnemonic::Push => before,
        // What comes after these is another's code.
        Mnemonic::Call | Mnemonic::Jmp | Mnemonic::Ret | Mnemonic::Syscall | Mnemonic::INVALID => None,
        Mnemonic::Mul
        | Mnemonic::Div
        | Mnemonic::Idiv
        | Mnemonic::Cmpxchg
        | Mnemonic::Cpuid
        | Mnemonic::Rdtsc => None,
        _ if is_rax(at.op0_register())
            || matches!(at.op0_register(), Register::AX | Register::AL | Register::AH) =>
        {
            None
        }
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &[u8]) -> Calls {
        let mut calls = Calls::default();
        calls.read(code);
        calls
    }

    #[test]
    fn numbers_are_found_before_their_instruction() {
        // mov eax, 39; syscall; ret; xor eax, eax; mov edi, 3; test edi, edi; je; syscall
        let code = [
            0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3, 0x31, 0xc0, 0xbf, 3, 0, 0, 0, 0x85, 0xff, 0x74, 0x10, 0x0f,
            0x05,
        ];
        assert_eq!(of(&code), Calls { numbers: [0, 39].into(), has_others: false });
    }

    #[test]
    fn what_is_computed_is_only_noted() {
        // mov eax, 39; call; syscall
        let code = [0xb8, 39, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x0f, 0x05];
        assert_eq!(of(&code), Calls { numbers: BTreeSet::new(), has_others: true });
        // mov eax, 39; mov rax, rdi; syscall
        let code = [0xb8, 39, 0, 0, 0, 0x48, 0x89, 0xf8, 0x0f, 0x05];
        assert_eq!(of(&code), Calls { numbers: BTreeSet::new(), has_others: true });
    }

    #[test]
    fn any_bytes_are_read_to_their_end() {
        let bytes: Vec<u8> = (0..20_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        of(&bytes);
        of(&bytes[..3]);
    }
}
