//! Replacing the program: execve(2).
//!
//! The new program is loaded beside the old one, so that whatever is wrong with it leaves the old one as it was. Then a
//! new first thread is started; it ends every thread of the old program, gives back what that owned, and enters the new
//! one. A program linked to addresses the old one occupies is tried elsewhere first and loaded again when they are free.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::{Program, Thread};
use crate::abi::{self, Errno, PID, Result};
use crate::backend::ThreadSpec;
use crate::boundary::guest::{GuestStart, enter_guest};
use crate::boundary::user::{UserPtr, UserStr};
use crate::fs::walk::Follow;
use crate::kernel::Context;
use crate::loader::elf::{ElfImage, FileKind};
use crate::loader::error::{LoadError, LoadResult};
use crate::loader::load::open_program;
use crate::loader::program::{Invocation, MAX_ARGUMENT_BYTES, load};
use crate::loader::script;

/// The longest argument or variable (`MAX_ARG_STRLEN`).
const STRING_MAX_BYTES: usize = 128 << 10;

/// What the new first thread needs.
struct Replacement {
    thread: Arc<Thread>,
    /// The thread that called execve(2).
    caller: Option<Arc<Thread>>,
    old: Arc<Program>,
    start: Start,
    path: Vec<u8>,
}

/// How far the new program is.
enum Start {
    /// It is loaded, and enters here.
    Loaded(GuestStart),
    /// It can be loaded once the old program's addresses are free.
    Opened(Box<ElfImage>),
}

impl Context<'_> {
    /// execveat(2), and execve(2). Does not return when it succeeds.
    pub fn sys_execveat(
        self,
        dirfd: i32,
        path: UserStr,
        argv: UserPtr<usize>,
        envp: UserPtr<usize>,
        flags: i32,
    ) -> Result<i32> {
        if flags & !(abi::AT_EMPTY_PATH | abi::AT_SYMLINK_NOFOLLOW) != 0 {
            return Err(Errno::EINVAL);
        }
        {
            let path = self.image_path(dirfd, path.read_path()?, flags)?;
            let mut room = MAX_ARGUMENT_BYTES;
            let mut args = read_strings(argv, None, &mut room)?;
            let env = read_strings(envp, None, &mut room)?;
            if args.is_empty() {
                // As Linux since 5.18.
                args.push(Vec::new());
            }
            self.replace_program(&path, args, env)?;
        }
        self.end_own_program();
        // Nothing is owned here any more: this thread's stack is never unwound.
        self.thread_exit()
    }

    /// Returns the path of what execveat(2) names.
    fn image_path(self, dirfd: i32, path: Vec<u8>, flags: i32) -> Result<Vec<u8>> {
        if path.is_empty() && flags & abi::AT_EMPTY_PATH == 0 {
            return Err(Errno::ENOENT);
        }
        if flags & abi::AT_SYMLINK_NOFOLLOW != 0 && self.is_symlink(dirfd, &path)? {
            return Err(Errno::ELOOP);
        }
        if dirfd == abi::AT_FDCWD || path.starts_with(b"/") {
            return Ok(path);
        }
        self.files().descriptors.lock().get(dirfd)?;
        // As Linux shows it to a script's interpreter.
        let mut full = format!("/dev/fd/{dirfd}").into_bytes();
        if !path.is_empty() {
            full.push(b'/');
            full.extend_from_slice(&path);
        }
        Ok(full)
    }

    fn is_symlink(self, dirfd: i32, path: &[u8]) -> Result<bool> {
        let place = self.walk(dirfd, path, Follow::NotLast)?;
        Ok(place.existing()?.file_type() == abi::S_IFLNK)
    }

    /// Loads the program and starts its first thread, which ends this one.
    fn replace_program(self, path: &[u8], args: Vec<Vec<u8>>, env: Vec<Vec<u8>>) -> Result<()> {
        let replacing = &self.kernel.tasks.replacing;
        while replacing.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).is_err() {
            let _ = self.sleep_through_signals(replacing, 1, None);
            if self.thread.is_to_end() {
                return Err(Errno::EINTR);
            }
        }
        let started = self.prepare_program(path, args, env).and_then(|it| self.start_program(it));
        started.map_err(|error| {
            self.replaced();
            told("execve", &error)
        })
    }

    /// Lets other threads call execve(2).
    fn replaced(self) {
        self.kernel.tasks.replacing.store(0, Ordering::Release);
        self.kernel.backend.wake(&self.kernel.tasks.replacing, usize::MAX);
    }

    /// Loads a program beside the one that runs. On failure nothing of it stays.
    fn prepare_program(
        self,
        invoked: &[u8],
        args: Vec<Vec<u8>>,
        env: Vec<Vec<u8>>,
    ) -> LoadResult<Replacement> {
        let (path, args) = script::resolve(self, invoked, &args)?;
        let image = open_program(self, &path)?;
        let before = &self.thread.program;
        let program = Program::new(image.path.clone(), invoked, args, env, before.files.clone());
        let has_signals_on_threads = before.has_signals_on_threads;
        let program = Arc::new(Program { has_signals_on_threads, ..program });
        let thread = Arc::new(Thread::new(PID, program));
        thread.inherit(self.thread);
        let is_caller = |other: &&Arc<Thread>| core::ptr::eq(Arc::as_ptr(other), self.thread);
        let caller = self.kernel.tasks.threads.lock().iter().find(is_caller).cloned();
        let start = Context { thread: &thread, ..self }.load_beside(image, &path)?;
        Ok(Replacement { thread, caller, old: self.thread.program.clone(), start, path })
    }

    /// Loads the program of the context's thread; on failure nothing of it stays.
    pub(super) fn load_own(self, image: ElfImage, path: &[u8]) -> LoadResult<GuestStart> {
        let program = &self.thread.program;
        let invocation = Invocation { path, args: &program.args, env: &program.env };
        let loaded = load(self, image, &invocation);
        if loaded.is_err() {
            self.forget_program(program);
        }
        loaded
    }

    /// Loads the program of the context's thread as far as it can be beside the old one.
    fn load_beside(self, image: ElfImage, path: &[u8]) -> LoadResult<Start> {
        let is_fixed = image.kind == FileKind::Fixed;
        match self.load_own(image, path) {
            Err(error) if is_fixed && error.errno == Errno::EEXIST => {
                let mut image = open_program(self, path)?;
                // Anywhere will do to see that all of it loads.
                image.kind = FileKind::Relocatable;
                self.load_own(image, path)?;
                self.forget_program(&self.thread.program);
                // A name of a descriptor is none any more when that has been closed.
                open_program(self, path).map(|image| Start::Opened(Box::new(image)))
            }
            loaded => loaded.map(Start::Loaded),
        }
    }

    /// Starts the new program's first thread. When it runs the old program is at its end.
    fn start_program(self, replacement: Replacement) -> LoadResult<()> {
        let path = replacement.path.clone();
        let program = replacement.thread.program.clone();
        let slot = Arc::as_ptr(&replacement.thread).cast_mut();
        let argument = Box::into_raw(Box::new(replacement));
        let priority = self.thread.scheduling.priority();
        let spec =
            ThreadSpec { priority, ..ThreadSpec::new(begin, argument.expose_provenance(), slot.cast()) };
        // SAFETY: the new thread keeps itself in the table of threads.
        unsafe { self.kernel.backend.spawn(&spec) }.map(|_| ()).map_err(|error| {
            // SAFETY: nobody took it.
            drop(unsafe { Box::from_raw(argument) });
            self.forget_program(&program);
            LoadError::failed(&path, "starting its first thread", error.into())
        })
    }

    /// Gives back what the old program had, and makes this thread the first and only one (execve(2), "Effect on process
    /// attributes").
    fn take_over(self, replacement: &Replacement) {
        let tasks = &self.kernel.tasks;
        self.kernel.timers.delete_created(|_| true);
        // All programs end, also one that runs the caller's or is run by it.
        tasks.threads.lock().iter().for_each(|thread| thread.program.is_ending.store(true, Ordering::SeqCst));
        self.end_threads(|_| true);
        // No sooner: the default action is not for what the old program's threads send each other.
        self.kernel.signals.program_replaced();
        self.kernel.ipc.mq.program_replaced(self.thread.program.number);
        self.close_on_exec();
        if let Some(caller) = &replacement.caller {
            self.thread.signals.adopt_pending(&caller.signals);
        }
        tasks.detached_ends.store(0, Ordering::Relaxed);
        // Their memory goes with the programs'.
        let threads = core::mem::replace(&mut *tasks.threads.lock(), Vec::from([replacement.thread.clone()]));
        tasks.flags.program_replaced();
        for thread in &threads {
            self.forget_program(&thread.program);
        }
        self.forget_program(&replacement.old);
    }

    /// Enters a loaded program on this thread.
    pub fn enter(self, start: &GuestStart) -> ! {
        // SAFETY: loading made the control block, which lives as long as the thread.
        unsafe { self.kernel.backend.set_thread_pointer(self.thread.tcb.load(Ordering::Relaxed)) };
        // SAFETY: the thread pointer was set just now; `load` made the stack and named the guest's first code.
        unsafe { enter_guest(start) }
    }
}

/// Returns the error number, and says what the caller can't learn from it.
pub(super) fn told(call: &str, error: &LoadError) -> Errno {
    // Looking for a program in several places is no reason to say something; the lack of a library is.
    let is_plain = matches!(
        error.errno,
        Errno::ENOENT | Errno::EACCES | Errno::ENOTDIR | Errno::ENOEXEC | Errno::ETXTBSY
    );
    if !is_plain || error.absent.is_some() {
        crate::log::note(format_args!("{call}: {}", error.text));
    }
    error.errno
}

/// The new program's first thread.
extern "C" fn begin(argument: usize, kernel_stack_top: usize) -> ! {
    // SAFETY: `start_program` gave it to this thread.
    let replacement =
        unsafe { Box::from_raw(core::ptr::with_exposed_provenance_mut::<Replacement>(argument)) };
    let cx = Context::current();
    cx.thread.arrive(kernel_stack_top);
    cx.take_over(&replacement);
    let Replacement { start, path, thread, caller, old } = *replacement;
    drop((thread, caller, old));
    let start = match start {
        Start::Loaded(start) => Ok(start),
        Start::Opened(image) => cx.load_own(*image, &path),
    };
    drop(path);
    match start {
        Ok(start) => {
            cx.replaced();
            cx.deliver_due();
            cx.enter(&start)
        }
        Err(error) => {
            // The file or the memory has changed since all of it was seen to load; the old program is no more.
            crate::log::note(format_args!("{}", error.text));
            cx.kernel.power_off(crate::backend::ExitStatus::Code(error.status))
        }
    }
}

/// Reads a list of strings, of `count` or up to NULL, counting off its bytes.
pub(super) fn read_strings(
    list: UserPtr<usize>,
    count: Option<usize>,
    room: &mut usize,
) -> Result<Vec<Vec<u8>>> {
    let mut strings = Vec::new();
    if list.is_null() {
        return Ok(strings);
    }
    for index in 0..count.unwrap_or(usize::MAX) {
        let address = list.add(index).read()?;
        if address == 0 && count.is_none() {
            break;
        }
        let string =
            UserStr::new(address).read((*room).min(STRING_MAX_BYTES)).map_err(|errno| match errno {
                Errno::ENAMETOOLONG => Errno::E2BIG,
                errno => errno,
            })?;
        *room = room.checked_sub(string.len() + 1 + size_of::<usize>()).ok_or(Errno::E2BIG)?;
        strings.push(string);
    }
    Ok(strings)
}
