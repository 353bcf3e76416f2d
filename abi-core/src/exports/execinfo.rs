//! `execinfo.h`: backtraces through the program's own unwinder, libgcc's.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::null_mut;

use crate::abi;
use crate::libc::dl::{dlopen, dlsym};
use crate::libc::guest_heap::malloc;
use crate::libc::stdio::printf::Sink;
use crate::libc::stdio::printf::sink::{Growing, to_descriptor};
use crate::libc::stdio::sys;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

struct Walk {
    to: *mut *mut c_void,
    room: usize,
    len: usize,
    is_first: bool,
    address_of: unsafe extern "C" fn(*mut c_void) -> usize,
}

/// Called by the unwinder for each frame; 0 goes on.
unsafe extern "C" fn visit(context: *mut c_void, walk: *mut Walk) -> c_int {
    // SAFETY: the walk and the arrays live as long as the call; names come from `dladdr` as C strings.
    unsafe {
        let walk = &mut *walk;
        // The first frame is `backtrace` itself.
        if core::mem::take(&mut walk.is_first) {
            return 0;
        }
        let address = (walk.address_of)(context);
        if walk.len >= walk.room || address == 0 {
            return 5;
        }
        *walk.to.add(walk.len) = address as *mut c_void;
        walk.len += 1;
        0
    }
}

/// A function of the unwinder, whose library is brought in where the program has none. It stays.
fn unwinder(name: &CStr) -> *const () {
    let there = sys::program_symbol(name);
    if !there.is_null() {
        return there;
    }
    // SAFETY: two strings; the library has no functions that run when it is loaded.
    unsafe {
        let library = dlopen(c"libgcc_s.so.1".as_ptr(), abi::RTLD_NOW);
        if library.is_null() { core::ptr::null() } else { dlsym(library, name.as_ptr()).cast_const().cast() }
    }
}

pub unsafe extern "C" fn backtrace(to: *mut *mut c_void, room: c_int) -> c_int {
    type Unwind =
        unsafe extern "C" fn(unsafe extern "C" fn(*mut c_void, *mut Walk) -> c_int, *mut Walk) -> c_int;
    let (unwind, address_of) = (unwinder(c"_Unwind_Backtrace"), unwinder(c"_Unwind_GetIP"));
    if unwind.is_null() || address_of.is_null() {
        return 0;
    }
    // SAFETY: the walk and the arrays live as long as the call; names come from `dladdr` as C strings.
    unsafe {
        let unwind: Unwind = core::mem::transmute(unwind);
        let address_of =
            core::mem::transmute::<*const (), unsafe extern "C" fn(*mut c_void) -> usize>(address_of);
        let room = usize::try_from(room).unwrap_or(0);
        let mut walk = Walk { to, room, len: 0, is_first: true, address_of };
        unwind(visit, &raw mut walk);
        walk.len as c_int
    }
}

/// `file(function+0x12) [0x1234]`
unsafe fn describe(out: &mut dyn Sink<u8>, address: *mut c_void) {
    let mut info: [usize; 4] = [0; 4];
    let found = sys::address_info(address, &mut info);
    let hex = |out: &mut dyn Sink<u8>, value: usize| {
        out.put(b"0x");
        let digits = (usize::BITS as usize - value.leading_zeros() as usize).div_ceil(4).max(1);
        for i in (0..digits).rev() {
            out.put(&[b"0123456789abcdef"[(value >> (4 * i)) & 15]]);
        }
    };
    let [file, base, symbol, symbol_address] = info;
    if found && file != 0 {
        // SAFETY: the walk and the arrays live as long as the call; names come from `dladdr` as C strings.
        unsafe {
            out.put(crate::libc::c_str(file as *const c_char).to_bytes());
            out.put(b"(");
            let mut start = base;
            if symbol != 0 {
                out.put(crate::libc::c_str(symbol as *const c_char).to_bytes());
                start = symbol_address;
            }
            out.put(if address as usize >= start { b"+" } else { b"-" });
            hex(out, (address as usize).abs_diff(start));
            out.put(b") ");
        }
    }
    out.put(b"[");
    hex(out, address as usize);
    out.put(b"]");
}

pub unsafe extern "C" fn backtrace_symbols(addresses: *const *mut c_void, count: c_int) -> *mut *mut c_char {
    // SAFETY: the walk and the arrays live as long as the call; names come from `dladdr` as C strings.
    unsafe {
        let count = usize::try_from(count).unwrap_or(0);
        let mut text = Growing::new();
        for i in 0..count {
            describe(&mut text, *addresses.add(i));
            text.put(&[0]);
        }
        let bytes = text.as_bytes();
        let block = malloc(count * 8 + bytes.len()).cast::<*mut c_char>();
        if !block.is_null() {
            let strings = block.add(count).cast::<u8>();
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), strings, bytes.len());
            let mut at = 0;
            for i in 0..count {
                *block.add(i) = strings.add(at).cast();
                at += bytes[at..].iter().position(|&b| b == 0).map_or(0, |len| len + 1);
            }
        }
        text.discard();
        if block.is_null() { null_mut() } else { block }
    }
}

pub unsafe extern "C" fn backtrace_symbols_fd(addresses: *const *mut c_void, count: c_int, fd: c_int) {
    // SAFETY: the walk and the arrays live as long as the call; names come from `dladdr` as C strings.
    unsafe {
        for i in 0..usize::try_from(count).unwrap_or(0) {
            let mut text = Growing::new();
            describe(&mut text, *addresses.add(i));
            text.put(b"\n");
            to_descriptor(fd)(text.as_bytes());
            text.discard();
        }
    }
}

pure_exports! { "libc.so.6";
    full backtrace = backtrace;
    full backtrace_symbols = backtrace_symbols;
    full backtrace_symbols_fd = backtrace_symbols_fd;
}
