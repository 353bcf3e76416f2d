//! `FILE`.

use core::ffi::{c_char, c_int, c_void};
use core::mem::offset_of;
use core::ptr::null_mut;

/// What the `get` and `put` functions return at the end of file or on an error.
pub const EOF: i32 = -1;

/// `BUFSIZ`: the largest buffer a stream gets by itself.
pub const BUFSIZ: usize = 8192;

/// Bits of [`File::flags`], with glibc's values: its header's macros and gnulib test some of them.
pub mod flag {
    /// In the high half of every stream's flags.
    pub const MAGIC: u32 = 0xfbad_0000;
    /// The buffer is the program's.
    pub const USER_BUF: u32 = 0x1;
    /// Not buffered.
    pub const UNBUFFERED: u32 = 0x2;
    /// Not open for reading.
    pub const NO_READS: u32 = 0x4;
    /// Not open for writing.
    pub const NO_WRITES: u32 = 0x8;
    /// The end was seen (`feof`).
    pub const EOF_SEEN: u32 = 0x10;
    /// An error was seen (`ferror`).
    pub const ERR_SEEN: u32 = 0x20;
    /// On the list of open streams.
    pub const LINKED: u32 = 0x80;
    /// The read pointers are in the push-back area.
    pub const IN_BACKUP: u32 = 0x100;
    /// Line buffered.
    pub const LINE_BUF: u32 = 0x200;
    /// The buffer holds output.
    pub const CURRENTLY_PUTTING: u32 = 0x800;
    /// Opened for appending.
    pub const IS_APPENDING: u32 = 0x1000;
    /// A stream over a descriptor.
    pub const IS_FILEBUF: u32 = 0x2000;
    /// The program locks it itself (`FSETLOCKING_BYCALLER`).
    pub const USER_LOCK: u32 = 0x8000;
}

/// Bits of [`File::flags2`].
pub mod flag2 {
    /// Part of the libc data, not of the heap.
    pub const STATIC: i32 = 0x1000;
    /// Over a buffer of `open_memstream`, whose size the program sees.
    pub const MEMSTREAM: i32 = 0x2000;
    /// Over a wide buffer of `open_wmemstream`.
    pub const WIDE_MEMSTREAM: i32 = 0x4000;
}

/// The functions of `fopencookie(3)`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct CookieIo {
    /// Reads.
    pub read: Option<unsafe extern "C" fn(*mut c_void, *mut c_char, usize) -> isize>,
    /// Writes.
    pub write: Option<unsafe extern "C" fn(*mut c_void, *const c_char, usize) -> isize>,
    /// Moves, and tells the new position.
    pub seek: Option<unsafe extern "C" fn(*mut c_void, *mut i64, c_int) -> c_int>,
    /// Closes.
    pub close: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
}

/// How many wide characters `ungetwc` takes back.
pub const WIDE_PUSHBACK: usize = 8;

/// `FILE`: glibc's `struct _IO_FILE`, then our own fields.
///
/// The read pointers show bytes read and not yet taken; the write pointers bytes put and not yet written. Only one of the
/// two is in use at a time. The descriptor's offset is that of `read_end` or of `write_base`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// See [`flag`].
    pub flags: u32,
    /// Next byte to take.
    pub read_ptr: *mut u8,
    /// End of the bytes to take.
    pub read_end: *mut u8,
    /// Start of the bytes read.
    pub read_base: *mut u8,
    /// Start of the bytes put.
    pub write_base: *mut u8,
    /// Where the next byte is put.
    pub write_ptr: *mut u8,
    /// Where putting must go through `__overflow`; `write_base` for line buffered and unbuffered streams.
    pub write_end: *mut u8,
    /// The buffer.
    pub buf_base: *mut u8,
    /// End of the buffer.
    pub buf_end: *mut u8,
    /// While in the push-back area: the `read_base` of the buffer; else the start of that area, or null.
    pub save_base: *mut u8,
    /// First used byte of the push-back area while it is not current.
    pub backup_base: *mut u8,
    /// End of the push-back area, or of the buffer's bytes while in it.
    pub save_end: *mut u8,
    /// Unused.
    pub markers: *mut c_void,
    /// The next open stream.
    pub chain: *mut File,
    /// The descriptor, or -1.
    pub fileno: i32,
    /// See [`flag2`].
    pub flags2: i32,
    /// Unused.
    pub old_offset: i64,
    /// Unused.
    pub cur_column: u16,
    /// Unused.
    pub vtable_offset: i8,
    /// The buffer of an unbuffered stream.
    pub shortbuf: [u8; 1],
    /// Points to `lock_word`.
    pub lock: *mut c_void,
    /// Unused: the kernel keeps the offset.
    pub offset: i64,
    /// Unused.
    pub codecvt: *mut c_void,
    /// Unused.
    pub wide_data: *mut c_void,
    /// Unused.
    pub freeres_list: *mut c_void,
    /// Unused.
    pub freeres_buf: *mut c_void,
    /// Unused.
    pub pad5: usize,
    /// Orientation: below zero bytes, above zero wide characters, 0 not set.
    pub mode: i32,
    /// Unused.
    pub unused2: [u8; 20],
    /// glibc's vtable pointer.
    pub vtable: usize,
    /// The lock: see `lock.rs`.
    pub lock_word: u32,
    /// How often its owner holds it.
    pub lock_count: u32,
    /// Its owner's thread pointer.
    pub lock_owner: usize,
    /// The functions of a stream that is not over a descriptor.
    pub io: CookieIo,
    /// Their argument.
    pub cookie: *mut c_void,
    /// Room of the push-back area in bytes.
    pub backup_room: usize,
    /// The line that fgetln(3) gave.
    pub line: *mut u8,
    /// Its room in bytes.
    pub line_room: usize,
    /// Wide characters pushed back, the next one last.
    pub wide_pushback: [i32; WIDE_PUSHBACK],
    /// How many.
    pub wide_pushback_len: usize,
    /// Conversion state of reading.
    pub read_state: [u32; 2],
    /// What a wide stream's bytes are: UTF-8, or ASCII alone.
    pub is_utf8: bool,
}

const _: () = {
    assert!(offset_of!(File, read_ptr) == 8);
    assert!(offset_of!(File, write_ptr) == 40);
    assert!(offset_of!(File, save_end) == 88);
    assert!(offset_of!(File, fileno) == 112);
    assert!(offset_of!(File, lock) == 136);
    assert!(offset_of!(File, offset) == 144);
    assert!(offset_of!(File, mode) == 192);
    assert!(offset_of!(File, vtable) == 216);
};

impl File {
    /// A closed stream.
    pub const EMPTY: Self = Self {
        flags: flag::MAGIC,
        read_ptr: null_mut(),
        read_end: null_mut(),
        read_base: null_mut(),
        write_base: null_mut(),
        write_ptr: null_mut(),
        write_end: null_mut(),
        buf_base: null_mut(),
        buf_end: null_mut(),
        save_base: null_mut(),
        backup_base: null_mut(),
        save_end: null_mut(),
        markers: null_mut(),
        chain: null_mut(),
        fileno: -1,
        flags2: 0,
        old_offset: 0,
        cur_column: 0,
        vtable_offset: 0,
        shortbuf: [0],
        lock: null_mut(),
        offset: -1,
        codecvt: null_mut(),
        wide_data: null_mut(),
        freeres_list: null_mut(),
        freeres_buf: null_mut(),
        pad5: 0,
        mode: 0,
        unused2: [0; 20],
        vtable: 0,
        lock_word: 0,
        lock_count: 0,
        lock_owner: 0,
        io: CookieIo { read: None, write: None, seek: None, close: None },
        cookie: null_mut(),
        backup_room: 0,
        line: null_mut(),
        line_room: 0,
        wide_pushback: [0; WIDE_PUSHBACK],
        wide_pushback_len: 0,
        read_state: [0; 2],
        is_utf8: false,
    };

    /// A standard stream over `fd`.
    pub const fn standard(fd: i32, flags: u32) -> Self {
        Self {
            flags: flag::MAGIC | flag::LINKED | flag::IS_FILEBUF | flags,
            fileno: fd,
            flags2: flag2::STATIC,
            ..Self::EMPTY
        }
    }

    /// Tells whether functions of the program or of ours are behind it, not a descriptor.
    pub const fn is_cookie(&self) -> bool {
        self.flags & flag::IS_FILEBUF == 0
    }

    /// Tells whether the flag bits are all set.
    pub const fn has(&self, bits: u32) -> bool {
        self.flags & bits == bits
    }

    /// Bytes in the buffer not yet taken, not counting those pushed back.
    pub fn unread(&self) -> usize {
        let (ptr, end) = if self.has(flag::IN_BACKUP) {
            (self.save_base, self.save_end)
        } else {
            (self.read_ptr, self.read_end)
        };
        (end as usize).saturating_sub(ptr as usize)
    }

    /// Bytes pushed back and not yet taken.
    pub fn pushed_back(&self) -> usize {
        if self.has(flag::IN_BACKUP) {
            (self.read_end as usize).saturating_sub(self.read_ptr as usize)
        } else {
            0
        }
    }

    /// Bytes pushed back and not yet taken, as far as bytes of the buffer were taken before them.
    pub fn pushed_back_over_input(&self) -> usize {
        // While in the push-back area, `save_base` is where the buffer was left.
        self.pushed_back().min((self.save_base as usize).saturating_sub(self.buf_base as usize))
    }

    /// Bytes put and not yet written.
    pub fn pending(&self) -> usize {
        (self.write_ptr as usize).saturating_sub(self.write_base as usize)
    }

    /// Makes the read pointers show nothing, at the start of the buffer.
    pub fn forget_input(&mut self) {
        self.read_base = self.buf_base;
        self.read_ptr = self.buf_base;
        self.read_end = self.buf_base;
    }

    /// Makes the write pointers show an empty buffer; the header's `putc` macro may use it only while the buffer is for
    /// output and its end is all that sends it.
    pub fn empty_output(&mut self) {
        self.write_base = self.buf_base;
        self.write_ptr = self.buf_base;
        let is_buffered = self.flags & (flag::LINE_BUF | flag::UNBUFFERED | flag::CURRENTLY_PUTTING);
        self.write_end = if is_buffered == flag::CURRENTLY_PUTTING { self.buf_end } else { self.buf_base };
    }
}

/// Sets the orientation if it is not set yet; returns it.
///
/// # Safety
/// `fp` is a stream.
pub unsafe fn orient(fp: *mut File, mode: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if (*fp).mode == 0 {
            (*fp).mode = mode;
            (*fp).is_utf8 = mode > 0 && crate::libc::locale::is_utf8();
        }
        (*fp).mode
    }
}
