//! What a system call returns in rax.

use crate::abi::{Errno, Result};

/// Returns the value or the negated error number, as a system call does.
#[inline]
pub fn syscall_result<T: IntoRegister>(result: Result<T>) -> isize {
    match result {
        Ok(value) => value.into_register(),
        Err(Errno(number)) => -(number as isize),
    }
}

/// What a system call returns.
pub trait IntoRegister {
    /// Extends it to a register as C does.
    fn into_register(self) -> isize;
}
macro_rules! into_register {
    ($($ty:ty),*) => { $(impl IntoRegister for $ty {
        #[inline]
        fn into_register(self) -> isize { self as isize }
    })* };
}
into_register!(i32, i64, isize, u32, u64, usize);
impl<T> IntoRegister for *mut T {
    #[inline]
    fn into_register(self) -> isize {
        self as isize
    }
}
