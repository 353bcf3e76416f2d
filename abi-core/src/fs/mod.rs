//! Files: descriptors, the mount table, and the file systems.

pub mod attributes;
pub mod console;
mod descriptor;
pub mod file;
mod open;
mod read;
pub mod scratch;
pub mod table;
mod write;

pub use read::MAX_TRANSFER_BYTES;

use alloc::sync::Arc;

use crate::abi::{self, Errno, Result};
use crate::backend::Stream;
use crate::kernel::Context;
use crate::mm::PageSource;
use crate::sync::Mutex;

use console::{ConsoleFile, ConsoleState};
use file::OpenFile;
use scratch::ScratchPool;
use table::{DescriptorTable, OnExec};

/// Files, mounts and descriptors of the machine.
pub struct Fs {
    /// The descriptors.
    pub descriptors: Mutex<DescriptorTable>,
    /// The standard streams.
    pub console: ConsoleState,
    /// Buffers for transfers.
    pub scratch: ScratchPool,
}

impl Fs {
    /// Makes a machine without files.
    pub const fn new() -> Self {
        Self {
            descriptors: Mutex::new(DescriptorTable::new()),
            console: ConsoleState::new(),
            scratch: ScratchPool::new(),
        }
    }

    /// Console input arrived: wakes its readers.
    pub fn console_ready(&self) {
        self.console.input.notify();
    }

    /// Returns the open file of a descriptor.
    pub fn open_file(&self, fd: i32) -> Result<Arc<OpenFile>> {
        self.descriptors.lock().get(fd).cloned()
    }
}

impl Default for Fs {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a file must have an execute bit to be opened by [`Context::open_image`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// A program: `EACCES` without an execute bit.
    Program,
    /// A library.
    Library,
}

impl Context<'_> {
    /// Mounts what the boot information asks for and opens descriptors 0 to 2.
    pub fn mount_root(self) -> Result<()> {
        for stream in [Stream::Input, Stream::Output, Stream::Error] {
            let file = ConsoleFile::new(self, stream);
            let flags = match stream {
                _ if self.kernel.backend.is_terminal(stream) => abi::O_RDWR,
                Stream::Input => abi::O_RDONLY,
                Stream::Output | Stream::Error => abi::O_WRONLY,
            };
            self.kernel.fs.descriptors.lock().insert(OpenFile::new(file, flags), OnExec::Keep, 0)?;
        }
        Ok(())
    }

    /// Returns what a mapping of the descriptor shows, and its open flags (`O_RDWR` …). `ENODEV` for what has no pages.
    pub fn fd_page_source(self, fd: i32) -> Result<(Arc<dyn PageSource>, i32)> {
        let open = self.kernel.fs.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        Ok((open.file.pages()?, open.flags()))
    }
}
