//! `--trace`: one strace-like line per call, with the arguments in words, the result and the time.
//!
//! [`areas`] says which calls belong together, [`decode`] puts names to flags.

mod areas;
mod decode;

pub use areas::TraceAreas;

use core::fmt::{self, Write};

use alloc::string::String;

use crate::abi::Errno;
use crate::backend::backend;
use crate::boundary::door::{CReturn, Row};
use crate::boundary::user::{UserBuf, UserPtr, UserStr};

/// The most bytes of a buffer that a line shows.
const SHOWN_BYTES: usize = 48;

/// What a call was given, and what it gave.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// The argument registers.
    pub registers: [u64; 6],
    /// Its result, while the line of a call that fills a buffer is written.
    pub result: Option<i64>,
}

/// Calls whose arguments are shown when they have filled them.
const FILLING: &[&str] = &["read", "pread", "readlink", "readlinkat", "pipe", "pipe2", "osvrun_getcwd"];
/// Calls that do not return: their line is written before.
const FINAL: &[&str] = &["_exit", "abort", "__osvrun_thread_exit", "__osvrun_missing", "__osvrun_fatal"];

/// A call's result register, and its error where that is not in `errno`.
pub type Outcome = (u64, Option<Errno>);

/// Runs a traced call and writes its line. `name` is what the program calls it.
pub fn call(row: &Row, name: &str, registers: &[u64; 6], body: impl FnOnce() -> Outcome) -> Outcome {
    let panic_in = crate::kernel::try_kernel().and_then(|kernel| kernel.boot.panic_in.as_deref());
    assert!(panic_in != Some(row.name.as_bytes()), "asked for by --panic-in");
    let traced = crate::kernel::try_kernel().map_or(TraceAreas::ALL, |kernel| kernel.boot.trace);
    if !traced.contains(TraceAreas::of(row)) {
        return body();
    }
    let mut call = Call { registers: *registers, result: None };
    let mut line = String::new();
    let is_filling = FILLING.contains(&row.name);
    // Writing to a String cannot fail.
    let _ = begin(name, &mut line);
    if !is_filling {
        let _ = (row.arguments)(&mut line, &call);
    }
    if FINAL.contains(&row.name) {
        line.push_str(") = ?\n");
        backend().write_emergency(line.as_bytes());
        return body();
    }
    let start = backend().monotonic();
    let (result, error) = body();
    let took = backend().monotonic().0.saturating_sub(start.0);
    if is_filling {
        call.result = Some(result as i64);
        let _ = (row.arguments)(&mut line, &call);
    }
    line.push_str(") = ");
    let _ = (row.result)(&mut line, result, error);
    let _ = writeln!(line, " <{}.{:06}>", took / 1_000_000_000, took / 1000 % 1_000_000);
    backend().write_emergency(line.as_bytes());
    (result, error)
}

/// Writes the name, after the thread's number if it is not the first one.
fn begin(name: &str, line: &mut String) -> fmt::Result {
    let tid = crate::task::current().tid;
    if tid != crate::abi::PID {
        write!(line, "[{tid}] ")?;
    }
    write!(line, "{name}(")
}

/// Writes argument `index` of a call, in words where its name says what it is.
pub fn argument<T: TraceArgument>(
    out: &mut dyn Write,
    row: &str,
    name: &str,
    call: &Call,
    index: usize,
) -> fmt::Result {
    if index > 0 {
        out.write_str(", ")?;
    }
    if decode::argument(out, row, name, call, index)? {
        return Ok(());
    }
    T::from_register(call.registers[index]).show(out)
}

/// Writes a result, with the error where there is one.
pub fn result<T: TraceArgument + CReturn + PartialEq>(
    out: &mut dyn Write,
    register: u64,
    error: Option<Errno>,
) -> fmt::Result {
    let value = T::from_register(register);
    if error.is_none() && value != T::FAILED {
        return value.show(out);
    }
    let number = error.map_or_else(crate::libc::errno, |Errno(number)| number);
    let text = crate::libc::string::errors::error_text(number).and_then(|text| text.to_str().ok());
    write!(out, "-1 {} ({})", Errno(number), text.unwrap_or("unknown error"))
}

/// Writes the beginning of a buffer in quotes, or its address if it cannot be read.
fn buffer(out: &mut dyn Write, address: usize, len: usize) -> fmt::Result {
    let mut bytes = [0; SHOWN_BYTES];
    let shown = len.min(SHOWN_BYTES);
    match UserBuf::new(address, shown).peek(&mut bytes[..shown]) {
        Ok(n) => {
            write!(out, "\"{}\"", bytes[..n].escape_ascii())?;
            if len > shown { out.write_str("...") } else { Ok(()) }
        }
        Err(_) => write!(out, "{address:#x}"),
    }
}

/// How an argument looks in a trace line.
pub trait TraceArgument: Sized {
    /// Makes the value from its register.
    fn from_register(register: u64) -> Self;
    /// Writes it.
    fn show(&self, out: &mut dyn Write) -> fmt::Result;
}

macro_rules! trace_integers {
    ($($ty:ty),*) => { $(impl TraceArgument for $ty {
        fn from_register(register: u64) -> Self { register as $ty }
        fn show(&self, out: &mut dyn Write) -> fmt::Result { write!(out, "{self}") }
    })* };
}
trace_integers!(u8, i8, u16, i16, u32, i32, i64, isize);

macro_rules! trace_words {
    ($($ty:ty),*) => { $(impl TraceArgument for $ty {
        fn from_register(register: u64) -> Self { register as $ty }
        fn show(&self, out: &mut dyn Write) -> fmt::Result {
            if *self < 1 << 24 { write!(out, "{self}") } else { write!(out, "{self:#x}") }
        }
    })* };
}
trace_words!(u64, usize);

fn pointer(out: &mut dyn Write, address: usize) -> fmt::Result {
    if address == 0 { out.write_str("NULL") } else { write!(out, "{address:#x}") }
}

impl<T> TraceArgument for *mut T {
    fn from_register(register: u64) -> Self {
        register as usize as Self
    }
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        pointer(out, self.addr())
    }
}

impl<T> TraceArgument for *const T {
    fn from_register(register: u64) -> Self {
        register as usize as Self
    }
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        pointer(out, self.addr())
    }
}

impl<T> TraceArgument for UserPtr<T> {
    fn from_register(register: u64) -> Self {
        Self::new(register as usize)
    }
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        pointer(out, self.address())
    }
}

impl TraceArgument for UserStr {
    fn from_register(register: u64) -> Self {
        Self::new(register as usize)
    }
    fn show(&self, out: &mut dyn Write) -> fmt::Result {
        match self.read_path() {
            Ok(bytes) => write!(out, "\"{}\"", bytes.escape_ascii()),
            Err(_) => pointer(out, self.address()),
        }
    }
}
