//! Interrupts: the timer, calls between processors, devices.

use core::sync::atomic::Ordering;

use super::trap::{
    DEVICE_VECTOR, HOLD_VECTOR, RESCHEDULE_VECTOR, SHOOTDOWN_VECTOR, SPURIOUS_VECTOR, STOP_VECTOR,
    TIMER_VECTOR,
};
use super::{cpu, lapic};

/// What compiled code keeps below its stack pointer.
const RED_ZONE_BYTES: usize = 128;

/// Tells whether the current thread, stopped at this stack pointer, can be preempted: on its kernel stack there must be
/// room for its registers and for what runs then.
fn has_room(stack_pointer: u64) -> bool {
    let here = super::percpu::this_cpu();
    let (bottom, top) = (here.stack_bottom.load(Ordering::Relaxed), here.stack_top.load(Ordering::Relaxed));
    let at = stack_pointer as usize;
    !(bottom..=top).contains(&at)
        || at >= bottom + RED_ZONE_BYTES + here.xsave_bytes.load(Ordering::Relaxed) + 4096
}

/// Serves an interrupt on the processor's interrupt stack; returns 1 when another thread should run now.
pub extern "C" fn handle_interrupt(vector: u32, stack_pointer: u64) -> u32 {
    let vector = vector as u8;
    let switch = match vector {
        SPURIOUS_VECTOR => return 0,
        TIMER_VECTOR => crate::sched::timer_interrupt(has_room(stack_pointer)),
        RESCHEDULE_VECTOR => crate::sched::reschedule_interrupt(has_room(stack_pointer)),
        SHOOTDOWN_VECTOR => {
            crate::paging::shootdown::serve();
            false
        }
        HOLD_VECTOR => crate::sched::hold_interrupt() && has_room(stack_pointer),
        STOP_VECTOR => {
            super::percpu::this_cpu().is_online.store(false, Ordering::Release);
            cpu::halt_forever()
        }
        DEVICE_VECTOR..TIMER_VECTOR => crate::drivers::interrupt(vector - DEVICE_VECTOR),
        _ => false,
    };
    lapic::end_of_interrupt();
    u32::from(switch)
}
