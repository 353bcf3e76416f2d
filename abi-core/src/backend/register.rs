//! The link-time symbol through which abi-core reaches its backend.
#![expect(unsafe_code, reason = "one extern static, defined by register_backend!")]

use super::Backend;

unsafe extern "Rust" {
    static __OSVRUN_BACKEND_V1__call_register_backend_in_the_final_crate: &'static dyn Backend;
}

/// Returns the backend this program was linked with.
#[inline(always)]
pub fn backend() -> &'static dyn Backend {
    // SAFETY: only `register_backend!` defines this symbol, with this type, and nothing ever writes it.
    unsafe { __OSVRUN_BACKEND_V1__call_register_backend_in_the_final_crate }
}

/// Makes a static backend the one that abi-core uses. The final binary calls it exactly once; forgetting it is a
/// link error that names this macro. The version in the symbol changes with the trait, since the linker compares
/// names and not vtables.
#[macro_export]
macro_rules! register_backend {
    ($value:path) => {
        const _: () = {
            #[expect(unsafe_code, reason = "defines the symbol abi-core declares")]
            // SAFETY: the name is reserved for this macro, which gives it the type abi-core declares.
            #[unsafe(no_mangle)]
            static __OSVRUN_BACKEND_V1__call_register_backend_in_the_final_crate:
                &'static dyn $crate::backend::Backend = &$value;
        };
    };
}
