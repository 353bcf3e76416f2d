//! Multibyte characters of the current locale, for the streams and formats.

/// The most bytes of a character.
pub const MAX_BYTES: usize = 16;

/// What bytes turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// A character, and how many bytes it took.
    Character(i32, usize),
    /// Not yet all of a character.
    Incomplete,
    /// Not a character.
    Invalid,
}

type Mbrtowc = unsafe extern "C" fn(*mut i32, *const u8, usize, *mut [u32; 2]) -> usize;
type Wcrtomb = unsafe extern "C" fn(*mut u8, i32, *mut [u32; 2]) -> usize;

#[cfg(not(test))]
fn function(name: &[u8]) -> Option<*const ()> {
    crate::exports::find(name).map(|export| export.address).filter(|address| !address.is_null())
}

#[cfg(test)]
fn function(_name: &[u8]) -> Option<*const ()> {
    None
}

/// Decodes the character at the start of `bytes`.
pub fn decode(bytes: &[u8], state: &mut [u32; 2]) -> Decoded {
    if let Some(address) = function(b"mbrtowc") {
        // SAFETY: the symbol's C signature.
        let mbrtowc: Mbrtowc = unsafe { core::mem::transmute(address) };
        let mut c = 0;
        // SAFETY: bytes and state are ours.
        return match unsafe { mbrtowc(&raw mut c, bytes.as_ptr(), bytes.len(), state) } {
            usize::MAX => Decoded::Invalid,
            n if n == usize::MAX - 1 => Decoded::Incomplete,
            n => Decoded::Character(c, n.max(1)),
        };
    }
    let text = bytes.get(..bytes.len().min(4)).unwrap_or(bytes);
    for len in 1..=text.len() {
        if let Ok(s) = core::str::from_utf8(&text[..len])
            && let Some(c) = s.chars().next()
        {
            return Decoded::Character(c as i32, len);
        }
    }
    if text.len() < 4 { Decoded::Incomplete } else { Decoded::Invalid }
}

/// Decodes the character at the start of a C string that is not empty.
///
/// # Safety
/// `text` is a C string.
pub unsafe fn decode_c(text: *const u8, state: &mut [u32; 2]) -> Decoded {
    let mut len = 0;
    // SAFETY: stops at the NUL.
    let bytes = unsafe {
        while len < MAX_BYTES && *text.add(len) != 0 {
            len += 1;
        }
        core::slice::from_raw_parts(text, len)
    };
    decode(bytes, state)
}

/// Encodes a character; returns how many bytes it took, `None` if it has none.
pub fn encode(c: i32, bytes: &mut [u8; MAX_BYTES]) -> Option<usize> {
    if let Some(address) = function(b"wcrtomb") {
        // SAFETY: the symbol's C signature.
        let wcrtomb: Wcrtomb = unsafe { core::mem::transmute(address) };
        let mut state = [0; 2];
        // SAFETY: there is room for the longest character.
        let n = unsafe { wcrtomb(bytes.as_mut_ptr(), c, &raw mut state) };
        return (n != usize::MAX).then_some(n);
    }
    let c = char::from_u32(c as u32)?;
    Some(c.encode_utf8(bytes).len())
}

/// Returns the character a byte is by itself (btowc(3)).
pub fn widen_byte(byte: u8) -> Option<i32> {
    match decode(&[byte], &mut [0; 2]) {
        Decoded::Character(c, 1) => Some(c),
        _ => None,
    }
}

/// Tells whether characters of the current locale may take several bytes.
pub fn is_multibyte() -> bool {
    let Some(address) = function(b"__ctype_get_mb_cur_max") else { return false };
    // SAFETY: the symbol's C signature.
    let max: unsafe extern "C" fn() -> usize = unsafe { core::mem::transmute(address) };
    // SAFETY: takes nothing.
    unsafe { max() > 1 }
}
