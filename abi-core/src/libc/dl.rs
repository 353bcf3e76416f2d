//! `dlfcn.h` and `link.h`: the part that runs in the program.

use core::arch::naked_asm;
use core::ffi::{c_char, c_int, c_void};

use super::guest_vec::GuestVec;
use super::pthread::mutex::{pthread_mutex_lock, pthread_mutex_unlock};
use super::pthread::undo;
use super::state::state;
use super::tcb::tcb;
use crate::abi::{Dl_info, dl_phdr_info};
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::dlfcn::internal as kernel;
use crate::loader::plan::Plan;

/// Room for the text of `dlerror`.
pub const ERROR_BYTES: usize = 512;

/// A thread's own part.
#[repr(C)]
pub struct DlFields {
    /// What `dlerror` returns.
    text: [u8; ERROR_BYTES],
    /// Whether there is an error that `dlerror` has not told yet.
    is_pending: bool,
}

fn fields() -> *mut DlFields {
    // SAFETY: the control block lives as long as its thread.
    unsafe { &raw mut (*tcb()).dl }
}

/// Where the kernel puts the text of an error.
fn error_text() -> UserPtr<u8> {
    UserPtr::new(fields() as usize)
}

fn note_error() {
    // SAFETY: the calling thread's own fields.
    unsafe { (*fields()).is_pending = true };
}

fn set_error(text: &[u8]) {
    let len = text.len().min(ERROR_BYTES - 1);
    // SAFETY: the calling thread's own fields.
    unsafe {
        let place = (&raw mut (*fields()).text).cast::<u8>();
        place.copy_from_nonoverlapping(text.as_ptr(), len);
        *place.add(len) = 0;
    }
    note_error();
}

/// dlerror(3)
pub unsafe extern "C" fn dlerror() -> *mut c_char {
    // SAFETY: the calling thread's own fields.
    unsafe {
        if !core::mem::replace(&mut (*fields()).is_pending, false) {
            return core::ptr::null_mut();
        }
        (&raw mut (*fields()).text).cast()
    }
}

/// Calls `body` holding the lock that lets one thread at a time open and close libraries, until their initialisers have
/// run; it is recursive, for initialisers that open others.
fn with_load_lock<T>(body: impl FnOnce() -> T) -> T {
    let lock = (&raw const state().pthread.load_lock).cast_mut();
    // SAFETY: the program's own mutex, which lives as long as it.
    unsafe { pthread_mutex_lock(lock) };
    let result = body();
    // SAFETY: taken above.
    unsafe { pthread_mutex_unlock(lock) };
    result
}

/// An initialiser was left by an exception, or with its thread.
unsafe extern "C" fn give_load_lock_back(_: *mut c_void) {
    // SAFETY: `with_load_lock` took it in the frame that is left.
    unsafe { pthread_mutex_unlock((&raw const state().pthread.load_lock).cast_mut()) };
}

/// Runs a plan; the load lock is held.
unsafe fn run(plan: *const Plan) {
    // SAFETY: the loader made the plan.
    unsafe { undo::call(carry_out, plan.cast_mut().cast(), give_load_lock_back, core::ptr::null_mut()) };
}

unsafe extern "C" fn carry_out(plan: *mut c_void) {
    let plan: *const Plan = plan.cast();
    let argv = state().exit.argv.get();
    let mut argc = 0;
    // SAFETY: argv ends with NULL; the loader made the plan.
    unsafe {
        while !(*argv.add(argc)).is_null() {
            argc += 1;
        }
        super::startup::carry_out(plan, argc as c_int, argv);
        kernel::__osvrun_dl_done(plan as usize);
    }
}

/// dlopen(3)
#[unsafe(naked)]
pub unsafe extern "C" fn dlopen(name: *const c_char, mode: c_int) -> *mut c_void {
    naked_asm!("mov rdx, [rsp]", "jmp {}", sym open_from)
}

unsafe extern "C" fn open_from(name: *const c_char, mode: c_int, caller: usize) -> *mut c_void {
    with_load_lock(|| {
        let mut opened = [0usize; 2];
        // SAFETY: the row stores two words, and a text if it fails.
        unsafe {
            let out = UserPtr::new(&raw mut opened as usize);
            if kernel::__osvrun_dl_open(UserStr::new(name as usize), mode, caller, out, error_text()) != 0 {
                note_error();
                return core::ptr::null_mut();
            }
            if opened[1] != 0 {
                run(opened[1] as *const Plan);
            }
        }
        opened[0] as *mut c_void
    })
}

/// dlmopen(3)
pub unsafe extern "C" fn dlmopen(namespace: isize, name: *const c_char, mode: c_int) -> *mut c_void {
    if namespace != 0 {
        set_error(b"dlmopen: only the base namespace is supported");
        return core::ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    unsafe { open_from(name, mode, 0) }
}

/// dlclose(3)
pub unsafe extern "C" fn dlclose(handle: *mut c_void) -> c_int {
    with_load_lock(|| {
        let mut plan = core::ptr::null::<Plan>();
        let place = &raw mut plan;
        // SAFETY: the rows store one word, and a text if they fail; the functions are the program's own.
        unsafe {
            let out = UserPtr::new(place as usize);
            let mut failed = kernel::__osvrun_dl_close(handle as usize, out, error_text()) != 0;
            // What the finalisers closed has finalisers of its own.
            while !failed && !place.read().is_null() {
                run(place.read());
                failed = kernel::__osvrun_dl_unload(out, error_text()) != 0;
            }
            if failed {
                note_error();
                return -1;
            }
        }
        0
    })
}

/// dlsym(3)
#[unsafe(naked)]
pub unsafe extern "C" fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void {
    naked_asm!("xor edx, edx", "mov rcx, [rsp]", "jmp {}", sym symbol_from)
}

/// dlvsym(3)
#[unsafe(naked)]
pub unsafe extern "C" fn dlvsym(
    handle: *mut c_void,
    name: *const c_char,
    version: *const c_char,
) -> *mut c_void {
    naked_asm!("mov rcx, [rsp]", "jmp {}", sym symbol_from)
}

unsafe extern "C" fn symbol_from(
    handle: *mut c_void,
    name: *const c_char,
    version: *const c_char,
    caller: usize,
) -> *mut c_void {
    let mut found = [0usize; 3];
    // SAFETY: the row stores three words, and a text if it fails.
    unsafe {
        let out = UserPtr::new(&raw mut found as usize);
        let (name, version) = (UserStr::new(name as usize), UserStr::new(version as usize));
        if kernel::__osvrun_dl_sym(handle as usize, name, version, caller, out, error_text()) != 0 {
            note_error();
            return core::ptr::null_mut();
        }
        match found {
            [1, resolver, _] => {
                let resolver: extern "C" fn() -> *mut c_void = core::mem::transmute(resolver);
                resolver()
            }
            [2, module, offset] => {
                let index = [module, offset];
                crate::loader::tls::tls_get_addr((&raw const index).cast()).cast()
            }
            [_, address, _] => address as *mut c_void,
        }
    }
}

/// dladdr(3)
pub unsafe extern "C" fn dladdr(address: *const c_void, info: *mut Dl_info) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { dladdr1(address, info, core::ptr::null_mut(), 0) }
}

/// dladdr1(3)
pub unsafe extern "C" fn dladdr1(
    address: *const c_void,
    info: *mut Dl_info,
    extra: *mut *mut c_void,
    flags: c_int,
) -> c_int {
    const SYMENT: c_int = 1;
    const LINKMAP: c_int = 2;
    let mut words = [0usize; 6];
    // SAFETY: the row stores six words; `Dl_info` is four of them.
    unsafe {
        if kernel::__osvrun_dl_addr(address as usize, UserPtr::new(&raw mut words as usize)) != 0 {
            return 0;
        }
        // The program's own name is empty among the objects; here it is what it was started by.
        if *(words[0] as *const u8) == 0 {
            words[0] = *state().exit.argv.get() as usize;
        }
        info.cast::<[usize; 4]>().write([words[0], words[1], words[2], words[3]]);
        match flags {
            SYMENT => *extra = words[5] as *mut c_void,
            LINKMAP => *extra = words[4] as *mut c_void,
            _ => {}
        }
    }
    1
}

/// `Dl_serinfo`, before its [`Folder`]s.
#[repr(C)]
struct SearchInfo {
    size: usize,
    count: u32,
}

/// `Dl_serpath`
#[repr(C)]
struct Folder {
    name: *mut u8,
    flags: u32,
}

/// Returns the names of the folders in which what an object needs is looked for, each with its NUL.
unsafe fn folders_of(handle: *mut c_void) -> Option<GuestVec<u8>> {
    let (mut names, mut len) = (GuestVec::<u8>::new(), 0);
    loop {
        // SAFETY: the row stores no more than there is room for.
        let needed = unsafe {
            let out = UserPtr::new(names.as_ptr().addr());
            usize::try_from(kernel::__osvrun_dl_places(handle as usize, out, len)).ok()?
        };
        if needed <= len {
            names.truncate(needed);
            return Some(names);
        }
        (names, len) = (GuestVec::filled(0u8, needed).ok()?, needed);
    }
}

/// Stores as many folders as the caller has counted, and their text behind them.
unsafe fn put_folders<'a>(out: *mut SearchInfo, folders: impl Iterator<Item = &'a [u8]>) {
    // SAFETY: the caller has room for what `RTLD_DI_SERINFOSIZE` said.
    unsafe {
        let count = (*out).count as usize;
        let first = out.add(1).cast::<Folder>();
        let mut text = first.add(count).cast::<u8>();
        for (at, name) in folders.take(count).enumerate() {
            text.copy_from_nonoverlapping(name.as_ptr(), name.len());
            first.add(at).write(Folder { name: text, flags: 0 });
            text = text.add(name.len());
        }
    }
}

/// Returns the calling thread's block of a module; 0 if it has none yet.
unsafe fn thread_block(module: usize) -> usize {
    // SAFETY: the thread's vector, whose first word is how many modules it knows.
    unsafe {
        let dtv = (*tcb()).dtv.cast::<usize>();
        if module != 0 && module <= *dtv { *dtv.add(module) } else { 0 }
    }
}

/// dlinfo(3)
pub unsafe extern "C" fn dlinfo(handle: *mut c_void, request: c_int, out: *mut c_void) -> c_int {
    const LMID: c_int = 1;
    const LINKMAP: c_int = 2;
    const SEARCH: c_int = 4;
    const SEARCH_SIZE: c_int = 5;
    const ORIGIN: c_int = 6;
    const TLS_MODID: c_int = 9;
    const TLS_DATA: c_int = 10;
    // SAFETY: the caller gives what the request stores.
    unsafe {
        let mut module = 0usize;
        let folder = if request == ORIGIN { out as usize } else { 0 };
        let place = UserPtr::new(&raw mut module as usize);
        if kernel::__osvrun_dl_info(handle as usize, place, UserPtr::new(folder), error_text()) != 0 {
            note_error();
            return -1;
        }
        match request {
            LMID => *out.cast::<isize>() = 0,
            LINKMAP => *out.cast::<*mut c_void>() = handle,
            TLS_MODID => *out.cast::<usize>() = module,
            TLS_DATA => *out.cast::<usize>() = thread_block(module),
            SEARCH | SEARCH_SIZE => {
                let Some(folders) = folders_of(handle) else {
                    set_error(b"cannot allocate memory");
                    return -1;
                };
                let folders = folders.split_inclusive(|&byte| byte == 0);
                if request == SEARCH {
                    put_folders(out.cast(), folders);
                } else {
                    let count = folders.clone().count();
                    let text: usize = folders.map(<[u8]>::len).sum();
                    (*out.cast::<SearchInfo>()).size =
                        size_of::<SearchInfo>() + count * size_of::<Folder>() + text;
                    (*out.cast::<SearchInfo>()).count = count as u32;
                }
            }
            ORIGIN => {}
            _ => {
                set_error(b"unsupported dlinfo request");
                return -1;
            }
        }
    }
    0
}

type PhdrCallback = unsafe extern "C" fn(*mut dl_phdr_info, usize, *mut c_void) -> c_int;

/// dl_iterate_phdr(3)
pub unsafe extern "C" fn dl_iterate_phdr(callback: PhdrCallback, data: *mut c_void) -> c_int {
    for index in 0.. {
        let mut words = [0usize; 8];
        // SAFETY: the row stores seven words; `dl_phdr_info` has a half-word third field padded to eight bytes.
        unsafe {
            if kernel::__osvrun_dl_phdr(index, UserPtr::new(&raw mut words as usize)) != 0 {
                return 0;
            }
            words[7] = thread_block(words[6]);
            let result = callback((&raw mut words).cast(), size_of::<[usize; 8]>(), data);
            if result != 0 {
                return result;
            }
        }
    }
    0
}

/// `_dl_find_object`: what libgcc's unwinder asks.
pub unsafe extern "C" fn dl_find_object(address: *mut c_void, result: *mut [usize; 5]) -> c_int {
    // SAFETY: the row stores five words, the start of `struct dl_find_object`.
    unsafe { kernel::__osvrun_dl_find(address as usize, UserPtr::new(result as usize)) }
}
