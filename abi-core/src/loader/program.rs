//! Bringing a program into memory for its first thread: libc data, image and libraries, thread control block, stack.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::sync::atomic::Ordering;

use super::elf::ElfImage;
use super::error::{LoadError, LoadResult, shown};
use super::load::{Door, Loaded, Start, door_of, load_program, open_program};
use super::map::map_anonymous;
use super::{stack, tls};
use crate::abi;
use crate::backend::Access;
use crate::boot::{LibcChoice, MissingPolicy};
use crate::boundary::guest::GuestStart;
use crate::boundary::user::UserPtr;
use crate::fs::ImageKind;
use crate::kernel::Context;
use crate::libc::startup::{Startup, startup};
use crate::libc::state::{Initial, LibcState};
use crate::mm::{Placement, STACK_GUARD_NAME, STACK_NAME};

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
static INITIAL_LIBC: Initial = Initial::new();

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
    let choice = cx.kernel.boot.libc;
    *cx.thread.program.executable.lock() = image.source.key();
    if door_of(&image, choice)? == Door::OwnLibc {
        return super::own::load(cx, image, invocation);
    }
    let interpreter = image.interpreter.clone();
    let loaded = load_native(cx, image, invocation);
    let unknown = core::mem::take(&mut cx.thread.program.namespace.lock().missing.unknown);
    let can_be_own = |path: Vec<u8>| cx.open_image(&path, ImageKind::Program).is_ok();
    // The other policies say what is to become of the missing symbols.
    let may_change = choice == LibcChoice::Auto && cx.kernel.boot.missing == MissingPolicy::Abort;
    if !may_change || unknown.is_empty() || !interpreter.is_some_and(can_be_own) {
        return loaded;
    }
    say_why(&cx.thread.program.name, &unknown);
    cx.forget_program(&cx.thread.program);
    cx.thread.tcb.store(0, Ordering::Release);
    cx.thread.program.libc.store(0, Ordering::Release);
    super::own::load(cx, open_program(cx, invocation.path)?, invocation)
}

/// Says that a program runs with its own libc, and for want of what.
fn say_why(program: &[u8], unknown: &[Vec<u8>]) {
    const NAMED: usize = 3;
    let mut names: Vec<&[u8]> = unknown.iter().map(Vec::as_slice).collect();
    names.sort_unstable();
    names.dedup();
    let mut line = String::new();
    for (index, name) in names.iter().take(NAMED).enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(line, "{}{}", if index == 0 { "" } else { ", " }, shown(name));
    }
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    crate::log::remark(format_args!(
        "{}: runs with its own libc, since ours lacks {line}{more}",
        shown(program)
    ));
}

/// Brings a program into memory that uses the kernel's libc.
fn load_native(cx: Context<'_>, image: ElfImage, invocation: &Invocation<'_>) -> LoadResult<GuestStart> {
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
    let bytes =
        unsafe { core::slice::from_raw_parts((&raw const INITIAL_LIBC).cast::<u8>(), size_of::<Initial>()) };
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

/// What the auxiliary vector says of a program.
#[derive(Debug, Clone, Copy)]
pub struct StackPlan {
    /// Where its program headers are, and how many.
    pub headers: (usize, usize),
    /// Its `e_entry`.
    pub entry: usize,
    /// Where its interpreter is, or 0.
    pub base: usize,
    /// Where the object with the clocks is, for a program with its own libc.
    pub vdso: Option<usize>,
}

/// Makes the main stack with what the psABI has a program find there.
pub(super) fn make_start_stack(
    cx: Context<'_>,
    invocation: &Invocation<'_>,
    plan: &StackPlan,
) -> abi::Result<stack::StartStack> {
    let whole = stack_bytes(cx) + STACK_GUARD_BYTES;
    // As on Linux, what guards a stack is no part of it.
    let start = map_anonymous(cx, Placement::Anywhere, whole, Access::empty(), STACK_GUARD_NAME)?;
    let lowest = Placement::Replace(start + STACK_GUARD_BYTES);
    map_anonymous(cx, lowest, whole - STACK_GUARD_BYTES, cx.stack_access(), STACK_NAME)?;
    // What is written here needs at least these pages; more come in with faults.
    cx.kernel.mm.populate(start + whole - STACK_START_BYTES, STACK_START_BYTES)?;
    let mut random = [0; 16];
    super::random_bytes(cx, &mut random);
    let (headers, header_count) = plan.headers;
    let usual = [
        (abi::AT_HWCAP, u64::from(core::arch::x86_64::__cpuid(1).edx)),
        (abi::AT_PAGESZ, 4096),
        (abi::AT_CLKTCK, 100),
        (abi::AT_PHDR, headers as u64),
        (abi::AT_PHENT, 56),
        (abi::AT_PHNUM, header_count as u64),
        (abi::AT_BASE, plan.base as u64),
        (abi::AT_FLAGS, 0),
        (abi::AT_ENTRY, plan.entry as u64),
        (abi::AT_UID, 0),
        (abi::AT_EUID, 0),
        (abi::AT_GID, 0),
        (abi::AT_EGID, 0),
        (abi::AT_SECURE, 0),
        (abi::AT_HWCAP2, 0),
        (AT_MINSIGSTKSZ, crate::signal::frame_max_bytes() as u64),
    ];
    let vdso = plan.vdso.map(|start| (abi::AT_SYSINFO_EHDR, start as u64));
    let auxiliary: Vec<_> = usual.into_iter().chain(vdso).collect();
    let Invocation { path, args, env } = *invocation;
    let contents = stack::Contents { args, env, program: path, random, auxiliary: &auxiliary };
    let made = stack::build(start + whole, MAX_ARGUMENT_BYTES, &contents)?;
    *cx.thread.program.start_stack.lock() = Some(made);
    Ok(made)
}

/// The most that a signal takes of a stack (getauxval(3)).
const AT_MINSIGSTKSZ: u64 = 51;

/// Makes the main stack with the library's own first frames below the program's.
fn make_stack(cx: Context<'_>, invocation: &Invocation<'_>, loaded: &Loaded) -> abi::Result<GuestStart> {
    let plan = StackPlan { headers: loaded.program_headers, entry: loaded.entry, base: 0, vdso: None };
    let made = make_start_stack(cx, invocation, &plan)?;
    let (entry, main) = match loaded.start {
        Start::Entry(entry) => (entry, 0),
        Start::Main(main) => (0, main),
    };
    let place = made.rsp - size_of::<Startup>().next_multiple_of(16);
    let words =
        [loaded.plan as usize, entry, main, made.rsp, invocation.args.len(), made.argv, made.envp, made.auxv];
    UserPtr::<usize>::new(place).write_many(&words)?;
    UserPtr::<usize>::new(place - 8).write(0)?;
    Ok(GuestStart { rip: startup as *const () as usize, rsp: place - 8, rdi: place, rsi: 0, rdx: 0 })
}
