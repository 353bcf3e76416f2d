//! Names of osvrun's own functions in reports, read from its file when a report needs them. Allocates nothing: a report may
//! come from within the heap.
#![expect(unsafe_code, reason = "maps osvrun's own file")]

use std::sync::OnceLock;

use abi_core::panic::put_with_names;

use crate::sys;

/// `sh_type` of a symbol table (ELF gABI, figure 4-9).
const SHT_SYMTAB: u32 = 2;
/// `st_info` of a function (figure 4-17).
const STT_FUNC: u8 = 2;

/// Passes a report on, with the name of the function behind each address in osvrun that ends a line.
pub(crate) fn put(text: &[u8], out: &mut dyn FnMut(&[u8])) {
    put_with_names(text, |offset| function_at(offset).map(rustc_demangle::demangle), out);
}

/// Returns the symbol of the function that holds an offset from osvrun's first byte.
fn function_at(offset: u64) -> Option<&'static str> {
    let file = file()?;
    let header: libc::Elf64_Ehdr = read(file, 0)?;
    let section = |index: usize| -> Option<libc::Elf64_Shdr> {
        let at =
            usize::try_from(header.e_shoff).ok()?.checked_add(index * usize::from(header.e_shentsize))?;
        read(file, at)
    };
    let table = (0..usize::from(header.e_shnum)).filter_map(section).find(|s| s.sh_type == SHT_SYMTAB)?;
    let strings = section(table.sh_link as usize)?;
    let first = usize::try_from(table.sh_offset).ok()?;
    let count = usize::try_from(table.sh_size).ok()? / size_of::<libc::Elf64_Sym>();
    let symbol = (0..count)
        .filter_map(|index| read::<libc::Elf64_Sym>(file, first + index * size_of::<libc::Elf64_Sym>()))
        .find(|symbol| {
            symbol.st_info & 15 == STT_FUNC && offset.wrapping_sub(symbol.st_value) < symbol.st_size
        })?;
    let start = usize::try_from(strings.sh_offset).ok()?.checked_add(symbol.st_name as usize)?;
    let name = file.get(start..)?.split(|&byte| byte == 0).next()?;
    core::str::from_utf8(name).ok()
}

/// Reads a struct at an offset.
fn read<T: Plain>(file: &[u8], at: usize) -> Option<T> {
    let bytes = file.get(at..at.checked_add(size_of::<T>())?)?;
    // SAFETY: as many bytes as the struct has, and any will do.
    Some(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}

/// Structs of ELF, in which any bytes are a value.
///
/// # Safety
/// All fields are integers.
unsafe trait Plain {}

// SAFETY: integers and arrays of them.
unsafe impl Plain for libc::Elf64_Ehdr {}
// SAFETY: integers.
unsafe impl Plain for libc::Elf64_Shdr {}
// SAFETY: integers.
unsafe impl Plain for libc::Elf64_Sym {}

/// Maps osvrun's file, once.
fn file() -> Option<&'static [u8]> {
    static FILE: OnceLock<Option<&'static [u8]>> = OnceLock::new();
    *FILE.get_or_init(|| {
        let fd = sys::open_read_only(c"/proc/self/exe").ok()?;
        let len = sys::file_len(fd).ok();
        let mapped = len.and_then(|len| {
            // SAFETY: a new mapping, which stays; nobody changes a running program's file (ETXTBSY).
            let start = unsafe { sys::mmap(0, len, libc::PROT_READ, libc::MAP_PRIVATE, fd, 0) }.ok()?;
            // SAFETY: as above.
            Some(unsafe { core::slice::from_raw_parts(start as *const u8, len) })
        });
        sys::close(fd);
        mapped
    })
}
