//! Thread-specific data.

use core::ffi::{c_int, c_uint, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::*};

use super::current;
use crate::abi;
use crate::libc::malloc::{calloc, free};
use crate::libc::state::state;

/// `PTHREAD_KEYS_MAX`
pub const KEYS_MAX: usize = 1024;
/// `PTHREAD_DESTRUCTOR_ITERATIONS`
const ROUNDS: usize = 4;
const BLOCK: usize = 32;

/// A key: in use while its generation is odd. All zero at the start.
#[repr(C)]
pub struct KeySlot {
    generation: AtomicU32,
    destructor: AtomicUsize,
}

/// A thread's value of one key, valid while the key has the same generation.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    generation: u32,
    value: *mut c_void,
}

/// A thread's values: the first block in place, the others allocated at need. All zero at the start.
#[repr(C)]
pub struct Specifics {
    first: [Value; BLOCK],
    others: [*mut Value; KEYS_MAX / BLOCK - 1],
    /// Which blocks may hold a value, bit by bit.
    used: u32,
}

const _: () = assert!(KEYS_MAX / BLOCK == u32::BITS as usize);

unsafe fn slot(key: usize) -> *mut Value {
    // SAFETY: the calling thread's own values; `key` is below KEYS_MAX, and a block has BLOCK of them.
    unsafe {
        let specifics = &raw mut (*current()).specifics;
        if key < BLOCK {
            return (&raw mut (*specifics).first).cast::<Value>().add(key);
        }
        let block = (*specifics).others[key / BLOCK - 1];
        if block.is_null() { null_mut() } else { block.add(key % BLOCK) }
    }
}

/// pthread_key_create(3)
pub unsafe extern "C" fn pthread_key_create(
    key: *mut c_uint,
    destructor: Option<unsafe extern "C" fn(*mut c_void)>,
) -> c_int {
    for (index, slot) in state().room.keys.iter().enumerate() {
        let generation = slot.generation.load(Relaxed);
        if generation & 1 == 0
            && slot.generation.compare_exchange(generation, generation + 1, AcqRel, Relaxed).is_ok()
        {
            slot.destructor.store(destructor.map_or(0, |f| f as usize), Release);
            // SAFETY: pthread_key_create(3)'s place for the key.
            unsafe { *key = index as c_uint };
            return 0;
        }
    }
    abi::EAGAIN
}

fn key_slot(key: c_uint) -> Option<&'static KeySlot> {
    state().room.keys.get(key as usize).filter(|slot| slot.generation.load(Acquire) & 1 == 1)
}

/// pthread_key_delete(3)
pub extern "C" fn pthread_key_delete(key: c_uint) -> c_int {
    let Some(slot) = key_slot(key) else { return abi::EINVAL };
    let generation = slot.generation.load(Relaxed);
    match slot.generation.compare_exchange(generation, generation.wrapping_add(1), AcqRel, Relaxed) {
        Ok(_) => 0,
        Err(_) => abi::EINVAL,
    }
}

/// pthread_getspecific(3)
pub extern "C" fn pthread_getspecific(key: c_uint) -> *mut c_void {
    let Some(key_slot) = state().room.keys.get(key as usize) else { return null_mut() };
    // SAFETY: the key is below KEYS_MAX, and only this thread uses the value.
    unsafe {
        match slot(key as usize).as_ref() {
            Some(value) if value.generation == key_slot.generation.load(Relaxed) => value.value,
            _ => null_mut(),
        }
    }
}

/// pthread_setspecific(3)
pub unsafe extern "C" fn pthread_setspecific(key: c_uint, value: *mut c_void) -> c_int {
    let Some(key_slot) = key_slot(key) else { return abi::EINVAL };
    // SAFETY: the key is below KEYS_MAX; a new block is ours, and zero is a value of its places.
    unsafe {
        let mut place = slot(key as usize);
        if place.is_null() {
            if value.is_null() {
                return 0;
            }
            let block = calloc(BLOCK, size_of::<Value>()).cast::<Value>();
            if block.is_null() {
                return abi::ENOMEM;
            }
            (*current()).specifics.others[key as usize / BLOCK - 1] = block;
            place = block.add(key as usize % BLOCK);
        }
        *place = Value { generation: key_slot.generation.load(Relaxed), value };
        (*current()).specifics.used |= 1 << (key as usize / BLOCK);
    }
    0
}

/// Returns which blocks of the calling thread may hold a value.
fn used_blocks() -> u32 {
    // SAFETY: the calling thread's own word.
    unsafe { (*current()).specifics.used }
}

/// Calls the destructors of a thread that ends.
pub fn run_destructors() {
    for _ in 0..ROUNDS {
        let mut again = false;
        let mut left = used_blocks();
        while left != 0 {
            again |= run_destructors_of(left.trailing_zeros() as usize);
            left &= left - 1;
        }
        if !again {
            break;
        }
    }
    if used_blocks() >> 1 == 0 {
        return;
    }
    // SAFETY: the calling thread's own blocks, each made by calloc in `pthread_setspecific`.
    unsafe {
        for block in &mut (*current()).specifics.others {
            free(core::mem::replace(block, null_mut()).cast());
        }
    }
}

/// Calls the destructors of the keys of one block; tells whether there was any.
fn run_destructors_of(block: usize) -> bool {
    let mut found = false;
    for (index, key) in state().room.keys.iter().enumerate().skip(block * BLOCK).take(BLOCK) {
        // SAFETY: the index is below KEYS_MAX, and only this thread uses the value.
        let Some(place) = (unsafe { slot(index).as_mut() }) else { continue };
        if place.value.is_null() || place.generation != key.generation.load(Acquire) {
            continue;
        }
        let value = core::mem::replace(&mut place.value, null_mut());
        let destructor = key.destructor.load(Acquire);
        if destructor != 0 {
            found = true;
            // SAFETY: what `pthread_key_create` was given.
            let destructor: unsafe extern "C" fn(*mut c_void) = unsafe { core::mem::transmute(destructor) };
            // SAFETY: the program's own function for values of this key.
            unsafe { destructor(value) };
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_keys_value_is_gone_when_the_key_is_made_again() {
        let mut key = 0;
        // SAFETY: the keys are ours; the test's own control block.
        unsafe {
            assert_eq!(pthread_key_create(&raw mut key, None), 0);
            assert_eq!(pthread_setspecific(key, 8 as *mut c_void), 0);
            assert_eq!(pthread_getspecific(key), 8 as *mut c_void);
            assert_eq!(pthread_key_delete(key), 0);
            assert_eq!(pthread_key_delete(key), abi::EINVAL);
            assert_eq!(pthread_setspecific(key, null_mut()), abi::EINVAL);
            let mut again = 9;
            assert_eq!(pthread_key_create(&raw mut again, None), 0);
            assert_eq!(again, key);
            assert!(pthread_getspecific(again).is_null());
        }
        assert!(pthread_getspecific(5000).is_null());
    }
}
