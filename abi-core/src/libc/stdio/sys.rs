//! What the C library asks of the kernel, called as a program calls it.

use core::ffi::{c_char, c_int, c_void};

use crate::abi;

/// Calls the exported function of this name, or fails with `ENOSYS` while there is none.
#[cfg(not(any(test, fuzzing)))]
macro_rules! kernel {
    ($name:literal, $ret:ty, $($arg:expr => $ty:ty),*) => {{
        match crate::exports::find($name.as_bytes()) {
            Some(export) if !export.address.is_null() => {
                // SAFETY: the symbol's C signature.
                let call: unsafe extern "C" fn($($ty),*) -> $ret = unsafe { core::mem::transmute(export.address) };
                // SAFETY: the kernel checks what it is given.
                unsafe { call($($arg),*) }
            }
            _ => {
                crate::libc::set_errno(abi::ENOSYS);
                -1
            }
        }
    }};
}

/// As above, in unit tests: the host's function.
#[cfg(any(test, fuzzing))]
macro_rules! kernel {
    ($name:literal, $ret:ty, $($arg:expr => $ty:ty),*) => {{
        // SAFETY: the test's own memory.
        let result = unsafe { host_call($name, [$($arg as usize),*].as_slice()) };
        result as $ret
    }};
}

#[cfg(any(test, fuzzing))]
unsafe fn host_call(name: &str, arguments: &[usize]) -> isize {
    let number = match name {
        "read" => abi::SYS_read,
        "write" => abi::SYS_write,
        "lseek" => abi::SYS_lseek,
        "open" => abi::SYS_open,
        "close" => abi::SYS_close,
        "fstat" => abi::SYS_fstat,
        "fcntl" => abi::SYS_fcntl,
        "unlink" => abi::SYS_unlink,
        "dup3" => abi::SYS_dup3,
        "rmdir" => abi::SYS_rmdir,
        _ => return -1,
    };
    let at = |i: usize| arguments.get(i).copied().unwrap_or(0);
    let result: isize;
    // SAFETY: a Linux system call of the test process; the tests give it their own memory.
    unsafe {
        core::arch::asm!("syscall", inlateout("rax") number as isize => result, in("rdi") at(0), in("rsi") at(1),
            in("rdx") at(2), in("r10") at(3), out("rcx") _, out("r11") _);
    }
    if result < 0 {
        crate::libc::set_errno(-result as i32);
        return -1;
    }
    result
}

/// read(2)
pub fn read(fd: i32, buf: *mut u8, len_bytes: usize) -> isize {
    kernel!("read", isize, fd => c_int, buf.cast::<c_void>() => *mut c_void, len_bytes => usize)
}

/// write(2)
pub fn write(fd: i32, buf: *const u8, len_bytes: usize) -> isize {
    kernel!("write", isize, fd => c_int, buf.cast::<c_void>() => *const c_void, len_bytes => usize)
}

/// Writes all of `bytes`, going on after a short write; false on an error.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let n = write(fd, bytes.as_ptr(), bytes.len());
        if n < 0 {
            return false;
        }
        bytes = bytes.get(n as usize..).unwrap_or(&[]);
    }
    true
}

/// lseek(2)
pub fn lseek(fd: i32, offset: i64, whence: i32) -> i64 {
    kernel!("lseek", i64, fd => c_int, offset => i64, whence => c_int)
}

/// open(2)
pub fn open(path: *const c_char, flags: i32, mode: u32) -> i32 {
    kernel!("open", i32, path => *const c_char, flags => c_int, mode => u32)
}

/// close(2)
pub fn close(fd: i32) -> i32 {
    kernel!("close", i32, fd => c_int)
}

/// unlink(2)
pub fn unlink(path: *const c_char) -> i32 {
    kernel!("unlink", i32, path => *const c_char)
}

/// rmdir(2)
pub fn rmdir(path: *const c_char) -> i32 {
    kernel!("rmdir", i32, path => *const c_char)
}

/// dup3(2)
pub fn dup3(old: i32, new: i32, flags: i32) -> i32 {
    kernel!("dup3", i32, old => c_int, new => c_int, flags => c_int)
}

/// fcntl(2) with an integer argument
pub fn fcntl(fd: i32, command: i32, argument: usize) -> i32 {
    kernel!("fcntl", i32, fd => c_int, command => c_int, argument => usize)
}

/// fstat(2)
pub fn fstat(fd: i32) -> Option<abi::stat> {
    // SAFETY: all-zero is a value of every field.
    let mut stat: abi::stat = unsafe { core::mem::zeroed() };
    let result = kernel!("fstat", i32, fd => c_int, &raw mut stat => *mut abi::stat);
    (result == 0).then_some(stat)
}

/// Tells whether `fd` is a terminal; leaves errno alone.
pub fn is_terminal(fd: i32) -> bool {
    let errno = crate::libc::errno();
    let answer = kernel!("isatty", i32, fd => c_int);
    crate::libc::set_errno(errno);
    answer == 1
}

/// Sleeps while `*word` is `value`; may return early.
pub fn wait_while(word: *mut u32, value: u32) {
    #[cfg(not(any(test, fuzzing)))]
    let _: i32 =
        kernel!("__osvrun_futex_wait", i32, word => *mut u32, value => u32, u64::MAX => u64, 0 => c_int);
    #[cfg(any(test, fuzzing))]
    {
        let _ = (word, value);
        std::thread::yield_now();
    }
}

/// Wakes one sleeper of `word`.
pub fn wake_one(word: *mut u32) {
    #[cfg(not(any(test, fuzzing)))]
    let _: i32 = kernel!("__osvrun_futex_wake", i32, word => *mut u32, 1 => u32);
    #[cfg(any(test, fuzzing))]
    let _ = word;
}

/// Tells whether the program can write at `address`, as `/proc/self/maps` has it; false where that can't be read.
pub fn is_writable(address: usize) -> bool {
    let fd = open(c"/proc/self/maps".as_ptr(), abi::O_RDONLY | abi::O_CLOEXEC, 0);
    if fd < 0 {
        return false;
    }
    let mut answer = false;
    // A line starts with `START-END PERM`; states: 0 start, 1 end, 2 permissions, 3 the rest.
    let (mut state, mut start, mut end, mut column) = (0, 0usize, 0usize, 0);
    let mut chunk = [0u8; 512];
    loop {
        let n = read(fd, chunk.as_mut_ptr(), chunk.len());
        if n <= 0 {
            break;
        }
        for &byte in &chunk[..(n as usize).min(512)] {
            match (state, byte) {
                (_, b'\n') => (state, start, end, column) = (0, 0, 0, 0),
                (0, b'-') => state = 1,
                (1, b' ') => state = 2,
                (0, _) => start = start << 4 | hex(byte),
                (1, _) => end = end << 4 | hex(byte),
                (2, _) => {
                    answer |= column == 1 && byte == b'w' && (start..end).contains(&address);
                    column += 1;
                    state = if column > 1 { 3 } else { 2 };
                }
                _ => {}
            }
        }
    }
    close(fd);
    answer
}

fn hex(digit: u8) -> usize {
    (digit as char).to_digit(16).unwrap_or(0) as usize
}

/// Ends the program with `SIGABRT`.
pub fn abort() -> ! {
    #[cfg(not(any(test, fuzzing)))]
    {
        let _: i32 = kernel!("abort", i32,);
        let _: i32 = kernel!("_exit", i32, 134 => c_int);
        loop {
            core::hint::spin_loop();
        }
    }
    #[cfg(any(test, fuzzing))]
    panic!("abort");
}

/// Ends the program as glibc does when a `_chk` function finds its buffer too small.
pub fn buffer_overflow() -> ! {
    write_all(2, b"*** buffer overflow detected ***: terminated\n");
    abort()
}

/// Makes a function that converts a C string to a number by the exported function of this name.
macro_rules! conversion {
    ($(#[$attr:meta])* $rust:ident, $name:ident, $ty:ty) => {
        $(#[$attr])*
        ///
        /// # Safety
        /// `text` is a C string.
        pub unsafe fn $rust(text: *const c_char) -> $ty {
            #[cfg(test)]
            unsafe extern "C" {
                fn $name(text: *const c_char, end: *mut *mut c_char) -> $ty;
            }
            #[cfg(test)]
            // SAFETY: the caller's promise.
            return unsafe { $name(text, core::ptr::null_mut()) };
            #[cfg(not(test))]
            match crate::exports::find(stringify!($name).as_bytes()) {
                Some(export) => {
                    // SAFETY: the symbol's C signature.
                    let convert: unsafe extern "C" fn(*const c_char, *mut *mut c_char) -> $ty =
                        // SAFETY: the symbol's C signature, as declared above.
                        unsafe { core::mem::transmute(export.address) };
                    // SAFETY: the caller's promise.
                    unsafe { convert(text, core::ptr::null_mut()) }
                }
                None => 0.0,
            }
        }
    };
}
conversion!(
    /// strtod(3)
    string_to_double, strtod, f64
);
conversion!(
    /// strtof(3)
    string_to_float, strtof, f32
);

/// strtold(3): stores the ten bytes, which the function returns on the x87 stack.
///
/// # Safety
/// `text` is a C string and `to` has room for a `long double`.
pub unsafe fn string_to_extended(text: *const c_char, to: *mut u8) {
    let Some(export) = crate::exports::find(b"strtold") else { return };
    // SAFETY: a C function whose result is left in st(0) and popped from there.
    unsafe {
        core::arch::asm!(
            "call rax",
            "fstp tbyte ptr [r12]",
            in("rdi") text,
            in("rsi") 0usize,
            inlateout("rax") export.address => _,
            in("r12") to,
            clobber_abi("C"),
        );
    }
}

/// getenv(3); null while there is no such function.
pub fn environment(name: &core::ffi::CStr) -> *const c_char {
    match crate::exports::find(b"getenv") {
        Some(export) if !cfg!(test) => {
            // SAFETY: the symbol's C signature.
            let getenv: unsafe extern "C" fn(*const c_char) -> *const c_char =
                unsafe { core::mem::transmute(export.address) };
            // SAFETY: a C string.
            unsafe { getenv(name.as_ptr()) }
        }
        _ => core::ptr::null(),
    }
}

/// The time now (time(2)).
pub fn now() -> i64 {
    kernel!("time", i64, core::ptr::null_mut::<i64>() => *mut i64)
}

/// Returns the value of an exported `char *` object of this name; null while there is none.
fn text_object(name: &[u8]) -> *const c_char {
    let Some(export) = crate::exports::find(name) else { return core::ptr::null() };
    let crate::exports::Kind::Data { offset_bytes, .. } = export.kind else { return core::ptr::null() };
    let state = core::ptr::from_ref(crate::libc::state::state()).cast::<u8>();
    // SAFETY: the row says that a data object of this type lies there.
    unsafe {
        (*state.add(usize::from(offset_bytes)).cast::<crate::libc::state::DataObject<*const c_char>>()).get()
    }
}

/// Returns `program_invocation_short_name`.
pub fn program_short_name() -> *const c_char {
    text_object(b"program_invocation_short_name")
}

/// Returns `program_invocation_name`.
pub fn program_name() -> *const c_char {
    text_object(b"program_invocation_name")
}

/// exit(3)
pub fn exit(status: i32) -> ! {
    #[cfg(not(any(test, fuzzing)))]
    {
        let _: i32 = kernel!("exit", i32, status => c_int);
        abort()
    }
    #[cfg(any(test, fuzzing))]
    panic!("exit {status}");
}

/// Returns the address of a symbol of the program or its libraries; null if there is none.
pub fn program_symbol(name: &core::ffi::CStr) -> *const () {
    match crate::exports::find(b"dlsym") {
        Some(export) if !cfg!(test) => {
            // SAFETY: the symbol's C signature.
            let dlsym: unsafe extern "C" fn(usize, *const c_char) -> *const () =
                unsafe { core::mem::transmute(export.address) };
            // SAFETY: 0 is `RTLD_DEFAULT`.
            unsafe { dlsym(0, name.as_ptr()) }
        }
        _ => core::ptr::null(),
    }
}

/// dladdr(3), into file, base, symbol and its address
pub fn address_info(address: *mut c_void, info: &mut [usize; 4]) -> bool {
    match crate::exports::find(b"dladdr") {
        Some(export) if !cfg!(test) => {
            // SAFETY: the symbol's C signature.
            let dladdr: unsafe extern "C" fn(*mut c_void, *mut usize) -> c_int =
                unsafe { core::mem::transmute(export.address) };
            // SAFETY: `Dl_info` is four words.
            unsafe { dladdr(address, info.as_mut_ptr()) != 0 }
        }
        _ => false,
    }
}
