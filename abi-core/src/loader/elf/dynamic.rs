//! The dynamic section.

use alloc::format;
use alloc::vec::Vec;

use goblin::elf::dynamic::*;
use goblin::elf::program_header::PT_DYNAMIC;

use super::super::error::ElfError;
use super::View;
use super::raw::u64_at;

const DT_RELRSZ: u64 = 35;
const DT_RELR: u64 = 36;
const DT_RELRENT: u64 = 37;

/// A table of the file: its address and its length in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Table {
    /// Address it is linked at.
    pub address: u64,
    /// Length in bytes.
    pub len_bytes: u64,
}

/// What the dynamic section says. Addresses are those the file is linked at; names are offsets in the string table.
#[derive(Debug, Clone, Default)]
pub struct Dynamic {
    /// `DT_NEEDED`
    pub needed: Vec<u64>,
    /// `DT_SONAME`
    pub soname: Option<u64>,
    /// `DT_RPATH`
    pub rpath: Option<u64>,
    /// `DT_RUNPATH`
    pub runpath: Option<u64>,
    /// `DT_STRTAB`, `DT_STRSZ`
    pub strings: Table,
    /// `DT_SYMTAB`
    pub symtab: Option<u64>,
    /// `DT_HASH`
    pub hash: Option<u64>,
    /// `DT_GNU_HASH`
    pub gnu_hash: Option<u64>,
    /// `DT_VERSYM`
    pub versym: Option<u64>,
    /// `DT_VERDEF`, `DT_VERDEFNUM`
    pub verdef: Option<(u64, u64)>,
    /// `DT_VERNEED`, `DT_VERNEEDNUM`
    pub verneed: Option<(u64, u64)>,
    /// `DT_RELA`
    pub rela: Option<u64>,
    /// `DT_RELASZ`
    pub relasz: u64,
    /// `DT_RELR`
    pub relr: Option<u64>,
    /// `DT_RELRSZ`
    pub relrsz: u64,
    /// `DT_JMPREL`
    pub jmprel: Option<u64>,
    /// `DT_PLTRELSZ`
    pub pltrelsz: u64,
    /// `DT_INIT`
    pub init: Option<u64>,
    /// `DT_FINI`
    pub fini: Option<u64>,
    /// `DT_PREINIT_ARRAY`
    pub preinit_array: Table,
    /// `DT_INIT_ARRAY`
    pub init_array: Table,
    /// `DT_FINI_ARRAY`
    pub fini_array: Table,
    /// `DT_FLAGS` with the older tags of the same meaning.
    pub flags: u64,
    /// `DT_FLAGS_1`
    pub flags_1: u64,
}

impl Dynamic {
    /// Tells whether the file's own definitions come first in its lookups.
    pub fn is_symbolic(&self) -> bool {
        self.flags & DF_SYMBOLIC != 0
    }
    /// Tells whether relocations change read-only segments.
    pub fn has_text_relocations(&self) -> bool {
        self.flags & DF_TEXTREL != 0
    }
    /// Tells whether the file is a program, not a library.
    pub fn is_pie(&self) -> bool {
        self.flags_1 & DF_1_PIE != 0
    }
    /// Tells whether the file's initialisers come before those of all others.
    pub fn is_initialised_first(&self) -> bool {
        self.flags_1 & DF_1_INITFIRST != 0
    }
    /// Tells whether dlopen(3) refuses the file.
    pub fn is_never_opened(&self) -> bool {
        self.flags_1 & DF_1_NOOPEN != 0
    }
    /// Tells whether the file stays once it is loaded.
    pub fn is_permanent(&self) -> bool {
        self.flags_1 & DF_1_NODELETE != 0
    }
}

/// Reads the dynamic section.
pub(super) fn read(view: &View<'_>) -> Result<Option<Dynamic>, ElfError> {
    let Some(segment) = view.segments.iter().find(|s| s.p_type == PT_DYNAMIC) else { return Ok(None) };
    let bytes = view.at("PT_DYNAMIC", segment.p_vaddr, segment.p_filesz.min(segment.p_memsz))?;
    let at = view.locate(segment.p_vaddr).map_or(segment.p_offset, |(offset, _)| offset);
    let mut dynamic = Dynamic::default();
    let (mut strings_seen, mut verdefnum, mut verneednum) = (false, 0, 0);
    let (mut verdef, mut verneed) = (None, None);
    for (index, row) in bytes.chunks_exact(16).enumerate() {
        let (tag, value) = (u64_at(row, 0), u64_at(row, 8));
        let must_be = |field, wanted| {
            if value == wanted {
                Ok(())
            } else {
                Err(ElfError::new(field, at + index as u64 * 16 + 8, format!("{value:#x}, not {wanted:#x}")))
            }
        };
        match tag {
            DT_NULL => break,
            DT_NEEDED => dynamic.needed.push(value),
            DT_SONAME => dynamic.soname = Some(value),
            DT_RPATH => dynamic.rpath = Some(value),
            DT_RUNPATH => dynamic.runpath = Some(value),
            DT_STRTAB => {
                dynamic.strings.address = value;
                strings_seen = true;
            }
            DT_STRSZ => dynamic.strings.len_bytes = value,
            DT_SYMTAB => dynamic.symtab = Some(value),
            DT_SYMENT => must_be("DT_SYMENT", 24)?,
            DT_HASH => dynamic.hash = Some(value),
            DT_GNU_HASH => dynamic.gnu_hash = Some(value),
            DT_VERSYM => dynamic.versym = Some(value),
            DT_VERDEF => verdef = Some(value),
            DT_VERDEFNUM => verdefnum = value,
            DT_VERNEED => verneed = Some(value),
            DT_VERNEEDNUM => verneednum = value,
            DT_RELA => dynamic.rela = Some(value),
            DT_RELASZ => dynamic.relasz = value,
            DT_RELAENT => must_be("DT_RELAENT", 24)?,
            DT_REL => {
                let at = at + index as u64 * 16;
                return Err(ElfError::new("DT_REL", at, "x86-64 files have relocations with addends only"));
            }
            DT_RELR => dynamic.relr = Some(value),
            DT_RELRSZ => dynamic.relrsz = value,
            DT_RELRENT => must_be("DT_RELRENT", 8)?,
            DT_JMPREL => dynamic.jmprel = Some(value),
            DT_PLTRELSZ => dynamic.pltrelsz = value,
            DT_PLTREL => must_be("DT_PLTREL", DT_RELA)?,
            DT_INIT => dynamic.init = Some(value),
            DT_FINI => dynamic.fini = Some(value),
            DT_PREINIT_ARRAY => dynamic.preinit_array.address = value,
            DT_PREINIT_ARRAYSZ => dynamic.preinit_array.len_bytes = value,
            DT_INIT_ARRAY => dynamic.init_array.address = value,
            DT_INIT_ARRAYSZ => dynamic.init_array.len_bytes = value,
            DT_FINI_ARRAY => dynamic.fini_array.address = value,
            DT_FINI_ARRAYSZ => dynamic.fini_array.len_bytes = value,
            DT_SYMBOLIC => dynamic.flags |= DF_SYMBOLIC,
            DT_TEXTREL => dynamic.flags |= DF_TEXTREL,
            DT_BIND_NOW => dynamic.flags |= DF_BIND_NOW,
            DT_FLAGS => dynamic.flags |= value,
            DT_FLAGS_1 => dynamic.flags_1 |= value,
            _ => {}
        }
    }
    if !strings_seen {
        return Err(ElfError::new("DT_STRTAB", at, "missing from the dynamic section"));
    }
    dynamic.verdef = verdef.map(|address| (address, verdefnum));
    dynamic.verneed = verneed.map(|address| (address, verneednum));
    Ok(Some(dynamic))
}
