//! Names of the DNS (RFC 1035, 3.1 and 4.1.4): as text, in wire form, and compressed in a message.

/// The longest name in wire form.
pub const LONGEST: usize = 255;
/// The longest label.
const LONGEST_LABEL: usize = 63;
/// Marks a byte pair as a pointer to another place of the message.
const POINTER: u8 = 0xc0;
/// Where the places end that a pointer has room for.
const POINTER_LIMIT: usize = 0x4000;

/// A buffer that is filled from its start.
struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len.checked_add(bytes.len())?;
        self.out.get_mut(self.len..end)?.copy_from_slice(bytes);
        self.len = end;
        Some(())
    }
}

/// Takes a name at `start` of a message into wire form; returns how many bytes of the message it takes, and the length.
pub fn unpack(message: &[u8], start: usize, out: &mut [u8]) -> Option<(usize, usize)> {
    let mut out = Writer { out, len: 0 };
    let (mut at, mut taken, mut followed) = (start, None, 0);
    loop {
        let len = *message.get(at)?;
        match len & POINTER {
            0 => {
                let end = at + 1 + usize::from(len);
                out.put(message.get(at..end)?)?;
                if out.len > LONGEST {
                    return None;
                }
                at = end;
                if len == 0 {
                    return Some((taken.unwrap_or_else(|| at - start), out.len));
                }
            }
            POINTER => {
                let low = *message.get(at + 1)?;
                taken = taken.or_else(|| Some(at + 2 - start));
                at = usize::from(len & !POINTER) << 8 | usize::from(low);
                followed += 2;
                // More pointers than the message has room for are a loop.
                if followed >= message.len() {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

/// Returns how many bytes of a message a name at `start` takes, without following pointers.
pub fn skip(message: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let len = *message.get(at)?;
        at += 1;
        match len & POINTER {
            0 if len == 0 => return Some(at - start),
            0 => at += usize::from(len),
            POINTER => {
                return (at < message.len()).then_some(at + 1 - start);
            }
            _ => return None,
        }
    }
}

/// Iterates over the labels of a name in wire form.
pub fn labels(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    core::iter::from_fn(move || {
        let len = usize::from(*name.get(at)?);
        let label = name.get(at + 1..at + 1 + len).filter(|label| !label.is_empty())?;
        at += 1 + len;
        Some(label)
    })
}

/// Returns the length of the name in wire form that `bytes` start with, its end included.
pub fn wire_len(bytes: &[u8]) -> Option<usize> {
    let len: usize = labels(bytes).map(|label| label.len() + 1).sum();
    (bytes.get(len) == Some(&0) && len < LONGEST).then_some(len + 1)
}

/// Writes a name in wire form as text with a NUL; returns the length with it. The root is a dot.
pub fn to_text(name: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut out = Writer { out, len: 0 };
    for label in labels(name) {
        if label.len() > LONGEST_LABEL {
            return None;
        }
        if out.len > 0 {
            out.put(b".")?;
        }
        for &byte in label {
            match byte {
                b'"' | b'.' | b';' | b'\\' | b'(' | b')' | b'@' | b'$' => out.put(&[b'\\', byte])?,
                0x21..=0x7e => out.put(&[byte])?,
                _ => out.put(&[b'\\', b'0' + byte / 100, b'0' + byte / 10 % 10, b'0' + byte % 10])?,
            }
        }
    }
    if out.len == 0 {
        out.put(b".")?;
    }
    out.put(&[0])?;
    Some(out.len)
}

/// Reads a byte after a backslash: itself, or three decimal digits.
fn escaped(text: &[u8]) -> Option<(u8, usize)> {
    let digit =
        |index: usize| text.get(index).filter(|byte| byte.is_ascii_digit()).map(|b| u32::from(b - b'0'));
    match digit(0) {
        Some(hundreds) => {
            let value = hundreds * 100 + digit(1)? * 10 + digit(2)?;
            Some((u8::try_from(value).ok()?, 3))
        }
        None => Some((*text.first()?, 1)),
    }
}

/// Reads a name as text into wire form; returns the length, and whether a dot ends it.
pub fn from_text(text: &[u8], out: &mut [u8]) -> Option<(usize, bool)> {
    let mut out = Writer { out, len: 0 };
    if text.is_empty() || text == b"." {
        out.put(&[0])?;
        return Some((1, !text.is_empty()));
    }
    let (mut label, mut label_len, mut at) = ([0u8; LONGEST_LABEL], 0, 0);
    let end_label = |out: &mut Writer<'_>, label: &[u8]| -> Option<()> {
        out.put(&[label.len() as u8])?;
        out.put(label)
    };
    while at < text.len() {
        let byte = match text[at] {
            b'.' => {
                if label_len == 0 {
                    return None;
                }
                end_label(&mut out, &label[..label_len])?;
                label_len = 0;
                at += 1;
                continue;
            }
            b'\\' => {
                let (byte, taken) = escaped(&text[at + 1..])?;
                at += taken;
                byte
            }
            byte => byte,
        };
        *label.get_mut(label_len)? = byte;
        label_len += 1;
        at += 1;
    }
    let is_absolute = label_len == 0;
    if !is_absolute {
        end_label(&mut out, &label[..label_len])?;
    }
    out.put(&[0])?;
    (out.len <= LONGEST).then_some((out.len, is_absolute))
}

/// Tells whether the name in wire form is the one at `at` of a message; case does not count.
fn is_at(message: &[u8], at: usize, name: &[u8]) -> bool {
    let mut found = [0; LONGEST];
    unpack(message, at, &mut found).is_some_and(|(_, len)| found[..len].eq_ignore_ascii_case(name))
}

/// Puts a name in wire form at `at` of a message, its end replaced by a pointer to a name `known` there if one is equal.
/// Calls `learn` for the place that others may point to, if there is one. Returns how many bytes it takes.
pub fn pack(
    name: &[u8],
    message: &mut [u8],
    at: usize,
    known: impl Iterator<Item = usize> + Clone,
    learn: impl FnOnce(usize),
) -> Option<usize> {
    let len = wire_len(name)?;
    let (name, mut from, mut to) = (&name[..len], 0, at);
    let mut learn = Some(learn);
    loop {
        let rest = &name[from..];
        if rest == [0] {
            *message.get_mut(to)? = 0;
            return Some(to + 1 - at);
        }
        let found = {
            let before = &message[..at];
            let mut places = known.clone().flat_map(|start| label_places(before, start));
            places.find(|&place| is_at(before, place, rest))
        };
        if let Some(place) = found {
            let pointer = [POINTER | (place >> 8) as u8, place as u8];
            message.get_mut(to..to + 2)?.copy_from_slice(&pointer);
            return Some(to + 2 - at);
        }
        let label = 1 + usize::from(rest[0]);
        message.get_mut(to..to + label)?.copy_from_slice(&rest[..label]);
        // What comes after the first label is found by way of it.
        if let Some(learn) = learn.take().filter(|_| to < POINTER_LIMIT) {
            learn(to);
        }
        from += label;
        to += label;
    }
}

/// The places of a written name's labels that a pointer can name, up to its own pointer or end.
fn label_places(message: &[u8], start: usize) -> impl Iterator<Item = usize> {
    let next = |place: &usize| message.get(*place).map(|len| place + 1 + usize::from(*len));
    core::iter::successors(Some(start), next).take_while(|place| {
        *place < POINTER_LIMIT && message.get(*place).is_some_and(|len| *len != 0 && *len & POINTER == 0)
    })
}

/// Takes off the dot that ends a name, unless a backslash (an odd number of them) makes it part of the last label.
pub fn without_dot(name: &[u8]) -> &[u8] {
    match name.strip_suffix(b".") {
        Some(rest) if rest.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 0 => rest,
        _ => name,
    }
}

/// Tells whether two texts are one name (ns_samename(3)).
pub fn is_same_text(a: &[u8], b: &[u8]) -> bool {
    without_dot(a).eq_ignore_ascii_case(without_dot(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_wire_form_agree() {
        for (text, wire, is_absolute) in [
            ("a.bc", &b"\x01a\x02bc\0"[..], false),
            ("a.bc.", b"\x01a\x02bc\0", true),
            (".", b"\0", true),
            (r"x\.y.z\007", b"\x03x.y\x02z\x07\0", false),
        ] {
            let mut out = [0; 64];
            assert_eq!(from_text(text.as_bytes(), &mut out), Some((wire.len(), is_absolute)), "{text}");
            assert_eq!(&out[..wire.len()], wire);
            let mut back = [0; 64];
            let len = to_text(wire, &mut back).expect("there is room");
            let expected = if text.len() > 1 { text.trim_end_matches('.') } else { text };
            assert_eq!(&back[..len - 1], expected.as_bytes());
        }
        for text in ["a..b", ".a", &"x".repeat(64), &"abcdefg.".repeat(40), r"a\25", r"a\999"] {
            assert_eq!(from_text(text.as_bytes(), &mut [0; 512]), None, "{text}");
        }
    }

    #[test]
    fn pointers_that_loop_are_refused() {
        assert_eq!(unpack(&[0xc0, 0], 0, &mut [0; 255]), None);
        assert_eq!(unpack(&[1, b'a', 0xc0, 0], 0, &mut [0; 255]), None);
        assert_eq!(unpack(&[1, b'a', 0, 0xc0, 0], 3, &mut [0; 255]), Some((2, 3)));
        // A pointer back to a pointer back.
        assert_eq!(unpack(&[1, b'a', 0, 0xc0, 0, 0xc0, 3], 5, &mut [0; 255]), Some((2, 3)));
        assert_eq!(unpack(&[0xc0], 0, &mut [0; 255]), None);
        assert_eq!(unpack(&[0x80, 0], 0, &mut [0; 255]), None);
    }

    #[test]
    fn a_name_is_compressed_by_its_longest_known_end() {
        let mut message = [0; 64];
        let mut places = std::vec::Vec::new();
        let len = pack(b"\x03www\x02ex\0", &mut message, 0, [].into_iter(), |place| places.push(place));
        assert_eq!((len, &*places), (Some(8), &[0][..]));
        let known = places.clone();
        let len = pack(b"\x01m\x02EX\0", &mut message, 8, known.into_iter(), |place| places.push(place));
        assert_eq!((len, &message[8..12]), (Some(4), &[1, b'm', 0xc0, 4][..]));
        assert_eq!(places, [0, 8]);
    }
}
