//! C variable arguments as the System V psABI passes them.

/// A `va_list` element (psABI 3.5.7). A guest's `va_list` points to one.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct VaList {
    gp_offset: u32,
    fp_offset: u32,
    overflow_arg_area: *mut u8,
    reg_save_area: *mut u8,
}

impl VaList {
    /// Takes the next general-purpose argument (any integer or pointer), as its 8-byte slot.
    ///
    /// # Safety
    /// The caller passed another argument of this class.
    pub unsafe fn next_u64(&mut self) -> u64 {
        if self.gp_offset < 48 {
            // SAFETY: the save area holds six 8-byte slots.
            let slot = unsafe { self.reg_save_area.add(self.gp_offset as usize) };
            // SAFETY: the same.
            let value = unsafe { slot.cast::<u64>().read_unaligned() };
            self.gp_offset += 8;
            return value;
        }
        // SAFETY: the caller promises another argument, which then lies in the overflow area.
        unsafe { self.next_overflow() }
    }

    /// Takes the next `double`.
    ///
    /// # Safety
    /// The caller passed another argument of this class.
    pub unsafe fn next_f64(&mut self) -> f64 {
        if self.fp_offset < 176 {
            // SAFETY: the save area holds eight 16-byte slots after the first 48 bytes.
            let slot = unsafe { self.reg_save_area.add(self.fp_offset as usize) };
            // SAFETY: the same.
            let value = unsafe { slot.cast::<f64>().read_unaligned() };
            self.fp_offset += 16;
            return value;
        }
        // SAFETY: the caller promises another argument, which then lies in the overflow area.
        f64::from_bits(unsafe { self.next_overflow() })
    }

    /// Takes the next `long double`, as its 10 bytes.
    ///
    /// # Safety
    /// The caller passed another argument of this class.
    pub unsafe fn next_f80(&mut self) -> [u8; 10] {
        // A long double has class MEMORY: the overflow area, aligned to 16.
        let at = self.overflow_arg_area.map_addr(|a| (a + 15) & !15);
        // SAFETY: the caller promises another argument; it takes 16 bytes.
        self.overflow_arg_area = unsafe { at.add(16) };
        // SAFETY: as above.
        unsafe { at.cast::<[u8; 10]>().read_unaligned() }
    }

    unsafe fn next_overflow(&mut self) -> u64 {
        let at = self.overflow_arg_area;
        // SAFETY: the caller of the caller promises 8 bytes here.
        self.overflow_arg_area = unsafe { at.add(8) };
        // SAFETY: as above.
        unsafe { at.cast::<u64>().read_unaligned() }
    }

    /// Copies the list, as `va_copy` does.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self {
            gp_offset: self.gp_offset,
            fp_offset: self.fp_offset,
            overflow_arg_area: self.overflow_arg_area,
            reg_save_area: self.reg_save_area,
        }
    }
}

/// Defines a C variadic function `$name(fixed…, ...)` that calls `$target(fixed…, *mut VaList)`, which is also what
/// the exported `v…` form of the function is. `$fixed` is the number of fixed (integer or pointer) arguments, 0 to 4.
#[macro_export]
macro_rules! variadic {
    ($(#[$attr:meta])* $vis:vis fn $name:ident, fixed 0, $target:path) => { $crate::variadic!(@ $(#[$attr])* $vis $name "0" "rdi" $target); };
    ($(#[$attr:meta])* $vis:vis fn $name:ident, fixed 1, $target:path) => { $crate::variadic!(@ $(#[$attr])* $vis $name "8" "rsi" $target); };
    ($(#[$attr:meta])* $vis:vis fn $name:ident, fixed 2, $target:path) => { $crate::variadic!(@ $(#[$attr])* $vis $name "16" "rdx" $target); };
    ($(#[$attr:meta])* $vis:vis fn $name:ident, fixed 3, $target:path) => { $crate::variadic!(@ $(#[$attr])* $vis $name "24" "rcx" $target); };
    ($(#[$attr:meta])* $vis:vis fn $name:ident, fixed 4, $target:path) => { $crate::variadic!(@ $(#[$attr])* $vis $name "32" "r8" $target); };
    ($(#[$attr:meta])* $vis:vis fn $name:ident, fixed 5, $target:path) => { $crate::variadic!(@ $(#[$attr])* $vis $name "40" "r9" $target); };
    (@ $(#[$attr:meta])* $vis:vis $name:ident $gp:literal $reg:literal $target:path) => {
        $(#[$attr])*
        #[unsafe(naked)]
        $vis unsafe extern "C" fn $name() {
            // Frame: 0 va_list (24 bytes), 32 register save area (176 bytes), 208 end; 216 keeps rsp 16-aligned.
            core::arch::naked_asm!(
                ".cfi_startproc",
                "sub rsp, 216",
                ".cfi_def_cfa_offset 224",
                "mov [rsp + 32], rdi",
                "mov [rsp + 40], rsi",
                "mov [rsp + 48], rdx",
                "mov [rsp + 56], rcx",
                "mov [rsp + 64], r8",
                "mov [rsp + 72], r9",
                "test al, al",
                "je 2f",
                "movaps [rsp + 80], xmm0",
                "movaps [rsp + 96], xmm1",
                "movaps [rsp + 112], xmm2",
                "movaps [rsp + 128], xmm3",
                "movaps [rsp + 144], xmm4",
                "movaps [rsp + 160], xmm5",
                "movaps [rsp + 176], xmm6",
                "movaps [rsp + 192], xmm7",
                "2:",
                concat!("mov dword ptr [rsp], ", $gp),
                "mov dword ptr [rsp + 4], 48",
                "lea rax, [rsp + 224]",
                "mov [rsp + 8], rax",
                "lea rax, [rsp + 32]",
                "mov [rsp + 16], rax",
                concat!("mov ", $reg, ", rsp"),
                "call {target}",
                "add rsp, 216",
                ".cfi_def_cfa_offset 8",
                "ret",
                ".cfi_endproc",
                target = sym $target,
            )
        }
    };
}
