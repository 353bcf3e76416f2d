//! `stdio.h`: streams and their bytes.

use core::ffi::{c_char, c_int, c_long, c_void};
use core::ptr::null_mut;

use crate::libc::state::state;
use crate::libc::stdio::cookie::open_cookie;
use crate::libc::stdio::file::{BUFSIZ, CookieIo, EOF, File, flag};
use crate::libc::stdio::lock::{self, Guard};
use crate::libc::stdio::open::Mode;
use crate::libc::stdio::position::{self, Buffering};
use crate::libc::stdio::{flush_output, get, memory, open, put, sys, temporary};
use crate::libc::string::{TEXT_BYTES, errors};
use crate::libc::{errno, set_errno};
use crate::{abi, data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

pub unsafe extern "C" fn fopen(path: *const c_char, mode: *const c_char) -> *mut File {
    // SAFETY: fopen(3)'s two strings.
    unsafe { open::open(path, mode) }
}

pub unsafe extern "C" fn fdopen(fd: c_int, mode: *const c_char) -> *mut File {
    // SAFETY: fdopen(3)'s string; a descriptor may be any number.
    unsafe { open::open_descriptor(fd, mode) }
}

pub unsafe extern "C" fn freopen(path: *const c_char, mode: *const c_char, fp: *mut File) -> *mut File {
    // SAFETY: freopen(3)'s strings (the path may be NULL) and open stream.
    unsafe { open::reopen(path, mode, fp) }
}

/// The functions come by value on the stack, after the two register arguments.
pub unsafe extern "C" fn fopencookie(cookie: *mut c_void, mode: *const c_char, io: CookieIo) -> *mut File {
    // SAFETY: fopencookie(3)'s string; the functions are only stored.
    match unsafe { Mode::from_c(mode) } {
        Some(mode) => open_cookie(cookie, io, mode.stream, 0),
        None => null_mut(),
    }
}

pub unsafe extern "C" fn fmemopen(buf: *mut c_void, size: usize, mode: *const c_char) -> *mut File {
    // SAFETY: fmemopen(3)'s string and, unless NULL, `size` bytes that outlive the stream.
    unsafe { memory::open_fixed(buf.cast(), size, mode) }
}

pub unsafe extern "C" fn open_memstream(buffer: *mut *mut c_char, size: *mut usize) -> *mut File {
    // SAFETY: open_memstream(3)'s two places, which outlive the stream.
    unsafe { memory::open_growing(buffer.cast(), size, 1) }
}

pub extern "C" fn tmpfile() -> *mut File {
    open::open_temporary()
}

pub unsafe extern "C" fn tmpnam(name: *mut c_char) -> *mut c_char {
    let mut path = [0; 20];
    if !temporary::unused_path(b"/tmp", b"file", &mut path) {
        return null_mut();
    }
    let to = if name.is_null() { state().stdio.tmpnam.address().cast::<u8>() } else { name.cast() };
    // SAFETY: the program's buffer holds L_tmpnam (20) bytes, and so does the one in the state.
    unsafe { core::ptr::copy_nonoverlapping(path.as_ptr(), to, 20) };
    to.cast()
}

pub unsafe extern "C" fn tmpnam_r(name: *mut c_char) -> *mut c_char {
    // SAFETY: as tmpnam(3), with a buffer of the program's.
    if name.is_null() { null_mut() } else { unsafe { tmpnam(name) } }
}

pub unsafe extern "C" fn fclose(fp: *mut File) -> c_int {
    // SAFETY: fclose(3)'s open stream, which the caller gives up.
    unsafe { open::close(fp) }
}

pub extern "C" fn fcloseall() -> c_int {
    open::close_all()
}

pub unsafe extern "C" fn fflush(fp: *mut File) -> c_int {
    if fp.is_null() {
        return flush_output();
    }
    // SAFETY: an open stream; the guard keeps other threads out of it.
    unsafe {
        let _guard = Guard::new(fp);
        position::sync(fp)
    }
}

pub unsafe extern "C" fn fflush_unlocked(fp: *mut File) -> c_int {
    // SAFETY: an open stream that the caller has locked, or that no other thread uses.
    if fp.is_null() { flush_output() } else { unsafe { position::sync(fp) } }
}

pub unsafe extern "C" fn setvbuf(fp: *mut File, buf: *mut c_char, mode: c_int, size: usize) -> c_int {
    let mode = match mode {
        abi::_IOFBF => Buffering::Full,
        abi::_IOLBF => Buffering::Line,
        abi::_IONBF => Buffering::None,
        _ => return EOF,
    };
    // SAFETY: an open stream, kept by the guard, and a buffer that lives as long as it (setvbuf(3)).
    unsafe {
        let _guard = Guard::new(fp);
        position::set_buffer(fp, buf.cast(), mode, size)
    }
}

pub unsafe extern "C" fn setbuf(fp: *mut File, buf: *mut c_char) {
    // SAFETY: setbuf(3) is setbuffer(3) with BUFSIZ bytes.
    unsafe { setbuffer(fp, buf, BUFSIZ) }
}

pub unsafe extern "C" fn setbuffer(fp: *mut File, buf: *mut c_char, size: usize) {
    let mode = if buf.is_null() { Buffering::None } else { Buffering::Full };
    // SAFETY: an open stream, kept by the guard, and `size` bytes that live as long as it.
    unsafe {
        let _guard = Guard::new(fp);
        position::set_buffer(fp, buf.cast(), mode, size);
    }
}

pub unsafe extern "C" fn setlinebuf(fp: *mut File) {
    // SAFETY: an open stream; no buffer is passed.
    unsafe { setvbuf(fp, null_mut(), abi::_IOLBF, 0) };
}

pub unsafe extern "C" fn fread_unlocked(to: *mut c_void, size: usize, count: usize, fp: *mut File) -> usize {
    let total = size.saturating_mul(count);
    if total == 0 {
        return 0;
    }
    // SAFETY: a stream the caller has locked, and room for `total` bytes.
    let done = unsafe { get::bytes(fp, to.cast(), total) };
    if done == total { count } else { done / size }
}

pub unsafe extern "C" fn fread(to: *mut c_void, size: usize, count: usize, fp: *mut File) -> usize {
    // SAFETY: an open stream, kept by the guard, and room for the elements.
    unsafe {
        let _guard = Guard::new(fp);
        fread_unlocked(to, size, count, fp)
    }
}

pub unsafe extern "C" fn fread_chk(
    to: *mut c_void,
    room: usize,
    size: usize,
    count: usize,
    fp: *mut File,
) -> usize {
    if size.checked_mul(count).is_none_or(|total| total > room) {
        sys::buffer_overflow();
    }
    // SAFETY: fread(3)'s promises, and `room` has just been checked.
    unsafe { fread(to, size, count, fp) }
}

pub unsafe extern "C" fn fwrite_unlocked(
    from: *const c_void,
    size: usize,
    count: usize,
    fp: *mut File,
) -> usize {
    let total = size.saturating_mul(count);
    // SAFETY: an open stream that the caller has locked.
    if total == 0 || unsafe { (*fp).mode > 0 } {
        return 0;
    }
    // SAFETY: the same stream, and `total` readable bytes.
    let done = unsafe { put::bytes(fp, core::slice::from_raw_parts(from.cast(), total)) };
    if done == total { count } else { done / size }
}

pub unsafe extern "C" fn fwrite(from: *const c_void, size: usize, count: usize, fp: *mut File) -> usize {
    // SAFETY: an open stream, kept by the guard, and the elements to write.
    unsafe {
        let _guard = Guard::new(fp);
        fwrite_unlocked(from, size, count, fp)
    }
}

pub unsafe extern "C" fn sgetn(fp: *mut File, to: *mut c_void, len_bytes: usize) -> usize {
    // SAFETY: an open stream that the caller has locked, and room for `len_bytes`.
    unsafe { get::bytes(fp, to.cast(), len_bytes) }
}

pub unsafe extern "C" fn fgetc(fp: *mut File) -> c_int {
    // SAFETY: an open stream; the guard keeps other threads out of it.
    unsafe {
        let _guard = Guard::new(fp);
        get::byte(fp)
    }
}

pub unsafe extern "C" fn getc_unlocked(fp: *mut File) -> c_int {
    // SAFETY: an open stream that the caller has locked.
    unsafe { get::byte(fp) }
}

pub extern "C" fn getchar() -> c_int {
    // SAFETY: stdin, which the program may have replaced by another open stream.
    unsafe { fgetc(state().stdio.stdin.get()) }
}

pub extern "C" fn getchar_unlocked() -> c_int {
    // SAFETY: the same, locked by the caller.
    unsafe { get::byte(state().stdio.stdin.get()) }
}

/// What the header's `getc_unlocked` calls when the buffer is empty.
pub unsafe extern "C" fn uflow(fp: *mut File) -> c_int {
    // SAFETY: an open stream that the caller has locked.
    unsafe { get::byte(fp) }
}

pub unsafe extern "C" fn underflow(fp: *mut File) -> c_int {
    // SAFETY: an open stream that the caller has locked.
    unsafe { get::underflow(fp) }
}

/// What the header's `putc_unlocked` calls when the buffer is full; with EOF, writes the buffer out.
pub unsafe extern "C" fn overflow(fp: *mut File, c: c_int) -> c_int {
    // SAFETY: an open stream that the caller has locked.
    unsafe { if c == EOF { put::flush(fp) } else { put::overflow(fp, c as u8) } }
}

pub unsafe extern "C" fn ungetc(c: c_int, fp: *mut File) -> c_int {
    if c == EOF {
        return EOF;
    }
    // SAFETY: an open stream; the guard keeps other threads out of it.
    unsafe {
        let _guard = Guard::new(fp);
        get::push_back(fp, c as u8)
    }
}

pub unsafe extern "C" fn fputc(c: c_int, fp: *mut File) -> c_int {
    // SAFETY: an open stream; the guard keeps other threads out of it.
    unsafe {
        let _guard = Guard::new(fp);
        put::byte(fp, c as u8)
    }
}

pub unsafe extern "C" fn putc_unlocked(c: c_int, fp: *mut File) -> c_int {
    // SAFETY: an open stream that the caller has locked.
    unsafe { put::byte(fp, c as u8) }
}

pub extern "C" fn putchar(c: c_int) -> c_int {
    // SAFETY: stdout, which the program may have replaced by another open stream.
    unsafe { fputc(c, state().stdio.stdout.get()) }
}

pub extern "C" fn putchar_unlocked(c: c_int) -> c_int {
    // SAFETY: the same, locked by the caller.
    unsafe { put::byte(state().stdio.stdout.get(), c as u8) }
}

pub unsafe extern "C" fn fputs_unlocked(text: *const c_char, fp: *mut File) -> c_int {
    // SAFETY: a string, and an open stream that the caller has locked.
    unsafe {
        let bytes = crate::libc::c_str(text).to_bytes();
        if (*fp).mode > 0 || !put::all(fp, bytes) { EOF } else { 1 }
    }
}

pub unsafe extern "C" fn fputs(text: *const c_char, fp: *mut File) -> c_int {
    // SAFETY: an open stream, kept by the guard, and a string.
    unsafe {
        let _guard = Guard::new(fp);
        fputs_unlocked(text, fp)
    }
}

pub unsafe extern "C" fn puts(text: *const c_char) -> c_int {
    // SAFETY: a string; stdout is an open stream, kept by the guard.
    unsafe {
        let stdout = state().stdio.stdout.get();
        let _guard = Guard::new(stdout);
        let bytes = crate::libc::c_str(text).to_bytes();
        let is_done = (*stdout).mode <= 0 && put::all(stdout, bytes) && put::byte(stdout, b'\n') != EOF;
        if is_done { (bytes.len() + 1).min(i32::MAX as usize) as c_int } else { EOF }
    }
}

pub unsafe extern "C" fn fgets_unlocked(to: *mut c_char, size: c_int, fp: *mut File) -> *mut c_char {
    // SAFETY: room for `size` bytes, and an open stream that the caller has locked.
    unsafe { get::line(fp, to.cast(), usize::try_from(size).unwrap_or(0)).cast() }
}

pub unsafe extern "C" fn fgets(to: *mut c_char, size: c_int, fp: *mut File) -> *mut c_char {
    // SAFETY: room for `size` bytes, and an open stream, kept by the guard.
    unsafe {
        let _guard = Guard::new(fp);
        fgets_unlocked(to, size, fp)
    }
}

pub unsafe extern "C" fn fgets_chk(to: *mut c_char, room: usize, size: c_int, fp: *mut File) -> *mut c_char {
    if usize::try_from(size).is_ok_and(|size| size > room) {
        sys::buffer_overflow();
    }
    // SAFETY: fgets(3)'s promises, and `room` has just been checked.
    unsafe { fgets(to, size, fp) }
}

pub unsafe extern "C" fn gets(to: *mut c_char) -> *mut c_char {
    // SAFETY: gets(3) trusts its caller to have room for any line.
    unsafe { gets_chk(to, usize::MAX) }
}

pub unsafe extern "C" fn gets_chk(to: *mut c_char, room: usize) -> *mut c_char {
    // SAFETY: stdin is an open stream, kept by the guard; no more than `room` bytes are written.
    unsafe {
        let stdin = state().stdio.stdin.get();
        let _guard = Guard::new(stdin);
        let mut len = 0;
        loop {
            let c = get::byte(stdin);
            if c == EOF && (len == 0 || (*stdin).has(flag::ERR_SEEN)) {
                return null_mut();
            }
            if len >= room {
                sys::buffer_overflow();
            }
            if c == EOF || c == i32::from(b'\n') {
                *to.add(len) = 0;
                return to;
            }
            *to.add(len) = c as c_char;
            len += 1;
        }
    }
}

pub unsafe extern "C" fn getdelim(
    line: *mut *mut c_char,
    room: *mut usize,
    delimiter: c_int,
    fp: *mut File,
) -> isize {
    if line.is_null() || room.is_null() {
        set_errno(abi::EINVAL);
        return -1;
    }
    // SAFETY: both places are there: NULL, or malloc's block of that size, as getdelim(3) asks.
    unsafe {
        let _guard = Guard::new(fp);
        get::delimited(fp, line.cast(), room, delimiter as u8)
    }
}

pub unsafe extern "C" fn getline(line: *mut *mut c_char, room: *mut usize, fp: *mut File) -> isize {
    // SAFETY: getline(3) is getdelim(3) with a newline.
    unsafe { getdelim(line, room, c_int::from(b'\n'), fp) }
}

pub unsafe extern "C" fn getw(fp: *mut File) -> c_int {
    let mut word = 0;
    // SAFETY: the word is ours and four bytes long; an open stream.
    if unsafe { fread((&raw mut word).cast(), 4, 1, fp) } == 1 { word } else { EOF }
}

pub unsafe extern "C" fn putw(word: c_int, fp: *mut File) -> c_int {
    // SAFETY: the word is ours and four bytes long; an open stream.
    if unsafe { fwrite((&raw const word).cast(), 4, 1, fp) } == 1 { 0 } else { EOF }
}

pub unsafe extern "C" fn fseek(fp: *mut File, offset: c_long, whence: c_int) -> c_int {
    // SAFETY: an open stream; the guard keeps other threads out of it.
    unsafe {
        let _guard = Guard::new(fp);
        position::seek(fp, offset, whence)
    }
}

pub unsafe extern "C" fn ftell(fp: *mut File) -> c_long {
    // SAFETY: an open stream; the guard keeps other threads out of it.
    unsafe {
        let _guard = Guard::new(fp);
        position::tell(fp)
    }
}

pub unsafe extern "C" fn rewind(fp: *mut File) {
    // SAFETY: an open stream; the guard keeps other threads out of it.
    unsafe {
        let _guard = Guard::new(fp);
        position::seek(fp, 0, abi::SEEK_SET);
        (*fp).flags &= !(flag::EOF_SEEN | flag::ERR_SEEN);
    }
}

/// glibc's `fpos_t`: the offset, then a conversion state.
pub unsafe extern "C" fn fgetpos(fp: *mut File, to: *mut i64) -> c_int {
    // SAFETY: an open stream and an `fpos_t`.
    unsafe {
        let _guard = Guard::new(fp);
        let at = position::tell(fp);
        if at < 0 {
            if errno() == 0 {
                set_errno(abi::EIO);
            }
            return -1;
        }
        *to = at;
        let state = to.add(1).cast::<[u32; 2]>();
        *state = if (*fp).mode > 0 { (*fp).read_state } else { [0; 2] };
        0
    }
}

pub unsafe extern "C" fn fsetpos(fp: *mut File, from: *const i64) -> c_int {
    // SAFETY: an open stream and an `fpos_t` that fgetpos(3) filled.
    unsafe {
        let _guard = Guard::new(fp);
        let result = position::seek(fp, *from, abi::SEEK_SET);
        if result == 0 && (*fp).mode > 0 {
            (*fp).read_state = *from.add(1).cast::<[u32; 2]>();
        }
        result
    }
}

pub unsafe extern "C" fn feof(fp: *mut File) -> c_int {
    // SAFETY: an open stream; one flag is read.
    c_int::from(unsafe { (*fp).has(flag::EOF_SEEN) })
}

pub unsafe extern "C" fn ferror(fp: *mut File) -> c_int {
    // SAFETY: an open stream; one flag is read.
    c_int::from(unsafe { (*fp).has(flag::ERR_SEEN) })
}

pub unsafe extern "C" fn clearerr(fp: *mut File) {
    // SAFETY: an open stream that no other thread uses meanwhile, or that is locked.
    unsafe { (*fp).flags &= !(flag::EOF_SEEN | flag::ERR_SEEN) };
}

pub unsafe extern "C" fn fileno(fp: *mut File) -> c_int {
    // SAFETY: an open stream.
    unsafe {
        if (*fp).is_cookie() || (*fp).fileno < 0 {
            set_errno(abi::EBADF);
            return -1;
        }
        (*fp).fileno
    }
}

pub unsafe extern "C" fn flockfile(fp: *mut File) {
    // SAFETY: an open stream: its lock lives as long as it.
    unsafe { lock::lock(fp) }
}

pub unsafe extern "C" fn ftrylockfile(fp: *mut File) -> c_int {
    // SAFETY: an open stream: its lock lives as long as it.
    c_int::from(!unsafe { lock::try_lock(fp) })
}

pub unsafe extern "C" fn funlockfile(fp: *mut File) {
    // SAFETY: an open stream that this thread has locked.
    unsafe { lock::unlock(fp) }
}

pub unsafe extern "C" fn perror(prefix: *const c_char) {
    // SAFETY: a string or NULL; stderr is an open stream.
    unsafe {
        let mut room = [0; TEXT_BYTES];
        let message = errors::error_message(errno(), &mut room).to_bytes();
        let prefix: &[u8] = if prefix.is_null() { b"" } else { crate::libc::c_str(prefix).to_bytes() };
        let colon: &[u8] = if prefix.is_empty() { b"" } else { b": " };
        let stderr = state().stdio.stderr.get();
        let _guard = Guard::new(stderr);
        let orientation = (*stderr).mode;
        super::stdio_printf::print_to(stderr, &[prefix, colon, message, b"\n"]);
        // A stream without an orientation is left without one.
        (*stderr).mode = orientation;
    }
}

pub unsafe extern "C" fn popen(_command: *const c_char, _mode: *const c_char) -> *mut File {
    set_errno(abi::ENOSYS);
    null_mut()
}

pub unsafe extern "C" fn pclose(_fp: *mut File) -> c_int {
    set_errno(abi::ECHILD);
    -1
}

pub unsafe extern "C" fn ctermid(to: *mut c_char) -> *mut c_char {
    let path = c"/dev/tty";
    if to.is_null() {
        return path.as_ptr().cast_mut();
    }
    // SAFETY: the program's buffer holds L_ctermid (9) bytes, which the path is.
    unsafe { core::ptr::copy_nonoverlapping(path.as_ptr(), to, path.count_bytes() + 1) };
    to
}

pure_exports! { "libc.so.6";
    full fopen = fopen;
    full _IO_fopen = fopen;
    full fopen64 = fopen;
    full fdopen = fdopen;
    full _IO_fdopen = fdopen;
    full freopen = freopen;
    full freopen64 = freopen;
    full fopencookie = fopencookie;
    full fmemopen = fmemopen;
    full open_memstream = open_memstream;
    full tmpfile = tmpfile;
    full tmpfile64 = tmpfile;
    full tmpnam = tmpnam;
    full tmpnam_r = tmpnam_r;
    full tempnam = crate::libc::files::names::tempnam;
    full fclose = fclose;
    full _IO_fclose = fclose;
    full fcloseall = fcloseall;
    full fflush = fflush;
    full _IO_fflush = fflush;
    full fflush_unlocked = fflush_unlocked;
    full setvbuf = setvbuf;
    full _IO_setvbuf = setvbuf;
    full setbuf = setbuf;
    full setbuffer = setbuffer;
    full _IO_setbuffer = setbuffer;
    full setlinebuf = setlinebuf;
    full fread = fread;
    full _IO_fread = fread;
    full fread_unlocked = fread_unlocked;
    full __fread_chk = fread_chk;
    full __fread_unlocked_chk = fread_chk;
    full fwrite = fwrite;
    full _IO_fwrite = fwrite;
    full fwrite_unlocked = fwrite_unlocked;
    full fgetc = fgetc;
    full getc = fgetc;
    full _IO_getc = fgetc;
    full getc_unlocked = getc_unlocked;
    full fgetc_unlocked = getc_unlocked;
    full _IO_getc_unlocked = getc_unlocked;
    full getchar = getchar;
    full getchar_unlocked = getchar_unlocked;
    full __uflow = uflow;
    full __underflow = underflow;
    full __overflow = overflow;
    full ungetc = ungetc;
    full _IO_ungetc = ungetc;
    full fputc = fputc;
    full putc = fputc;
    full _IO_putc = fputc;
    full putc_unlocked = putc_unlocked;
    full fputc_unlocked = putc_unlocked;
    full _IO_putc_unlocked = putc_unlocked;
    full putchar = putchar;
    full putchar_unlocked = putchar_unlocked;
    full fputs = fputs;
    full _IO_fputs = fputs;
    full fputs_unlocked = fputs_unlocked;
    full puts = puts;
    full _IO_puts = puts;
    full fgets = fgets;
    full _IO_fgets = fgets;
    full fgets_unlocked = fgets_unlocked;
    full __fgets_chk = fgets_chk;
    full __fgets_unlocked_chk = fgets_chk;
    full gets = gets;
    full _IO_gets = gets;
    full __gets_chk = gets_chk;
    full getdelim = getdelim;
    full __getdelim = getdelim;
    full getline = getline;
    full getw = getw;
    full putw = putw;
    full fseek = fseek;
    full fseeko = fseek;
    full fseeko64 = fseek;
    full ftell = ftell;
    full _IO_ftell = ftell;
    full ftello = ftell;
    full ftello64 = ftell;
    full rewind = rewind;
    full fgetpos = fgetpos;
    full _IO_fgetpos = fgetpos;
    full fgetpos64 = fgetpos;
    full _IO_fgetpos64 = fgetpos;
    full fsetpos = fsetpos;
    full _IO_fsetpos = fsetpos;
    full fsetpos64 = fsetpos;
    full _IO_fsetpos64 = fsetpos;
    full feof = feof;
    full feof_unlocked = feof;
    full _IO_feof = feof;
    full _IO_feof_unlocked = feof;
    full ferror = ferror;
    full ferror_unlocked = ferror;
    full _IO_ferror = ferror;
    full _IO_ferror_unlocked = ferror;
    full clearerr = clearerr;
    full clearerr_unlocked = clearerr;
    full fileno = fileno;
    full fileno_unlocked = fileno;
    full flockfile = flockfile;
    full _IO_flockfile = flockfile;
    full ftrylockfile = ftrylockfile;
    full _IO_ftrylockfile = ftrylockfile;
    full funlockfile = funlockfile;
    full _IO_funlockfile = funlockfile;
    full perror = perror;
    full ctermid = ctermid;
    full _IO_sgetn = sgetn;
    unsupported("there is one process: ENOSYS") popen = popen;
    unsupported("there is one process: ENOSYS") _IO_popen = popen;
    unsupported("popen opens nothing: ECHILD") pclose = pclose;
}

data_exports! { "libc.so.6";
    full stdin = stdio.stdin: *mut File;
    full stdout = stdio.stdout: *mut File;
    full stderr = stdio.stderr: *mut File;
    partial("a copy of it in the program is another one") _IO_2_1_stdin_ = stdio.stdin_file: File;
    partial("a copy of it in the program is another one") _IO_2_1_stdout_ = stdio.stdout_file: File;
    partial("a copy of it in the program is another one") _IO_2_1_stderr_ = stdio.stderr_file: File;
}
