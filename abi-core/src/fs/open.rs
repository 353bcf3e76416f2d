//! open(2) and its relatives.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::ImageKind;
use super::file::{File, Location, OpenFile};
use super::inode::{InodePages, InodeRef, Name, NewFile};
use super::mount::Mounted;
use super::regular::{DirectoryFile, PathFile, RegularFile};
use super::table::OnExec;
use super::walk::{Follow, Place};
use super::ways::Ways;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserStr;
use crate::kernel::Context;
use crate::mm::PageSource;

/// `O_TMPFILE` without the `O_DIRECTORY` it includes.
const TMPFILE_BIT: i32 = abi::O_TMPFILE & !abi::O_DIRECTORY;

fn wants_write(flags: i32) -> bool {
    flags & abi::O_ACCMODE != abi::O_RDONLY
}

/// Returns the flags that count.
fn known_flags(flags: i32) -> i32 {
    if flags & abi::O_PATH != 0 {
        flags & (abi::O_PATH | abi::O_DIRECTORY | abi::O_NOFOLLOW | abi::O_CLOEXEC)
    } else {
        flags
    }
}

impl Context<'_> {
    /// openat(2)
    pub fn sys_openat(self, dirfd: i32, path: UserStr, flags: i32, mode: u32) -> Result<i32> {
        self.open_within(dirfd, path, flags, mode, Ways::ANY)
    }

    /// openat2(2)
    pub fn open_within(self, dirfd: i32, path: UserStr, flags: i32, mode: u32, ways: Ways) -> Result<i32> {
        let path = path.read_path()?;
        let open = self.open_path(dirfd, &path, flags, mode, ways)?;
        self.take_descriptor(open, flags)
    }

    /// Opens what is at a place, which is there.
    pub(super) fn open_place(self, place: Place, flags: i32) -> Result<i32> {
        let open = self.open_existing(place, known_flags(flags))?;
        self.take_descriptor(open, flags)
    }

    fn take_descriptor(self, open: Arc<OpenFile>, flags: i32) -> Result<i32> {
        self.kernel.tell_open(&open, abi::IN_OPEN);
        // Held on to, so that it is not dropped under the table's lock when there is no room.
        let kept = open.clone();
        let fd = self.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0);
        drop(kept);
        fd
    }

    /// Opens a path as `open(2)` does, without a descriptor.
    pub fn open_path(
        self,
        dirfd: i32,
        path: &[u8],
        flags: i32,
        mode: u32,
        ways: Ways,
    ) -> Result<Arc<OpenFile>> {
        let flags = known_flags(flags);
        if flags & abi::O_ACCMODE == abi::O_ACCMODE
            || flags & (abi::O_CREAT | abi::O_DIRECTORY) == abi::O_CREAT | abi::O_DIRECTORY
        {
            return Err(Errno::EINVAL);
        }
        if flags & TMPFILE_BIT != 0 {
            return self.open_unnamed(dirfd, path, flags, mode, ways);
        }
        let is_exclusive = flags & (abi::O_CREAT | abi::O_EXCL) == abi::O_CREAT | abi::O_EXCL;
        let follow =
            if is_exclusive || flags & abi::O_NOFOLLOW != 0 { Follow::NotLast } else { Follow::Last };
        loop {
            let place = self.walk_within(dirfd, path, follow, ways)?;
            if place.inode.is_some() {
                if is_exclusive {
                    return Err(Errno::EEXIST);
                }
                return self.open_existing(place, flags);
            }
            if flags & abi::O_CREAT == 0 {
                return Err(Errno::ENOENT);
            }
            if place.must_be_directory {
                return Err(Errno::EISDIR);
            }
            match place.directory.create(&place.name, NewFile::Regular, mode & !self.files().umask()) {
                Ok(inode) => {
                    self.kernel.tell_one(&place.directory, abi::IN_CREATE, false, 0, &place.name);
                    return Self::open_made(inode, place, flags);
                }
                // Someone else made it meanwhile: then it is there to be opened.
                Err(Errno::EEXIST) if !is_exclusive => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn open_made(made: Mounted, place: Place, flags: i32) -> Result<Arc<OpenFile>> {
        let location = Location { directory: place.directory, name: place.name };
        Ok(OpenFile::at(RegularFile::new(made.inode), flags, Some(location), Some(made.mount)))
    }

    fn open_unnamed(
        self,
        dirfd: i32,
        path: &[u8],
        flags: i32,
        mode: u32,
        ways: Ways,
    ) -> Result<Arc<OpenFile>> {
        if flags & abi::O_DIRECTORY == 0 || !wants_write(flags) {
            return Err(Errno::EINVAL);
        }
        let directory = self.walk_within(dirfd, path, Follow::Last, ways)?.existing()?.clone();
        let Mounted { mount, inode } = directory.create_unnamed(mode & !self.files().umask())?;
        let name = alloc::format!("#{}", inode.attributes()?.ino).into_bytes();
        let flags = flags & !abi::O_TMPFILE;
        let location = Location { directory, name };
        Ok(OpenFile::at(RegularFile::new(inode), flags, Some(location), Some(mount)))
    }

    fn open_existing(self, place: Place, flags: i32) -> Result<Arc<OpenFile>> {
        let found = place.existing()?.clone();
        let Mounted { mount, inode } = found.clone();
        if flags & abi::O_DIRECTORY != 0 && !inode.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        let file: Arc<dyn File> = if flags & abi::O_PATH != 0 {
            PathFile::new(inode)
        } else {
            match inode.file_type() {
                abi::S_IFDIR if wants_write(flags) || flags & abi::O_CREAT != 0 => return Err(Errno::EISDIR),
                abi::S_IFDIR => DirectoryFile::new(inode),
                abi::S_IFLNK => return Err(Errno::ELOOP),
                abi::S_IFCHR | abi::S_IFBLK if mount.has(abi::MS_NODEV) => return Err(Errno::EACCES),
                _ => match inode.open_special(self, flags) {
                    Some(special) => special?,
                    None => self.open_regular(found, flags)?,
                },
            }
        };
        let open = OpenFile::at(file, flags, place.location(), Some(mount));
        if flags & abi::O_TRUNC != 0 {
            self.kernel.tell_open(&open, abi::IN_MODIFY);
        }
        Ok(open)
    }

    fn open_regular(self, inode: Mounted, flags: i32) -> Result<Arc<dyn File>> {
        if inode.file_type() != abi::S_IFREG {
            return Err(Errno::ENXIO);
        }
        let truncates = flags & abi::O_TRUNC != 0;
        if wants_write(flags) || truncates {
            inode.check_writable()?;
            self.check_not_running(&inode)?;
        }
        self.break_leases(&inode, flags, wants_write(flags))?;
        inode.open_regular(flags)?;
        if truncates {
            self.set_len(&inode, 0)?;
        }
        Ok(RegularFile::new(inode.inode))
    }

    /// Fails with `ETXTBSY` if a program runs that was loaded from the file.
    pub(super) fn check_not_running(self, inode: &InodeRef) -> Result<()> {
        let identity = inode.identity();
        let threads = self.kernel.tasks.threads.lock();
        let mut last = core::ptr::null();
        let runs = threads.iter().any(|thread| {
            // Threads of one program mostly stand together.
            let program = Arc::as_ptr(&thread.program);
            core::mem::replace(&mut last, program) != program
                && *thread.program.executable.lock() == Some(identity)
        });
        if runs { Err(Errno::ETXTBSY) } else { Ok(()) }
    }

    /// Fails with `ETXTBSY` if the file is open for writing.
    fn check_not_written(self, inode: &InodeRef) -> Result<()> {
        let (identity, mut is_written) = (inode.identity(), false);
        self.kernel.for_each_open(|open| {
            let is_it = || open.file.inode().is_some_and(|inode| inode.identity() == identity);
            is_written |= open.is_writable() && is_it();
        });
        if is_written { Err(Errno::ETXTBSY) } else { Ok(()) }
    }

    /// Returns the names in a folder, for the loader.
    pub fn names_in(self, path: &[u8]) -> Result<Vec<Vec<u8>>> {
        let place = self.walk(abi::AT_FDCWD, path, Follow::Last)?;
        let entries = place.existing()?.entries()?;
        Ok(entries.into_iter().map(|entry| entry.name).collect())
    }

    /// Opens a regular file for the loader, following links; a relative path starts at the working directory.
    pub fn open_image(self, path: &[u8], kind: ImageKind) -> Result<Arc<dyn PageSource>> {
        let place = self.walk(abi::AT_FDCWD, path, Follow::Last)?;
        let Mounted { mount, inode } = place.existing()?.clone();
        match inode.file_type() {
            abi::S_IFREG => {}
            abi::S_IFDIR => return Err(Errno::EISDIR),
            _ => return Err(Errno::EACCES),
        }
        if mount.has(abi::MS_NOEXEC) {
            return Err(if kind == ImageKind::Program { Errno::EACCES } else { Errno::EPERM });
        }
        if kind == ImageKind::Program && inode.attributes()?.mode & 0o111 == 0 {
            return Err(Errno::EACCES);
        }
        // A file of memfd_create(2) is run while who made it has it open.
        if kind == ImageKind::Program && !Arc::ptr_eq(&mount, &self.internal_mount()) {
            self.check_not_written(&inode)?;
        }
        inode.open_regular(abi::O_RDONLY)?;
        let mut full = self.kernel.fs.path_known(&place.directory);
        if !full.ends_with(b"/") {
            full.push(b'/');
        }
        full.extend_from_slice(&place.name);
        let file = RegularFile::new(inode.clone());
        let open = OpenFile::at(file, abi::O_RDONLY, place.location(), Some(mount));
        Ok(Arc::new(InodePages { inode, name: Name::Path(full, open) }))
    }
}
