//! The kernel image: the metal backend, registered, with abi-core above it.
#![no_std]
#![no_main]
#![expect(unsafe_code, reason = "symbols that the compiler and abi-core look for")]

#[global_allocator]
static HEAP: abi_core::heap::KernelHeap = abi_core::heap::KernelHeap::new();

abi_core::register_backend!(metal_backend::backend::BACKEND);

#[panic_handler]
fn panicked(info: &core::panic::PanicInfo<'_>) -> ! {
    metal_backend::panic::report_text(info)
}

/// What the precompiled core refers to; nothing unwinds here.
// SAFETY: the compiler's own name for it, never called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    metal_backend::panic::report_text(&"unwinding in the kernel")
}
