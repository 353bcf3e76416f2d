//! `netinet/ether.h`, and `rpc/netdb.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::fmt::Write;
use core::ptr::null_mut;

use crate::libc::database;
use crate::libc::database::ethers::{Ether, EtherAddress, Ethers, parse};
use crate::libc::database::rpc::{Rpc, RpcEntry, Rpcs};
use crate::libc::database::{Lines, Record};
use crate::libc::files::text_of;
use crate::libc::net::address::Text;
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

unsafe fn put(to: *mut c_char, text: &[u8]) {
    to.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
    to.add(text.len()).write(0);
}

unsafe extern "C" fn ether_ntoa_r(address: *const EtherAddress, to: *mut c_char) -> *mut c_char {
    let [a, b, c, d, e, f] = *address;
    let mut text = Text::EMPTY;
    // Seventeen letters fit.
    let _ = write!(text, "{a:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}");
    put(to, text.as_bytes());
    to
}

unsafe extern "C" fn ether_ntoa(address: *const EtherAddress) -> *mut c_char {
    ether_ntoa_r(address, state().room.inet_text.get().cast())
}

unsafe extern "C" fn ether_aton_r(text: *const c_char, out: *mut EtherAddress) -> *mut EtherAddress {
    let Some((address, _)) = parse(text_of(text)) else { return null_mut() };
    *out = address;
    out
}

unsafe extern "C" fn ether_aton(text: *const c_char) -> *mut EtherAddress {
    ether_aton_r(text, state().misc.ether.address())
}

/// ether_line(3): an address and a name.
unsafe extern "C" fn ether_line(line: *const c_char, out: *mut EtherAddress, name: *mut c_char) -> c_int {
    let Some((address, rest)) = parse(text_of(line)) else { return -1 };
    let rest = rest.split(|&byte| byte == b'#' || byte == b'\n').next().unwrap_or_default();
    let Some(host) = rest.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()) else { return -1 };
    *out = address;
    put(name, host);
    0
}

/// Calls `found` with the first line of `/etc/ethers` that is wanted.
fn find(is_wanted: impl Fn(Ether<'_>) -> bool, found: impl FnOnce(Ether<'_>)) -> c_int {
    let Ok(mut lines) = Lines::open(Ethers::PATH, Ethers::BUILT_IN) else { return -1 };
    while let Some(line) = lines.next_line() {
        if let Some(ether) = Ethers::view(line).filter(|&ether| is_wanted(ether)) {
            found(ether);
            return 0;
        }
    }
    -1
}

unsafe extern "C" fn ether_ntohost(name: *mut c_char, address: *const EtherAddress) -> c_int {
    find(|ether| ether.address == *address, |ether| put(name, ether.name))
}

unsafe extern "C" fn ether_hostton(name: *const c_char, out: *mut EtherAddress) -> c_int {
    let name = text_of(name);
    find(|ether| ether.name.eq_ignore_ascii_case(name), |ether| *out = ether.address)
}

unsafe extern "C" fn getrpcbyname(name: *const c_char) -> *mut RpcEntry {
    database::find::<Rpcs>(&state().misc.rpc, |rpc: Rpc<'_>| rpc.has_name(text_of(name)))
}

unsafe extern "C" fn getrpcbyname_r(
    name: *const c_char,
    out: *mut RpcEntry,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut RpcEntry,
) -> c_int {
    database::find_into::<Rpcs>(|rpc: Rpc<'_>| rpc.has_name(text_of(name)), out, buf, len, result)
}

unsafe extern "C" fn getrpcbynumber(number: c_int) -> *mut RpcEntry {
    database::find::<Rpcs>(&state().misc.rpc, |rpc: Rpc<'_>| rpc.number == number)
}

unsafe extern "C" fn getrpcbynumber_r(
    number: c_int,
    out: *mut RpcEntry,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut RpcEntry,
) -> c_int {
    database::find_into::<Rpcs>(|rpc: Rpc<'_>| rpc.number == number, out, buf, len, result)
}

unsafe extern "C" fn setrpcent(_stay_open: c_int) {
    database::rewind(&state().misc.rpc);
}

unsafe extern "C" fn endrpcent() {
    database::end(&state().misc.rpc);
}

unsafe extern "C" fn getrpcent() -> *mut RpcEntry {
    database::next::<Rpcs>(&state().misc.rpc)
}

unsafe extern "C" fn getrpcent_r(
    out: *mut RpcEntry,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut RpcEntry,
) -> c_int {
    database::next_into::<Rpcs>(&state().misc.rpc, out, buf, len, result)
}

pure_exports! { "libc.so.6";
    full ether_ntoa = ether_ntoa;
    full ether_ntoa_r = ether_ntoa_r;
    full ether_aton = ether_aton;
    full ether_aton_r = ether_aton_r;
    full ether_line = ether_line;
    full ether_ntohost = ether_ntohost;
    full ether_hostton = ether_hostton;
    full getrpcbyname = getrpcbyname;
    full getrpcbyname_r = getrpcbyname_r;
    full getrpcbynumber = getrpcbynumber;
    full getrpcbynumber_r = getrpcbynumber_r;
    full setrpcent = setrpcent;
    full endrpcent = endrpcent;
    full getrpcent = getrpcent;
    full getrpcent_r = getrpcent_r;
}
