//! `--metal`: boots QEMU with our kernel, and looks from outside as if the program ran here.
//!
//! [`qemu`] builds the command, with the folders of the host that [`exports`] chooses, and [`process`] starts it; meanwhile
//! [`pack`] puts the program and what it needs at once into a boot archive; [`session`] serves the control channel until the machine ends.

mod chart;
mod exports;
mod kernel;
mod process;
mod qemu;
mod session;
mod streams;

use std::fs::File;
use std::os::fd::AsRawFd;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use abi_core::backend::Entropy;
use abi_core::boot::Root;
use abi_core::boot::config::{self, MachineInfo};
use abi_core::random::{self, GIVEN_BYTES};
use host_backend::terminal;
use nix::sys::memfd::{MFdFlags, memfd_create};

use crate::boot_info::{self, Refusal};
use crate::disks::{self, DiskImage};
use crate::gdb;
use crate::options::{Machine, RunOptions};
use crate::{output, pack};

/// Runs the program in QEMU.
pub(crate) fn run_metal(options: &RunOptions) -> ExitCode {
    match start(options) {
        Ok(status) => ExitCode::from(status),
        Err(refusal) => {
            output::error(&refusal.message);
            ExitCode::from(refusal.status)
        }
    }
}

/// What a machine has if nothing is said.
const MEMORY_BYTES: usize = 512 << 20;
/// What the kernel and the simplest program take beside the archive.
const LEAST_BYTES: usize = 8 << 20;

/// Refuses a machine too small for what it is given to begin with.
fn fits(archive: &File, memory_bytes: usize) -> Result<(), Refusal> {
    let len = archive.metadata().map_or(0, |metadata| metadata.len() as usize);
    if len + LEAST_BYTES <= memory_bytes {
        return Ok(());
    }
    let mebibytes = |bytes: usize| bytes.div_ceil(1 << 20);
    Err(failed(format!(
        "--memory: {} MiB are too few for this program, whose files take {} MiB; give at least {}M",
        mebibytes(memory_bytes),
        mebibytes(len),
        mebibytes(len + LEAST_BYTES)
    )))
}

fn failed(message: String) -> Refusal {
    Refusal { status: crate::FAILED, message }
}

fn start(options: &RunOptions) -> Result<u8, Refusal> {
    let began = Instant::now();
    let clock = TscClock::start();
    let mut info = boot_info::collect(options)?;
    boot_info::show_hidden(&mut info, &options.program);
    let disks = disks::open_all(&options.disk)?;
    let exports = exports::collect(&info, options.machine, disks.len())?;
    let mut kernel = memory_file("osvrun-kernel")?;
    let mut archive = memory_file("osvrun-archive")?;
    let debugger = (options.gdb && !options.dry_run)
        .then(|| gdb::prepare(options, kernel::IMAGE))
        .transpose()
        .map_err(|error| failed(format!("cannot make gdb's script: {error}")))?;
    let command = qemu::Command {
        machine: options.machine,
        accel: qemu::choose_accel(options.accel),
        cpus: options.cpus.unwrap_or(1),
        memory_bytes: options.memory.unwrap_or(MEMORY_BYTES),
        kernel: kernel.as_raw_fd(),
        archive: archive.as_raw_fd(),
        exports: exports.clone(),
        disks: drives(&disks)?,
        control: -1,
        gate: None,
        kernel_arguments: options.kernel_arguments.clone(),
        debugger: debugger.as_ref().map(|waiting| waiting.port),
    };
    if options.dry_run {
        output::print(&format!("{}\n", command.shown()));
        return Ok(0);
    }
    // QEMU takes a while until it looks at these files; they are filled meanwhile.
    let process = process::Process::start(&command)?;
    kernel::write_loadable(&mut kernel).map_err(|error| failed(format!("osvrun-kernel: {error}")))?;
    let cargo = pack::collect(&info)?;
    if info.root == Root::None {
        info.root = Root::Archive;
    }
    info.random = random_bytes();
    let given = MachineInfo {
        tsc_hz: clock.hertz(),
        realtime_ns: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_nanos() as u64),
        streams: [0, 1, 2].map(terminal::kind),
        window: terminal::window().unwrap_or((0, 0)),
        is_bootchart: options.bootchart,
        exports: exports::paths(&exports),
    };
    cargo
        .write(config::encode(&info, &given), &mut archive)
        .and_then(|len| archive.set_len(len))
        .map_err(|error| failed(format!("osvrun-archive: {error}")))?;
    fits(&archive, options.memory.unwrap_or(MEMORY_BYTES))?;
    if let Some(waiting) = &debugger {
        output::error(&format!("waiting for gdb; in another terminal: {}", waiting.command));
    }
    let session = session::run(process, command, options.timeout)?;
    if let Some(chart) = &session.chart {
        output::error(&chart::table(began, chart));
    }
    Ok(session.status)
}

/// Describes disks to QEMU, which opens their images by these descriptors.
fn drives(disks: &[DiskImage]) -> Result<Vec<qemu::Drive>, Refusal> {
    let drive = |disk: &DiskImage| {
        process::keep_across_exec(&*disk.file)
            .map_err(|error| failed(format!("--disk {}: {error}", disk.name.display())))?;
        Ok(qemu::Drive {
            file: disk.file.as_raw_fd(),
            len_bytes: disk.len_bytes,
            is_read_only: disk.is_read_only,
            is_device: disk.is_device,
        })
    };
    disks.iter().map(drive).collect()
}

/// Draws the machine's first random bytes from a generator like its own; without them it seeds that one earlier.
fn random_bytes() -> Option<[u8; GIVEN_BYTES]> {
    let mut bytes = [0; GIVEN_BYTES];
    random::draw(host_backend::BACKEND.sources(), &mut bytes).then_some(bytes)
}

/// Makes a file without a name, open across exec.
fn memory_file(name: &str) -> Result<File, Refusal> {
    let fd = memfd_create(name, MFdFlags::empty()).map_err(|error| failed(format!("{name}: {error}")))?;
    Ok(File::from(fd))
}

/// Measures the time-stamp counter against the clock while osvrun packs.
struct TscClock(Reading);

/// The counter and the clock, read together.
#[derive(Clone, Copy)]
struct Reading {
    tsc: u64,
    time: Instant,
    /// What the counter advanced in between.
    slack: u64,
}

impl Reading {
    /// Reads both, a few times: the reading that took least is not one that was interrupted.
    fn take() -> Self {
        let once = |()| {
            let before = rdtsc();
            let time = Instant::now();
            let slack = rdtsc() - before;
            Self { tsc: before + slack / 2, time, slack }
        };
        let first = once(());
        [(); 7].map(once).into_iter().fold(first, |best, new| if new.slack < best.slack { new } else { best })
    }
}

impl TscClock {
    fn start() -> Self {
        Self(Reading::take())
    }

    /// Returns the counter's ticks per second.
    fn hertz(&self) -> u64 {
        // Each reading is good to some 20 ns, so this gives the rate to about one in ten thousand.
        while self.0.time.elapsed().as_micros() < 500 {
            std::hint::spin_loop();
        }
        let last = Reading::take();
        let (ticks, nanos) = (last.tsc - self.0.tsc, (last.time - self.0.time).as_nanos());
        (u128::from(ticks) * 1_000_000_000 / nanos) as u64
    }
}

fn rdtsc() -> u64 {
    #[expect(unsafe_code, reason = "one instruction without a safe form")]
    // SAFETY: rdtsc reads a counter and nothing else.
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
}

impl Machine {
    /// Returns how virtio devices are attached.
    fn virtio_suffix(self) -> &'static str {
        match self {
            Self::Microvm => "device",
            Self::Q35 => "pci",
        }
    }

    /// Returns how many folders of the host can be served and disks be had: a device each, beside those of the console and
    /// of randomness.
    fn most_devices(self) -> usize {
        match self {
            Self::Microvm => 6,
            Self::Q35 => 16,
        }
    }
}
