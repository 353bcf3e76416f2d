//! How guest code finds thread-local storage: `__tls_get_addr` and the functions of TLS descriptors.
//!
//! This is pure code: it runs on the guest's stack and allocates with the program's malloc.

#![expect(clippy::multiple_unsafe_ops_per_block, reason = "each block is one change of a thread's DTV")]

use core::arch::naked_asm;
use core::ffi::c_void;

use crate::boundary::user::UserPtr;
use crate::libc::malloc;
use crate::libc::tcb::tcb;

/// The argument of `__tls_get_addr`.
#[repr(C)]
pub struct TlsIndex {
    module: usize,
    offset: usize,
}

/// `__tls_get_addr`: returns the address of a thread-local variable.
///
/// # Safety
/// The index is one that relocation filled, or names a loaded module and an offset in it.
#[unsafe(naked)]
pub unsafe extern "C" fn tls_get_addr(index: *const TlsIndex) -> *mut u8 {
    naked_asm!(
        "mov rax, fs:[8]",
        "mov rcx, [rdi]",
        "cmp rcx, [rax]",
        "ja 2f",
        "mov rax, [rax + rcx * 8]",
        "test rax, rax",
        "je 2f",
        "add rax, [rdi + 8]",
        "ret",
        "2:",
        "jmp {slow}",
        slow = sym make_block,
    )
}

/// The function of a descriptor of a static module: its argument is the distance from the thread pointer.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn static_descriptor() {
    naked_asm!("mov rax, [rax + 8]", "ret")
}

/// The function of a descriptor of a dynamic module: its argument points to a [`TlsIndex`]. Keeps every register but
/// rax, in which it returns the distance from the thread pointer.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn dynamic_descriptor() {
    naked_asm!(
        ".cfi_startproc",
        "push rdi",
        ".cfi_def_cfa_offset 16",
        "push rcx",
        ".cfi_def_cfa_offset 24",
        "mov rdi, [rax + 8]",
        "mov rax, fs:[8]",
        "mov rcx, [rdi]",
        "cmp rcx, [rax]",
        "ja 2f",
        "mov rax, [rax + rcx * 8]",
        "test rax, rax",
        "je 2f",
        "add rax, [rdi + 8]",
        "3:",
        "sub rax, fs:[0]",
        "pop rcx",
        "pop rdi",
        "ret",
        "2:",
        "push rbp",
        ".cfi_def_cfa_offset 32",
        ".cfi_offset rbp, -32",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "push rdx",
        "push rsi",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "and rsp, -16",
        "sub rsp, 256",
        "movaps [rsp], xmm0",
        "movaps [rsp + 16], xmm1",
        "movaps [rsp + 32], xmm2",
        "movaps [rsp + 48], xmm3",
        "movaps [rsp + 64], xmm4",
        "movaps [rsp + 80], xmm5",
        "movaps [rsp + 96], xmm6",
        "movaps [rsp + 112], xmm7",
        "movaps [rsp + 128], xmm8",
        "movaps [rsp + 144], xmm9",
        "movaps [rsp + 160], xmm10",
        "movaps [rsp + 176], xmm11",
        "movaps [rsp + 192], xmm12",
        "movaps [rsp + 208], xmm13",
        "movaps [rsp + 224], xmm14",
        "movaps [rsp + 240], xmm15",
        "call {slow}",
        "movaps xmm0, [rsp]",
        "movaps xmm1, [rsp + 16]",
        "movaps xmm2, [rsp + 32]",
        "movaps xmm3, [rsp + 48]",
        "movaps xmm4, [rsp + 64]",
        "movaps xmm5, [rsp + 80]",
        "movaps xmm6, [rsp + 96]",
        "movaps xmm7, [rsp + 112]",
        "movaps xmm8, [rsp + 128]",
        "movaps xmm9, [rsp + 144]",
        "movaps xmm10, [rsp + 160]",
        "movaps xmm11, [rsp + 176]",
        "movaps xmm12, [rsp + 192]",
        "movaps xmm13, [rsp + 208]",
        "movaps xmm14, [rsp + 224]",
        "movaps xmm15, [rsp + 240]",
        "lea rsp, [rbp - 48]",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rsi",
        "pop rdx",
        "pop rbp",
        ".cfi_def_cfa rsp, 24",
        "jmp 3b",
        ".cfi_endproc",
        slow = sym make_block,
    )
}

/// What the kernel tells of a module: see `Context::tls_module`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ModuleInfo {
    /// Where the initial bytes are.
    pub image: usize,
    /// How many of them there are.
    pub file_bytes: usize,
    /// Length of a block.
    pub memory_bytes: usize,
    /// Alignment of a block.
    pub align: usize,
    /// Where in its alignment a block starts.
    pub skew: usize,
    /// How far below the thread pointer the block is, or 0.
    pub block: usize,
    /// How many modules there are.
    pub module_count: usize,
}

/// The slow path of [`tls_get_addr`]: makes the calling thread's block of a module.
unsafe extern "C" fn make_block(index: *const TlsIndex) -> *mut u8 {
    // SAFETY: the loader or the compiler made the argument.
    let TlsIndex { module, offset } = unsafe { index.read() };
    let mut info = ModuleInfo::default();
    let found = {
        let words = UserPtr::new(&raw mut info as usize);
        // SAFETY: `info` takes what the row writes: seven words.
        unsafe { crate::exports::start::internal::__osvrun_tls_module(module, words) }
    };
    if found != 0 {
        crate::libc::exit::abort_with("thread-local storage of an object that is not loaded");
    }
    // SAFETY: the thread's own control block and DTV, which only this thread changes.
    unsafe {
        let dtv = dtv_with_room(info.module_count.max(module));
        let block = if info.block != 0 { tcb().cast::<u8>().sub(info.block) } else { allocate_block(&info) };
        *dtv.add(module) = block as usize;
        block.add(offset)
    }
}

/// Returns the thread's DTV, with room for module number `last`.
unsafe fn dtv_with_room(last: usize) -> *mut usize {
    // SAFETY: the calling thread's own control block and DTV, whose word 0 counts the others.
    unsafe {
        let dtv = (*tcb()).dtv.cast::<usize>();
        let capacity = *dtv;
        if last <= capacity {
            return dtv;
        }
        let larger = malloc::calloc(last + 17, 8).cast::<usize>();
        if larger.is_null() {
            crate::libc::exit::abort_with("no memory for thread-local storage");
        }
        larger.add(1).copy_from_nonoverlapping(dtv.add(1), capacity);
        *larger = last + 16;
        (*tcb()).dtv = larger.cast::<c_void>();
        if !is_own_mapping(dtv as usize) {
            malloc::free(dtv.cast());
        }
        larger
    }
}

/// Allocates and fills a block; the word below it says what to free.
unsafe fn allocate_block(info: &ModuleInfo) -> *mut u8 {
    let align = info.align.max(16);
    // SAFETY: the sizes are those of a loaded segment; what malloc gives is used within its length.
    unsafe {
        let whole = malloc::malloc(info.memory_bytes + 2 * align + 8).cast::<u8>();
        if whole.is_null() {
            crate::libc::exit::abort_with("no memory for thread-local storage");
        }
        let start = (whole as usize + 8).next_multiple_of(align) + info.skew;
        let block = whole.add(start - whole as usize);
        block.sub(8).cast::<usize>().write_unaligned(whole as usize);
        core::ptr::copy_nonoverlapping(info.image as *const u8, block, info.file_bytes);
        core::ptr::write_bytes(block.add(info.file_bytes), 0, info.memory_bytes - info.file_bytes);
        block
    }
}

/// Tells whether an address lies in the mapping that came with the thread.
unsafe fn is_own_mapping(address: usize) -> bool {
    // SAFETY: the calling thread's own control block and DTV, whose word 0 counts the others.
    let fields = unsafe { &(*tcb()).tls };
    address.wrapping_sub(fields.mapping) < fields.mapping_bytes
}

/// Frees the calling thread's dynamic blocks, and its DTV if it grew. The last thing a thread does with its thread-local storage.
///
/// # Safety
/// The thread uses no thread-local variable of a dynamic module afterwards.
pub unsafe fn free_blocks() {
    // SAFETY: the calling thread's own control block and DTV, whose word 0 counts the others.
    unsafe {
        let dtv = (*tcb()).dtv.cast::<usize>();
        for module in 1..=*dtv {
            let block = core::mem::replace(&mut *dtv.add(module), 0);
            if block != 0 && !is_own_mapping(block) {
                malloc::free(((block - 8) as *const usize).read_unaligned() as *mut c_void);
            }
        }
        if !is_own_mapping(dtv as usize) {
            // Nobody reads it any more; without room for a module, one that did would make it anew.
            static NONE: usize = 0;
            (*tcb()).dtv = (&raw const NONE).cast_mut().cast();
            malloc::free(dtv.cast());
        }
    }
}
