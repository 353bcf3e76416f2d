//! `obstack.h`

use core::ffi::{c_char, c_int, c_long, c_void};
use core::ptr::null_mut;

use crate::boundary::variadic::VaList;
use crate::libc::state::state;
use crate::libc::stdio::printf::{Fortify, Sink, format};
use crate::libc::stdio::sys;
use crate::{data_exports, pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

/// A chunk's head; its contents follow.
#[repr(C)]
pub struct Chunk {
    limit: *mut u8,
    previous: *mut Self,
}

/// Where a chunk's contents start.
const CONTENTS: usize = size_of::<Chunk>();

/// `struct obstack`, which the header's macros use.
#[repr(C)]
pub struct Obstack {
    chunk_size: c_long,
    chunk: *mut Chunk,
    object_base: *mut u8,
    next_free: *mut u8,
    chunk_limit: *mut u8,
    temp: usize,
    alignment_mask: c_int,
    chunk_function: usize,
    free_function: usize,
    argument: *mut c_void,
    /// Bit 0 `use_extra_arg`, bit 1 `maybe_empty_object`, bit 2 `alloc_failed`.
    flags: u32,
}

const USE_ARGUMENT: u32 = 1;
const MAYBE_EMPTY: u32 = 2;

impl Obstack {
    unsafe fn new_chunk(&self, size: c_long) -> *mut Chunk {
        // SAFETY: the program gave functions of these types.
        let chunk: *mut Chunk = unsafe {
            if self.flags & USE_ARGUMENT != 0 {
                let make: unsafe extern "C" fn(*mut c_void, c_long) -> *mut Chunk =
                    core::mem::transmute(self.chunk_function);
                make(self.argument, size)
            } else {
                let make: unsafe extern "C" fn(c_long) -> *mut Chunk =
                    core::mem::transmute(self.chunk_function);
                make(size)
            }
        };
        if chunk.is_null() {
            allocation_failed();
        }
        chunk
    }

    unsafe fn free_chunk(&self, chunk: *mut Chunk) {
        // SAFETY: as above.
        unsafe {
            if self.flags & USE_ARGUMENT != 0 {
                let free: unsafe extern "C" fn(*mut c_void, *mut Chunk) =
                    core::mem::transmute(self.free_function);
                free(self.argument, chunk);
            } else {
                let free: unsafe extern "C" fn(*mut Chunk) = core::mem::transmute(self.free_function);
                free(chunk);
            }
        }
    }

    fn contents(&self, chunk: *mut Chunk) -> *mut u8 {
        let mask = self.alignment_mask as usize;
        chunk.cast::<u8>().wrapping_add(CONTENTS).map_addr(|a| (a + mask) & !mask)
    }
}

fn allocation_failed() -> ! {
    let handler = state().misc.obstack_alloc_failed_handler.get();
    if !handler.is_null() {
        // SAFETY: the program gave a function of this type.
        let handler: unsafe extern "C" fn() = unsafe { core::mem::transmute(handler) };
        // SAFETY: as above; it does not return.
        unsafe { handler() };
    }
    sys::write_all(2, b"memory exhausted\n");
    sys::exit(state().misc.obstack_exit_failure.get())
}

unsafe fn begin(obstack: *mut Obstack, size: c_int, alignment: c_int) -> c_int {
    // SAFETY: the program's obstack; a chunk function gives a chunk of the size asked for, or does not return.
    unsafe {
        let alignment = if alignment == 0 { 16 } else { alignment };
        // Room for malloc's own data in a page.
        let size = if size == 0 { 4096 - 32 } else { size };
        (*obstack).chunk_size = size.into();
        (*obstack).alignment_mask = alignment - 1;
        let chunk = (*obstack).new_chunk(size.into());
        (*obstack).chunk = chunk;
        (*chunk).limit = chunk.cast::<u8>().add(size as usize);
        (*chunk).previous = null_mut();
        (*obstack).chunk_limit = (*chunk).limit;
        (*obstack).object_base = (*obstack).contents(chunk);
        (*obstack).next_free = (*obstack).object_base;
        (*obstack).flags &= USE_ARGUMENT;
        1
    }
}

pub unsafe extern "C" fn obstack_begin(
    obstack: *mut Obstack,
    size: c_int,
    alignment: c_int,
    chunk_function: usize,
    free_function: usize,
) -> c_int {
    // SAFETY: the program's obstack, whose fields are all set before the first chunk is asked for.
    unsafe {
        (*obstack).chunk_function = chunk_function;
        (*obstack).free_function = free_function;
        (*obstack).flags = 0;
        begin(obstack, size, alignment)
    }
}

pub unsafe extern "C" fn obstack_begin_1(
    obstack: *mut Obstack,
    size: c_int,
    alignment: c_int,
    chunk_function: usize,
    free_function: usize,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: the program's obstack, whose fields are all set before the first chunk is asked for.
    unsafe {
        (*obstack).chunk_function = chunk_function;
        (*obstack).free_function = free_function;
        (*obstack).argument = argument;
        (*obstack).flags = USE_ARGUMENT;
        begin(obstack, size, alignment)
    }
}

pub unsafe extern "C" fn obstack_newchunk(obstack: *mut Obstack, length: c_int) {
    // SAFETY: an obstack that was begun: the object lies in `chunk`, and the new one has room for it.
    unsafe {
        let old = (*obstack).chunk;
        let object_size = (*obstack).next_free as usize - (*obstack).object_base as usize;
        let wanted = object_size as c_long
            + c_long::from(length)
            + (object_size >> 3) as c_long
            + c_long::from((*obstack).alignment_mask)
            + 100;
        let size = wanted.max((*obstack).chunk_size);
        let chunk = (*obstack).new_chunk(size);
        (*obstack).chunk = chunk;
        (*chunk).previous = old;
        (*chunk).limit = chunk.cast::<u8>().add(size as usize);
        (*obstack).chunk_limit = (*chunk).limit;
        let base = (*obstack).contents(chunk);
        core::ptr::copy_nonoverlapping((*obstack).object_base, base, object_size);
        // The old chunk goes if the object was all it held.
        if (*obstack).flags & MAYBE_EMPTY == 0 && (*obstack).object_base == (*obstack).contents(old) {
            (*chunk).previous = (*old).previous;
            (*obstack).free_chunk(old);
        }
        (*obstack).object_base = base;
        (*obstack).next_free = base.add(object_size);
        (*obstack).flags &= !MAYBE_EMPTY;
    }
}

unsafe fn holds(chunk: *mut Chunk, object: *mut u8) -> bool {
    // SAFETY: the caller's chunk is one of an obstack's.
    unsafe { chunk.cast::<u8>() < object && (*chunk).limit >= object }
}

pub unsafe extern "C" fn obstack_allocated_p(obstack: *mut Obstack, object: *mut u8) -> c_int {
    // SAFETY: an obstack that was begun: its chunks form a list that ends with NULL.
    unsafe {
        let mut chunk = (*obstack).chunk;
        while !chunk.is_null() && !holds(chunk, object) {
            chunk = (*chunk).previous;
        }
        c_int::from(!chunk.is_null())
    }
}

pub unsafe extern "C" fn obstack_free(obstack: *mut Obstack, object: *mut u8) {
    // SAFETY: an obstack that was begun; a chunk is left before it is freed.
    unsafe {
        let mut chunk = (*obstack).chunk;
        while !chunk.is_null() && !holds(chunk, object) {
            let previous = (*chunk).previous;
            (*obstack).free_chunk(chunk);
            chunk = previous;
            (*obstack).flags |= MAYBE_EMPTY;
        }
        if !chunk.is_null() {
            (*obstack).object_base = object;
            (*obstack).next_free = object;
            (*obstack).chunk_limit = (*chunk).limit;
            (*obstack).chunk = chunk;
        } else if !object.is_null() {
            sys::abort();
        } else {
            (*obstack).chunk = null_mut();
        }
    }
}

pub unsafe extern "C" fn obstack_memory_used(obstack: *mut Obstack) -> c_int {
    // SAFETY: an obstack that was begun: its chunks form a list that ends with NULL.
    unsafe {
        let (mut chunk, mut used) = ((*obstack).chunk, 0);
        while !chunk.is_null() {
            used += (*chunk).limit as usize - chunk as usize;
            chunk = (*chunk).previous;
        }
        used as c_int
    }
}

/// Text grows the current object.
struct Growing(*mut Obstack);

impl Sink<u8> for Growing {
    fn put(&mut self, bytes: &[u8]) -> bool {
        // SAFETY: the program's obstack; the room is made first.
        unsafe {
            let room = (*self.0).chunk_limit as usize - (*self.0).next_free as usize;
            if room < bytes.len() {
                let Ok(length) = c_int::try_from(bytes.len()) else { return false };
                obstack_newchunk(self.0, length);
            }
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), (*self.0).next_free, bytes.len());
            (*self.0).next_free = (*self.0).next_free.add(bytes.len());
        }
        true
    }
}

pub unsafe extern "C" fn obstack_vprintf(
    obstack: *mut Obstack,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    // SAFETY: an obstack that was begun, a template and its arguments.
    unsafe { format(&mut Growing(obstack), template.cast::<u8>(), list, Fortify::No) }
}

pub unsafe extern "C" fn obstack_vprintf_chk(
    obstack: *mut Obstack,
    flag: c_int,
    template: *const c_char,
    list: *mut VaList,
) -> c_int {
    let fortify = if flag > 0 { Fortify::Yes } else { Fortify::No };
    // SAFETY: an obstack that was begun, a template and its arguments.
    unsafe { format(&mut Growing(obstack), template.cast::<u8>(), list, fortify) }
}

variadic!(pub fn obstack_printf, fixed 2, obstack_vprintf);
variadic!(pub fn obstack_printf_chk, fixed 3, obstack_vprintf_chk);

pure_exports! { "libc.so.6";
    full _obstack_begin = obstack_begin;
    full _obstack_begin_1 = obstack_begin_1;
    full _obstack_newchunk = obstack_newchunk;
    full _obstack_allocated_p = obstack_allocated_p;
    full _obstack_free = obstack_free;
    full obstack_free = obstack_free;
    full _obstack_memory_used = obstack_memory_used;
    full obstack_printf = obstack_printf;
    full obstack_vprintf = obstack_vprintf;
    full __obstack_printf_chk = obstack_printf_chk;
    full __obstack_vprintf_chk = obstack_vprintf_chk;
}

data_exports! { "libc.so.6";
    full obstack_alloc_failed_handler = misc.obstack_alloc_failed_handler: usize;
    full obstack_exit_failure = misc.obstack_exit_failure: c_int;
}
