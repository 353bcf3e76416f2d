//! QEMU's process.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::Instant;

use nix::sys::signal::{SigSet, Signal};

use super::qemu::{self, Command};
use super::{Refusal, failed};

/// Lets QEMU's heap lie in huge pages (GNU libc manual, "Memory Allocation Tunables"): it fills some megabytes before the
/// machine starts, and a page fault for each page would take longer.
const TUNABLES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=8388608");

/// A QEMU of ours, which must not outlive us.
pub(super) struct Process {
    child: Child,
    /// Our end of the control channel.
    pub(super) channel: UnixStream,
    /// Open until QEMU may make the machine.
    gate: Option<OwnedFd>,
    /// When it was started.
    pub(super) spawned: Instant,
    /// When it was let make the machine.
    pub(super) released: Instant,
}

impl Process {
    /// Starts QEMU, which makes the machine after [`Self::release`].
    pub(super) fn start(command: &Command) -> Result<Self, Refusal> {
        let (ours, theirs) = pair().map_err(|error| failed(format!("cannot make a socket: {error}")))?;
        let (wait, gate) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC)
            .and_then(|(wait, gate)| keep_across_exec(&wait).map(|()| (wait, gate)))
            .map_err(|error| failed(format!("cannot make a pipe: {error}")))?;
        let arguments =
            Command { control: theirs.as_raw_fd(), gate: Some(wait.as_raw_fd()), ..command.clone() }
                .arguments();
        let spawned = Instant::now();
        Ok(Self { child: spawn(arguments)?, channel: ours, gate: Some(gate), spawned, released: spawned })
    }

    /// Lets QEMU make the machine: the files it loads are complete.
    pub(super) fn release(&mut self) {
        self.released = Instant::now();
        drop(self.gate.take());
    }

    /// Ends QEMU and returns what it and the serial line said.
    pub(super) fn last_words(mut self) -> String {
        let stdout = self.child.stdout.take();
        drop(self);
        let mut said = Vec::new();
        if let Some(mut stdout) = stdout {
            let _ = stdout.read_to_end(&mut said);
        }
        String::from_utf8_lossy(&said).trim().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has nothing more to say.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(arguments: Vec<OsString>) -> Result<Child, Refusal> {
    let mut qemu = std::process::Command::new(qemu::PROGRAM);
    if std::env::var_os(TUNABLES.0).is_none() {
        qemu.env(TUNABLES.0, TUNABLES.1);
    }
    qemu.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    // A group of its own: the terminal's Ctrl-C goes to the program through us, not to QEMU.
    qemu.process_group(0);
    let parent = nix::unistd::getpid();
    #[expect(unsafe_code, reason = "the child sets two attributes of its own before exec")]
    // SAFETY: only calls that are safe after fork: prctl, getppid, sigprocmask.
    unsafe {
        qemu.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            if nix::unistd::getppid() != parent {
                return Err(io::Error::other("osvrun has ended"));
            }
            SigSet::all().thread_unblock()?;
            Ok(())
        });
    }
    qemu.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            failed(format!("{} is not installed; run: apt-get install qemu-system-x86", qemu::PROGRAM))
        }
        _ => failed(format!("{}: {error}", qemu::PROGRAM)),
    })
}

/// Makes the two ends of the control channel; the second one stays open across exec.
fn pair() -> io::Result<(UnixStream, OwnedFd)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    keep_across_exec(&theirs)?;
    Ok((ours, theirs.into()))
}

pub(super) fn keep_across_exec(fd: &impl AsFd) -> nix::Result<()> {
    nix::fcntl::fcntl(fd, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).map(drop)
}

#[cfg(test)]
mod tests {
    use std::os::fd::BorrowedFd;

    use super::*;

    #[test]
    fn the_machines_end_survives_exec_and_ours_does_not() {
        let (ours, theirs) = pair().expect("sockets");
        let flags = |fd: BorrowedFd<'_>| nix::fcntl::fcntl(fd, nix::fcntl::FcntlArg::F_GETFD).expect("flags");
        assert_ne!(flags(ours.as_fd()), 0);
        assert_eq!(flags(theirs.as_fd()), 0);
        assert!(theirs.as_raw_fd() > 2);
    }
}
