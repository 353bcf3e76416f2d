//! Which definition a reference gets.

use alloc::vec::Vec;

use goblin::elf::sym::{STB_LOCAL, STV_DEFAULT};
use goblin::elf64::sym::Sym;

use super::Namespace;
use super::elf::{LookupClass, Reference};
use super::object::{Object, ObjectId};
use crate::exports::{self, Export};

/// A definition.
#[derive(Debug, Clone, Copy)]
pub enum Definition {
    /// A symbol of an object.
    Object(ObjectId, Sym),
    /// An export of the kernel.
    Kernel(Export),
}

/// Which objects a lookup skips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// None.
    Nothing,
    /// This one: a COPY relocation wants the original, not the copy.
    Object(ObjectId),
}

impl Namespace {
    /// Finds what symbol `index` of `from` refers to.
    pub fn resolve(&self, from: ObjectId, index: u32, class: LookupClass, skip: Skip) -> Option<Definition> {
        let object = self.object(from)?;
        let symbol = object.image.symbols.get(index)?;
        // What is not visible to others, or not replaceable by them, is the object's own.
        if symbol.st_shndx != 0
            && skip == Skip::Nothing
            && (symbol.st_info >> 4 == STB_LOCAL || symbol.st_other & 3 != STV_DEFAULT)
        {
            return Some(Definition::Object(from, symbol));
        }
        let name = object.image.symbols.name(&symbol);
        let version = object.image.symbols.version_wanted(index);
        self.find(from, object, &Reference::new(name, version, class), skip)
    }

    fn find(
        &self,
        from: ObjectId,
        object: &Object,
        reference: &Reference<'_>,
        skip: Skip,
    ) -> Option<Definition> {
        let own =
            object.image.dynamic.as_ref().is_some_and(super::elf::Dynamic::is_symbolic).then_some(&from);
        let (first, second) = if object.is_deep_bound {
            (&object.local_scope, &self.global)
        } else {
            (&self.global, &object.local_scope)
        };
        own.into_iter()
            .chain(first)
            .chain(second)
            .filter(|id| skip != Skip::Object(**id))
            .find_map(|id| self.find_in(*id, reference))
            .or_else(|| exports::find(reference.name).map(Definition::Kernel))
    }

    /// Returns what to call the missing symbol `index` of `object`: its name, with the version if only that is missing.
    pub fn wanted_by(&self, object: &Object, index: u32, name: &[u8]) -> Vec<u8> {
        let is_defined = |version| {
            let reference = Reference::new(name, version, LookupClass::Call);
            self.iter().any(|(id, _)| self.find_in(id, &reference).is_some())
        };
        let mut wanted = name.to_vec();
        if let Some(version) = object.image.symbols.version_wanted(index)
            && is_defined(None)
            && !is_defined(Some(version))
        {
            wanted.push(b'@');
            wanted.extend_from_slice(version);
        }
        wanted
    }

    /// Finds the definition in one object.
    pub fn find_in(&self, id: ObjectId, reference: &Reference<'_>) -> Option<Definition> {
        let (_, symbol) = self.object(id)?.image.symbols.find(reference)?;
        Some(Definition::Object(id, symbol))
    }

    /// Finds a global definition by name: the global scope, without the kernel's exports.
    pub fn find_global(&self, name: &[u8]) -> Option<Definition> {
        let reference = Reference::new(name, None, LookupClass::Call);
        self.global.iter().find_map(|id| self.find_in(*id, &reference))
    }
}
