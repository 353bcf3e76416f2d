//! The ELF header and the program headers.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use goblin::elf::header::{EI_CLASS, EI_DATA, ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_X86_64, ET_DYN, ET_EXEC};
use goblin::elf::program_header::{PT_INTERP, PT_LOAD, PT_TLS};
pub use goblin::elf64::program_header::ProgramHeader as Segment;

use super::super::error::ElfError;
use super::View;
use super::raw::{read as read_bytes, u16_at, u32_at, u64_at};
use crate::mm::PageSource;

const HEADER_BYTES: u64 = 64;
const SEGMENT_BYTES: u64 = 56;
const PAGE_BYTES: u64 = 4096;
/// One past the last address a program can be linked at.
const ADDRESS_LIMIT: u64 = 1 << 47;
/// The strictest alignment a segment can ask for.
const ALIGN_LIMIT: u64 = 1 << 30;

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `ET_EXEC`: linked for fixed addresses.
    Fixed,
    /// `ET_DYN`: a shared object or a position-independent program.
    Relocatable,
}

/// What is needed of the ELF header.
pub(super) struct Header {
    pub(super) kind: FileKind,
    pub(super) entry: u64,
    pub(super) phoff: u64,
    pub(super) phnum: u16,
}

fn machine_name(machine: u16) -> String {
    let name = match machine {
        3 => "i386",
        40 => "ARM",
        183 => "AArch64",
        243 => "RISC-V",
        8 => "MIPS",
        20 => "PowerPC",
        21 => "PowerPC64",
        22 => "S/390",
        _ => return format!("machine {machine}"),
    };
    String::from(name)
}

/// Reads and checks the ELF header.
pub(super) fn read(source: &dyn PageSource) -> Result<Header, ElfError> {
    let start = read_bytes(source, "e_ident", 0, source.len_bytes().min(4))?;
    if start.len() < 4 || start[..] != ELFMAG[..] {
        return Err(ElfError::new("e_ident", 0, "not an ELF file"));
    }
    let bytes = read_bytes(source, "ELF header", 0, HEADER_BYTES)?;
    if bytes[EI_CLASS] != ELFCLASS64 {
        return Err(ElfError::new("e_ident[EI_CLASS]", 4, "not a 64-bit file"));
    }
    if bytes[EI_DATA] != ELFDATA2LSB {
        return Err(ElfError::new("e_ident[EI_DATA]", 5, "not a little-endian file"));
    }
    let machine = u16_at(&bytes, 18);
    if machine != EM_X86_64 {
        let what = format!("built for {}, not for x86-64", machine_name(machine));
        return Err(ElfError::new("e_machine", 18, what));
    }
    let kind = match u16_at(&bytes, 16) {
        ET_EXEC => FileKind::Fixed,
        ET_DYN => FileKind::Relocatable,
        1 => return Err(ElfError::new("e_type", 16, "an object file, which must be linked first")),
        4 => return Err(ElfError::new("e_type", 16, "a core dump, not a program")),
        other => return Err(ElfError::new("e_type", 16, format!("unknown type {other}"))),
    };
    let phentsize = u16_at(&bytes, 54);
    if u64::from(phentsize) != SEGMENT_BYTES {
        return Err(ElfError::new("e_phentsize", 54, format!("{phentsize}, not {SEGMENT_BYTES}")));
    }
    let phnum = u16_at(&bytes, 56);
    if phnum == 0 {
        return Err(ElfError::new("e_phnum", 56, "no program headers"));
    }
    if u64::from(phnum) * SEGMENT_BYTES > 65536 {
        return Err(ElfError::new(
            "e_phnum",
            56,
            format!("{phnum} program headers, more than fit in 64 KiB"),
        ));
    }
    Ok(Header { kind, entry: u64_at(&bytes, 24), phoff: u64_at(&bytes, 32), phnum })
}

/// Reads the program headers and checks those that matter for loading.
pub(super) fn read_segments(source: &dyn PageSource, header: &Header) -> Result<Vec<Segment>, ElfError> {
    let bytes = read_bytes(source, "e_phoff", header.phoff, u64::from(header.phnum) * SEGMENT_BYTES)
        .map_err(|error| ElfError { offset: 32, ..error })?;
    let segments: Vec<Segment> = bytes
        .chunks_exact(SEGMENT_BYTES as usize)
        .map(|row| Segment {
            p_type: u32_at(row, 0),
            p_flags: u32_at(row, 4),
            p_offset: u64_at(row, 8),
            p_vaddr: u64_at(row, 16),
            p_paddr: u64_at(row, 24),
            p_filesz: u64_at(row, 32),
            p_memsz: u64_at(row, 40),
            p_align: u64_at(row, 48),
        })
        .collect();
    let mut last_end = None;
    for (index, segment) in segments.iter().enumerate() {
        let at = header.phoff + index as u64 * SEGMENT_BYTES;
        match segment.p_type {
            PT_LOAD => {
                check_load(source, segment, at)?;
                if last_end.is_some_and(|end| segment.p_vaddr < end) {
                    return Err(ElfError::new(
                        "p_vaddr",
                        at + 16,
                        "loadable segments are not in ascending order",
                    ));
                }
                last_end = Some(segment.p_vaddr + segment.p_memsz);
            }
            PT_TLS => check_tls(segment, &segments, at)?,
            _ => {}
        }
    }
    if last_end.is_none() {
        return Err(ElfError::new("e_phnum", 56, "no loadable segment"));
    }
    Ok(segments)
}

fn check_load(source: &dyn PageSource, segment: &Segment, at: u64) -> Result<(), ElfError> {
    let file_bytes = source.len_bytes();
    if segment.p_offset.checked_add(segment.p_filesz).is_none_or(|end| end > file_bytes) {
        let what = format!(
            "{:#x} bytes from {:#x} reach past the end of the file ({file_bytes:#x} bytes)",
            segment.p_filesz, segment.p_offset
        );
        return Err(ElfError::new("p_filesz", at + 32, what));
    }
    if segment.p_filesz > segment.p_memsz {
        let what = format!("{:#x}, less than p_filesz {:#x}", segment.p_memsz, segment.p_filesz);
        return Err(ElfError::new("p_memsz", at + 40, what));
    }
    if segment.p_vaddr.checked_add(segment.p_memsz).is_none_or(|end| end > ADDRESS_LIMIT) {
        let what =
            format!("{:#x} bytes at {:#x} do not fit the address space", segment.p_memsz, segment.p_vaddr);
        return Err(ElfError::new("p_memsz", at + 40, what));
    }
    if segment.p_align > 1 && (!segment.p_align.is_power_of_two() || segment.p_align > ALIGN_LIMIT) {
        return Err(ElfError::new(
            "p_align",
            at + 48,
            format!("{:#x} is no usable alignment", segment.p_align),
        ));
    }
    if segment.p_vaddr % PAGE_BYTES != segment.p_offset % PAGE_BYTES {
        let what =
            format!("{:#x} differs from p_offset {:#x} within a page", segment.p_vaddr, segment.p_offset);
        return Err(ElfError::new("p_vaddr", at + 16, what));
    }
    Ok(())
}

fn check_tls(segment: &Segment, all: &[Segment], at: u64) -> Result<(), ElfError> {
    let holds = |load: &&Segment| {
        let within = segment.p_vaddr.checked_sub(load.p_vaddr);
        load.p_type == PT_LOAD
            && within
                .and_then(|within| within.checked_add(segment.p_filesz))
                .is_some_and(|end| end <= load.p_memsz)
    };
    if segment.p_filesz > 0 && !all.iter().any(|load| holds(&load)) {
        let what = format!("TLS image at {:#x} is in no loaded segment", segment.p_vaddr);
        return Err(ElfError::new("p_vaddr", at + 16, what));
    }
    if segment.p_align > 1 && (!segment.p_align.is_power_of_two() || segment.p_align > ALIGN_LIMIT) {
        return Err(ElfError::new(
            "p_align",
            at + 48,
            format!("{:#x} is no usable alignment", segment.p_align),
        ));
    }
    if segment.p_filesz > segment.p_memsz || segment.p_memsz > ADDRESS_LIMIT / 4 {
        return Err(ElfError::new("p_memsz", at + 40, format!("unusable TLS size {:#x}", segment.p_memsz)));
    }
    if segment.p_vaddr.checked_add(segment.p_memsz).is_none_or(|end| end > ADDRESS_LIMIT) {
        return Err(ElfError::new(
            "p_vaddr",
            at + 16,
            format!("unusable TLS address {:#x}", segment.p_vaddr),
        ));
    }
    Ok(())
}

/// Reads the path in `PT_INTERP`.
pub(super) fn read_interpreter(view: &View<'_>) -> Result<Option<Vec<u8>>, ElfError> {
    let Some(segment) = view.segments.iter().find(|s| s.p_type == PT_INTERP) else { return Ok(None) };
    if segment.p_filesz < 2 || segment.p_filesz > 4096 {
        let what = format!("unusable length {:#x} of the interpreter's path", segment.p_filesz);
        return Err(ElfError::new("p_filesz", segment.p_offset, what));
    }
    let bytes = read_bytes(view.source, "PT_INTERP", segment.p_offset, segment.p_filesz)?;
    match bytes.split_last() {
        Some((0, path)) => Ok(Some(path.split(|b| *b == 0).next().unwrap_or_default().to_vec())),
        _ => Err(ElfError::new(
            "PT_INTERP",
            segment.p_offset,
            "the interpreter's path does not end with a NUL",
        )),
    }
}
