//! The dynamic symbol table and lookups in it.

use goblin::elf::section_header::SHN_ABS;
use goblin::elf::sym::{
    STB_GLOBAL, STB_GNU_UNIQUE, STB_WEAK, STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT,
    STT_TLS, STV_HIDDEN, STV_INTERNAL,
};
use goblin::elf64::sym::Sym;

use super::super::error::ElfError;
use super::View;
use super::dynamic::Dynamic;
use super::hash::{GnuHash, SysvHash, gnu_hash, sysv_hash};
use super::names::is_function_at;
use super::raw::{Bytes, u16_at, u32_at, u64_at};
use super::versions::Versions;

/// What a lookup is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupClass {
    /// Any use of the symbol's address.
    Address,
    /// A call through the procedure linkage table, for which a program's own table entry does not count.
    Call,
}

/// A reference to a symbol: its name, its version and its hashes.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// The name.
    pub name: &'a [u8],
    /// The version asked for.
    pub version: Option<&'a [u8]>,
    /// What it is for.
    pub class: LookupClass,
    gnu: u32,
    sysv: u32,
}

impl<'a> Reference<'a> {
    /// Makes a reference.
    pub fn new(name: &'a [u8], version: Option<&'a [u8]>, class: LookupClass) -> Self {
        Self { name, version, class, gnu: gnu_hash(name), sysv: sysv_hash(name) }
    }
}

/// The dynamic symbols of a file.
#[derive(Debug, Default)]
pub struct SymbolTable {
    symbols: Bytes,
    strings: Bytes,
    versions: Versions,
    gnu: Option<GnuHash>,
    sysv: Option<SysvHash>,
}

/// Reads the symbol table and what belongs to it.
pub(super) fn read(view: &View<'_>, dynamic: &Dynamic) -> Result<SymbolTable, ElfError> {
    let strings = view.at("DT_STRTAB", dynamic.strings.address, dynamic.strings.len_bytes)?;
    let gnu = dynamic.gnu_hash.map(|address| GnuHash::read(view, address)).transpose()?;
    let sysv = dynamic.hash.map(|address| SysvHash::read(view, address)).transpose()?;
    let Some(symtab) = dynamic.symtab else {
        return Ok(SymbolTable { strings, ..SymbolTable::default() });
    };
    let mut count = match (&sysv, &gnu) {
        (Some(sysv), _) => sysv.symbol_count(),
        (None, Some(gnu)) => gnu.symbol_count(),
        (None, None) => 0,
    };
    // A GNU table says nothing of a file's undefined symbols when it defines none: those lie between the symbol
    // table and the string table, which linkers put one after the other.
    if sysv.is_none() && dynamic.strings.address > symtab {
        count = count.max((dynamic.strings.address - symtab) / 24);
    }
    let left = view.locate(symtab).map_or(0, |(_, left)| left / 24);
    let symbols = view.at("DT_SYMTAB", symtab, count.min(left.max(1)) * 24)?;
    let versions = Versions::read(view, dynamic, symbols.len() as u64 / 24)?;
    Ok(SymbolTable { symbols, strings, versions, gnu, sysv })
}

impl SymbolTable {
    /// Returns how many symbols there are.
    pub fn len(&self) -> usize {
        self.symbols.len() / 24
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty()
    }

    /// Returns the string at `offset`, empty outside the table.
    pub fn string(&self, offset: u64) -> &[u8] {
        let rest = usize::try_from(offset).ok().and_then(|at| self.strings.get(at..)).unwrap_or_default();
        rest.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// Returns symbol number `index`.
    pub fn get(&self, index: u32) -> Option<Sym> {
        let at = index as usize * 24;
        let row = self.symbols.get(at..at + 24)?;
        Some(Sym {
            st_name: u32_at(row, 0),
            st_info: row[4],
            st_other: row[5],
            st_shndx: u16_at(row, 6),
            st_value: u64_at(row, 8),
            st_size: u64_at(row, 16),
        })
    }

    /// Returns a symbol's name.
    pub fn name(&self, symbol: &Sym) -> &[u8] {
        self.string(u64::from(symbol.st_name))
    }

    /// Returns the version that the reference by symbol `index` asks for.
    pub fn version_wanted(&self, index: u32) -> Option<&[u8]> {
        self.versions.wanted_by(index).map(|offset| self.string(u64::from(offset)))
    }

    /// Returns every symbol with its number.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Sym)> + '_ {
        (0..self.len() as u32).filter_map(|index| Some((index, self.get(index)?)))
    }

    /// Returns the name of the function that holds the linked address `address`.
    pub fn function_at(&self, address: u64) -> Option<&[u8]> {
        let mut rows = self.symbols.chunks_exact(24);
        let row = rows.find(|row| is_function_at(row, address))?;
        Some(self.string(u64::from(u32_at(row, 0)))).filter(|name| !name.is_empty())
    }

    /// Finds the definition of `reference` in this file.
    pub fn find(&self, reference: &Reference<'_>) -> Option<(u32, Sym)> {
        let accept = |index| self.matches(index, reference).map(|symbol| (index, symbol));
        match (&self.gnu, &self.sysv) {
            (Some(gnu), _) => gnu.find(reference.gnu, accept),
            (None, Some(sysv)) => sysv.find(reference.sysv, accept),
            (None, None) => None,
        }
    }

    fn matches(&self, index: u32, reference: &Reference<'_>) -> Option<Sym> {
        let symbol = self.get(index)?;
        let kind = symbol.st_info & 15;
        if symbol.st_value == 0 && u32::from(symbol.st_shndx) != SHN_ABS && kind != STT_TLS {
            return None;
        }
        // A program's own PLT entry stands for a function's address, but not in that entry itself.
        if symbol.st_shndx == 0 && (reference.class == LookupClass::Call || kind == STT_TLS) {
            return None;
        }
        if !matches!(kind, STT_NOTYPE | STT_OBJECT | STT_FUNC | STT_COMMON | STT_TLS | STT_GNU_IFUNC)
            || !matches!(symbol.st_info >> 4, STB_GLOBAL | STB_WEAK | STB_GNU_UNIQUE)
            || matches!(symbol.st_other & 3, STV_HIDDEN | STV_INTERNAL)
            || self.name(&symbol) != reference.name
        {
            return None;
        }
        let Some((version, is_hidden)) = self.versions.of_definition(index) else { return Some(symbol) };
        let fits = match (reference.version, version) {
            (Some(wanted), Some(version)) => wanted == self.string(u64::from(version)),
            (Some(_) | None, None) | (None, Some(_)) => !is_hidden,
        };
        fits.then_some(symbol)
    }
}
