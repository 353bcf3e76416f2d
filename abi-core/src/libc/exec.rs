//! The forms of exec(3), over execve(2).
#![expect(unsafe_code, reason = "C strings and lists of them")]

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;

use super::malloc::{free, malloc};
use super::state::state;
use super::{errno, set_errno};
use crate::abi;
use crate::boundary::user::{UserPtr, UserStr};
use crate::boundary::variadic::VaList;
use crate::exports::process;
use crate::exports::stdlib_env::getenv;
use crate::variadic;

/// A list of strings that ends with NULL.
type List = *const *const c_char;

/// What runs a file that is no program.
const SHELL: &CStr = c"/bin/sh";
/// Where programs are looked for without `PATH` (`confstr(_CS_PATH)`).
const DEFAULT_PATH: &CStr = c"/bin:/usr/bin";

fn fail(error: c_int) -> c_int {
    set_errno(error);
    -1
}

fn environ() -> List {
    state().exit.environ.get().cast_const().cast()
}

/// Memory of the program's for the length of a call.
struct Block(*mut u8);

impl Block {
    fn of(bytes: usize) -> Option<Self> {
        // SAFETY: any size may be asked for.
        let block = unsafe { malloc(bytes) }.cast::<u8>();
        (!block.is_null()).then_some(Self(block))
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: `of` got it from malloc.
        unsafe { free(self.0.cast()) };
    }
}

/// execve(2)
unsafe fn execve(path: *const c_char, argv: List, envp: List) -> c_int {
    let (argv, envp) = (UserPtr::new(argv as usize), UserPtr::new(envp as usize));
    // SAFETY: the kernel checks the pointers.
    unsafe { process::execve(UserStr::new(path as usize), argv, envp) }
}

/// execv(3)
pub unsafe extern "C" fn execv(path: *const c_char, argv: List) -> c_int {
    // SAFETY: the kernel checks the pointers.
    unsafe { execve(path, argv, environ()) }
}

/// execvp(3)
pub unsafe extern "C" fn execvp(file: *const c_char, argv: List) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { execvpe(file, argv, environ()) }
}

/// execvpe(3)
pub unsafe extern "C" fn execvpe(file: *const c_char, argv: List, envp: List) -> c_int {
    // SAFETY: the caller gives a string.
    let name = unsafe { CStr::from_ptr(file) };
    if name.is_empty() {
        return fail(abi::ENOENT);
    }
    if name.to_bytes().contains(&b'/') {
        // SAFETY: the caller's promise.
        return unsafe { run(file, argv, envp) };
    }
    // SAFETY: a literal.
    let path = unsafe { getenv(c"PATH".as_ptr()) };
    // SAFETY: a variable's value is a string.
    let path = if path.is_null() { DEFAULT_PATH } else { unsafe { CStr::from_ptr(path) } };
    let Some(place) = Block::of(path.count_bytes() + name.count_bytes() + 2) else { return -1 };
    let mut was_denied = false;
    for folder in path.to_bytes().split(|&byte| byte == b':') {
        let mut len = 0;
        let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
        for part in [folder, separator, name.to_bytes_with_nul()] {
            // SAFETY: the block has room for a folder, the slash, the name and its NUL.
            unsafe { place.0.add(len).copy_from_nonoverlapping(part.as_ptr(), part.len()) };
            len += part.len();
        }
        // SAFETY: a string was made there; the rest is the caller's promise.
        unsafe { run(place.0.cast(), argv, envp) };
        match errno() {
            abi::EACCES => was_denied = true,
            abi::ENOENT | abi::ENOTDIR | abi::ESTALE | abi::ENODEV | abi::ETIMEDOUT => {}
            _ => return -1,
        }
    }
    if was_denied { fail(abi::EACCES) } else { -1 }
}

/// Runs a file, by the shell if it is no program (execvp(3)).
unsafe fn run(path: *const c_char, argv: List, envp: List) -> c_int {
    // SAFETY: the kernel checks the pointers.
    let failed = unsafe { execve(path, argv, envp) };
    if errno() != abi::ENOEXEC || argv.is_null() {
        return failed;
    }
    let mut count = 0;
    // SAFETY: the kernel has read the list up to its NULL.
    while unsafe { !(*argv.add(count)).is_null() } {
        count += 1;
    }
    let Some(list) = Block::of((count + 3) * size_of::<*const c_char>()) else { return -1 };
    let list = (list.0.cast::<*const c_char>(), list);
    // The shell, the file, and all arguments but the first.
    // SAFETY: the block has room for two more than the list has, and one.
    unsafe {
        list.0.write(SHELL.as_ptr());
        list.0.add(1).write(path);
        let rest = count.saturating_sub(1);
        list.0.add(2).copy_from_nonoverlapping(argv.add(1), rest);
        list.0.add(2 + rest).write(null());
        execve(SHELL.as_ptr(), list.0, envp)
    }
}

/// Puts the arguments of `execl` and its like into a list; returns it with what comes after the NULL.
unsafe fn collected(args: &mut VaList) -> Option<Block> {
    let mut counted = args.copied();
    let mut count = 1;
    // SAFETY: the caller passed strings and a NULL after them.
    while unsafe { counted.next_u64() } != 0 {
        count += 1;
    }
    let list = Block::of(count * size_of::<usize>())?;
    for at in 0..count {
        // SAFETY: the block has room for all of them, which were counted just now.
        unsafe { list.0.cast::<u64>().add(at).write(args.next_u64()) };
    }
    Some(list)
}

unsafe extern "C" fn vexecl(path: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the variadic wrapper's list, and the caller's promise.
    let Some(list) = (unsafe { collected(&mut *args) }) else { return -1 };
    // SAFETY: the list was made just now.
    unsafe { execve(path, list.0.cast(), environ()) }
}

unsafe extern "C" fn vexeclp(file: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the variadic wrapper's list, and the caller's promise.
    let Some(list) = (unsafe { collected(&mut *args) }) else { return -1 };
    // SAFETY: the list was made just now.
    unsafe { execvpe(file, list.0.cast(), environ()) }
}

unsafe extern "C" fn vexecle(path: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the variadic wrapper's list, and the caller's promise.
    let Some(list) = (unsafe { collected(&mut *args) }) else { return -1 };
    // SAFETY: the environment comes after the NULL.
    unsafe { execve(path, list.0.cast(), (*args).next_u64() as List) }
}

variadic!(
    /// execl(3)
    pub fn execl, fixed 1, vexecl
);
variadic!(
    /// execlp(3)
    pub fn execlp, fixed 1, vexeclp
);
variadic!(
    /// execle(3)
    pub fn execle, fixed 1, vexecle
);

/// fexecve(3)
pub unsafe extern "C" fn fexecve(fd: c_int, argv: List, envp: List) -> c_int {
    if fd < 0 || argv.is_null() || envp.is_null() {
        return fail(abi::EINVAL);
    }
    let (argv, envp) = (UserPtr::new(argv as usize), UserPtr::new(envp as usize));
    let empty = UserStr::new(c"".as_ptr() as usize);
    // SAFETY: the kernel checks the pointers.
    unsafe { process::execveat(fd, empty, argv, envp, abi::AT_EMPTY_PATH) }
}
