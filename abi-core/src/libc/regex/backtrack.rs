//! Trying ways one after another: the groups of a known match, and patterns with back-references.

use super::RegexError;
use super::exec::Anchor;
use super::program::{Inst, Program, Subject};
use crate::libc::bracket::fold;
use crate::libc::guest_vec::GuestVec;

/// The most steps of a search with back-references.
const STEPS_MAX: usize = 20_000_000;
/// The largest table of tried places, in words of 64.
const TRIED_MAX: usize = 1 << 23;

/// What to do when a way ends.
#[derive(Debug, Clone, Copy)]
enum Undo {
    /// Try from here.
    Try(u32, usize),
    /// Put a slot back.
    Restore(u32, usize),
}

/// One search.
struct Machine<'a> {
    program: &'a Program,
    subject: &'a Subject<'a>,
    /// Groups' places, then loops' marks.
    slots: GuestVec<usize>,
    stack: GuestVec<Undo>,
    steps: usize,
}

impl<'a> Machine<'a> {
    fn new(program: &'a Program, subject: &'a Subject<'a>) -> Result<Self, RegexError> {
        let slots = GuestVec::filled(usize::MAX, 2 * (program.groups + 1) + program.marks)?;
        Ok(Self { program, subject, slots, stack: GuestVec::new(), steps: 0 })
    }

    fn set(&mut self, slot: usize, value: usize) -> Result<(), RegexError> {
        if let Some(place) = self.slots.get_mut(slot) {
            let old = core::mem::replace(place, value);
            self.stack.push(Undo::Restore(slot as u32, old))?;
        }
        Ok(())
    }

    /// Walks from `at`, calling `accept` at each end that is reached; stops when it says so. `tried` remembers places that
    /// led nowhere, one bit each.
    fn run(
        &mut self,
        from: usize,
        mut tried: Option<&mut GuestVec<u64>>,
        accept: &mut dyn FnMut(usize, &[usize]) -> bool,
    ) -> Result<bool, RegexError> {
        let width = self.subject.stop - from + 1;
        self.stack.truncate(0);
        self.stack.push(Undo::Try(0, from))?;
        while let Some(undo) = self.stack.pop() {
            let (pc, at) = match undo {
                Undo::Restore(slot, value) => {
                    if let Some(place) = self.slots.get_mut(slot as usize) {
                        *place = value;
                    }
                    continue;
                }
                Undo::Try(pc, at) => (pc as usize, at),
            };
            if self.walk(pc, at, from, width, &mut tried, accept)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Walks one way until it fails; other ways go on the stack.
    fn walk(
        &mut self,
        mut pc: usize,
        mut at: usize,
        from: usize,
        width: usize,
        tried: &mut Option<&mut GuestVec<u64>>,
        accept: &mut dyn FnMut(usize, &[usize]) -> bool,
    ) -> Result<bool, RegexError> {
        let marks = 2 * (self.program.groups + 1);
        loop {
            self.steps += 1;
            if let Some(tried) = tried {
                let bit = pc * width + (at - from);
                let Some(word) = tried.get_mut(bit / 64) else { return Ok(false) };
                if *word & (1 << (bit % 64)) != 0 {
                    return Ok(false);
                }
                *word |= 1 << (bit % 64);
            } else if self.steps > STEPS_MAX {
                return Err(RegexError::Space);
            }
            let Some(&inst) = self.program.code.get(pc) else { return Ok(false) };
            let to = |offset: i32| (pc as i64 + i64::from(offset)) as usize;
            match inst {
                Inst::Match => return Ok(accept(at, &self.slots)),
                Inst::Split(a, b) => {
                    self.stack.push(Undo::Try(to(b) as u32, at))?;
                    pc = to(a);
                    continue;
                }
                Inst::Jump(offset) => {
                    pc = to(offset);
                    continue;
                }
                Inst::Save(slot) => self.set(slot as usize, at)?,
                Inst::Mark(mark) => self.set(marks + mark as usize, at)?,
                Inst::Loop(mark, back) => {
                    // A round that took nothing is the last.
                    if self.slots.get(marks + mark as usize) != Some(&at) {
                        self.stack.push(Undo::Try(pc as u32 + 1, at))?;
                        pc = to(back);
                        continue;
                    }
                }
                Inst::Assert(assertion) => {
                    if !self.subject.holds(assertion, at) {
                        return Ok(false);
                    }
                }
                Inst::BackReference(group) => {
                    let group = group as usize;
                    match (self.slots.get(2 * group), self.slots.get(2 * group + 1)) {
                        (Some(&start), Some(&end)) if start <= end && end != usize::MAX => {
                            if !self.same(start, end, at) {
                                return Ok(false);
                            }
                            at += end - start;
                        }
                        _ => return Ok(false),
                    }
                }
                Inst::Char(_) | Inst::Any | Inst::Set(..) => match self.program.char_at(self.subject, at) {
                    Some((c, len)) if self.program.takes(inst, c) => at += len,
                    _ => return Ok(false),
                },
            }
            pc += 1;
        }
    }

    /// Tells whether the text at `at` is that from `start` to `end`.
    fn same(&self, start: usize, end: usize, at: usize) -> bool {
        let (Some(a), Some(b)) = (
            self.subject.text.get(start..end),
            self.subject.text[..self.subject.stop].get(at..at + (end - start)),
        ) else {
            return false;
        };
        a == b || self.program.folds && a.iter().zip(b).all(|(&a, &b)| fold(a.into()) == fold(b.into()))
    }
}

fn copy(slots: &mut [usize], from: &[usize]) {
    for (slot, &value) in slots.iter_mut().zip(from) {
        *slot = value;
    }
}

/// Fills in the groups of the match from `start` to `end`.
pub fn groups(
    program: &Program,
    subject: &Subject<'_>,
    start: usize,
    end: usize,
    slots: &mut [usize],
) -> Result<(), RegexError> {
    // The text after the match still counts for assertions, so it stays; only ends at `end` are accepted.
    let width = subject.stop - start + 1;
    let words = program.code.len().saturating_mul(width).div_ceil(64);
    if words > TRIED_MAX {
        return Err(RegexError::Space);
    }
    let mut tried = GuestVec::filled(0, words)?;
    let groups = 2 * (program.groups + 1);
    let mut machine = Machine::new(program, subject)?;
    machine.run(start, Some(&mut tried), &mut |at, found| {
        if at == end {
            copy(slots, found.get(..groups).unwrap_or(found));
        }
        at == end
    })?;
    Ok(())
}

/// As [`super::exec::search`], for patterns with back-references.
pub fn search(
    program: &Program,
    subject: &Subject<'_>,
    from: usize,
    anchor: Anchor,
    slots: &mut [usize],
) -> Result<Option<(usize, usize)>, RegexError> {
    let last = match anchor {
        Anchor::UpTo(last) => last.min(subject.stop),
        Anchor::Here => from,
    };
    let groups = 2 * (program.groups + 1);
    let mut machine = Machine::new(program, subject)?;
    for start in (from..=last).filter(|&at| program.starts.may_be_at(subject, at)) {
        let mut longest: Option<usize> = None;
        let len = subject.stop;
        machine.slots.fill(usize::MAX);
        machine.run(start, None, &mut |at, found| {
            if longest.is_none_or(|end| at > end) {
                longest = Some(at);
                copy(slots, found.get(..groups).unwrap_or(found));
            }
            at == len
        })?;
        if let Some(end) = longest {
            if let [first, second, ..] = slots {
                (*first, *second) = (start, end);
            }
            return Ok(Some((start, end)));
        }
    }
    Ok(None)
}
