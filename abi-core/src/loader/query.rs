//! `dlsym(3)`, `dladdr(3)` and what else is asked about loaded objects.

use alloc::format;
use alloc::vec::Vec;

use goblin::elf::program_header::PT_GNU_EH_FRAME;
use goblin::elf::sym::{STT_GNU_IFUNC, STT_TLS};
use goblin::elf64::sym::Sym;

use super::Namespace;
use super::elf::{LookupClass, Reference};
use super::error::{LoadError, LoadResult, shown};
use super::link_map::name_of;
use super::object::{Object, ObjectId};
use super::open::invalid_handle;
use super::relocate::export_address;
use super::scope::Definition;
use crate::abi::Errno;
use crate::exports;
use crate::kernel::Context;
use crate::libc::string::version::compare;
use core::sync::atomic::Ordering;

/// `RTLD_NEXT`
const NEXT: usize = usize::MAX;

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// An address.
    Address(usize),
    /// What this resolver returns.
    Ifunc(usize),
    /// A thread-local variable: module, offset.
    Thread(usize, usize),
}

/// What `dladdr` says of an address.
#[derive(Debug, Clone, Copy)]
pub struct AddressInfo {
    /// `dli_fname`, `dli_fbase`, `dli_sname`, `dli_saddr`
    pub words: [usize; 4],
    /// The `link_map`.
    pub link_map: usize,
    /// The `Elf64_Sym`, or 0.
    pub symbol: usize,
}

/// Tells whether the kernel's libraries have a version: glibc's, up to that of the newest export.
fn is_provided(version: &[u8]) -> bool {
    version.starts_with(b"GLIBC_2.") && compare(version, b"GLIBC_2.38") <= 0
}

impl Context<'_> {
    /// dlsym(3) and dlvsym(3), called from `caller`.
    pub fn dl_sym(
        self,
        handle: usize,
        name: &[u8],
        version: Option<&[u8]>,
        caller: usize,
    ) -> LoadResult<Found> {
        let mut namespace = self.thread.program.namespace.lock();
        // As for any other use of an address, a fixed program's own table entry stands for the function.
        let reference = Reference::new(name, version, LookupClass::Address);
        let places = namespace.places_of(handle, caller)?;
        let found = places.iter().find_map(|id| namespace.find_in(*id, &reference));
        let ours = || exports::find(name).filter(|_| version.is_none_or(is_provided)).map(Definition::Kernel);
        match found.or_else(ours) {
            Some(Definition::Object(id, symbol)) => {
                if handle == 0 {
                    namespace.depend(caller, id);
                }
                let Some(object) = namespace.object(id) else { return Err(invalid_handle()) };
                let address = object.symbol_address(&symbol);
                Ok(match symbol.st_info & 15 {
                    STT_GNU_IFUNC if symbol.st_shndx != 0 => Found::Ifunc(address),
                    STT_TLS => Found::Thread(object.tls_module.unwrap_or(0), symbol.st_value as usize),
                    _ => Found::Address(address),
                })
            }
            Some(Definition::Kernel(export)) if export.is_there() => {
                let libc = self.thread.program.libc.load(Ordering::Acquire);
                let address = export_address(libc, &export);
                Ok(Found::Address(address.map_err(|errno| LoadError::failed(name, "reading", errno))?))
            }
            _ => {
                let who = places.first().and_then(|id| namespace.object(*id));
                let path = who.map(|object| object.image.path.as_slice()).unwrap_or_default();
                let text = match version {
                    Some(v) => {
                        format!("{}: undefined symbol: {}, version {}", shown(path), shown(name), shown(v))
                    }
                    None => format!("{}: undefined symbol: {}", shown(path), shown(name)),
                };
                Err(LoadError { errno: Errno::ENOENT, ..LoadError::not_found(text) })
            }
        }
    }

    /// dladdr(3)
    pub fn dl_addr(self, address: usize) -> Option<AddressInfo> {
        let mut namespace = self.thread.program.namespace.lock();
        let image = self.kernel.backend.layout().image;
        if image.contains(address) {
            let link_map = namespace.kernel_link_map(self).ok()?;
            let name = namespace.kernel_name(self, address);
            let start = if name == 0 { 0 } else { address };
            let words = [name_of(link_map), image.start, name, start];
            return Some(AddressInfo { words, link_map, symbol: 0 });
        }
        let (_, object) = namespace.at_address(address)?;
        let linked = address.wrapping_sub(object.bias) as u64;
        let nearest =
            object.image.symbols.iter().filter(|(_, s)| covers(s, linked)).max_by_key(|(_, s)| s.st_value);
        let dynamic = object.image.dynamic.as_ref();
        let (name, start, symbol) = match (nearest, dynamic) {
            (Some((index, symbol)), Some(dynamic)) => (
                object.address(dynamic.strings.address + u64::from(symbol.st_name)),
                object.address(symbol.st_value),
                dynamic.symtab.map_or(0, |table| object.address(table + u64::from(index) * 24)),
            ),
            _ => (0, 0, 0),
        };
        Some(AddressInfo {
            words: [name_of(object.link_map), object.range.0, name, start],
            link_map: object.link_map,
            symbol,
        })
    }

    /// Returns the `struct dl_find_object` of the object that holds `address`: flags, start, end, `link_map`,
    /// `.eh_frame_hdr`.
    pub fn dl_find_object(self, address: usize) -> Option<[usize; 5]> {
        let mut namespace = self.thread.program.namespace.lock();
        let layout = self.kernel.backend.layout();
        if layout.image.contains(address) {
            let (start, end) = (layout.image.start, layout.image.end());
            return Some([0, start, end, namespace.kernel_link_map(self).ok()?, layout.frames.0]);
        }
        let (_, object) = namespace.at_address(address)?;
        let (start, len_bytes) = object.range;
        let frames = object.image.segment(PT_GNU_EH_FRAME).map_or(0, |s| object.address(s.p_vaddr));
        Some([0, start, start + len_bytes, object.link_map, frames])
    }

    /// Finds the unwinder the program has loaded: `_Unwind_ForcedUnwind` and `_Unwind_GetCFA`.
    pub fn dl_unwinder(self) -> Option<[usize; 2]> {
        let namespace = self.thread.program.namespace.lock();
        let find = |object: &Object, name| {
            let (_, symbol) = object.image.symbols.find(&Reference::new(name, None, LookupClass::Call))?;
            Some(object.symbol_address(&symbol))
        };
        namespace.iter().find_map(|(_, object)| {
            Some([find(object, b"_Unwind_ForcedUnwind")?, find(object, b"_Unwind_GetCFA")?])
        })
    }

    /// Returns the words of the `index`th `struct dl_phdr_info`, but `dlpi_tls_data`. The last describes the kernel image,
    /// whose library functions are on the stack of a program's callbacks.
    pub fn dl_phdr_info(self, index: usize) -> Option<[usize; 7]> {
        let mut namespace = self.thread.program.namespace.lock();
        let count = namespace.iter().count();
        if index == count {
            return namespace.kernel_phdr_info(self);
        }
        let (_, object) = namespace.iter().nth(index)?;
        let (loads, unloads) = namespace.changes;
        Some([
            object.bias,
            name_of(object.link_map),
            object.program_headers(),
            usize::from(object.image.program_headers.1),
            loads,
            unloads,
            object.tls_module.unwrap_or(0),
        ])
    }

    /// Returns what `dlinfo(3)` tells of a handle: its TLS module and its folder. The kernel has neither.
    pub fn dl_handle_info(self, handle: usize) -> Option<(usize, Option<Vec<u8>>)> {
        let namespace = self.thread.program.namespace.lock();
        if handle != 0 && handle == namespace.kernel_map {
            return Some((0, None));
        }
        let object = namespace.object(namespace.by_handle(handle)?)?;
        let folder = super::search::folder_of(&object.image.source.path()).to_vec();
        Some((object.tls_module.unwrap_or(0), Some(folder)))
    }

    /// Returns the folders in which what an object needs is looked for, in their order.
    pub fn dl_places(self, handle: usize) -> Option<Vec<Vec<u8>>> {
        let namespace = self.thread.program.namespace.lock();
        let object = namespace.by_handle(handle)?;
        let places = super::load::places(self, &namespace, Some(object));
        Some(places.all().into_iter().map(<[u8]>::to_vec).collect())
    }
}

fn covers(symbol: &Sym, linked: u64) -> bool {
    symbol.st_shndx != 0
        && symbol.st_info & 15 != STT_TLS
        && linked >= symbol.st_value
        && (linked - symbol.st_value < symbol.st_size || linked == symbol.st_value)
}

impl Object {
    /// Returns where the program headers are in memory, 0 if they are not mapped.
    pub fn program_headers(&self) -> usize {
        let (offset, _) = self.image.program_headers;
        let segment = self.image.loads().find(|s| offset >= s.p_offset && offset - s.p_offset < s.p_filesz);
        segment.map_or(0, |s| self.address(s.p_vaddr + (offset - s.p_offset)))
    }
}

impl Namespace {
    /// Keeps an object loaded as long as the one that found it by name (`RTLD_DEFAULT`) is.
    fn depend(&mut self, caller: usize, on: ObjectId) {
        let Some((from, _)) = self.at_address(caller) else { return };
        if let Some(object) = self.object_mut(from).filter(|object| !object.bound_to.contains(&on)) {
            object.bound_to.push(on);
        }
    }

    /// Returns the objects that a lookup through `handle` searches.
    fn places_of(&self, handle: usize, caller: usize) -> LoadResult<Vec<ObjectId>> {
        let from = self.at_address(caller);
        let own_scope = from.map(|(_, object)| object.local_scope.as_slice()).unwrap_or_default();
        if handle == 0 {
            return Ok(self.global.iter().chain(own_scope).copied().collect());
        }
        if handle == NEXT {
            let Some((id, _)) = from else { return Err(invalid_handle()) };
            let scope = if self.global.contains(&id) { &self.global } else { own_scope };
            return Ok(scope.iter().skip_while(|other| **other != id).skip(1).copied().collect());
        }
        if handle == self.kernel_map {
            return Ok(Vec::new());
        }
        let root = self.by_handle(handle).ok_or_else(invalid_handle)?;
        if root == ObjectId(0) {
            return Ok(self.global.clone());
        }
        let mut group = Vec::from([root]);
        let mut next = 0;
        while let Some(object) = group.get(next).and_then(|id| self.object(*id)) {
            let new: Vec<ObjectId> = object.needed.iter().copied().filter(|id| !group.contains(id)).collect();
            group.extend(new);
            next += 1;
        }
        Ok(group)
    }
}
