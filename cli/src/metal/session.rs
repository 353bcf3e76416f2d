//! Serves the control channel: the program's streams, signals and exit status.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use abi_core::backend::{StreamKind, TerminalAction};
use abi_core::boot::control::{
    self, Kind, MAX_PAYLOAD_BYTES, Parser, StreamEnd, TerminalOrder, WIRE_STEP_BYTES,
};
use host_backend::{inherited, terminal};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::chart::Chart;
use super::kernel;
use super::process::Process;
use super::qemu::Command;
use super::streams::{self, Order, Output, Turns};
use super::{Refusal, failed};
use crate::options::Accel;

/// The exit status when the time limit passes.
const TIMEOUT_STATUS: u8 = 124;
/// How long a machine on KVM may take until its kernel is ready.
const READY_PATIENCE: Duration = Duration::from_secs(1);
/// Bytes that a pipe takes without blocking once it is writable (`PIPE_BUF`).
const PIPE_BYTES: usize = 4096;
/// Output is credited back in steps of at least this many bytes.
const CREDIT_STEP_BYTES: u32 = 32 * 1024;

/// What is handed to the program.
const FORWARDED: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGUSR1, Signal::SIGUSR2];

/// What ends a session.
enum End {
    Status(u8),
    Panic,
}

/// The machine and the host's side of the three streams.
struct Session {
    process: Process,
    parser: Parser,
    to_machine: VecDeque<u8>,
    outputs: [Output; 2],
    turns: Turns,
    input_credit: usize,
    /// What was taken off the wire and the machine not told of.
    untold: u32,
    input_ended: bool,
    /// The machine has a file read where it is, as it asks for it.
    is_input_file: bool,
    end: Option<End>,
    /// Whether the machine has closed the channel.
    is_closed: bool,
    /// The error at which output of the program was dropped, unless it is that nobody reads it.
    lost: Option<Errno>,
    /// The machine's chart of its boot, and when its exit status arrived.
    chart: Option<Chart>,
    /// What is to be done with the terminal.
    orders: Vec<Order>,
    /// When the kernel is to be ready, until it is; `None` where that does not matter.
    ready_by: Option<Instant>,
}

/// How a session ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// The program's exit status, or osvrun's own.
    pub(super) status: u8,
    /// What `--bootchart` shows, if it was asked for and the machine got so far.
    pub(super) chart: Option<Chart>,
}

/// Why serving ended.
enum Served {
    /// The machine has ended.
    Ended,
    /// The time limit passed.
    TimedOut,
    /// The kernel was not ready in time.
    NotReady,
}

/// Serves a machine until it ends; returns the program's exit status. One on KVM that does not come up is started again
/// on TCG, if the command allows it.
pub(super) fn run(
    mut process: Process,
    mut command: Command,
    timeout: Option<Duration>,
) -> Result<Ended, Refusal> {
    process.release();
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGWINCH);
    for signal in FORWARDED {
        signals.add(signal);
    }
    signals.thread_block().map_err(|error| failed(format!("cannot hold signals: {error}")))?;
    let signals = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .map_err(|error| failed(format!("cannot wait for signals: {error}")))?;

    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    loop {
        let may_fall_back = command.accel.may_fall_back() && command.debugger.is_none();
        let ready_by = may_fall_back.then(|| Instant::now() + READY_PATIENCE);
        if let Some(ended) = run_once(process, &signals, deadline, ready_by)? {
            return Ok(ended);
        }
        // KVM that accepts machines and then fails them does so here.
        command.accel = Accel::Tcg;
        process = Process::start(&command)?;
        process.release();
    }
}

/// Serves one machine; `None` if it was not ready in time or ended before it was.
fn run_once(
    process: Process,
    signals: &SignalFd,
    deadline: Option<Instant>,
    ready_by: Option<Instant>,
) -> Result<Option<Ended>, Refusal> {
    let mut session = Session {
        process,
        parser: Parser::new(),
        to_machine: VecDeque::new(),
        outputs: [1, 2].map(Output::new),
        turns: Turns::new(),
        input_credit: 0,
        untold: 0,
        input_ended: false,
        is_input_file: terminal::kind(0) == StreamKind::File,
        end: None,
        is_closed: false,
        lost: None,
        chart: None,
        orders: Vec::new(),
        ready_by,
    };
    let served = session.serve(signals, deadline);
    terminal::restore();
    let (spawned, released) = (session.process.spawned, session.process.released);
    let said = session.process.last_words();
    let chart = session.chart.map(|mut chart| {
        (chart.spawned, chart.released, chart.ended) = (spawned, released, Instant::now());
        chart
    });
    let with_status = |status| Ok(Some(Ended { status, chart }));
    match (served, session.end) {
        // The program could not know any more that its last words went nowhere.
        (_, Some(End::Status(0))) if session.lost.is_some() => {
            let error = session.lost.map_or("", Errno::desc);
            Err(failed(format!("what the program wrote could not be written: {error}")))
        }
        (_, Some(End::Status(status))) => with_status(status),
        (_, Some(End::Panic)) => with_status(crate::FAILED),
        (Ok(Served::TimedOut), None) => {
            crate::output::error("the time limit has passed");
            with_status(TIMEOUT_STATUS)
        }
        (_, None) if session.ready_by.is_some() => Ok(None),
        (Err(error), None) => Err(failed(format!("the control channel failed: {error}"))),
        (Ok(Served::Ended | Served::NotReady), None) => {
            if said.starts_with("osvrun: kernel panic: ") {
                // The kernel failed while its channel was in use.
                let _ = io::stderr().write_all(&kernel::with_names(format!("{said}\n").as_bytes()));
                return with_status(crate::FAILED);
            }
            let last = if said.is_empty() { String::new() } else { format!("; its last words:\n{said}") };
            Err(failed(format!("the machine stopped without an exit status{last}")))
        }
    }
}

impl Session {
    /// Serves until the machine ends or a deadline passes.
    fn serve(&mut self, signals: &SignalFd, deadline: Option<Instant>) -> io::Result<Served> {
        let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
        loop {
            self.carry_out_orders();
            let is_over = self.end.is_some() || self.is_closed;
            if is_over && self.outputs.iter().all(|output| output.queue.is_empty()) {
                return Ok(Served::Ended);
            }
            let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
            if deadline.map(left) == Some(Duration::ZERO) {
                return Ok(Served::TimedOut);
            }
            let next = [deadline, self.ready_by].into_iter().flatten().min();
            let wait = match next.map(left) {
                Some(Duration::ZERO) => return Ok(Served::NotReady),
                Some(left) => {
                    PollTimeout::try_from(left.min(Duration::from_mins(1)) + Duration::from_millis(1))
                        .unwrap_or(PollTimeout::MAX)
                }
                None => PollTimeout::NONE,
            };
            // What a machine that is not ready has read would be lost.
            let is_ready = self.ready_by.is_none();
            let reads_input =
                is_ready && !self.input_ended && !self.is_input_file && self.input_credit > 0 && !is_over;
            let channel_wants = if self.to_machine.is_empty() {
                PollFlags::POLLIN
            } else {
                PollFlags::POLLIN | PollFlags::POLLOUT
            };
            let writes = [0, 1].map(|index| match self.turns.most(index, &self.outputs) {
                0 => PollFlags::empty(),
                _ => PollFlags::POLLOUT,
            });
            let channel = self.process.channel.as_fd().try_clone_to_owned()?;
            // Signals, too, would be lost with a machine that is not ready.
            let signals_wants = if is_ready { PollFlags::POLLIN } else { PollFlags::empty() };
            let mut fds = [
                PollFd::new(channel.as_fd(), channel_wants),
                PollFd::new(signals.as_fd(), signals_wants),
                PollFd::new(stdout.as_fd(), writes[0]),
                PollFd::new(stderr.as_fd(), writes[1]),
                PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
            ];
            // A closed channel would be ready always.
            let (first, end) = (usize::from(self.is_closed), if reads_input { 5 } else { 4 });
            match poll(&mut fds[first..end], wait) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
            let ready = fds.map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
            if !ready[1].is_empty() && self.take_signals(signals) && is_over {
                // Nobody reads the rest of the output.
                return Ok(Served::Ended);
            }
            for (index, fd) in [(0, stdout.as_fd()), (1, stderr.as_fd())] {
                if !ready[2 + index].is_empty() {
                    self.write_output(index, fd);
                }
            }
            if reads_input && !ready[4].is_empty() {
                self.read_input(stdin.as_fd(), ready[4].contains(PollFlags::POLLHUP));
            }
            if ready[0].contains(PollFlags::POLLOUT) {
                self.send()?;
            }
            if ready[0].intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR) {
                self.is_closed = !self.receive()?;
            }
        }
    }

    /// Takes what has arrived on the channel; returns whether it is still open.
    #[expect(clippy::large_stack_arrays, reason = "a process's stack has room for a whole frame")]
    fn receive(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 64 * 1024];
        let len = match self.process.channel.read(&mut bytes) {
            Ok(0) => return Ok(false),
            Ok(len) => len,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(false),
            Err(error) => return Err(error),
        };
        self.parser.push(&bytes[..len]);
        let mut answers = Vec::new();
        loop {
            match self.parser.next_frame() {
                Ok(Some((kind, payload))) => {
                    self.untold += control::wire_bytes(payload.len());
                    match (kind, payload) {
                        (Kind::Ready, _) => self.ready_by = None,
                        (Kind::Output, bytes) => self.turns.take(&mut self.outputs, 0, bytes),
                        (Kind::Error, bytes) => self.turns.take(&mut self.outputs, 1, bytes),
                        (Kind::Exit, &[status]) => self.end = Some(End::Status(status)),
                        (Kind::Report, text) => {
                            self.turns.take(&mut self.outputs, 1, &kernel::with_names(text));
                        }
                        (Kind::Panic, text) => {
                            self.turns.take(&mut self.outputs, 1, &kernel::with_names(text));
                            self.end = Some(End::Panic);
                        }
                        (Kind::Chart, chart) => self.chart = Some(Chart::new(chart)),
                        (Kind::Terminal, payload) => self.orders.extend(Order::new(payload, &self.outputs)),
                        (Kind::File, payload) => answers.extend(streams::answer(payload)),
                        (Kind::Credit, &[0, a, b, c, d]) => {
                            self.input_credit += u32::from_le_bytes([a, b, c, d]) as usize;
                        }
                        _ => {}
                    }
                }
                Ok(None) => break,
                Err(error) => return Err(io::Error::other(format!("not a frame: {error:?}"))),
            }
        }
        (0..self.outputs.len()).for_each(|index| self.settle(index));
        for answer in &answers {
            self.frame(Kind::FileDone, answer);
        }
        if self.untold >= WIRE_STEP_BYTES {
            let taken = std::mem::take(&mut self.untold);
            self.frame(Kind::Taken, &taken.to_le_bytes());
        }
        Ok(true)
    }

    fn frame(&mut self, kind: Kind, payload: &[u8]) {
        self.to_machine.extend(control::head(kind, payload.len()));
        self.to_machine.extend(payload);
    }

    fn send(&mut self) -> io::Result<()> {
        let (front, _) = self.to_machine.as_slices();
        match self.process.channel.write(front) {
            Ok(len) => drop(self.to_machine.drain(..len)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // The machine is ending; reading says so.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.to_machine.clear(),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Hands signals to the machine; returns whether one of them asks osvrun to end.
    fn take_signals(&mut self, signals: &SignalFd) -> bool {
        let mut asks_for_end = false;
        while let Ok(Some(info)) = signals.read_signal() {
            if info.ssi_signo as i32 == Signal::SIGWINCH as i32 {
                if let Some((columns, rows)) = terminal::window() {
                    let [a, b] = columns.to_le_bytes();
                    let [c, d] = rows.to_le_bytes();
                    self.frame(Kind::Window, &[a, b, c, d]);
                }
            } else if info.ssi_signo as i32 == Signal::SIGQUIT as i32 {
                // A script's background job: the key was meant for somebody else.
                if inherited::is_ignored(Signal::SIGQUIT as i32) {
                    continue;
                }
                self.frame(Kind::Backtraces, &[]);
            } else {
                let ends = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];
                asks_for_end |= ends.iter().any(|signal| *signal as i32 == info.ssi_signo as i32)
                    && !inherited::is_ignored(info.ssi_signo as i32);
                self.frame(Kind::Signal, &[info.ssi_signo as u8]);
            }
        }
        asks_for_end
    }

    #[expect(clippy::large_stack_arrays, reason = "a process's stack has room for a whole frame")]
    fn read_input(&mut self, stdin: BorrowedFd<'_>, has_hung_up: bool) {
        let mut bytes = [0; MAX_PAYLOAD_BYTES];
        let most = bytes.len().min(self.input_credit);
        match nix::unistd::read(stdin, &mut bytes[..most]) {
            // A terminal goes on after the key of the end of file.
            Ok(0) if !has_hung_up && terminal::is_terminal(0) => self.frame(Kind::InputEnd, &[0]),
            Ok(0) => {
                self.input_ended = true;
                self.frame(Kind::InputEnd, &[]);
            }
            Ok(len) => {
                self.input_credit -= len;
                self.frame(Kind::Input, &bytes[..len]);
            }
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(_) => {
                self.input_ended = true;
                self.frame(Kind::InputEnd, &[]);
            }
        }
    }

    fn write_output(&mut self, index: usize, fd: BorrowedFd<'_>) {
        let most = self.turns.most(index, &self.outputs).min(PIPE_BYTES);
        let output = &mut self.outputs[index];
        let (front, _) = output.queue.as_slices();
        let fd = output.own.as_ref().map_or(fd, AsFd::as_fd);
        match nix::unistd::write(fd, &front[..front.len().min(most)]) {
            Ok(len) => output.leave(len),
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(error) => output.fail(error),
        }
        self.settle(index);
    }

    /// Tells the machine what has become of an output stream.
    fn settle(&mut self, index: usize) {
        let output = &mut self.outputs[index];
        if let Some(error) = output.failed.take() {
            let stream = output.stream;
            let end = match error {
                Errno::EPIPE => StreamEnd::Closed,
                Errno::ENOSPC | Errno::EDQUOT | Errno::EFBIG => StreamEnd::Full,
                _ => StreamEnd::Failed,
            };
            if end != StreamEnd::Closed {
                self.lost = Some(error);
            }
            self.frame(Kind::Closed, &[stream, end as u8]);
            return;
        }
        self.grant(index);
    }

    /// Grants the machine what was taken off an output stream's queue, once it is much.
    fn grant(&mut self, index: usize) {
        let output = &mut self.outputs[index];
        if output.uncredited >= CREDIT_STEP_BYTES {
            let [a, b, c, d] = std::mem::take(&mut output.uncredited).to_le_bytes();
            let stream = output.stream;
            self.frame(Kind::Credit, &[stream, a, b, c, d]);
        }
    }

    /// Does what the machine asked of the terminal, but for what waits until more has been shown.
    fn carry_out_orders(&mut self) {
        let mut at = 0;
        while let Some(order) = self.orders.get(at) {
            if !order.is_due(&self.outputs) {
                at += 1;
                continue;
            }
            let order = self.orders.remove(at);
            match order.what {
                TerminalOrder::Ask => {}
                TerminalOrder::Set(modes, change) => terminal::set_modes(&modes, change),
                TerminalOrder::Window(columns, rows) => terminal::set_window(columns, rows),
                TerminalOrder::Act(action) => {
                    terminal::act(action);
                    if matches!(action, TerminalAction::DropOutput | TerminalAction::DropBoth) {
                        self.outputs
                            .iter_mut()
                            .filter(|output| output.is_terminal())
                            .for_each(|output| output.leave(output.queue.len()));
                        (0..self.outputs.len()).for_each(|index| self.grant(index));
                        // Orders that came before may have waited for this.
                        at = 0;
                    }
                }
            }
            let mut answer = Vec::from(order.number.to_le_bytes());
            answer.extend(terminal::modes().iter().flat_map(|modes| modes.to_bytes()));
            self.frame(Kind::TerminalDone, &answer);
        }
    }
}
