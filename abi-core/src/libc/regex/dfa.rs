//! Matching with a finite automaton that is built as texts ask for it.
//!
//! A state is what [`super::exec`] has under way at a place, without where it started, and what comes before that place,
//! which assertions ask for. What becomes of a state with each next byte is found once and kept, within bounds; so a byte
//! costs one look into a table. Matches are looked for from each place in turn where one can start, the longest there; a
//! text that makes that long is left to [`super::exec`], which takes all places together.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::program::{Assertion, Inst, Program, Subject, is_word};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

/// What can come next: a byte, the end of the text, or such an end where `$` does not match.
const NEXTS: usize = 258;
const END: usize = 256;
const END_NOT_EOL: usize = 257;

/// In a way on: the text up to here matches.
const MATCHES: u16 = 1 << 15;
/// In place of a way on that is not known yet.
const UNKNOWN: u16 = 0;
/// The state with nothing under way.
const DEAD: u16 = 1;
/// How many states are kept, and how many instructions they have.
const STATES_MAX: usize = 256;
const PLACES_MAX: usize = 1 << 15;
/// How often all states are forgotten before this pattern goes without.
const FORGOTTEN_MAX: u32 = 8;
/// A text as long as this has the automaton built by the first search, a shorter one by the second.
const LONG_TEXT: usize = 512;

/// What comes before a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    LineStart,
    NothingNotBol,
    Newline,
    Word,
    Other,
}

impl Before {
    fn of(subject: &Subject<'_>, at: usize) -> Self {
        match at.checked_sub(1).and_then(|i| subject.text.get(i)) {
            None if subject.not_bol => Self::NothingNotBol,
            None => Self::LineStart,
            Some(&byte) => Self::of_byte(byte),
        }
    }

    fn of_byte(byte: u8) -> Self {
        match byte {
            b'\n' => Self::Newline,
            _ if is_word(Some(&byte)) => Self::Word,
            _ => Self::Other,
        }
    }
}

/// A state: where its instructions are in [`States::places`], sorted, and what comes before.
#[derive(Clone, Copy)]
struct State {
    first: u32,
    count: u32,
    before: Before,
}

/// All that is known.
struct States {
    states: GuestVec<State>,
    places: GuestVec<u32>,
    /// For each state, what becomes of it by [`NEXTS`].
    ways: GuestVec<u16>,
    /// Where a search starts, by what comes before.
    starts: [u16; 5],
    newline_anchor: bool,
    /// For each instruction, the number of the step that reached it last, and of the one that went on behind it.
    reached: GuestVec<u32>,
    added: GuestVec<u32>,
    steps: u32,
    stack: GuestVec<u32>,
    forgotten: u32,
}

/// A pattern's automaton, which one search at a time uses.
pub struct Dfa {
    searches: AtomicU32,
    is_taken: AtomicBool,
    states: UnsafeCell<States>,
}

/// Why a search with the automaton did not end.
pub enum Unfinished {
    /// Somebody else has it, or it is not worth it.
    NotHere,
    /// No match starts before this place; from there on it takes too long.
    From(usize),
}

impl From<OutOfMemory> for Unfinished {
    fn from(_: OutOfMemory) -> Self {
        Self::NotHere
    }
}

impl Dfa {
    /// Makes one that knows nothing.
    pub const fn new() -> Self {
        Self {
            searches: AtomicU32::new(0),
            is_taken: AtomicBool::new(false),
            states: UnsafeCell::new(States {
                states: GuestVec::new(),
                places: GuestVec::new(),
                ways: GuestVec::new(),
                starts: [UNKNOWN; 5],
                newline_anchor: false,
                reached: GuestVec::new(),
                added: GuestVec::new(),
                steps: 0,
                stack: GuestVec::new(),
                forgotten: 0,
            }),
        }
    }

    /// Finds the leftmost match that starts from `from` to `last`, and of those there the longest.
    pub fn search(
        &self,
        program: &Program,
        subject: &Subject<'_>,
        from: usize,
        last: usize,
    ) -> Result<Option<(usize, usize)>, Unfinished> {
        let is_first = self.searches.load(Ordering::Relaxed) == 0;
        if is_first && subject.text.len().saturating_sub(from) < LONG_TEXT {
            self.searches.store(1, Ordering::Relaxed);
            return Err(Unfinished::NotHere);
        }
        if subject.stop != subject.text.len() || self.is_taken.swap(true, Ordering::Acquire) {
            return Err(Unfinished::NotHere);
        }
        // SAFETY: it was free, and others leave it alone while it is taken.
        let states = unsafe { &mut *self.states.get() };
        let found = if states.forgotten < FORGOTTEN_MAX {
            states.search(program, subject, from, last)
        } else {
            Err(Unfinished::NotHere)
        };
        self.is_taken.store(false, Ordering::Release);
        found
    }
}

impl Default for Dfa {
    fn default() -> Self {
        Self::new()
    }
}

impl States {
    fn search(
        &mut self,
        program: &Program,
        subject: &Subject<'_>,
        from: usize,
        last: usize,
    ) -> Result<Option<(usize, usize)>, Unfinished> {
        if self.newline_anchor != subject.newline_anchor || self.states.is_empty() {
            self.newline_anchor = subject.newline_anchor;
            self.start_over(program)?;
        }
        let starts = &program.starts;
        let mut budget = 4 * subject.text.len().saturating_sub(from) + 1024;
        let mut next = from;
        // Between the places are whole characters, since any byte of a longer one is a place.
        while let Some(at) = starts.next(subject, next, last) {
            let state = self.start(Before::of(subject, at)).map_err(|_| Unfinished::From(at))?;
            let (end, taken) = self.run(program, subject, at, state).map_err(|_| Unfinished::From(at))?;
            if let Some(end) = end {
                return Ok(Some((at, end)));
            }
            budget = budget.checked_sub(taken).ok_or(Unfinished::From(at))?;
            next = at + program.char_at(subject, at).map_or(1, |(_, len)| len);
        }
        Ok(None)
    }

    /// Goes on from a place; returns where the longest match ends, and how far it went.
    fn run(
        &mut self,
        program: &Program,
        subject: &Subject<'_>,
        start: usize,
        mut state: u16,
    ) -> Result<(Option<usize>, usize), OutOfMemory> {
        let (mut at, mut end) = (start, None);
        while let Some(&byte) = subject.text.get(at) {
            let row = usize::from(state) * NEXTS;
            let is_ascii = byte < 0x80 || !program.wide;
            let known = if is_ascii { self.ways[row + usize::from(byte)] } else { UNKNOWN };
            let (way, len) = if known == UNKNOWN {
                let character = program.char_at(subject, at).unwrap_or((byte.into(), 1));
                let before = Before::of_byte(subject.text[at + character.1 - 1]);
                let way = self.step(program, state, byte.into(), Some((character.0, before)))?;
                if is_ascii {
                    self.ways[row + usize::from(byte)] = way;
                }
                (way, character.1)
            } else {
                (known, 1)
            };
            if way & MATCHES != 0 {
                end = Some(at);
            }
            state = way & !MATCHES;
            at += len;
            if state == DEAD {
                return Ok((end, at - start));
            }
        }
        let next = if subject.not_eol { END_NOT_EOL } else { END };
        let place = usize::from(state) * NEXTS + next;
        if self.ways[place] == UNKNOWN {
            let way = self.step(program, state, next, None)?;
            self.ways[place] = way;
        }
        if self.ways[place] & MATCHES != 0 {
            end = Some(at);
        }
        Ok((end, at - start))
    }

    /// Forgets all states, but for the dead one.
    fn start_over(&mut self, program: &Program) -> Result<(), OutOfMemory> {
        self.states.truncate(0);
        self.places.truncate(0);
        self.ways.truncate(0);
        self.starts = [UNKNOWN; 5];
        if self.reached.len() != program.code.len() + 1 {
            self.reached = GuestVec::filled(0, program.code.len() + 1)?;
            self.added = GuestVec::filled(0, program.code.len() + 1)?;
        }
        // What would be the state of the number that means unknown, and the dead one.
        for _ in 0..2 {
            self.add(0, Before::Other)?;
        }
        Ok(())
    }

    /// Adds a state of the last `count` places.
    fn add(&mut self, count: usize, before: Before) -> Result<u16, OutOfMemory> {
        let number = self.states.len();
        let first = self.places.len() - count;
        self.states.push(State { first: first as u32, count: count as u32, before })?;
        if let Err(error) = self.ways.extend(&[UNKNOWN; NEXTS]) {
            self.states.truncate(number);
            return Err(error);
        }
        Ok(number as u16)
    }

    /// The state that a search starts with.
    fn start(&mut self, before: Before) -> Result<u16, OutOfMemory> {
        let known = self.starts[before as usize];
        if known != UNKNOWN {
            return Ok(known);
        }
        self.places.push(0)?;
        let state = self.add(1, before)?;
        self.starts[before as usize] = state;
        Ok(state)
    }

    /// Tells whether an assertion holds between what comes before and what comes next.
    fn holds(&self, assertion: Assertion, before: Before, next: usize) -> bool {
        let (word_before, at_start) =
            (before == Before::Word, matches!(before, Before::LineStart | Before::NothingNotBol));
        let word_after = u8::try_from(next).is_ok_and(|byte| is_word(Some(&byte)));
        match assertion {
            Assertion::LineStart => {
                before == Before::LineStart || self.newline_anchor && before == Before::Newline
            }
            Assertion::LineEnd => next == END || self.newline_anchor && next == usize::from(b'\n'),
            Assertion::TextStart => at_start,
            Assertion::TextEnd => next >= END,
            Assertion::WordStart => !word_before && word_after,
            Assertion::WordEnd => word_before && !word_after,
            Assertion::WordEdge => word_before != word_after,
            Assertion::NotWordEdge => word_before == word_after,
        }
    }

    /// Finds what becomes of a state: whether the text matches up to here, and the state after a character.
    fn step(
        &mut self,
        program: &Program,
        state: u16,
        next: usize,
        character: Option<(u32, Before)>,
    ) -> Result<u16, OutOfMemory> {
        self.steps += 1;
        let step = self.steps;
        let State { first, count, before } = self.states[usize::from(state)];
        let start = self.places.len();
        let mut matches = 0;
        self.stack.truncate(0);
        for i in first..first + count {
            let place = self.places[i as usize];
            self.stack.push(place)?;
        }
        while let Some(pc) = self.stack.pop() {
            let to = |offset: i32| (i64::from(pc) + i64::from(offset)) as u32;
            match self.reached.get_mut(pc as usize) {
                Some(reached) if *reached != step => *reached = step,
                _ => continue,
            }
            match program.code.get(pc as usize).copied() {
                Some(Inst::Match) => matches = MATCHES,
                Some(Inst::Split(a, b)) => {
                    self.stack.push(to(b))?;
                    self.stack.push(to(a))?;
                }
                Some(Inst::Loop(_, back)) => {
                    self.stack.push(to(1))?;
                    self.stack.push(to(back))?;
                }
                Some(Inst::Jump(offset)) => self.stack.push(to(offset))?,
                Some(Inst::Save(_) | Inst::Mark(_)) => self.stack.push(to(1))?,
                Some(Inst::Assert(assertion)) if self.holds(assertion, before, next) => {
                    self.stack.push(to(1))?;
                }
                Some(inst @ (Inst::Char(_) | Inst::Any | Inst::Set(..))) => {
                    if let Some((c, _)) = character
                        && self.added[pc as usize + 1] != step
                        && program.takes(inst, c)
                    {
                        self.added[pc as usize + 1] = step;
                        self.places.push(pc + 1)?;
                    }
                }
                _ => {}
            }
        }
        let count = self.places.len() - start;
        let Some((_, before)) = character.filter(|_| count > 0) else { return Ok(DEAD | matches) };
        self.places[start..].sort_unstable();
        let (older, new) = self.places.split_at(start);
        let known = self.states.iter().skip(2).position(|state| {
            state.before == before
                && state.count as usize == count
                && older[state.first as usize..][..count] == *new
        });
        if let Some(index) = known {
            self.places.truncate(start);
            return Ok((index + 2) as u16 | matches);
        }
        if self.states.len() >= STATES_MAX || start > PLACES_MAX || self.steps == u32::MAX {
            self.forgotten = if self.steps == u32::MAX { FORGOTTEN_MAX } else { self.forgotten + 1 };
            self.states.truncate(0);
            return Err(OutOfMemory);
        }
        Ok(self.add(count, before)? | matches)
    }
}
