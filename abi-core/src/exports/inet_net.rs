//! Network numbers of `arpa/inet.h`, as text.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::fmt::Write;
use core::ptr::null_mut;

use crate::abi::{AF_INET, EAFNOSUPPORT, EINVAL, EMSGSIZE, ENOENT};
use crate::libc::files::text_of;
use crate::libc::net::address::Text;
use crate::libc::set_errno;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// A network number's place, as it is filled.
struct Network {
    out: *mut u8,
    room: usize,
    len_bytes: usize,
}

impl Network {
    unsafe fn push(&mut self, byte: u8) -> Result<(), c_int> {
        if self.len_bytes >= self.room {
            return Err(EMSGSIZE);
        }
        self.out.add(self.len_bytes).write(byte);
        self.len_bytes += 1;
        Ok(())
    }

    /// How many bits a number has that was given without: those of its class, or of the bytes there are.
    unsafe fn implied_bits(&self) -> usize {
        let of_class = match *self.out {
            240.. => 32,
            224.. => return 4,
            192.. => 24,
            128.. => 16,
            _ => 8,
        };
        of_class.max(self.len_bytes * 8)
    }
}

/// Reads decimal digits up to `most`; returns the number and what follows.
fn decimal(text: &[u8], most: usize) -> Option<(usize, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
    let mut number = 0;
    for digit in digits {
        number = usize::saturating_mul(number, 10).saturating_add((digit - b'0').into());
        if number > most {
            return None;
        }
    }
    Some((number, rest))
}

/// Reads a network number (inet_net_pton(3)); returns its bits, or an error's number.
unsafe fn parse(text: &[u8], network: &mut Network) -> Result<usize, c_int> {
    let hexadecimal = match text {
        [b'0', b'x' | b'X', rest @ ..] if rest.first().is_some_and(u8::is_ascii_hexdigit) => Some(rest),
        _ => None,
    };
    let rest = if let Some(digits) = hexadecimal {
        let count = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (digits, rest) = digits.split_at_checked(count).unwrap_or_default();
        for pair in digits.chunks(2) {
            let value =
                |digit: Option<&u8>| digit.map_or(0, |&digit| (digit as char).to_digit(16).unwrap_or(0));
            network.push((value(pair.first()) << 4 | value(pair.get(1))) as u8)?;
        }
        rest
    } else {
        let mut text = text;
        loop {
            let (byte, rest) = decimal(text, 255).ok_or(ENOENT)?;
            network.push(byte as u8)?;
            match rest {
                [b'.', more @ ..] => text = more,
                _ => break rest,
            }
        }
    };
    let bits = match rest {
        [] => network.implied_bits(),
        [b'/', width @ ..] => match decimal(width, usize::MAX) {
            Some((bits, [])) if bits <= 32 => bits,
            Some((_, [])) => return Err(EMSGSIZE),
            _ => return Err(ENOENT),
        },
        _ => return Err(ENOENT),
    };
    while bits > network.len_bytes * 8 {
        network.push(0)?;
    }
    Ok(bits)
}

unsafe extern "C" fn inet_net_pton(family: c_int, text: *const c_char, out: *mut u8, room: usize) -> c_int {
    if family != AF_INET {
        set_errno(EAFNOSUPPORT);
        return -1;
    }
    match parse(text_of(text), &mut Network { out, room, len_bytes: 0 }) {
        Ok(bits) => bits as c_int,
        Err(error) => {
            set_errno(error);
            -1
        }
    }
}

/// Text in a buffer, in parts of which each needs more room than it takes.
struct Parts {
    text: Text,
    room: usize,
}

impl Parts {
    /// Adds a part for which there are to be `needed` bytes.
    fn add(&mut self, needed: usize, part: core::fmt::Arguments<'_>) -> Option<()> {
        if self.room.saturating_sub(self.text.as_bytes().len()) < needed {
            return None;
        }
        self.text.write_fmt(part).ok()
    }
}

/// Stores what was written, or says that there is no room for it.
unsafe fn stored(parts: Parts, written: Option<()>, out: *mut c_char) -> *mut c_char {
    if written.is_none() {
        set_errno(EMSGSIZE);
        return null_mut();
    }
    let bytes = parts.text.as_bytes();
    out.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
    out.add(bytes.len()).write(0);
    out
}

/// Room for an octet and what follows it.
const OCTET_ROOM: usize = c"255.".to_bytes_with_nul().len();
/// Room for a width.
const WIDTH_ROOM: usize = c"/32".to_bytes_with_nul().len();

fn write_network(parts: &mut Parts, address: &[u8], bits: usize) -> Option<()> {
    if bits == 0 {
        parts.add(2, format_args!("0"))?;
    }
    for (i, &byte) in address.iter().enumerate() {
        let mask = if bits.is_multiple_of(8) { 0xff } else { !(0xff_u8 >> (bits % 8)) };
        let byte = if i == bits / 8 { byte & mask } else { byte };
        let dot = if i == 0 { "" } else { "." };
        parts.add(OCTET_ROOM, format_args!("{dot}{byte}"))?;
    }
    parts.add(WIDTH_ROOM, format_args!("/{bits}"))
}

unsafe extern "C" fn inet_net_ntop(
    family: c_int,
    from: *const u8,
    bits: c_int,
    out: *mut c_char,
    len_bytes: usize,
) -> *mut c_char {
    if family != AF_INET {
        set_errno(EAFNOSUPPORT);
        return null_mut();
    }
    if !(0..=32).contains(&bits) {
        set_errno(EINVAL);
        return null_mut();
    }
    let bits = bits as usize;
    let address = core::slice::from_raw_parts(from, bits.div_ceil(8));
    let mut parts = Parts { text: Text::EMPTY, room: len_bytes };
    let written = write_network(&mut parts, address, bits);
    stored(parts, written, out)
}

fn write_neta(parts: &mut Parts, number: u32) -> Option<()> {
    if number == 0 {
        return parts.add(c"0.0.0.0".to_bytes_with_nul().len(), format_args!("0.0.0.0"));
    }
    for shift in [24, 16, 8, 0] {
        let byte = number >> shift & 0xff;
        if byte == 0 {
            continue;
        }
        let dot = if number << (31 - shift) << 1 == 0 || shift == 0 { "" } else { "." };
        parts.add(OCTET_ROOM, format_args!("{byte}{dot}"))?;
    }
    Some(())
}

/// `inet_neta`: a network number in host byte order, without the octets that are 0.
unsafe extern "C" fn inet_neta(number: u32, out: *mut c_char, len_bytes: usize) -> *mut c_char {
    let mut parts = Parts { text: Text::EMPTY, room: len_bytes };
    let written = write_neta(&mut parts, number);
    stored(parts, written, out)
}

pure_exports! { "libresolv.so.2";
    full inet_net_pton = inet_net_pton;
    full inet_net_ntop = inet_net_ntop;
    full inet_neta = inet_neta;
}
