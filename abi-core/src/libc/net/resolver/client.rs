//! Asking the servers of a state, over UDP and, for what does not fit, TCP: res_send(3).

use core::ffi::{c_int, c_void};

use super::config::{IGNORE_CUT, ROTATE, TRUST, USE_STREAM};
use super::message::{HEADER_BYTES, TRY_ANOTHER, answers, is_cut, response_code};
use super::state::ResState;
use crate::abi::{
    AF_INET, AF_INET6, ECONNREFUSED, EINVAL, ETIMEDOUT, POLLIN, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_STREAM,
    pollfd, sockaddr_in, sockaddr_in6,
};
use crate::boundary::user::UserPtr;
use crate::exports::{poll, sys_socket, sys_time, unistd};
use crate::libc::{errno, set_errno};

/// The flag of answers whose signatures are good, in the header's fourth byte.
const AUTHENTIC: u8 = 0x20;

/// A server's address.
#[derive(Clone, Copy)]
struct Server {
    family: c_int,
    address: usize,
    len: u32,
}

/// A socket that is closed when it goes.
struct Socket(c_int);

impl Drop for Socket {
    fn drop(&mut self) {
        let before = errno();
        // SAFETY: a descriptor of ours.
        unsafe { unistd::close(self.0) };
        set_errno(before);
    }
}

impl Server {
    fn of(state: &ResState, index: usize) -> Option<Self> {
        let server = state.servers.get(index)?;
        if c_int::from(server.sin_family) == AF_INET {
            let (address, len) = (core::ptr::from_ref(server).addr(), size_of::<sockaddr_in>() as u32);
            return Some(Self { family: AF_INET, address, len });
        }
        let server = state.servers6[index];
        let (address, len) = (server.addr(), size_of::<sockaddr_in6>() as u32);
        (!server.is_null()).then_some(Self { family: AF_INET6, address, len })
    }

    fn connect(self, kind: c_int) -> Option<Socket> {
        // SAFETY: an address of that length.
        unsafe {
            let socket = Socket(sys_socket::socket(self.family, kind | SOCK_CLOEXEC, 0));
            (socket.0 >= 0 && sys_socket::connect(socket.0, self.address, self.len) == 0).then_some(socket)
        }
    }
}

fn now_ms() -> i64 {
    let mut now = crate::abi::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a struct of ours.
    unsafe { sys_time::clock_gettime(crate::abi::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

/// Waits until a socket can be read; false when time is up.
fn wait(socket: &Socket, until_ms: i64) -> bool {
    loop {
        let left = (until_ms - now_ms()).clamp(0, i64::from(c_int::MAX));
        let mut entry = pollfd { fd: socket.0, events: POLLIN, revents: 0 };
        // SAFETY: a struct of ours.
        let count = unsafe { poll::poll(UserPtr::new((&raw mut entry).addr()), 1, left as c_int) };
        match count {
            1.. => return true,
            0 => return false,
            _ if errno() != crate::abi::EINTR => return false,
            _ => {}
        }
    }
}

fn receive(socket: &Socket, room: &mut [u8]) -> Option<usize> {
    // SAFETY: a buffer of ours or the caller's.
    let count = unsafe { sys_socket::recv(socket.0, room.as_mut_ptr().cast::<c_void>(), room.len(), 0) };
    usize::try_from(count).ok()
}

fn send(socket: &Socket, bytes: &[u8]) -> bool {
    // SAFETY: bytes of ours or the caller's.
    let sent = unsafe {
        sys_socket::send(socket.0, bytes.as_ptr().cast::<c_void>(), bytes.len(), crate::abi::MSG_NOSIGNAL)
    };
    sent == bytes.len() as isize
}

/// Asks over UDP. What is no answer to the query is passed over.
fn ask(socket: &Socket, query: &[u8], room: &mut [u8], until_ms: i64) -> Option<usize> {
    if !send(socket, query) {
        return None;
    }
    while wait(socket, until_ms) {
        let len = receive(socket, room)?;
        if len >= HEADER_BYTES && answers(query, &room[..len]) {
            return Some(len);
        }
    }
    set_errno(ETIMEDOUT);
    None
}

fn receive_all(socket: &Socket, room: &mut [u8], until_ms: i64) -> Option<()> {
    let mut done = 0;
    while done < room.len() {
        if !wait(socket, until_ms) {
            set_errno(ETIMEDOUT);
            return None;
        }
        done += receive(socket, &mut room[done..]).filter(|&count| count > 0)?;
    }
    Some(())
}

/// Asks over TCP, where a length comes before each message. Of an answer longer than `room` the start is kept.
fn ask_stream(server: Server, query: &[u8], room: &mut [u8], until_ms: i64) -> Option<usize> {
    let socket = server.connect(SOCK_STREAM)?;
    let mut len = (query.len() as u16).to_be_bytes();
    if !send(&socket, &len) || !send(&socket, query) {
        return None;
    }
    receive_all(&socket, &mut len, until_ms)?;
    let len = usize::from(u16::from_be_bytes(len));
    let kept = len.min(room.len());
    receive_all(&socket, &mut room[..kept], until_ms)?;
    if kept < HEADER_BYTES || !answers(query, &room[..kept]) {
        return None;
    }
    if kept < len {
        room[2] |= 2;
    }
    Some(kept)
}

/// Asks the servers of a state; returns the length of the answer, -1 with errno if none gives any.
pub fn exchange(state: &mut ResState, query: &[u8], room: &mut [u8]) -> c_int {
    if query.len() < HEADER_BYTES || room.len() < HEADER_BYTES || u16::try_from(query.len()).is_err() {
        set_errno(EINVAL);
        return -1;
    }
    let count = (state.nscount.max(0) as usize).min(super::MAX_SERVERS);
    let first = if state.has(ROTATE) && count > 0 { usize::from(state.id) % count } else { 0 };
    let mut has_timed_out = false;
    for _ in 0..state.retry.max(1) {
        for index in 0..count {
            let Some(server) = Server::of(state, (first + index) % count) else { continue };
            let until = now_ms() + i64::from(state.retrans.max(1)) * 1000;
            let mut answer = if state.has(USE_STREAM) {
                ask_stream(server, query, room, until)
            } else {
                server.connect(SOCK_DGRAM).and_then(|socket| ask(&socket, query, room, until))
            };
            has_timed_out |= answer.is_none() && errno() == ETIMEDOUT;
            if answer.is_some() && is_cut(room) && !state.has(IGNORE_CUT | USE_STREAM) {
                answer = ask_stream(server, query, room, until);
            }
            let Some(len) = answer else { continue };
            if TRY_ANOTHER.contains(&response_code(room)) {
                has_timed_out = true;
                continue;
            }
            if !state.has(TRUST) {
                room[3] &= !AUTHENTIC;
            }
            return len as c_int;
        }
    }
    set_errno(if has_timed_out { ETIMEDOUT } else { ECONNREFUSED });
    -1
}
