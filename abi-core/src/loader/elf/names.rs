//! Names of functions by address, for reports.

use alloc::vec::Vec;

use goblin::elf::program_header::{PF_R, PF_W};
use goblin::elf::section_header::{SHT_DYNSYM, SHT_SYMTAB};
use goblin::elf::sym::{STT_FUNC, STT_GNU_IFUNC};

use super::raw::{read, u16_at, u32_at, u64_at};
use super::{Bytes, ElfImage, Segment};

const SECTION_BYTES: u64 = 64;
const SYMBOL_BYTES: usize = 24;

impl ElfImage {
    /// Returns the name of the function that holds the linked address `address`, from the full symbol table if the
    /// file still has one, else from the dynamic symbols.
    pub fn function_at(&self, address: u64) -> Option<Vec<u8>> {
        let full = self.section_symbols(SHT_SYMTAB);
        let found = full.as_ref().and_then(|(symbols, strings)| search(symbols, strings, address));
        found.or_else(|| {
            let (symbols, strings) = self.section_symbols(SHT_DYNSYM)?;
            search(&symbols, &strings, address)
        })
    }

    /// Returns where `.eh_frame` is linked to and its length, if that lies in a read-only segment: for files without
    /// `PT_GNU_EH_FRAME`.
    pub fn call_frames(&self) -> Option<(u64, u64)> {
        let (table, _, names_index) = self.section_table()?;
        let rows = || table.chunks_exact(SECTION_BYTES as usize);
        let names = rows().nth(names_index)?;
        let names = read(&*self.source, "sh_offset", u64_at(names, 24), u64_at(names, 32)).ok()?;
        let name = |row: &[u8]| names.get(u32_at(row, 0) as usize..)?.split(|byte| *byte == 0).next();
        let row = rows().find(|row| name(row) == Some(b".eh_frame"))?;
        let (start, len) = (u64_at(row, 16), u64_at(row, 32));
        let holds = |load: &Segment| {
            let is_readable = load.p_flags & (PF_R | PF_W) == PF_R;
            let at = start.checked_sub(load.p_vaddr);
            let room = load.p_filesz.checked_sub(len);
            is_readable && at.zip(room).is_some_and(|(at, room)| at <= room)
        };
        self.loads().any(holds).then_some((start, len))
    }

    /// Reads the section headers; how many there are, and which one holds their names.
    fn section_table(&self) -> Option<(Bytes, usize, usize)> {
        let source = &*self.source;
        let header = read(source, "ELF header", 0, 64).ok()?;
        let (shoff, shnum) = (u64_at(&header, 40), u16_at(&header, 60));
        let table = read(source, "e_shoff", shoff, u64::from(shnum) * SECTION_BYTES).ok()?;
        Some((table, usize::from(shnum), usize::from(u16_at(&header, 62))))
    }

    /// Reads the symbol table of this section type, with its strings.
    fn section_symbols(&self, kind: u32) -> Option<(Bytes, Bytes)> {
        let source = &*self.source;
        let (table, count, _) = self.section_table()?;
        let section = |index: usize| {
            let row = table.chunks_exact(SECTION_BYTES as usize).nth(index)?;
            Some((u32_at(row, 4), u64_at(row, 24), u64_at(row, 32), u32_at(row, 40)))
        };
        let (_, offset, len, link) = (0..count).filter_map(section).find(|section| section.0 == kind)?;
        let (_, strings_at, strings_len, _) = section(link as usize)?;
        let symbols = read(source, "sh_offset", offset, len).ok()?;
        Some((symbols, read(source, "sh_offset", strings_at, strings_len).ok()?))
    }
}

fn search(symbols: &[u8], strings: &[u8], address: u64) -> Option<Vec<u8>> {
    let row = symbols.chunks_exact(SYMBOL_BYTES).find(|row| {
        let (value, size) = (u64_at(row, 8), u64_at(row, 16));
        matches!(row[4] & 15, STT_FUNC | STT_GNU_IFUNC)
            && u16_at(row, 6) != 0
            && address >= value
            && address - value < size
    })?;
    let name = strings.get(u32_at(row, 0) as usize..)?.split(|byte| *byte == 0).next()?;
    (!name.is_empty()).then(|| name.to_vec())
}
