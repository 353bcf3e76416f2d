//! A Rust program as a shared object: `cargo build -p hello-rust`, then `osvrun target/debug/libhello_rust.so NAMES…`.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int};
use std::io::Write;
use std::thread;

/// Counts the letters of its arguments, one thread for each, and greets.
#[expect(unsafe_code, reason = "gives C's main a name the loader finds, and reads its arguments")]
// SAFETY: a program has one main.
#[unsafe(no_mangle)]
pub extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: main is given `argc` strings, which stay where they are.
    let strings = unsafe { std::slice::from_raw_parts(argv, argc as usize) };
    let names = strings.iter().skip(1).map(|&string| {
        // SAFETY: one of them.
        unsafe { CStr::from_ptr(string) }.to_string_lossy().into_owned()
    });
    let threads: Vec<_> = names.map(|name| thread::spawn(move || (name.chars().count(), name))).collect();
    let mut by_length = BTreeMap::<usize, Vec<String>>::new();
    for thread in threads {
        let Ok((length, name)) = thread.join() else { return 1 };
        by_length.entry(length).or_default().push(name);
    }
    let mut out = std::io::stdout().lock();
    let mut said = writeln!(out, "hello from Rust");
    for (length, names) in by_length {
        said = said.and_then(|()| writeln!(out, "{length}: {}", names.join(", ")));
    }
    said.map_or(1, |()| 0)
}
