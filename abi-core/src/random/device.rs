//! What random(4) can be asked and told by ioctl(2) and poll(2).

use core::sync::atomic::Ordering;

use super::RandomPool;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserPtr};
use crate::kernel::Context;
use crate::mux::WaitQueue;

const RNDGETENTCNT: u64 = 0x8004_5200;
const RNDADDTOENTCNT: u64 = 0x4004_5201;
const RNDADDENTROPY: u64 = 0x4008_5203;
const RNDZAPENTCNT: u64 = 0x5204;
const RNDCLEARPOOL: u64 = 0x5206;
const RNDRESEEDCRNG: u64 = 0x5207;

impl RandomPool {
    /// Returns the queue that is notified when `/dev/random` can be read.
    pub fn wait_queue(&self) -> &WaitQueue {
        &self.seeded
    }
}

impl Context<'_> {
    /// What poll(2) says of `/dev/random`. Unless it can be read, a thread of the kernel gathers until it can.
    pub fn poll_random(self) -> i16 {
        let random = &self.kernel.random;
        if random.is_seeded(self.kernel.backend) {
            return abi::POLLIN | abi::POLLRDNORM;
        }
        if !random.is_seeding.swap(true, Ordering::AcqRel) && self.start_kernel_thread(seed, 0).is_err() {
            // Whoever polls next tries again, and reading gathers too.
            random.is_seeding.store(false, Ordering::Release);
        }
        abi::POLLOUT | abi::POLLWRNORM
    }

    /// The requests of random(4). All programs are privileged.
    pub fn random_ioctl(self, request: u64, argument: usize) -> Result<i32> {
        let random = &self.kernel.random;
        match request {
            RNDGETENTCNT => {
                UserPtr::<i32>::new(argument).write(random.available_bits(self.kernel.backend) as i32)?;
            }
            RNDADDTOENTCNT => {
                let bits = u32::try_from(UserPtr::<i32>::new(argument).read()?).map_err(|_| Errno::EINVAL)?;
                random.mix_credited(&[], bits);
            }
            RNDADDENTROPY => {
                let [bits, len] = UserPtr::<[i32; 2]>::new(argument).read()?;
                let bits = u32::try_from(bits).map_err(|_| Errno::EINVAL)?;
                let len = usize::try_from(len).map_err(|_| Errno::EFAULT)?;
                let mut buf = UserBuf::new(argument + 8, len);
                let mut piece = [0; 256];
                while buf.left() > 0 {
                    let n = buf.take(&mut piece)?;
                    random.mix(&piece[..n]);
                }
                random.mix_credited(&[], bits.min(8 * len as u32));
            }
            // Other data goes in; that nothing is available any more is said by no Linux since 5.18.
            RNDZAPENTCNT | RNDCLEARPOOL => {
                random.mix(&self.kernel.backend.monotonic().0.to_le_bytes());
            }
            RNDRESEEDCRNG => random.reseed(self.kernel.backend)?,
            _ => return Err(Errno::EINVAL),
        }
        Ok(0)
    }
}

/// The thread that gathers until the generator is seeded.
extern "C" fn seed(_argument: usize, _kernel_stack_top: usize) -> ! {
    let kernel = Context::current().kernel;
    while !kernel.random.is_seeded(kernel.backend) {
        kernel.random.pause(kernel.backend);
    }
    kernel.backend.exit_thread(None)
}
