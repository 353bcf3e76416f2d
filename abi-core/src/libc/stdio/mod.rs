//! Streams, printf and scanf.
//!
//! [`file::File`] is `FILE`, with glibc's first fields because its header's macros use them. [`get`] and [`put`] are the
//! two directions of a stream's buffer, [`position`] moves it, [`open`] and [`cookie`] make streams, [`memory`] has the
//! streams over memory, [`wide`] takes and puts wide characters. [`printf`] and [`scanf`] are one engine each for bytes and wide characters. The functions here
//! work on a stream the caller has locked ([`lock`]); [`sys`] is all they need of the kernel.

pub mod cookie;
pub mod file;
pub mod get;
pub mod lock;
pub mod memory;
pub mod open;
pub mod position;
pub mod printf;
pub mod put;
pub mod scanf;
pub mod sys;
pub mod temporary;
pub mod wide;

use core::ptr::null_mut;

use super::state::{DataObject, state};
use file::{EOF, File, flag};

/// A program's streams.
#[repr(C)]
pub struct StdioState {
    /// `stdin`
    pub stdin: DataObject<*mut File>,
    /// `stdout`
    pub stdout: DataObject<*mut File>,
    /// `stderr`
    pub stderr: DataObject<*mut File>,
    /// `_IO_2_1_stdin_`
    pub stdin_file: DataObject<File>,
    /// `_IO_2_1_stdout_`
    pub stdout_file: DataObject<File>,
    /// `_IO_2_1_stderr_`
    pub stderr_file: DataObject<File>,
    /// Guards `open`: locked around changes and walks.
    open_lock: DataObject<u32>,
    /// Head of the list of open streams, linked by `File::chain`.
    open: DataObject<*mut File>,
    /// What of printf(3) is the program's own.
    pub registrations: printf::custom::Registrations,
    /// Counts names made for temporary files.
    pub temporary: DataObject<u64>,
    /// The buffer `tmpnam(NULL)` returns.
    pub tmpnam: DataObject<[u8; 20]>,
}

impl StdioState {
    /// Makes the state a program starts with; [`Self::init_in_place`] completes it.
    pub const fn new() -> Self {
        Self {
            stdin: DataObject::new(null_mut()),
            stdout: DataObject::new(null_mut()),
            stderr: DataObject::new(null_mut()),
            stdin_file: DataObject::new(File::standard(0, flag::NO_WRITES)),
            stdout_file: DataObject::new(File::standard(1, flag::NO_READS)),
            stderr_file: DataObject::new(File::standard(2, flag::NO_READS | flag::UNBUFFERED)),
            open_lock: DataObject::new(0),
            open: DataObject::new(null_mut()),
            registrations: printf::custom::Registrations::new(),
            temporary: DataObject::new(0),
            tmpnam: DataObject::new([0; 20]),
        }
    }

    /// Points `stdin`, `stdout` and `stderr` at their streams, once the state lies where it stays.
    pub fn init_in_place(&self) {
        let streams = [self.stdin_file.address(), self.stdout_file.address(), self.stderr_file.address()];
        self.stdin.set(streams[0]);
        self.stdout.set(streams[1]);
        self.stderr.set(streams[2]);
        for stream in streams {
            // SAFETY: one of this state's own streams, which nobody else uses yet.
            unsafe { (*stream).chain = self.open.get() };
            self.open.set(stream);
        }
    }

    fn lock_open(&self) {
        lock::acquire_word(self.open_lock.address());
    }

    fn unlock_open(&self) {
        lock::release_word(self.open_lock.address());
    }

    /// Puts a new stream on the list of open ones.
    pub fn link(&self, fp: *mut File) {
        self.lock_open();
        // SAFETY: the caller's own stream.
        unsafe {
            (*fp).chain = self.open.get();
            (*fp).flags |= flag::LINKED;
        }
        self.open.set(fp);
        self.unlock_open();
    }

    /// Takes a stream off the list of open ones.
    pub fn unlink(&self, fp: *mut File) {
        self.lock_open();
        let mut at = self.open.address();
        // SAFETY: the list holds live streams only.
        unsafe {
            while !(*at).is_null() {
                if *at == fp {
                    *at = (*fp).chain;
                    (*fp).flags &= !flag::LINKED;
                    break;
                }
                at = &raw mut (**at).chain;
            }
        }
        self.unlock_open();
    }

    /// Calls `visit` with every open stream.
    pub fn for_each_open(&self, mut visit: impl FnMut(*mut File)) {
        self.lock_open();
        let mut at = self.open.get();
        while !at.is_null() {
            visit(at);
            // SAFETY: the list holds live streams only.
            at = unsafe { (*at).chain };
        }
        self.unlock_open();
    }
}

impl Default for StdioState {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes out what every stream still holds (`fflush(NULL)`); EOF if one failed.
pub fn flush_output() -> i32 {
    let mut result = 0;
    state().stdio.for_each_open(|fp| {
        // SAFETY: an open stream.
        unsafe {
            lock::acquire(fp);
            if put_out(fp) == EOF {
                result = EOF;
            }
            lock::release(fp);
        }
    });
    result
}

unsafe fn put_out(fp: *mut File) -> i32 {
    // SAFETY: the caller's stream.
    unsafe { if (*fp).write_ptr > (*fp).write_base { put::flush(fp) } else { 0 } }
}

/// Writes out what every stream still holds, as `exit(3)` does, and moves the offset of input that was read ahead back
/// to where the program stopped reading.
pub fn flush_all() {
    state().stdio.for_each_open(|fp| {
        // SAFETY: an open stream. Who is in the middle of a call gets the time to end it; who keeps it locked must not stop
        // the program's end.
        unsafe {
            if (*fp).write_ptr > (*fp).write_base {
                let is_locked = lock::acquire_soon(fp);
                put_out(fp);
                if is_locked {
                    lock::release(fp);
                }
            }
        }
    });
    state().stdio.for_each_open(|fp| {
        // SAFETY: an open stream. It is not locked: a thread that still reads must not stop the program's end.
        unsafe {
            if (*fp).read_ptr < (*fp).read_end && !(*fp).is_cookie() {
                let errno = super::errno();
                position::sync(fp);
                super::set_errno(errno);
            }
            // What is written from here on (by later destructors) goes straight out.
            if (*fp).flags & (flag::NO_WRITES | flag::UNBUFFERED) == 0 {
                (*fp).flags |= flag::UNBUFFERED;
                (*fp).write_end = (*fp).write_ptr;
            }
        }
    });
}
