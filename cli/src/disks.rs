//! `--disk`: images of disks.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use host_backend::storage::SECTOR_BYTES;
use nix::fcntl::{Flock, FlockArg};

use crate::boot_info::{Refusal, usage};

/// A disk of the machine: an open image, which nobody else may change meanwhile.
#[derive(Debug)]
pub(crate) struct DiskImage {
    /// What was given.
    pub(crate) name: OsString,
    /// The image; others of this host can have it locked too only if it is read-only for all of them.
    pub(crate) file: Flock<File>,
    /// Whole sectors of it, in bytes.
    pub(crate) len_bytes: u64,
    /// Whether the machine may not change it.
    pub(crate) is_read_only: bool,
    /// Whether it is a block device of the host.
    pub(crate) is_device: bool,
}

/// Opens every image, in the order of the disks' numbers.
pub(crate) fn open_all(given: &[OsString]) -> Result<Vec<DiskImage>, Refusal> {
    given.iter().map(|one| open(one)).collect()
}

/// Splits `FILE[:ro]`.
fn split(given: &OsStr) -> (&OsStr, bool) {
    match given.as_bytes() {
        [file @ .., b':', b'r', b'o'] => (OsStr::from_bytes(file), true),
        [file @ .., b':', b'r', b'w'] => (OsStr::from_bytes(file), false),
        _ => (given, false),
    }
}

fn open(given: &OsStr) -> Result<DiskImage, Refusal> {
    let bad = |why: &str| usage(format!("--disk {}: {why}", given.display()));
    let (path, is_read_only) = split(given);
    let path = Path::new(path);
    let kind = path.metadata().map_err(|error| bad(&error.to_string()))?.file_type();
    if !kind.is_file() && !kind.is_block_device() {
        return Err(bad("neither a file nor a block device"));
    }
    let file = File::options().read(true).write(!is_read_only).open(path);
    let file = file.map_err(|error| bad(&error.to_string()))?;
    // The length of a block device is where it ends.
    let len_bytes = nix::unistd::lseek(&file, 0, nix::unistd::Whence::SeekEnd)
        .map_err(|error| bad(error.desc()))?
        .unsigned_abs();
    let len_bytes = len_bytes - len_bytes % u64::from(SECTOR_BYTES);
    if len_bytes == 0 {
        return Err(bad(&format!("too short for a disk, whose sectors have {SECTOR_BYTES} bytes")));
    }
    let lock = if is_read_only { FlockArg::LockSharedNonblock } else { FlockArg::LockExclusiveNonblock };
    let file = Flock::lock(file, lock).map_err(|(_, error)| match error {
        nix::errno::Errno::EWOULDBLOCK => bad("in use by another program"),
        error => bad(error.desc()),
    })?;
    Ok(DiskImage { name: given.to_owned(), file, len_bytes, is_read_only, is_device: kind.is_block_device() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_says_how_it_is_used() {
        assert_eq!(split(OsStr::new("a:ro")), (OsStr::new("a"), true));
        assert_eq!(split(OsStr::new("a:rw")), (OsStr::new("a"), false));
        assert_eq!(split(OsStr::new("a:b")), (OsStr::new("a:b"), false));
        assert_eq!(split(OsStr::new(":ro")), (OsStr::new(""), true));
    }
}
