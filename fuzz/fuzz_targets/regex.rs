//! Regular expressions: compiling and matching.
#![no_main]

use abi_core::libc::regex::compile::compile;
use abi_core::libc::regex::exec::{Anchor, search};
use abi_core::libc::regex::program::Subject;
use abi_core::libc::regex::syntax;
use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::two_strings;

fuzz_target!(|data: &[u8]| {
    let Some((&flags, rest)) = data.split_first() else { return };
    let (pattern, text) = two_strings(rest);
    if pattern.len() > 40 || text.len() > 80 {
        return;
    }
    let mut bits = if flags & 1 == 0 { syntax::POSIX_BASIC } else { syntax::POSIX_EXTENDED };
    if flags & 2 != 0 {
        bits |= syntax::ICASE;
    }
    let Ok(program) = compile(&pattern[..pattern.len() - 1], bits, flags & 4 != 0) else { return };
    let text = &text[..text.len() - 1];
    let stop = if flags & 64 == 0 { text.len() } else { text.len() / 2 };
    let subject = Subject {
        text,
        stop,
        not_bol: flags & 8 != 0,
        not_eol: flags & 16 != 0,
        newline_anchor: flags & 32 != 0,
    };
    let mut slots = vec![0; 2 * (program.groups + 1)];
    if let Ok(Some((start, end))) = search(&program, &subject, 0, Anchor::UpTo(text.len() + 1), &mut slots) {
        assert!(start <= end && end <= stop);
    }
});
