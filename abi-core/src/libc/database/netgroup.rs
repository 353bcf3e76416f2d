//! /etc/netgroup, netgroup(5): groups of triples (host, user, domain) and of other groups.
//!
//! [`Netgroups`] goes through a group's triples, and then through those of the groups named in it, each once. [`Triple`]'s
//! missing parts stand for anything.

use super::{Lines, words};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

/// Where the groups are.
const PATH: &core::ffi::CStr = c"/etc/netgroup";
/// What says whether that file counts.
const SWITCH: &core::ffi::CStr = c"/etc/nsswitch.conf";

/// The parts of a triple, each a word; one that is empty matches everything.
pub type Triple<'a> = [Option<&'a [u8]>; 3];

/// Names of groups, each with a NUL.
#[derive(Debug, Default)]
struct Names(GuestVec<u8>);

impl Names {
    fn has(&self, name: &[u8]) -> bool {
        self.0.split(|&byte| byte == 0).any(|known| known == name)
    }

    fn push(&mut self, name: &[u8]) -> Result<(), OutOfMemory> {
        self.0.extend(name)?;
        self.0.push(0)
    }

    /// Moves the last name to another list.
    fn move_last(&mut self, to: &mut Self) -> Result<bool, OutOfMemory> {
        let Some((_, names)) = self.0.split_last() else { return Ok(false) };
        let start = names.iter().rposition(|&byte| byte == 0).map_or(0, |end| end + 1);
        to.push(&names[start..])?;
        self.0.truncate(start);
        Ok(true)
    }

    fn last(&self) -> &[u8] {
        let names = self.0.split_last().map_or(&[][..], |(_, names)| names);
        names.rsplit(|&byte| byte == 0).next().unwrap_or(names)
    }
}

/// A walk through a group.
#[derive(Debug, Default)]
pub struct Netgroups {
    /// What stands behind the current group's name.
    text: GuestVec<u8>,
    at: usize,
    /// Where the triple found last began.
    last: usize,
    /// Groups that were begun.
    known: Names,
    /// Groups that were named.
    needed: Names,
}

/// Something named in a group.
enum Member<'a> {
    Triple(Triple<'a>),
    Group(&'a [u8]),
}

impl Netgroups {
    /// Nothing to go through.
    pub const EMPTY: Self = Self {
        text: GuestVec::new(),
        at: 0,
        last: 0,
        known: Names(GuestVec::new()),
        needed: Names(GuestVec::new()),
    };

    /// Begins with a group; `None` if there is none of this name.
    pub fn of(name: &[u8]) -> Option<Self> {
        let mut this = Self::default();
        this.known.push(name).ok()?;
        this.find().then_some(this)
    }

    /// Reads the members of the group begun last.
    fn find(&mut self) -> bool {
        self.text.truncate(0);
        self.at = 0;
        let name = self.known.last();
        !name.is_empty() && is_asked() && read(name, &mut self.text).unwrap_or(false)
    }

    /// Goes to the next triple.
    pub fn next_triple(&mut self) -> Option<Triple<'_>> {
        loop {
            let (member, len) = member_of(&self.text[self.at..]);
            match member {
                Some(Member::Triple(_)) => {
                    self.last = self.at;
                    self.at += len;
                    break;
                }
                Some(Member::Group(name)) => {
                    if !self.known.has(name) && !self.needed.has(name) {
                        self.needed.push(name).ok()?;
                    }
                    self.at += len;
                }
                None => {
                    while {
                        if !self.needed.move_last(&mut self.known).ok()? {
                            return None;
                        }
                        !self.find()
                    } {}
                }
            }
        }
        // Read once more, since a borrow that is returned would hold for the loop's other turns, too.
        match member_of(&self.text[self.last..]).0? {
            Member::Triple(triple) => Some(triple),
            Member::Group(_) => None,
        }
    }

    /// Goes back, so that the triple found last is found again.
    pub fn repeat(&mut self) {
        self.at = self.last;
    }
}

/// Tells whether nsswitch.conf(5) has the file asked; where that says nothing, it is.
fn is_asked() -> bool {
    let Ok(mut lines) = Lines::open(SWITCH, b"") else { return true };
    while let Some(line) = lines.next_line() {
        let mut words = words(line);
        if words.next() == Some(b"netgroup:") {
            return words.any(|service| service == b"files");
        }
    }
    true
}

/// Reads what stands behind a group's name, over all lines that a backslash joins; returns whether there is such a group.
fn read(name: &[u8], to: &mut GuestVec<u8>) -> Result<bool, OutOfMemory> {
    let Ok(mut lines) = Lines::open(PATH, b"") else { return Ok(false) };
    let mut is_found = false;
    let mut is_continued = false;
    while let Some(line) = lines.next_line() {
        let rest = if is_continued {
            is_found.then_some(line)
        } else if is_found {
            break;
        } else {
            let rest =
                line.strip_prefix(name).filter(|rest| rest.first().is_none_or(u8::is_ascii_whitespace));
            is_found = rest.is_some();
            rest
        };
        is_continued = line.ends_with(b"\\");
        if let Some(rest) = rest {
            to.extend(rest.strip_suffix(b"\\").unwrap_or(rest))?;
        }
    }
    Ok(is_found)
}

/// Reads the next member and how long it is with the space before it; `None` at the end, or where nothing can be read.
fn member_of(text: &[u8]) -> (Option<Member<'_>>, usize) {
    let Some(start) = text.iter().position(|&byte| !is_space(byte)) else { return (None, 0) };
    let text = &text[start..];
    let Some(triple) = text.strip_prefix(b"(") else {
        let len = text.iter().position(|&byte| is_space(byte)).unwrap_or(text.len());
        return (Some(Member::Group(&text[..len])), start + len);
    };
    let mut rest = triple;
    let mut parts: Triple = [None; 3];
    for (part, end) in parts.iter_mut().zip(b",,)") {
        let Some(len) = rest.iter().position(|byte| byte == end) else { return (None, 0) };
        *part = Some(word(&rest[..len])).filter(|part| !part.is_empty());
        rest = &rest[len + 1..];
    }
    (Some(Member::Triple(parts)), start + text.len() - rest.len())
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// Returns a part's first word.
fn word(text: &[u8]) -> &[u8] {
    text.split(|&byte| is_space(byte)).find(|word| !word.is_empty()).unwrap_or_default()
}
