//! Interrupts: the timer, calls between processors, devices.

use core::sync::atomic::Ordering;

use super::trap::{
    DEVICE_VECTOR, HOLD_VECTOR, RESCHEDULE_VECTOR, SHOOTDOWN_VECTOR, SPURIOUS_VECTOR, STOP_VECTOR,
    TIMER_VECTOR,
};
use super::{cpu, lapic};

/// Serves an interrupt on the processor's interrupt stack; returns 1 when another thread should run now.
pub extern "C" fn handle_interrupt(vector: u32) -> u32 {
    let vector = vector as u8;
    let switch = match vector {
        SPURIOUS_VECTOR => return 0,
        TIMER_VECTOR => crate::sched::timer_interrupt(),
        RESCHEDULE_VECTOR => {
            crate::sched::reschedule_interrupt();
            false
        }
        SHOOTDOWN_VECTOR => {
            crate::paging::shootdown::serve();
            false
        }
        HOLD_VECTOR => crate::sched::hold_interrupt(),
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
