//! Size classes of small blocks: multiples of 16 up to 128 bytes, then four per doubling up to 16 KiB.

/// How many classes there are.
pub(super) const CLASSES: usize = 36;
/// The largest small block.
pub(super) const MAX_SMALL_BYTES: usize = 16 << 10;
/// Bytes of a granule: a slab of small blocks, or the unit of larger ones.
pub(super) const GRANULE_BYTES: usize = 64 << 10;

/// Block size of each class.
pub(super) static SIZES: [u32; CLASSES] = sizes();
/// For each class, 2^32 divided by its size, rounded up: division by multiplication.
static INVERSES: [u32; CLASSES] = inverses();

const fn sizes() -> [u32; CLASSES] {
    let mut sizes = [0; CLASSES];
    let mut class = 0;
    while class < 8 {
        sizes[class] = (class as u32 + 1) * 16;
        class += 1;
    }
    while class < CLASSES {
        let doubling = (class - 8) / 4;
        sizes[class] = (5 + (class as u32 - 8) % 4) << (5 + doubling);
        class += 1;
    }
    sizes
}

const fn inverses() -> [u32; CLASSES] {
    let mut inverses = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        inverses[class] = (1_u64 << 32).div_ceil(SIZES[class] as u64) as u32;
        class += 1;
    }
    inverses
}

/// Returns the class of the smallest blocks that hold `size_bytes`, at most [`MAX_SMALL_BYTES`].
#[inline]
pub(super) const fn class_of(size_bytes: usize) -> usize {
    let last = size_bytes.saturating_sub(1);
    if last < 128 {
        return last >> 4;
    }
    let log2 = last.ilog2() as usize;
    8 + (log2 - 7) * 4 + ((last >> (log2 - 2)) & 3)
}

/// Returns the class whose blocks hold `size_bytes` and lie on multiples of `align` in their slab, if there is one.
pub(super) fn class_aligned(size_bytes: usize, align: usize) -> Option<usize> {
    (class_of(size_bytes.max(align))..CLASSES).find(|&class| (SIZES[class] as usize).is_multiple_of(align))
}

/// Returns how many blocks a slab holds.
pub(super) fn blocks_per_slab(class: usize) -> u32 {
    GRANULE_BYTES as u32 / SIZES[class]
}

/// Tells whether a block of the class starts at this offset of its slab.
#[inline]
pub(super) fn is_block_start(class: usize, offset_bytes: usize) -> bool {
    let index = (offset_bytes as u64 * INVERSES[class] as u64) >> 32;
    index as usize * SIZES[class] as usize == offset_bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_the_smallest_class_that_holds_it() {
        assert_eq!(SIZES[CLASSES - 1] as usize, MAX_SMALL_BYTES);
        assert!(SIZES.windows(2).all(|pair| pair[0] < pair[1] && pair[1] % 16 == 0));
        for size in 1..=MAX_SMALL_BYTES {
            let expected = SIZES.iter().position(|&class| class as usize >= size);
            assert_eq!(Some(class_of(size)), expected, "{size}");
        }
        assert_eq!(class_of(0), 0);
    }

    #[test]
    fn block_starts_are_multiples_of_the_size() {
        for (class, &size) in SIZES.iter().enumerate() {
            for offset in 0..GRANULE_BYTES {
                assert_eq!(is_block_start(class, offset), offset.is_multiple_of(size as usize));
            }
        }
    }

    #[test]
    fn aligned_classes_hold_size_and_alignment() {
        for align in [32, 64, 128, 512, 4096, 8192, 16384] {
            for size in [1, 24, 100, 1000, 5000, 16384] {
                let class = class_aligned(size, align).map(|class| SIZES[class] as usize);
                assert!(class.is_some_and(|bytes| bytes >= size && bytes % align == 0), "{size} {align}");
            }
        }
    }
}
