//! Compiled time zone files (RFC 8536).

use super::rule::{Abbreviation, Rule};

/// A file's tables, as offsets into its bytes.
#[derive(Debug, Clone, Copy)]
pub struct TzFile {
    times: usize,
    count: usize,
    indices: usize,
    types: usize,
    type_count: usize,
    names: usize,
    names_len: usize,
    /// The rule after the last change.
    pub rule: Option<Rule>,
}

/// A local time type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalType {
    /// Seconds east.
    pub offset: i64,
    /// Whether it is daylight saving time.
    pub is_daylight: bool,
    /// Its name.
    pub name: Abbreviation,
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn be64(bytes: &[u8], at: usize) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// The six counts of a header.
fn counts(bytes: &[u8], at: usize) -> Option<[usize; 6]> {
    if bytes.get(at..at + 4)? != b"TZif" {
        return None;
    }
    let mut counts = [0; 6];
    for (i, count) in counts.iter_mut().enumerate() {
        *count = be32(bytes, at + 20 + 4 * i)? as usize;
    }
    Some(counts)
}

impl TzFile {
    /// Reads a file's header; `None` if it is not a valid file of version 2 or later.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let [utc, standard, leap, time, kind, chars] = counts(bytes, 0)?;
        if *bytes.get(4)? < b'2' {
            return None;
        }
        // The first block has 32-bit times; the second says the same with 64 bits.
        let first = time.checked_mul(5)?.checked_add(kind.checked_mul(6)?)?.checked_add(chars)?;
        let second = first.checked_add(leap.checked_mul(8)?)?.checked_add(standard)?.checked_add(utc)?;
        let at = second.checked_add(44)?;
        let [utc, standard, leap, count, type_count, names_len] = counts(bytes, at)?;
        let times = at + 44;
        let indices = times.checked_add(count.checked_mul(8)?)?;
        let types = indices.checked_add(count)?;
        let names = types.checked_add(type_count.checked_mul(6)?)?;
        let footer = names
            .checked_add(names_len)?
            .checked_add(leap.checked_mul(12)?)?
            .checked_add(standard)?
            .checked_add(utc)?;
        if type_count == 0 || footer > bytes.len() {
            return None;
        }
        let text = bytes.get(footer..)?.strip_prefix(b"\n").unwrap_or(&[]);
        let len = text.iter().position(|&b| b == b'\n').unwrap_or(0);
        let rule = text.get(..len).filter(|text| !text.is_empty()).and_then(|text| Rule::parse(text).ok());
        Some(Self { times, count, indices, types, type_count, names, names_len, rule })
    }

    fn local_type(&self, bytes: &[u8], index: usize) -> Option<LocalType> {
        if index >= self.type_count {
            return None;
        }
        let at = self.types + 6 * index;
        let offset = i64::from(be32(bytes, at)? as i32);
        let is_daylight = *bytes.get(at + 4)? != 0;
        let start = usize::from(*bytes.get(at + 5)?);
        let names = bytes.get(self.names..self.names + self.names_len)?.get(start..)?;
        let len = names.iter().position(|&b| b == 0)?;
        Some(LocalType { offset, is_daylight, name: Abbreviation::new(&names[..len]) })
    }

    /// Returns the type after the `index`th change.
    pub fn after_change(&self, bytes: &[u8], index: usize) -> Option<LocalType> {
        self.local_type(bytes, usize::from(*bytes.get(self.indices + index)?))
    }

    /// How many changes there are.
    pub fn change_count(&self) -> usize {
        self.count
    }

    /// The number of changes at or before a time.
    fn changes_until(&self, bytes: &[u8], seconds: i64) -> Option<usize> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if be64(bytes, self.times + 8 * middle)? <= seconds { low = middle + 1 } else { high = middle }
        }
        Some(low)
    }

    /// Tells whether a time is not before the last change.
    pub fn is_after_changes(&self, bytes: &[u8], seconds: i64) -> bool {
        self.changes_until(bytes, seconds) == Some(self.count)
    }

    /// Returns the type of a time.
    pub fn at(&self, bytes: &[u8], seconds: i64) -> Option<LocalType> {
        let changes = self.changes_until(bytes, seconds)?;
        if changes == self.count
            && let Some(rule) = &self.rule
        {
            return Some(super::zone::by_rule(rule, seconds));
        }
        match changes.checked_sub(1) {
            Some(last) => self.after_change(bytes, last),
            None => self.local_type(bytes, 0),
        }
    }

    /// Returns the names of standard and summer time around a time before the last change: that of the time, and of the
    /// other kind the next one. Before the first change the first types count.
    pub fn names_around(&self, bytes: &[u8], seconds: i64) -> Option<[Abbreviation; 2]> {
        let changes = self.changes_until(bytes, seconds)?;
        let mut names = [None; 2];
        let mut learn = |kind: LocalType| {
            let name = &mut names[usize::from(kind.is_daylight)];
            *name = name.or(Some(kind.name));
        };
        match changes.checked_sub(1) {
            Some(last) => {
                (last..self.count).filter_map(|index| self.after_change(bytes, index)).for_each(&mut learn);
            }
            None => {
                (0..self.type_count).filter_map(|index| self.local_type(bytes, index)).for_each(&mut learn);
            }
        }
        let standard = names[0].or(names[1])?;
        Some([standard, names[1].unwrap_or(standard)])
    }
}
