//! fnmatch(3)

use super::bracket::{self, Dialect, Item, Pattern, char_at, fold, other_case};

/// `FNM_PATHNAME`
pub const PATHNAME: i32 = 1;
/// `FNM_NOESCAPE`
pub const NOESCAPE: i32 = 2;
/// `FNM_PERIOD`
pub const PERIOD: i32 = 4;
/// `FNM_LEADING_DIR`
pub const LEADING_DIR: i32 = 8;
/// `FNM_CASEFOLD`
pub const CASEFOLD: i32 = 16;
/// `FNM_EXTMATCH`
pub const EXTMATCH: i32 = 32;

/// Steps after which a pattern with nested alternatives is given up as not matching.
const STEPS_MAX: usize = 1 << 22;

/// Matches one text.
struct Matcher<'a> {
    text: &'a [u8],
    flags: i32,
    wide: bool,
    steps: usize,
}

/// Tells whether `text` matches `pattern`.
pub fn matches(pattern: &[u8], text: &[u8], flags: i32, wide: bool) -> bool {
    Matcher { text, flags, wide, steps: 0 }.run(pattern, 0, text.len(), flags & LEADING_DIR != 0, 0)
}

impl Matcher<'_> {
    const fn has(&self, flag: i32) -> bool {
        self.flags & flag != 0
    }

    /// Tells whether the period at `at` needs a period in the pattern.
    fn is_leading_period(&self, at: usize) -> bool {
        self.has(PERIOD)
            && self.text.get(at) == Some(&b'.')
            && (at == 0 || self.has(PATHNAME) && self.text.get(at - 1) == Some(&b'/'))
    }

    /// Tells whether a wildcard may take the character at `at`.
    fn wildcard_takes(&self, at: usize) -> bool {
        !self.is_leading_period(at) && (!self.has(PATHNAME) || self.text.get(at) != Some(&b'/'))
    }

    fn same(&self, a: u32, b: u32) -> bool {
        a == b || self.has(CASEFOLD) && fold(a) == fold(b)
    }

    /// Matches `pattern` with the text from `at` to `end`, or, with `leading_dir`, up to a slash before it.
    fn run(&mut self, pattern: &[u8], at: usize, end: usize, leading_dir: bool, depth: usize) -> bool {
        let (mut p, mut t) = (0, at);
        // Where to go on when the last `*` takes one character more.
        let mut star: Option<(usize, usize)> = None;
        let mut is_behind_star = false;
        loop {
            self.steps += 1;
            if self.steps > STEPS_MAX || depth > 64 {
                return false;
            }
            if p == pattern.len() && (t == end || leading_dir && t < end && self.text[t] == b'/') {
                return true;
            }
            if self.has(EXTMATCH)
                && let Some(&kind @ (b'?' | b'*' | b'+' | b'@' | b'!')) = pattern.get(p)
                && pattern.get(p + 1) == Some(&b'(')
                && let Some(close) = self.close_of(pattern, p + 2)
            {
                let alternatives = &pattern[p + 2..close];
                let rest = &pattern[close + 1..];
                // In glibc, what a `*` precedes needs something left of the text, unless it may be left out.
                let is_at_end = is_behind_star && t == end && matches!(kind, b'+' | b'@' | b'!');
                if !is_at_end && self.extended(kind, alternatives, rest, t, end, leading_dir, depth + 1) {
                    return true;
                }
            } else if pattern.get(p) == Some(&b'*') {
                if self.is_leading_period(t) {
                    if star.is_none() {
                        return false;
                    }
                } else {
                    p += 1;
                    star = Some((p, t));
                    is_behind_star = true;
                    continue;
                }
            } else if p < pattern.len()
                && t < end
                && let Some((next, len)) = self.one(pattern, p, t)
            {
                is_behind_star &= pattern[p] == b'?';
                p = next;
                t += len;
                continue;
            }
            // Let the last `*` take one character more.
            let Some((after, from)) = star else { return false };
            if from >= end || !self.wildcard_takes(from) {
                return false;
            }
            let len = char_at(self.text, from, self.wide).map_or(1, |(_, len)| len);
            star = Some((after, from + len));
            is_behind_star = true;
            p = after;
            t = from + len;
        }
    }

    /// Matches one character with what stands at `p`; returns where the pattern goes on and the character's length.
    fn one(&self, pattern: &[u8], p: usize, t: usize) -> Option<(usize, usize)> {
        let (c, len) = char_at(self.text, t, self.wide)?;
        let (want, want_len) = char_at(pattern, p, self.wide)?;
        match pattern[p] {
            b'?' => self.wildcard_takes(t).then_some((p + 1, len)),
            b'[' => {
                if let Some((is_member, next)) = self.bracket(pattern, p + 1, c) {
                    return (is_member && self.wildcard_takes(t)).then_some((next, len));
                }
                (c == u32::from(b'[')).then_some((p + 1, len))
            }
            b'\\' if !self.has(NOESCAPE) => {
                let (want, want_len) = char_at(pattern, p + 1, self.wide)?;
                self.same(want, c).then_some((p + 1 + want_len, len))
            }
            _ => self.same(want, c).then_some((p + want_len, len)),
        }
    }

    /// Tells whether `c` is in the bracket expression after a `[`, and where that ends; `None` if it is none.
    fn bracket(&self, pattern: &[u8], start: usize, c: u32) -> Option<(bool, usize)> {
        let is_negated = matches!(pattern.get(start), Some(b'!' | b'^'));
        let start = start + usize::from(is_negated);
        let view = Pattern { bytes: pattern, wide: self.wide };
        let mut is_member = false;
        let other = if self.has(CASEFOLD) { other_case(c) } else { c };
        let escapes = !self.has(NOESCAPE);
        let dialect = Dialect {
            escapes,
            has_classes: true,
            has_empty_ranges: false,
            has_ranges_only: false,
            has_half_classes: true,
        };
        let end = bracket::parse(&view, start, dialect, &mut |item| {
            is_member |= item.contains(c) || matches!(item, Item::Range(..)) && item.contains(other);
            Ok(())
        });
        match end {
            // A slash in a bracket expression never matches in a path name.
            Ok(end) if self.has(PATHNAME) && pattern[start..end].contains(&b'/') => None,
            Ok(end) => Some((is_member != is_negated, end)),
            // A range that lacks its end never matches; other unclosed brackets are ordinary characters.
            Err(bracket::BracketError::Unclosed) if pattern.ends_with(b"-") && pattern.len() > start + 1 => {
                Some((false, pattern.len()))
            }
            Err(bracket::BracketError::Unclosed) => None,
            Err(_) => Some((false, pattern.len())),
        }
    }

    /// Finds the `)` of a list of alternatives that starts at `p`.
    fn close_of(&self, pattern: &[u8], p: usize) -> Option<usize> {
        let (mut at, mut depth) = (p, 0);
        while let Some(&byte) = pattern.get(at) {
            match byte {
                b'\\' if !self.has(NOESCAPE) => at += 1,
                b'[' => {
                    if let Some((_, end)) = self.bracket(pattern, at + 1, 0) {
                        at = end.max(at + 1) - 1;
                    }
                }
                b'(' if at > 0 && matches!(pattern[at - 1], b'?' | b'*' | b'+' | b'@' | b'!') => depth += 1,
                b')' if depth == 0 => return Some(at),
                b')' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Returns the alternative at the start of `list`, and what follows its `|`.
    fn split<'p>(&self, list: &'p [u8]) -> (&'p [u8], Option<&'p [u8]>) {
        let (mut at, mut depth) = (0, 0);
        while let Some(&byte) = list.get(at) {
            match byte {
                b'\\' if !self.has(NOESCAPE) => at += 1,
                b'(' if at > 0 && matches!(list[at - 1], b'?' | b'*' | b'+' | b'@' | b'!') => depth += 1,
                b')' => depth -= 1,
                b'|' if depth == 0 => return (&list[..at], Some(&list[at + 1..])),
                _ => {}
            }
            at += 1;
        }
        (list, None)
    }

    fn any_alternative(&mut self, kind: u8, list: &[u8], from: usize, to: usize, depth: usize) -> bool {
        // Those that may repeat, or must not match, may end before a slash too; the others are one with what follows.
        let leading_dir = self.has(LEADING_DIR) && matches!(kind, b'*' | b'+' | b'!');
        let mut rest = Some(list);
        while let Some(list) = rest {
            let (alternative, others) = self.split(list);
            if self.run(alternative, from, to, leading_dir, depth) {
                return true;
            }
            rest = others;
        }
        false
    }

    /// Matches `kind(list)rest`.
    fn extended(
        &mut self,
        kind: u8,
        list: &[u8],
        rest: &[u8],
        at: usize,
        end: usize,
        leading_dir: bool,
        depth: usize,
    ) -> bool {
        if depth > 64 {
            return false;
        }
        if matches!(kind, b'?' | b'*') && self.run(rest, at, end, leading_dir, depth) {
            return true;
        }
        for middle in at..=end {
            if kind == b'!' {
                if !self.any_alternative(kind, list, at, middle, depth)
                    && self.run(rest, middle, end, leading_dir, depth)
                {
                    return true;
                }
                continue;
            }
            if !self.any_alternative(kind, list, at, middle, depth) {
                continue;
            }
            if self.run(rest, middle, end, leading_dir, depth) {
                return true;
            }
            if matches!(kind, b'*' | b'+')
                && middle > at
                && self.extended(b'*', list, rest, middle, end, leading_dir, depth + 1)
            {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_as_glibc_does() {
        let patterns = [
            c"*",
            c"?",
            c"a*b",
            c"*.c",
            c"[a-c]x",
            c"[!a-c]x",
            c"[^a-c]x",
            c"[[:digit:]]*",
            c"\\*",
            c"a\\",
            c"[]a]",
            c"[a",
            c"*/b",
            c"a/*",
            c"a*",
            c".*",
            c"*x*y*",
            c"+(ab|c)",
            c"@(foo|bar).c",
            c"!(*.c)",
            c"?(a)b",
            c"*(a|b)c",
            c"A*B",
            c"[a-",
            c"[[.a.]]",
            c"",
            c"**",
            c"a[/]b",
            c"a?b",
            c"[\\]]",
            c"[A-C]x",
        ];
        let texts = [
            c"", c"a", c"ab", c"a.c", c"bx", c"dx", c"5x", c"*", c"a\\", c"]", c"[a", c"a/b", c".a", c"a/.b",
            c"xxyy", c"abcab", c"foo.c", c"bar.c", c"foo.h", c"b", c"aabc", c"aXb", c"a/b/c", c"[a-", c"AB",
            c"x.c", c"abab",
        ];
        for pattern in patterns {
            for text in texts {
                for flags in 0..64 {
                    let ours = matches(pattern.to_bytes(), text.to_bytes(), flags, false);
                    // SAFETY: C strings.
                    let theirs = unsafe { ::libc::fnmatch(pattern.as_ptr(), text.as_ptr(), flags) } == 0;
                    assert_eq!(ours, theirs, "{pattern:?} {text:?} {flags:#x}");
                }
            }
        }
    }
}
