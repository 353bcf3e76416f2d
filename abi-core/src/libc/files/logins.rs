//! The files of logins, `utmp(5)`: records of one size, read in order and changed in place.

use core::ffi::{c_char, c_int};

use super::{PATH_MAX, fail, text_of};
use crate::abi::{EINVAL, ESRCH, Errno, O_CLOEXEC, O_RDONLY, O_RDWR, O_WRONLY};
use crate::boundary::user::UserStr;
use crate::exports::{fcntl, unistd};
use crate::libc::state::state;
use crate::libc::{errno, set_errno};

/// `struct utmp`, which `struct utmpx` is too.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Login {
    /// What it tells of.
    pub kind: i16,
    /// Who logged in, as a process.
    pub pid: c_int,
    /// The terminal, without `/dev/`.
    pub line: [u8; 32],
    /// The end of that name, or a number of init's.
    pub id: [u8; 4],
    /// The user.
    pub user: [u8; 32],
    /// Where from.
    pub host: [u8; 256],
    /// How it ended.
    pub exit: [i16; 2],
    /// The session.
    pub session: i32,
    /// When, in seconds and microseconds.
    pub time: [i32; 2],
    /// Where from.
    pub address: [i32; 4],
    unused: [u8; 20],
}

const BYTES: usize = 384;
const _: () = assert!(size_of::<Login>() == BYTES);

impl Login {
    /// Says nothing.
    pub const EMPTY: Self = Self {
        kind: 0,
        pid: 0,
        line: [0; 32],
        id: [0; 4],
        user: [0; 32],
        host: [0; 256],
        exit: [0; 2],
        session: 0,
        time: [0; 2],
        address: [0; 4],
        unused: [0; 20],
    };

    /// Is it of a process (init, at the login, of a user, or dead)?
    const fn is_process(&self) -> bool {
        matches!(self.kind, 5..=8)
    }

    /// Does it tell of the same as `other`?
    fn is_same(&self, other: &Self) -> bool {
        if matches!(other.kind, 1..=4) {
            return self.kind == other.kind;
        }
        let is_equal = if self.id[0] != 0 && other.id[0] != 0 {
            text(&self.id) == text(&other.id)
        } else {
            text(&self.line) == text(&other.line)
        };
        self.is_process() && other.is_process() && is_equal
    }
}

/// Returns a field up to its NUL, if it has one.
pub fn text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Fills a field with the start of a text.
pub fn fill(field: &mut [u8], text: &[u8]) {
    field.fill(0);
    let len = text.len().min(field.len());
    field[..len].copy_from_slice(&text[..len]);
}

/// Where the calls stand in the file; all zero is before the first of them.
pub struct Logins {
    /// The file's name; empty is the usual one.
    name: [u8; PATH_MAX],
    is_open: bool,
    fd: c_int,
    is_writable: bool,
    /// Where the next record is, or -1 after the last.
    at: i64,
    /// The record read last.
    last: Login,
    /// What calls without a place give.
    pub own: Login,
}

/// The usual file.
const USUAL: &[u8] = b"/var/run/utmp";

impl Logins {
    fn open(&mut self) -> bool {
        if self.is_open {
            return true;
        }
        if self.name[0] == 0 {
            fill(&mut self.name, USUAL);
        }
        let path = UserStr::new(self.name.as_ptr().addr());
        // SAFETY: a C string of ours.
        self.fd = unsafe { fcntl::open(path, O_RDONLY | O_CLOEXEC, 0) };
        (self.at, self.is_writable) = (0, false);
        self.is_open = self.fd >= 0;
        self.is_open
    }

    /// Goes to the first record: setutent(3).
    pub fn rewind(&mut self) {
        if self.open() {
            self.at = 0;
        }
    }

    /// endutent(3)
    pub fn close(&mut self) {
        if self.is_open {
            // SAFETY: a descriptor of ours.
            unsafe { unistd::close(self.fd) };
        }
        self.is_open = false;
    }

    /// utmpname(3)
    pub fn set_name(&mut self, name: &[u8]) -> c_int {
        self.close();
        if name.len() >= PATH_MAX {
            return fail(Errno(EINVAL));
        }
        fill(&mut self.name, name);
        0
    }

    /// Reads the next record: getutent(3).
    pub fn read(&mut self) -> Option<Login> {
        if !self.open() || self.at < 0 {
            return None;
        }
        let place = (&raw mut self.last).cast();
        // SAFETY: a record of ours.
        if unsafe { unistd::pread(self.fd, place, BYTES, self.at) } != BYTES as isize {
            self.at = -1;
            return None;
        }
        self.at += BYTES as i64;
        Some(self.last)
    }

    /// Goes on to a record; `ESRCH` if there is none.
    fn find(&mut self, is_wanted: impl Fn(&Login) -> bool) -> Option<Login> {
        if !self.open() {
            return None;
        }
        loop {
            match self.read() {
                Some(login) if is_wanted(&login) => return Some(login),
                Some(_) => {}
                None => {
                    set_errno(ESRCH);
                    return None;
                }
            }
        }
    }

    /// getutid(3)
    pub fn find_id(&mut self, id: &Login) -> Option<Login> {
        if !matches!(id.kind, 1..=8) {
            set_errno(EINVAL);
            return None;
        }
        self.find(|login| login.is_same(id))
    }

    /// getutline(3)
    pub fn find_line(&mut self, line: &Login) -> Option<Login> {
        self.find(|login| matches!(login.kind, 6 | 7) && text(&login.line) == text(&line.line))
    }

    /// pututline(3): replaces the record that tells of the same, or adds one.
    pub fn put(&mut self, login: &Login) -> Option<Login> {
        if !self.open() {
            return None;
        }
        if !self.is_writable {
            let path = UserStr::new(self.name.as_ptr().addr());
            // SAFETY: a C string and a descriptor of ours.
            let fd = unsafe { fcntl::open(path, O_RDWR | O_CLOEXEC, 0) };
            if fd < 0 {
                return None;
            }
            // SAFETY: as above.
            unsafe { unistd::close(self.fd) };
            (self.fd, self.is_writable) = (fd, true);
        }
        let is_here = self.at > 0 && self.last.is_same(login);
        if !is_here {
            self.at = 0;
        }
        let before = errno();
        let place = if is_here || self.find(|other| other.is_same(login)).is_some() {
            self.at - BYTES as i64
        } else {
            set_errno(before);
            // SAFETY: a descriptor of ours.
            let end = unsafe { unistd::lseek(self.fd, 0, crate::abi::SEEK_END) };
            // What is left of a record is written over.
            end - end % BYTES as i64
        };
        let bytes = core::ptr::from_ref(login).cast();
        // SAFETY: the caller's record.
        if place < 0 || unsafe { unistd::pwrite(self.fd, bytes, BYTES, place) } != BYTES as isize {
            return None;
        }
        (self.at, self.last) = (place + BYTES as i64, *login);
        Some(*login)
    }
}

/// Adds a record to the end of a file: updwtmp(3). It fails silently.
pub unsafe fn append(file: *const c_char, login: *const Login) {
    // SAFETY: the caller's string and record.
    unsafe {
        let fd = fcntl::open(UserStr::new(file.addr()), O_WRONLY | O_CLOEXEC, 0);
        if fd < 0 {
            return;
        }
        let end = unistd::lseek(fd, 0, crate::abi::SEEK_END);
        unistd::pwrite(fd, login.cast(), BYTES, end - end % BYTES as i64);
        unistd::close(fd);
    }
}

/// Names the first of the three standard streams' terminals, without `/dev/`.
pub fn own_line() -> Option<&'static [u8]> {
    (0..3).find_map(|fd| {
        // SAFETY: the name is the thread's.
        let name = unsafe { text_of(super::names::ttyname(fd)) };
        name.strip_prefix(b"/dev/").or(Some(name)).filter(|name| !name.is_empty())
    })
}

/// Returns the program's place in the file.
pub fn own() -> &'static mut Logins {
    // SAFETY: the program's; these calls are not for several threads at once.
    unsafe { &mut *state().room.logins.get() }
}
