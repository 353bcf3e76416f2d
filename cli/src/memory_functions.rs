//! The memory functions that the compiler calls: the library's own, in place of the host's.
#![expect(unsafe_code, reason = "the symbols are the compiler's")]

use abi_core::libc::string::mem;
use core::arch::global_asm;

global_asm!(
    ".globl memcpy, memmove, memset, memcmp, bcmp, strlen",
    "memcpy: jmp {memmove}",
    "memmove: jmp {memmove}",
    "memset: jmp {memset}",
    "memcmp: jmp {memcmp}",
    "bcmp: jmp {memcmp}",
    "strlen: jmp {strlen}",
    memmove = sym mem::memmove,
    memset = sym mem::memset,
    memcmp = sym mem::memcmp,
    strlen = sym mem::strlen,
);
