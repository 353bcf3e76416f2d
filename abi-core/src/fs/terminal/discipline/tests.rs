//! Typed keys, and what the program and the screen get.

use super::*;
use alloc::vec::Vec;

fn typed(terminal: &mut Discipline, keys: &[u8]) -> Vec<Outcome> {
    keys.iter().map(|key| terminal.receive(*key)).collect()
}
fn read(terminal: &mut Discipline) -> Option<Vec<u8>> {
    let mut buf = [0; 100];
    terminal.take(&mut buf).map(|n| buf[..n].to_vec())
}
fn shown(terminal: &mut Discipline) -> Vec<u8> {
    let mut buf = [0; 1000];
    let n = terminal.take_output(&mut buf);
    buf[..n].to_vec()
}

#[test]
fn lines_are_edited_and_echoed() {
    let mut terminal = Discipline::new(Modes::INITIAL);
    typed(&mut terminal, b"helo\x7flo wrld\x17world\r");
    assert_eq!(read(&mut terminal).as_deref(), Some(&b"hello world\n"[..]));
    assert_eq!(shown(&mut terminal), b"helo\x08 \x08lo wrld\x08 \x08\x08 \x08\x08 \x08\x08 \x08world\r\n");
    assert_eq!(read(&mut terminal), None);
    typed(&mut terminal, b"gone\x15");
    assert!(!terminal.is_readable(1));
    typed(&mut terminal, b"a\x16\x03b\x04");
    assert_eq!(read(&mut terminal).as_deref(), Some(&b"a\x03b"[..]));
    typed(&mut terminal, b"\x04");
    assert_eq!(read(&mut terminal).as_deref(), Some(&b""[..]));
}

#[test]
fn keys_send_signals_and_drop_what_was_typed() {
    let mut terminal = Discipline::new(Modes::INITIAL);
    let outcomes = typed(&mut terminal, b"ab\x03");
    assert_eq!(outcomes[2].signal, Some(abi::SIGINT));
    assert_eq!(shown(&mut terminal), b"^C");
    typed(&mut terminal, b"c\n");
    assert_eq!(read(&mut terminal).as_deref(), Some(&b"c\n"[..]));
}

#[test]
fn output_stops_and_goes_on() {
    let mut terminal = Discipline::new(Modes::INITIAL);
    typed(&mut terminal, b"\x13");
    assert_eq!(terminal.write(b"x"), 0);
    typed(&mut terminal, b"\x11");
    assert_eq!(terminal.write(b"x\n"), 2);
    assert_eq!(shown(&mut terminal), b"x\r\n");
}

#[test]
fn sent_keys_do_not_pile_up() {
    let mut terminal = Discipline::new(Modes::INITIAL);
    for _ in 0..2 * OUTPUT_BYTES {
        terminal.send_key(abi::VSTOP);
    }
    assert!((OUTPUT_BYTES - LONGEST..=OUTPUT_BYTES).contains(&terminal.output.len()));
}

#[test]
fn raw_keys_pass_as_they_are() {
    let mut modes = Modes::INITIAL;
    (modes.input, modes.output, modes.local) = (0, 0, 0);
    let mut terminal = Discipline::new(Modes::INITIAL);
    typed(&mut terminal, b"before");
    terminal.set_modes(modes);
    typed(&mut terminal, b"\x03\r\x04");
    assert_eq!(read(&mut terminal).as_deref(), Some(&b"before\x03\r\x04"[..]));
    typed(&mut terminal, b"left");
    terminal.set_modes(Modes::INITIAL);
    assert_eq!(read(&mut terminal).as_deref(), Some(&b"left"[..]));
}

#[test]
fn no_input_makes_it_grow_without_end() {
    let mut terminal = Discipline::new(Modes::INITIAL);
    let mut random = 1u32;
    for _ in 0..200_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if terminal.has_room() {
            terminal.receive((random >> 24) as u8);
        } else {
            let _ = read(&mut terminal);
            let _ = shown(&mut terminal);
            terminal.stop(false);
        }
    }
    assert!(terminal.input.len() <= INPUT_BYTES + 1 && terminal.output.len() <= 6 * OUTPUT_BYTES);
}
