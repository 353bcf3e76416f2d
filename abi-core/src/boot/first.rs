//! The first thread: mounts the root, loads the program and enters it.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::stage::{self, Stage};
use crate::abi;
use crate::backend::{Access, ExitStatus};
use crate::boundary::guest::{GuestStart, enter_guest};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::libc::startup::{Startup, startup};
use crate::libc::state::LibcState;
use crate::loader::error::{LoadError, LoadResult};
use crate::loader::load::{Loaded, Start, load_program, open_program};
use crate::loader::map::map_anonymous;
use crate::loader::{script, stack, tls};
use crate::mm::Placement;

/// The length of the first thread's stack.
const STACK_BYTES: usize = 8 << 20;
/// Inaccessible addresses below it.
const STACK_GUARD_BYTES: usize = 64 << 10;
/// How much of the stack arguments and environment may take.
const MAX_ARGUMENT_BYTES: usize = STACK_BYTES / 4;

/// The libc data a program starts with.
static INITIAL_LIBC: LibcState = LibcState::new();

/// Runs the machine's program.
pub(super) fn run(cx: Context<'static>) -> ! {
    let boot = &cx.kernel.boot;
    if let Err(errno) = cx.mount_root() {
        crate::log::note(format_args!("the root can't be mounted: {errno}"));
        cx.kernel.backend.power_off(ExitStatus::Panic);
    }
    stage::reached(Stage::Root, cx.kernel.backend);
    let started = script::resolve(cx, &boot.program, &boot.args)
        .and_then(|(program, args)| load(cx, &program, &args, &boot.env));
    let failed = match started {
        Ok(start) => {
            stage::reached(Stage::Program, cx.kernel.backend);
            enter(&start)
        }
        Err(error) => error,
    };
    crate::log::note(format_args!("{}", failed.text));
    cx.kernel.backend.power_off(ExitStatus::Code(failed.status))
}

#[expect(unsafe_code, reason = "enters the guest")]
fn enter(start: &GuestStart) -> ! {
    // SAFETY: `load` set the thread pointer and made the stack; `startup` is the guest's first code.
    unsafe { enter_guest(start) }
}

/// Brings a program into memory for the calling thread, ready to be entered.
pub(super) fn load(
    cx: Context<'_>,
    path: &[u8],
    args: &[Vec<u8>],
    env: &[Vec<u8>],
) -> LoadResult<GuestStart> {
    let program = &cx.thread.program;
    let failed = |errno| LoadError::failed(path, "starting", errno);
    let image = open_program(cx, path)?;
    program.libc.store(make_libc(cx).map_err(failed)?, Ordering::Release);
    let loaded = load_program(cx, image, env)?;
    let tcb = tls::allocate(cx, program).map_err(failed)?;
    UserPtr::new(tcb as usize + core::mem::offset_of!(crate::libc::tcb::Tcb, thread))
        .write(core::ptr::from_ref(cx.thread) as usize)
        .map_err(failed)?;
    cx.thread.tcb.store(tcb as usize, Ordering::Release);
    let start = make_stack(cx, path, &loaded, args, env).map_err(failed)?;
    set_thread_pointer(cx, tcb as usize);
    Ok(start)
}

#[expect(unsafe_code, reason = "sets FS")]
fn set_thread_pointer(cx: Context<'_>, base: usize) {
    // SAFETY: the control block lives as long as the thread.
    unsafe { cx.kernel.backend.set_thread_pointer(base) };
}

/// Makes the program's libc data.
#[expect(unsafe_code, reason = "reads a static as bytes and completes the copy")]
fn make_libc(cx: Context<'_>) -> abi::Result<usize> {
    let access = Access::READ | Access::WRITE;
    let address = map_anonymous(cx, Placement::Anywhere, size_of::<LibcState>(), access, "[libc]")?;
    // SAFETY: nothing ever writes this static; it is copied byte by byte.
    let bytes = unsafe {
        core::slice::from_raw_parts((&raw const INITIAL_LIBC).cast::<u8>(), size_of::<LibcState>())
    };
    crate::boundary::user::copy_out(address, bytes)?;
    // SAFETY: the state was just made there, and nothing of the program runs yet.
    unsafe { &*(address as *const LibcState) }.init_in_place();
    Ok(address)
}

/// Makes the main stack with what a program finds there.
fn make_stack(
    cx: Context<'_>,
    path: &[u8],
    loaded: &Loaded,
    args: &[Vec<u8>],
    env: &[Vec<u8>],
) -> abi::Result<GuestStart> {
    let whole = STACK_BYTES + STACK_GUARD_BYTES;
    let access = Access::READ | Access::WRITE;
    let start = map_anonymous(cx, Placement::Anywhere, whole, access, "[stack]")?;
    cx.kernel.mm.protect(start, STACK_GUARD_BYTES, Access::empty())?;
    let mut random = [0; 16];
    crate::loader::random_bytes(cx, &mut random);
    let (headers, header_count) = loaded.program_headers;
    let auxiliary = [
        (abi::AT_HWCAP, u64::from(core::arch::x86_64::__cpuid(1).edx)),
        (abi::AT_PAGESZ, 4096),
        (abi::AT_CLKTCK, 100),
        (abi::AT_PHDR, headers as u64),
        (abi::AT_PHENT, 56),
        (abi::AT_PHNUM, header_count as u64),
        (abi::AT_BASE, 0),
        (abi::AT_FLAGS, 0),
        (abi::AT_ENTRY, loaded.entry as u64),
        (abi::AT_UID, 0),
        (abi::AT_EUID, 0),
        (abi::AT_GID, 0),
        (abi::AT_EGID, 0),
        (abi::AT_SECURE, 0),
        (abi::AT_HWCAP2, 0),
    ];
    let contents = stack::Contents { args, env, program: path, random, auxiliary: &auxiliary };
    let made = stack::build(start + whole, MAX_ARGUMENT_BYTES, &contents)?;
    let (entry, main) = match loaded.start {
        Start::Entry(entry) => (entry, 0),
        Start::Main(main) => (0, main),
    };
    // The library's own first frames lie below the program's.
    let place = made.rsp - size_of::<Startup>().next_multiple_of(16);
    cx.kernel.tasks.auxv.store(made.auxv, Ordering::Relaxed);
    let words = [loaded.plan as usize, entry, main, made.rsp, args.len(), made.argv, made.envp, made.auxv];
    UserPtr::<usize>::new(place).write_many(&words)?;
    UserPtr::<usize>::new(place - 8).write(0)?;
    Ok(GuestStart { rip: startup as *const () as usize, rsp: place - 8, rdi: place, rsi: 0, rdx: 0 })
}
