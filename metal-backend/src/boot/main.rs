//! The machine comes up: memory, processor, clock, devices, the first thread.

use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use abi_core::backend::{Monotonic, ThreadEntry, ThreadSpec};
use abi_core::boot::archive::Archive;
use abi_core::boot::config;
use abi_core::boot::stage::{self, Stage};

use super::entry::{osvrun_first_stack, osvrun_first_stack_top};
use super::start_info::{self, Physical};
use crate::arch::percpu::{self, ExceptionStacks, PerCpu};
use crate::arch::{cpu, features, lapic, smp, trap};
use crate::drivers::{self, serial};
use crate::paging::frames::{self, Frames};
use crate::paging::{KERNEL_BASE, direct, kernel_map};
use crate::sched::{self, Thread};
use crate::time;

static FIRST_CPU: PerCpu = PerCpu::new(0);
static FIRST_STACKS: ExceptionStacks = ExceptionStacks::new();

#[repr(C, align(64))]
struct Storage(core::cell::UnsafeCell<core::mem::MaybeUninit<Thread>>);
// SAFETY: written once by `adopt_idle`.
unsafe impl Sync for Storage {}
static FIRST_IDLE: Storage = Storage(core::cell::UnsafeCell::new(core::mem::MaybeUninit::uninit()));

/// The first GiB of memory through the boot tables.
struct BootMemory;
impl Physical for BootMemory {
    fn u32_at(&self, address: u64) -> u32 {
        if address >= (1 << 30) - 4 {
            return 0;
        }
        // SAFETY: the boot tables map the first GiB at the direct map.
        unsafe { core::ptr::read_unaligned(direct(address) as *const u32) }
    }
}

static COMMAND_LINE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
static COMMAND_LINE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Returns the command line.
pub(super) fn command_line() -> &'static [u8] {
    let start = COMMAND_LINE.load(Ordering::Relaxed);
    if start.is_null() {
        return &[];
    }
    // SAFETY: set once, to the copy made at boot.
    unsafe { core::slice::from_raw_parts(start, COMMAND_LINE_BYTES.load(Ordering::Relaxed)) }
}

/// Takes over from the start code, on the boot stack and over the boot tables.
#[unsafe(no_mangle)]
extern "C" fn osvrun_kernel_main(start_info: u64) -> ! {
    let start = cpu::rdtsc();
    time::init(start);
    // SAFETY: the first processor, once.
    unsafe { FIRST_CPU.load(&FIRST_STACKS) };
    sched::adopt_idle(
        &FIRST_CPU,
        FIRST_IDLE.0.get().cast(),
        &raw const osvrun_first_stack as usize,
        &raw const osvrun_first_stack_top as usize,
    );
    trap::init();
    // SAFETY: the table is filled and the block loaded.
    unsafe { trap::load() };
    features::enable(&FIRST_CPU);
    features::choose_ways();
    let Some(info) = start_info::read(&BootMemory, start_info) else {
        serial::write(b"osvrun-kernel: not started by a PVH loader\n");
        crate::backend::power::off(1);
    };
    let top = init_memory(&info);
    kernel_map::init(top);
    lapic::init();
    FIRST_CPU.apic_id.store(lapic::id(), Ordering::Relaxed);
    percpu::set_online(&FIRST_CPU);
    keep_command_line(info.command_line);

    if command_line().starts_with(b"selftest") {
        time::calibrate();
        smp::start_all();
        start_thread(super::selftest::run);
    }
    let Some((module, bytes)) = info.module else {
        crate::panic::report_text(&format_args!("no boot archive (qemu -initrd)"));
    };
    // SAFETY: the module is reserved and never written again.
    let image: &'static [u8] =
        unsafe { core::slice::from_raw_parts(direct(module) as *const u8, bytes as usize) };
    ARCHIVE.store(image.as_ptr().cast_mut(), Ordering::Relaxed);
    ARCHIVE_BYTES.store(image.len(), Ordering::Relaxed);
    start_thread(run_program)
}

static ARCHIVE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
static ARCHIVE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Finds the memory nobody uses; returns the end of memory.
fn init_memory(info: &start_info::StartInfo) -> u64 {
    let [_, _, (_, kernel_end)] = kernel_map::sections();
    let mut free = Frames::new();
    let mut top = 0;
    for &(start, end) in &info.ranges[..info.count] {
        free.add(start.max(1 << 20), end);
        top = top.max(end);
    }
    free.reserve(1 << 20, (kernel_end - KERNEL_BASE) as u64);
    if let Some((start, bytes)) = info.module {
        free.reserve(start, start + bytes);
        top = top.max(start + bytes);
    }
    frames::init(free);
    top
}

fn keep_command_line(address: u64) {
    if address == 0 || address >= 1 << 30 {
        return;
    }
    let Some(copy) = frames::allocate() else { return };
    let from = direct(address) as *const u8;
    let to = direct(copy) as *mut u8;
    let mut len = 0;
    while len < 4095 {
        // SAFETY: the string lies in memory the loader filled.
        let byte = unsafe { *from.wrapping_add(len) };
        if byte == 0 {
            break;
        }
        // SAFETY: within the fresh frame.
        unsafe { *to.wrapping_add(len) = byte };
        len += 1;
    }
    COMMAND_LINE.store(to, Ordering::Relaxed);
    COMMAND_LINE_BYTES.store(len, Ordering::Relaxed);
}

/// Starts the first thread and becomes this processor's idle thread.
fn start_thread(entry: ThreadEntry) -> ! {
    let spec = ThreadSpec::new(entry, 0, core::ptr::null_mut());
    if sched::spawn(&spec).is_err() {
        crate::panic::report_text(&format_args!("no memory for the first thread"));
    }
    sched::idle_loop()
}

/// The first thread: reads the boot archive, finds the devices, and hands over to abi-core.
extern "C" fn run_program(_: usize, _: usize) -> ! {
    // SAFETY: stored before this thread was made.
    let image: &'static [u8] = unsafe {
        core::slice::from_raw_parts(ARCHIVE.load(Ordering::Relaxed), ARCHIVE_BYTES.load(Ordering::Relaxed))
    };
    let archive = match Archive::parse(image) {
        Ok(archive) => archive,
        Err(error) => crate::panic::report_text(&format_args!("the boot archive is damaged: {error}")),
    };
    let Some((mut info, machine)) = config::decode(archive.config()) else {
        crate::panic::report_text(&format_args!("the boot configuration is damaged"));
    };
    let started = time::ticks();
    if machine.tsc_hz == 0 {
        time::calibrate();
    } else {
        time::set_frequency(machine.tsc_hz);
    }
    time::set_realtime(machine.realtime_ns);
    stage::reached_at(Stage::Machine, Monotonic(time::nanos_of(started)));
    drivers::init(&machine);
    assert!(!command_line().starts_with(b"panic"), "asked for by the command line");
    smp::start_all();
    stage::reached_at(Stage::Devices, Monotonic(time::monotonic()));
    info.archive = Some(image);
    if let Err(error) = abi_core::boot::start(info) {
        crate::panic::report_text(&format_args!("the first thread did not start: {error:?}"));
    }
    sched::exit(None)
}
