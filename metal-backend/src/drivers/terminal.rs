//! The terminal behind the standard streams: [`super::orders`] that osvrun carries out.

use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use abi_core::backend::{Stream, StreamKind, TerminalModes};
use abi_core::boot::config::MachineInfo;
use abi_core::boot::control::{Kind, TerminalOrder};
use alloc::vec::Vec;

use super::channel;
use super::orders::Orders;
#[cfg(feature = "kernel")]
use super::orders::UNASKED;

/// What the streams lead to.
static STREAMS: [AtomicU8; 3] = [const { AtomicU8::new(0) }; 3];
/// Columns, and rows shifted by 16; 0 if there is no terminal.
static WINDOW: AtomicU32 = AtomicU32::new(0);

/// Whether an order drops input.
struct DropsInput(bool);

/// The orders under way; osvrun answers with the terminal's modes, `None` if there is none any more.
static ORDERS: Orders<DropsInput, Option<TerminalModes>> = Orders::new();

/// Takes over what osvrun said of its terminals.
pub(super) fn set_machine(machine: &MachineInfo) {
    for (stream, kind) in STREAMS.iter().zip(machine.streams) {
        stream.store(kind as u8, Ordering::Relaxed);
    }
    note_window(machine.window.0, machine.window.1);
}

/// Takes osvrun's answer to an order.
pub(super) fn done(answer: &[u8]) {
    ORDERS.answer(answer, |DropsInput(drops_input), modes| {
        if *drops_input {
            channel::drop_input();
        }
        modes.try_into().ok().map(TerminalModes::from_bytes)
    });
}

fn send(number: u32, order: &TerminalOrder) -> bool {
    let mut payload = Vec::from(number.to_le_bytes());
    payload.extend(order.encode());
    channel::send(Kind::Terminal, &payload)
}

/// Tells what a stream leads to.
pub fn kind(stream: Stream) -> StreamKind {
    let [input, output, error] = &STREAMS;
    let kind = match stream {
        Stream::Input => input,
        Stream::Output => output,
        Stream::Error => error,
    };
    StreamKind::from_byte(kind.load(Ordering::Relaxed)).unwrap_or_default()
}

/// Has osvrun do something with the terminal, and waits until it is done; returns the modes then, `None` if there is no
/// terminal.
pub fn order(order: &TerminalOrder) -> Option<TerminalModes> {
    let is_terminal = |stream: &AtomicU8| stream.load(Ordering::Relaxed) == StreamKind::Terminal as u8;
    if !channel::is_attached() || !STREAMS.iter().any(is_terminal) {
        return None;
    }
    ORDERS.carry_out(DropsInput(order.drops_input()), |number| send(number, order)).flatten()
}

/// Asks osvrun about the terminal, not waiting for the answer.
#[cfg(feature = "kernel")]
pub fn ask() {
    send(UNASKED, &TerminalOrder::Ask);
}

/// The terminal's size was set.
pub fn note_window(columns: u16, rows: u16) {
    WINDOW.store(u32::from(columns) | u32::from(rows) << 16, Ordering::Relaxed);
}

/// Returns the terminal's (columns, rows).
pub fn window() -> Option<(u16, u16)> {
    let window = WINDOW.load(Ordering::Relaxed);
    (window != 0).then_some((window as u16, (window >> 16) as u16))
}
