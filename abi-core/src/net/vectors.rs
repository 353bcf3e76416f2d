//! Guest memory that a message is gathered from or scattered to.

use alloc::vec::Vec;

use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::MAX_TRANSFER_BYTES;

/// Where the bytes of a message come from.
pub(super) trait Source {
    /// Returns how many bytes are left.
    fn left(&self) -> usize;
    /// Fills the front of `buf` with the next bytes, without taking them; returns how many.
    fn peek(&self, buf: &mut [u8]) -> Result<usize>;
    /// Takes bytes that were peeked.
    fn advance(&mut self, n: usize);
}

/// Where the bytes of a message go.
pub(super) trait Sink {
    /// Returns how many bytes still fit.
    fn left(&self) -> usize;
    /// Stores as much of `bytes` as fits.
    fn put(&mut self, bytes: &[u8]) -> Result<()>;
    /// Leaves the next `n` bytes as they are.
    fn skip(&mut self, n: usize);
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

impl Sink for UserBufMut {
    fn left(&self) -> usize {
        self.left()
    }
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.put(bytes).map(drop)
    }
    fn skip(&mut self, n: usize) {
        self.skip(n);
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

/// Several ranges of guest memory, used from the front.
pub(super) struct Vectors {
    /// What is left: start and length.
    ranges: Vec<(usize, usize)>,
    /// The first range in use.
    first: usize,
    left: usize,
}

impl Vectors {
    /// Loads the ranges of readv(2) and writev(2).
    pub(super) fn read_counted(vectors: UserPtr<abi::iovec>, count: i32) -> Result<Self> {
        let count = usize::try_from(count).ok().filter(|count| *count <= 1024).ok_or(Errno::EINVAL)?;
        Self::read(vectors, count)
    }

    /// Loads the ranges.
    pub(super) fn read(vectors: UserPtr<abi::iovec>, count: usize) -> Result<Self> {
        if count > 1024 {
            return Err(Errno::EMSGSIZE);
        }
        let mut left = 0usize;
        let mut ranges = Vec::with_capacity(count);
        for i in 0..count {
            let one = vectors.add(i).read()?;
            if isize::try_from(one.iov_len).is_err() {
                return Err(Errno::EINVAL);
            }
            let len = one.iov_len.min(MAX_TRANSFER_BYTES - left);
            left += len;
            ranges.push((one.iov_base as usize, len));
        }
        Ok(Self { ranges, first: 0, left })
    }
}

impl Source for Vectors {
    fn left(&self) -> usize {
        self.left
    }
    fn peek(&self, buf: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        for (address, len) in &self.ranges[self.first..] {
            let n = (*len).min(buf.len() - done);
            crate::boundary::user::copy_in(&mut buf[done..done + n], *address)?;
            done += n;
        }
        Ok(done)
    }
    fn advance(&mut self, n: usize) {
        let mut n = n.min(self.left);
        self.left -= n;
        while let Some((address, len)) = self.ranges.get_mut(self.first) {
            let step = n.min(*len);
            *address += step;
            *len -= step;
            n -= step;
            if *len > 0 {
                return;
            }
            self.first += 1;
        }
    }
}

impl Sink for Vectors {
    fn left(&self) -> usize {
        self.left
    }
    fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        while self.left > 0 && !bytes.is_empty() {
            let Some((address, len)) = self.ranges.get(self.first).copied() else { break };
            let (now, later) = bytes.split_at(len.min(bytes.len()));
            crate::boundary::user::copy_out(address, now)?;
            Source::advance(self, now.len());
            bytes = later;
        }
        Ok(())
    }
    fn skip(&mut self, n: usize) {
        Source::advance(self, n);
    }
}
