//! Where the bytes of a message come from: guest memory, or the kernel.

use crate::abi::{Errno, Result};
use crate::boundary::user::UserBuf;

/// Where the bytes of a message come from.
pub(super) trait Source {
    /// Returns how many bytes are left.
    fn left(&self) -> usize;
    /// Fills the front of `buf` with the next bytes, without taking them; returns how many.
    fn peek(&self, buf: &mut [u8]) -> Result<usize>;
    /// Takes bytes that were peeked.
    fn advance(&mut self, n: usize);
    /// Fills `buf`, for which there are enough bytes, without taking them.
    fn peek_all(&self, buf: &mut [u8]) -> Result<()> {
        let wanted = buf.len();
        if self.peek(buf)? == wanted { Ok(()) } else { Err(Errno::EFAULT) }
    }
}

impl Source for UserBuf {
    fn left(&self) -> usize {
        self.left()
    }
    fn peek(&self, buf: &mut [u8]) -> Result<usize> {
        self.peek(buf)
    }
    fn advance(&mut self, n: usize) {
        self.advance(n);
    }
}

impl Source for &[u8] {
    fn left(&self) -> usize {
        self.len()
    }
    fn peek(&self, buf: &mut [u8]) -> Result<usize> {
        let n = buf.len().min(self.len());
        buf[..n].copy_from_slice(&self[..n]);
        Ok(n)
    }
    fn advance(&mut self, n: usize) {
        *self = &self[n..];
    }
}
