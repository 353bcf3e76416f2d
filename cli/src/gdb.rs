//! `--gdb`: a script that tells gdb what is loaded where.
//!
//! Load addresses are random, so the script stops where the kernel says what it has mapped, reads path and address, and
//! goes on. Script and kernel image are files without a name, open in osvrun while gdb needs them.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use nix::sys::memfd::{MFdFlags, memfd_create};

use crate::options::RunOptions;

/// Makes gdb read the symbols of each object as it is mapped. The path may have to be looked for below `root`.
fn objects(root: &str) -> String {
    format!(
        "set pagination off\n\
         set confirm off\n\
         set breakpoint pending on\n\
         break osvrun_object_loaded\n\
         commands\n\
         silent\n\
         set language c\n\
         eval \"add-symbol-file {root}%s -o %#lx\", (char *) $rdi, $rsi\n\
         set language auto\n\
         continue\n\
         end\n"
    )
}

/// Makes a file without a name, open across exec.
fn nameless(name: &str, bytes: &[u8]) -> std::io::Result<OwnedFd> {
    let fd = memfd_create(name, MFdFlags::empty())?;
    let mut file = File::from(fd);
    file.write_all(bytes)?;
    Ok(file.into())
}

fn root_of(options: &RunOptions) -> String {
    match options.root.to_str() {
        Some("host" | "none") | None => String::new(),
        Some(folder) => folder.trim_end_matches('/').to_owned(),
    }
}

/// What a machine that waits for gdb needs.
pub(crate) struct Waiting {
    /// Where QEMU listens.
    pub(crate) port: u16,
    /// The command to type.
    pub(crate) command: String,
    /// Script and symbols; gdb reads them while these are open.
    _files: [OwnedFd; 2],
}

/// Makes the script for a machine whose kernel has these symbols.
pub(crate) fn prepare(options: &RunOptions, kernel: &[u8]) -> std::io::Result<Waiting> {
    // QEMU takes the port a moment later; nobody else is likely to.
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let me = std::process::id();
    let kernel = nameless("osvrun-kernel-symbols", kernel)?;
    let script = format!(
        "set architecture i386:x86-64\n\
         symbol-file /proc/{me}/fd/{}\n\
         target remote 127.0.0.1:{port}\n{}",
        kernel.as_raw_fd(),
        objects(&root_of(options)),
    );
    let script = nameless("osvrun-gdb-script", script.as_bytes())?;
    let command = format!("gdb -x /proc/{me}/fd/{}", script.as_raw_fd());
    Ok(Waiting { port, command, _files: [kernel, script] })
}

/// Becomes gdb on this command without `--gdb`; returns only when that fails.
pub(crate) fn become_gdb(options: &RunOptions) -> ExitCode {
    // Signals that osvrun itself uses between its threads, and the one that brings pages in.
    let script = format!(
        "set confirm off\nhandle SIGSEGV SIG40 SIG41 SIG42 nostop noprint pass\n{}",
        objects(&root_of(options))
    );
    let script = match nameless("osvrun-gdb-script", script.as_bytes()) {
        Ok(script) => script,
        Err(error) => return crate::complain(&format!("cannot make gdb's script: {error}")),
    };
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (own, program) = words.split_at(words.len() - options.program.len());
    let mut gdb = Command::new("gdb");
    gdb.arg("-x").arg(format!("/proc/self/fd/{}", script.as_raw_fd())).arg("--args");
    gdb.arg(std::env::current_exe().unwrap_or_else(|_| "osvrun".into()));
    gdb.args(own.iter().filter(|word| OsStr::as_bytes(word) != b"--gdb")).args(program);
    let error = gdb.exec();
    match error.kind() {
        std::io::ErrorKind::NotFound => crate::complain("gdb is not installed; run: apt-get install gdb"),
        _ => crate::complain(&format!("gdb: {error}")),
    }
}
