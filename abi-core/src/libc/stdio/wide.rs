//! Wide characters of streams.
//!
//! A stream keeps bytes. A wide character is decoded when it is taken and encoded when it is put, by the character set
//! the locale had when the stream became wide. A stream of `open_wmemstream` keeps the characters themselves.

use super::file::{EOF, File, WIDE_PUSHBACK, flag, flag2, orient};
use super::printf::Sink;
use super::{get, put};
use crate::abi;
use crate::libc::locale::multibyte::{Conversion, Decoded, ENCODED_BYTES, decode, encode};
use crate::libc::set_errno;

/// `WEOF`, as the `int` that `wint_t` has the size of.
pub const WEOF: i32 = -1;

/// Bytes of a wide character in memory.
pub const UNIT_BYTES: usize = size_of::<i32>();

impl File {
    /// Tells whether the stream keeps wide characters as they are.
    pub fn keeps_characters(&self) -> bool {
        self.flags2 & flag2::WIDE_MEMSTREAM != 0
    }

    /// Bytes that the pushed back wide characters had.
    pub fn wide_pushed_back_bytes(&self) -> usize {
        let pushed = self.wide_pushback.get(..self.wide_pushback_len).unwrap_or(&[]);
        pushed.iter().map(|&c| encode(c as u32, self.is_utf8).map_or(1, |(_, len)| len)).sum()
    }
}

/// Makes the stream wide if it has no orientation yet; false if it is one of bytes.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn is_wide(fp: *mut File) -> bool {
    // SAFETY: the caller's promise.
    unsafe { orient(fp, 1) > 0 }
}

/// Takes the next wide character (getwc_unlocked(3)); [`WEOF`] at the end, on an error, or where bytes are no character.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn take(fp: *mut File) -> i32 {
    // SAFETY: the caller's promise; bytes are read between the stream's read pointers.
    unsafe {
        if !is_wide(fp) {
            return WEOF;
        }
        if let Some(last) = (*fp).wide_pushback_len.checked_sub(1) {
            (*fp).wide_pushback_len = last;
            return (*fp).wide_pushback[last];
        }
        let state = (&raw mut (*fp).read_state).cast::<Conversion>();
        loop {
            if (*fp).read_ptr >= (*fp).read_end && get::fill(fp) == EOF {
                if (*state).missing != 0 && (*fp).has(flag::EOF_SEEN) {
                    return illegal(fp);
                }
                return WEOF;
            }
            let ready = (*fp).read_end as usize - (*fp).read_ptr as usize;
            let at = |i| *(*fp).read_ptr.add(i);
            match decode(at, ready, &mut *state, (*fp).is_utf8) {
                Decoded::Character(c, used) => {
                    (*fp).read_ptr = (*fp).read_ptr.add(used);
                    return c as i32;
                }
                Decoded::Incomplete => (*fp).read_ptr = (*fp).read_end,
                Decoded::Invalid => return illegal(fp),
            }
        }
    }
}

unsafe fn illegal(fp: *mut File) -> i32 {
    // SAFETY: a locked stream.
    unsafe { (*fp).flags |= flag::ERR_SEEN };
    set_errno(abi::EILSEQ);
    WEOF
}

/// Takes a line of at most `room - 1` characters (fgetws(3)); false when nothing came or an error did.
///
/// # Safety
/// `fp` is a locked stream and `to` has `room` characters.
pub unsafe fn line(fp: *mut File, to: *mut i32, room: usize) -> bool {
    if room == 0 {
        return false;
    }
    // SAFETY: the caller's promise.
    unsafe {
        let old_error = (*fp).flags & flag::ERR_SEEN;
        (*fp).flags &= !flag::ERR_SEEN;
        let mut len = 0;
        while len < room - 1 {
            let c = take(fp);
            if c == WEOF {
                break;
            }
            *to.add(len) = c;
            len += 1;
            if c == i32::from(b'\n') {
                break;
            }
        }
        let failed = (*fp).has(flag::ERR_SEEN) && crate::libc::errno() != abi::EAGAIN;
        (*fp).flags |= old_error;
        if failed || len == 0 && room > 1 {
            return false;
        }
        *to.add(len) = 0;
        true
    }
}

/// Pushes a character back (ungetwc(3)).
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn push_back(fp: *mut File, c: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        if !is_wide(fp) || c == WEOF || (*fp).wide_pushback_len == WIDE_PUSHBACK {
            return WEOF;
        }
        if get::prepare(fp) == EOF {
            return WEOF;
        }
        (*fp).wide_pushback[(*fp).wide_pushback_len] = c;
        (*fp).wide_pushback_len += 1;
        (*fp).flags &= !flag::EOF_SEEN;
        c
    }
}

/// Puts a character (putwc_unlocked(3)).
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn put(fp: *mut File, c: i32) -> i32 {
    // SAFETY: the caller's promise.
    if unsafe { put_all(fp, &[c]) } == 1 { c } else { WEOF }
}

/// Puts characters; returns how many got into the buffer or further.
///
/// # Safety
/// `fp` is a locked stream.
pub unsafe fn put_all(fp: *mut File, characters: &[i32]) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        if !is_wide(fp) {
            return 0;
        }
        let mut bytes = [0; 256];
        let mut done = 0;
        for part in characters.chunks(bytes.len() / ENCODED_BYTES) {
            let mut len = 0;
            for &c in part {
                let (unit, n) = external(fp, c);
                bytes[len..len + n].copy_from_slice(&unit[..n]);
                len += n;
            }
            if !put::all(fp, &bytes[..len]) {
                return done;
            }
            done += part.len();
        }
        done
    }
}

/// Returns what a character is outside, and how long. One that the character set lacks becomes `?`, as with glibc.
unsafe fn external(fp: *mut File, c: i32) -> ([u8; ENCODED_BYTES], usize) {
    // SAFETY: a locked stream.
    unsafe {
        if (*fp).keeps_characters() {
            let [one, two, three, four] = c.to_ne_bytes();
            return ([one, two, three, four, 0, 0], UNIT_BYTES);
        }
        encode(c as u32, (*fp).is_utf8).unwrap_or(([b'?', 0, 0, 0, 0, 0], 1))
    }
}

/// Takes formatted text for a locked wide stream, and puts it in large pieces.
#[derive(Debug)]
pub struct WideStream {
    fp: *mut File,
    characters: [i32; 256],
    len: usize,
}

impl WideStream {
    /// Gathers for `fp`.
    ///
    /// # Safety
    /// It is a wide stream, locked as long as this lives.
    pub unsafe fn new(fp: *mut File) -> Self {
        Self { fp, characters: [0; 256], len: 0 }
    }

    /// Puts what is left; false if that failed.
    pub fn finish(&mut self) -> bool {
        let n = core::mem::take(&mut self.len);
        // SAFETY: the promise of `new`'s caller.
        unsafe { put_all(self.fp, &self.characters[..n]) == n }
    }
}

impl Sink<i32> for WideStream {
    fn stream(&mut self) -> Option<*mut File> {
        self.finish().then_some(self.fp)
    }

    fn put(&mut self, mut characters: &[i32]) -> bool {
        loop {
            let room = self.characters.len() - self.len;
            let (now, later) = characters.split_at(characters.len().min(room));
            self.characters[self.len..self.len + now.len()].copy_from_slice(now);
            self.len += now.len();
            if later.is_empty() {
                return true;
            }
            characters = later;
            if !self.finish() {
                return false;
            }
        }
    }
}
