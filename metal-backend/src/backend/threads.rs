//! Threads of execution.

use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::backend::{Costs, Cpus, Priority, Result, ThreadId, ThreadSpec, Threads, Whose};

use super::MetalBackend;
use crate::arch::percpu::{self, current_thread, this_cpu};
use crate::arch::{cpu, features};
use crate::drivers::channel;
use crate::paging::shootdown;
use crate::sched::{self, Switches};

impl Threads for MetalBackend {
    unsafe fn spawn(&self, spec: &ThreadSpec) -> Result<ThreadId> {
        let id = sched::spawn(spec)?;
        sched::give_way();
        Ok(ThreadId(id))
    }

    fn exit_thread(&self, gone: Option<&'static AtomicU32>) -> ! {
        sched::exit(gone)
    }

    fn current(&self) -> ThreadId {
        // SAFETY: the current thread is alive.
        ThreadId(unsafe { (*current_thread()).id })
    }

    fn yield_now(&self) {
        sched::yield_now();
    }

    unsafe fn set_thread_pointer(&self, base: usize) {
        let were_on = cpu::irq_save();
        features::set_fs_base(base as u64);
        // SAFETY: the current thread is alive.
        unsafe { (*current_thread()).fs_base.store(base as u64, Ordering::Relaxed) };
        cpu::irq_restore(were_on);
    }

    unsafe fn go_on_as(&self, slot: *mut (), kernel_stack_top: usize) {
        let were_on = cpu::irq_save();
        // SAFETY: the current thread is alive, and nobody else uses these fields of it while it runs.
        let thread = unsafe { &mut *current_thread() };
        (thread.slot, thread.stack_top) = (slot, kernel_stack_top);
        this_cpu().slot.store(slot, Ordering::Relaxed);
        this_cpu().stack_top.store(kernel_stack_top, Ordering::Relaxed);
        cpu::irq_restore(were_on);
    }

    fn interrupt(&self, thread: ThreadId) {
        sched::interrupt(thread.0);
        sched::give_way();
    }

    fn stop_others(&self) {
        sched::stop_others();
    }

    fn set_affinity(&self, thread: ThreadId, set: &[u8]) -> Result<()> {
        let there = ((1u64 << percpu::count()) - 1) as u32;
        let wanted = set.iter().take(4).rev().fold(0, |mask, byte| mask << 8 | u32::from(*byte)) & there;
        if wanted != 0 {
            sched::set_affinity(thread.0, wanted);
        }
        Ok(())
    }

    fn set_priority(&self, thread: ThreadId, priority: Priority) -> Result<()> {
        if priority.level > 0 {
            channel::go_ahead();
        }
        sched::set_priority(thread.0, priority);
        Ok(())
    }

    fn costs(&self, whose: Whose) -> Costs {
        let add = |sum: Costs, switches: &Switches| Costs {
            waits: sum.waits + switches.waits.load(Ordering::Relaxed),
            preemptions: sum.preemptions + switches.preemptions.load(Ordering::Relaxed),
            ..sum
        };
        match whose {
            // SAFETY: the current thread is alive.
            Whose::ThisThread => add(Costs::default(), unsafe { &(*current_thread()).switches }),
            Whose::All => percpu::all().fold(Costs::default(), |sum, cpu| add(sum, &cpu.switches)),
        }
    }

    fn barrier_all(&self) -> Result<()> {
        shootdown::serialise();
        Ok(())
    }

    fn cpus(&self) -> Cpus {
        Cpus { count: percpu::count(), current: this_cpu().index as usize }
    }
}
