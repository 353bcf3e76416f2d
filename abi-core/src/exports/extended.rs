//! Functions that return a `long double`: C does so in st(0), Rust not at all.

/// Makes an exported function whose `$body` gets a place for the result in the register `$out`. `$setup` comes first, while the
/// stack pointer is still the caller's but for the return address; items that the body is made of may follow.
macro_rules! returns_long {
    ($visibility:vis $name:ident, [$($setup:literal),*], $out:literal, $body:path $(, { $($item:item)* })?) => {
        #[unsafe(naked)]
        $visibility unsafe extern "C" fn $name() {
            $($($item)*)?
            core::arch::naked_asm!(
                ".cfi_startproc",
                $($setup,)*
                "sub rsp, 24",
                ".cfi_def_cfa_offset 32",
                concat!("mov ", $out, ", rsp"),
                "call {body}",
                "fld tbyte ptr [rsp]",
                "add rsp, 24",
                ".cfi_def_cfa_offset 8",
                "ret",
                ".cfi_endproc",
                body = sym $body,
            )
        }
    };
}
pub(super) use returns_long;
