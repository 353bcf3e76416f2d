//! The forms of exec(3), over execve(2).
#![expect(unsafe_code, reason = "C strings and lists of them")]

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;

use super::guest_vec::GuestVec;
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
    // SAFETY: the caller's promise.
    unsafe { try_places(file, |path| run(path, argv, envp)) }
}

/// Tries where a program may be, by `PATH`, until one attempt fails for a reason that says more than that it is not
/// there. An attempt that returns has failed and says why in errno.
pub(crate) unsafe fn try_places(
    file: *const c_char,
    mut attempt: impl FnMut(*const c_char) -> c_int,
) -> c_int {
    // SAFETY: the caller gives a string.
    let name = unsafe { CStr::from_ptr(file) };
    if name.is_empty() {
        return fail(abi::ENOENT);
    }
    if name.to_bytes().contains(&b'/') {
        return attempt(file);
    }
    // SAFETY: a literal.
    let path = unsafe { getenv(c"PATH".as_ptr()) };
    // SAFETY: a variable's value is a string.
    let path = if path.is_null() { DEFAULT_PATH } else { unsafe { CStr::from_ptr(path) } };
    let mut place = GuestVec::new();
    let mut was_denied = false;
    for folder in path.to_bytes().split(|&byte| byte == b':') {
        let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
        place.truncate(0);
        for part in [folder, separator, name.to_bytes_with_nul()] {
            if place.extend(part).is_err() {
                return fail(abi::ENOMEM);
            }
        }
        attempt(place.as_ptr().cast());
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
    let mut list = GuestVec::new();
    let mut made = list.extend(&[SHELL.as_ptr(), path]);
    // The shell, the file, and all arguments but the first.
    // SAFETY: the kernel has read the list up to its NULL.
    let mut rest = unsafe { argv.add(usize::from(!(*argv).is_null())) };
    // SAFETY: as above.
    while let Some(argument) = unsafe { rest.as_ref() }.filter(|argument| !argument.is_null()) {
        made = made.and_then(|()| list.push(*argument));
        rest = rest.wrapping_add(1);
    }
    if made.and_then(|()| list.push(null())).is_err() {
        return fail(abi::ENOMEM);
    }
    // SAFETY: the list was made just now.
    unsafe { execve(SHELL.as_ptr(), list.as_ptr(), envp) }
}

/// Puts the arguments of `execl` and its like into a list that ends with NULL; what comes after it stays.
unsafe fn collected(args: &mut VaList) -> Option<GuestVec<*const c_char>> {
    let mut list = GuestVec::new();
    loop {
        // SAFETY: the caller passed strings and a NULL after them.
        let argument = unsafe { args.next_u64() } as *const c_char;
        if list.push(argument).is_err() {
            set_errno(abi::ENOMEM);
            return None;
        }
        if argument.is_null() {
            return Some(list);
        }
    }
}

unsafe extern "C" fn vexecl(path: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the variadic wrapper's list, and the caller's promise.
    let Some(list) = (unsafe { collected(&mut *args) }) else { return -1 };
    // SAFETY: the list was made just now.
    unsafe { execve(path, list.as_ptr(), environ()) }
}

unsafe extern "C" fn vexeclp(file: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the variadic wrapper's list, and the caller's promise.
    let Some(list) = (unsafe { collected(&mut *args) }) else { return -1 };
    // SAFETY: the list was made just now.
    unsafe { execvpe(file, list.as_ptr(), environ()) }
}

unsafe extern "C" fn vexecle(path: *const c_char, args: *mut VaList) -> c_int {
    // SAFETY: the variadic wrapper's list, and the caller's promise.
    let Some(list) = (unsafe { collected(&mut *args) }) else { return -1 };
    // SAFETY: the environment comes after the NULL.
    unsafe { execve(path, list.as_ptr(), (*args).next_u64() as List) }
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
