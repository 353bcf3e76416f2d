//! The control channel with osvrun: frames ([`abi_core::boot::control`]) over one virtio-console port.
//!
//! Threads write under credit. Input is read by a thread of the channel's own, woken by the device's interrupt. Without
//! a device, output goes to the serial port and there is no input.

use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use abi_core::backend::{
    BackendError, ConsoleInput, Monotonic, Priority, Result, Stream, StreamKind, ThreadSpec,
};
use abi_core::boot::config::MachineInfo;
use abi_core::boot::control::{
    HEAD_BYTES, INITIAL_CREDIT_BYTES, Kind, MAX_PAYLOAD_BYTES, Parser, StreamEnd, WIRE_BYTES, head,
    wire_bytes,
};
use abi_core::boot::stage::{self, Stage};
use abi_core::sync::{Mutex, MutexGuard};
use alloc::collections::VecDeque;
use virtio_drivers::device::console::VirtIOConsole;

use super::virtio::{Found, KernelHal, Place, acknowledge, enable_interrupts};
use super::{serial, stream_file, terminal};
use crate::paging::{PAGE_BYTES, direct, frames};
use crate::sched::{self, Wait};
use crate::time;

/// How often a device without interrupts is asked.
const POLL_NANOS: u64 = 1_000_000;
/// The queue that input comes by (virtio 1.2, 5.3.2).
const RECEIVE_QUEUE: u16 = 0;
/// Payload bytes sent in one frame at most.
pub(super) const CHUNK_BYTES: usize = 16 * 1024;
/// How often an emergency looks for what it needs before it goes on without.
const EMERGENCY_SPINS: u32 = 1_000_000;
/// Input is credited back in steps of this many bytes.
const CREDIT_STEP_BYTES: u32 = 64 * 1024;

const _: () = assert!(CHUNK_BYTES <= MAX_PAYLOAD_BYTES);

struct Device {
    console: VirtIOConsole<KernelHal, Found>,
    /// Frames are put together here: memory that lies together.
    buffer: &'static mut [u8],
}

impl Device {
    fn send(&mut self, kind: Kind, payload: &[u8]) -> bool {
        let len = HEAD_BYTES + payload.len();
        let Some(frame) = self.buffer.get_mut(..len) else { return false };
        frame[..HEAD_BYTES].copy_from_slice(&head(kind, payload.len()));
        frame[HEAD_BYTES..].copy_from_slice(payload);
        ON_WIRE.fetch_add(wire_bytes(payload.len()), Ordering::SeqCst);
        self.console.send_bytes(frame).is_ok()
    }
}

/// Sleeping; held while a frame is on its way.
static DEVICE: Mutex<Option<Device>> = Mutex::new(None);
static IS_ATTACHED: AtomicBool = AtomicBool::new(false);
/// Registers (0 if it sends messages) and line of the device, for the interrupt handler.
static REGISTERS: AtomicUsize = AtomicUsize::new(0);
static LINE: AtomicU8 = AtomicU8::new(u8::MAX);
/// The channel's thread; 0 if there is none, or once it goes before all others.
static READER: AtomicU64 = AtomicU64::new(0);
/// Counts interrupts; the reading thread sleeps on it.
static ARRIVALS: AtomicU32 = AtomicU32::new(0);

/// What was sent and not yet taken by osvrun, in [`wire_bytes`].
static ON_WIRE: AtomicU32 = AtomicU32::new(0);

/// One output stream's credit.
struct Output {
    credit: AtomicU32,
    /// Why nothing goes any more, as a [`StreamEnd`]; 0 while it does.
    end: AtomicU8,
}

static OUTPUTS: [Output; 2] =
    [const { Output { credit: AtomicU32::new(INITIAL_CREDIT_BYTES), end: AtomicU8::new(0) } }; 2];

/// Input that arrived and was not read yet.
struct Input {
    bytes: VecDeque<u8>,
    has_ended: bool,
    /// Whether anybody has read: until then osvrun leaves the input where it is, for whoever comes after.
    is_wanted: bool,
    /// Bytes read and not yet credited back.
    uncredited: u32,
    /// How many bytes were read in all.
    taken: u64,
    /// Where a terminal's lines end, by the number of bytes before; true where the key of the end of file was typed.
    marks: VecDeque<(u64, bool)>,
}

static INPUT: Mutex<Input> = Mutex::new(Input {
    bytes: VecDeque::new(),
    has_ended: false,
    is_wanted: false,
    uncredited: 0,
    taken: 0,
    marks: VecDeque::new(),
});

impl Input {
    /// Marks the end of what arrived, where it came from a terminal.
    fn mark(&mut self, is_end: bool) {
        if terminal::kind(Stream::Input) == StreamKind::Terminal {
            self.marks.push_back((self.taken + self.bytes.len() as u64, is_end));
        }
    }

    /// Forgets what was not read.
    fn clear(&mut self) {
        self.uncredited += self.bytes.len() as u32;
        self.taken += self.bytes.len() as u64;
        self.bytes.clear();
        self.marks.clear();
    }
}

/// Whether osvrun wants to know when the stages of the boot were reached.
static IS_CHARTED: AtomicBool = AtomicBool::new(false);

/// Takes over what osvrun said of its terminals.
pub(super) fn set_machine(machine: &MachineInfo) {
    IS_CHARTED.store(machine.is_bootchart, Ordering::Relaxed);
    terminal::set_machine(machine);
}

/// Starts the driver.
pub(super) fn attach(transport: Found, place: Place) {
    let pages = (HEAD_BYTES + CHUNK_BYTES).div_ceil(PAGE_BYTES);
    let Some(first) = frames::allocate_together(pages) else { return };
    let Ok(console) = VirtIOConsole::new(transport) else { return };
    // SAFETY: fresh frames, mapped by the direct map, never given back.
    let buffer = unsafe { core::slice::from_raw_parts_mut(direct(first) as *mut u8, pages * PAGE_BYTES) };
    let mut device = Device { console, buffer };
    device.send(Kind::Ready, &[]);
    *DEVICE.lock() = Some(device);
    IS_ATTACHED.store(true, Ordering::Release);
    if let Place::Mmio { registers, .. } = place {
        REGISTERS.store(registers, Ordering::Relaxed);
    }
    // Before the first interrupt, which would not stop if nobody knew it.
    LINE.store(place.line(), Ordering::Release);
    if !enable_interrupts(place, RECEIVE_QUEUE) {
        LINE.store(u8::MAX, Ordering::Release);
    }
    let spec = ThreadSpec::new(read_frames, 0, core::ptr::null_mut());
    // Without the thread there is no input; output still works.
    if let Ok(id) = sched::spawn(&spec) {
        READER.store(id, Ordering::Relaxed);
    }
    // What arrived while the line was masked raised no interrupt: clear it and have the thread look again.
    if let Place::Mmio { registers, .. } = place {
        acknowledge(registers);
    }
    announce_arrival();
}

/// Has the channel's thread run before all of the program's, since those have levels now.
pub fn go_ahead() {
    let reader = READER.swap(0, Ordering::Relaxed);
    if reader != 0 {
        sched::set_priority(reader, Priority { level: u8::MAX, ..Priority::USUAL });
    }
}

fn announce_arrival() {
    ARRIVALS.fetch_add(1, Ordering::SeqCst);
    sched::wake((&raw const ARRIVALS) as usize, usize::MAX);
}

/// Serves the device's interrupt.
pub(super) fn interrupt(line: u8) {
    if line != LINE.load(Ordering::Acquire) {
        return;
    }
    // A message is one interrupt and is not acknowledged.
    let registers = REGISTERS.load(Ordering::Relaxed);
    if registers == 0 || acknowledge(registers) {
        announce_arrival();
    }
}

/// The channel's own thread: reads frames for ever.
extern "C" fn read_frames(_: usize, _: usize) -> ! {
    let mut parser = Parser::new();
    let mut bytes = [0u8; 1024];
    let is_polled = LINE.load(Ordering::Acquire) == u8::MAX;
    loop {
        let seen = ARRIVALS.load(Ordering::SeqCst);
        let mut len = 0;
        if let Some(device) = DEVICE.lock().as_mut() {
            while len < bytes.len()
                && let Ok(Some(byte)) = device.console.recv(true)
            {
                bytes[len] = byte;
                len += 1;
            }
        }
        if len == 0 {
            let deadline = is_polled.then(|| Monotonic(time::monotonic() + POLL_NANOS));
            let _ = sched::wait(&ARRIVALS, seen, deadline, Wait::SleepingDeep);
            continue;
        }
        parser.push(&bytes[..len]);
        loop {
            match parser.next_frame() {
                Ok(Some((kind, payload))) => handle(kind, payload),
                Ok(None) => break,
                Err(error) => {
                    crate::panic::report_text(&format_args!("the control channel is damaged: {error:?}"))
                }
            }
        }
    }
}

extern "C" fn show_threads(_: usize, _: usize) -> ! {
    abi_core::panic::show_threads(&|thread, look| sched::hold(thread.0, look));
    sched::exit(None)
}

fn output(stream: u8) -> Option<&'static Output> {
    OUTPUTS.get(usize::from(stream).checked_sub(1)?)
}

fn handle(kind: Kind, payload: &[u8]) {
    match (kind, payload) {
        (Kind::Input, bytes) => {
            let mut input = INPUT.lock();
            input.bytes.extend(bytes);
            input.mark(false);
            drop(input);
            abi_core::upcall::console_ready();
        }
        (Kind::InputEnd, &[_]) => {
            INPUT.lock().mark(true);
            abi_core::upcall::console_ready();
        }
        (Kind::TerminalDone, answer) => terminal::done(answer),
        (Kind::FileDone, answer) => stream_file::done(answer),
        (Kind::InputEnd, _) => {
            INPUT.lock().has_ended = true;
            abi_core::upcall::console_ready();
        }
        (Kind::Credit, &[stream, a, b, c, d]) => {
            if let Some(output) = output(stream) {
                output.credit.fetch_add(u32::from_le_bytes([a, b, c, d]), Ordering::SeqCst);
                sched::wake((&raw const output.credit) as usize, usize::MAX);
            }
        }
        (Kind::Closed, &[stream, end]) => {
            if let Some(output) = output(stream) {
                output.end.store(end, Ordering::SeqCst);
                // Changes the word, so that nobody goes to sleep on what it was.
                output.credit.fetch_add(1, Ordering::SeqCst);
                sched::wake((&raw const output.credit) as usize, usize::MAX);
            }
        }
        (Kind::Window, &[a, b, c, d]) => {
            terminal::note_window(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
            abi_core::upcall::window_changed();
        }
        (Kind::Taken, &[a, b, c, d]) => {
            ON_WIRE.fetch_sub(u32::from_le_bytes([a, b, c, d]), Ordering::SeqCst);
            sched::wake((&raw const ON_WIRE) as usize, usize::MAX);
        }
        (Kind::Backtraces, _) => {
            // Not by this thread: what it writes waits for frames that this thread reads.
            let spec = ThreadSpec::new(show_threads, 0, core::ptr::null_mut());
            let _ = sched::spawn(&spec);
        }
        (Kind::Signal, &[number]) => abi_core::upcall::external_signal(i32::from(number)),
        _ => {}
    }
}

/// Takes up to `wanted` bytes of credit, waiting for some.
fn take_credit(output: &Output, wanted: usize) -> Result<usize> {
    loop {
        let credit = output.credit.load(Ordering::SeqCst);
        match output.end.load(Ordering::SeqCst) {
            0 => {}
            end if end == StreamEnd::Closed as u8 => return Err(BackendError::Closed),
            end if end == StreamEnd::Full as u8 => return Err(BackendError::Exhausted),
            _ => return Err(BackendError::Device),
        }
        let n = wanted.min(credit as usize);
        if n == 0 {
            // Any outcome means: look again.
            let _ = sched::wait(&output.credit, credit, None, Wait::SleepingDeep);
        } else if output
            .credit
            .compare_exchange(credit, credit - n as u32, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
        {
            return Ok(n);
        }
    }
}

/// Sends a frame as soon as the wire has room.
pub(super) fn send(kind: Kind, payload: &[u8]) -> bool {
    loop {
        let mut device = DEVICE.lock();
        let on_wire = ON_WIRE.load(Ordering::SeqCst);
        if on_wire < WIRE_BYTES {
            return device.as_mut().is_some_and(|device| device.send(kind, payload));
        }
        drop(device);
        // Any outcome means: look again.
        let _ = sched::wait(&ON_WIRE, on_wire, None, Wait::SleepingDeep);
    }
}

fn kind_of(stream: Stream) -> Kind {
    if stream == Stream::Error { Kind::Error } else { Kind::Output }
}

/// Writes to an output stream; returns how many bytes went.
pub fn write(stream: Stream, bytes: &[u8]) -> Result<usize> {
    if !is_attached() {
        serial::write(bytes);
        return Ok(bytes.len());
    }
    if bytes.is_empty() {
        return Ok(0);
    }
    let index = usize::from(stream == Stream::Error);
    let n = take_credit(&OUTPUTS[index], bytes.len().min(CHUNK_BYTES))?;
    if send(kind_of(stream), &bytes[..n]) { Ok(n) } else { Err(BackendError::Device) }
}

/// Tells whether the device is in use.
pub(super) fn is_attached() -> bool {
    IS_ATTACHED.load(Ordering::Acquire)
}

/// Forgets the input that was not read.
pub(super) fn drop_input() {
    INPUT.lock().clear();
}

/// Reads input that has arrived.
pub fn read(buf: &mut [u8]) -> ConsoleInput {
    if !is_attached() {
        return ConsoleInput::End;
    }
    let mut input = INPUT.lock();
    let mut n = buf.len().min(input.bytes.len());
    while let Some(&(end, is_end)) = input.marks.front() {
        if end > input.taken {
            n = n.min((end - input.taken) as usize);
            break;
        }
        input.marks.pop_front();
        if is_end {
            return ConsoleInput::End;
        }
    }
    if n == 0 {
        let has_ended = input.has_ended;
        if !core::mem::replace(&mut input.is_wanted, true) {
            input.uncredited += INITIAL_CREDIT_BYTES;
        }
        credit_back(input);
        return if has_ended { ConsoleInput::End } else { ConsoleInput::Empty };
    }
    let (front, back) = input.bytes.as_slices();
    let first = n.min(front.len());
    buf[..first].copy_from_slice(&front[..first]);
    buf[first..n].copy_from_slice(&back[..n - first]);
    input.bytes.drain(..n);
    input.uncredited += n as u32;
    input.taken += n as u64;
    credit_back(input);
    ConsoleInput::Bytes(n)
}

/// Grants osvrun what was read, once it is much.
fn credit_back(mut input: MutexGuard<'_, Input>) {
    let credit = input.uncredited;
    if credit >= CREDIT_STEP_BYTES {
        input.uncredited = 0;
        drop(input);
        let [a, b, c, d] = credit.to_le_bytes();
        if let Some(device) = DEVICE.lock().as_mut() {
            device.send(Kind::Credit, &[0, a, b, c, d]);
        }
    }
}

/// Returns how often the device has interrupted, or `None` when it is asked instead.
#[cfg(feature = "kernel")]
pub fn interrupts() -> Option<u32> {
    // The driver's start counts as one.
    (LINE.load(Ordering::Acquire) != u8::MAX).then(|| ARRIVALS.load(Ordering::SeqCst).saturating_sub(1))
}

/// Takes the device in an emergency: not for long, and not for certain.
fn in_emergency(mut act: impl FnMut(&mut Device)) -> bool {
    for _ in 0..EMERGENCY_SPINS {
        if let Some(mut device) = DEVICE.try_lock() {
            return device.as_mut().map(&mut act).is_some();
        }
        core::hint::spin_loop();
    }
    false
}

/// Writes to the error stream, without credit, sleeping or allocation of its own; `false` if the device is not to be had.
#[must_use]
pub fn report(bytes: &[u8]) -> bool {
    bytes.chunks(CHUNK_BYTES).all(|chunk| {
        for _ in 0..EMERGENCY_SPINS {
            if ON_WIRE.load(Ordering::SeqCst) < WIRE_BYTES {
                break;
            }
            core::hint::spin_loop();
        }
        in_emergency(|device| {
            device.send(Kind::Report, chunk);
        })
    })
}

/// Sends the end of the report of the kernel's own failure.
pub fn emergency_panic(bytes: &[u8]) {
    in_emergency(|device| {
        device.send(Kind::Panic, bytes);
    });
}

/// Sends the program's exit status, after all output.
pub fn send_exit(code: u8) {
    if IS_CHARTED.load(Ordering::Relaxed) {
        stage::reached_at(Stage::Exit, Monotonic(time::monotonic()));
    }
    in_emergency(|device| {
        if IS_CHARTED.load(Ordering::Relaxed) {
            device.send(Kind::Chart, &stage::chart());
        }
        device.send(Kind::Exit, &[code]);
    });
}
