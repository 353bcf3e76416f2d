//! process_vm_readv(2) and process_vm_writev(2): between places of the one process's memory.

use alloc::vec::Vec;

use crate::abi::{self, Errno, Result, iovec};
use crate::boundary::user::{UserPtr, copy_in, copy_out};
use crate::kernel::Context;

/// The most parts of one side (`UIO_MAXIOV`).
const MOST_PARTS: usize = 1024;
/// How much is moved at a time: what faults in the middle counts up to the last full piece.
const PIECE_BYTES: usize = 4096;

/// One side of a transfer: parts of memory, of which the first ones are done.
struct Parts {
    left: Vec<(usize, usize)>,
}

impl Parts {
    fn read(vectors: UserPtr<iovec>, count: usize) -> Result<Self> {
        if count > MOST_PARTS {
            return Err(Errno::EINVAL);
        }
        let mut left = Vec::new();
        for vector in vectors.read_many(count)? {
            if isize::try_from(vector.iov_len).is_err() {
                return Err(Errno::EINVAL);
            }
            left.push((vector.iov_base.addr(), vector.iov_len));
        }
        // Taken from the end.
        left.reverse();
        Ok(Self { left })
    }

    /// Returns the next part that has bytes.
    fn next(&mut self) -> Option<(usize, usize)> {
        while self.left.last().is_some_and(|part| part.1 == 0) {
            self.left.pop();
        }
        self.left.last().copied()
    }

    fn advance(&mut self, n: usize) {
        if let Some(part) = self.left.last_mut() {
            *part = (part.0.wrapping_add(n), part.1 - n);
        }
    }
}

/// Which way bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the local side.
    Read,
    /// To the remote side.
    Write,
}

impl Context<'_> {
    /// process_vm_readv(2), process_vm_writev(2)
    pub fn sys_process_vm(
        self,
        pid: i32,
        local: (UserPtr<iovec>, usize),
        remote: (UserPtr<iovec>, usize),
        flags: u64,
        direction: Direction,
    ) -> Result<isize> {
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        let mut local = Parts::read(local.0, local.1)?;
        if local.next().is_none() {
            return Ok(0);
        }
        let mut remote = Parts::read(remote.0, remote.1)?;
        if remote.next().is_none() {
            return Ok(0);
        }
        if pid != abi::PID {
            return Err(Errno::ESRCH);
        }
        let (mut piece, mut done) = ([0; PIECE_BYTES], 0);
        while let (Some(near), Some(far)) = (local.next(), remote.next()) {
            let len = near.1.min(far.1).min(PIECE_BYTES - far.0 % PIECE_BYTES);
            let (from, to) = if direction == Direction::Read { (far.0, near.0) } else { (near.0, far.0) };
            match copy_in(&mut piece[..len], from).and_then(|()| copy_out(to, &piece[..len])) {
                Ok(()) => done += len,
                Err(error) => return if done == 0 { Err(error) } else { Ok(done as isize) },
            }
            local.advance(len);
            remote.advance(len);
        }
        Ok(done as isize)
    }
}
