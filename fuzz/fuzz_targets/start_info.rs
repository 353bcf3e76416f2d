//! What the firmware tells the kernel.
#![no_main]

use libfuzzer_sys::fuzz_target;
use metal_backend::boot::start_info::{Physical, read};

struct Memory<'a>(&'a [u8]);

impl Physical for Memory<'_> {
    fn u32_at(&self, address: u64) -> u32 {
        let bytes = usize::try_from(address).ok().and_then(|at| self.0.get(at..)?.first_chunk::<4>());
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }
}

fuzz_target!(|data: &[u8]| {
    if let Some(info) = read(&Memory(data), 0) {
        assert!(info.ranges[..info.count].is_sorted_by_key(|range| range.0));
    }
});
