//! What checked functions (`_FORTIFY_SOURCE`) do when a buffer is too small.

/// `__chk_fail`: says that a buffer would overflow and aborts.
#[cold]
pub extern "C" fn chk_fail() -> ! {
    fail(b"*** buffer overflow detected ***: terminated\n")
}

/// `__fortify_fail`: says what went wrong and aborts.
#[cold]
pub fn fail(message: &[u8]) -> ! {
    // SAFETY: the message is readable.
    unsafe { crate::exports::unistd::write(2, message.as_ptr() as _, message.len()) };
    // SAFETY: it takes nothing.
    unsafe { crate::exports::signal::abort() };
    super::super::exit::end(134)
}

/// Fails unless `count` units fit in `room`.
#[inline]
pub fn check(count: usize, room: usize) {
    if count > room {
        chk_fail();
    }
}
