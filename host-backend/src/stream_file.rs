//! The standard streams that are files.
#![expect(unsafe_code, reason = "system calls take buffers")]

use abi_core::backend::folders::{Result, StreamFile, Whence};
use abi_core::backend::{Stream, StreamKind};

use crate::folders::{HostFile, error};
use crate::sys::{self, call};
use crate::terminal;

static FILES: [HostFile; 3] = [HostFile::borrowed(0), HostFile::borrowed(1), HostFile::borrowed(2)];

/// Returns the file that a stream leads to, if it is one.
pub fn file(stream: Stream) -> Option<&'static dyn StreamFile> {
    let is_file = terminal::kind(stream as i32) == StreamKind::File;
    is_file.then_some(&FILES[stream as usize] as &dyn StreamFile)
}

impl StreamFile for HostFile {
    fn read(&self, buf: &mut [u8]) -> Result<usize> {
        sys::read(self.descriptor(), buf).map_err(error)
    }

    fn write(&self, bytes: &[u8]) -> Result<usize> {
        sys::write(self.descriptor(), bytes).map_err(error)
    }

    fn seek(&self, offset: i64, whence: Whence) -> Result<u64> {
        // SAFETY: takes no pointer.
        let moved = unsafe { call!(SYS_lseek, self.descriptor(), offset, whence as usize) };
        moved.map(|position| position as u64).map_err(error)
    }

    fn flags(&self) -> Result<i32> {
        // SAFETY: takes no pointer.
        let flags = unsafe { call!(SYS_fcntl, self.descriptor(), libc::F_GETFL) };
        flags.map(|flags| flags as i32).map_err(error)
    }

    fn path(&self) -> Result<Vec<u8>> {
        let link = [b"/proc/self/fd/", &[b'0' + self.descriptor() as u8][..]].concat();
        abi_core::backend::folders::Folders::read_link(&crate::folders::HostFolders, &link)
    }
}
