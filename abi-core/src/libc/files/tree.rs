//! ftw(3) and nftw(3): every file below a path, by calls of the program's function.

use core::ffi::{c_char, c_int};

use super::{bytes_of, directory, fail};
use crate::abi::{self, Errno, stat as Stat};
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::{fcntl, sys_stat, unistd};
use crate::libc::guest_vec::GuestVec;
use crate::libc::{errno, set_errno};

/// `FTW_F`
const FILE: c_int = 0;
/// `FTW_D`
const FOLDER: c_int = 1;
/// `FTW_DNR`
const NOT_READ: c_int = 2;
/// `FTW_NS`
const NO_STAT: c_int = 3;
/// `FTW_SL`
const LINK: c_int = 4;
/// `FTW_DP`
const FOLDER_AFTER: c_int = 5;
/// `FTW_SLN`
const LINK_TO_NOTHING: c_int = 6;

/// `FTW_PHYS`
const PHYSICAL: c_int = 1;
/// `FTW_MOUNT`
const MOUNT: c_int = 2;
/// `FTW_CHDIR`
const CHDIR: c_int = 4;
/// `FTW_DEPTH`
const DEPTH: c_int = 8;
/// `FTW_ACTIONRETVAL`
const ACTION: c_int = 16;

/// `FTW_SKIP_SUBTREE`
const SKIP_SUBTREE: c_int = 2;
/// `FTW_SKIP_SIBLINGS`
const SKIP_SIBLINGS: c_int = 3;

/// `struct FTW`
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Place {
    /// Where the file's own name starts in the path.
    base: c_int,
    /// How many folders below the start.
    level: c_int,
}

type Plain = unsafe extern "C" fn(*const c_char, *const Stat, c_int) -> c_int;
type Placed = unsafe extern "C" fn(*const c_char, *const Stat, c_int, *mut Place) -> c_int;

/// The program's function.
#[derive(Clone, Copy)]
enum Visit {
    Plain(Plain),
    Placed(Placed),
}

/// How long a path may get before what lies below is reached from its folder: the kernel takes no path longer than
/// `PATH_MAX`.
const REACH_BYTES: usize = 2048;

/// Where the kernel finds a path from: an open folder, and where in the path what lies below it starts.
#[derive(Clone, Copy)]
struct Anchor {
    folder: c_int,
    start: usize,
}

/// A walk on its way.
struct Walk {
    visit: Visit,
    flags: c_int,
    /// The path so far, without a NUL.
    path: GuestVec<u8>,
    /// What its files are looked for from.
    anchor: Anchor,
    /// The folders entered, where links are followed: each is entered once.
    seen: GuestVec<(u64, u64)>,
    /// The device of the start.
    device: u64,
    /// The working directory to go back to; -1 if it never changes.
    home: c_int,
}

/// Why a walk ends: the number to return, with errno set.
type Ended = c_int;

fn no_memory<T>(_: T) -> Ended {
    fail(Errno::ENOMEM)
}

fn is_link(stat: &Stat) -> bool {
    stat.st_mode & abi::S_IFMT == abi::S_IFLNK
}

/// Asks about a file below `folder`, ended by a NUL in `path`.
fn status(folder: c_int, path: &[u8], flags: c_int) -> Result<Stat, c_int> {
    // SAFETY: all-zero is a value; the path ends with a NUL and the result is ours.
    unsafe {
        let mut stat: Stat = core::mem::zeroed();
        let out = UserPtr::new((&raw mut stat).addr());
        match sys_stat::fstatat(folder, UserStr::new(path.as_ptr().addr()), out, flags) {
            0 => Ok(stat),
            _ => Err(errno()),
        }
    }
}

impl Walk {
    fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }

    fn call(&mut self, stat: &Stat, what: c_int, mut place: Place) -> Result<c_int, Ended> {
        self.path.push(0).map_err(no_memory)?;
        let path = self.path.as_ptr().cast();
        // SAFETY: the program's function; the path ends with a NUL and all outlives the call.
        let result = unsafe {
            match self.visit {
                Visit::Placed(visit) => visit(path, stat, what, &raw mut place),
                // ftw(3) knows fewer kinds.
                Visit::Plain(visit) => {
                    let what = if what == LINK_TO_NOTHING { NO_STAT } else { what };
                    visit(path, stat, what)
                }
            }
        };
        self.path.pop();
        Ok(result)
    }

    /// Goes to the folder that the path's first `len` bytes name.
    fn go(&mut self, len: usize) -> Result<(), Ended> {
        if self.home < 0 {
            return Ok(());
        }
        let Anchor { folder: anchor, start } = self.anchor;
        let mut folder = GuestVec::new();
        folder.extend(&self.path[start..len]).map_err(no_memory)?;
        folder.push(0).map_err(no_memory)?;
        // SAFETY: a string ended by a NUL.
        let went = unsafe {
            unistd::fchdir(if anchor == abi::AT_FDCWD { self.home } else { anchor }) == 0
                && (len == start || unistd::chdir(UserStr::new(folder.as_ptr().addr())) == 0)
        };
        if went { Ok(()) } else { Err(-1) }
    }

    /// Says what the file at the path is to be looked for from: the working directory, if that follows the walk.
    fn found_from(&self, place: Place) -> Anchor {
        if self.home < 0 { self.anchor } else { Anchor { folder: abi::AT_FDCWD, start: place.base as usize } }
    }

    /// Opens the folder at the path, ended by a NUL.
    fn open(&self, from: Anchor, flags: c_int) -> c_int {
        let name = UserStr::new(self.path[from.start..].as_ptr().addr());
        // SAFETY: a string ended by a NUL.
        unsafe { fcntl::openat(from.folder, name, flags | abi::O_DIRECTORY | abi::O_CLOEXEC, 0) }
    }

    /// Deals with the file at the path: 0 to go on.
    fn file(&mut self, place: Place) -> Result<c_int, Ended> {
        self.path.push(0).map_err(no_memory)?;
        let Anchor { folder, start } = self.found_from(place);
        let name = &self.path[start..];
        let found = status(folder, name, if self.has(PHYSICAL) { abi::AT_SYMLINK_NOFOLLOW } else { 0 });
        let link = match found {
            Err(abi::EACCES | abi::ENOENT) if !self.has(PHYSICAL) => {
                status(folder, name, abi::AT_SYMLINK_NOFOLLOW).ok().filter(is_link)
            }
            _ => None,
        };
        self.path.pop();
        let (stat, what) = match (found, link) {
            (Ok(stat), _) => match stat.st_mode & abi::S_IFMT {
                abi::S_IFDIR => (stat, FOLDER),
                abi::S_IFLNK => (stat, LINK),
                _ => (stat, FILE),
            },
            (Err(_), Some(stat)) => (stat, LINK_TO_NOTHING),
            (Err(abi::EACCES | abi::ENOENT), None) if place.level > 0 => {
                // SAFETY: all-zero is a value.
                (unsafe { core::mem::zeroed() }, NO_STAT)
            }
            (Err(error), None) => {
                set_errno(error);
                return Err(-1);
            }
        };
        if place.level == 0 {
            self.device = stat.st_dev;
        }
        let is_elsewhere = self.has(MOUNT) && what != NO_STAT && stat.st_dev != self.device;
        let result = match what {
            _ if is_elsewhere => 0,
            FOLDER => self.folder(&stat, place)?,
            _ => self.call(&stat, what, place)?,
        };
        Ok(if self.has(ACTION) && result == SKIP_SUBTREE { 0 } else { result })
    }

    fn folder(&mut self, stat: &Stat, place: Place) -> Result<c_int, Ended> {
        if !self.has(PHYSICAL) {
            let key = (stat.st_dev, stat.st_ino);
            if self.seen.contains(&key) {
                return Ok(0);
            }
            self.seen.push(key).map_err(no_memory)?;
        }
        let Some(names) = self.names(place)? else { return self.call(stat, NOT_READ, place) };
        if !self.has(DEPTH) {
            let result = self.call(stat, FOLDER, place)?;
            if result != 0 {
                return Ok(result);
            }
        }
        let len = self.path.len();
        self.go(len)?;
        if self.path.last() != Some(&b'/') {
            self.path.push(b'/').map_err(no_memory)?;
        }
        let mut result = self.anchored(|walk| walk.each(&names, place.level + 1))?;
        if self.has(ACTION) && result == SKIP_SIBLINGS {
            result = 0;
        }
        self.path.truncate(len);
        // The call for what was a folder comes with that folder still the working directory, as in glibc.
        if result == 0 && self.has(DEPTH) {
            result = self.call(stat, FOLDER_AFTER, place)?;
        }
        self.go(place.base as usize)?;
        Ok(result)
    }

    /// Has `body` find the files below the path from there, if that is far from where they are found from now.
    fn anchored(&mut self, body: impl FnOnce(&mut Self) -> Result<c_int, Ended>) -> Result<c_int, Ended> {
        let (outer, start) = (self.anchor, self.path.len());
        if start - outer.start < REACH_BYTES {
            return body(self);
        }
        self.path.push(0).map_err(no_memory)?;
        let folder = self.open(outer, abi::O_PATH);
        self.path.pop();
        if folder < 0 {
            return Err(-1);
        }
        self.anchor = Anchor { folder, start };
        let result = body(self);
        self.anchor = outer;
        let error = errno();
        // SAFETY: opened above.
        unsafe { unistd::close(folder) };
        set_errno(error);
        result
    }

    /// Deals with the files of these names, each ended by a NUL, in the folder at the path.
    fn each(&mut self, names: &[u8], level: c_int) -> Result<c_int, Ended> {
        let base = self.path.len();
        let below = Place { base: base as c_int, level };
        for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
            self.path.extend(name).map_err(no_memory)?;
            let result = self.file(below)?;
            self.path.truncate(base);
            if result != 0 {
                return Ok(result);
            }
        }
        Ok(0)
    }

    /// Reads the folder's names, each ended by a NUL; none if it may not be read. All of them are read at once, so that a
    /// walk needs one descriptor however deep it goes.
    fn names(&mut self, place: Place) -> Result<Option<GuestVec<u8>>, Ended> {
        self.path.push(0).map_err(no_memory)?;
        let fd = self.open(self.found_from(place), abi::O_RDONLY | abi::O_NONBLOCK);
        self.path.pop();
        if fd < 0 {
            return if errno() == abi::EACCES { Ok(None) } else { Err(-1) };
        }
        // SAFETY: a descriptor of ours, which the stream keeps.
        let stream = unsafe { directory::fdopendir(fd) };
        if stream.is_null() {
            // SAFETY: as above; there is no stream.
            unsafe { unistd::close(fd) };
            return Err(-1);
        }
        let names = directory::names(stream);
        // SAFETY: just opened, used for the last time.
        unsafe { directory::closedir(stream) };
        names.map(Some).map_err(no_memory)
    }
}

unsafe fn walk(path: *const c_char, visit: Visit, flags: c_int) -> c_int {
    // SAFETY: the caller's string.
    let text = unsafe { bytes_of(path) };
    if text.is_empty() {
        return fail(Errno::ENOENT);
    }
    let end = text.iter().rposition(|&byte| byte != b'/').map_or(1, |last| last + 1);
    let text = &text[..end];
    let base = if end == 1 { 0 } else { text.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1) };
    let mut home = -1;
    if flags & CHDIR != 0 {
        let how = abi::O_RDONLY | abi::O_DIRECTORY | abi::O_CLOEXEC;
        // SAFETY: a constant string.
        home = unsafe { fcntl::open(UserStr::new(c".".as_ptr().addr()), how, 0) };
        if home < 0 {
            return -1;
        }
    }
    let anchor = Anchor { folder: abi::AT_FDCWD, start: 0 };
    let mut walk =
        Walk { visit, flags, path: GuestVec::new(), anchor, seen: GuestVec::new(), device: 0, home };
    let result = (|| {
        walk.path.extend(text).map_err(no_memory)?;
        walk.go(base)?;
        walk.file(Place { base: base as c_int, level: 0 })
    })();
    if home >= 0 {
        let error = errno();
        // SAFETY: our descriptor.
        unsafe {
            unistd::fchdir(home);
            unistd::close(home);
        }
        set_errno(error);
    }
    match result {
        Ok(SKIP_SIBLINGS) if flags & ACTION != 0 => 0,
        Ok(result) | Err(result) => result,
    }
}

/// ftw(3)
pub unsafe extern "C" fn ftw(path: *const c_char, visit: Plain, _descriptors: c_int) -> c_int {
    // SAFETY: the caller's string and function.
    unsafe { walk(path, Visit::Plain(visit), 0) }
}

/// nftw(3)
pub unsafe extern "C" fn nftw(
    path: *const c_char,
    visit: Placed,
    _descriptors: c_int,
    flags: c_int,
) -> c_int {
    if flags & !(PHYSICAL | MOUNT | CHDIR | DEPTH | ACTION) != 0 {
        return fail(Errno::EINVAL);
    }
    // SAFETY: the caller's string and function.
    unsafe { walk(path, Visit::Placed(visit), flags) }
}
