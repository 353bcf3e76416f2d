//! The memory functions that the compiler calls.
//!
//! Words at a time with `rep movsq`: byte-wise string instructions are slow under emulation.

use core::arch::global_asm;

global_asm!(
    r#"
    .text
    .p2align 4
    .globl memcpy
memcpy:
    mov rax, rdi
    cmp rdx, 16
    jb 3f
    movups xmm1, [rsi + rdx - 16]
    lea r8, [rdi + rdx - 16]
    mov rcx, rdx
    shr rcx, 3
    rep movsq
    movups [r8], xmm1
    ret
3:  cmp edx, 8
    jb 4f
    mov rcx, [rsi]
    mov r8, [rsi + rdx - 8]
    mov [rdi], rcx
    mov [rdi + rdx - 8], r8
    ret
4:  cmp edx, 4
    jb 5f
    mov ecx, [rsi]
    mov r8d, [rsi + rdx - 4]
    mov [rdi], ecx
    mov [rdi + rdx - 4], r8d
    ret
5:  test edx, edx
    je 6f
    movzx ecx, byte ptr [rsi]
    movzx r8d, byte ptr [rsi + rdx - 1]
    mov r9d, edx
    shr r9d, 1
    movzx r10d, byte ptr [rsi + r9]
    mov [rdi], cl
    mov [rdi + r9], r10b
    mov [rdi + rdx - 1], r8b
6:  ret

    .p2align 4
    .globl memmove
memmove:
    mov rcx, rdi
    sub rcx, rsi
    cmp rcx, rdx
    jae 2f
    # The target starts inside the source: from the end.
    mov rax, rdi
3:  cmp rdx, 8
    jb 4f
    sub rdx, 8
    mov rcx, [rsi + rdx]
    mov [rdi + rdx], rcx
    jmp 3b
4:  test rdx, rdx
    je 5f
    dec rdx
    mov cl, [rsi + rdx]
    mov [rdi + rdx], cl
    jmp 4b
5:  ret
    # The target starts before the source, or far after it: from the start, in words.
2:  mov rax, rdi
    mov rcx, rdx
    shr rcx, 3
    rep movsq
    and edx, 7
    je 6f
7:  mov cl, [rsi]
    mov [rdi], cl
    inc rsi
    inc rdi
    dec edx
    jne 7b
6:  ret

    .p2align 4
    .globl memset
memset:
    mov r8, rdi
    movzx eax, sil
    movabs rcx, 0x0101010101010101
    imul rax, rcx
    cmp rdx, 8
    jb 2f
    mov [rdi + rdx - 8], rax
    mov rcx, rdx
    shr rcx, 3
    rep stosq
    mov rax, r8
    ret
2:  test edx, edx
    je 4f
3:  mov [rdi + rdx - 1], al
    dec edx
    jne 3b
4:  mov rax, r8
    ret

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
