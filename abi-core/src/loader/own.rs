//! A program that brings its own libc: mapped with its interpreter, as execve(2) of Linux does it.
//!
//! What it needs further (libraries, relocation, thread-local storage) its own code does. It finds the start stack and the
//! auxiliary vector of the psABI.

use alloc::format;
use core::sync::atomic::Ordering;

use super::elf::{ElfImage, FileKind};
use super::error::{LoadError, LoadResult, shown};
use super::load::add_object;
use super::object::{Object, ObjectId};
use super::program::{Invocation, StackPlan, make_start_stack};
use super::vdso;
use crate::abi::Errno;
use crate::boundary::guest::GuestStart;
use crate::fs::ImageKind;
use crate::kernel::Context;

/// Brings a program into memory; its thread can then enter it.
pub fn load(cx: Context<'_>, image: ElfImage, invocation: &Invocation<'_>) -> LoadResult<GuestStart> {
    let program = &cx.thread.program;
    let failed = |errno| LoadError::failed(invocation.path, "starting", errno);
    program.set_own_libc(true);
    let mut namespace = program.namespace.lock();
    let interpreter = match &image.interpreter {
        Some(path) => Some(open_interpreter(cx, &image, path)?),
        None => None,
    };
    // What an attempt with our libc left behind, whose libraries may have asked.
    program.has_executable_stacks.store(false, Ordering::Release);
    if image.asks_for_executable_stacks() {
        cx.allow_executable_stacks(&image.path).map_err(failed)?;
    }
    let root = add_object(cx, &mut namespace, image, None)?;
    namespace.global.push(root);
    let linker = match interpreter {
        Some(interpreter) => Some(add_object(cx, &mut namespace, interpreter, Some(root))?),
        None => None,
    };
    let object = |id: ObjectId| namespace.object(id).ok_or_else(|| failed(Errno::ENOEXEC));
    let entry_of = |object: &Object| object.address(object.image.entry);
    let main = object(root)?;
    let (base, rip) = match linker {
        Some(id) => (object(id)?.bias, entry_of(object(id)?)),
        None => (0, entry_of(main)),
    };
    let plan = StackPlan {
        headers: (main.program_headers(), usize::from(main.image.program_headers.1)),
        entry: entry_of(main),
        base,
        vdso: Some(vdso::map(cx).map_err(failed)?),
    };
    drop(namespace);
    let stack = make_start_stack(cx, invocation, &plan).map_err(failed)?;
    Ok(GuestStart { rip, rsp: stack.rsp, rdi: 0, rsi: 0, rdx: 0 })
}

/// Opens and reads the interpreter that a program names.
fn open_interpreter(cx: Context<'_>, image: &ElfImage, path: &[u8]) -> LoadResult<ElfImage> {
    let refused = |status: u8, errno: Errno, what: &dyn core::fmt::Display| {
        let text = format!("{}: PT_INTERP: its interpreter {}: {what}", shown(&image.path), shown(path));
        LoadError::new(status, errno, text)
    };
    let source = cx
        .open_image(path, ImageKind::Program)
        .map_err(|errno| refused(if errno == Errno::ENOENT { 127 } else { 126 }, errno, &errno))?;
    let interpreter = ElfImage::parse(path, source)?;
    if interpreter.interpreter.is_some() || interpreter.kind == FileKind::Fixed {
        return Err(refused(126, Errno::ELIBBAD, &"is no interpreter"));
    }
    Ok(interpreter)
}
