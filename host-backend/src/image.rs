//! Where osvrun itself lies in memory.
#![expect(unsafe_code, reason = "the linker's symbol names the ELF header")]

use abi_core::backend::PageRange;

const PAGE_BYTES: usize = 4096;

unsafe extern "C" {
    static __ehdr_start: libc::Elf64_Ehdr;
}

fn headers() -> impl Iterator<Item = &'static libc::Elf64_Phdr> {
    // SAFETY: the linker defines it as this executable's ELF header.
    let header = unsafe { &__ehdr_start };
    let first = (&raw const __ehdr_start as usize + header.e_phoff as usize) as *const libc::Elf64_Phdr;
    // SAFETY: the program headers follow in the first segment.
    let all = unsafe { core::slice::from_raw_parts(first, header.e_phnum as usize) };
    all.iter()
}

fn segments() -> impl Iterator<Item = &'static libc::Elf64_Phdr> {
    headers().filter(|segment| segment.p_type == libc::PT_LOAD)
}

fn range_of(segment: &libc::Elf64_Phdr) -> (usize, usize) {
    let base = &raw const __ehdr_start as usize;
    let start = base + segment.p_vaddr as usize;
    (start & !(PAGE_BYTES - 1), (start + segment.p_memsz as usize).next_multiple_of(PAGE_BYTES))
}

/// Returns the range that holds osvrun's code and no other's.
pub fn text() -> PageRange {
    let (start, end) = segments().find(|segment| segment.p_flags & libc::PF_X != 0).map_or((0, 0), range_of);
    PageRange { start, len_bytes: end - start }
}

/// Returns the range from osvrun's first byte up to its first writable one.
pub fn read_only() -> PageRange {
    let start = &raw const __ehdr_start as usize;
    let end = segments()
        .take_while(|segment| segment.p_flags & libc::PF_W == 0)
        .map(|segment| range_of(segment).1)
        .max()
        .unwrap_or(start);
    PageRange { start, len_bytes: end - start }
}

/// Returns where `.eh_frame_hdr` is, and the end of the segment that holds it and `.eh_frame`.
pub fn frames() -> (usize, usize) {
    let Some(header) = headers().find(|segment| segment.p_type == libc::PT_GNU_EH_FRAME) else {
        return (0, 0);
    };
    let start = &raw const __ehdr_start as usize + header.p_vaddr as usize;
    let end =
        segments().map(range_of).find(|range| (range.0..range.1).contains(&start)).map_or(start, |r| r.1);
    (start, end)
}
