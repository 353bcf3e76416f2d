//! Randomness: one generator behind getrandom(2), `/dev/random`, `AT_RANDOM` and everything else that is random.
//!
//! [`yarrow`] is the construction: two pools, estimates, reseeds, AES-256 in counter mode behind a gate. [`collector`]
//! asks the backend's sources, the clock and what programs wrote, each worth what [`estimate`] makes of it. [`output`]
//! gives the bytes out, with a key of the generator's for each processor; [`pool`] ties them together. Each request is
//! followed by a new key, so that old output can't be recovered from the state.
//!
//! *Seeded* is the first reseed. A machine may be started with a few bytes of its starter's generator, which are given
//! out first: a program that wants no more than its guards need not wait for a seed.

pub mod collector;
mod device;
mod estimate;
mod output;
mod pool;
#[cfg(test)]
mod tests;
pub mod yarrow;

pub use collector::draw;
pub use pool::{GIVEN_BYTES, POOL_BITS, RandomPool};

use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserBufMut;
use crate::kernel::{Context, Kernel};

/// Fills `buf`, waiting until the generator is seeded.
pub fn fill(kernel: &Kernel, buf: &mut [u8]) {
    kernel.random.fill(kernel.backend, buf);
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
        self.random_bytes(&mut buf, flags)?;
        Ok(buf.done() as isize)
    }

    /// Fills `buf` as getrandom(2) does with `flags`; `EINTR` after a signal during the wait for a seed.
    pub(crate) fn random_bytes(self, buf: &mut UserBufMut, flags: u32) -> Result<()> {
        let Kernel { random, backend, .. } = self.kernel;
        self.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let len = piece.len().min(buf.left());
                let piece = &mut piece[..len];
                if flags & abi::GRND_INSECURE != 0 {
                    random.fill_insecure(*backend, piece);
                } else if flags & abi::GRND_NONBLOCK == 0 {
                    random.fill_unless_interrupted(self, piece)?;
                } else if !random.try_fill(*backend, piece) {
                    return Err(Errno::EAGAIN);
                }
                buf.put(piece)?;
            }
            Ok(())
        })
    }
}
