//! Path resolution, path_resolution(7).

use alloc::vec::Vec;

use super::Fs;
use super::file::Location;
use super::inode::NAME_MAX_BYTES;
use super::mount::Mounted;
use super::ways::Ways;
use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

/// The most links one walk follows (`MAXSYMLINKS`).
const MAX_LINKS: usize = 40;

/// Whether a link in the last component is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// It is.
    Last,
    /// The link itself is meant, unless a slash follows.
    NotLast,
    /// The link itself, whatever follows: the name is what the call is about.
    Never,
}

/// What kind of last component a path had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// A name.
    Name,
    /// `.`, or nothing after the root.
    Dot,
    /// `..`
    DotDot,
}

/// Where a path leads.
pub struct Place {
    /// The directory of the last component (the directory itself after `.` and `..`).
    pub directory: Mounted,
    /// The last component's name; empty after `.` and `..`.
    pub name: Vec<u8>,
    /// What kind of component that was.
    pub last: Last,
    /// What is there.
    pub inode: Option<Mounted>,
    /// Whether a slash followed, so that only a directory will do.
    pub must_be_directory: bool,
}

impl Place {
    /// Returns what is there, or `ENOENT`; `ENOTDIR` if a slash followed and it is none.
    pub fn existing(&self) -> Result<&Mounted> {
        let inode = self.inode.as_ref().ok_or(Errno::ENOENT)?;
        if self.must_be_directory && !inode.is_directory() { Err(Errno::ENOTDIR) } else { Ok(inode) }
    }

    /// Returns the directory and the name, if the path ended with one.
    pub fn location(self) -> Option<Location> {
        (self.last == Last::Name).then_some(Location { directory: self.directory, name: self.name })
    }

    /// Tells whether something is mounted there.
    pub fn is_mount_point(&self, fs: &Fs) -> bool {
        self.inode.as_ref().is_some_and(|inode| inode.is_mount_root() || fs.is_covered(inode))
    }
}

impl Fs {
    /// Returns the root directory of the process.
    pub fn root(&self) -> Result<Mounted> {
        self.root.lock().clone().ok_or(Errno::ENOENT)
    }

    /// Returns the directory above, across mounts, staying below the root directory.
    fn step_up(&self, at: Mounted) -> Result<Mounted> {
        let root = self.root()?;
        let mut at = at;
        loop {
            if at.is_same(&root) {
                return Ok(at);
            }
            if at.is_mount_root() {
                let Some((covered, _)) = self.covered_by(&at.mount) else { return Ok(at) };
                at = covered;
            } else {
                let parent = at.parent();
                return Ok(parent.map_or_else(|| at.clone(), |(parent, _)| self.cross(at.with(parent))));
            }
        }
    }

    /// Returns what `..` is in a directory.
    pub(super) fn parent_of(&self, directory: &Mounted) -> Result<Mounted> {
        self.step_up(directory.clone())
    }

    /// Returns the path of a directory; `ENOENT` when it was removed.
    pub fn path_of(&self, directory: &Mounted) -> Result<Vec<u8>> {
        self.climb(directory).map(|(path, _)| path)
    }
}

/// Fails for flags of an `*at` call that it does not know.
pub(super) fn check_flags(flags: i32, known: i32) -> Result<()> {
    if flags & !known == 0 { Ok(()) } else { Err(Errno::EINVAL) }
}

impl Context<'_> {
    /// Returns where a walk starts.
    fn walk_start(self, dirfd: i32, path: &[u8], ways: Ways) -> Result<Mounted> {
        if path.first() == Some(&b'/') && !ways.start_over(&self.kernel.fs, None)? {
            return self.kernel.fs.root();
        }
        if dirfd == abi::AT_FDCWD {
            return self.files().cwd();
        }
        let open = self.open_file(dirfd)?;
        let inode = self.mounted(&open).ok_or(Errno::ENOTDIR)?;
        if inode.is_directory() { Ok(inode) } else { Err(Errno::ENOTDIR) }
    }

    /// Takes `..` from a directory on a walk that began at `start`.
    fn step_up_within(self, start: &Mounted, at: Mounted, ways: Ways) -> Result<Mounted> {
        if ways.is_scoped() && at.is_same(start) {
            ways.above_start()?;
            return Ok(at);
        }
        let above = self.kernel.fs.step_up(at.clone())?;
        ways.check_crossing(&at, &above)?;
        Ok(above)
    }

    /// Finds where a path leads. Everything but the last component must exist.
    pub fn walk(self, dirfd: i32, path: &[u8], follow: Follow) -> Result<Place> {
        self.walk_within(dirfd, path, follow, Ways::ANY)
    }

    /// As [`Context::walk`], by some ways only.
    pub fn walk_within(self, dirfd: i32, path: &[u8], follow: Follow, ways: Ways) -> Result<Place> {
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        let fs = &self.kernel.fs;
        let start = self.walk_start(dirfd, path, ways)?;
        let mut at = start.clone();
        let mut rest: Vec<u8> = path.into();
        let mut links = 0;
        let mut from = 0;
        loop {
            while rest.get(from) == Some(&b'/') {
                from += 1;
            }
            let end = rest[from..].iter().position(|&b| b == b'/').map_or(rest.len(), |n| from + n);
            let is_last = rest[end..].iter().all(|&b| b == b'/');
            let must_be_directory = is_last && end < rest.len();
            let name = &rest[from..end];
            if matches!(name, b"" | b"." | b"..") {
                if !at.is_directory() {
                    return Err(Errno::ENOTDIR);
                }
                let is_up = name == b"..";
                if is_up {
                    at = self.step_up_within(&start, at, ways)?;
                }
                if is_last {
                    let last = if is_up { Last::DotDot } else { Last::Dot };
                    let inode = Some(at.clone());
                    return Ok(Place {
                        directory: at,
                        name: Vec::new(),
                        last,
                        inode,
                        must_be_directory: true,
                    });
                }
                from = end;
                continue;
            }
            if name.len() > NAME_MAX_BYTES {
                return Err(Errno::ENAMETOOLONG);
            }
            ways.check_lookup(&at, name)?;
            let found = match at.lookup(name) {
                Ok(inode) => Some(fs.cross(at.with(inode))),
                Err(Errno::ENOENT) if is_last => None,
                Err(error) => return Err(error),
            };
            if let Some(inode) = &found
                && inode.file_type() == abi::S_IFLNK
                && (!is_last || follow == Follow::Last || must_be_directory && follow != Follow::Never)
            {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Errno::ELOOP);
                }
                ways.check_link(inode)?;
                if inode.mount.follows_no_links() {
                    return Err(Errno::ELOOP);
                }
                if let Some(target) = inode.magic_target(self) {
                    let (target, location) = target?;
                    ways.check_jump(&at, &target)?;
                    if is_last {
                        let link = || Location { directory: at, name: name.to_vec() };
                        let Location { directory, name } = location.unwrap_or_else(link);
                        let (last, inode) = (Last::Name, Some(target));
                        return Ok(Place { directory, name, last, inode, must_be_directory });
                    }
                    at = target;
                } else {
                    let mut next = inode.read_link()?;
                    if next.is_empty() {
                        return Err(Errno::ENOENT);
                    }
                    if inode.is_magic_link() && ways.is_scoped() {
                        return Err(Errno::EXDEV);
                    }
                    if next[0] == b'/' {
                        at = if ways.start_over(fs, Some(&at))? { start.clone() } else { fs.root()? };
                    }
                    next.extend_from_slice(&rest[end..]);
                    rest = next;
                    from = 0;
                    continue;
                }
            } else {
                if let Some(inode) = &found {
                    ways.check_crossing(&at, inode)?;
                }
                if is_last {
                    let (name, last) = (name.to_vec(), Last::Name);
                    return Ok(Place { directory: at, name, last, inode: found, must_be_directory });
                }
                if let Some(inode) = found {
                    at = inode;
                }
            }
            if !at.is_directory() {
                return Err(Errno::ENOTDIR);
            }
            from = end;
        }
    }

    /// Finds what a path names, following links.
    pub fn resolve(self, dirfd: i32, path: &[u8]) -> Result<Mounted> {
        self.walk(dirfd, path, Follow::Last)?.existing().cloned()
    }

    /// Finds what the `*at` calls name: `AT_SYMLINK_NOFOLLOW` and `AT_EMPTY_PATH` in `flags` count.
    pub fn resolve_at(self, dirfd: i32, path: &[u8], flags: i32) -> Result<Mounted> {
        if path.is_empty() && flags & abi::AT_EMPTY_PATH != 0 {
            if dirfd == abi::AT_FDCWD {
                return self.files().cwd();
            }
            let open = self.open_file(dirfd)?;
            return self.mounted(&open).ok_or(Errno::EINVAL);
        }
        let follow = if flags & abi::AT_SYMLINK_NOFOLLOW != 0 { Follow::NotLast } else { Follow::Last };
        self.walk(dirfd, path, follow)?.existing().cloned()
    }
}
