//! `{a,b}` in patterns.

/// The first pair of braces of a pattern.
#[derive(Debug)]
pub(super) struct Braces<'a> {
    /// Where `{` is.
    pub start: usize,
    /// Where `}` is.
    pub end: usize,
    inside: &'a [u8],
    is_escaping: bool,
}

/// Finds what ends an alternative that starts at `at`: a comma or brace of its own level.
fn end_of(pattern: &[u8], mut at: usize, is_escaping: bool) -> Option<usize> {
    let mut depth = 0;
    loop {
        match pattern.get(at)? {
            b'\\' if is_escaping => at += 1,
            b'{' => depth += 1,
            b'}' | b',' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

/// Finds the first pair; a brace without its other half is none.
pub(super) fn first(pattern: &[u8], is_escaping: bool) -> Option<Braces<'_>> {
    let mut start = 0;
    loop {
        match pattern.get(start)? {
            b'\\' if is_escaping => start += 1,
            b'{' => break,
            _ => {}
        }
        start += 1;
    }
    let mut end = end_of(pattern, start + 1, is_escaping)?;
    while pattern[end] != b'}' {
        end = end_of(pattern, end + 1, is_escaping)?;
    }
    Some(Braces { start, end, inside: &pattern[start + 1..end], is_escaping })
}

impl<'a> Braces<'a> {
    /// Returns the alternatives in their order.
    pub(super) fn alternatives(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (inside, is_escaping) = (self.inside, self.is_escaping);
        let mut next = Some(0);
        core::iter::from_fn(move || {
            let start = next?;
            let end = end_of(inside, start, is_escaping);
            next = end.map(|end| end + 1);
            Some(&inside[start..end.unwrap_or(inside.len())])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn commas_of_inner_braces_and_escaped_ones_do_not_separate() {
        let braces = first(b"x{a,{b,c}d,,e\\,f}y", true).expect("a pair");
        let found: Vec<&[u8]> = braces.alternatives().collect();
        assert_eq!(found, [b"a".as_slice(), b"{b,c}d", b"", b"e\\,f"]);
        assert_eq!((braces.start, braces.end), (1, 16));
    }

    #[test]
    fn half_a_pair_is_text() {
        for pattern in [b"a{b,c".as_slice(), b"a}", b"x\\{a,b}", b"{a{b}"] {
            assert!(first(pattern, true).is_none(), "{pattern:?}");
        }
    }
}
