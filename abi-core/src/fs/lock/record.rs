//! The locks in one book of one file: who holds which bytes.

use alloc::vec::Vec;

use crate::abi::{self, Errno, Result};
use crate::fs::file::OpenFile;

/// Whether others may hold the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Others may, as shared locks.
    Shared,
    /// Nobody else may.
    Exclusive,
}

impl Kind {
    /// Returns `l_type`.
    pub fn to_abi(self) -> i32 {
        match self {
            Self::Shared => abi::F_RDLCK,
            Self::Exclusive => abi::F_WRLCK,
        }
    }
}

/// Who holds a lock. One owner's locks never stand in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The one process.
    Process,
    /// An open file description, by its address.
    Description(usize),
}

impl Owner {
    /// Returns the owner an open file description is.
    pub fn of(open: &OpenFile) -> Self {
        Self::Description(core::ptr::from_ref(open).addr())
    }
}

/// Bytes of a file, from the first to the last; neither above `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    first: u64,
    last: u64,
}

impl Span {
    /// The last byte that can be locked, which stands for whatever comes.
    const END: u64 = i64::MAX as u64;
    /// All there is and will be.
    pub const ALL: Self = Self { first: 0, last: Self::END };

    /// Returns the bytes that `start` and `l_len` mean: a length of 0 is up to the end, a negative one lies before.
    pub fn from_request(start: i64, len: i64) -> Result<Self> {
        let (first, last) = match len {
            0 => (start, i64::MAX),
            1.. => (start, start.checked_add(len - 1).ok_or(Errno::EOVERFLOW)?),
            ..0 => (start.checked_add(len).ok_or(Errno::EINVAL)?, start - 1),
        };
        match (u64::try_from(first), u64::try_from(last)) {
            (Ok(first), Ok(last)) => Ok(Self { first, last }),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Returns `l_start` and `l_len`.
    pub fn to_abi(self) -> (i64, i64) {
        let len = if self.last == Self::END { 0 } else { self.last - self.first + 1 };
        (self.first as i64, len as i64)
    }

    /// Returns the first byte and the last one, unless that is wherever the end will be.
    pub fn ends(self) -> (u64, Option<u64>) {
        (self.first, (self.last != Self::END).then_some(self.last))
    }

    fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    fn touches(self, other: Self) -> bool {
        self.first <= other.last.saturating_add(1) && other.first <= self.last.saturating_add(1)
    }
}

/// One lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Who holds it.
    pub owner: Owner,
    /// Shared or exclusive.
    pub kind: Kind,
    /// Which bytes.
    pub span: Span,
}

/// The locks of one file. One owner's never overlap.
#[derive(Debug, Default)]
pub struct Records(Vec<Record>);

impl Records {
    /// Makes an empty book.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns every lock.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.0.iter()
    }

    /// Tells whether nothing is locked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the kind of an owner's first lock.
    pub fn kind_of(&self, owner: Owner) -> Option<Kind> {
        self.0.iter().find(|record| record.owner == owner).map(|record| record.kind)
    }

    /// Returns the first lock of another owner that stands in the way.
    pub fn conflict(&self, owner: Owner, kind: Kind, span: Span) -> Option<Record> {
        let stands = |record: &&Record| {
            record.owner != owner
                && record.span.overlaps(span)
                && (kind == Kind::Exclusive || record.kind == Kind::Exclusive)
        };
        self.0.iter().filter(stands).min_by_key(|record| record.span.first).copied()
    }

    /// Takes a lock, which replaces what the owner holds there; `EAGAIN` if another's stands in the way.
    pub fn set(&mut self, owner: Owner, kind: Kind, span: Span) -> Result<()> {
        if self.conflict(owner, kind, span).is_some() {
            return Err(Errno::EAGAIN);
        }
        self.clear(owner, span);
        let mut merged = span;
        self.0.retain(|record| {
            let joins = record.owner == owner && record.kind == kind && record.span.touches(merged);
            if joins {
                merged.first = merged.first.min(record.span.first);
                merged.last = merged.last.max(record.span.last);
            }
            !joins
        });
        self.0.push(Record { owner, kind, span: merged });
        Ok(())
    }

    /// Returns the parts of a span in which nobody holds anything.
    pub fn free_parts(&self, span: Span) -> Vec<Span> {
        let mut free = alloc::vec![span];
        for held in &self.0 {
            let cut = |part: Span| {
                let before = (part.first < held.span.first)
                    .then(|| Span { first: part.first, last: part.last.min(held.span.first - 1) });
                let after = (part.last > held.span.last)
                    .then(|| Span { first: part.first.max(held.span.last + 1), last: part.last });
                [before, after].into_iter().flatten()
            };
            free = free.into_iter().flat_map(cut).collect();
        }
        free
    }

    /// Gives up what the owner holds of these bytes.
    pub fn clear(&mut self, owner: Owner, span: Span) {
        let mut left = Vec::new();
        self.0.retain(|record| {
            if record.owner != owner || !record.span.overlaps(span) {
                return true;
            }
            if record.span.first < span.first {
                let part = Span { first: record.span.first, last: span.first - 1 };
                left.push(Record { span: part, ..*record });
            }
            if record.span.last > span.last {
                let part = Span { first: span.last + 1, last: record.span.last };
                left.push(Record { span: part, ..*record });
            }
            false
        });
        self.0.append(&mut left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Owner = Owner::Process;
    const B: Owner = Owner::Description(1);

    fn span(start: i64, len: i64) -> Span {
        Span::from_request(start, len).unwrap()
    }

    #[test]
    fn requests_become_spans() {
        assert_eq!(span(10, 5), Span { first: 10, last: 14 });
        assert_eq!(span(10, -5), Span { first: 5, last: 9 });
        assert_eq!(span(10, 0).to_abi(), (10, 0));
        assert_eq!(Span::from_request(2, -5), Err(Errno::EINVAL));
        assert_eq!(Span::from_request(i64::MAX, 2), Err(Errno::EOVERFLOW));
    }

    #[test]
    fn exclusive_locks_keep_others_out() {
        let mut records = Records::new();
        records.set(A, Kind::Exclusive, span(0, 10)).unwrap();
        assert_eq!(records.set(B, Kind::Shared, span(9, 1)), Err(Errno::EAGAIN));
        records.set(B, Kind::Exclusive, span(10, 1)).unwrap();
        records.set(A, Kind::Shared, span(0, 10)).unwrap();
        records.set(B, Kind::Shared, span(9, 1)).unwrap();
        assert_eq!(records.set(A, Kind::Exclusive, span(0, 10)), Err(Errno::EAGAIN));
    }

    #[test]
    fn what_nobody_holds_is_free() {
        let mut records = Records::new();
        assert_eq!(records.free_parts(Span::ALL), [Span::ALL]);
        records.set(A, Kind::Shared, span(10, 10)).unwrap();
        records.set(B, Kind::Shared, span(15, 10)).unwrap();
        assert_eq!(records.free_parts(span(0, 30)), [span(0, 10), span(25, 5)]);
        assert_eq!(records.free_parts(span(12, 5)), []);
        records.set(B, Kind::Shared, span(40, 0)).unwrap();
        assert_eq!(records.free_parts(Span::ALL), [span(0, 10), span(25, 15)]);
    }

    #[test]
    fn unlocking_the_middle_splits_a_lock_and_locking_it_again_joins() {
        let mut records = Records::new();
        records.set(A, Kind::Exclusive, span(0, 30)).unwrap();
        records.clear(A, span(10, 10));
        assert_eq!(records.0.len(), 2);
        records.set(B, Kind::Exclusive, span(10, 10)).unwrap();
        assert_eq!(records.conflict(B, Kind::Shared, span(20, 0)).unwrap().span, span(20, 10));
        records.clear(B, Span::ALL);
        records.set(A, Kind::Exclusive, span(10, 10)).unwrap();
        assert_eq!(records.0, [Record { owner: A, kind: Kind::Exclusive, span: span(0, 30) }]);
    }
}
