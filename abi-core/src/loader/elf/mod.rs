//! Reading ELF files: headers, the dynamic section, symbols, versions, hash tables.
//!
//! The structures are goblin's; reading them is total: every length and index is checked, and what is wrong becomes an
//! [`ElfError`] that names the field and its offset. [`ElfImage`] is a parsed file; nothing here maps memory or touches
//! the guest's.

mod dynamic;
mod hash;
mod header;
mod names;
mod notes;
mod raw;
mod symbols;
mod versions;

#[cfg(test)]
mod tests;

pub use dynamic::Dynamic;
pub use hash::{gnu_hash, sysv_hash};
pub use header::{FileKind, Segment};
pub use raw::{Bytes, u16_at, u32_at, u64_at};
pub use symbols::{LookupClass, Reference, SymbolTable};

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use goblin::elf::program_header::{PF_X, PT_GNU_STACK, PT_NOTE};
use goblin::elf64::reloc::Rela;

use notes::{GO_BUILD_ID, Notes};

use super::error::{ElfError, LoadError, LoadResult};
use crate::mm::PageSource;

/// A parsed ELF file.
pub struct ElfImage {
    /// Where it was found.
    pub path: Vec<u8>,
    /// Its bytes.
    pub source: Arc<dyn PageSource>,
    /// What kind of file it is.
    pub kind: FileKind,
    /// `e_entry`.
    pub entry: u64,
    /// Where the program headers are in the file, how many there are.
    pub program_headers: (u64, u16),
    /// Every program header, in the file's order.
    pub segments: Vec<Segment>,
    /// `PT_INTERP`'s path.
    pub interpreter: Option<Vec<u8>>,
    /// The dynamic section; `None` in static programs without one.
    pub dynamic: Option<Dynamic>,
    /// The dynamic symbols.
    pub symbols: SymbolTable,
}

impl ElfImage {
    /// Reads and checks a file.
    pub fn parse(path: &[u8], source: Arc<dyn PageSource>) -> LoadResult<Self> {
        Self::read(path, source).map_err(|error| LoadError {
            is_foreign: matches!(error.field, "e_machine" | "e_ident[EI_CLASS]"),
            ..LoadError::bad_file(path, &error)
        })
    }

    fn read(path: &[u8], source: Arc<dyn PageSource>) -> Result<Self, ElfError> {
        let header = header::read(&*source)?;
        let segments = header::read_segments(&*source, &header)?;
        let view = View { source: &*source, segments: &segments };
        let interpreter = header::read_interpreter(&view)?;
        let dynamic = dynamic::read(&view)?;
        let symbols = match &dynamic {
            Some(dynamic) => symbols::read(&view, dynamic)?,
            None => SymbolTable::default(),
        };
        Ok(Self {
            path: path.to_vec(),
            kind: header.kind,
            entry: header.entry,
            program_headers: (header.phoff, header.phnum),
            interpreter,
            dynamic,
            symbols,
            source: Arc::clone(&source),
            segments,
        })
    }

    /// Returns the bytes of the file by the addresses it is linked at.
    pub fn view(&self) -> View<'_> {
        View { source: &*self.source, segments: &self.segments }
    }

    /// Returns the first program header of a type.
    pub fn segment(&self, p_type: u32) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.p_type == p_type)
    }

    /// Tells whether the Go toolchain made it: one of its notes is Go's build ID.
    pub fn is_go(&self) -> bool {
        self.segments.iter().filter(|segment| segment.p_type == PT_NOTE).any(|segment| {
            let mut bytes = [0; 1024];
            let most = bytes.len().min(segment.p_filesz as usize);
            let read = self.source.read_at(segment.p_offset, &mut bytes[..most]).unwrap_or(0);
            let align = if segment.p_align == 8 { 8 } else { 4 };
            Notes { bytes: &bytes[..read.min(most)], align }.any(|note| note == (GO_BUILD_ID, b"Go\0\0"))
        })
    }

    /// Tells whether code is to run on stacks.
    pub fn asks_for_executable_stacks(&self) -> bool {
        self.segment(PT_GNU_STACK).is_some_and(|segment| segment.p_flags & PF_X != 0)
    }

    /// Returns the loadable segments.
    pub fn loads(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|s| s.p_type == goblin::elf::program_header::PT_LOAD)
    }

    /// Returns a string of the dynamic string table.
    pub fn string(&self, offset: u64) -> &[u8] {
        self.symbols.string(offset)
    }

    /// Returns `DT_SONAME`.
    pub fn soname(&self) -> Option<&[u8]> {
        self.dynamic.as_ref()?.soname.map(|offset| self.string(offset))
    }

    /// Returns the names of `DT_NEEDED`.
    pub fn needed(&self) -> impl Iterator<Item = &[u8]> {
        self.dynamic.iter().flat_map(|dynamic| &dynamic.needed).map(|offset| self.string(*offset))
    }

    /// Returns the relocations of `DT_RELA` and then of `DT_JMPREL`, telling which of the two each is in.
    pub fn relocations(&self) -> LoadResult<Vec<Rela>> {
        let Some(dynamic) = &self.dynamic else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        let tables =
            [("DT_RELA", dynamic.rela, dynamic.relasz), ("DT_JMPREL", dynamic.jmprel, dynamic.pltrelsz)];
        for (field, address, len_bytes) in tables {
            let Some(address) = address else { continue };
            // Some linkers let DT_RELA's range take in DT_JMPREL's, which must not be done twice.
            if field == "DT_JMPREL"
                && dynamic.rela.is_some_and(|rela| {
                    address >= rela
                        && address.saturating_add(len_bytes) <= rela.saturating_add(dynamic.relasz)
                })
            {
                continue;
            }
            let bytes =
                self.view().at(field, address, len_bytes).map_err(|e| LoadError::bad_file(&self.path, &e))?;
            all.extend(bytes.chunks_exact(24).map(|row| Rela {
                r_offset: u64_at(row, 0),
                r_info: u64_at(row, 8),
                r_addend: u64_at(row, 16) as i64,
            }));
        }
        Ok(all)
    }

    /// Returns the words of `DT_RELR`.
    pub fn relr(&self) -> LoadResult<Vec<u64>> {
        let Some((dynamic, address)) = self.dynamic.as_ref().and_then(|d| Some((d, d.relr?))) else {
            return Ok(Vec::new());
        };
        let bytes = self
            .view()
            .at("DT_RELR", address, dynamic.relrsz)
            .map_err(|e| LoadError::bad_file(&self.path, &e))?;
        Ok(bytes.chunks_exact(8).map(|word| u64_at(word, 0)).collect())
    }
}

/// A file's bytes by the addresses it is linked at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The file.
    pub source: &'a dyn PageSource,
    /// Its program headers.
    pub segments: &'a [Segment],
}

impl View<'_> {
    /// Returns where in the file the byte at `address` is, and how many bytes of its segment follow in the file.
    pub fn locate(&self, address: u64) -> Option<(u64, u64)> {
        self.segments.iter().filter(|s| s.p_type == goblin::elf::program_header::PT_LOAD).find_map(|s| {
            let within = address.checked_sub(s.p_vaddr)?;
            let left = s.p_filesz.checked_sub(within).filter(|left| *left > 0)?;
            Some((s.p_offset.checked_add(within)?, left))
        })
    }

    /// Reads `len_bytes` bytes at `address`; an error names `field`.
    pub fn at(&self, field: &'static str, address: u64, len_bytes: u64) -> Result<Bytes, ElfError> {
        if len_bytes == 0 {
            return Ok(Bytes::Borrowed(&[]));
        }
        let Some((offset, left)) = self.locate(address) else {
            return Err(ElfError::new(field, 0, format!("address {address:#x} is in no loaded segment")));
        };
        if len_bytes > left {
            let end = address.saturating_add(len_bytes);
            return Err(ElfError::new(
                field,
                offset,
                format!("ends at {end:#x}, past the end of its segment"),
            ));
        }
        raw::read(self.source, field, offset, len_bytes)
    }
}
