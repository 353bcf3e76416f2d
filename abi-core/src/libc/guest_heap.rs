//! The heap as library code uses it: the program's own allocator; in unit tests, where there is no program, the host's.

#[cfg(not(any(test, fuzzing)))]
pub use super::malloc::{calloc, free, malloc, realloc};
#[cfg(any(test, fuzzing))]
pub use ::libc::{calloc, free, malloc, realloc};
