//! The program's heap.

/// A program's heap.
#[repr(C)]
pub struct MallocState {}

impl MallocState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {}
    }
}

impl Default for MallocState {
    fn default() -> Self {
        Self::new()
    }
}

/// malloc(3), through the program's own allocator if it brings one.
pub unsafe extern "C" fn malloc(_size_bytes: usize) -> *mut core::ffi::c_void {
    core::ptr::null_mut()
}

/// calloc(3)
pub unsafe extern "C" fn calloc(_count: usize, _size_bytes: usize) -> *mut core::ffi::c_void {
    core::ptr::null_mut()
}

/// realloc(3)
pub unsafe extern "C" fn realloc(
    _block: *mut core::ffi::c_void,
    _size_bytes: usize,
) -> *mut core::ffi::c_void {
    core::ptr::null_mut()
}

/// free(3)
pub unsafe extern "C" fn free(_block: *mut core::ffi::c_void) {}
