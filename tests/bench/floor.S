/* The smallest PVH guest: says hello on the serial port and leaves. What QEMU and its firmware cost by themselves. */
    .section .note.pvh, "a", @note
    .align 4
    .long 4, 4, 18
    .asciz "Xen"
    .long start

    .text
    .code32
    .globl start
start:
    mov $message, %esi
    mov $0x3f8, %dx
next:
    lodsb
    test %al, %al
    jz leave
    outb %al, %dx
    jmp next
leave:
    mov $0x501, %dx
    outb %al, %dx
    hlt

message:
    .asciz "hello from user space\r\n"
