//! The flags of mount(2): which ask for what, which are a mount's and which its file system's, and their words in tables.

use super::Mount;
use crate::abi::{self, Errno, Result};

/// Old programs mark the flags with this in the upper half.
const MAGIC: u64 = 0xc0ed_0000;
const MAGIC_MASK: u64 = 0xffff_0000;
/// `MS_NOUSER`, `MS_NOSYMFOLLOW` and `MS_LAZYTIME`.
const NO_USER: u64 = 1 << 31;
pub(super) const NO_SYMLINKS: u64 = 256;
const LAZY_TIME: u64 = 1 << 25;
/// Flags that say when times of access are kept.
const ACCESS_TIMES: u64 = abi::MS_NOATIME | abi::MS_NODIRATIME | abi::MS_RELATIME;
/// Flags that are a mount's own.
const OF_MOUNT: u64 =
    abi::MS_RDONLY | abi::MS_NOSUID | abi::MS_NODEV | abi::MS_NOEXEC | NO_SYMLINKS | ACCESS_TIMES;
/// Flags that are a file system's.
const OF_FILE_SYSTEM: u64 =
    abi::MS_RDONLY | abi::MS_SYNCHRONOUS | abi::MS_MANDLOCK | abi::MS_DIRSYNC | LAZY_TIME;
/// Those of them that `MS_REMOUNT` changes.
pub(super) const REMOUNTED: u64 = OF_FILE_SYSTEM & !abi::MS_DIRSYNC;
/// How mounts hang together.
const PROPAGATION: u64 = abi::MS_SHARED | abi::MS_PRIVATE | abi::MS_SLAVE | abi::MS_UNBINDABLE;

/// What a call of mount(2) is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// To change a mount's flags.
    RemountBind,
    /// To change a mount's flags and its file system's, and the options.
    Remount,
    /// To show a file or directory a second time, with what is mounted below if it is `true`.
    Bind(bool),
    /// To say how mounts hang together.
    Propagation,
    /// To show a mount elsewhere.
    Move,
    /// To mount a file system.
    New,
}

/// Flags as given, without the old mark; `EINVAL` for those that the kernel keeps for itself.
pub(super) fn checked(flags: u64) -> Result<u64> {
    let flags = if flags & MAGIC_MASK == MAGIC { flags & !MAGIC_MASK } else { flags };
    if flags & NO_USER != 0 { Err(Errno::EINVAL) } else { Ok(flags) }
}

/// Says what is asked for.
pub(super) const fn request(flags: u64) -> Request {
    let (remounts, binds) = (flags & abi::MS_REMOUNT != 0, flags & abi::MS_BIND != 0);
    match (remounts, binds) {
        (true, true) => Request::RemountBind,
        (true, false) => Request::Remount,
        (false, true) => Request::Bind(flags & abi::MS_REC != 0),
        _ if flags & PROPAGATION != 0 => Request::Propagation,
        _ if flags & abi::MS_MOVE != 0 => Request::Move,
        _ => Request::New,
    }
}

/// Returns the flags that a mount gets, which has `old` ones if it is there already.
pub(super) const fn of_mount(flags: u64, old: Option<u64>) -> u64 {
    let mut own = flags & OF_MOUNT;
    if flags & abi::MS_NOATIME == 0 {
        own |= abi::MS_RELATIME;
    } else {
        own &= !abi::MS_RELATIME;
    }
    if flags & abi::MS_STRICTATIME != 0 {
        own &= !(abi::MS_RELATIME | abi::MS_NOATIME);
    }
    match old {
        // Who says nothing about times leaves them as they are.
        Some(old) if flags & (ACCESS_TIMES | abi::MS_STRICTATIME) == 0 => {
            own & !ACCESS_TIMES | old & ACCESS_TIMES
        }
        _ => own,
    }
}

/// Returns the flags that a file system gets.
pub(super) const fn of_file_system(flags: u64) -> u64 {
    flags & OF_FILE_SYSTEM
}

/// Returns the one way in which mounts are to hang together; `EINVAL` if more are named.
pub(super) fn propagation(flags: u64) -> Result<u64> {
    let kind = flags & !(abi::MS_REC | abi::MS_SILENT);
    if kind & !PROPAGATION == 0 && kind.is_power_of_two() { Ok(kind) } else { Err(Errno::EINVAL) }
}

impl Mount {
    /// Returns the flags as statfs(2) has them (`ST_…`).
    pub fn statfs_flags(&self) -> i64 {
        const SAME: u64 = abi::MS_RDONLY
            | abi::MS_NOSUID
            | abi::MS_NODEV
            | abi::MS_NOEXEC
            | abi::MS_SYNCHRONOUS
            | abi::MS_MANDLOCK;
        let flags = self.flags();
        let pairs = [
            (abi::MS_NOATIME, 1024),
            (abi::MS_NODIRATIME, 2048),
            (abi::MS_RELATIME, 4096),
            (NO_SYMLINKS, 8192),
        ];
        let others = pairs.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, shown)| shown);
        (flags & SAME) as i64 | others.sum::<i64>()
    }

    /// Tells whether links found here are not followed.
    pub fn follows_no_links(&self) -> bool {
        self.has(NO_SYMLINKS)
    }
}

/// The words for a mount's own flags.
pub(super) fn words_of_mount(flags: u64) -> impl Iterator<Item = &'static str> {
    let words = [
        (abi::MS_NOSUID, "nosuid"),
        (abi::MS_NODEV, "nodev"),
        (abi::MS_NOEXEC, "noexec"),
        (abi::MS_NOATIME, "noatime"),
        (abi::MS_NODIRATIME, "nodiratime"),
        (abi::MS_RELATIME, "relatime"),
        (NO_SYMLINKS, "nosymfollow"),
    ];
    words.into_iter().filter(move |(flag, _)| flags & flag != 0).map(|(_, word)| word)
}

/// The words for a file system's flags.
pub(super) fn words_of_file_system(flags: u64) -> impl Iterator<Item = &'static str> {
    let words = [
        (abi::MS_SYNCHRONOUS, "sync"),
        (abi::MS_DIRSYNC, "dirsync"),
        (abi::MS_MANDLOCK, "mand"),
        (LAZY_TIME, "lazytime"),
    ];
    words.into_iter().filter(move |(flag, _)| flags & flag != 0).map(|(_, word)| word)
}

/// `ro` or `rw`.
pub(super) const fn access_word(flags: u64) -> &'static str {
    if flags & abi::MS_RDONLY != 0 { "ro" } else { "rw" }
}
