//! Hosts in answers of the DNS: the addresses of a name, and the names of an address.

use core::ffi::c_int;
use core::fmt::Write;

use super::super::address::Address;
use super::super::lookup::{Answer, HOST_NOT_FOUND, INTERNAL, TRY_AGAIN};
use super::alias::alias_of;
use super::config::{INIT, NO_V6};
use super::message::{HEADER_BYTES, get16, record, skip_records};
use super::search::{ask, search};
use super::state::{ResState, own};
use super::{CLASS_IN, NO_DATA, NO_RECOVERY, TYPE_A, TYPE_AAAA, TYPE_CNAME, TYPE_PTR, config, name};
use crate::abi::{AF_INET, AF_INET6};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::tcb::tcb;

/// Room for the longest answer.
const ANSWER_BYTES: usize = 65_536;
/// The longest name as text, each byte as four.
const LONGEST_TEXT: usize = 1025;

const fn no_memory(_: OutOfMemory) -> c_int {
    INTERNAL
}

fn own_state() -> Result<&'static mut ResState, c_int> {
    // SAFETY: the thread's own, which lives as long as it does.
    let state = unsafe { own().as_mut() }.ok_or(INTERNAL)?;
    if !state.has(INIT) {
        config::init(state);
    }
    Ok(state)
}

/// Keeps why the DNS has no answer: in the state, and as `h_errno`, whatever call asks.
fn keep(state: &mut ResState, problem: c_int) {
    state.h_errno = problem;
    // SAFETY: the control block lives as long as its thread.
    unsafe { (*tcb()).h_errno = problem };
}

/// Adds the host names of a message to an answer: the owner of the question's records, its aliases, and the addresses or
/// names they give.
fn collect(message: &[u8], kind: u16, answer: &mut Answer) -> Result<(), c_int> {
    let (mut wanted, mut text) = ([0; name::LONGEST], [0; LONGEST_TEXT]);
    let bad = || NO_RECOVERY;
    let (_, mut wanted_len) = name::unpack(message, HEADER_BYTES, &mut wanted).ok_or_else(bad)?;
    let questions = usize::from(get16(message, 4).unwrap_or(0));
    let mut at = skip_records(message, HEADER_BYTES, true, questions).ok_or_else(bad)?;
    let mut aliases = GuestVec::<u8>::new();
    let mut found = false;
    for _ in 0..get16(message, 6).unwrap_or(0) {
        let record = record(message, at, false).ok_or_else(bad)?;
        let mut owner = [0; name::LONGEST];
        let (_, owner_len) = name::unpack(message, at, &mut owner).ok_or_else(bad)?;
        at = record.next;
        if record.class != CLASS_IN || !owner[..owner_len].eq_ignore_ascii_case(&wanted[..wanted_len]) {
            continue;
        }
        let data = &message[record.data..record.data + record.len];
        match (record.kind, kind) {
            (TYPE_CNAME, _) => {
                let len = name::to_text(&wanted[..wanted_len], &mut text).ok_or_else(bad)?;
                aliases.extend(&text[..len - 1]).and_then(|()| aliases.push(b' ')).map_err(no_memory)?;
                (_, wanted_len) = name::unpack(message, record.data, &mut wanted).ok_or_else(bad)?;
            }
            (TYPE_PTR, TYPE_PTR) => {
                let mut target = [0; name::LONGEST];
                let (_, len) = name::unpack(message, record.data, &mut target).ok_or_else(bad)?;
                let len = name::to_text(&target[..len], &mut text).ok_or_else(bad)?;
                answer.add_name(&text[..len - 1]).map_err(no_memory)?;
                found = true;
            }
            (TYPE_A, TYPE_A) | (TYPE_AAAA, TYPE_AAAA) => {
                let address = match (data.try_into(), data.try_into()) {
                    (Ok(bytes), _) if kind == TYPE_A => Address::V4(bytes),
                    (_, Ok(bytes)) if kind == TYPE_AAAA => Address::V6(bytes),
                    _ => continue,
                };
                answer.addresses.push(address).map_err(no_memory)?;
                found = true;
            }
            _ => {}
        }
    }
    if !found {
        return Err(NO_DATA);
    }
    if kind != TYPE_PTR {
        let len = name::to_text(&wanted[..wanted_len], &mut text).ok_or_else(bad)?;
        answer.add_name(&text[..len - 1]).map_err(no_memory)?;
        for alias in crate::libc::database::words(&aliases) {
            answer.add_name(alias).map_err(no_memory)?;
        }
    }
    Ok(())
}

/// Asks for one type after another; the addresses of all. It fails if no type gives any.
fn ask_all(state: &mut ResState, text: &[u8], kinds: &[u16], room: &mut [u8]) -> Result<Answer, c_int> {
    let mut answer = Answer::new();
    let mut problem = None;
    for &kind in kinds {
        let result =
            ask(state, text, CLASS_IN, kind, room).and_then(|len| collect(&room[..len], kind, &mut answer));
        match result {
            Ok(()) => {}
            // A name that is not there has no records of other types; of one that is there, what was found counts.
            Err(HOST_NOT_FOUND) if answer.name().is_empty() => return Err(HOST_NOT_FOUND),
            Err(error) => problem = Some(if problem == Some(TRY_AGAIN) { TRY_AGAIN } else { error }),
        }
    }
    match problem {
        Some(problem) if answer.name().is_empty() => Err(problem),
        _ => Ok(answer),
    }
}

/// Asks the DNS for the addresses of a name, of one family or both; `Err` has the `h_errno`.
pub fn addresses_of(text: &[u8], family: Option<c_int>) -> Result<Answer, c_int> {
    if text.is_empty() || !is_host_name(text) {
        return Err(HOST_NOT_FOUND);
    }
    let state = own_state()?;
    let kinds: &[u16] = match family {
        Some(AF_INET) => &[TYPE_A],
        Some(AF_INET6) => &[TYPE_AAAA],
        _ if state.has(NO_V6) => &[TYPE_A],
        _ => &[TYPE_A, TYPE_AAAA],
    };
    let mut room = GuestVec::filled(0u8, ANSWER_BYTES).map_err(no_memory)?;
    // What a name stands for may be completed, too.
    let alias = if text.contains(&b'.') { None } else { alias_of(state, text).transpose()? };
    let text = alias.as_deref().unwrap_or(text);
    let answer = search(state, text, |state, full| ask_all(state, full, kinds, &mut room));
    let mut answer = answer.inspect_err(|&problem| keep(state, problem))?;
    if kinds == [TYPE_A] && family.is_some() {
        state.sort(&mut answer.addresses);
    }
    Ok(answer)
}

/// Asks the DNS for the names of an address; `Err` has the `h_errno`.
pub fn names_of(address: Address) -> Result<Answer, c_int> {
    if address == Address::V6([0; 16]) {
        return Err(HOST_NOT_FOUND); // It is nobody's.
    }
    let mut text = super::super::address::Text::EMPTY;
    let mut long = LongText { bytes: [0; 80], len: 0 };
    // Both are long enough.
    let _ = match address {
        Address::V4([a, b, c, d]) => write!(text, "{d}.{c}.{b}.{a}.in-addr.arpa"),
        Address::V6(bytes) => bytes
            .iter()
            .rev()
            .try_for_each(|byte| write!(long, "{:x}.{:x}.", byte & 0xf, byte >> 4))
            .and_then(|()| write!(long, "ip6.arpa")),
    };
    let name = if long.len > 0 { &long.bytes[..long.len] } else { text.as_bytes() };
    let state = own_state()?;
    let mut room = GuestVec::filled(0u8, ANSWER_BYTES).map_err(no_memory)?;
    let answer = ask_all(state, name, &[TYPE_PTR], &mut room);
    let mut answer = answer.inspect_err(|&problem| keep(state, problem))?;
    answer.addresses.push(address).map_err(no_memory)?;
    Ok(answer)
}

/// The name under `ip6.arpa` of an address: 72 bytes.
struct LongText {
    bytes: [u8; 80],
    len: usize,
}

impl Write for LongText {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// Tells whether a name can be a host's: letters, digits, `-` (not first), `_` and dots.
pub fn is_host_name(text: &[u8]) -> bool {
    let is_fine = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.first() != Some(&b'-') && text.iter().all(is_fine)
}
