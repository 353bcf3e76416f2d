//! The control channel between osvrun and a metal machine: frames over one virtio-console port.
//!
//! A frame is its kind (one byte), the payload's length (three bytes, little-endian) and the payload. Output is under
//! credit: a machine starts with [`INITIAL_CREDIT_BYTES`] for each output stream and may send so many payload bytes;
//! osvrun grants more as its reader takes them. Input is under credit too, granted by the machine in the same way, from when
//! somebody reads there. So a slow reader of one stream never holds up another, and neither side needs more memory than
//! the credit.
//!
//! QEMU drops what its socket to osvrun has no room for. So the machine also keeps what is on its way below
//! [`WIRE_BYTES`], counting each frame as [`wire_bytes`], until osvrun says that it has taken it off.

use alloc::vec::Vec;

use crate::backend::{ModesChange, TerminalAction, TerminalModes};

/// Payload bytes each side may send of a stream before it is granted more.
pub const INITIAL_CREDIT_BYTES: u32 = 256 * 1024;
/// The longest payload either side sends.
pub const MAX_PAYLOAD_BYTES: usize = 32 * 1024;
/// How much a machine has on its way to osvrun before it waits: less than the least buffer of a Unix socket on Linux
/// (208 KiB), with room left for reports that cannot wait.
pub const WIRE_BYTES: u32 = 160 * 1024;
/// Osvrun says what it has taken off the wire in steps of at least this much.
pub const WIRE_STEP_BYTES: u32 = 32 * 1024;
/// Bytes of a frame's head.
pub const HEAD_BYTES: usize = 4;

/// Why nothing goes to an output stream any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum StreamEnd {
    /// Nobody reads it.
    Closed = 1,
    /// What it leads to is full.
    Full = 2,
    /// Another error.
    Failed = 3,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $value:literal),* $(,)?) => {
        /// What a frame says. The comments give its payload; integers are little-endian.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $name = $value),* }

        impl Kind {
            /// Returns the kind with this number.
            pub const fn from_u8(value: u8) -> Option<Self> {
                match value {
                    $($value => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// Machine → osvrun: the kernel runs. No payload.
    Ready = 1,
    /// Machine → osvrun: bytes for standard output.
    Output = 2,
    /// Machine → osvrun: bytes for standard error.
    Error = 3,
    /// Machine → osvrun: the program ended; its status, one byte. The machine then powers off.
    Exit = 4,
    /// Machine → osvrun: the kernel failed; a report for standard error. The machine then powers off.
    Panic = 5,
    /// Machine → osvrun: an order's number, `u32`, and the [`TerminalOrder`]: one byte, and what belongs to it. Osvrun
    /// answers each with `TerminalDone`, in whatever order they are done.
    Terminal = 6,
    /// Both ways: more bytes of a stream may be sent; stream (one byte: 0 input, 1 output, 2 error), `u32` count.
    Credit = 7,
    /// Osvrun → machine: bytes of standard input.
    Input = 8,
    /// Osvrun → machine: standard input has ended. No payload, or a byte if it goes on: the key of a terminal.
    InputEnd = 9,
    /// Osvrun → machine: nothing goes to this output stream any more; stream, [`StreamEnd`] (one byte each).
    Closed = 10,
    /// Osvrun → machine: the terminal's size; `u16` columns, `u16` rows.
    Window = 11,
    /// Osvrun → machine: a signal for the program; its number, one byte.
    Signal = 12,
    /// Osvrun → machine: print the backtraces of all threads. No payload.
    Backtraces = 13,
    /// Machine → osvrun: lines of a report or a trace for standard error, outside the credit. Osvrun puts names to
    /// addresses in the kernel (`osvrun+0x…`).
    Report = 14,
    /// Machine → osvrun, before `Exit`: when the stages of the boot were reached ([`super::stage::chart`]).
    Chart = 15,
    /// Osvrun → machine: so much has been taken off the wire; `u32`, a sum of [`wire_bytes`].
    Taken = 16,
    /// Osvrun → machine: an order for the terminal is done; its number, `u32`, and the terminal's modes, 36 bytes, or
    /// nothing if there is none. What was typed before an order to drop it came before this.
    TerminalDone = 17,
    /// Machine → osvrun: an order's number, `u32`, the stream (one byte), and the [`super::stream_file::FileOrder`] for the
    /// file that it leads to. Osvrun answers each with `FileDone`, after what was written to the stream before.
    File = 18,
    /// Osvrun → machine: an order's number, an error number or 0 (both `u32`), and what was asked for.
    FileDone = 19,
}

/// What a machine has osvrun do with the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalOrder {
    /// 0: say what the modes are.
    Ask,
    /// 1 to 3: set the modes, which follow.
    Set(TerminalModes, ModesChange),
    /// 4 to 12: something else.
    Act(TerminalAction),
    /// 13: set the size; `u16` columns, `u16` rows.
    Window(u16, u16),
}

/// The actions by their numbers.
const ACTIONS: [(u8, TerminalAction); 9] = [
    (4, TerminalAction::DropInput),
    (5, TerminalAction::DropOutput),
    (6, TerminalAction::DropBoth),
    (7, TerminalAction::StopOutput),
    (8, TerminalAction::StartOutput),
    (9, TerminalAction::StopInput),
    (10, TerminalAction::StartInput),
    (11, TerminalAction::Break),
    (12, TerminalAction::Drain),
];

impl TerminalOrder {
    /// Writes the order as the payload of a frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Ask => out.push(0),
            Self::Set(modes, change) => {
                out.push(match change {
                    ModesChange::Now => 1,
                    ModesChange::Drained => 2,
                    ModesChange::Flushed => 3,
                });
                out.extend(modes.to_bytes());
            }
            Self::Act(wanted) => {
                out.extend(ACTIONS.iter().find(|(_, action)| action == wanted).map(|(number, _)| number));
            }
            Self::Window(columns, rows) => {
                out.push(13);
                out.extend(columns.to_le_bytes());
                out.extend(rows.to_le_bytes());
            }
        }
        out
    }

    /// Reads an order; `None` if it is none.
    pub fn decode(payload: &[u8]) -> Option<Self> {
        let (&number, rest) = payload.split_first()?;
        match (number, rest) {
            (0, []) => Some(Self::Ask),
            (1..=3, modes) => {
                let change =
                    [ModesChange::Now, ModesChange::Drained, ModesChange::Flushed][usize::from(number) - 1];
                Some(Self::Set(TerminalModes::from_bytes(modes.try_into().ok()?), change))
            }
            (13, &[a, b, c, d]) => Some(Self::Window(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))),
            (_, []) => ACTIONS.iter().find(|action| action.0 == number).map(|action| Self::Act(action.1)),
            _ => None,
        }
    }

    /// Tells whether it waits until what was written is shown.
    pub fn is_after_output(&self) -> bool {
        matches!(
            self,
            Self::Set(_, ModesChange::Drained | ModesChange::Flushed) | Self::Act(TerminalAction::Drain)
        )
    }

    /// Tells whether it drops what was typed.
    pub fn drops_input(&self) -> bool {
        matches!(
            self,
            Self::Set(_, ModesChange::Flushed)
                | Self::Act(TerminalAction::DropInput | TerminalAction::DropBoth)
        )
    }
}

/// Returns how much of a socket's buffer a frame may take: Linux counts the memory of a message, which is a page or two
/// more than its bytes, or twice a short one's.
pub const fn wire_bytes(payload_bytes: usize) -> u32 {
    let len = (HEAD_BYTES + payload_bytes) as u32;
    if len < 4096 { 2 * len + 1024 } else { len + 9 * 1024 }
}

/// Returns the head of a frame whose payload has `payload_bytes` bytes, at most [`MAX_PAYLOAD_BYTES`].
pub const fn head(kind: Kind, payload_bytes: usize) -> [u8; HEAD_BYTES] {
    let len = payload_bytes as u32;
    [kind as u8, len as u8, (len >> 8) as u8, (len >> 16) as u8]
}

/// Appends a whole frame to `out`.
pub fn append(out: &mut Vec<u8>, kind: Kind, payload: &[u8]) {
    out.extend(head(kind, payload.len()));
    out.extend(payload);
}

/// Reads frames from a stream of bytes that comes in any pieces.
#[derive(Debug, Default)]
pub struct Parser {
    held: Vec<u8>,
    taken: usize,
}

/// Why a stream is no control channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// No frame has this kind.
    Kind(u8),
    /// The payload is longer than [`MAX_PAYLOAD_BYTES`].
    Length(usize),
}

impl Parser {
    /// Starts with nothing read.
    pub const fn new() -> Self {
        Self { held: Vec::new(), taken: 0 }
    }

    /// Adds bytes that arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.drain(..self.taken);
        self.taken = 0;
        self.held.extend(bytes);
    }

    /// Returns the next whole frame, or `None` until more bytes arrive.
    pub fn next_frame(&mut self) -> Result<Option<(Kind, &[u8])>, FrameError> {
        let rest = self.held.get(self.taken..).unwrap_or(&[]);
        let Some((head, rest)) = rest.split_first_chunk::<HEAD_BYTES>() else { return Ok(None) };
        let kind = Kind::from_u8(head[0]).ok_or(FrameError::Kind(head[0]))?;
        let len = u32::from_le_bytes([head[1], head[2], head[3], 0]) as usize;
        if len > MAX_PAYLOAD_BYTES {
            return Err(FrameError::Length(len));
        }
        let Some(payload) = rest.get(..len) else { return Ok(None) };
        self.taken += HEAD_BYTES + len;
        Ok(Some((kind, payload)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cutting() {
        let mut stream = Vec::new();
        append(&mut stream, Kind::Output, b"hello");
        append(&mut stream, Kind::Ready, b"");
        append(&mut stream, Kind::Error, &[3; 1000]);
        for piece in 1..20 {
            let mut parser = Parser::new();
            let mut seen = Vec::new();
            for chunk in stream.chunks(piece) {
                parser.push(chunk);
                while let Some((kind, payload)) = parser.next_frame().expect("good frames") {
                    seen.push((kind, payload.len()));
                }
            }
            assert_eq!(seen, [(Kind::Output, 5), (Kind::Ready, 0), (Kind::Error, 1000)]);
        }
    }

    #[test]
    fn orders_for_the_terminal_are_read_as_they_were_written() {
        let modes = TerminalModes { local: 0x1234, keys: [7; 19], ..TerminalModes::INITIAL };
        let mut orders = alloc::vec![TerminalOrder::Ask, TerminalOrder::Window(132, 43)];
        let changes = [ModesChange::Now, ModesChange::Drained, ModesChange::Flushed];
        orders.extend(changes.map(|change| TerminalOrder::Set(modes, change)));
        orders.extend(ACTIONS.map(|(_, action)| TerminalOrder::Act(action)));
        for order in orders {
            let bytes = order.encode();
            assert_eq!(TerminalOrder::decode(&bytes), Some(order));
            for cut in 0..bytes.len() {
                assert_ne!(TerminalOrder::decode(&bytes[..cut]), Some(order));
            }
        }
        assert_eq!(TerminalOrder::decode(&[200]), None);
    }

    #[test]
    fn strange_heads_are_errors() {
        let mut parser = Parser::new();
        parser.push(&[0, 0, 0, 0]);
        assert_eq!(parser.next_frame(), Err(FrameError::Kind(0)));
        let mut parser = Parser::new();
        parser.push(&[2, 0, 0, 255]);
        assert_eq!(parser.next_frame(), Err(FrameError::Length(255 << 16)));
    }
}
