//! The program's time zone, as TZ and /etc/localtime say.

use core::ffi::c_char;
use core::ptr::null_mut;

use super::rule::{Abbreviation, Rule};
use super::tzfile::{LocalType, TzFile};
use crate::abi;
use crate::libc::guest_heap::{free, malloc, realloc};
use crate::libc::state::state;
use crate::libc::stdio::{lock, sys};
use crate::libc::{errno, set_errno};

/// Where compiled zones are.
const FOLDER: &[u8] = b"/usr/share/zoneinfo/";

/// How the offset is found.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// By a rule.
    Rule(Rule),
    /// Not at all: TZ says no more than a name, or nothing.
    Unread(Abbreviation),
    /// By a file's bytes.
    File(TzFile, *mut u8, usize),
}

/// A zone that was read.
#[derive(Debug, Clone, Copy)]
pub struct Zone {
    kind: Kind,
    /// The value of TZ it was read for, 255 bytes at most; a length above that says TZ was not set.
    variable: [u8; 256],
    variable_len: usize,
}

/// An abbreviation that was handed out.
pub struct Name {
    next: *mut Self,
    text: [u8; 17],
}

/// Returns a C string of an abbreviation that stays valid.
fn intern(name: Abbreviation) -> *mut c_char {
    let names = &state().time.names;
    // SAFETY: the list's nodes are never freed, and the lock is held.
    unsafe {
        let mut at = names.get();
        while !at.is_null() {
            let text = &raw mut (*at).text;
            if crate::libc::c_str(text.cast()).to_bytes() == name.as_bytes() {
                return text.cast();
            }
            at = (*at).next;
        }
        let node = malloc(size_of::<Name>()).cast::<Name>();
        if node.is_null() {
            return c"".as_ptr().cast_mut();
        }
        let mut text = [0; 17];
        text[..name.as_bytes().len()].copy_from_slice(name.as_bytes());
        node.write(Name { next: names.get(), text });
        names.set(node);
        (&raw mut (*node).text).cast()
    }
}

/// Returns the type of a time by a rule.
pub fn by_rule(rule: &Rule, seconds: i64) -> LocalType {
    let (offset, is_daylight) = rule.at(seconds);
    let name = rule.daylight.filter(|_| is_daylight).map_or(rule.name, |daylight| daylight.name);
    LocalType { offset, is_daylight, name }
}

const fn fixed(name: Abbreviation) -> Kind {
    Kind::Rule(Rule { name, offset: 0, daylight: None })
}

/// Reads a whole file to a heap block.
fn read_file(path: *const c_char) -> Option<(*mut u8, usize)> {
    let saved = errno();
    let fd = sys::open(path, abi::O_RDONLY | abi::O_CLOEXEC, 0);
    if fd < 0 {
        set_errno(saved);
        return None;
    }
    let (mut block, mut len, mut room) = (null_mut::<u8>(), 0usize, 0usize);
    let is_read = loop {
        if len == room {
            room = (room * 2).max(4096);
            // No zone is that large: a limit keeps a wrong path harmless.
            // SAFETY: its own block.
            let larger = if room > 1 << 20 { null_mut() } else { unsafe { realloc(block.cast(), room) } };
            if larger.is_null() {
                break false;
            }
            block = larger.cast();
        }
        // SAFETY: `room - len` bytes are free.
        let n = sys::read(fd, unsafe { block.add(len) }, room - len);
        if n <= 0 {
            break n == 0;
        }
        len += (n as usize).min(room - len);
    };
    sys::close(fd);
    set_errno(saved);
    if !is_read {
        // SAFETY: its own block.
        unsafe { free(block.cast()) };
        return None;
    }
    Some((block, len))
}

fn load_file(path: *const c_char) -> Option<Kind> {
    let (block, len) = read_file(path)?;
    // SAFETY: `len` bytes were read.
    let parsed = TzFile::parse(unsafe { core::slice::from_raw_parts(block, len) });
    if parsed.is_none() {
        // SAFETY: its own block.
        unsafe { free(block.cast()) };
    }
    Some(Kind::File(parsed?, block, len))
}

/// Reads the zone a value of TZ names.
fn load(variable: Option<&[u8]>) -> Kind {
    let utc = fixed(Abbreviation::new(b"UTC"));
    let Some(variable) = variable else {
        return load_file(c"/etc/localtime".as_ptr()).unwrap_or(utc);
    };
    let text = variable.strip_prefix(b":").unwrap_or(variable);
    if text.is_empty() {
        return utc;
    }
    let mut path = [0u8; 512];
    let folder: &[u8] = if text[0] == b'/' { b"" } else { FOLDER };
    if folder.len() + text.len() < path.len() {
        path[..folder.len()].copy_from_slice(folder);
        path[folder.len()..folder.len() + text.len()].copy_from_slice(text);
        if let Some(kind) = load_file(path.as_ptr().cast()) {
            return kind;
        }
    }
    match Rule::parse(text) {
        Ok(rule) => Kind::Rule(rule),
        // glibc keeps the name it could read.
        Err(name) => Kind::Unread(name),
    }
}

impl Zone {
    fn is_for(&self, variable: Option<&[u8]>) -> bool {
        match variable {
            None => self.variable_len > 256,
            Some(text) => self.variable.get(..self.variable_len) == Some(text),
        }
    }

    /// Returns the type of a time.
    fn local_type(&self, seconds: i64) -> LocalType {
        match &self.kind {
            Kind::Rule(rule) => by_rule(rule, seconds),
            Kind::Unread(name) => LocalType { offset: 0, is_daylight: false, name: *name },
            Kind::File(file, block, len) => {
                // SAFETY: the file's block.
                let bytes = unsafe { core::slice::from_raw_parts(*block, *len) };
                let utc = LocalType { offset: 0, is_daylight: false, name: Abbreviation::new(b"UTC") };
                file.at(bytes, seconds).unwrap_or(utc)
            }
        }
    }

    /// Has `tzname` say what holds around a time that is looked up, as glibc does for zones of a file.
    fn show_names(&self, seconds: i64) {
        let Kind::File(file, block, len) = &self.kind else { return };
        // SAFETY: the file's block.
        let bytes = unsafe { core::slice::from_raw_parts(*block, *len) };
        let names = match &file.rule {
            Some(rule) if file.is_after_changes(bytes, seconds) => {
                Some([rule.name, rule.daylight.map_or(rule.name, |daylight| daylight.name)])
            }
            _ => file.names_around(bytes, seconds),
        };
        if let Some(names) = names {
            state().time.tzname.set(names.map(intern));
        }
    }

    /// Returns the standard and daylight types a program sees in `tzname`.
    fn pair(&self) -> (LocalType, LocalType) {
        match &self.kind {
            Kind::Rule(rule) => {
                let standard = LocalType { offset: rule.offset, is_daylight: false, name: rule.name };
                let daylight = rule.daylight.map_or(standard, |daylight| LocalType {
                    offset: daylight.offset,
                    is_daylight: true,
                    name: daylight.name,
                });
                (standard, daylight)
            }
            Kind::Unread(name) => {
                let standard = LocalType { offset: 0, is_daylight: false, name: *name };
                (standard, LocalType { name: Abbreviation::new(b""), ..standard })
            }
            Kind::File(file, block, len) => {
                // SAFETY: the file's block.
                let bytes = unsafe { core::slice::from_raw_parts(*block, *len) };
                let latest = |is_daylight| {
                    (0..file.change_count())
                        .rev()
                        .filter_map(|i| file.after_change(bytes, i))
                        .find(|kind| kind.is_daylight == is_daylight)
                };
                let first = self.local_type(i64::MIN);
                let standard = latest(false).unwrap_or(first);
                (standard, latest(true).unwrap_or(standard))
            }
        }
    }
}

/// Returns the value of TZ.
fn variable() -> Option<&'static [u8]> {
    let text = sys::environment(c"TZ");
    // SAFETY: null or a C string of the environment.
    (!text.is_null()).then(|| unsafe { crate::libc::c_str(text) }.to_bytes())
}

/// The current zone, while it is locked. Without memory for one it is UTC.
pub struct Current<'a> {
    zone: Option<&'a Zone>,
}

impl Current<'_> {
    /// Returns the type of a time.
    pub fn local_type(&self, seconds: i64) -> LocalType {
        let utc = LocalType { offset: 0, is_daylight: false, name: Abbreviation::new(b"UTC") };
        self.zone.map_or(utc, |zone| zone.local_type(seconds))
    }

    /// Returns the type of a time that the program asks about: `tzname` follows it.
    pub fn shown_type(&self, seconds: i64) -> LocalType {
        if let Some(zone) = self.zone {
            zone.show_names(seconds);
        }
        self.local_type(seconds)
    }

    /// Returns a C string of a type's name that stays valid.
    pub fn name(&self, kind: LocalType) -> *mut c_char {
        intern(kind.name)
    }
}

/// Makes the zone current if TZ changed (tzset(3)), and calls `with` on it, locked.
pub fn with_zone<R>(with: impl FnOnce(&Current<'_>) -> R) -> R {
    let time = &state().time;
    lock::acquire_word(time.lock.address());
    let variable = variable();
    // SAFETY: null or the current zone.
    let is_current = unsafe { time.zone.get().as_ref() }.is_some_and(|zone| zone.is_for(variable));
    if !is_current {
        replace(variable);
    }
    // SAFETY: as above.
    let result = with(&Current { zone: unsafe { time.zone.get().as_ref() } });
    lock::release_word(time.lock.address());
    result
}

/// Reads the zone of a value of TZ and sets `tzname`, `timezone` and `daylight`.
fn replace(variable: Option<&[u8]>) {
    let time = &state().time;
    let kind = load(variable);
    let mut copy = [0; 256];
    let text = variable.unwrap_or(&[]);
    let kept = text.len().min(256);
    copy[..kept].copy_from_slice(&text[..kept]);
    let variable_len = if variable.is_some() { text.len().min(256) } else { usize::MAX };
    let zone = Zone { kind, variable: copy, variable_len };
    let (standard, daylight) = zone.pair();
    time.tzname.set([intern(standard.name), intern(daylight.name)]);
    time.timezone.set(-standard.offset);
    time.daylight.set(i32::from(standard.offset != daylight.offset));
    let mut at = time.zone.get();
    // SAFETY: a block of this type, or a fresh one.
    unsafe {
        if at.is_null() {
            at = malloc(size_of::<Zone>()).cast();
        } else if let Kind::File(_, block, _) = (*at).kind {
            free(block.cast());
        }
        if !at.is_null() {
            at.write(zone);
        }
    }
    time.zone.set(at);
}
