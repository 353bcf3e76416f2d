//! Every part of the floor, as small as it can be.
#![expect(unsafe_code, reason = "maps memory and sets segment bases")]

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use core::time::Duration;

use abi_core::backend::*;

use crate::linux::{self, call};

pub(crate) struct Tiny;
pub(crate) static BACKEND: Tiny = Tiny;

const ARENA: PageRange = PageRange { start: 0x1000_0000_0000, len_bytes: 1 << 36 };
const ARCH_SET_GS: usize = 0x1001;
const ARCH_SET_FS: usize = 0x1002;

/// What `gs:` points to: its own address, abi-core's slot; then the first function and its argument.
static BLOCK: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

/// Reserves the guest's addresses.
pub(crate) fn reserve() -> Option<()> {
    let flags = libc::MAP_NORESERVE | libc::MAP_FIXED_NOREPLACE;
    // SAFETY: replaces nothing.
    unsafe { linux::map(ARENA.start, ARENA.len_bytes, libc::PROT_NONE, flags) }.ok().map(drop)
}

/// Turns the process's thread into the guest's only one.
pub(crate) fn run() -> ! {
    let [this, _, entry, argument] = BLOCK.each_ref().map(|word| word.load(Ordering::Relaxed));
    // SAFETY: the block is a static.
    unsafe { linux::set_base(ARCH_SET_GS, this) };
    // SAFETY: `spawn` stored it.
    let entry = unsafe { core::mem::transmute::<usize, ThreadEntry>(entry) };
    let here = 0u128;
    entry(argument, &raw const here as usize)
}

impl Backend for Tiny {
    fn name(&self) -> &'static str {
        "tiny"
    }
}

unsafe extern "C" {
    static __ehdr_start: u8;
    static etext: u8;
}

impl Memory for Tiny {
    fn layout(&self) -> MemoryLayout {
        let image = &raw const __ehdr_start as usize;
        MemoryLayout {
            page_bytes: 4096,
            arena: ARENA,
            fixed: PageRange { start: 0, len_bytes: 0 },
            high: PageRange { start: 0, len_bytes: 0 },
            image: PageRange { start: image, len_bytes: &raw const etext as usize - image },
            frames: (0, 0),
            total_bytes: 1 << 30,
        }
    }
    fn maps_on_demand_now(&self) -> bool {
        true
    }
    fn reports_faults(&self) -> bool {
        false
    }
    unsafe fn map(&self, range: PageRange, access: Access, backing: Backing) -> Result<()> {
        if matches!(backing, Backing::Object(..)) {
            return Err(BackendError::Unsupported);
        }
        // SAFETY: the caller's promise.
        unsafe { linux::map(range.start, range.len_bytes, protection(access), libc::MAP_FIXED) }
            .map_or(Err(BackendError::Exhausted), |_| Ok(()))
    }
    unsafe fn unmap(&self, range: PageRange) -> Result<()> {
        let flags = libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: the caller's promise.
        unsafe { linux::map(range.start, range.len_bytes, libc::PROT_NONE, flags) }
            .map_or(Err(BackendError::Exhausted), |_| Ok(()))
    }
    unsafe fn protect(&self, range: PageRange, access: Access) -> Result<()> {
        let args = [range.start, range.len_bytes, protection(access) as usize, 0, 0, 0];
        // SAFETY: the caller's promise.
        unsafe { call(libc::SYS_mprotect, args) }.map_or(Err(BackendError::Exhausted), |_| Ok(()))
    }
    unsafe fn discard(&self, range: PageRange) -> Result<()> {
        let args = [range.start, range.len_bytes, libc::MADV_DONTNEED as usize, 0, 0, 0];
        // SAFETY: the caller's promise.
        unsafe { call(libc::SYS_madvise, args) }.map_or(Err(BackendError::Exhausted), |_| Ok(()))
    }
    unsafe fn move_pages(&self, from: PageRange, to: PageRange) -> Result<()> {
        let flags = (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED) as usize;
        let args = [from.start, from.len_bytes, to.len_bytes, flags, to.start, 0];
        // SAFETY: the caller's promise.
        unsafe { call(libc::SYS_mremap, args) }.map_err(|()| BackendError::Exhausted)?;
        // SAFETY: the pages moved away.
        unsafe { self.unmap(from) }
    }
    fn grow_heap(&self, len_bytes: usize) -> Result<NonNull<[u8]>> {
        linux::pages(len_bytes.next_multiple_of(4096)).map(NonNull::from).ok_or(BackendError::Exhausted)
    }
    fn free_bytes(&self) -> usize {
        1 << 29
    }
}

fn protection(access: Access) -> i32 {
    // The bits of `Access` are those of `PROT_`.
    access.bits() as i32
}

impl Threads for Tiny {
    unsafe fn spawn(&self, spec: &ThreadSpec) -> Result<ThreadId> {
        if BLOCK[0].swap(BLOCK.as_ptr() as usize, Ordering::Relaxed) != 0 {
            return Err(BackendError::Exhausted);
        }
        BLOCK[1].store(spec.slot as usize, Ordering::Relaxed);
        BLOCK[2].store(spec.entry as usize, Ordering::Relaxed);
        BLOCK[3].store(spec.argument, Ordering::Relaxed);
        Ok(ThreadId(1))
    }
    fn exit_thread(&self, _: Option<&'static AtomicU32>) -> ! {
        self.power_off(ExitStatus::Code(0))
    }
    fn current(&self) -> ThreadId {
        ThreadId(1)
    }
    fn yield_now(&self) {}
    unsafe fn set_thread_pointer(&self, base: usize) {
        // SAFETY: the caller's promise.
        unsafe { linux::set_base(ARCH_SET_FS, base) };
    }
    fn interrupt(&self, _: ThreadId) {}
    fn stop_others(&self) {}
    fn cpus(&self) -> Cpus {
        Cpus { count: 1, current: 0 }
    }
}

/// Nobody else could wake the only thread: a wait ends by its deadline or at once.
impl Parking for Tiny {
    fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome {
        if word.load(Ordering::Relaxed) != expected {
            return WaitOutcome::ValueChanged;
        }
        while deadline.is_some_and(|deadline| self.monotonic() < deadline) {
            core::hint::spin_loop();
        }
        deadline.map_or(WaitOutcome::Woken, |_| WaitOutcome::TimedOut)
    }
    fn wait_uninterruptible(&self, word: &AtomicU32, expected: u32, until: Option<Monotonic>) -> WaitOutcome {
        self.wait(word, expected, until)
    }
    fn wake(&self, _: &AtomicU32, _: usize) -> usize {
        0
    }
}

impl Clock for Tiny {
    fn monotonic(&self) -> Monotonic {
        Monotonic(linux::clock(libc::CLOCK_MONOTONIC).as_nanos() as u64)
    }
    fn realtime(&self) -> Duration {
        linux::clock(libc::CLOCK_REALTIME)
    }
    fn cpu_time(&self, _: ThreadId) -> Duration {
        self.total_cpu_time()
    }
    fn total_cpu_time(&self) -> Duration {
        linux::clock(libc::CLOCK_PROCESS_CPUTIME_ID)
    }
}

impl EntropySource for Tiny {
    fn name(&self) -> &'static str {
        "getrandom"
    }
    fn credited_bits_per_byte(&self) -> u8 {
        8
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        // SAFETY: writes the buffer.
        unsafe { call(libc::SYS_getrandom, [buf.as_mut_ptr() as usize, buf.len(), 0, 0, 0, 0]) }.unwrap_or(0)
    }
}
impl Entropy for Tiny {
    fn sources(&self) -> &[&'static dyn EntropySource] {
        const SOURCES: &[&dyn EntropySource] = &[&BACKEND];
        SOURCES
    }
}

impl Console for Tiny {
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<usize> {
        let fd = if stream == Stream::Error { 2 } else { 1 };
        // SAFETY: reads the buffer.
        unsafe { call(libc::SYS_write, [fd, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0]) }
            .map_err(|()| BackendError::Device)
    }
    fn read(&self, _: &mut [u8]) -> ConsoleInput {
        ConsoleInput::End
    }
    fn write_emergency(&self, bytes: &[u8]) {
        let _ = self.write(Stream::Error, bytes);
    }
}

impl Storage for Tiny {}
impl Network for Tiny {}
impl Power for Tiny {
    fn power_off(&self, status: ExitStatus) -> ! {
        let code = if let ExitStatus::Code(code) = status { code } else { 125 };
        loop {
            // SAFETY: ends the process.
            let _ = unsafe { call(libc::SYS_exit_group, [usize::from(code), 0, 0, 0, 0, 0]) };
        }
    }
}
