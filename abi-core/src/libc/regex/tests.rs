//! The engine against the host's C library.

use core::ffi::CStr;
use std::vec::Vec;

/// Compiles and runs with both, and compares errors and all places.
fn same(pattern: &CStr, text: &CStr, flags: i32, exec_flags: i32) -> bool {
    use crate::exports::regex::{Regex, regcomp, regexec, regfree};
    let mut ours = Regex::EMPTY;
    let mut theirs = core::mem::MaybeUninit::<::libc::regex_t>::zeroed();
    let none = ::libc::regmatch_t { rm_so: -7, rm_eo: -7 };
    let (mut left, mut right) = ([[-7i32; 2]; 8], [none; 8]);
    // SAFETY: C strings and the test's own structures.
    unsafe {
        let a = regcomp(&raw mut ours, pattern.as_ptr(), flags);
        let b = ::libc::regcomp(theirs.as_mut_ptr(), pattern.as_ptr(), flags);
        if a != 0 || b != 0 {
            if a != b {
                std::println!("compile {pattern:?} {flags}: {a}, not {b}");
            }
            return a == b;
        }
        // The first search does without the automaton.
        let first = regexec(&raw const ours, text.as_ptr(), 8, left.as_mut_ptr().cast(), exec_flags);
        let before = left;
        let a = regexec(&raw const ours, text.as_ptr(), 8, left.as_mut_ptr().cast(), exec_flags);
        assert_eq!((first, before), (a, left), "{pattern:?} on {text:?} {flags} {exec_flags}");
        let b = ::libc::regexec(theirs.as_ptr(), text.as_ptr(), 8, right.as_mut_ptr(), exec_flags);
        let right: Vec<[i32; 2]> = right.iter().map(|m| [m.rm_so, m.rm_eo]).collect();
        let is_same = a == b && left[..] == right[..];
        if !is_same {
            std::println!("{pattern:?} on {text:?} {flags} {exec_flags}: {a} {left:?}, not {b} {right:?}");
        }
        regfree(&raw mut ours);
        ::libc::regfree(theirs.as_mut_ptr());
        is_same
    }
}

#[test]
fn matches_as_glibc_does() {
    let patterns = [
        c"a",
        c"abc",
        c"a*",
        c"a*b",
        c"^a",
        c"a$",
        c"^a*$",
        c".",
        c"..",
        c"[abc]",
        c"[^abc]",
        c"[a-z]+",
        c"[[:digit:]]+",
        c"(a|b)*",
        c"(a|ab)(c|bcd)",
        c"a|b|c",
        c"(foo|bar)+baz",
        c"a{2}",
        c"a{2,}",
        c"a{1,3}b",
        c"a\\{2,3\\}",
        c"\\(a\\)\\1",
        c"(a)(b)?",
        c"(a*)(b*)",
        c"x*",
        c"",
        c"()",
        c"a()b",
        c"[",
        c"(",
        c")",
        c"\\(",
        c"\\)",
        c"*a",
        c"+a",
        c"a**",
        c"a+*",
        c"[[:foo:]]",
        c"[z-a]",
        c"a\\",
        c"\\w+",
        c"\\W",
        c"\\bfoo\\b",
        c"\\<f",
        c"o\\>",
        c"\\s\\S",
        c"a{3,2}",
        c"a{",
        c"a{x",
        c"(.)\\1",
        c"([a-z]+) \\1",
        c"^(a+)+$",
        c"a|",
        c"|a",
        c"(|a)b",
        c"[]a]",
        c"[^]a]",
        c"[a-]",
        c"\\.",
        c"a.c",
        c"^$",
        c"b\\+",
        c"b\\?c",
        c"a\\|b",
        c"(a|b|c)(d)?",
        c"\\2",
        c"(a)\\2",
        c"foo.*bar",
        c"[[.a.]]",
        c"[[=a=]b]",
        c"a^b",
        c"a$b",
        c"^^a",
        c"$",
        c"^",
        c"(^a)",
        c"(a$)",
        c"\\(^a\\)",
        c"a{,2}",
        c"((a)(b))c",
        c"[A-Z]",
        c"é",
        c"x?y?z?",
        c"(ab*c)*d",
    ];
    let texts = [
        c"",
        c"a",
        c"b",
        c"aa",
        c"aab",
        c"abc",
        c"abcd",
        c"xabcx",
        c"foobarbaz",
        c"foo bar",
        c"hello hello",
        c"123",
        c"A",
        c"a.c",
        c"a\nb",
        c"aaa",
        c"a^b",
        c"a$b",
        c"*a",
        c"+a",
        c"foo  barfoo bar",
        c"zzz",
        c"b+",
        c"bc",
        c"]",
        c"acabbcd",
        c"a{x",
        c"_x-y",
    ];
    let mut wrong = 0;
    for pattern in patterns {
        for text in texts {
            for flags in [0, 1, 1 | 2, 4, 1 | 4] {
                for exec_flags in [0, 1, 3] {
                    wrong += usize::from(!same(pattern, text, flags, exec_flags));
                }
            }
        }
    }
    assert_eq!(wrong, 0);
}

#[test]
fn bad_patterns_end() {
    use super::compile::compile;
    use super::syntax::POSIX_EXTENDED;
    let deep = "(".repeat(100_000);
    assert!(compile(deep.as_bytes(), POSIX_EXTENDED, false).is_err());
    let huge = "((a{1000}){1000}){1000}";
    assert!(compile(huge.as_bytes(), POSIX_EXTENDED, false).is_err());
    let mut seed = 12345u64;
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..12)
            .map(|_| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                b"ab()[]{}*+?|^$\\.,12-:"[(seed >> 33) as usize % 21]
            })
            .collect();
        let _ = compile(&bytes, POSIX_EXTENDED, true);
        let _ = compile(&bytes, super::syntax::POSIX_BASIC, false);
    }
}
