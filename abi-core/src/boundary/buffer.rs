//! The buffers of transfers: one range of guest memory, or the several of a vector call, used from the front.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::user::{UserPtr, copy_in, copy_out};
use crate::abi::{self, Errno, Result};

/// The most bytes one call transfers, as on Linux.
pub const MAX_TRANSFER_BYTES: usize = 0x7fff_f000;
/// The most buffers one vector call takes (`UIO_MAXIOV`).
const UIO_MAXIOV: usize = 1024;
/// Of a page, all bytes can be reached or none.
const PAGE_BYTES: usize = 4096;

/// What is left of the ranges.
struct Ranges {
    at: usize,
    /// Bytes left of the range in use.
    here: usize,
    /// Bytes left of all.
    left: usize,
    done: usize,
    /// The ranges of a vector call but the first: start and length.
    rest: Box<[(usize, usize)]>,
    /// Which of them comes after the one in use.
    next: usize,
}

impl Ranges {
    fn one(at: usize, len_bytes: usize) -> Self {
        Self { at, here: len_bytes, left: len_bytes, done: 0, rest: Box::default(), next: 0 }
    }

    /// Loads those of a vector call.
    fn of_vectors(vectors: UserPtr<abi::iovec>, count: i32) -> Result<Self> {
        let count = usize::try_from(count).ok().filter(|count| *count <= UIO_MAXIOV).ok_or(Errno::EINVAL)?;
        Self::load(vectors, count)
    }

    /// Loads those of a message.
    fn of_message(vectors: UserPtr<abi::iovec>, count: usize) -> Result<Self> {
        if count > UIO_MAXIOV { Err(Errno::EMSGSIZE) } else { Self::load(vectors, count) }
    }

    /// Loads the vectors, so that what is stored through them does not change them.
    fn load(vectors: UserPtr<abi::iovec>, count: usize) -> Result<Self> {
        let mut ranges = Self::one(0, 0);
        let mut rest = Vec::new();
        for i in 0..count {
            let vector = vectors.add(i).read()?;
            if isize::try_from(vector.iov_len).is_err() {
                return Err(Errno::EINVAL);
            }
            let len = vector.iov_len.min(MAX_TRANSFER_BYTES - ranges.left);
            match len {
                0 => continue,
                _ if ranges.left == 0 => (ranges.at, ranges.here) = (vector.iov_base as usize, len),
                _ => {
                    rest.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                    rest.push((vector.iov_base as usize, len));
                }
            }
            ranges.left += len;
        }
        ranges.rest = rest.into_boxed_slice();
        Ok(ranges)
    }

    #[inline]
    fn advance(&mut self, n: usize) {
        let mut n = n.min(self.left);
        self.left -= n;
        self.done += n;
        while n > self.here {
            n -= self.here;
            self.enter_next();
        }
        self.at += n;
        self.here -= n;
        if self.here == 0 && self.left > 0 {
            self.enter_next();
        }
    }

    #[cold]
    fn enter_next(&mut self) {
        (self.at, self.here) = self.rest.get(self.next).copied().unwrap_or_default();
        self.next += 1;
    }

    /// Returns addresses and lengths that are left, joined by "or": what all of them are multiples of.
    fn alignment(&self) -> usize {
        let rest = self.rest.get(self.next..).unwrap_or(&[]);
        rest.iter().fold(self.at | self.here, |joined, (at, len)| joined | at | len)
    }

    /// Calls `copy` with the place in guest memory of each part of the next `n` bytes, and where the part lies among
    /// them, up to the first that could not be copied: returns how many bytes could.
    fn each(&self, n: usize, mut copy: impl FnMut(usize, Range<usize>) -> Result<()>) -> usize {
        let end = n.min(self.here);
        if copy(self.at, 0..end).is_err() {
            return 0;
        }
        let mut done = end;
        for &(at, len) in &self.rest[self.next.min(self.rest.len())..] {
            let end = n.min(done + len);
            if end == done || copy(at, done..end).is_err() {
                break;
            }
            done = end;
        }
        done
    }

    /// The same for all of them.
    #[inline]
    fn all(&self, n: usize, mut copy: impl FnMut(usize, Range<usize>) -> Result<()>) -> Result<usize> {
        if n <= self.here {
            return copy(self.at, 0..n).map(|()| n);
        }
        if self.each(n, copy) == n { Ok(n) } else { Err(Errno::EFAULT) }
    }

    /// The same for as many of them as can be: at least one, if there is one.
    #[inline]
    fn some(&self, n: usize, mut copy: impl FnMut(usize, Range<usize>) -> Result<()>) -> Result<usize> {
        if n <= self.here && copy(self.at, 0..n).is_ok() {
            return Ok(n);
        }
        self.some_by_parts(n, copy)
    }

    #[cold]
    fn some_by_parts(
        &self,
        n: usize,
        mut copy: impl FnMut(usize, Range<usize>) -> Result<()>,
    ) -> Result<usize> {
        let mut stopped = 0;
        let done = self.each(n, |at, part| {
            let Err(error) = copy(at, part.clone()) else { return Ok(()) };
            // The pages that are there before one that is not.
            let mut from = part.start;
            while from < part.end {
                let place = at + (from - part.start);
                let to = part.end.min(from + PAGE_BYTES - place % PAGE_BYTES);
                if copy(place, from..to).is_err() {
                    break;
                }
                from = to;
            }
            stopped = from;
            Err(error)
        });
        match done.max(stopped) {
            0 if n > 0 => Err(Errno::EFAULT),
            done => Ok(done),
        }
    }
}

/// Guest memory to be filled from the front (the buffer of a `read`).
pub struct UserBufMut {
    ranges: Ranges,
    /// What was stored, where the kernel itself reads.
    kept: Option<Vec<u8>>,
}

impl UserBufMut {
    const fn of(ranges: Ranges) -> Self {
        Self { ranges, kept: None }
    }
    /// Describes `len_bytes` bytes at `address`.
    pub fn new(address: usize, len_bytes: usize) -> Self {
        Self::of(Ranges::one(address, len_bytes))
    }
    /// Makes room for `len_bytes` bytes that stay in the kernel, for who moves a file's bytes elsewhere.
    pub fn kept(len_bytes: usize) -> Result<Self> {
        let mut kept = Vec::new();
        kept.try_reserve_exact(len_bytes).map_err(|_| Errno::ENOMEM)?;
        Ok(Self { ranges: Ranges::one(0, len_bytes), kept: Some(kept) })
    }
    /// Returns the bytes that stayed in the kernel.
    pub fn into_kept(self) -> Vec<u8> {
        self.kept.unwrap_or_default()
    }
    /// Loads the ranges of readv(2).
    pub fn of_vectors(vectors: UserPtr<abi::iovec>, count: i32) -> Result<Self> {
        Ranges::of_vectors(vectors, count).map(Self::of)
    }
    /// Loads the ranges of a message.
    pub fn of_message(vectors: UserPtr<abi::iovec>, count: usize) -> Result<Self> {
        Ranges::of_message(vectors, count).map(Self::of)
    }
    /// Returns how many bytes still fit.
    pub const fn left(&self) -> usize {
        self.ranges.left
    }
    /// Returns addresses and lengths that are left, joined by "or".
    pub fn alignment(&self) -> usize {
        self.ranges.alignment()
    }
    /// Returns how many bytes were stored.
    pub const fn done(&self) -> usize {
        self.ranges.done
    }
    /// Stores as much of `bytes` as fits; returns how many. If not all of them can be, none counts as stored.
    pub fn put(&mut self, bytes: &[u8]) -> Result<usize> {
        let n = bytes.len().min(self.ranges.left);
        match &mut self.kept {
            None => drop(self.ranges.all(n, |at, part| copy_out(at, &bytes[part]))?),
            Some(kept) => kept.extend_from_slice(&bytes[..n]),
        }
        self.ranges.advance(n);
        Ok(n)
    }
    /// Stores as much of `bytes` as fits and can be; returns how many. It is an error if none can.
    pub fn put_some(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.kept.is_some() {
            return self.put(bytes);
        }
        let n = bytes.len().min(self.ranges.left);
        let stored = self.ranges.some(n, |at, part| copy_out(at, &bytes[part]))?;
        self.ranges.advance(stored);
        Ok(stored)
    }
    /// Leaves the next `n` bytes as they are, and counts them as stored.
    pub fn skip(&mut self, n: usize) {
        if let Some(kept) = &mut self.kept {
            kept.resize(kept.len() + n.min(self.ranges.left), 0);
        }
        self.ranges.advance(n);
    }
}

/// Guest memory to be taken from the front (the buffer of a `write`).
pub struct UserBuf(Ranges);

impl UserBuf {
    /// Describes `len_bytes` bytes at `address`.
    pub fn new(address: usize, len_bytes: usize) -> Self {
        Self(Ranges::one(address, len_bytes))
    }
    /// Loads the ranges of writev(2).
    pub fn of_vectors(vectors: UserPtr<abi::iovec>, count: i32) -> Result<Self> {
        Ranges::of_vectors(vectors, count).map(Self)
    }
    /// Loads the ranges of a message.
    pub fn of_message(vectors: UserPtr<abi::iovec>, count: usize) -> Result<Self> {
        Ranges::of_message(vectors, count).map(Self)
    }
    /// Returns how many bytes are left.
    pub const fn left(&self) -> usize {
        self.0.left
    }
    /// Returns addresses and lengths that are left, joined by "or".
    pub fn alignment(&self) -> usize {
        self.0.alignment()
    }
    /// Returns how many bytes were taken.
    pub const fn done(&self) -> usize {
        self.0.done
    }
    /// Fills the front of `buf` with the next bytes, without taking them; returns how many. It is an error if not all
    /// of them can be loaded.
    pub fn peek(&self, buf: &mut [u8]) -> Result<usize> {
        let n = buf.len().min(self.0.left);
        self.0.all(n, |at, part| copy_in(&mut buf[part], at))
    }
    /// The same for as many as can be loaded; it is an error if none can.
    pub fn peek_some(&self, buf: &mut [u8]) -> Result<usize> {
        let n = buf.len().min(self.0.left);
        self.0.some(n, |at, part| copy_in(&mut buf[part], at))
    }
    /// Takes `n` bytes that were peeked.
    pub fn advance(&mut self, n: usize) {
        self.0.advance(n);
    }
    /// Takes the next bytes into the front of `buf`; returns how many.
    pub fn take(&mut self, buf: &mut [u8]) -> Result<usize> {
        let n = self.peek(buf)?;
        self.advance(n);
        Ok(n)
    }
}
