//! Finding the leftmost-longest match, all ways at once.

use super::RegexError;
use super::backtrack;
use super::dfa::Unfinished;
use super::program::{Assertion, Inst, Program, Starts, Subject};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

/// Where a match may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Anywhere from the start on, up to this place.
    UpTo(usize),
    /// Only there.
    Here,
}

/// A set of instructions, each with the place its match started; in the order they were added.
struct Threads {
    /// For each instruction, its place in `order` plus one while it is a member.
    member: GuestVec<u32>,
    order: GuestVec<(u32, usize)>,
}

impl Threads {
    fn new(len: usize) -> Result<Self, OutOfMemory> {
        Ok(Self { member: GuestVec::filled(0, len)?, order: GuestVec::new() })
    }

    fn clear(&mut self) {
        while let Some((pc, _)) = self.order.pop() {
            self.member[pc as usize] = 0;
        }
    }

    /// Adds an instruction, or lets it start further left; false if that changes nothing.
    fn add(&mut self, pc: usize, start: usize) -> Result<bool, OutOfMemory> {
        let Some(slot) = self.member.get_mut(pc) else { return Ok(false) };
        if let Some(index) = slot.checked_sub(1) {
            let old = &mut self.order[index as usize].1;
            if *old <= start {
                return Ok(false);
            }
            *old = start;
            return Ok(true);
        }
        self.order.push((pc as u32, start))?;
        *slot = self.order.len() as u32;
        Ok(true)
    }
}

/// Adds an instruction and all that can be reached from it without taking a character.
fn follow(
    program: &Program,
    holds: impl Fn(Assertion) -> bool,
    threads: &mut Threads,
    stack: &mut GuestVec<u32>,
    pc: usize,
    start: usize,
) -> Result<(), OutOfMemory> {
    stack.truncate(0);
    stack.push(pc as u32)?;
    while let Some(pc) = stack.pop() {
        let pc = pc as usize;
        if !threads.add(pc, start)? {
            continue;
        }
        let to = |offset: i32| (pc as i64 + i64::from(offset)) as u32;
        match program.code.get(pc).copied() {
            Some(Inst::Split(a, b)) => {
                stack.push(to(b))?;
                stack.push(to(a))?;
            }
            Some(Inst::Loop(_, back)) => {
                stack.push(to(1))?;
                stack.push(to(back))?;
            }
            Some(Inst::Jump(offset)) => stack.push(to(offset))?,
            Some(Inst::Save(_) | Inst::Mark(_)) => stack.push(to(1))?,
            Some(Inst::Assert(assertion)) if holds(assertion) => stack.push(to(1))?,
            _ => {}
        }
    }
    Ok(())
}

/// Finds how a match can start.
pub fn starts(program: &Program) -> Result<Starts, OutOfMemory> {
    let mut threads = Threads::new(program.code.len())?;
    let mut stack = GuestVec::new();
    follow(program, |_| true, &mut threads, &mut stack, 0, 0)?;
    let mut starts = Starts { bytes: [false; 256], can_be_empty: false, is_at_line_start: false };
    for &(pc, _) in threads.order.iter() {
        match program.code[pc as usize] {
            Inst::Match | Inst::BackReference(_) => starts.can_be_empty = true,
            inst @ (Inst::Char(_) | Inst::Any | Inst::Set(..)) => {
                for byte in 0..=255u8 {
                    // A byte above ASCII may start any wide character.
                    starts.bytes[usize::from(byte)] |=
                        program.takes(inst, byte.into()) || program.wide && byte >= 0x80;
                }
            }
            _ => {}
        }
    }
    threads.clear();
    let elsewhere = |assertion| !matches!(assertion, Assertion::LineStart | Assertion::TextStart);
    follow(program, elsewhere, &mut threads, &mut stack, 0, 0)?;
    let goes_on = |inst| {
        matches!(inst, Inst::Match | Inst::BackReference(_) | Inst::Char(_) | Inst::Any | Inst::Set(..))
    };
    starts.is_at_line_start = !threads.order.iter().any(|&(pc, _)| goes_on(program.code[pc as usize]));
    Ok(starts)
}

/// What a fastmap of GNU's shows: the bytes a match can start with, all if it can be empty or start with an assertion; and
/// whether it can be empty.
pub fn fastmap(program: &Program) -> Result<([bool; 256], bool), OutOfMemory> {
    let mut threads = Threads::new(program.code.len())?;
    follow(program, |_| false, &mut threads, &mut GuestVec::new(), 0, 0)?;
    let reaches =
        |is_it: fn(Inst) -> bool| threads.order.iter().any(|&(pc, _)| is_it(program.code[pc as usize]));
    let can_be_empty = reaches(|inst| inst == Inst::Match);
    let may_be_any = can_be_empty || reaches(|inst| matches!(inst, Inst::Assert(_) | Inst::BackReference(_)));
    Ok((if may_be_any { [true; 256] } else { program.starts.bytes }, can_be_empty))
}

/// Finds the leftmost match that starts at or after `from`, and of those there the longest. Fills `slots` with the places
/// of the whole and the groups (`usize::MAX` where a group took no part); `None` if there is none.
pub fn search(
    program: &Program,
    subject: &Subject<'_>,
    from: usize,
    anchor: Anchor,
    slots: &mut [usize],
) -> Result<Option<(usize, usize)>, RegexError> {
    slots.fill(usize::MAX);
    let found = if program.has_references {
        return backtrack::search(program, subject, from, anchor, slots);
    } else {
        let last = last_start(program, subject, from, anchor);
        match program.dfa.search(program, subject, from, last) {
            Ok(found) => found,
            Err(Unfinished::NotHere) => simulate(program, subject, from, last)?,
            Err(Unfinished::From(place)) => simulate(program, subject, place, last)?,
        }
    };
    let Some((start, end)) = found else { return Ok(None) };
    if slots.len() > 2 && program.groups > 0 {
        backtrack::groups(program, subject, start, end, slots)?;
    }
    if let [first, second, ..] = slots {
        (*first, *second) = (start, end);
    }
    Ok(Some((start, end)))
}

/// The last place where a match may start.
fn last_start(program: &Program, subject: &Subject<'_>, from: usize, anchor: Anchor) -> usize {
    match anchor {
        // `^` holds nowhere behind the first place.
        Anchor::UpTo(_) if program.starts.is_at_line_start && !subject.newline_anchor => from,
        Anchor::UpTo(last) => last.min(subject.stop),
        Anchor::Here => from,
    }
}

fn simulate(
    program: &Program,
    subject: &Subject<'_>,
    from: usize,
    last: usize,
) -> Result<Option<(usize, usize)>, OutOfMemory> {
    let starts = &program.starts;
    let Some(mut at) = starts.next(subject, from, last) else { return Ok(None) };
    let len = program.code.len();
    let (mut now, mut next) = (Threads::new(len)?, Threads::new(len)?);
    let mut stack = GuestVec::new();
    let mut best: Option<(usize, usize)> = None;
    loop {
        if best.is_none() && at <= last {
            if now.order.is_empty() {
                // Nothing is under way: go where something can start.
                let Some(next) = starts.next(subject, at, last) else {
                    return Ok(best);
                };
                at = next;
            }
            if starts.may_be_at(subject, at) {
                follow(program, |what| subject.holds(what, at), &mut now, &mut stack, 0, at)?;
            }
        }
        if now.order.is_empty() {
            return Ok(best);
        }
        let character = program.char_at(subject, at);
        for i in 0..now.order.len() {
            let (pc, start) = now.order[i];
            if best.is_some_and(|(first, _)| start > first) {
                continue;
            }
            let inst = program.code[pc as usize];
            if inst == Inst::Match {
                // Further left beats; from the same place, longer does.
                if best.is_none_or(|(first, end)| start < first || start == first && at > end) {
                    best = Some((start, at));
                }
            } else if let Some((c, len)) = character
                && program.takes(inst, c)
            {
                let holds = |what| subject.holds(what, at + len);
                follow(program, holds, &mut next, &mut stack, pc as usize + 1, start)?;
            }
        }
        let Some((_, len)) = character else { return Ok(best) };
        now.clear();
        core::mem::swap(&mut now, &mut next);
        at += len;
    }
}
