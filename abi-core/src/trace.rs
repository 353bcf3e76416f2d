//! `--trace`: one strace-like line per call.

use core::fmt::Write;

use crate::boundary::door::Row;

/// Which calls are traced: bits of areas; empty is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TraceAreas(pub u32);

/// Runs a traced call and writes its line.
pub fn call(row: &Row, arguments: &[u64; 6], body: impl FnOnce() -> u64) -> u64 {
    let start = crate::backend::backend().monotonic();
    let mut line = alloc::string::String::new();
    let _ = write!(line, "{}(", row.name);
    let _ = (row.arguments)(&mut line, arguments);
    let result = body();
    let took = crate::backend::backend().monotonic().0 - start.0;
    let _ = writeln!(line, ") = {:#x} <{}.{:03} us>", result as i64, took / 1000, took % 1000);
    crate::backend::backend().write_emergency(line.as_bytes());
    result
}

/// How an argument looks in a trace line.
pub trait TraceArgument: Sized {
    /// Makes the value from its register.
    fn from_register(register: u64) -> Self;
    /// Writes it.
    fn show(&self, out: &mut dyn Write) -> core::fmt::Result;
}

macro_rules! trace_integers {
    ($($ty:ty),*) => { $(impl TraceArgument for $ty {
        fn from_register(register: u64) -> Self { register as $ty }
        fn show(&self, out: &mut dyn Write) -> core::fmt::Result { write!(out, "{self}") }
    })* };
}
trace_integers!(u8, i8, u16, i16, u32, i32, i64, isize);

macro_rules! trace_words {
    ($($ty:ty),*) => { $(impl TraceArgument for $ty {
        fn from_register(register: u64) -> Self { register as $ty }
        fn show(&self, out: &mut dyn Write) -> core::fmt::Result {
            if *self < 4096 { write!(out, "{self}") } else { write!(out, "{self:#x}") }
        }
    })* };
}
trace_words!(u64, usize);

impl<T> TraceArgument for *mut T {
    fn from_register(register: u64) -> Self {
        register as usize as Self
    }
    fn show(&self, out: &mut dyn Write) -> core::fmt::Result {
        write!(out, "{self:p}")
    }
}

impl<T> TraceArgument for *const T {
    fn from_register(register: u64) -> Self {
        register as usize as Self
    }
    fn show(&self, out: &mut dyn Write) -> core::fmt::Result {
        write!(out, "{self:p}")
    }
}

impl<T> TraceArgument for crate::boundary::user::UserPtr<T> {
    fn from_register(register: u64) -> Self {
        Self::new(register as usize)
    }
    fn show(&self, out: &mut dyn Write) -> core::fmt::Result {
        if self.is_null() { out.write_str("NULL") } else { write!(out, "{:#x}", self.address()) }
    }
}

impl TraceArgument for crate::boundary::user::UserStr {
    fn from_register(register: u64) -> Self {
        Self::new(register as usize)
    }
    fn show(&self, out: &mut dyn Write) -> core::fmt::Result {
        match self.read_path() {
            Ok(bytes) => write!(out, "\"{}\"", bytes.escape_ascii()),
            Err(_) => write!(out, "{:#x}", self.address()),
        }
    }
}
