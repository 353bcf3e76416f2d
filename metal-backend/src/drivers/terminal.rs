//! The terminal behind the standard streams: orders that osvrun carries out, over the control channel.
//!
//! Several orders may be under way: one that waits until output is shown holds up nobody else's. Answers come back by
//! number.

use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use abi_core::backend::{Stream, StreamKind, TerminalModes};
use abi_core::boot::config::MachineInfo;
use abi_core::boot::control::{Kind, TerminalOrder};
use abi_core::few::FewMap;
use abi_core::sync::Mutex;
use alloc::vec::Vec;

use super::channel;
use crate::sched::{self, Wait};

/// What the streams lead to.
static STREAMS: [AtomicU8; 3] = [const { AtomicU8::new(0) }; 3];
/// Columns, and rows shifted by 16; 0 if there is no terminal.
static WINDOW: AtomicU32 = AtomicU32::new(0);

/// What osvrun says of the terminal when an order is done: its modes, `None` if there is none any more.
#[derive(Clone, Copy)]
struct Answer(Option<TerminalModes>);

/// An order under way.
struct Order {
    drops_input: bool,
    /// The answer, once it is there.
    answer: Option<Answer>,
}

/// The orders under way by their numbers, and the number given last; that of an order nobody waits for is 0.
struct Orders {
    last: u32,
    under_way: FewMap<u32, Order>,
}

static ORDERS: Mutex<Orders> = Mutex::new(Orders { last: 0, under_way: FewMap::new() });
/// Counts the orders that were carried out.
static DONE: AtomicU32 = AtomicU32::new(0);

impl Orders {
    fn add(&mut self, order: &TerminalOrder) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            if self.last != 0 && !self.under_way.contains_key(&self.last) {
                break;
            }
        }
        self.under_way.insert(self.last, Order { drops_input: order.drops_input(), answer: None });
        self.last
    }

    /// Returns an order's answer and forgets the order, once it is answered.
    fn take(&mut self, number: u32) -> Option<Answer> {
        let answer = self.under_way.get(&number)?.answer?;
        self.under_way.remove(&number);
        Some(answer)
    }
}

/// Takes over what osvrun said of its terminals.
pub(super) fn set_machine(machine: &MachineInfo) {
    for (stream, kind) in STREAMS.iter().zip(machine.streams) {
        stream.store(kind as u8, Ordering::Relaxed);
    }
    note_window(machine.window.0, machine.window.1);
}

/// Takes osvrun's answer to an order.
pub(super) fn done(answer: &[u8]) {
    let Some((number, modes)) = answer.split_first_chunk() else { return };
    let mut orders = ORDERS.lock();
    let Some(order) = orders.under_way.get_mut(&u32::from_le_bytes(*number)) else { return };
    if order.drops_input {
        channel::drop_input();
    }
    order.answer = Some(Answer(modes.try_into().ok().map(TerminalModes::from_bytes)));
    drop(orders);
    DONE.fetch_add(1, Ordering::SeqCst);
    sched::wake((&raw const DONE) as usize, usize::MAX);
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
    let number = ORDERS.lock().add(order);
    if !send(number, order) {
        ORDERS.lock().under_way.remove(&number);
        return None;
    }
    loop {
        let seen = DONE.load(Ordering::SeqCst);
        if let Some(Answer(modes)) = ORDERS.lock().take(number) {
            return modes;
        }
        // Any outcome means: look again.
        let _ = sched::wait(&DONE, seen, None, Wait::SleepingDeep);
    }
}

/// Asks osvrun about the terminal, not waiting for the answer.
#[cfg(feature = "kernel")]
pub fn ask() {
    send(0, &TerminalOrder::Ask);
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
