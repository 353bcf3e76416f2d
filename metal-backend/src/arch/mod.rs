//! The processor: instructions, descriptor tables, exceptions, interrupts, local APIC, thread switch.
#![expect(unsafe_code, reason = "drives the processor")]

pub mod cpu;
#[cfg(feature = "kernel")]
pub mod fault;
#[cfg(feature = "kernel")]
pub mod features;
#[cfg(feature = "kernel")]
pub mod irq;
#[cfg(feature = "kernel")]
pub mod lapic;
#[cfg(feature = "kernel")]
pub mod mem;
pub mod moments;
#[cfg(feature = "kernel")]
pub mod percpu;
#[cfg(feature = "kernel")]
pub mod smp;
pub mod spin;
#[cfg(feature = "kernel")]
pub mod switch;
#[cfg(feature = "kernel")]
pub mod trap;
#[cfg(feature = "kernel")]
pub mod vectors;
