//! The general utilities of stdlib.h and getopt.h.

pub mod bignum;
mod decimal;
pub mod float;
pub mod fortify;
pub mod getopt;
pub mod integer;
pub mod random;
pub mod ten;

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

use random::{Generator, Rand48};

/// The generator of `random`, shared by threads.
#[repr(C)]
pub struct SharedGenerator {
    lock: AtomicU32,
    generator: UnsafeCell<Generator>,
    words: UnsafeCell<[i32; 32]>,
}

impl SharedGenerator {
    const fn new() -> Self {
        Self {
            lock: AtomicU32::new(0),
            generator: UnsafeCell::new(Generator::new()),
            words: UnsafeCell::new([0; 32]),
        }
    }

    /// Runs `body` alone on the generator, which is seeded with 1 at first.
    pub fn with<T>(&self, body: impl FnOnce(&mut Generator) -> T) -> T {
        while self.lock.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            core::hint::spin_loop();
        }
        // SAFETY: the lock word makes this thread the only one.
        let generator = unsafe { &mut *self.generator.get() };
        if generator.state.is_null() {
            // SAFETY: the words live as long as the generator.
            unsafe { generator.init(1, self.words.get().cast(), 128) };
        }
        let result = body(generator);
        self.lock.store(0, Ordering::Release);
        result
    }
}

/// A program's random numbers and getopt state.
#[repr(C)]
pub struct StdlibState {
    /// `random`
    pub random: SharedGenerator,
    /// `drand48`
    pub rand48: UnsafeCell<Rand48>,
    /// `hcreate`'s table (`struct hsearch_data`).
    pub hash_table: UnsafeCell<[usize; 2]>,
    /// getopt
    pub getopt: getopt::GetoptState,
    /// The vector of the environment that `setenv` made, if it did.
    pub environ: UnsafeCell<*mut *mut core::ffi::c_char>,
}

impl StdlibState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            random: SharedGenerator::new(),
            rand48: UnsafeCell::new(Rand48::new()),
            hash_table: UnsafeCell::new([0; 2]),
            getopt: getopt::GetoptState::new(),
            environ: UnsafeCell::new(core::ptr::null_mut()),
        }
    }
}

impl Default for StdlibState {
    fn default() -> Self {
        Self::new()
    }
}
