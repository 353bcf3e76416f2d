//! Randomness: one generator behind getrandom(2), `/dev/random`, `AT_RANDOM` and everything else that is random.
//!
//! A ChaCha20 stream whose key is made from all the backend's sources. Each request is followed by a new key, so that
//! old output can't be recovered from the state. A machine may be started with a few bytes of its starter's generator,
//! which are given out first: a program that wants no more than its guards need not wait for a seed.

mod pool;

pub use pool::{GIVEN_BYTES, RandomPool};

use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserBufMut;
use crate::kernel::{Context, Kernel};

/// Fills `buf`, waiting until the generator is seeded.
pub fn fill(kernel: &Kernel, buf: &mut [u8]) {
    while !kernel.random.try_fill(kernel.backend, buf) {
        kernel.backend.yield_now();
    }
}

impl Context<'_> {
    /// getrandom(2)
    pub fn sys_getrandom(self, mut buf: UserBufMut, flags: u32) -> Result<isize> {
        let known = abi::GRND_NONBLOCK | abi::GRND_RANDOM | abi::GRND_INSECURE;
        if flags & !known != 0
            || flags & (abi::GRND_RANDOM | abi::GRND_INSECURE) == abi::GRND_RANDOM | abi::GRND_INSECURE
        {
            return Err(Errno::EINVAL);
        }
        self.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let len = piece.len().min(buf.left());
                if flags & abi::GRND_NONBLOCK == 0 {
                    fill(self.kernel, &mut piece[..len]);
                } else if !self.kernel.random.try_fill(self.kernel.backend, &mut piece[..len]) {
                    return Err(Errno::EAGAIN);
                }
                buf.put(&piece[..len])?;
            }
            Ok(())
        })?;
        Ok(buf.done() as isize)
    }
}
