//! Disks: files of the host.
#![expect(unsafe_code, reason = "system calls take buffers")]

use std::fs::File;
use std::os::fd::IntoRawFd;
use std::sync::OnceLock;

use abi_core::abi::Errno;
use abi_core::backend::{BackendError, Disk, Geometry, Result, Storage};

use crate::HostBackend;
use crate::sys::{self, call};

/// Size of a sector, whatever the file lies on.
pub const SECTOR_BYTES: u32 = 512;

/// A file that is a disk, open for good.
#[derive(Debug)]
struct FileDisk {
    fd: i32,
    geometry: Geometry,
}

static DISKS: OnceLock<Vec<FileDisk>> = OnceLock::new();

/// Makes files the machine's disks, each with its bytes and whether it may only be read. Called once, before the machine
/// starts.
pub fn set_disks(files: Vec<(File, u64, bool)>) {
    let disk = |(file, len_bytes, is_read_only): (File, u64, bool)| FileDisk {
        fd: file.into_raw_fd(),
        geometry: Geometry {
            sector_bytes: SECTOR_BYTES,
            sectors: len_bytes / u64::from(SECTOR_BYTES),
            is_read_only,
        },
    };
    let _ = DISKS.set(files.into_iter().map(disk).collect());
}

impl Storage for HostBackend {
    fn disk(&self, number: usize) -> Option<&'static dyn Disk> {
        DISKS.get()?.get(number).map(|disk| disk as &dyn Disk)
    }
}

/// Moves all of `len` bytes by calls that move some.
fn whole(len: usize, mut part: impl FnMut(usize) -> sys::Result<usize>) -> Result<()> {
    let mut done = 0;
    while done < len {
        match part(done) {
            // Somebody has made the file shorter.
            Ok(0) => return Err(BackendError::Device),
            Ok(n) => done += n,
            Err(Errno::EINTR) => {}
            Err(Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG) => return Err(BackendError::Exhausted),
            Err(_) => return Err(BackendError::Device),
        }
    }
    Ok(())
}

impl Disk for FileDisk {
    fn geometry(&self) -> Geometry {
        self.geometry
    }

    fn read(&self, sector: u64, buf: &mut [u8]) -> Result<()> {
        let start = sector * u64::from(SECTOR_BYTES);
        whole(buf.len(), |done| {
            let rest = &mut buf[done..];
            // SAFETY: the buffer is ours and that long.
            unsafe { call!(SYS_pread64, self.fd, rest.as_mut_ptr(), rest.len(), start + done as u64) }
        })
    }

    fn write(&self, sector: u64, buf: &[u8]) -> Result<()> {
        let start = sector * u64::from(SECTOR_BYTES);
        whole(buf.len(), |done| {
            let rest = &buf[done..];
            // SAFETY: the bytes are that long.
            unsafe { call!(SYS_pwrite64, self.fd, rest.as_ptr(), rest.len(), start + done as u64) }
        })
    }

    fn flush(&self) -> Result<()> {
        // SAFETY: takes no pointer.
        unsafe { call!(SYS_fdatasync, self.fd) }.map(drop).map_err(|_| BackendError::Device)
    }
}
