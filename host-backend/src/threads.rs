//! Guest threads: host threads made by a bare `clone`, with stacks of the backend's own.
//!
//! One mapping holds all of a thread: guard page, fault stack, guard page, kernel stack, block. The fault stack is the
//! alternate signal stack. A few mappings of ended threads are kept for the next ones; of the others, the thread gives its
//! mapping back itself with its last instructions, on no stack at all.
#![expect(unsafe_code, reason = "starts and ends threads")]

use core::arch::naked_asm;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use abi_core::backend::{
    BackendError, CallSite, Costs, Cpus, Priority, Result, Shortcut, ThreadId, ThreadSpec, Threads, Whose,
};
use abi_core::sync::Mutex;

use crate::block::{self, Block};
use crate::{HostBackend, fs_base, image, registry, sys, trap};

const PAGE_BYTES: usize = 4096;
/// Address space only, until touched.
const KERNEL_STACK_BYTES: usize = 256 * 1024;
const FAULT_STACK_BYTES: usize = 256 * 1024;
const MAPPING_BYTES: usize = PAGE_BYTES + FAULT_STACK_BYTES + PAGE_BYTES + KERNEL_STACK_BYTES + PAGE_BYTES;
/// The guard page below the kernel stack, from the mapping's start.
const SECOND_GUARD: usize = PAGE_BYTES + FAULT_STACK_BYTES;
/// The block and as much of the kernel stack as most threads use.
const PROMPT_BYTES: usize = 4 * PAGE_BYTES;

/// Whether any thread was ever told a priority, which those it makes get from the host.
static IS_ANY_RANKED: AtomicBool = AtomicBool::new(false);

/// How many mappings of ended threads are kept.
const SPARE_COUNT: usize = 16;
/// Mappings of ended threads and of threads that are ending: free when no longer occupied.
static SPARE: Mutex<[Option<&'static Block>; SPARE_COUNT]> = Mutex::new([None; SPARE_COUNT]);

static CPU_COUNT: AtomicUsize = AtomicUsize::new(1);
/// The host's processors that are the guest's, bit by bit, in order.
static CPUS: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];

fn own_cpus() -> [u64; 16] {
    core::array::from_fn(|i| CPUS[i].load(Ordering::Relaxed))
}

fn has(mask: &[u64; 16], cpu: usize) -> bool {
    mask.get(cpu / 64).is_some_and(|word| word >> (cpu % 64) & 1 != 0)
}

/// Limits the process to the first `limit` of the processors it may use.
pub fn choose_cpus(limit: Option<usize>) {
    let mut mask = sys::affinity();
    let count = mask.iter().map(|word| word.count_ones() as usize).sum::<usize>().max(1);
    let limit = limit.unwrap_or(count).clamp(1, count);
    if limit < count {
        let mut left = limit;
        for word in &mut mask {
            for bit in 0..64 {
                if *word & (1 << bit) != 0 {
                    if left == 0 {
                        *word &= !(1 << bit);
                    } else {
                        left -= 1;
                    }
                }
            }
        }
        let _ = sys::set_affinity(0, &mask);
    }
    for (word, ours) in mask.iter().zip(&CPUS) {
        ours.store(*word, Ordering::Relaxed);
    }
    CPU_COUNT.store(limit, Ordering::Relaxed);
}

/// Returns the guest's number of one of the host's processors.
fn number_here(cpu: usize) -> usize {
    let mask = own_cpus();
    (0..cpu).filter(|&other| has(&mask, other)).count()
}

/// Takes the mapping of a thread that has ended, if one is kept; returns its first address.
fn take_spare() -> Option<usize> {
    let mut spare = SPARE.lock();
    let is_free = |slot: &&mut Option<&'static Block>| {
        slot.is_some_and(|block| block.is_occupied.load(Ordering::Acquire) == 0)
    };
    spare.iter_mut().find(is_free)?.take().map(|block| block.mapping.0)
}

/// Keeps the mapping of the thread that is about to end; false if enough are kept.
fn keep(block: &'static Block) -> bool {
    let mut spare = SPARE.lock();
    spare.iter_mut().find(|slot| slot.is_none()).is_some_and(|slot| slot.replace(block).is_none())
}

/// Makes a mapping for a thread's stacks and block; returns its first address.
fn make_mapping() -> sys::Result<usize> {
    let base = sys::map_anywhere(MAPPING_BYTES, libc::MAP_NORESERVE | libc::MAP_STACK)?.as_ptr() as usize;
    for guard in [base, base + SECOND_GUARD] {
        // SAFETY: a fresh mapping.
        unsafe { sys::mprotect(guard, PAGE_BYTES, libc::PROT_NONE) }?;
    }
    sys::bring_in(base + MAPPING_BYTES - PROMPT_BYTES, PROMPT_BYTES);
    Ok(base)
}

/// Makes a thread's block, in a mapping of its own.
fn make_block(spec: &ThreadSpec) -> sys::Result<&'static mut Block> {
    let base = take_spare().map_or_else(make_mapping, Ok)?;
    let stack_top = base + SECOND_GUARD + PAGE_BYTES + KERNEL_STACK_BYTES;
    let place = stack_top as *mut Block;
    let block = Block {
        this: AtomicPtr::new(place),
        slot: AtomicUsize::new(spec.slot as usize),
        tid: AtomicU32::new(0),
        interrupted: AtomicU32::new(0),
        is_occupied: AtomicU32::new(1),
        is_filtered: AtomicU32::new(block::current().is_filtered.load(Ordering::Relaxed)),
        start: (Some(spec.entry), spec.argument),
        stack_top,
        fault_stack: (base + PAGE_BYTES, FAULT_STACK_BYTES),
        mapping: (base, MAPPING_BYTES),
    };
    // SAFETY: the last page of a mapping that no thread uses.
    unsafe { place.write(block) };
    // SAFETY: just written, and nobody else knows of it.
    Ok(unsafe { &mut *place })
}

/// `clone(flags, stack, tid, occupied, …)`; the child calls [`run`] with `block` on the new stack.
#[unsafe(naked)]
unsafe extern "C" fn clone_thread(
    flags: usize,
    stack: usize,
    tid: *const AtomicU32,
    occupied: *const AtomicU32,
    block: *const Block,
) -> isize {
    naked_asm!(
        "mov r10, rcx",
        "mov r9, r8",
        "xor r8d, r8d",
        "mov eax, {clone}",
        "syscall",
        "test rax, rax",
        "jz 2f",
        "ret",
        "2:",
        "xor ebp, ebp",
        "mov rdi, r9",
        "call {run}",
        "ud2",
        clone = const libc::SYS_clone,
        run = sym run,
    )
}

/// A new thread's first function; all signals are blocked.
extern "C" fn run(block: &'static Block) -> ! {
    // SAFETY: the block lives until the thread's last instruction.
    unsafe { fs_base::set_gs(core::ptr::from_ref(block) as usize) };
    // SAFETY: the fault stack is this thread's.
    let _ = unsafe { sys::sigaltstack(block.fault_stack.0, block.fault_stack.1) };
    catch_syscalls(block);
    sys::set_signal_mask(trap::GUEST_MASK);
    match block.start {
        (Some(entry), argument) => entry(argument, block.stack_top),
        (None, _) => sys::exit_group(crate::power::PANIC_STATUS),
    }
}

static PREFERS_FILTER: AtomicBool = AtomicBool::new(false);

/// Has system calls caught by a filter even where the host has a better way: for tests.
pub fn prefer_filter() {
    PREFERS_FILTER.store(true, Ordering::Relaxed);
}

/// Has the program's system calls on this thread caught.
fn catch_syscalls(block: &Block) {
    let text = image::text();
    let is_caught =
        !PREFERS_FILTER.load(Ordering::Relaxed) && sys::catch_syscalls(text.start, text.len_bytes).is_ok();
    if is_caught || block.is_filtered.load(Ordering::Relaxed) != 0 {
        return;
    }
    // A kernel without either lets such a program's system calls through, as any process's.
    if trap::filter::install(text).is_ok() {
        block.is_filtered.store(1, Ordering::Relaxed);
    }
}

/// Unmaps the thread's memory unless `mapping` is 0, stores 0 in `*gone` and wakes its waiters if there is one, and ends
/// the thread.
#[unsafe(naked)]
unsafe extern "C" fn leave(mapping: usize, len: usize, gone: *const AtomicU32) -> ! {
    naked_asm!(
        "mov r12, rdx",
        "test rdi, rdi",
        "jz 3f",
        "mov r13, rdi",
        "xor edi, edi",
        // Nobody is to be told that memory which is gone is free.
        "mov eax, {set_tid_address}",
        "syscall",
        "mov rdi, r13",
        "mov eax, {munmap}",
        "syscall",
        "3:",
        "test r12, r12",
        "jz 2f",
        "mov dword ptr [r12], 0",
        "mov rdi, r12",
        "mov esi, {wake}",
        "mov edx, 0x7fffffff",
        "mov eax, {futex}",
        "syscall",
        "2:",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "ud2",
        set_tid_address = const libc::SYS_set_tid_address,
        munmap = const libc::SYS_munmap,
        wake = const libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
        futex = const libc::SYS_futex,
        exit = const libc::SYS_exit,
    )
}

impl Threads for HostBackend {
    unsafe fn spawn(&self, spec: &ThreadSpec) -> Result<ThreadId> {
        const FLAGS: i32 = libc::CLONE_VM
            | libc::CLONE_FS
            | libc::CLONE_FILES
            | libc::CLONE_SIGHAND
            | libc::CLONE_THREAD
            | libc::CLONE_SYSVSEM
            | libc::CLONE_PARENT_SETTID
            | libc::CLONE_CHILD_CLEARTID;
        let block: &'static Block = make_block(spec).map_err(|_| BackendError::Exhausted)?;
        let mut threads = registry::lock();
        // No signal may find the child before it has a GS base and a fault stack of its own.
        let mask = sys::set_signal_mask(sys::ALL_SIGNALS);
        // SAFETY: a stack that no thread uses, and a block that lives until the thread ends.
        let result = unsafe {
            let (tid, occupied) = (&raw const block.tid, &raw const block.is_occupied);
            clone_thread(FLAGS as usize, block.stack_top, tid, occupied, block)
        };
        sys::set_signal_mask(mask);
        if let Ok(tid) = sys::check(result) {
            threads.insert(tid as u64, block);
            drop(threads);
            // The host gave it its maker's.
            if spec.priority != Priority::USUAL || IS_ANY_RANKED.load(Ordering::Relaxed) {
                let _ = self.set_priority(ThreadId(tid as u64), spec.priority);
            }
            return Ok(ThreadId(tid as u64));
        }
        let (start, len) = block.mapping;
        // SAFETY: no thread was made, so nobody uses it.
        let _ = unsafe { sys::munmap(start, len) };
        Err(BackendError::Exhausted)
    }

    fn exit_thread(&self, gone: Option<&'static AtomicU32>) -> ! {
        let block = block::current();
        registry::lock().remove(&u64::from(block.tid.load(Ordering::Relaxed)));
        sys::set_signal_mask(sys::ALL_SIGNALS);
        // The host sets a kept mapping free when the thread has ended.
        let (start, len) = if keep(block) { (0, 0) } else { block.mapping };
        let gone = gone.map_or(core::ptr::null(), core::ptr::from_ref);
        // SAFETY: the thread is in no table any more, takes no signal, and `leave` uses no stack.
        unsafe { leave(start, len, gone) }
    }

    fn current(&self) -> ThreadId {
        ThreadId(u64::from(block::current().tid.load(Ordering::Relaxed)))
    }

    fn yield_now(&self) {
        sys::sched_yield();
    }

    unsafe fn set_thread_pointer(&self, base: usize) {
        // SAFETY: the caller's promise.
        unsafe { fs_base::set_fs(base) };
    }

    fn interrupt(&self, thread: ThreadId) {
        registry::with(thread, |block| {
            block.interrupted.store(1, Ordering::Release);
            // The lock keeps the thread alive, so it can be sent a signal.
            let _ = sys::tgkill(thread.0 as u32, trap::INTERRUPT);
        });
    }

    fn stop_others(&self) {
        let own = u64::from(block::current().tid.load(Ordering::Relaxed));
        let Some(threads) = registry::try_lock() else { return };
        for &tid in threads.keys().filter(|&&tid| tid != own) {
            let _ = sys::tgkill(tid as u32, trap::STOP);
        }
    }

    fn barrier_all(&self) -> Result<()> {
        sys::membarrier().map_err(|_| BackendError::Unsupported)
    }

    fn cpus(&self) -> Cpus {
        let count = CPU_COUNT.load(Ordering::Relaxed);
        let current = if count == 1 { 0 } else { number_here(sys::getcpu()).min(count - 1) };
        Cpus { count, current }
    }

    fn set_affinity(&self, thread: ThreadId, set: &[u8]) -> Result<()> {
        let mask = own_cpus();
        let mut wanted = [0u64; 16];
        let ours = (0..1024).filter(|&cpu| has(&mask, cpu));
        for (number, cpu) in ours.enumerate() {
            if set.get(number / 8).is_some_and(|byte| byte >> (number % 8) & 1 != 0) {
                wanted[cpu / 64] |= 1 << (cpu % 64);
            }
        }
        if wanted == [0; 16] {
            return Ok(());
        }
        sys::set_affinity(thread.0 as usize, &wanted).map_err(|_| BackendError::Unsupported)
    }

    fn set_priority(&self, thread: ThreadId, priority: Priority) -> Result<()> {
        IS_ANY_RANKED.store(true, Ordering::Relaxed);
        sys::set_priority(thread.0 as usize, priority).map_err(|_| BackendError::Unsupported)
    }

    fn shortcut(&self, site: &CallSite<'_>) -> Option<Shortcut> {
        trap::rewrite::plan(site)
    }

    fn costs(&self, whose: Whose) -> Costs {
        let usage = sys::resource_usage(match whose {
            Whose::ThisThread => libc::RUSAGE_THREAD,
            Whose::All => libc::RUSAGE_SELF,
        });
        Costs {
            waits: usage.ru_nvcsw as u64,
            preemptions: usage.ru_nivcsw as u64,
            page_faults: usage.ru_minflt as u64,
            page_reads: usage.ru_majflt as u64,
        }
    }
}
