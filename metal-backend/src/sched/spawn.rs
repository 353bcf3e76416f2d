//! How threads begin and end.
//!
//! A thread and its kernel stack are one block of memory with a guard page below; the [`Thread`] lies at its top.
//! Blocks of threads that ended are used again.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use abi_core::backend::{BackendError, ThreadSpec};

use super::run::{Leave, after_switch, leave, place};
use super::{State, Thread};
use crate::arch::percpu::{PerCpu, current_thread, this_cpu};
use crate::arch::{cpu, spin::SpinLock, switch};
use crate::paging::{PAGE_BYTES, vmap};

/// Bytes of a kernel stack with its thread.
const BLOCK_BYTES: usize = 64 * 1024;
const TABLE_LINES: usize = 256;

struct Links([*mut Thread; TABLE_LINES]);
struct Spare(*mut Thread);

// SAFETY: used under their locks.
unsafe impl Send for Links {}
// SAFETY: as above.
unsafe impl Send for Spare {}

/// Live threads by id.
static TABLE: SpinLock<Links> = SpinLock::new(Links([null_mut(); TABLE_LINES]));
/// Blocks to use again.
static SPARE: SpinLock<Spare> = SpinLock::new(Spare(null_mut()));
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What the slot of threads of the kernel's own points to: a `ThreadHead` that says "in the kernel".
#[repr(C, align(64))]
struct OwnHead([AtomicU32; 256]);
static OWN_HEAD: OwnHead = OwnHead([const { AtomicU32::new(1) }; 256]);

fn own_slot() -> *mut () {
    (&raw const OWN_HEAD).cast_mut().cast()
}

/// Tells whether a thread's vector registers are its program's while it is in the kernel: a system call keeps them all,
/// where a function call need not, and the way in saves no more than xmm0 to xmm7.
pub(super) fn keeps_vectors(thread: &Thread) -> bool {
    guest_of(thread.slot).is_some_and(|thread| thread.program.has_own_libc())
}

/// Returns what a slot says of the guest's thread; `None` for one of the kernel's own.
fn guest_of<'a>(slot: *mut ()) -> Option<&'a abi_core::task::Thread> {
    if slot == own_slot() {
        return None;
    }
    // SAFETY: any other slot is null or abi-core's, and lives as long as the thread that has it.
    unsafe { slot.cast::<abi_core::task::Thread>().as_ref() }
}

/// Returns the running thread if it is one of the guest's.
pub fn guest_thread() -> Option<&'static abi_core::task::Thread> {
    guest_of(this_cpu().slot.load(Ordering::Relaxed))
}

/// Calls `found` with the live thread of that id; the table's lock is held meanwhile.
pub fn find(id: u64, found: impl FnOnce(*mut Thread)) {
    let table = TABLE.lock();
    let mut at = table.0[id as usize % TABLE_LINES];
    while !at.is_null() {
        // SAFETY: threads in the table are alive while its lock is held.
        let thread = unsafe { &*at };
        if thread.id == id {
            found(at);
            return;
        }
        at = thread.table_next;
    }
}

fn new_block() -> Result<usize, BackendError> {
    let spare = {
        let mut list = SPARE.lock();
        let first = list.0;
        if !first.is_null() {
            // SAFETY: a block in the list belongs to it.
            list.0 = unsafe { (*first).queue_next };
        }
        first
    };
    if !spare.is_null() {
        // SAFETY: as above.
        return Ok(unsafe { (*spare).stack_bottom });
    }
    vmap::stack(BLOCK_BYTES, PAGE_BYTES).ok_or(BackendError::Exhausted)
}

/// Starts a thread.
pub fn spawn(spec: &ThreadSpec) -> Result<u64, BackendError> {
    let bottom = new_block()?;
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let at = (bottom + BLOCK_BYTES - size_of::<Thread>()) & !63;
    let slot = if spec.slot.is_null() { own_slot() } else { spec.slot };
    let mut thread = Thread::new(id, bottom, at, slot);
    thread.spec = Some(*spec);
    thread.set_priority(spec.priority);
    // SAFETY: the current thread is alive.
    thread.allowed = AtomicU32::new(unsafe { (*current_thread()).allowed.load(Ordering::Relaxed) });
    // SAFETY: the block is this thread's alone.
    thread.saved_rsp = unsafe { switch::prepare(at, first as *const () as usize, at) };
    let pointer = at as *mut Thread;
    // SAFETY: as above.
    unsafe { pointer.write(thread) };
    let were_on = cpu::irq_save();
    {
        let mut table = TABLE.lock();
        // SAFETY: not shared yet.
        unsafe { (*pointer).table_next = table.0[id as usize % TABLE_LINES] };
        table.0[id as usize % TABLE_LINES] = pointer;
    }
    place(pointer, this_cpu());
    cpu::irq_restore(were_on);
    Ok(id)
}

extern "C" fn first(thread: &Thread) -> ! {
    after_switch();
    let top = thread.stack_top;
    let spec = thread.spec.as_ref().expect("spawn sets it");
    let (entry, argument) = (spec.entry, spec.argument);
    cpu::sti();
    entry(argument, top)
}

/// Ends the current thread; `gone` is cleared and its waiters woken once its stack is no longer used.
pub fn exit(gone: Option<&'static AtomicU32>) -> ! {
    cpu::cli();
    let pointer = current_thread();
    // SAFETY: the current thread is alive.
    let thread = unsafe { &*pointer };
    if let Some(word) = gone {
        thread.gone.store(core::ptr::from_ref(word).cast_mut(), Ordering::Relaxed);
    }
    {
        let mut table = TABLE.lock();
        let mut at: *mut *mut Thread = &raw mut table.0[thread.id as usize % TABLE_LINES];
        // SAFETY: the table's links are guarded by its lock.
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "a change of a list's links is one step")]
        unsafe {
            while !(*at).is_null() {
                if *at == pointer {
                    *at = thread.table_next;
                    break;
                }
                at = &raw mut (**at).table_next;
            }
        }
    }
    leave(Leave::Exit);
    unreachable!("a thread that has ended does not run")
}

/// Takes the block of a thread that has left it for good.
pub(super) fn bury(dead: *mut Thread) {
    // SAFETY: nothing else knows the thread any more.
    let gone = unsafe { (*dead).gone.load(Ordering::Relaxed) };
    {
        let mut list = SPARE.lock();
        // SAFETY: as above.
        unsafe { (*dead).queue_next = list.0 };
        list.0 = dead;
    }
    // SAFETY: `exit` was given a static.
    if let Some(word) = unsafe { gone.as_ref() } {
        word.store(0, Ordering::SeqCst);
        super::wake(core::ptr::from_ref(word) as usize, usize::MAX);
    }
}

/// Makes what runs now the idle thread of this processor.
pub fn adopt_idle(block: &'static PerCpu, storage: *mut Thread, stack_bottom: usize, stack_top: usize) {
    let thread = Thread::new(0, stack_bottom, stack_top, own_slot());
    thread.state.store(State::Running as u8, Ordering::Relaxed);
    thread.cpu.store(block.index, Ordering::Relaxed);
    // SAFETY: the caller gives memory for it that lives for ever.
    unsafe { storage.write(thread) };
    block.idle.store(storage, Ordering::Relaxed);
    block.thread.store(storage, Ordering::Relaxed);
    block.slot.store(own_slot(), Ordering::Relaxed);
    block.stack_top.store(stack_top, Ordering::Relaxed);
    block.stack_bottom.store(stack_bottom, Ordering::Relaxed);
}

/// Returns the bottom and top of a fresh stack for a processor's idle thread, and where the thread lies.
pub fn new_idle() -> Option<(usize, usize, *mut Thread)> {
    let bottom = new_block().ok()?;
    let at = (bottom + BLOCK_BYTES - size_of::<Thread>()) & !63;
    Some((bottom, at, at as *mut Thread))
}
