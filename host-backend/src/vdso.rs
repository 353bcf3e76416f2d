//! The host kernel's vDSO: its clock needs no thread-locals and no system call.
#![expect(unsafe_code, reason = "reads the vDSO's ELF image and calls into it")]

use core::ffi::CStr;
use core::sync::atomic::{AtomicUsize, Ordering};

static CLOCK_GETTIME: AtomicUsize = AtomicUsize::new(0);
static RANGE: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

/// Finds the vDSO's `clock_gettime`. Called on the process's first thread.
pub fn find() {
    // SAFETY: reads the auxiliary vector.
    let base = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) } as usize;
    if base == 0 {
        return;
    }
    // SAFETY: the kernel maps a well-formed ELF image there.
    if let Some(address) = unsafe { symbol(base, c"__vdso_clock_gettime") } {
        CLOCK_GETTIME.store(address, Ordering::Relaxed);
    }
    RANGE[0].store(base, Ordering::Relaxed);
    RANGE[1].store(base + 0x4000, Ordering::Relaxed);
}

/// Tells whether `rip` lies in the vDSO, whose own system calls are not the guest's.
pub fn contains(rip: usize) -> bool {
    (RANGE[0].load(Ordering::Relaxed)..RANGE[1].load(Ordering::Relaxed)).contains(&rip)
}

/// Reads a clock.
#[inline]
pub fn clock_gettime(clock: i32) -> libc::timespec {
    let address = CLOCK_GETTIME.load(Ordering::Relaxed);
    if address == 0 {
        return crate::sys::clock_gettime(clock);
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the vDSO's function of this signature.
    let function: extern "C" fn(i32, *mut libc::timespec) -> i32 = unsafe { core::mem::transmute(address) };
    function(clock, &raw mut time);
    time
}

/// Looks a symbol up.
///
/// # Safety
/// `base` is the ELF header of a mapped, linked shared object whose string table follows its symbol table.
unsafe fn symbol(base: usize, name: &CStr) -> Option<usize> {
    const DT_STRTAB: i64 = 5;
    const DT_SYMTAB: i64 = 6;
    // SAFETY: the caller's promise.
    let header = unsafe { &*(base as *const libc::Elf64_Ehdr) };
    let first = (base + header.e_phoff as usize) as *const libc::Elf64_Phdr;
    // SAFETY: the caller's promise.
    let segments = unsafe { core::slice::from_raw_parts(first, header.e_phnum as usize) };
    let load = segments.iter().find(|segment| segment.p_type == libc::PT_LOAD)?;
    let bias = base.wrapping_sub(load.p_vaddr as usize).wrapping_add(load.p_offset as usize);
    let dynamic = segments.iter().find(|segment| segment.p_type == libc::PT_DYNAMIC)?;
    let entries = (bias + dynamic.p_vaddr as usize) as *const [i64; 2];
    // SAFETY: that many entries lie there.
    let entries = unsafe { core::slice::from_raw_parts(entries, dynamic.p_memsz as usize / 16) };
    let find = |tag| entries.iter().find(|entry| entry[0] == tag).map(|entry| bias + entry[1] as usize);
    let (symbols, strings) = (find(DT_SYMTAB)?, find(DT_STRTAB)?);
    let count = strings.checked_sub(symbols)? / size_of::<libc::Elf64_Sym>();
    // SAFETY: the symbol table lies there.
    let symbols = unsafe { core::slice::from_raw_parts(symbols as *const libc::Elf64_Sym, count) };
    let found = symbols.iter().find(|symbol| {
        // SAFETY: names are offsets into the string table.
        symbol.st_value != 0
            && unsafe { CStr::from_ptr((strings + symbol.st_name as usize) as *const _) } == name
    })?;
    Some(bias + found.st_value as usize)
}
