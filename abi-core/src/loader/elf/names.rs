//! Names of functions by address, for reports.

use goblin::elf::program_header::{PF_R, PF_W};
use goblin::elf::section_header::{SHT_DYNSYM, SHT_SYMTAB};
use goblin::elf::sym::{STT_FUNC, STT_GNU_IFUNC};

use super::raw::{read, u16_at, u32_at, u64_at};
use super::{Bytes, ElfImage, Segment};
use crate::mm::PageSource;

const SECTION_BYTES: u64 = 64;
const SYMBOL_BYTES: usize = 24;
/// How many symbols are looked at together.
const PIECE_SYMBOLS: usize = 64;

impl ElfImage {
    /// Finds the name of the function that holds the linked address `address`, from the full symbol table if the file still
    /// has one, else from the dynamic symbols. Reads the file piece by piece, without the heap; what does not fit into `name`
    /// is cut off.
    pub fn function_at<'a>(&self, address: u64, name: &'a mut [u8]) -> Option<&'a [u8]> {
        let mut kinds = [SHT_SYMTAB, SHT_DYNSYM].into_iter();
        let offset = kinds.find_map(|kind| self.name_offset(kind, address))?;
        let len = fill(&*self.source, offset, name);
        name[..len].split(|byte| *byte == 0).next().filter(|name| !name.is_empty())
    }

    /// Finds where in the file that name is, in the symbol table of this section type.
    fn name_offset(&self, kind: u32, address: u64) -> Option<u64> {
        let source = &*self.source;
        let mut header = [0; 64];
        fill(source, 0, &mut header);
        let (table, count) = (u64_at(&header, 40), u16_at(&header, 60));
        let section = |index: u16| {
            let mut row = [0; SECTION_BYTES as usize];
            let at = table.wrapping_add(u64::from(index) * SECTION_BYTES);
            (fill(source, at, &mut row) == row.len()).then_some(row)
        };
        let symbols = (0..count).map_while(section).find(|row| u32_at(row, 4) == kind)?;
        let strings = section(u32_at(&symbols, 40) as u16)?;
        let (start, len) = (u64_at(&symbols, 24), u64_at(&symbols, 32));
        let mut rows = [0; PIECE_SYMBOLS * SYMBOL_BYTES];
        for at in (0..len).step_by(rows.len()) {
            let got = fill(source, start.wrapping_add(at), &mut rows);
            let piece = &rows[..got.min((len - at) as usize)];
            if let Some(row) = piece.chunks_exact(SYMBOL_BYTES).find(|row| is_function_at(row, address)) {
                return Some(u64_at(&strings, 24).wrapping_add(u64::from(u32_at(row, 0))));
            }
            if got < rows.len() {
                break;
            }
        }
        None
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
}

/// Reads until `buf` is full or there is no more; returns how many bytes.
fn fill(source: &dyn PageSource, offset: u64, buf: &mut [u8]) -> usize {
    let mut done = 0;
    while done < buf.len() {
        match source.read_at(offset.wrapping_add(done as u64), &mut buf[done..]) {
            Ok(n) if n > 0 => done += n,
            _ => break,
        }
    }
    done.min(buf.len())
}

/// Tells whether a row of a symbol table is a function that holds `address`.
pub(super) fn is_function_at(row: &[u8], address: u64) -> bool {
    let (value, size) = (u64_at(row, 8), u64_at(row, 16));
    matches!(row[4] & 15, STT_FUNC | STT_GNU_IFUNC)
        && u16_at(row, 6) != 0
        && address >= value
        && address - value < size
}
