//! fts(3): a walk of file hierarchies that the program drives.
//!
//! Each [`Entry`] is one block of the program's heap with its name, path and status behind it.

mod children;
mod entry;

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use children::Reads;
use entry::{
    AGAIN, COMFOLLOW, D, DC, DEFAULT, DOT, DP, ERR, Entry, F, FOLLOW, INIT, LOGICAL, NAMEONLY, NOCHDIR,
    NOINSTR, NS, OPTIONS, SKIP, SL, SLNONE, STOP, XDEV, entry, free_list,
};

use super::{PATH_MAX, bytes_of, directory, fail, fail_null, store};
use crate::abi::{self, Errno};
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::{fcntl, sys_stat, unistd};
use crate::libc::malloc::{calloc, free};
use crate::libc::{errno, set_errno};

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

/// `FTS`
#[repr(C)]
pub struct Hierarchy {
    current: *mut Entry,
    child: *mut Entry,
    array: *mut *mut Entry,
    dev: u64,
    path: *mut c_char,
    /// The working directory to go back to; -1 if it never changes.
    root: c_int,
    path_len: c_int,
    items: c_int,
    compare: Option<Compare>,
    options: c_int,
}

/// Goes to a folder, whose path may be longer than [`PATH_MAX`]: then part by part. Where a later part fails, the working
/// directory is the folder that an earlier one leads to.
fn go_far(path: &[u8]) -> bool {
    let mut part = [0; PATH_MAX];
    let mut rest = path;
    while !rest.is_empty() {
        let most = PATH_MAX - 1;
        let len = match rest.len() {
            len if len <= most => len,
            // A part ends behind a slash; without one a name is too long, as the kernel says.
            _ => rest[..most].iter().rposition(|&byte| byte == b'/').map_or(most, |at| at + 1),
        };
        part[..len].copy_from_slice(&rest[..len]);
        part[len] = 0;
        // SAFETY: a string ended by a NUL.
        if unsafe { unistd::chdir(UserStr::new(part.as_ptr().addr())) } != 0 {
            return false;
        }
        // What follows counts from here, however many slashes there are.
        let next = &rest[len..];
        let slashes = next.iter().take_while(|&&byte| byte == b'/').count();
        rest = &next[slashes..];
    }
    true
}

impl Hierarchy {
    const fn has(&self, option: c_int) -> bool {
        self.options & option != 0
    }

    /// Goes to the folder of this path; NULL is where the walk began. A failure is the program's to see: its next use of a
    /// path fails.
    unsafe fn go(&self, path: *const c_char) -> bool {
        // SAFETY: an entry's string.
        unsafe {
            self.root < 0 || (unistd::fchdir(self.root) == 0 && (path.is_null() || go_far(bytes_of(path))))
        }
    }

    /// Fills in the entry's status and returns its `fts_info`.
    unsafe fn status(&self, entry: *mut Entry, follows: bool) -> u16 {
        // SAFETY: an entry of ours.
        unsafe {
            let (path, out) = (UserStr::new((*entry).accpath.addr()), UserPtr::new((*entry).stat.addr()));
            let no_follow = abi::AT_SYMLINK_NOFOLLOW;
            if self.has(LOGICAL) || follows {
                if sys_stat::fstatat(abi::AT_FDCWD, path, out, 0) != 0 {
                    let error = errno();
                    if sys_stat::fstatat(abi::AT_FDCWD, path, out, no_follow) == 0 {
                        set_errno(0);
                        return SLNONE;
                    }
                    return Self::no_status(entry, error);
                }
            } else if sys_stat::fstatat(abi::AT_FDCWD, path, out, no_follow) != 0 {
                return Self::no_status(entry, errno());
            }
            let stat = &*(*entry).stat;
            match stat.st_mode & abi::S_IFMT {
                abi::S_IFDIR => {
                    ((*entry).dev, (*entry).ino, (*entry).nlink) = (stat.st_dev, stat.st_ino, stat.st_nlink);
                    if matches!(bytes_of((&raw const (*entry).name).cast()), b"." | b"..") {
                        return DOT;
                    }
                    let mut above = (*entry).parent;
                    while !above.is_null() && (*above).level >= 0 {
                        if (*above).ino == stat.st_ino && (*above).dev == stat.st_dev {
                            (*entry).cycle = above;
                            return DC;
                        }
                        above = (*above).parent;
                    }
                    D
                }
                abi::S_IFLNK => SL,
                abi::S_IFREG => F,
                _ => DEFAULT,
            }
        }
    }

    unsafe fn no_status(entry: *mut Entry, error: c_int) -> u16 {
        // SAFETY: an entry of ours; all-zero is a value.
        unsafe {
            (*entry).error = error;
            (*entry).stat.write(core::mem::zeroed());
        }
        NS
    }

    /// Goes to where the entry's `fts_accpath` counts from.
    unsafe fn back(&self, entry: *mut Entry) -> bool {
        // SAFETY: an entry of ours; above the first level there is a parent.
        unsafe { self.go(if (*entry).level > 0 { (*(*entry).parent).path } else { null_mut() }) }
    }
}

/// fts_open(3)
pub unsafe extern "C" fn fts_open(
    paths: *const *mut c_char,
    options: c_int,
    compare: Option<Compare>,
) -> *mut Hierarchy {
    if options & !OPTIONS != 0 {
        return fail_null(Errno::EINVAL);
    }
    // SAFETY: the caller's list of strings ended by NULL; the blocks are ours.
    unsafe {
        let walk = calloc(1, size_of::<Hierarchy>()).cast::<Hierarchy>();
        if walk.is_null() {
            return null_mut();
        }
        (*walk).compare = compare;
        (*walk).options = if options & LOGICAL != 0 { options | NOCHDIR } else { options };
        (*walk).root = -1;
        let parent = entry(b"", b"", -1);
        let (mut first, mut last) = (null_mut::<Entry>(), null_mut::<Entry>());
        let mut error = if parent.is_null() { abi::ENOMEM } else { 0 };
        for index in 0.. {
            let path = *paths.add(index);
            if path.is_null() || error != 0 {
                break;
            }
            let path = bytes_of(path);
            if path.is_empty() {
                error = abi::ENOENT;
                break;
            }
            let new = entry(path, path, 0);
            if new.is_null() {
                error = abi::ENOMEM;
                break;
            }
            (*new).parent = parent;
            (*new).info = (*walk).status(new, (*walk).has(COMFOLLOW));
            if (*new).info == DOT {
                (*new).info = D;
            }
            if last.is_null() {
                first = new;
            } else {
                (*last).link = new;
            }
            last = new;
        }
        let start = if error == 0 { entry(b"", b"", 0) } else { null_mut() };
        if start.is_null() {
            free_list(first);
            free(parent.cast());
            free(walk.cast());
            set_errno(if error == 0 { abi::ENOMEM } else { error });
            return null_mut();
        }
        (*start).link = (*walk).sort(first);
        (*start).parent = parent;
        (*start).info = INIT;
        (*walk).current = start;
        if !(*walk).has(NOCHDIR) {
            (*walk).root = fcntl::open(UserStr::new(c".".as_ptr().addr()), abi::O_RDONLY | abi::O_CLOEXEC, 0);
            if (*walk).root < 0 {
                (*walk).options |= NOCHDIR;
            }
        }
        walk
    }
}

/// fts_read(3)
pub unsafe extern "C" fn fts_read(walk: *mut Hierarchy) -> *mut Entry {
    // SAFETY: the caller's walk and its entries.
    unsafe {
        let this = &mut *walk;
        let entry = this.current;
        if entry.is_null() || this.has(STOP) {
            return null_mut();
        }
        let instr = core::mem::replace(&mut (*entry).instr, NOINSTR);
        if instr == AGAIN {
            (*entry).info = this.status(entry, false);
            return entry;
        }
        if instr == FOLLOW && matches!((*entry).info, SL | SLNONE) {
            (*entry).info = this.status(entry, true);
            return entry;
        }
        if (*entry).info == D {
            if instr == SKIP || (this.has(XDEV) && (*entry).dev != this.dev) {
                free_list(core::mem::replace(&mut this.child, null_mut()));
                (*entry).info = DP;
                return entry;
            }
            if this.has(NAMEONLY) {
                this.options &= !NAMEONLY;
                free_list(core::mem::replace(&mut this.child, null_mut()));
            }
            let mut child = core::mem::replace(&mut this.child, null_mut());
            if child.is_null() {
                child = this.build(Reads::Next);
                if child.is_null() {
                    return if this.has(STOP) { null_mut() } else { entry };
                }
            } else if !this.go((*entry).path) {
                // The children were asked for before, with the working directory left where it was.
                (*entry).error = errno();
            }
            this.current = child;
            return enter(this, child);
        }
        next(this, entry)
    }
}

/// Goes on to what follows an entry that is done with.
unsafe fn next(this: &mut Hierarchy, mut entry: *mut Entry) -> *mut Entry {
    // SAFETY: the walk's entries.
    unsafe {
        loop {
            let done = entry;
            if (*done).link.is_null() {
                entry = (*done).parent;
                this.current = entry;
                free(done.cast());
                if (*entry).level < 0 {
                    free(entry.cast());
                    this.current = null_mut();
                    this.go(null_mut());
                    set_errno(0);
                    return null_mut();
                }
                if !this.back(entry) {
                    this.options |= STOP;
                    return null_mut();
                }
                (*entry).info = if (*entry).error != 0 { ERR } else { DP };
                return entry;
            }
            entry = (*done).link;
            this.current = entry;
            free(done.cast());
            if (*entry).level == 0 && !this.go(null_mut()) {
                this.options |= STOP;
                return null_mut();
            }
            if (*entry).instr != SKIP {
                return enter(this, entry);
            }
        }
    }
}

/// Makes an entry the one that the program gets.
unsafe fn enter(this: &mut Hierarchy, entry: *mut Entry) -> *mut Entry {
    // SAFETY: an entry of the walk.
    unsafe {
        if (*entry).level == 0 {
            this.dev = (*entry).dev;
            // A path of the command line is called by its last part from here on.
            let path = bytes_of((*entry).path);
            let slash = path.iter().rposition(|&byte| byte == b'/');
            if let Some(at) = slash.filter(|&at| at != 0 || path.len() > 1) {
                store((&raw mut (*entry).name).cast(), &path[at + 1..]);
                (*entry).name_len = (path.len() - at - 1) as u16;
            }
        }
        if (*entry).instr == FOLLOW {
            (*entry).info = this.status(entry, true);
            (*entry).instr = NOINSTR;
        }
        entry
    }
}

/// fts_set(3)
pub unsafe extern "C" fn fts_set(_walk: *mut Hierarchy, entry: *mut Entry, instr: c_int) -> c_int {
    let Ok(instr @ (0 | AGAIN | FOLLOW | NOINSTR | SKIP)) = u16::try_from(instr) else {
        fail(Errno::EINVAL);
        return 1;
    };
    // SAFETY: the caller's entry.
    unsafe { (*entry).instr = instr };
    0
}

/// fts_children(3)
pub unsafe extern "C" fn fts_children(walk: *mut Hierarchy, instr: c_int) -> *mut Entry {
    if instr != 0 && instr != NAMEONLY {
        return fail_null(Errno::EINVAL);
    }
    // SAFETY: the caller's walk and its entries.
    unsafe {
        let this = &mut *walk;
        set_errno(0);
        let entry = this.current;
        if entry.is_null() || this.has(STOP) {
            return null_mut();
        }
        if (*entry).info == INIT {
            return (*entry).link;
        }
        if (*entry).info != D {
            return null_mut();
        }
        free_list(core::mem::replace(&mut this.child, null_mut()));
        this.options &= !NAMEONLY;
        let reads = if instr == NAMEONLY { Reads::Names } else { Reads::Children };
        this.options |= instr;
        this.child = this.build(reads);
        if reads == Reads::Children {
            let error = errno();
            this.back(entry);
            set_errno(error);
        }
        this.child
    }
}

/// fts_close(3)
pub unsafe extern "C" fn fts_close(walk: *mut Hierarchy) -> c_int {
    // SAFETY: the caller's walk, used for the last time.
    unsafe {
        let this = &mut *walk;
        free_list(core::mem::replace(&mut this.child, null_mut()));
        let mut entry = this.current;
        while !entry.is_null() {
            let next = if (*entry).link.is_null() { (*entry).parent } else { (*entry).link };
            free(entry.cast());
            entry = next;
        }
        let mut result = 0;
        if this.root >= 0 {
            result = unistd::fchdir(this.root);
            let error = errno();
            unistd::close(this.root);
            set_errno(error);
        }
        free(walk.cast());
        result
    }
}
