//! Bringing a program into memory for its first thread: libc data, image and libraries, thread control block, stack.

use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::elf::ElfImage;
use super::error::{LoadError, LoadResult};
use super::load::{Loaded, Start, load_program};
use super::map::map_anonymous;
use super::{stack, tls};
use crate::abi;
use crate::backend::Access;
use crate::boundary::guest::GuestStart;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::libc::startup::{Startup, startup};
use crate::libc::state::LibcState;
use crate::mm::Placement;

/// The least length of the first thread's stack.
const STACK_BYTES: usize = 8 << 20;
/// The most that a limit can make of it.
const MAX_STACK_BYTES: usize = 1 << 30;
/// Inaccessible addresses below it.
const STACK_GUARD_BYTES: usize = 64 << 10;
/// How much of it is there when the program starts.
const STACK_START_BYTES: usize = 64 << 10;
/// How much of the stack arguments and environment may take.
pub const MAX_ARGUMENT_BYTES: usize = STACK_BYTES / 4;

/// The libc data a program starts with.
static INITIAL_LIBC: LibcState = LibcState::new();

/// What a program is started with.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// The path it was started by (`AT_EXECFN`).
    pub path: &'a [u8],
    /// `argv`
    pub args: &'a [Vec<u8>],
    /// `environ`
    pub env: &'a [Vec<u8>],
}

/// Brings a program into memory, which the thread of `cx` can then enter; its thread pointer is not set yet.
pub fn load(cx: Context<'_>, image: ElfImage, invocation: &Invocation<'_>) -> LoadResult<GuestStart> {
    let program = &cx.thread.program;
    let failed = |errno| LoadError::failed(invocation.path, "starting", errno);
    program.libc.store(make_libc(cx).map_err(failed)?, Ordering::Release);
    let loaded = load_program(cx, image, invocation.env)?;
    let tcb = tls::allocate(cx, program).map_err(failed)?;
    UserPtr::new(tcb as usize + core::mem::offset_of!(crate::libc::tcb::Tcb, thread))
        .write(core::ptr::from_ref(cx.thread) as usize)
        .map_err(failed)?;
    cx.thread.tcb.store(tcb as usize, Ordering::Release);
    make_stack(cx, invocation, &loaded).map_err(failed)
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
    let libc = unsafe { &*(address as *const LibcState) };
    libc.init_in_place();
    if let Some((soft, _)) = cx.kernel.tasks.limits.get(abi::RLIMIT_STACK) {
        libc.pthread.defaults.follow_limit(soft);
    }
    Ok(address)
}

/// Returns the length of the first thread's stack: `RLIMIT_STACK` where that is more than usual.
fn stack_bytes(cx: Context<'_>) -> usize {
    match cx.kernel.tasks.limits.get(abi::RLIMIT_STACK) {
        Some((soft, _)) if soft != abi::RLIM_INFINITY => {
            (soft.min(MAX_STACK_BYTES as u64) as usize).next_multiple_of(4096).max(STACK_BYTES)
        }
        _ => STACK_BYTES,
    }
}

/// Makes the main stack with what a program finds there.
fn make_stack(cx: Context<'_>, invocation: &Invocation<'_>, loaded: &Loaded) -> abi::Result<GuestStart> {
    let whole = stack_bytes(cx) + STACK_GUARD_BYTES;
    let access = Access::READ | Access::WRITE;
    let start = map_anonymous(cx, Placement::Anywhere, whole, access, "[stack]")?;
    cx.kernel.mm.protect(start, STACK_GUARD_BYTES, Access::empty())?;
    // What is written here needs at least these pages; more come in with faults.
    cx.kernel.mm.populate(start + whole - STACK_START_BYTES, STACK_START_BYTES)?;
    let mut random = [0; 16];
    super::random_bytes(cx, &mut random);
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
    let Invocation { path, args, env } = *invocation;
    let contents = stack::Contents { args, env, program: path, random, auxiliary: &auxiliary };
    let made = stack::build(start + whole, MAX_ARGUMENT_BYTES, &contents)?;
    let (entry, main) = match loaded.start {
        Start::Entry(entry) => (entry, 0),
        Start::Main(main) => (0, main),
    };
    // The library's own first frames lie below the program's.
    let place = made.rsp - size_of::<Startup>().next_multiple_of(16);
    cx.thread.program.auxv.store(made.auxv, Ordering::Relaxed);
    let words = [loaded.plan as usize, entry, main, made.rsp, args.len(), made.argv, made.envp, made.auxv];
    UserPtr::<usize>::new(place).write_many(&words)?;
    UserPtr::<usize>::new(place - 8).write(0)?;
    Ok(GuestStart { rip: startup as *const () as usize, rsp: place - 8, rdi: place, rsi: 0, rdx: 0 })
}
