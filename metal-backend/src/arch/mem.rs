//! The memory functions that the compiler calls: the library's own, but for those that need no vector registers here.

use abi_core::boundary::block;
use core::arch::global_asm;

global_asm!(
    ".globl memcpy, memmove, memset",
    "memcpy: jmp {memmove}",
    "memmove: jmp {memmove}",
    "memset: jmp {memset}",
    memmove = sym block::memmove,
    memset = sym block::memset,
);

global_asm!(
    r#"
    .text
    .p2align 4
    .globl memcmp
    .globl bcmp
memcmp:
bcmp:
    xor ecx, ecx
2:  lea r8, [rcx + 8]
    cmp r8, rdx
    ja 4f
    mov r9, [rdi + rcx]
    mov r10, [rsi + rcx]
    cmp r9, r10
    jne 3f
    mov rcx, r8
    jmp 2b
3:  bswap r9
    bswap r10
    cmp r9, r10
    sbb eax, eax
    or eax, 1
    ret
4:  cmp rcx, rdx
    jae 5f
    movzx eax, byte ptr [rdi + rcx]
    movzx r8d, byte ptr [rsi + rcx]
    sub eax, r8d
    jne 6f
    inc rcx
    jmp 4b
5:  xor eax, eax
6:  ret

    .p2align 4
    .globl strlen
strlen:
    xor eax, eax
2:  cmp byte ptr [rdi + rax], 0
    je 3f
    inc rax
    jmp 2b
3:  ret
"#
);
