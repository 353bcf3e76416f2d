//! What `/dev/urandom` gives, beside the raw cipher in the same process: megabytes per second in reads of 64 KiB, the best of
//! many times 256 KiB, and their ratio. `cargo build --release -p keystream --example urandom`, then
//! `osvrun --metal target/release/examples/urandom`. With `RUSTFLAGS='--cfg chacha20_backend="soft"'` the cipher uses general
//! registers, as the kernel's does on metal: an emulator has no quick vectors.
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Result};
use std::time::{Duration, Instant};

const BLOCK: usize = 64 << 10;
const BLOCKS: usize = 4;
const ROUNDS: usize = 200;

/// Returns how many megabytes per second `fill` gives.
fn speed(mut fill: impl FnMut(&mut [u8]) -> Result<()>) -> Result<f64> {
    let mut block = vec![0; BLOCK];
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..BLOCKS {
            fill(black_box(&mut block))?;
        }
        best = best.min(start.elapsed());
    }
    Ok((BLOCKS * BLOCK) as f64 / 1e6 / best.as_secs_f64())
}

fn main() -> Result<()> {
    let mut device = File::open("/dev/urandom")?;
    let mut key = [7; 32];
    let raw = speed(|block| {
        keystream::fill(&mut key, block);
        Ok(())
    })?;
    let read = speed(|block| device.read_exact(block))?;
    println!("raw cipher {raw:.0} MB/s, /dev/urandom {read:.0} MB/s, ratio {:.2}", read / raw);
    Ok(())
}
