//! What the loader tells: memory map, command line, the boot archive (PVH `hvm_start_info`, version 1).

/// The structure's first word.
const MAGIC: u32 = 0x336e_c578;
/// Type of a memory range that is free to use.
const USABLE: u32 = 1;

/// Reads a little-endian word of physical memory.
pub trait Physical {
    /// Reads 32 bits at an address.
    fn u32_at(&self, address: u64) -> u32;
    /// Reads 64 bits at an address.
    fn u64_at(&self, address: u64) -> u64 {
        u64::from(self.u32_at(address)) | u64::from(self.u32_at(address.wrapping_add(4))) << 32
    }
}

/// The most memory ranges that are looked at.
pub const MAX_RANGES: usize = 16;

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartInfo {
    /// Usable memory: (start, end), ascending.
    pub ranges: [(u64, u64); MAX_RANGES],
    /// How many ranges there are.
    pub count: usize,
    /// Physical address of the command line, or 0.
    pub command_line: u64,
    /// The first module: physical start and bytes.
    pub module: Option<(u64, u64)>,
}

/// Reads the structure at `address`; `None` if it is not one.
pub fn read(memory: &dyn Physical, address: u64) -> Option<StartInfo> {
    if memory.u32_at(address) != MAGIC {
        return None;
    }
    let modules = memory.u32_at(address.wrapping_add(12));
    let module_list = memory.u64_at(address.wrapping_add(16));
    let map = memory.u64_at(address.wrapping_add(40));
    let entries = u64::from(memory.u32_at(address.wrapping_add(48)));
    let mut info = StartInfo {
        ranges: [(0, 0); MAX_RANGES],
        count: 0,
        command_line: memory.u64_at(address.wrapping_add(24)),
        module: (modules > 0)
            .then(|| (memory.u64_at(module_list), memory.u64_at(module_list.wrapping_add(8)))),
    };
    for entry in 0..entries.min(128) {
        let at = map.wrapping_add(entry * 24);
        let (start, len) = (memory.u64_at(at), memory.u64_at(at.wrapping_add(8)));
        let Some(end) = start.checked_add(len) else { continue };
        if memory.u32_at(at.wrapping_add(16)) == USABLE && info.count < MAX_RANGES && start < end {
            info.ranges[info.count] = (start, end);
            info.count += 1;
        }
    }
    // Firmware may list them in any order; there are few.
    for i in 1..info.count {
        for j in (1..=i).rev() {
            if info.ranges[j].0 < info.ranges[j - 1].0 {
                info.ranges.swap(j, j - 1);
            }
        }
    }
    Some(info)
}

#[cfg(test)]
mod tests {
    use std::prelude::v1::*;

    use super::*;

    struct Bytes(Vec<u8>);
    impl Physical for Bytes {
        fn u32_at(&self, address: u64) -> u32 {
            let bytes = usize::try_from(address).ok().and_then(|at| self.0.get(at..)?.first_chunk());
            bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
        }
    }

    fn sample() -> Bytes {
        let mut bytes = vec![0u8; 512];
        let mut put = |at: usize, value: u64, len: usize| {
            bytes[at..at + len].copy_from_slice(&value.to_le_bytes()[..len]);
        };
        put(0, u64::from(MAGIC), 4);
        put(12, 1, 4);
        put(16, 128, 8);
        put(24, 77, 8);
        put(40, 256, 8);
        put(48, 3, 4);
        put(128, 0x50_0000, 8);
        put(136, 1234, 8);
        for (i, (start, len, kind)) in
            [(0x10_0000u64, 0x70_0000u64, 1u64), (0x9_0000, 0x1000, 2), (0, 0x9_0000, 1)]
                .into_iter()
                .enumerate()
        {
            put(256 + 24 * i, start, 8);
            put(264 + 24 * i, len, 8);
            put(272 + 24 * i, kind, 4);
        }
        Bytes(bytes)
    }

    #[test]
    fn unsorted_maps_are_sorted_and_reserved_ranges_left_out() {
        let info = read(&sample(), 0).expect("a start info");
        assert_eq!(info.ranges[..info.count], [(0, 0x9_0000), (0x10_0000, 0x80_0000)]);
        assert_eq!(info.module, Some((0x50_0000, 1234)));
        assert_eq!(info.command_line, 77);
    }

    #[test]
    fn other_structures_are_refused() {
        let mut bytes = sample();
        bytes.0[0] ^= 1;
        assert_eq!(read(&bytes, 0), None);
    }

    #[test]
    fn addresses_past_the_end_are_read_as_nothing() {
        let mut bytes = sample();
        for at in [16, 24, 40] {
            bytes.0[at..at + 7].fill(0xff);
        }
        let info = read(&bytes, 0).expect("the first word is right");
        assert_eq!((info.count, info.module), (0, Some((0, 0))));
    }
}
