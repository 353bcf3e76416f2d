//! Finding a block of bytes within another.

use super::{mem, wide};
use crate::boundary::processor::{WIDE, has};

/// Returns where `needle` first occurs in `haystack`.
///
/// Short needles are found by their first byte, or by two of their bytes in many places at once; longer ones, and those whose
/// bytes are found too often, by the two-way algorithm (Crochemore and Perrin 1991), linear in time with constant space.
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let (&first, rest) = needle.split_first()?;
    if needle.len() > haystack.len() {
        return None;
    }
    let last = haystack.len() - needle.len();
    if !rest.is_empty() && last >= 32 && has(WIDE) {
        return by_blocks(haystack, needle);
    }
    if needle.len() > 8 {
        return two_way(haystack, needle);
    }
    let mut at = 0;
    while at <= last {
        // SAFETY: the range lies in the haystack.
        at += unsafe { mem::find_byte(haystack.as_ptr().add(at), first, last + 1 - at) };
        if at > last {
            return None;
        }
        if rest.iter().zip(&haystack[at + 1..]).all(|(a, b)| a == b) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Returns where `needle` first occurs in `haystack`, upper and lower case of ASCII being the same.
pub fn find_folded(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((&first, rest)) = needle.split_first() else { return Some(0) };
    let last = haystack.len().checked_sub(needle.len())?;
    if needle.len() > 8 {
        return two_way(Folded(haystack), Folded(needle));
    }
    let is_match = |at: usize| {
        haystack[at].eq_ignore_ascii_case(&first)
            && haystack[at + 1..at + needle.len()].eq_ignore_ascii_case(rest)
    };
    (0..=last).find(|&at| is_match(at))
}

/// A text as the two-way algorithm sees it.
trait Letters: Copy {
    fn len(self) -> usize;
    fn at(self, index: usize) -> u8;
}

impl Letters for &[u8] {
    fn len(self) -> usize {
        <[u8]>::len(self)
    }
    fn at(self, index: usize) -> u8 {
        self[index]
    }
}

/// A text whose upper case letters are lower case.
#[derive(Clone, Copy)]
struct Folded<'a>(&'a [u8]);

impl Letters for Folded<'_> {
    fn len(self) -> usize {
        self.0.len()
    }
    fn at(self, index: usize) -> u8 {
        self.0[index].to_ascii_lowercase()
    }
}

/// The commonest bytes of texts, the commonest first.
const COMMONEST: &[u8] = b" etaoinsrhldcumfpgwybvk\0\n,.-_0123456789xjqz";

/// How common each byte is in texts.
static COMMON: [u8; 256] = {
    let mut common = [0; 256];
    let mut i = 0;
    while i < COMMONEST.len() {
        common[COMMONEST[i] as usize] = (COMMONEST.len() - i) as u8;
        i += 1;
    }
    common
};

/// Two places of a needle, in order, with bytes that are rare and differ if they can. Only the first places count.
fn rare_places(needle: &[u8]) -> (usize, usize) {
    let few = &needle[..needle.len().min(64)];
    let rarest_but = |other: Option<u8>| {
        let places = few.iter().enumerate().filter(|&(_, &byte)| Some(byte) != other);
        places.min_by_key(|&(_, &byte)| COMMON[usize::from(byte)]).map(|(at, _)| at)
    };
    let rarest = rarest_but(None).unwrap_or(0);
    let second = rarest_but(Some(needle[rarest])).unwrap_or(if rarest == 0 { few.len() - 1 } else { 0 });
    (rarest.min(second), rarest.max(second))
}

/// Looks for two bytes of the needle that are rare, at many places at a time.
fn by_blocks(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let places = haystack.len() - needle.len() + 1;
    let (first, second) = rare_places(needle);
    let (bytes, from) = ([needle[first], needle[second]], haystack[first..].as_ptr());
    let (mut at, mut compared) = (0, 0);
    loop {
        // SAFETY: the processor has what this takes; from any place a needle's length lies in the haystack.
        at = unsafe { wide::find_two(from, bytes, second - first, at, places) };
        if at == places {
            return None;
        }
        if haystack[at..at + needle.len()] == *needle {
            return Some(at);
        }
        compared += needle.len();
        if compared > 8 * at + 1024 {
            return two_way(&haystack[at + 1..], needle).map(|place| at + 1 + place);
        }
        at += 1;
    }
}

/// The start of the maximal suffix of `needle` in an order or its reverse, and that suffix's period.
fn maximal_suffix(needle: impl Letters, is_reversed: bool) -> (usize, usize) {
    let (mut start, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
    while candidate + offset < needle.len() {
        let (a, b) = (needle.at(candidate + offset), needle.at(start + offset));
        if a == b {
            if offset + 1 == period {
                candidate += period;
                offset = 0;
            } else {
                offset += 1;
            }
        } else if (a < b) != is_reversed {
            candidate += offset + 1;
            offset = 0;
            period = candidate - start;
        } else {
            start = candidate;
            candidate += 1;
            offset = 0;
            period = 1;
        }
    }
    (start, period)
}

fn two_way<T: Letters>(haystack: T, needle: T) -> Option<usize> {
    let (forward, reverse) = (maximal_suffix(needle, false), maximal_suffix(needle, true));
    let (cut, period) = if forward.0 > reverse.0 { forward } else { reverse };
    let is_periodic = cut + period <= needle.len() && (0..cut).all(|i| needle.at(i) == needle.at(i + period));
    let shift = if is_periodic { period } else { cut.max(needle.len() - cut) + 1 };
    let (mut at, mut memory) = (0, 0);
    while at + needle.len() <= haystack.len() {
        let differs = |i: &usize| needle.at(*i) != haystack.at(at + i);
        if let Some(right) = (cut.max(memory)..needle.len()).find(differs) {
            at += right - cut + 1;
            memory = 0;
            continue;
        }
        if !(memory..cut).rev().any(|i| differs(&i)) {
            return Some(at);
        }
        at += shift;
        memory = if is_periodic { needle.len() - period } else { 0 };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{find, find_folded};
    use crate::boundary::processor::{Ways, learn};

    fn naive(haystack: &[u8], needle: &[u8]) -> Option<usize> {
        haystack.windows(needle.len()).position(|window| window == needle)
    }

    #[test]
    fn find_agrees_with_trying_every_place() {
        for ways in [Ways::Narrow, Ways::All] {
            learn(ways);
            agrees_with_trying_every_place();
        }
    }

    fn agrees_with_trying_every_place() {
        let mut seed = 12345u32;
        let mut next = || {
            seed = seed.wrapping_mul(1103515245).wrapping_add(12345);
            (seed >> 16) as usize
        };
        for _ in 0..20000 {
            let haystack: std::vec::Vec<u8> = (0..next() % 150).map(|_| b'a' + (next() % 2) as u8).collect();
            let needle: std::vec::Vec<u8> = (0..=next() % 20).map(|_| b'a' + (next() % 2) as u8).collect();
            let place = naive(&haystack, &needle);
            assert_eq!(find(&haystack, &needle), place, "{haystack:?} {needle:?}");
            let upper = needle.to_ascii_uppercase();
            assert_eq!(find_folded(&haystack, &upper), place, "{haystack:?} {upper:?}");
        }
    }
}
