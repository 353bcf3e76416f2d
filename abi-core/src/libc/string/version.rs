//! The order of version strings.

/// strverscmp(3): the strings are equal up to some place; if that place is within or next to digits in both, the digit
/// runs there decide: those that start with zeros as fractions, others by value.
pub fn compare(a: &[u8], b: &[u8]) -> i32 {
    let at = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (x, y) = (a.get(at).copied().unwrap_or(0), b.get(at).copied().unwrap_or(0));
    let difference = i32::from(x) - i32::from(y);
    if difference == 0 {
        return 0;
    }
    let run = a[..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = at - run;
    // A run that begins with a zero compares as a fraction, once it has another digit.
    let common = &a[start..at];
    let is_fraction = match common.first() {
        Some(&b'0') => true,
        Some(_) => false,
        None => x == b'0' || y == b'0',
    };
    let (x_digit, y_digit) = (x.is_ascii_digit(), y.is_ascii_digit());
    if !x_digit && !y_digit {
        return difference;
    }
    if is_fraction {
        if common.is_empty() {
            return if x_digit && y_digit { difference } else { i32::from(x) - i32::from(y) };
        }
        if common.iter().all(|&byte| byte == b'0') {
            // Only zeros so far: more digits make a fraction, which sorts before the integer zero.
            return match (x_digit, y_digit) {
                (true, false) => -1,
                (false, true) => 1,
                _ => difference,
            };
        }
        return difference;
    }
    if common.is_empty() && !(x_digit && y_digit) {
        return difference;
    }
    let digits = |bytes: &[u8]| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    match digits(a).cmp(&digits(b)) {
        core::cmp::Ordering::Less => -1,
        core::cmp::Ordering::Greater => 1,
        core::cmp::Ordering::Equal => difference,
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn versions_sort_as_the_man_page_says() {
        let ordered = ["000", "00", "01", "010", "09", "0", "1", "9", "10"];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(
                    compare(a.as_bytes(), b.as_bytes()).signum(),
                    (i as i32 - j as i32).signum(),
                    "{a} {b}"
                );
            }
        }
        assert!(compare(b"a9b", b"a10b") < 0);
        assert!(compare(b"jan1", b"jan10") < 0);
    }
}
