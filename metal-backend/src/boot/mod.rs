//! From the first instruction to a running machine.
#![cfg_attr(
    feature = "kernel",
    expect(unsafe_code, reason = "the machine's first state comes by physical addresses")
)]

#[cfg(feature = "kernel")]
pub mod entry;
#[cfg(feature = "kernel")]
mod main;
#[cfg(feature = "kernel")]
pub mod selftest;
pub mod start_info;

/// Tells whether an address is the kernel's code.
#[cfg(feature = "kernel")]
pub fn is_kernel_text(address: usize) -> bool {
    let [(start, end), ..] = crate::paging::kernel_map::sections();
    (start..end).contains(&address)
}
