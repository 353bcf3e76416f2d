//! `struct __res_state`, glibc's layout: one for each thread, and those that programs make themselves.

use core::ffi::{c_char, c_int, c_void};

use crate::abi::{sockaddr_in, sockaddr_in6};
use crate::libc::guest_heap::calloc;
use crate::libc::tcb::tcb;

/// `MAXNS`: how many servers are asked at most.
pub const MAX_SERVERS: usize = 3;
/// `MAXDNSRCH`: how many domains are searched at most.
pub(super) const MAX_DOMAINS: usize = 6;

/// `struct __res_state`
#[repr(C)]
pub struct ResState {
    /// Seconds until a server is given up.
    pub retrans: c_int,
    /// How often all servers are tried.
    pub retry: c_int,
    /// `RES_*`
    pub options: u64,
    /// How many servers there are.
    pub nscount: c_int,
    /// The servers; one of family 0 is in `servers6`.
    pub servers: [sockaddr_in; MAX_SERVERS],
    /// The number of the last query.
    pub id: u16,
    /// The domains that are searched, up to a null.
    pub domains: [*mut c_char; MAX_DOMAINS + 1],
    /// The text of the domains.
    pub domain_text: [u8; 256],
    /// `RES_PRF_*`
    pub print_flags: u64,
    /// `ndots` in the lowest four bits, in the next four how many pairs `sort_list` has.
    pub bits: u32,
    /// Addresses and masks to sort by, as on the wire.
    pub sort_list: [[u32; 2]; 10],
    unused_hooks: [usize; 2],
    /// The `h_errno` of the last call.
    pub h_errno: c_int,
    stream_socket: c_int,
    flags: u32,
    /// Bytes up to where the union `_u` is aligned.
    hole: u32,
    count6: u16,
    map6: [u16; MAX_SERVERS],
    sockets: [c_int; MAX_SERVERS],
    servers6_count: u16,
    is_set_up: u16,
    /// IPv6 servers, blocks of the heap.
    pub servers6: [*mut sockaddr_in6; MAX_SERVERS],
    reserved: [u32; 2],
}

const _: () = {
    assert!(size_of::<ResState>() == 568);
    assert!(core::mem::offset_of!(ResState, domains) == 72);
    assert!(core::mem::offset_of!(ResState, h_errno) == 496);
    assert!(core::mem::offset_of!(ResState, count6) == 512 && core::mem::offset_of!(ResState, map6) == 514);
    assert!(core::mem::offset_of!(ResState, sockets) == 520);
    assert!(core::mem::offset_of!(ResState, servers6_count) == 532);
    assert!(core::mem::offset_of!(ResState, is_set_up) == 534);
    assert!(core::mem::offset_of!(ResState, servers6) == 536);
};

impl ResState {
    /// Returns `ndots`.
    pub const fn ndots(&self) -> usize {
        (self.bits & 0xf) as usize
    }

    /// Tells whether any of these options is set.
    pub const fn has(&self, options: u64) -> bool {
        self.options & options != 0
    }
}

/// Returns the calling thread's state; null if memory ran out.
pub fn own() -> *mut ResState {
    // SAFETY: the thread's control block; a block of zeros is a value of every field.
    unsafe {
        let place = &raw mut (*tcb()).resolver;
        if (*place).is_null() {
            *place = calloc(1, size_of::<ResState>());
        }
        (*place).cast()
    }
}

/// Gives an ending thread's state back.
pub fn release_own() {
    // SAFETY: the thread's control block; the state is used for the last time.
    unsafe {
        let place: *mut *mut c_void = &raw mut (*tcb()).resolver;
        if let Some(state) = (*place).cast::<ResState>().as_mut() {
            super::config::close(state);
            crate::libc::guest_heap::free(*place);
            *place = core::ptr::null_mut();
        }
    }
}
