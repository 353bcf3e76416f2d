//! Symbol versions: `DT_VERSYM`, `DT_VERDEF`, `DT_VERNEED`.

use alloc::vec::Vec;

use super::super::error::ElfError;
use super::View;
use super::dynamic::Dynamic;
use super::raw::{Bytes, u16_at, u32_at};

/// The bit of a version index that hides a symbol from references without a version.
const HIDDEN: u16 = 0x8000;
/// `VER_FLG_BASE`: the entry names the file itself.
const BASE: u16 = 1;

/// Name offsets of versions by their index, which counts from 2; 0, the empty name, where there is none.
#[derive(Debug, Default)]
struct Names(Vec<u32>);

impl Names {
    fn insert(&mut self, index: u16, name: u32) {
        let index = usize::from(index & !HIDDEN);
        if index >= self.0.len() {
            self.0.resize(index + 1, 0);
        }
        self.0[index] = name;
    }

    fn get(&self, index: u16) -> Option<u32> {
        self.0.get(usize::from(index & !HIDDEN)).copied().filter(|&name| name != 0)
    }
}

/// A file's symbol versions.
#[derive(Debug, Default)]
pub(super) struct Versions {
    indices: Bytes,
    defined: Names,
    needed: Names,
}

impl Versions {
    /// Reads the tables of a file with `symbol_count` symbols.
    pub(super) fn read(view: &View<'_>, dynamic: &Dynamic, symbol_count: u64) -> Result<Self, ElfError> {
        let Some(address) = dynamic.versym else { return Ok(Self::default()) };
        let indices = view.at("DT_VERSYM", address, symbol_count * 2)?;
        Ok(Self { indices, defined: read_defined(view, dynamic)?, needed: read_needed(view, dynamic)? })
    }

    /// Returns the name offset of the version that the reference by symbol `index` asks for.
    pub(super) fn wanted_by(&self, index: u32) -> Option<u32> {
        let version = self.index_of(index)?;
        self.needed.get(version).or_else(|| self.defined.get(version))
    }

    /// Returns the name offset of the version in which symbol `index` is defined, and whether it is hidden. `None`
    /// if the file has no versions.
    pub(super) fn of_definition(&self, index: u32) -> Option<(Option<u32>, bool)> {
        let version = self.index_of(index)?;
        Some((self.defined.get(version), version & HIDDEN != 0))
    }

    fn index_of(&self, symbol: u32) -> Option<u16> {
        let at = symbol as usize * 2;
        (at + 2 <= self.indices.len()).then(|| u16_at(&self.indices, at))
    }
}

fn read_defined(view: &View<'_>, dynamic: &Dynamic) -> Result<Names, ElfError> {
    let mut versions = Names::default();
    let Some((mut address, count)) = dynamic.verdef else { return Ok(versions) };
    for _ in 0..count.min(0xffff) {
        let entry = view.at("DT_VERDEF", address, 20)?;
        let (flags, index) = (u16_at(&entry, 2), u16_at(&entry, 4));
        let (aux, next) = (u64::from(u32_at(&entry, 12)), u64::from(u32_at(&entry, 16)));
        if flags & BASE == 0 {
            let name = view.at("DT_VERDEF", address.wrapping_add(aux), 8)?;
            versions.insert(index, u32_at(&name, 0));
        }
        if next == 0 {
            break;
        }
        address = address.wrapping_add(next);
    }
    Ok(versions)
}

fn read_needed(view: &View<'_>, dynamic: &Dynamic) -> Result<Names, ElfError> {
    let mut versions = Names::default();
    let Some((mut address, count)) = dynamic.verneed else { return Ok(versions) };
    for _ in 0..count.min(0xffff) {
        let entry = view.at("DT_VERNEED", address, 16)?;
        let (aux_count, aux, next) = (u16_at(&entry, 2), u32_at(&entry, 8), u32_at(&entry, 12));
        let mut at = address.wrapping_add(u64::from(aux));
        for _ in 0..aux_count {
            let need = view.at("DT_VERNEED", at, 16)?;
            versions.insert(u16_at(&need, 6), u32_at(&need, 8));
            match u32_at(&need, 12) {
                0 => break,
                next => at = at.wrapping_add(u64::from(next)),
            }
        }
        if next == 0 {
            break;
        }
        address = address.wrapping_add(u64::from(next));
    }
    Ok(versions)
}
