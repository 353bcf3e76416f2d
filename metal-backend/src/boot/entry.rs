//! The first instructions: from the 32-bit PVH entry to `kernel_main` in the high half.
//!
//! Everything in `.boot.*` is linked at its load address and may name only symbols of that part; the boot tables map
//! the first GiB at 0, at the direct map and at the kernel's place. They stay for the start of further processors.

core::arch::global_asm!(
    r#"
    .section .note.pvh, "a", @note
    .align 4
    .long 4, 4, 18
    .asciz "Xen"
    .long osvrun_start32

    .section .boot.text, "ax", @progbits
    .code32
    .globl osvrun_start32
osvrun_start32:
    cld
    mov esp, offset boot_stack_top
    mov edi, ebx
    mov eax, offset boot_pdpt + 3
    mov [boot_pml4], eax
    mov [boot_pml4 + 256 * 8], eax
    mov [boot_pml4 + 511 * 8], eax
    mov eax, offset boot_pd + 3
    mov [boot_pdpt], eax
    mov [boot_pdpt + 510 * 8], eax
    mov edx, offset boot_pd
    mov eax, 0x83
    mov ecx, 512
2:  mov [edx], eax
    add eax, 0x200000
    add edx, 8
    dec ecx
    jnz 2b
    call boot_long_mode
    lgdt [boot_gdt_pointer]
    .byte 0xea
    .long boot_start64
    .short 0x08
    .code64
boot_start64:
    mov eax, 0x10
    mov ss, eax
    mov ds, eax
    mov es, eax
    mov edi, edi
    movabs rsp, offset osvrun_first_stack_top
    movabs rax, offset osvrun_kernel_main
    xor ebp, ebp
    call rax
    ud2

    .code32
    # Turns on paging over the boot tables, long mode, NX, SYSCALL and SSE. Clobbers eax, ecx, edx.
boot_long_mode:
    mov eax, cr4
    or eax, 0x620
    mov cr4, eax
    mov eax, offset boot_pml4
    mov cr3, eax
    mov ecx, 0xC0000080
    rdmsr
    or eax, 0x901
    wrmsr
    mov eax, cr0
    and eax, 0x1ffffff3
    or eax, 0x80010023
    mov cr0, eax
    ret

    # Further processors: copied to boot_trampoline_page, entered in real mode by SIPI.
    .code16
    .globl osvrun_trampoline_start
osvrun_trampoline_start:
    cli
    cld
    xor ax, ax
    mov ds, ax
    # lgdtd at an address the assembler cannot name as one symbol
    .byte 0x66, 0x0f, 0x01, 0x16
    .short {page} + boot_trampoline_gdt - osvrun_trampoline_start
    mov eax, cr0
    or eax, 1
    mov cr0, eax
    .byte 0x66, 0xea
    .long boot_ap32
    .short 0x18
boot_trampoline_gdt:
    .short 31
    .long boot_gdt
    .globl osvrun_trampoline_end
osvrun_trampoline_end:

    .code32
boot_ap32:
    mov eax, 0x10
    mov ds, eax
    mov es, eax
    mov ss, eax
    mov esp, offset boot_stack_top
    call boot_long_mode
    .byte 0xea
    .long boot_ap64
    .short 0x08
    .code64
boot_ap64:
    mov eax, 0x10
    mov ss, eax
    movabs rax, offset osvrun_ap_high
    jmp rax

    .section .boot.data, "aw", @progbits
    .align 16
    .globl boot_gdt
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
    .quad 0x00cf9b000000ffff
boot_gdt_pointer:
    .short 31
    .long boot_gdt

    .section .boot.bss, "aw", @nobits
    .align 4096
    .globl boot_pml4
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
boot_pd:   .skip 4096
boot_stack: .skip 512
boot_stack_top:

    .section .bss.first_stack, "aw", @nobits
    .align 4096
    .globl osvrun_first_stack
osvrun_first_stack: .skip 32768
    .globl osvrun_first_stack_top
osvrun_first_stack_top:
    .text
"#,
    page = const TRAMPOLINE_PAGE,
);

/// Physical address the start code of further processors is copied to, below 1 MiB.
pub const TRAMPOLINE_PAGE: usize = 0x8000;

unsafe extern "C" {
    /// Bottom of the stack the boot processor starts on.
    pub safe static osvrun_first_stack: u8;
    /// Top of the stack the boot processor starts on.
    pub safe static osvrun_first_stack_top: u8;
    /// First byte of the start code.
    pub safe static osvrun_trampoline_start: u8;
    /// End of the start code.
    pub safe static osvrun_trampoline_end: u8;
    /// The boot tables' root, at its physical address.
    pub safe static boot_pml4: u8;
}
