//! The heap in the test program: its memory comes from the host, its state is the test thread's.

use std::vec::Vec;

use super::ours::*;

/// A number from a fixed sequence.
fn next(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed as usize
}

#[test]
fn a_run_that_was_freed_is_the_thread_s_next_block_of_that_length() {
    // SAFETY: plain calls of the heap; each block is freed once.
    unsafe {
        let first = malloc(70_000);
        free(first);
        let again = malloc(70_001);
        assert_eq!(again, first);
        let other = malloc(70_000);
        assert_ne!(other, again);
        again.cast::<u8>().write_bytes(7, 70_000);
        other.cast::<u8>().write_bytes(7, 70_000);
        free(again);
        free(other);
        let zeroed = calloc(7, 10_000).cast::<u8>();
        assert!((0..70_000).all(|i| *zeroed.add(i) == 0));
        free(zeroed.cast());
    }
    super::thread_exit();
    assert_eq!(super::mallinfo2().uordblks, 0);
}

#[test]
fn blocks_are_aligned_distinct_and_keep_their_bytes() {
    let mut seed = 99;
    let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
    for step in 0..10_000 {
        let roll = next(&mut seed) % 10;
        if roll < 5 || live.is_empty() {
            let size = match next(&mut seed) % 20 {
                0 => next(&mut seed) % 300_000,
                1..4 => next(&mut seed) % 20_000,
                _ => next(&mut seed) % 500,
            };
            // SAFETY: plain calls of the heap.
            let block = unsafe { if roll == 0 { calloc(1, size) } else { malloc(size) } }.cast::<u8>();
            assert!(!block.is_null() && (block as usize).is_multiple_of(16));
            // SAFETY: a block of at least `size` bytes.
            unsafe {
                assert!(malloc_usable_size(block.cast()) >= size);
                if roll == 0 {
                    assert!((0..size).all(|i| *block.add(i) == 0), "step {step}");
                }
                block.write_bytes(step as u8, size);
            }
            live.push((block, size, step as u8));
        } else {
            let at = next(&mut seed) % live.len();
            let (block, size, byte) = live.swap_remove(at);
            // SAFETY: a live block of `size` bytes.
            unsafe {
                assert!((0..size).all(|i| *block.add(i) == byte), "step {step}");
                if roll < 8 {
                    free(block.cast());
                } else {
                    let wanted = next(&mut seed) % (2 * size + 2) + 1;
                    let grown = realloc(block.cast(), wanted).cast::<u8>();
                    assert!((0..size.min(wanted)).all(|i| *grown.add(i) == byte), "step {step}");
                    grown.write_bytes(byte, wanted);
                    live.push((grown, wanted, byte));
                }
            }
        }
    }
    // SAFETY: each is live, and freed once.
    live.iter().for_each(|&(block, ..)| unsafe { free(block.cast()) });
    super::thread_exit();
    assert_eq!(super::mallinfo2().uordblks, 0);
}

#[test]
fn alignments_are_kept() {
    for align in [16, 32, 64, 256, 4096, 65536, 1 << 20, 64 << 20, 128 << 20] {
        for size in [0, 1, 100, 5000, 70_000] {
            let mut out = core::ptr::null_mut();
            // SAFETY: plain calls of the heap.
            unsafe {
                assert_eq!(posix_memalign(&raw mut out, align, size), 0);
                assert!((out as usize).is_multiple_of(align), "{align} {size}");
                assert!(malloc_usable_size(out) >= size);
                out.cast::<u8>().write_bytes(7, size);
                free(out);
            }
        }
    }
}

#[test]
fn impossible_sizes_are_refused_with_enomem() {
    crate::libc::set_errno(0);
    // SAFETY: plain calls of the heap; the largest size must only look impossible to us.
    unsafe {
        let huge = core::hint::black_box(usize::MAX - 4096);
        assert!(malloc(huge).is_null());
        assert_eq!(crate::libc::errno(), crate::abi::ENOMEM);
        assert!(calloc(huge, 16).is_null());
        assert!(reallocarray(core::ptr::null_mut(), huge, 16).is_null());
        let block = malloc(10);
        assert!(realloc(block, huge).is_null());
        free(block);
        let mut out = core::ptr::null_mut();
        assert_eq!(posix_memalign(&raw mut out, 24, 8), crate::abi::EINVAL);
        assert_ne!(malloc(0), malloc(0));
    }
}

#[test]
fn long_blocks_grow_and_shrink() {
    // SAFETY: plain calls of the heap.
    unsafe {
        let mut block = malloc(40 << 20).cast::<u8>();
        block.write(5);
        block.add((40 << 20) - 1).write(6);
        block = realloc(block.cast(), 90 << 20).cast();
        assert_eq!((block.read(), block.add((40 << 20) - 1).read()), (5, 6));
        block = realloc(block.cast(), 1 << 20).cast();
        assert_eq!(block.read(), 5);
        block = realloc(block.cast(), 10).cast();
        assert_eq!(block.read(), 5);
        free(block.cast());
    }
}

#[test]
#[should_panic(expected = "double free")]
fn a_double_free_is_noticed() {
    // SAFETY: the misuse under test, below the C functions, through which a panic can't pass.
    unsafe {
        let block = malloc(100);
        free(block);
        let class = super::classes::class_of(100);
        super::cache::give(heap(), fields(), class, block.cast());
    }
}

#[test]
#[should_panic(expected = "invalid pointer")]
fn a_pointer_into_a_block_is_noticed() {
    // SAFETY: the misuse under test, as above.
    unsafe { home_of(heap(), malloc(100) as usize + 16, "invalid pointer") };
}

#[test]
fn freed_memory_is_used_again() {
    // SAFETY: plain calls of the heap.
    unsafe {
        for _ in 0..2_000 {
            let blocks: Vec<_> = (0..20).map(|i| malloc(1000 * (i + 1) * (i + 1))).collect();
            for block in blocks {
                free(block);
            }
        }
        assert!(super::mallinfo2().arena < 32 << 20);
    }
}
