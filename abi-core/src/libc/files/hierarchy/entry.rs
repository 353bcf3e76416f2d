//! An entry of a hierarchy, and the numbers of `fts.h`.

use core::ffi::{c_char, c_int, c_long, c_short, c_void};
use core::ptr::null_mut;

use super::super::store;
use crate::abi::stat as Stat;
use crate::libc::malloc::{calloc, free};

// `fts_options`
pub(super) const COMFOLLOW: c_int = 1;
pub(super) const LOGICAL: c_int = 2;
pub(super) const NOCHDIR: c_int = 4;
pub(super) const NOSTAT: c_int = 8;
pub(super) const PHYSICAL: c_int = 0x10;
pub(super) const SEEDOT: c_int = 0x20;
pub(super) const XDEV: c_int = 0x40;
/// What a program may ask for.
pub(super) const OPTIONS: c_int = 0xff;
pub(super) const NAMEONLY: c_int = 0x100;
pub(super) const STOP: c_int = 0x200;

// `fts_info`
pub(super) const D: u16 = 1;
pub(super) const DC: u16 = 2;
pub(super) const DEFAULT: u16 = 3;
pub(super) const DNR: u16 = 4;
pub(super) const DOT: u16 = 5;
pub(super) const DP: u16 = 6;
pub(super) const ERR: u16 = 7;
pub(super) const F: u16 = 8;
pub(super) const INIT: u16 = 9;
pub(super) const NS: u16 = 10;
pub(super) const NSOK: u16 = 11;
pub(super) const SL: u16 = 12;
pub(super) const SLNONE: u16 = 13;

// `fts_instr`
pub(super) const AGAIN: u16 = 1;
pub(super) const FOLLOW: u16 = 2;
pub(super) const NOINSTR: u16 = 3;
pub(super) const SKIP: u16 = 4;

/// `FTSENT`
#[repr(C)]
pub struct Entry {
    pub(super) cycle: *mut Entry,
    pub(super) parent: *mut Entry,
    pub(super) link: *mut Entry,
    /// The program's own.
    pub(super) number: c_long,
    pub(super) pointer: *mut c_void,
    pub(super) accpath: *mut c_char,
    pub(super) path: *mut c_char,
    pub(super) error: c_int,
    pub(super) symfd: c_int,
    pub(super) path_len: u16,
    pub(super) name_len: u16,
    pub(super) ino: u64,
    pub(super) dev: u64,
    pub(super) nlink: u64,
    pub(super) level: c_short,
    pub(super) info: u16,
    pub(super) flags: u16,
    pub(super) instr: u16,
    pub(super) stat: *mut Stat,
    /// The name and its NUL; more of the block follows.
    pub(super) name: [c_char; 1],
}

/// Makes an entry: `name` is what the entry is called, `path` where it is.
pub(super) unsafe fn entry(name: &[u8], path: &[u8], level: c_short) -> *mut Entry {
    let name_at = core::mem::offset_of!(Entry, name);
    let stat_at = (name_at + name.len() + 1).next_multiple_of(align_of::<Stat>());
    let path_at = stat_at + size_of::<Stat>();
    // SAFETY: one zeroed block with room for all of it.
    unsafe {
        let block = calloc(1, (path_at + path.len() + 1).max(size_of::<Entry>())).cast::<u8>();
        if block.is_null() {
            return null_mut();
        }
        let made = block.cast::<Entry>();
        store(block.add(name_at).cast(), name);
        store(block.add(path_at).cast(), path);
        (*made).stat = block.add(stat_at).cast();
        (*made).path = block.add(path_at).cast();
        (*made).accpath = (*made).path;
        // The fields are as wide as the header says; who walks sees to it that they have room.
        (*made).name_len = name.len() as u16;
        (*made).path_len = path.len() as u16;
        (*made).level = level;
        (*made).instr = NOINSTR;
        made
    }
}

pub(super) unsafe fn free_list(mut entry: *mut Entry) {
    while !entry.is_null() {
        // SAFETY: entries of ours, used for the last time.
        unsafe {
            let next = (*entry).link;
            free(entry.cast());
            entry = next;
        }
    }
}
