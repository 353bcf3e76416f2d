//! Slabs: granules of small blocks of one class, shared by all threads.
//!
//! Threads take and give blocks in batches ([`super::cache`]), so each class's lock is taken once for many calls.

use core::ptr::{addr_of_mut, null_mut};

use super::cache::FreeBlock;
use super::classes::{CLASSES, GRANULE_BYTES, SIZES, blocks_per_slab};
use super::lock::Lock;
use super::region::{Granule, Regions, State, granule_of, start_of};

/// The slabs of one class that have room. All zero is a class without slabs.
#[repr(C, align(64))]
pub struct Class {
    lock: Lock,
    /// Slabs with room; a full one is in no list.
    partial: *mut Granule,
    /// Blocks that are with threads or the program.
    used: usize,
    /// Slabs there are.
    slabs: usize,
}

impl Class {
    unsafe fn link(&mut self, slab: *mut Granule) {
        (*slab).prev = null_mut();
        (*slab).next = self.partial;
        if let Some(next) = self.partial.as_mut() {
            next.prev = slab;
        }
        self.partial = slab;
    }

    unsafe fn unlink(&mut self, slab: *mut Granule) {
        let (next, prev) = ((*slab).next, (*slab).prev);
        if let Some(next) = next.as_mut() {
            next.prev = prev;
        }
        match prev.as_mut() {
            Some(prev) => prev.next = next,
            None => self.partial = next,
        }
    }
}

/// Every class.
pub type Classes = [Class; CLASSES];

/// Takes up to `wanted` blocks of a class as a list; returns its first block and how many there are, 0 without memory.
///
/// # Safety
/// Both pointers are a program's heap.
pub(super) unsafe fn take_blocks(
    classes: *mut Classes,
    regions: *mut Regions,
    class: usize,
    wanted: u32,
) -> (*mut FreeBlock, u32) {
    let this = addr_of_mut!((*classes)[class]);
    let _guard = (*this).lock.lock();
    let mut list: *mut FreeBlock = null_mut();
    let mut taken = 0;
    while taken < wanted {
        if (*this).partial.is_null() {
            if taken > 0 {
                break;
            }
            let Some(run) = Regions::take(regions, 1, State::Slab) else { break };
            let slab = granule_of(run.start);
            (*slab).class = class as u8;
            (*slab).free = null_mut();
            (*slab).used = 0;
            (*slab).touched = 0;
            (*this).slabs += 1;
            (*this).link(slab);
        }
        let slab = (*this).partial;
        let got = take_from_slab(slab, class, wanted - taken, &mut list);
        taken += got;
        if (*slab).used == blocks_per_slab(class) {
            (*this).unlink(slab);
        }
    }
    (*this).used += taken as usize;
    (list, taken)
}

unsafe fn take_from_slab(slab: *mut Granule, class: usize, wanted: u32, list: &mut *mut FreeBlock) -> u32 {
    let mut got = 0;
    while got < wanted && !(*slab).free.is_null() {
        let block = (*slab).free;
        (*slab).free = (*block).next;
        (*block).next = *list;
        *list = block;
        got += 1;
    }
    // Untouched blocks are put on the list so that they leave it in the order of addresses.
    let fresh = (wanted - got).min(blocks_per_slab(class) - (*slab).touched);
    let (first, size) = (start_of(slab) + ((*slab).touched * SIZES[class]) as usize, SIZES[class] as usize);
    for index in (0..fresh as usize).rev() {
        let block = (first + index * size) as *mut FreeBlock;
        (*block).next = *list;
        *list = block;
    }
    (*slab).touched += fresh;
    (*slab).used += got + fresh;
    got + fresh
}

/// Gives a list of `count` blocks of a class back.
///
/// # Safety
/// Both pointers are a program's heap, and the list's blocks are of this class and used by nobody.
pub(super) unsafe fn give_blocks(
    classes: *mut Classes,
    regions: *mut Regions,
    class: usize,
    list: *mut FreeBlock,
    count: u32,
) {
    let this = addr_of_mut!((*classes)[class]);
    let _guard = (*this).lock.lock();
    let mut block = list;
    for _ in 0..count {
        let next = (*block).next;
        let slab = granule_of(block as usize);
        if (*slab).used == blocks_per_slab(class) {
            (*this).link(slab);
        }
        (*block).next = (*slab).free;
        (*slab).free = block;
        (*slab).used -= 1;
        // An empty slab is kept only while it is the last one with room.
        if (*slab).used == 0 && !((*slab).next.is_null() && (*slab).prev.is_null()) {
            (*this).unlink(slab);
            (*this).slabs -= 1;
            Regions::give(regions, slab);
        }
        block = next;
    }
    (*this).used -= count as usize;
}

/// How many blocks of a class there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// With threads or the program.
    pub(super) used: usize,
    /// In slabs.
    pub(super) free: usize,
    /// Bytes of the slabs that no block takes.
    pub(super) rest_bytes: usize,
}

/// Counts the blocks of a class.
///
/// # Safety
/// `classes` is a program's heap.
pub(super) unsafe fn counts(classes: *mut Classes, class: usize) -> Counts {
    let this = addr_of_mut!((*classes)[class]);
    let _guard = (*this).lock.lock();
    let per_slab = blocks_per_slab(class) as usize;
    Counts {
        used: (*this).used,
        free: (*this).slabs * per_slab - (*this).used,
        rest_bytes: (*this).slabs * (GRANULE_BYTES - per_slab * SIZES[class] as usize),
    }
}
