//! Process start and end: exit handlers, the program's names, the auxiliary vector.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

use super::malloc;
use super::state::{DataObject, state};
use crate::loader::plan::Sequence;

/// Handlers there is room for without malloc, as POSIX asks.
const HANDLERS_AT_HAND: usize = 32;

/// One exit handler.
#[repr(C)]
#[derive(Clone, Copy)]
struct Handler {
    /// `fn(argument, status)`, 0 in an entry that is done.
    function: usize,
    argument: *mut c_void,
    /// `on_exit` passes (status, argument), the others (argument).
    is_on_exit: bool,
    /// The object it belongs to (`__dso_handle`).
    object: *mut c_void,
}

const NO_HANDLER: Handler = Handler {
    function: 0,
    argument: core::ptr::null_mut(),
    is_on_exit: false,
    object: core::ptr::null_mut(),
};

/// A stack of handlers.
#[repr(C)]
struct Handlers {
    at_hand: [Handler; HANDLERS_AT_HAND],
    more: *mut Handler,
    capacity: usize,
    count: usize,
}

impl Handlers {
    const fn new() -> Self {
        Self { at_hand: [NO_HANDLER; HANDLERS_AT_HAND], more: core::ptr::null_mut(), capacity: 0, count: 0 }
    }

    fn slot(&mut self, index: usize) -> *mut Handler {
        match index.checked_sub(HANDLERS_AT_HAND) {
            None => &raw mut self.at_hand[index],
            // SAFETY: indices below `count` lie within the capacity.
            Some(index) => unsafe { self.more.add(index) },
        }
    }

    fn push(&mut self, handler: Handler) -> bool {
        if self.count >= HANDLERS_AT_HAND + self.capacity {
            let capacity = (self.capacity * 2).max(64);
            // SAFETY: `more` is null or came from realloc.
            let more = unsafe { malloc::realloc(self.more.cast(), capacity * size_of::<Handler>()) };
            if more.is_null() {
                return false;
            }
            self.more = more.cast();
            self.capacity = capacity;
        }
        let slot = self.slot(self.count);
        // SAFETY: there is room for it.
        unsafe { slot.write(handler) };
        self.count += 1;
        true
    }
}

/// A program's exit handlers and its names.
#[repr(C)]
pub struct ExitState {
    /// `environ`, `__environ`, `_environ`
    pub environ: DataObject<*mut *mut c_char>,
    /// `program_invocation_name`, `__progname_full`
    pub full_name: DataObject<*mut c_char>,
    /// `program_invocation_short_name`, `__progname`
    pub short_name: DataObject<*mut c_char>,
    /// `__libc_enable_secure`
    pub is_secure: DataObject<c_int>,
    /// `_dl_argv`, `__libc_argv`
    pub argv: DataObject<*mut *mut c_char>,
    /// `__stack_chk_guard` of programs that use the global one.
    pub stack_guard: DataObject<usize>,
    /// `__libc_stack_end`: where the start stack begins, `argc` first.
    pub stack_end: DataObject<usize>,
    /// The auxiliary vector.
    pub auxv: UnsafeCell<*const [usize; 2]>,
    /// The program's initialisers, which `__libc_start_main` runs.
    pub initialisers: UnsafeCell<Sequence<usize>>,
    lock: AtomicU32,
    handlers: UnsafeCell<Handlers>,
    quick: UnsafeCell<Handlers>,
}

impl ExitState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            environ: DataObject::new(core::ptr::null_mut()),
            full_name: DataObject::new(core::ptr::null_mut()),
            short_name: DataObject::new(core::ptr::null_mut()),
            is_secure: DataObject::new(0),
            argv: DataObject::new(core::ptr::null_mut()),
            stack_guard: DataObject::new(0),
            stack_end: DataObject::new(0),
            auxv: UnsafeCell::new(core::ptr::null()),
            initialisers: UnsafeCell::new(Sequence { first: core::ptr::null(), count: 0 }),
            lock: AtomicU32::new(0),
            handlers: UnsafeCell::new(Handlers::new()),
            quick: UnsafeCell::new(Handlers::new()),
        }
    }

    /// Runs `body` alone on the handlers.
    fn with<T>(&self, kind: Kind, body: impl FnOnce(&mut Handlers) -> T) -> T {
        while self.lock.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            core::hint::spin_loop();
        }
        let handlers = match kind {
            Kind::Exit => self.handlers.get(),
            Kind::Quick => self.quick.get(),
        };
        // SAFETY: the lock word makes this thread the only one.
        let result = body(unsafe { &mut *handlers });
        self.lock.store(0, Ordering::Release);
        result
    }
}

impl Default for ExitState {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Exit,
    Quick,
}

fn register(kind: Kind, handler: Handler) -> c_int {
    if state().exit.with(kind, |handlers| handlers.push(handler)) { 0 } else { -1 }
}

/// `__cxa_atexit`
pub unsafe extern "C" fn cxa_atexit(function: usize, argument: *mut c_void, object: *mut c_void) -> c_int {
    register(Kind::Exit, Handler { function, argument, is_on_exit: false, object })
}

/// atexit(3)
pub unsafe extern "C" fn atexit(function: usize) -> c_int {
    register(Kind::Exit, Handler { function, ..NO_HANDLER })
}

/// on_exit(3)
pub unsafe extern "C" fn on_exit(function: usize, argument: *mut c_void) -> c_int {
    register(Kind::Exit, Handler { function, argument, is_on_exit: true, ..NO_HANDLER })
}

/// at_quick_exit(3), also as `__cxa_at_quick_exit`.
pub unsafe extern "C" fn at_quick_exit(function: usize) -> c_int {
    register(Kind::Quick, Handler { function, ..NO_HANDLER })
}

unsafe fn call(handler: &Handler, status: c_int) {
    // SAFETY: the program registered this function with this signature.
    unsafe {
        if handler.is_on_exit {
            let function: extern "C" fn(c_int, *mut c_void) = core::mem::transmute(handler.function);
            function(status, handler.argument);
        } else {
            let function: extern "C" fn(*mut c_void) = core::mem::transmute(handler.function);
            function(handler.argument);
        }
    }
}

/// Runs handlers, the last one first, until none is left: one may register more.
unsafe fn run(kind: Kind, status: c_int) {
    loop {
        let next = state().exit.with(kind, |handlers| {
            handlers.count = handlers.count.checked_sub(1)?;
            let slot = handlers.slot(handlers.count);
            // SAFETY: entries up to the count were written.
            Some(unsafe { slot.read() })
        });
        match next {
            None => return,
            Some(handler) if handler.function == 0 => {}
            // SAFETY: the program registered it.
            Some(handler) => unsafe { call(&handler, status) },
        }
    }
}

/// `__cxa_finalize`: runs the handlers of an object that is going away; of all for NULL.
pub unsafe extern "C" fn cxa_finalize(object: *mut c_void) {
    loop {
        let next = state().exit.with(Kind::Exit, |handlers| {
            (0..handlers.count).rev().find_map(|index| {
                let slot = handlers.slot(index);
                // SAFETY: entries up to the count were written.
                let handler = unsafe { slot.read() };
                if handler.function == 0 || (!object.is_null() && handler.object != object) {
                    return None;
                }
                // SAFETY: as above.
                unsafe { (*slot).function = 0 };
                Some(handler)
            })
        });
        match next {
            None => return,
            // SAFETY: the program registered it.
            Some(handler) => unsafe { call(&handler, 0) },
        }
    }
}

/// exit(3)
pub unsafe extern "C" fn exit(status: c_int) -> ! {
    // SAFETY: these are the program's own functions.
    unsafe {
        super::pthread::thread::run_thread_destructors();
        run(Kind::Exit, status);
    }
    super::stdio::flush_all();
    end(status)
}

/// quick_exit(3)
pub unsafe extern "C" fn quick_exit(status: c_int) -> ! {
    // SAFETY: these are the program's own functions.
    unsafe { run(Kind::Quick, status) };
    end(status)
}

/// _exit(2)
pub fn end(status: c_int) -> ! {
    // SAFETY: it takes any status.
    unsafe { crate::exports::process::_exit(status) };
    loop {
        core::hint::spin_loop();
    }
}

/// Says what went wrong in the library and ends the program as abort(3) does.
pub fn abort_with(message: &str) -> ! {
    // SAFETY: the message is readable.
    unsafe { crate::exports::start::internal::__osvrun_fatal(message.as_ptr() as usize, message.len()) };
    loop {
        core::hint::spin_loop();
    }
}

/// `__stack_chk_fail`: a function's frame was overwritten.
pub unsafe extern "C" fn stack_chk_fail() -> ! {
    super::stdlib::fortify::fail(b"*** stack smashing detected ***: terminated\n")
}

/// getauxval(3)
pub unsafe extern "C" fn getauxval(kind: usize) -> usize {
    // SAFETY: startup stored the vector, which ends with AT_NULL.
    unsafe {
        let mut entry = *state().exit.auxv.get();
        while !entry.is_null() && (*entry)[0] != 0 {
            if (*entry)[0] == kind {
                return (*entry)[1];
            }
            entry = entry.add(1);
        }
    }
    super::set_errno(crate::abi::ENOENT);
    0
}
