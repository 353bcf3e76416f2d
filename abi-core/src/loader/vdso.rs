//! The object that a program with its own libc finds through `AT_SYSINFO_EHDR` (vdso(7)): clocks without a system call.
//!
//! It is an ELF file made here, of one page: headers, dynamic section, symbols with their version, and a few instructions for
//! each function, which call the kernel image's code as the program's own.

use alloc::vec::Vec;
use core::ffi::{c_int, c_long};

use super::elf::sysv_hash;
use super::map::map_anonymous;
use crate::abi::{self, timespec, timeval};
use crate::backend::{Access, backend};
use crate::boundary::user::copy_out;
use crate::kernel::Context;
use crate::mm::Placement;

const PAGE_BYTES: usize = 4096;
const SONAME: &[u8] = b"linux-vdso.so.1";
/// The version that every symbol has.
const VERSION: &[u8] = b"LINUX_2.6";
/// Answer of a function that leaves it to the system call.
const BY_SYSCALL: c_int = 1;

/// A function: its name, its code, and the system call that does the same.
struct Function {
    name: &'static [u8],
    code: usize,
    number: c_long,
}

fn functions() -> [Function; 4] {
    [
        Function {
            name: b"__vdso_clock_gettime",
            code: clock_gettime as *const () as usize,
            number: abi::SYS_clock_gettime,
        },
        Function {
            name: b"__vdso_gettimeofday",
            code: gettimeofday as *const () as usize,
            number: abi::SYS_gettimeofday,
        },
        Function { name: b"__vdso_time", code: time as *const () as usize, number: abi::SYS_time },
        Function { name: b"__vdso_getcpu", code: getcpu as *const () as usize, number: abi::SYS_getcpu },
    ]
}

/// clock_gettime(2) of the clocks that go by themselves.
unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut timespec) -> c_int {
    let Some(now) = crate::time::usual_clock(backend(), clock) else { return BY_SYSCALL };
    // SAFETY: the caller's pointer.
    unsafe { *time = crate::time::to_timespec(now) };
    0
}

/// gettimeofday(2), without a time zone.
unsafe extern "C" fn gettimeofday(time: *mut timeval, zone: *mut [c_int; 2]) -> c_int {
    if !zone.is_null() {
        return BY_SYSCALL;
    }
    if !time.is_null() {
        // SAFETY: the caller's pointer.
        unsafe { *time = crate::time::to_timeval(crate::time::realtime(backend())) };
    }
    0
}

/// time(2), whose answer is longer than an `int` can tell apart from [`BY_SYSCALL`].
unsafe extern "C" fn time(out: *mut c_long) -> c_long {
    let now = crate::time::realtime(backend()).as_secs() as c_long;
    if !out.is_null() {
        // SAFETY: the caller's pointer.
        unsafe { *out = now };
    }
    now
}

/// getcpu(2)
unsafe extern "C" fn getcpu(cpu: *mut u32, node: *mut u32) -> c_int {
    let current = backend().cpus().current as u32;
    for (place, value) in [(cpu, current), (node, 0)] {
        if !place.is_null() {
            // SAFETY: the caller's pointer.
            unsafe { *place = value };
        }
    }
    0
}

/// Returns the code of a function: calls ours, and makes the system call if that is to answer. The stack is aligned first: Linux's
/// functions get by with any, and Go's `syscall.Gettimeofday` has one of eight bytes.
fn stub(function: &Function) -> Vec<u8> {
    let mut code = Vec::from([0x55, 0x48, 0x89, 0xe5]); // push rbp; mov rbp, rsp
    code.extend([0x57, 0x56, 0x48, 0x83, 0xe4, 0xf0]); // push rdi; push rsi; and rsp, -16
    code.extend([0x48, 0xb8]); // mov rax, imm64
    code.extend((function.code as u64).to_le_bytes());
    code.extend([0xff, 0xd0]); // call rax
    code.extend([0x48, 0x8d, 0x65, 0xf0, 0x5e, 0x5f, 0x5d]); // lea rsp, [rbp - 16]; pop rsi; pop rdi; pop rbp
    code.extend([0x83, 0xf8, BY_SYSCALL as u8, 0x74, 0x01, 0xc3]); // cmp eax, 1; je +1; ret
    code.push(0xb8); // mov eax, imm32
    code.extend((function.number as u32).to_le_bytes());
    code.extend([0x0f, 0x05, 0xc3]); // syscall; ret
    code
}

/// Where the parts of the page are.
const HEADERS_BYTES: usize = 64 + 2 * 56;
const STUB_BYTES: usize = 48;

/// Makes the page.
fn build() -> Vec<u8> {
    let functions = functions();
    let mut strings = Vec::from([0u8]);
    let mut add = |text: &[u8]| {
        let at = strings.len();
        strings.extend_from_slice(text);
        strings.push(0);
        at as u32
    };
    let names: Vec<u32> = functions.iter().map(|function| add(function.name)).collect();
    let (soname, version) = (add(SONAME), add(VERSION));
    let count = functions.len() + 1;
    let align = |at: usize| at.next_multiple_of(16);
    let dynamic_at = align(HEADERS_BYTES);
    let symbols_at = align(dynamic_at + 10 * 16);
    let hash_at = align(symbols_at + count * 24);
    let versions_at = align(hash_at + (3 + count) * 4);
    let definitions_at = align(versions_at + count * 2);
    let strings_at = align(definitions_at + 2 * 28);
    let code_at = align(strings_at + strings.len());
    let mut page = Page(alloc::vec![0; PAGE_BYTES]);

    page.bytes(0, b"\x7fELF\x02\x01\x01");
    page.words16(16, &[3, 62]); // ET_DYN, EM_X86_64
    page.words32(20, &[1]);
    page.words64(24, &[0, 64, 0]); // e_entry, e_phoff, e_shoff
    page.words16(52, &[64, 56, 2, 64, 0, 0]);
    let whole = PAGE_BYTES as u64;
    page.words32(64, &[1, 5]); // PT_LOAD, read and execute
    page.words64(72, &[0, 0, 0, whole, whole, whole]);
    let (start, len) = (dynamic_at as u64, 10 * 16);
    page.words32(120, &[2, 4]); // PT_DYNAMIC, read
    page.words64(128, &[start, start, start, len, len, 8]);

    let dynamic: [(u64, usize); 10] = [
        (4, hash_at),                  // DT_HASH
        (5, strings_at),               // DT_STRTAB
        (6, symbols_at),               // DT_SYMTAB
        (10, strings.len()),           // DT_STRSZ
        (11, 24),                      // DT_SYMENT
        (14, soname as usize),         // DT_SONAME
        (0x6fff_fff0, versions_at),    // DT_VERSYM
        (0x6fff_fffc, definitions_at), // DT_VERDEF
        (0x6fff_fffd, 2),              // DT_VERDEFNUM
        (0, 0),
    ];
    for (index, (tag, value)) in dynamic.iter().enumerate() {
        page.words64(dynamic_at + index * 16, &[*tag, *value as u64]);
    }
    // One bucket holds all: each symbol leads to the next.
    page.words32(hash_at, &[1, count as u32, 1]);
    for index in 1..count {
        let next = if index + 1 < count { index + 1 } else { 0 };
        page.words32(hash_at + 12 + index * 4, &[next as u32]);
    }
    for (index, function) in functions.iter().enumerate() {
        let at = symbols_at + (index + 1) * 24;
        let code = code_at + index * STUB_BYTES;
        page.words32(at, &[names[index]]);
        page.bytes(at + 4, &[0x12, 0]); // global function
        page.words16(at + 6, &[1]); // defined: in no section that there is
        page.words64(at + 8, &[code as u64, STUB_BYTES as u64]);
        page.words16(versions_at + (index + 1) * 2, &[2]);
        page.bytes(code, &stub(function));
    }
    // The object's own version, and that of the symbols.
    let versions = [(1u16, 1u16, soname, SONAME, 28u32), (0, 2, version, VERSION, 0)];
    for (index, (flags, number, name, text, next)) in versions.into_iter().enumerate() {
        let at = definitions_at + index * 28;
        page.words16(at, &[1, flags, number, 1]);
        page.words32(at + 8, &[sysv_hash(text), 20, next, name, 0]);
    }
    page.bytes(strings_at, &strings);
    page.0
}

/// The page that is being made.
struct Page(Vec<u8>);

impl Page {
    fn bytes(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.0.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    fn words16(&mut self, at: usize, words: &[u16]) {
        words.iter().enumerate().for_each(|(index, word)| self.bytes(at + 2 * index, &word.to_le_bytes()));
    }

    fn words32(&mut self, at: usize, words: &[u32]) {
        words.iter().enumerate().for_each(|(index, word)| self.bytes(at + 4 * index, &word.to_le_bytes()));
    }

    fn words64(&mut self, at: usize, words: &[u64]) {
        words.iter().enumerate().for_each(|(index, word)| self.bytes(at + 8 * index, &word.to_le_bytes()));
    }
}

/// Maps the object; returns its address.
pub(super) fn map(cx: Context<'_>) -> abi::Result<usize> {
    let access = Access::READ | Access::WRITE;
    let start = map_anonymous(cx, Placement::Anywhere, PAGE_BYTES, access, "[vdso]")?;
    copy_out(start, &build())?;
    cx.kernel.mm.protect(start, PAGE_BYTES, Access::READ | Access::EXECUTE)?;
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::super::elf::{ElfImage, LookupClass, Reference};
    use super::*;
    use crate::mm::PageSource;
    use alloc::sync::Arc;

    struct Bytes(Vec<u8>);
    impl PageSource for Bytes {
        fn len_bytes(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> abi::Result<usize> {
            let from = self.0.get(offset as usize..).unwrap_or_default();
            let n = from.len().min(buf.len());
            buf[..n].copy_from_slice(&from[..n]);
            Ok(n)
        }
        fn path(&self) -> Vec<u8> {
            b"vdso".to_vec()
        }
    }

    #[test]
    fn the_loader_reads_it_and_finds_every_function_with_its_version() {
        let image = ElfImage::parse(b"vdso", Arc::new(Bytes(build()))).expect("it is well-formed");
        assert_eq!(image.soname(), Some(SONAME));
        for function in functions() {
            let reference = Reference::new(function.name, None, LookupClass::Call);
            let symbol = image.symbols.find(&reference).expect("it is there");
            let code = image.view().at("code", symbol.1.st_value, 8).expect("it is in the page");
            assert_eq!(code[..4], [0x55, 0x48, 0x89, 0xe5]);
        }
    }
}
