//! What a program finds on its stack when it starts (psABI, "Initial Stack and Register State").

use alloc::vec::Vec;

use crate::abi;
use crate::boundary::user::copy_out;

/// One entry of the auxiliary vector.
pub type Auxiliary = (u64, u64);

/// What goes on the stack.
pub struct Contents<'a> {
    /// `argv`
    pub args: &'a [Vec<u8>],
    /// `environ`
    pub env: &'a [Vec<u8>],
    /// The path of the program, for `AT_EXECFN`.
    pub program: &'a [u8],
    /// 16 random bytes, for `AT_RANDOM`.
    pub random: [u8; 16],
    /// The entries that are no addresses on the stack.
    pub auxiliary: &'a [Auxiliary],
}

/// Where things ended up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StartStack {
    /// The stack pointer: `argc` is here.
    pub rsp: usize,
    /// `argv`
    pub argv: usize,
    /// `environ`
    pub envp: usize,
    /// The auxiliary vector.
    pub auxv: usize,
    /// The strings of `argv`, one after another.
    pub arg_start: usize,
    /// The strings of `environ`, after those.
    pub env_start: usize,
    /// Where these end.
    pub env_end: usize,
}

/// Stores the start of a stack that ends at `top`; fails with `E2BIG` if it takes more than `room_bytes`.
pub fn build(top: usize, room_bytes: usize, contents: &Contents<'_>) -> abi::Result<StartStack> {
    let (bytes, stack) = lay_out(top, room_bytes, contents)?;
    copy_out(stack.rsp, &bytes)?;
    Ok(stack)
}

/// Makes the bytes from the stack pointer to `top`.
fn lay_out(top: usize, room_bytes: usize, contents: &Contents<'_>) -> abi::Result<(Vec<u8>, StartStack)> {
    let mut strings = Vec::new();
    let mut add = |bytes: &[u8]| {
        let at = strings.len();
        strings.extend_from_slice(bytes);
        strings.push(0);
        at
    };
    let args: Vec<usize> = contents.args.iter().map(|arg| add(arg)).collect();
    let env: Vec<usize> = contents.env.iter().map(|variable| add(variable)).collect();
    let program = add(contents.program);
    let env_start = env.first().map_or(program, |&first| first);
    let platform = add(b"x86_64");
    let random = add(&contents.random);
    let words_len = 1 + args.len() + 1 + env.len() + 1 + (contents.auxiliary.len() + 4) * 2;
    if strings.len() + words_len * 8 + 64 > room_bytes {
        return Err(abi::Errno::E2BIG);
    }
    // A null word ends the stack, as on Linux.
    let strings_at = (top - 8 - strings.len()) & !15;
    let rsp = (strings_at - words_len * 8) & !15;
    let at = |offset: usize| (strings_at + offset) as u64;
    let mut words: Vec<u64> = Vec::with_capacity(words_len);
    words.push(args.len() as u64);
    words.extend(args.iter().map(|offset| at(*offset)));
    words.push(0);
    words.extend(env.iter().map(|offset| at(*offset)));
    words.push(0);
    let auxiliary =
        [(abi::AT_RANDOM, at(random)), (abi::AT_EXECFN, at(program)), (abi::AT_PLATFORM, at(platform))];
    for (kind, value) in contents.auxiliary.iter().chain(&auxiliary).chain(&[(abi::AT_NULL, 0)]) {
        words.extend([*kind, *value]);
    }
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.resize(strings_at - rsp, 0);
    bytes.extend_from_slice(&strings);
    bytes.resize(top - rsp, 0);
    let argv = rsp + 8;
    let envp = argv + (args.len() + 1) * 8;
    let auxv = envp + (env.len() + 1) * 8;
    let (arg_start, env_start, env_end) = (strings_at, strings_at + env_start, strings_at + program);
    Ok((bytes, StartStack { rsp, argv, envp, auxv, arg_start, env_start, env_end }))
}

#[cfg(test)]
mod tests {
    use super::super::elf::u64_at;
    use super::*;

    fn contents<'a>(args: &'a [Vec<u8>], env: &'a [Vec<u8>]) -> Contents<'a> {
        Contents { args, env, program: b"/bin/x", random: [7; 16], auxiliary: &[(abi::AT_PAGESZ, 4096)] }
    }

    #[test]
    fn the_stack_is_aligned_and_its_pointers_lead_to_the_strings() {
        let (args, env) = ([b"x".to_vec(), b"hello".to_vec()], [b"A=1".to_vec()]);
        let top = 0x7000_0000;
        let (bytes, stack) = lay_out(top, 65536, &contents(&args, &env)).expect("it fits");
        assert_eq!(stack.rsp % 16, 0);
        assert_eq!(stack.rsp + bytes.len(), top);
        let word = |address: usize| u64_at(&bytes, address - stack.rsp) as usize;
        let string = |address: usize| {
            bytes[address - stack.rsp..].split(|b| *b == 0).next().expect("split gives one part")
        };
        assert_eq!(word(stack.rsp), 2);
        assert_eq!(string(word(stack.argv + 8)), b"hello");
        assert_eq!(word(stack.argv + 16), 0);
        assert_eq!(string(word(stack.envp)), b"A=1");
        assert_eq!((stack.arg_start, stack.env_start), (word(stack.argv), word(stack.envp)));
        assert_eq!(stack.env_end, stack.env_start + 4);
        assert_eq!((word(stack.auxv), word(stack.auxv + 8)), (abi::AT_PAGESZ as usize, 4096));
        assert_eq!(word(top - 8), 0);
    }

    #[test]
    fn too_long_arguments_are_refused() {
        let args = [alloc::vec![b'x'; 70000]];
        assert_eq!(lay_out(0x7000_0000, 65536, &contents(&args, &[])).err(), Some(abi::Errno::E2BIG));
    }
}
