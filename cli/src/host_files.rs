//! The host's files as the loader looks for them, below the folder that is to be the guest's root.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use abi_core::abi::{Errno, Result};
use abi_core::fs::ImageKind;
use abi_core::loader::search::Files;
use abi_core::mm::PageSource;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::sys::stat::Mode;

/// The files below a folder. Links and `..` lead nowhere outside it.
pub(crate) struct HostFiles {
    root: OwnedFd,
    /// The folder's path without links.
    base: PathBuf,
    /// Paths at which nothing was found.
    missed: RefCell<Vec<Vec<u8>>>,
}

impl HostFiles {
    /// Takes the files below `root`.
    pub(crate) fn below(root: &Path) -> std::io::Result<Self> {
        let base = root.canonicalize()?;
        let root = open(&base, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        Ok(Self { root, base, missed: RefCell::default() })
    }

    /// Returns the absolute paths at which a file was looked for and not found.
    pub(crate) fn into_missed(self) -> Vec<Vec<u8>> {
        let is_absolute = |path: &Vec<u8>| path.starts_with(b"/");
        self.missed.into_inner().into_iter().filter(is_absolute).collect()
    }

    /// Opens a file or folder; returns it with its path below the root, without links.
    fn open_any(&self, path: &[u8]) -> Result<(File, PathBuf)> {
        let how = OpenHow::new()
            .flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK | OFlag::O_NOCTTY)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT);
        // A relative path would start at the root, too: the guest's starts at its working directory.
        let full = std::env::current_dir().map_err(errno)?.join(OsStr::from_bytes(path));
        let fd = openat2(&self.root, &full, how).map_err(|error| Errno(error as i32))?;
        let real = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).map_err(errno)?;
        let inside = real.strip_prefix(&self.base).unwrap_or(&real);
        Ok((File::from(fd), Path::new("/").join(inside)))
    }
}

impl Files for HostFiles {
    fn open(&self, path: &[u8], _kind: ImageKind) -> Result<Arc<dyn PageSource>> {
        let opened = self.open_any(path);
        if opened.as_ref().is_err_and(|&error| error == Errno::ENOENT) {
            self.missed.borrow_mut().push(path.into());
        }
        let (file, path) = opened?;
        let data = file.metadata().map_err(errno)?;
        if !data.is_file() {
            return Err(Errno::EACCES);
        }
        Ok(Arc::new(HostFile { file, len_bytes: data.len(), path: path.into_os_string().into_vec() }))
    }

    fn names(&self, folder: &[u8]) -> Result<Vec<Vec<u8>>> {
        let (_, path) = self.open_any(folder)?;
        let entries =
            std::fs::read_dir(self.base.join(path.strip_prefix("/").unwrap_or(&path))).map_err(errno)?;
        Ok(entries.flatten().map(|entry| entry.file_name().into_vec()).collect())
    }
}

/// A host file, as the loader reads it.
struct HostFile {
    file: File,
    len_bytes: u64,
    path: Vec<u8>,
}

impl PageSource for HostFile {
    fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.file.read_at(buf, offset).map_err(errno)
    }

    fn path(&self) -> Vec<u8> {
        self.path.clone()
    }
}

fn errno(error: std::io::Error) -> Errno {
    Errno(error.raw_os_error().unwrap_or(Errno::EIO.0))
}
