//! A backend in front of another, for tests: counts the calls of the floor, and makes chosen ones fail.
//!
//! A fault is what the floor documents: `Exhausted`, and nothing done.
#![expect(unsafe_code, reason = "passes calls on whose callers keep a promise")]

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use core::time::Duration;

use super::{
    Access, Backend, BackendError, Backing, CallSite, Clock, Console, ConsoleInput, Costs, Cpus, Disk,
    Entropy, EntropySource, ExitStatus, Memory, MemoryLayout, ModesChange, Monotonic, Network, Nic, ObjectId,
    PageRange, Parking, Power, Priority, Result, Shortcut, Storage, Stream, StreamKind, TerminalAction,
    TerminalModes, ThreadId, ThreadSpec, Threads, WaitOutcome, Whose, folders,
};

/// The calls that are counted. Those that can fail come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// [`Memory::claim`]
    Claim,
    /// [`Memory::map`]
    Map,
    /// [`Memory::unmap`]
    Unmap,
    /// [`Memory::protect`]
    Protect,
    /// [`Memory::discard`]
    Discard,
    /// [`Memory::move_pages`]
    MovePages,
    /// [`Memory::create_object`]
    CreateObject,
    /// [`Memory::resize_object`]
    ResizeObject,
    /// [`Memory::object_bytes`]
    ObjectBytes,
    /// [`Memory::grow_heap`]
    GrowHeap,
    /// [`Threads::spawn`]
    Spawn,
    /// [`Console::write`]
    Write,
    /// [`Parking::wait`] and [`Parking::wait_uninterruptible`]
    Wait,
    /// [`Parking::wake`]
    Wake,
    /// [`Threads::interrupt`]
    Interrupt,
}

/// How many [`Call`]s there are.
const CALLS: usize = Call::Interrupt as usize + 1;

/// A backend that passes every call on to another.
pub struct Decorated {
    inner: &'static dyn Backend,
    counts: [AtomicUsize; CALLS],
    /// How many more calls that can fail succeed.
    left: AtomicUsize,
}

impl Decorated {
    /// Wraps `inner`; nothing fails yet. It is never freed, as backends are.
    pub fn around(inner: &'static dyn Backend) -> &'static Self {
        alloc::boxed::Box::leak(alloc::boxed::Box::new(Self {
            inner,
            counts: [const { AtomicUsize::new(0) }; CALLS],
            left: AtomicUsize::new(usize::MAX),
        }))
    }

    /// Returns how often `call` was made, failed ones too.
    pub fn count(&self, call: Call) -> usize {
        self.counts[call as usize].load(Relaxed)
    }

    /// Lets the next `count` calls that can fail succeed, and the one after that fail; later ones succeed again.
    pub fn fail_after(&self, count: usize) {
        self.left.store(count, Relaxed);
    }

    /// Tells whether the failure asked for has happened.
    pub fn has_failed(&self) -> bool {
        self.left.load(Relaxed) == usize::MAX
    }

    /// Lets nothing fail any more.
    pub fn relent(&self) {
        self.left.store(usize::MAX, Relaxed);
    }

    fn note(&self, call: Call) {
        self.counts[call as usize].fetch_add(1, Relaxed);
    }

    /// Counts a call that can fail, and fails if it is its turn.
    fn may_fail(&self, call: Call) -> Result<()> {
        self.note(call);
        // Zero wraps to `usize::MAX`, which stands for never.
        let step = |left: usize| (left != usize::MAX).then(|| left.wrapping_sub(1));
        if self.left.fetch_update(Relaxed, Relaxed, step) == Ok(0) {
            Err(BackendError::Exhausted)
        } else {
            Ok(())
        }
    }
}

impl Memory for Decorated {
    fn most_mappings(&self) -> usize {
        self.inner.most_mappings()
    }
    fn layout(&self) -> MemoryLayout {
        self.inner.layout()
    }

    fn claim(&self, range: PageRange) -> Result<()> {
        self.may_fail(Call::Claim)?;
        self.inner.claim(range)
    }

    unsafe fn map(&self, range: PageRange, access: Access, backing: Backing) -> Result<()> {
        self.may_fail(Call::Map)?;
        // SAFETY: the caller's promise.
        unsafe { self.inner.map(range, access, backing) }
    }

    fn maps_on_demand_now(&self) -> bool {
        self.inner.maps_on_demand_now()
    }

    fn reports_faults(&self) -> bool {
        self.inner.reports_faults()
    }

    unsafe fn unmap(&self, range: PageRange) -> Result<()> {
        self.may_fail(Call::Unmap)?;
        // SAFETY: the caller's promise.
        unsafe { self.inner.unmap(range) }
    }

    unsafe fn protect(&self, range: PageRange, access: Access) -> Result<()> {
        self.may_fail(Call::Protect)?;
        // SAFETY: the caller's promise.
        unsafe { self.inner.protect(range, access) }
    }

    unsafe fn discard(&self, range: PageRange) -> Result<()> {
        self.may_fail(Call::Discard)?;
        // SAFETY: the caller's promise.
        unsafe { self.inner.discard(range) }
    }

    unsafe fn move_pages(&self, from: PageRange, to: PageRange) -> Result<()> {
        self.may_fail(Call::MovePages)?;
        // SAFETY: the caller's promise.
        unsafe { self.inner.move_pages(from, to) }
    }

    fn create_object(&self, len_bytes: usize) -> Result<ObjectId> {
        self.may_fail(Call::CreateObject)?;
        self.inner.create_object(len_bytes)
    }

    fn resize_object(&self, object: ObjectId, len_bytes: usize) -> Result<()> {
        self.may_fail(Call::ResizeObject)?;
        self.inner.resize_object(object, len_bytes)
    }

    fn destroy_object(&self, object: ObjectId) {
        self.inner.destroy_object(object);
    }

    fn touched(&self, start: usize, pages: &mut [u8]) {
        self.inner.touched(start, pages);
    }

    fn touch(&self, range: PageRange) {
        self.inner.touch(range);
    }

    fn object_resident_bytes(&self, object: ObjectId) -> usize {
        self.inner.object_resident_bytes(object)
    }

    fn object_bytes(&self, object: ObjectId, offset: usize) -> Result<(NonNull<u8>, usize)> {
        self.may_fail(Call::ObjectBytes)?;
        self.inner.object_bytes(object, offset)
    }

    fn grow_heap(&self, len_bytes: usize) -> Result<NonNull<[u8]>> {
        self.may_fail(Call::GrowHeap)?;
        self.inner.grow_heap(len_bytes)
    }

    fn free_bytes(&self) -> usize {
        self.inner.free_bytes()
    }
}

impl Threads for Decorated {
    unsafe fn spawn(&self, spec: &ThreadSpec) -> Result<ThreadId> {
        self.may_fail(Call::Spawn)?;
        // SAFETY: the caller's promise.
        unsafe { self.inner.spawn(spec) }
    }

    fn exit_thread(&self, gone: Option<&'static AtomicU32>) -> ! {
        self.inner.exit_thread(gone)
    }

    fn current(&self) -> ThreadId {
        self.inner.current()
    }

    fn yield_now(&self) {
        self.inner.yield_now();
    }

    unsafe fn set_thread_pointer(&self, base: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.inner.set_thread_pointer(base) };
    }

    unsafe fn go_on_as(&self, slot: *mut (), kernel_stack_top: usize) {
        // SAFETY: the caller's promise.
        unsafe { self.inner.go_on_as(slot, kernel_stack_top) };
    }

    fn interrupt(&self, thread: ThreadId) {
        self.note(Call::Interrupt);
        self.inner.interrupt(thread);
    }

    fn set_affinity(&self, thread: ThreadId, set: &[u8]) -> Result<()> {
        self.inner.set_affinity(thread, set)
    }

    fn set_priority(&self, thread: ThreadId, priority: Priority) -> Result<()> {
        self.inner.set_priority(thread, priority)
    }

    fn barrier_all(&self) -> Result<()> {
        self.inner.barrier_all()
    }

    fn shortcut(&self, site: &CallSite<'_>) -> Option<Shortcut> {
        self.inner.shortcut(site)
    }

    fn costs(&self, whose: Whose) -> Costs {
        self.inner.costs(whose)
    }

    fn stop_others(&self) {
        self.inner.stop_others();
    }

    fn cpus(&self) -> Cpus {
        self.inner.cpus()
    }
}

impl Parking for Decorated {
    fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Monotonic>) -> WaitOutcome {
        self.note(Call::Wait);
        self.inner.wait(word, expected, deadline)
    }

    fn wait_uninterruptible(
        &self,
        word: &AtomicU32,
        expected: u32,
        deadline: Option<Monotonic>,
    ) -> WaitOutcome {
        self.note(Call::Wait);
        self.inner.wait_uninterruptible(word, expected, deadline)
    }

    fn wake(&self, word: &AtomicU32, count: usize) -> usize {
        self.note(Call::Wake);
        self.inner.wake(word, count)
    }
}

impl Clock for Decorated {
    fn monotonic(&self) -> Monotonic {
        self.inner.monotonic()
    }

    fn realtime(&self) -> Duration {
        self.inner.realtime()
    }

    fn cpu_time(&self, thread: ThreadId) -> Duration {
        self.inner.cpu_time(thread)
    }

    fn total_cpu_time(&self) -> Duration {
        self.inner.total_cpu_time()
    }

    fn processor_time(&self, processor: usize) -> Option<Duration> {
        self.inner.processor_time(processor)
    }
}

impl Entropy for Decorated {
    fn sources(&self) -> &[&'static dyn EntropySource] {
        self.inner.sources()
    }
}

impl Console for Decorated {
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<usize> {
        self.may_fail(Call::Write)?;
        self.inner.write(stream, bytes)
    }

    fn read(&self, buf: &mut [u8]) -> ConsoleInput {
        self.inner.read(buf)
    }

    fn kind(&self, stream: Stream) -> StreamKind {
        self.inner.kind(stream)
    }

    fn file(&self, stream: Stream) -> Option<&'static dyn folders::StreamFile> {
        self.inner.file(stream)
    }

    fn terminal_modes(&self) -> Option<TerminalModes> {
        self.inner.terminal_modes()
    }

    fn set_terminal_modes(&self, modes: &TerminalModes, change: ModesChange) {
        self.inner.set_terminal_modes(modes, change);
    }

    fn act_on_terminal(&self, action: TerminalAction) {
        self.inner.act_on_terminal(action);
    }

    fn set_window(&self, columns: u16, rows: u16) {
        self.inner.set_window(columns, rows);
    }

    fn window(&self) -> Option<(u16, u16)> {
        self.inner.window()
    }

    fn write_emergency(&self, bytes: &[u8]) {
        self.inner.write_emergency(bytes);
    }
}

impl Storage for Decorated {
    fn disk(&self, number: usize) -> Option<&'static dyn Disk> {
        self.inner.disk(number)
    }
}

impl Network for Decorated {
    fn interfaces(&self) -> &[&'static dyn Nic] {
        self.inner.interfaces()
    }
}

impl Power for Decorated {
    fn power_off(&self, status: ExitStatus) -> ! {
        self.inner.power_off(status)
    }
}

impl Backend for Decorated {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn folders(&self) -> Option<&dyn folders::Folders> {
        self.inner.folders()
    }
}
