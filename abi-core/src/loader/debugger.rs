//! Telling a debugger what is loaded where.
#![expect(unsafe_code, reason = "one symbol that a debugger's script finds by name")]

use alloc::vec::Vec;

/// Where gdb stops for each object that is mapped (`osvrun --gdb`): its path, ended by a null byte, and what is added to
/// its addresses.
// SAFETY: nothing else has this name.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn osvrun_object_loaded(path: *const u8, bias: usize) {
    core::hint::black_box((path, bias));
}

/// Says that an object was mapped.
pub(super) fn object_loaded(path: &[u8], bias: usize) {
    let path: Vec<u8> = path.iter().copied().chain([0]).collect();
    osvrun_object_loaded(path.as_ptr(), bias);
}
