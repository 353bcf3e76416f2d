//! The arithmetic of a shell's `$((…))`, as far as wordexp(3) has it: numbers, `+ - * /`, signs and parentheses.

/// Evaluates an expression; `None` where it is none, or divides by zero.
pub fn evaluate(text: &[u8]) -> Option<i64> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.skip_blanks();
    if reader.peek().is_none() {
        return Some(0);
    }
    let value = reader.sum()?;
    reader.peek().is_none().then_some(value)
}

/// How deep parentheses may lie in one another.
const DEEPEST: usize = 200;

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self) {
        self.at += 1;
        self.skip_blanks();
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        loop {
            match self.peek() {
                Some(b'+') => {
                    self.take();
                    value = value.wrapping_add(self.product()?);
                }
                Some(b'-') => {
                    self.take();
                    value = value.wrapping_sub(self.product()?);
                }
                _ => return Some(value),
            }
        }
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.factor()?;
        loop {
            match self.peek() {
                Some(b'*') => {
                    self.take();
                    value = value.wrapping_mul(self.factor()?);
                }
                Some(b'/') => {
                    self.take();
                    value = value.checked_div(self.factor()?)?;
                }
                _ => return Some(value),
            }
        }
    }

    fn factor(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let value = match self.peek()? {
            b'-' => {
                self.take();
                self.factor()?.wrapping_neg()
            }
            b'+' => {
                self.take();
                self.factor()?
            }
            b'(' => {
                self.take();
                let value = self.sum()?;
                (self.peek() == Some(b')')).then_some(())?;
                self.take();
                value
            }
            _ => self.number()?,
        };
        self.depth -= 1;
        Some(value)
    }

    fn number(&mut self) -> Option<i64> {
        let rest = &self.text[self.at..];
        let (prefix, base) = match rest {
            [b'0', b'x' | b'X', ..] => (2, 16),
            [b'0', next, ..] if next.is_ascii_digit() => (1, 8),
            _ => (0, 10),
        };
        let digits = rest[prefix..].iter().take_while(|byte| char::from(**byte).is_digit(base)).count();
        let text = core::str::from_utf8(&rest[prefix..prefix + digits]).ok()?;
        let value = i64::from_str_radix(text, base).ok()?;
        self.at += prefix + digits;
        self.skip_blanks();
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::evaluate;

    #[test]
    fn expressions_have_the_usual_rules() {
        for (text, value) in [
            ("1+2*3", Some(7)),
            (" ( 1 + 2 ) * -3 ", Some(-9)),
            ("0x10 + 010", Some(24)),
            ("7/2-10", Some(-7)),
            ("1/0", None),
            ("1+", None),
            ("(1", None),
            ("1 2", None),
            ("", Some(0)),
        ] {
            assert_eq!(evaluate(text.as_bytes()), value, "{text}");
        }
        assert_eq!(evaluate("(".repeat(100_000).as_bytes()), None);
    }
}
