//! From a booted backend to a running program.

pub mod archive;
pub mod config;
pub mod control;
mod first;
pub mod stage;
mod start;
pub mod stream_file;

pub use start::start;

use alloc::vec::Vec;

use crate::trace::TraceAreas;

/// What to do with symbols that nothing defines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissingPolicy {
    /// A call stops the program and names the symbol.
    #[default]
    Abort,
    /// Loading is refused and every missing symbol is listed.
    Fail,
    /// A call returns -1 with `ENOSYS`.
    Enosys,
}

/// Which libc a dynamic program gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LibcChoice {
    /// The kernel's where that has all it needs, else its own.
    #[default]
    Auto,
    /// The kernel's.
    Native,
    /// Its own.
    Own,
}

/// Where the guest's `/` comes from, below the memory overlay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Root {
    /// An empty root.
    #[default]
    None,
    /// A folder of the host, through [`crate::backend::folders::Folders`] and, where the machine was given one, the boot
    /// archive.
    Folder(Vec<u8>),
    /// The boot archive ([`BootInfo::archive`]) alone.
    Archive,
}

/// A host folder or file shown at a place of the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Host path, absolute.
    pub host: Vec<u8>,
    /// Guest path, absolute.
    pub guest: Vec<u8>,
    /// What becomes of writes.
    pub writes: Writes,
}

/// What becomes of writes to a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// They reach the host.
    Through,
    /// `EROFS`.
    Refused,
    /// They stay in memory, as in the guest's root.
    Kept,
}

/// What the machine is started with.
#[derive(Debug, Clone, Default)]
pub struct BootInfo {
    /// Guest path of the program.
    pub program: Vec<u8>,
    /// `argv`, the program's name first.
    pub args: Vec<Vec<u8>>,
    /// The programs that start before it, beside which it runs: path and `argv`.
    pub earlier: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
    /// The port of TCP that somebody must listen at before it starts.
    pub wait_for: Option<u16>,
    /// `NAME=value` strings.
    pub env: Vec<Vec<u8>>,
    /// Working directory, absolute.
    pub cwd: Vec<u8>,
    /// Whether it was asked for: then nothing starts without it.
    pub needs_cwd: bool,
    /// What `/` shows.
    pub root: Root,
    /// Further host folders.
    pub mounts: Vec<Mount>,
    /// The boot archive, where the machine was given one.
    pub archive: Option<&'static [u8]>,
    /// What to do with missing symbols.
    pub missing: MissingPolicy,
    /// Which libc programs get.
    pub libc: LibcChoice,
    /// Handlers run on the thread that they interrupt whatever libc a program has.
    pub has_signals_on_threads: bool,
    /// What to trace.
    pub trace: TraceAreas,
    /// Silences osvrun's own notes.
    pub is_quiet: bool,
    /// Log level, 0 (warnings) to 3 (trace).
    pub verbosity: u8,
    /// The call in which the kernel panics, for tests of its report.
    pub panic_in: Option<Vec<u8>>,
    /// The signals that the program finds ignored, signal n as bit n - 1.
    pub ignored_signals: u64,
    /// The signals that it finds blocked.
    pub blocked_signals: u64,
    /// The bits that the program's files don't get until it says so itself, umask(2).
    pub umask: u32,
    /// Random bytes for this machine alone, given out first.
    pub random: Option<[u8; crate::random::GIVEN_BYTES]>,
}
