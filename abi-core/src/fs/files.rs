//! What of files is a program's own: descriptors, working directory and mask of permissions.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use super::file::OpenFile;
use super::mount::{Mount, Mounted};
use super::table::DescriptorTable;
use crate::abi::{self, Errno, Result};
use crate::kernel::{Context, Kernel};
use crate::sync::Mutex;

/// Descriptors, working directory and mask. Programs that one runs beside itself have them in common with it.
pub struct Files {
    /// The descriptors.
    pub descriptors: Mutex<DescriptorTable>,
    pub(super) cwd: Mutex<Option<Mounted>>,
    pub(super) umask: AtomicU32,
}

impl Files {
    /// Makes a program's that has none.
    pub const fn new(umask: u32) -> Self {
        Self {
            descriptors: Mutex::new(DescriptorTable::new()),
            cwd: Mutex::new(None),
            umask: AtomicU32::new(umask),
        }
    }

    /// Makes those of a program that is started as this one is.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            descriptors: Mutex::new(self.descriptors.lock().clone()),
            cwd: Mutex::new(self.cwd.lock().clone()),
            umask: AtomicU32::new(self.umask()),
        }
    }

    /// Returns the open file of a descriptor.
    pub fn open_file(&self, fd: i32) -> Result<Arc<OpenFile>> {
        self.descriptors.lock().get(fd).cloned()
    }

    /// Returns the bits that new files don't get.
    pub fn umask(&self) -> u32 {
        self.umask.load(Ordering::Relaxed)
    }

    /// Returns the working directory.
    pub(super) fn cwd(&self) -> Result<Mounted> {
        self.cwd.lock().clone().ok_or(Errno::ENOENT)
    }
}

impl Default for Files {
    fn default() -> Self {
        Self::new(0o022)
    }
}

impl<'a> Context<'a> {
    /// Returns what of files is the calling program's own.
    #[inline]
    pub fn files(self) -> &'a Files {
        &self.thread.program.files
    }

    /// Returns the open file of a descriptor.
    pub fn open_file(self, fd: i32) -> Result<Arc<OpenFile>> {
        self.files().open_file(fd)
    }

    /// Returns an open file as the mount that it was found by shows it; `None` if it is in no file system.
    pub fn mounted(self, open: &OpenFile) -> Option<Mounted> {
        let inode = open.file.inode()?.clone();
        let mount = open.mount.clone().unwrap_or_else(|| self.internal_mount());
        Some(Mounted { mount, inode })
    }

    /// Returns the mount of files that no path leads to.
    pub(super) fn internal_mount(self) -> Arc<Mount> {
        self.kernel.fs.memory_files(self.kernel)
    }

    /// Returns the open file of a descriptor that is more than a place (`O_PATH`).
    pub fn open_for_use(self, fd: i32) -> Result<Arc<OpenFile>> {
        self.open_file(fd)
            .and_then(|open| if open.flags() & abi::O_PATH == 0 { Ok(open) } else { Err(Errno::EBADF) })
    }
}

impl Kernel {
    /// Calls `visit` for every file that a descriptor or a mapping holds open, for some more than once.
    pub(crate) fn for_each_open(&self, mut visit: impl FnMut(&Arc<OpenFile>)) {
        for files in self.all_files() {
            let open: alloc::vec::Vec<Arc<OpenFile>> = {
                let table = files.descriptors.lock();
                table.open_descriptors().filter_map(|fd| table.get(fd).ok().cloned()).collect()
            };
            open.iter().for_each(&mut visit);
        }
        self.mm.for_each_region(|region| {
            if let Some(open) = region.file.as_ref().and_then(|file| file.open_file()) {
                visit(open);
            }
        });
    }

    /// Returns every program's descriptors and directories, each once.
    pub(crate) fn all_files(&self) -> alloc::vec::Vec<Arc<Files>> {
        let mut all: alloc::vec::Vec<Arc<Files>> = alloc::vec::Vec::new();
        for thread in self.tasks.threads.lock().iter() {
            if !all.iter().any(|files| Arc::ptr_eq(files, &thread.program.files)) {
                all.push(thread.program.files.clone());
            }
        }
        all
    }
}
