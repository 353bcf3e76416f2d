//! Relocations (x86-64 psABI, "Relocation").

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use goblin::elf::dynamic::{
    DT_GNU_HASH, DT_HASH, DT_JMPREL, DT_NULL, DT_PLTGOT, DT_RELA, DT_STRTAB, DT_SYMTAB, DT_VERSYM,
};
use goblin::elf::program_header::PT_DYNAMIC;
use goblin::elf::reloc::*;
use goblin::elf::sym::{STB_GNU_UNIQUE, STB_WEAK, STT_FUNC, STT_GNU_IFUNC, STT_OBJECT, STT_TLS};
use goblin::elf64::reloc::Rela;

use super::Namespace;
use super::elf::{LookupClass, u64_at};
use super::error::{LoadError, LoadResult, shown};
use super::map::{Writable, open_read_only};
use super::missing::{Pending, Use};
use super::object::{Object, ObjectId};
use super::open::Strictness;
use super::plan::{Parts, load_word, store_word};
use super::scope::{Definition, Skip};
use crate::abi::Errno;
use crate::boot::MissingPolicy;
use crate::boundary::user::{copy_in, copy_out};
use crate::exports::{Export, Kind};
use crate::kernel::Context;

/// What relocating needs and gathers.
pub struct Relocator<'a> {
    /// The calling thread.
    pub cx: Context<'a>,
    /// The program's libc data.
    pub libc: usize,
    /// How missing symbols are taken.
    pub strictness: Strictness,
    /// What guest code has to run.
    pub parts: Parts,
    /// Missing symbols found.
    pub pending: Pending,
    /// Lines about symbols that must not be missing.
    pub refused: Vec<String>,
    /// Strong symbols that neither an object nor the kernel's libraries know.
    pub unknown: Vec<Vec<u8>>,
    /// Bindings between objects: (who, to whom).
    bound: Vec<(ObjectId, ObjectId)>,
    /// Objects whose unique symbols are in use: they stay.
    unique: Vec<ObjectId>,
}

/// What a symbol stands for.
#[derive(Debug, Clone, Copy)]
enum Value {
    /// An address.
    Address(usize),
    /// What this resolver returns.
    Ifunc(usize),
    /// An offset in an object's TLS block.
    Thread(ObjectId, u64),
    /// Nothing defines it.
    Missing(Use),
}

impl<'a> Relocator<'a> {
    /// Starts relocating objects of a program whose libc data is at `libc`.
    pub fn new(cx: Context<'a>, libc: usize, strictness: Strictness) -> Self {
        Self {
            cx,
            libc,
            strictness,
            parts: Parts::default(),
            pending: Pending::default(),
            refused: Vec::new(),
            unknown: Vec::new(),
            bound: Vec::new(),
            unique: Vec::new(),
        }
    }

    /// Applies an object's relocations, all but COPY.
    pub fn relocate(&mut self, namespace: &mut Namespace, id: ObjectId) -> LoadResult<()> {
        let Some(object) = namespace.object(id) else { return Ok(()) };
        let path = object.image.path.clone();
        let is_text = object.image.dynamic.as_ref().is_some_and(super::elf::Dynamic::has_text_relocations);
        if is_text {
            open_read_only(self.cx, &object.image, object.bias, Writable::Yes)?;
        }
        relocate_relative(object)?;
        let relocations = object.image.relocations()?;
        for row in &relocations {
            self.apply(namespace, id, row).map_err(|error| match error {
                Failure::Store(errno) => {
                    let what =
                        format!("r_offset: relocation at {:#x} can't be stored ({errno})", row.r_offset);
                    LoadError::bad_file(&path, &what)
                }
                Failure::Load(error) => error,
            })?;
        }
        self.bound.dedup();
        for (who, whom) in core::mem::take(&mut self.bound) {
            if let Some(object) = namespace.object_mut(who).filter(|object| !object.bound_to.contains(&whom))
            {
                object.bound_to.push(whom);
            }
        }
        for id in core::mem::take(&mut self.unique) {
            if let Some(object) = namespace.object_mut(id) {
                object.is_permanent = true;
            }
        }
        if let Some(object) = namespace.object(id) {
            relocate_dynamic(object);
            if is_text {
                open_read_only(self.cx, &object.image, object.bias, Writable::No)?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, namespace: &mut Namespace, id: ObjectId, row: &Rela) -> Result<(), Failure> {
        let (kind, index) = (row.r_info as u32, (row.r_info >> 32) as u32);
        let Some(object) = namespace.object(id) else { return Ok(()) };
        let place = object.address(row.r_offset);
        let addend = row.r_addend as usize;
        if matches!(kind, R_X86_64_NONE | R_X86_64_COPY) {
            return Ok(());
        }
        // Whatever lies elsewhere, another object or the heap, is not for this file to change.
        if !object.contains_word(place) {
            return Err(Failure::Store(Errno::EFAULT));
        }
        match kind {
            R_X86_64_RELATIVE | R_X86_64_RELATIVE64 => {
                return Ok(store_word(place, object.bias.wrapping_add(addend))?);
            }
            R_X86_64_IRELATIVE => {
                self.parts.ifuncs.push((place, object.bias.wrapping_add(addend), 0));
                return Ok(());
            }
            R_X86_64_DTPMOD64 | R_X86_64_DTPOFF64 | R_X86_64_DTPOFF32 | R_X86_64_TPOFF64
            | R_X86_64_TPOFF32 | R_X86_64_TLSDESC => return self.apply_tls(namespace, id, row, place),
            _ => {}
        }
        let class = if kind == R_X86_64_JUMP_SLOT { LookupClass::Call } else { LookupClass::Address };
        if kind == R_X86_64_SIZE32 || kind == R_X86_64_SIZE64 {
            let size = match namespace.resolve(id, index, class, Skip::Nothing) {
                Some(Definition::Object(_, symbol)) => symbol.st_size as usize,
                _ => 0,
            };
            return store(kind, row, object, place, size.wrapping_add(addend));
        }
        let value = self.value(namespace, id, index, kind)?;
        let Some(object) = namespace.object(id) else { return Ok(()) };
        let addend = if matches!(kind, R_X86_64_GLOB_DAT | R_X86_64_JUMP_SLOT) { 0 } else { addend };
        match value {
            Value::Address(address) => store(kind, row, object, place, address.wrapping_add(addend)),
            Value::Ifunc(resolver) => {
                require_word(kind, row, object)?;
                self.parts.ifuncs.push((place, resolver, addend));
                Ok(())
            }
            Value::Missing(usage) => {
                require_word(kind, row, object)?;
                let name = object.image.symbols.get(index).map(|s| object.image.symbols.name(&s));
                let wanted = namespace.wanted_by(object, index, name.unwrap_or_default());
                self.pending.0.push((wanted, usage, place, addend as i64));
                Ok(())
            }
            Value::Thread(..) => Err(damaged(row, object, "r_info: refers to a thread-local symbol").into()),
        }
    }

    fn value(&mut self, namespace: &mut Namespace, id: ObjectId, index: u32, kind: u32) -> LoadResult<Value> {
        let Some(object) = namespace.object(id) else { return Ok(Value::Address(0)) };
        if index == 0 {
            return Ok(Value::Address(object.bias));
        }
        let Some(symbol) = object.image.symbols.get(index) else {
            let what = format!("r_info: symbol {index} is not in DT_SYMTAB");
            return Err(LoadError::bad_file(&object.image.path, &what));
        };
        let class = if kind == R_X86_64_JUMP_SLOT { LookupClass::Call } else { LookupClass::Address };
        let is_known_function = match namespace.resolve(id, index, class, Skip::Nothing) {
            Some(Definition::Object(from, definition)) => {
                let Some(provider) = namespace.object(from) else { return Ok(Value::Address(0)) };
                let mut address = provider.symbol_address(&definition);
                if from != id && !object.needed.contains(&from) && !object.bound_to.contains(&from) {
                    self.bound.push((id, from));
                }
                if definition.st_info >> 4 == STB_GNU_UNIQUE && definition.st_shndx != 0 {
                    let name = object.image.symbols.name(&symbol).to_vec();
                    match namespace.unique.get(&name) {
                        Some(&first) => address = first,
                        None => drop(namespace.unique.insert(name, address)),
                    }
                    self.unique.push(from);
                }
                return Ok(match definition.st_info & 15 {
                    STT_GNU_IFUNC if definition.st_shndx != 0 => Value::Ifunc(address),
                    STT_TLS => Value::Thread(from, definition.st_value),
                    _ => Value::Address(address),
                });
            }
            Some(Definition::Kernel(export)) if export.is_there() => {
                return Ok(Value::Address(self.export_address(&export).map_err(|errno| {
                    LoadError::failed(&object.image.path, "reading the library's data", errno)
                })?));
            }
            Some(Definition::Kernel(_)) => true,
            None => false,
        };
        if symbol.st_info >> 4 == STB_WEAK {
            return Ok(Value::Address(0));
        }
        let name = object.image.symbols.name(&symbol);
        let wanted = namespace.wanted_by(object, index, name);
        log::debug!("{}: missing symbol {}", shown(&object.image.path), shown(&wanted));
        let is_needed_now = match self.strictness {
            Strictness::Program => false,
            Strictness::Lazy => !is_known_function && kind != R_X86_64_JUMP_SLOT,
            Strictness::Now => !is_known_function,
        };
        if is_needed_now {
            let version = match object.image.symbols.version_wanted(index) {
                Some(version) => format!(", version {}", shown(version)),
                None => String::new(),
            };
            let path = shown(&object.image.path);
            self.refused.push(format!("{path}: undefined symbol: {}{version}", shown(name)));
            return Ok(Value::Address(0));
        }
        if !is_known_function {
            self.unknown.push(wanted.clone());
        }
        if symbol.st_info & 15 == STT_OBJECT || self.cx.kernel.boot.missing == MissingPolicy::Fail {
            self.refused.push(format!("{}: missing symbol {}", shown(&object.image.path), shown(&wanted)));
            return Ok(Value::Address(0));
        }
        let is_function = kind == R_X86_64_JUMP_SLOT
            || symbol.st_info & 15 == STT_FUNC
            || is_known_function
            || self.cx.kernel.boot.missing == MissingPolicy::Enosys;
        Ok(Value::Missing(if is_function { Use::Function } else { Use::Unknown }))
    }

    /// Returns where an export is.
    pub fn export_address(&self, export: &Export) -> Result<usize, Errno> {
        export_address(self.libc, export)
    }

    fn apply_tls(
        &mut self,
        namespace: &mut Namespace,
        id: ObjectId,
        row: &Rela,
        place: usize,
    ) -> Result<(), Failure> {
        let (kind, index) = (row.r_info as u32, (row.r_info >> 32) as u32);
        let (from, offset) = if index == 0 {
            (id, 0)
        } else {
            match self.value(namespace, id, index, kind)? {
                Value::Thread(from, offset) => (from, offset),
                // A weak reference that nothing defines.
                _ => return Ok(()),
            }
        };
        let Some(object) = namespace.object(id) else { return Ok(()) };
        let Some(module) = namespace.object(from).and_then(|provider| provider.tls_module) else {
            return Err(damaged(row, object, "r_info: refers to an object without PT_TLS").into());
        };
        let offset = (offset as usize).wrapping_add(row.r_addend as usize);
        match kind {
            R_X86_64_DTPMOD64 => Ok(store_word(place, module)?),
            R_X86_64_DTPOFF64 => Ok(store_word(place, offset)?),
            R_X86_64_DTPOFF32 => store(kind, row, object, place, offset),
            R_X86_64_TPOFF64 | R_X86_64_TPOFF32 => {
                let name = object.image.path.clone();
                let block = namespace.tls.make_static(module).map_err(|errno| {
                    let why = match errno {
                        Errno::EBUSY => "initial-exec thread-local storage that is in use elsewhere already",
                        _ => "no room left for its initial-exec thread-local storage",
                    };
                    LoadError::bad_file(&name, &why)
                })?;
                let Some(object) = namespace.object(id) else { return Ok(()) };
                store(kind, row, object, place, offset.wrapping_sub(block))
            }
            _ => {
                let (function, argument) =
                    namespace.tls.descriptor(self.cx, module, offset).map_err(Failure::Store)?;
                store_word(place, function)?;
                Ok(store_word(place + 8, argument)?)
            }
        }
    }

    /// Applies an object's COPY relocations: moves data symbols of others into it.
    pub fn copy_data(&mut self, namespace: &mut Namespace, id: ObjectId) -> LoadResult<()> {
        let Some(object) = namespace.object(id) else { return Ok(()) };
        let path = object.image.path.clone();
        let relocations = object.image.relocations()?;
        for row in relocations.iter().filter(|row| row.r_info as u32 == R_X86_64_COPY) {
            let Some(object) = namespace.object(id) else { return Ok(()) };
            let index = (row.r_info >> 32) as u32;
            let place = object.address(row.r_offset);
            let failed = |errno| LoadError::failed(&path, "copying a data symbol", errno);
            if !object.contains_word(place) {
                return Err(failed(Errno::EFAULT));
            }
            let Some(symbol) = object.image.symbols.get(index) else {
                return Err(LoadError::bad_file(&path, &"r_info: a COPY relocation without a symbol"));
            };
            match namespace.resolve(id, index, LookupClass::Address, Skip::Object(id)) {
                Some(Definition::Object(from, definition)) => {
                    let Some(provider) = namespace.object_mut(from) else { continue };
                    let len = definition.st_size.min(symbol.st_size);
                    copy_guest(provider.symbol_address(&definition), place, len as usize).map_err(failed)?;
                    provider.moved.push((definition.st_value, definition.st_size.max(1), place));
                }
                Some(Definition::Kernel(export)) if export.is_there() => {
                    self.copy_export(&export, place, symbol.st_size as usize).map_err(failed)?;
                }
                _ if symbol.st_info >> 4 == STB_WEAK => {}
                _ => {
                    let name = shown(object.image.symbols.name(&symbol));
                    self.refused.push(format!("{}: missing data symbol {name}", shown(&path)));
                }
            }
        }
        Ok(())
    }

    fn copy_export(&self, export: &Export, place: usize, len_bytes: usize) -> Result<(), Errno> {
        match export.kind {
            Kind::Data { offset_bytes, size_bytes } => {
                copy_guest(self.export_address(export)?, place, usize::from(size_bytes).min(len_bytes))?;
                // The first word of a `DataObject` says where the program's copy is.
                store_word(self.libc + usize::from(offset_bytes), place)
            }
            Kind::Constant { size_bytes } => {
                copy_guest(export.address as usize, place, usize::from(size_bytes).min(len_bytes))
            }
            Kind::Pure | Kind::Kernel => copy_guest(export.address as usize, place, len_bytes),
        }
    }
}

/// Returns where an export of the program with this libc data is.
pub fn export_address(libc: usize, export: &Export) -> Result<usize, Errno> {
    let Kind::Data { offset_bytes, .. } = export.kind else { return Ok(export.address as usize) };
    let object = libc + usize::from(offset_bytes);
    Ok(match load_word(object)? {
        0 => object + 8,
        copy => copy as usize,
    })
}

fn copy_guest(from: usize, to: usize, len_bytes: usize) -> Result<(), Errno> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len_bytes).map_err(|_| Errno::ENOMEM)?;
    bytes.resize(len_bytes, 0);
    copy_in(&mut bytes, from)?;
    copy_out(to, &bytes)
}

/// Applies `DT_RELR`: words that get the bias added.
fn relocate_relative(object: &Object) -> LoadResult<()> {
    let add = |place: usize| {
        let done = if object.contains_word(place) { load_word(place) } else { Err(Errno::EFAULT) };
        let done = done.and_then(|old| store_word(place, object.bias.wrapping_add(old as usize)));
        done.map_err(|errno| {
            let what = format!("DT_RELR: relocation at {:#x} ({errno})", place.wrapping_sub(object.bias));
            LoadError::bad_file(&object.image.path, &what)
        })
    };
    let mut next = 0usize;
    for word in object.image.relr()? {
        if word & 1 == 0 {
            add(object.address(word))?;
            next = object.address(word).wrapping_add(8);
            continue;
        }
        for bit in (1..64).filter(|bit| word >> bit & 1 != 0) {
            add(next.wrapping_add((bit - 1) * 8))?;
        }
        next = next.wrapping_add(63 * 8);
    }
    Ok(())
}

/// Makes the addresses of the dynamic section those of memory, as glibc does for programs that read it there (D's runtime).
fn relocate_dynamic(object: &Object) {
    let Some(segment) = object.image.segment(PT_DYNAMIC).filter(|_| object.bias != 0) else { return };
    let start = object.address(segment.p_vaddr);
    let mut section = alloc::vec![0; segment.p_filesz.min(segment.p_memsz) as usize];
    if copy_in(&mut section, start).is_err() {
        return;
    }
    for (index, row) in section.chunks_exact(16).enumerate() {
        match u64_at(row, 0) {
            DT_NULL => break,
            DT_HASH | DT_PLTGOT | DT_STRTAB | DT_SYMTAB | DT_RELA | DT_JMPREL | DT_VERSYM | DT_GNU_HASH => {
                let place = start + index * 16 + 8;
                // A section in a read-only segment keeps what the file says.
                if !object.contains_word(place) || store_word(place, object.address(u64_at(row, 8))).is_err()
                {
                    break;
                }
            }
            _ => {}
        }
    }
}

/// Why a relocation could not be applied.
enum Failure {
    Store(Errno),
    Load(LoadError),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Store(errno)
    }
}
impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

fn damaged(row: &Rela, object: &Object, what: &str) -> LoadError {
    LoadError::bad_file(&object.image.path, &format!("relocation at {:#x}: {what}", row.r_offset))
}

fn require_word(kind: u32, row: &Rela, object: &Object) -> LoadResult<()> {
    if matches!(kind, R_X86_64_64 | R_X86_64_GLOB_DAT | R_X86_64_JUMP_SLOT) {
        return Ok(());
    }
    Err(damaged(row, object, "r_info: a type that can't hold any address"))
}

/// What is stored at a place: its width, and whether it is signed.
fn width_of(kind: u32) -> Option<(usize, bool)> {
    Some(match kind {
        R_X86_64_64 | R_X86_64_GLOB_DAT | R_X86_64_JUMP_SLOT | R_X86_64_PC64 | R_X86_64_SIZE64
        | R_X86_64_TPOFF64 => (8, false),
        R_X86_64_32 | R_X86_64_SIZE32 => (4, false),
        R_X86_64_32S | R_X86_64_PC32 | R_X86_64_PLT32 | R_X86_64_DTPOFF32 | R_X86_64_TPOFF32 => (4, true),
        R_X86_64_16 => (2, false),
        R_X86_64_PC16 => (2, true),
        R_X86_64_8 => (1, false),
        R_X86_64_PC8 => (1, true),
        _ => return None,
    })
}

/// Computes the bytes of a relocation's value; `None` when it does not fit.
pub(super) fn encode(value: u64, width: usize, is_signed: bool) -> Option<[u8; 8]> {
    let bits = width as u32 * 8;
    let fits = bits == 64
        || if is_signed {
            let high = (value as i64) >> (bits - 1);
            high == 0 || high == -1
        } else {
            value >> bits == 0
        };
    fits.then(|| value.to_le_bytes())
}

fn store(kind: u32, row: &Rela, object: &Object, place: usize, value: usize) -> Result<(), Failure> {
    let Some((width, is_signed)) = width_of(kind) else {
        return Err(damaged(row, object, &format!("r_info: unknown type {kind}")).into());
    };
    let is_relative =
        matches!(kind, R_X86_64_PC64 | R_X86_64_PC32 | R_X86_64_PLT32 | R_X86_64_PC16 | R_X86_64_PC8);
    let value = if is_relative { value.wrapping_sub(place) } else { value };
    let bytes = encode(value as u64, width, is_signed)
        .ok_or_else(|| damaged(row, object, &format!("{value:#x} does not fit {width} bytes")))?;
    Ok(copy_out(place, &bytes[..width])?)
}
