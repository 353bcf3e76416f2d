//! From the kernel to `main`: the first code of a program, on its own stack.

use core::arch::naked_asm;
use core::ffi::{c_char, c_int};

use super::exit::exit;
use super::state::state;
use crate::backend::Access;
use crate::loader::plan::{Ifunc, Plan, Seal, Sequence};

/// What the kernel hands to [`startup`], on the guest's stack.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Startup {
    /// What to run first.
    pub plan: *mut Plan,
    /// `e_entry`, or 0 for a shared object with `main`.
    pub entry: usize,
    /// `main` of a shared object.
    pub main: usize,
    /// The start stack.
    pub stack: usize,
    /// `argc`
    pub argc: usize,
    /// `argv`
    pub argv: usize,
    /// `environ`
    pub envp: usize,
    /// The auxiliary vector.
    pub auxv: usize,
}

type Initialiser = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char);
type Main = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;

unsafe fn items<T>(sequence: &Sequence<T>) -> &[T] {
    if sequence.count == 0 {
        return &[];
    }
    // SAFETY: the kernel stored that many.
    unsafe { core::slice::from_raw_parts(sequence.first, sequence.count) }
}

/// Runs resolvers, seals what they wrote to, and runs initialisers.
///
/// # Safety
/// `plan` was made by the loader for the calling program.
pub unsafe fn carry_out(plan: *const Plan, argc: c_int, argv: *mut *mut c_char) {
    // SAFETY: the caller's promise; the functions are the program's own.
    unsafe {
        resolve(&(*plan).ifuncs);
        seal(&(*plan).seals);
        run_initialisers(&(*plan).initialisers, argc, argv);
    }
}

unsafe fn resolve(ifuncs: &Sequence<Ifunc>) {
    // SAFETY: see `carry_out`.
    unsafe {
        for ifunc in items(ifuncs) {
            let resolver: extern "C" fn() -> usize = core::mem::transmute(ifunc.resolver);
            ifunc.place.write_unaligned(resolver().wrapping_add(ifunc.addend));
        }
    }
}

unsafe fn seal(seals: &Sequence<Seal>) {
    // SAFETY: see `carry_out`.
    unsafe {
        for range in items(seals) {
            let access = Access::READ.bits() as i32;
            crate::exports::start::internal::__osvrun_protect(range.start, range.len_bytes, access);
        }
    }
}

/// Runs initialisers with the program's arguments.
///
/// # Safety
/// They are the program's own.
pub unsafe fn run_initialisers(functions: &Sequence<usize>, argc: c_int, argv: *mut *mut c_char) {
    // SAFETY: the caller's promise.
    unsafe {
        for function in items(functions) {
            let function: Initialiser = core::mem::transmute(*function);
            function(argc, argv, state().exit.environ.get());
        }
    }
}

/// Runs the finalisers of every loaded object. Registered as an exit handler when the libraries' initialisers have run: so
/// handlers that those registered run with their library's finalisers, or after all of them, the program's before.
unsafe extern "C" fn run_finalisers() {
    let mut list = core::ptr::null_mut::<Plan>();
    // SAFETY: the row stores one word; the functions are the program's own.
    unsafe {
        let place = crate::boundary::user::UserPtr::new(&raw mut list as usize);
        if crate::exports::start::internal::__osvrun_finalisers(place) != 0 || list.is_null() {
            return;
        }
        for function in items(&(*list).initialisers) {
            let function: extern "C" fn() = core::mem::transmute(*function);
            function();
        }
    }
}

/// The first code of a program.
///
/// # Safety
/// Entered from the kernel, once.
pub unsafe extern "C" fn startup(start: *const Startup) -> ! {
    // SAFETY: the kernel stored it on this stack.
    unsafe {
        let start = start.read();
        let (argc, argv) = (start.argc as c_int, start.argv as *mut *mut c_char);
        let exit_state = &state().exit;
        exit_state.environ.set(start.envp as *mut *mut c_char);
        exit_state.stack_end.set(start.stack);
        exit_state.argv.set(argv);
        exit_state.auxv.get().write(start.auxv as *const [usize; 2]);
        exit_state.stack_guard.set((*super::tcb::tcb()).canary);
        set_names(argv);
        exit_state.initialisers.get().write((*start.plan).program_initialisers);
        carry_out(start.plan, argc, argv);
        if start.entry != 0 {
            jump(start.entry, start.stack, run_finalisers);
        }
        super::exit::atexit(run_finalisers as *const () as usize);
        let main: Main = core::mem::transmute(start.main);
        exit(main(argc, argv, exit_state.environ.get()))
    }
}

/// Sets the program's names from `argv[0]`.
unsafe fn set_names(argv: *mut *mut c_char) {
    // SAFETY: the kernel laid out argv.
    unsafe {
        let name = if (*argv).is_null() { c"".as_ptr().cast_mut() } else { *argv };
        let mut short = name;
        let mut at = name;
        while *at != 0 {
            if *at == b'/' as c_char {
                short = at.add(1);
            }
            at = at.add(1);
        }
        state().exit.full_name.set(name);
        state().exit.short_name.set(short);
    }
}

/// Enters a program at its entry point; `at_exit` stays in RDX, for it to register (psABI, "Process Initialization").
#[unsafe(naked)]
unsafe extern "C" fn jump(entry: usize, stack: usize, at_exit: unsafe extern "C" fn()) -> ! {
    naked_asm!("mov rsp, rsi", "xor ebp, ebp", "mov rax, rdi", "jmp rax")
}

/// `__libc_start_main`
pub unsafe extern "C" fn libc_start_main(
    main: Main,
    argc: c_int,
    argv: *mut *mut c_char,
    init: Option<Initialiser>,
    fini: usize,
    rtld_fini: usize,
    _stack_end: usize,
) -> ! {
    // SAFETY: the program's own functions.
    unsafe {
        if rtld_fini != 0 {
            super::exit::atexit(rtld_fini);
        }
        if fini != 0 {
            super::exit::atexit(fini);
        }
        match init {
            Some(init) => init(argc, argv, state().exit.environ.get()),
            None => run_initialisers(&*state().exit.initialisers.get(), argc, argv),
        }
        exit(main(argc, argv, state().exit.environ.get()))
    }
}
