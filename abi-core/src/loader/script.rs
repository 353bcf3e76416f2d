//! `#!` scripts: the interpreter they name, as `execve(2)` reads it.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;

use super::error::{LoadError, LoadResult, shown};
use crate::abi::Errno;
use crate::fs::ImageKind;
use crate::kernel::Context;

/// How much of a file is read for its first line (`BINPRM_BUF_SIZE`).
pub const LINE_BYTES: usize = 256;
/// How many scripts may interpret one another.
const MOST_SCRIPTS: usize = 4;

/// The first line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The interpreter's path.
    pub interpreter: Vec<u8>,
    /// What follows it: one argument, with the spaces in it.
    pub argument: Option<Vec<u8>>,
}

impl Script {
    /// Reads a file's beginning, up to [`LINE_BYTES`] of it; `None` if it is no script or names no interpreter.
    pub fn parse(head: &[u8]) -> Option<Self> {
        let line = head.strip_prefix(b"#!")?;
        let line = line.split(|&byte| byte == b'\n').next()?.trim_ascii();
        let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
        let (interpreter, argument) = line.split_at(end);
        let argument = argument.trim_ascii();
        let argument = (!argument.is_empty()).then(|| argument.to_owned());
        (!interpreter.is_empty()).then(|| Self { interpreter: interpreter.to_owned(), argument })
    }
}

/// Returns what runs for a program: itself with its arguments, or the interpreter of a script with the script among them.
pub fn resolve(cx: Context<'_>, path: &[u8], args: &[Vec<u8>]) -> LoadResult<(Vec<u8>, Vec<Vec<u8>>)> {
    let (mut path, mut args) = (path.to_owned(), args.to_owned());
    let mut by: Option<Vec<u8>> = None;
    for _ in 0..=MOST_SCRIPTS {
        let source = match cx.open_image(&path, ImageKind::Program) {
            Ok(source) => source,
            Err(errno) => {
                let Some(script) = by else { return Ok((path, args)) };
                let status = if errno == Errno::ENOENT { 127 } else { 126 };
                let text = format!("{}: its interpreter {}: {errno}", shown(&script), shown(&path));
                return Err(LoadError::new(status, errno, text));
            }
        };
        let mut head = [0; LINE_BYTES];
        let read = source.read_at(0, &mut head).unwrap_or(0);
        let Some(script) = Script::parse(&head[..read]) else { return Ok((path, args)) };
        let rest = args.split_off(args.len().min(1));
        args =
            [script.interpreter.clone()].into_iter().chain(script.argument).chain([path.clone()]).collect();
        args.extend(rest);
        by = Some(core::mem::replace(&mut path, script.interpreter));
    }
    let text = format!("{}: too many scripts interpret one another", shown(&path));
    Err(LoadError::new(126, Errno::ELOOP, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(head: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        Script::parse(head).map(|script| (script.interpreter, script.argument))
    }

    #[test]
    fn a_script_names_its_interpreter_and_one_argument() {
        assert_eq!(parsed(b"#!/bin/sh\nexit"), Some((b"/bin/sh".to_vec(), None)));
        assert_eq!(
            parsed(b"#! /usr/bin/env -S a b \t\n"),
            Some((b"/usr/bin/env".to_vec(), Some(b"-S a b".to_vec())))
        );
        assert_eq!(parsed(b"#!/x"), Some((b"/x".to_vec(), None)));
        assert_eq!(parsed(b"#!  \n/x"), None);
        assert_eq!(parsed(b"\x7fELF"), None);
    }
}
