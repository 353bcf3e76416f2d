//! What loading leaves for guest code to run: IFUNC resolvers and initialisers.
//!
//! A [`Plan`] lies in guest memory, in a mapping of its own; `libc::startup` carries it out on the guest's stack.

use alloc::vec::Vec;

use super::elf::u64_at;
use super::error::{LoadError, LoadResult};
use super::map::map_anonymous;
use super::object::ObjectId;
use super::{Namespace, map};
use crate::abi::Errno;
use crate::backend::Access;
use crate::boundary::user::{UserPtr, copy_out};
use crate::kernel::Context;
use crate::mm::Placement;

/// A place that gets what an IFUNC resolver returns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Ifunc {
    /// Where the address goes.
    pub place: *mut usize,
    /// The resolver.
    pub resolver: usize,
    /// What is added to the address.
    pub addend: usize,
}

/// A range that becomes read-only.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Seal {
    /// First address.
    pub start: usize,
    /// Length in bytes.
    pub len_bytes: usize,
}

/// A sequence in guest memory.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Sequence<T> {
    /// The first one.
    pub first: *const T,
    /// How many there are.
    pub count: usize,
}

/// What guest code runs before the program, or before `dlopen` returns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Length of the mapping this plan lies in.
    pub len_bytes: usize,
    /// IFUNC resolvers, in order.
    pub ifuncs: Sequence<Ifunc>,
    /// Ranges that become read-only after them.
    pub seals: Sequence<Seal>,
    /// Initialisers: of the program's `DT_PREINIT_ARRAY`, then of libraries.
    pub initialisers: Sequence<usize>,
    /// The program's own initialisers, run by `__libc_start_main`.
    pub program_initialisers: Sequence<usize>,
}

/// The parts of a plan, before it is put in guest memory.
#[derive(Default)]
pub struct Parts {
    /// See [`Plan`].
    pub ifuncs: Vec<(usize, usize, usize)>,
    /// See [`Plan`].
    pub seals: Vec<(usize, usize)>,
    /// See [`Plan`].
    pub initialisers: Vec<usize>,
    /// See [`Plan`].
    pub program_initialisers: Vec<usize>,
}

impl Parts {
    /// Puts the plan in guest memory.
    pub fn store(&self, cx: Context<'_>) -> Result<*mut Plan, Errno> {
        let mut words: Vec<usize> = Vec::new();
        let head = size_of::<Plan>() / 8;
        words.resize(head, 0);
        words.extend(self.ifuncs.iter().flat_map(|(place, resolver, addend)| [*place, *resolver, *addend]));
        let seals = words.len();
        words.extend(self.seals.iter().flat_map(|(start, len)| [*start, *len]));
        let initialisers = words.len();
        words.extend(&self.initialisers);
        let program = words.len();
        words.extend(&self.program_initialisers);
        let len_bytes = (words.len() * 8).next_multiple_of(4096);
        let access = Access::READ | Access::WRITE;
        let start = map_anonymous(cx, Placement::Anywhere, len_bytes, access, "[loader]")?;
        words[..head].copy_from_slice(&[
            len_bytes,
            start + head * 8,
            self.ifuncs.len(),
            start + seals * 8,
            self.seals.len(),
            start + initialisers * 8,
            self.initialisers.len(),
            start + program * 8,
            self.program_initialisers.len(),
        ]);
        UserPtr::<usize>::new(start).write_many(&words)?;
        Ok(start as *mut Plan)
    }
}

impl Namespace {
    /// Returns the functions of an array of the program's memory.
    fn functions(&self, id: ObjectId, address: u64, len_bytes: u64) -> LoadResult<Vec<usize>> {
        let Some(object) = self.object(id) else { return Ok(Vec::new()) };
        let (start, (base, object_bytes)) = (object.address(address), object.range);
        // What lies behind the object is another's, or nothing, as chance has it.
        let room = base.checked_add(object_bytes).and_then(|end| end.checked_sub(start));
        if len_bytes > 0 && (start < base || room.is_none_or(|room| len_bytes > room as u64)) {
            return Err(LoadError::bad_file(&object.image.path, &"DT_INIT_ARRAYSZ: longer than the file"));
        }
        UserPtr::<usize>::new(start)
            .read_many(len_bytes as usize / 8)
            .map_err(|errno| LoadError::failed(&object.image.path, "reading DT_INIT_ARRAY", errno))
    }

    /// Returns an object's initialisers in their order.
    pub fn initialisers(&self, id: ObjectId) -> LoadResult<Vec<usize>> {
        let Some((object, dynamic)) = self.object(id).and_then(|o| Some((o, o.image.dynamic.as_ref()?)))
        else {
            return Ok(Vec::new());
        };
        let mut all: Vec<usize> = dynamic.init.map(|init| object.address(init)).into_iter().collect();
        all.extend(self.functions(id, dynamic.init_array.address, dynamic.init_array.len_bytes)?);
        Ok(all)
    }

    /// Returns the program's `DT_PREINIT_ARRAY`.
    pub fn preinitialisers(&self, id: ObjectId) -> LoadResult<Vec<usize>> {
        match self.object(id).and_then(|object| object.image.dynamic.as_ref()) {
            Some(dynamic) => {
                self.functions(id, dynamic.preinit_array.address, dynamic.preinit_array.len_bytes)
            }
            None => Ok(Vec::new()),
        }
    }

    /// Returns an object's finalisers in their order.
    pub fn finalisers(&self, id: ObjectId) -> LoadResult<Vec<usize>> {
        let Some((object, dynamic)) = self.object(id).and_then(|o| Some((o, o.image.dynamic.as_ref()?)))
        else {
            return Ok(Vec::new());
        };
        let mut all = self.functions(id, dynamic.fini_array.address, dynamic.fini_array.len_bytes)?;
        all.reverse();
        all.extend(dynamic.fini.map(|fini| object.address(fini)));
        Ok(all)
    }

    /// Returns the range of an object that becomes read-only.
    pub fn seal(&self, id: ObjectId) -> Option<(usize, usize)> {
        let object = self.object(id)?;
        map::relro(&object.image, object.bias)
    }
}

/// Stores a word in guest memory.
pub(super) fn store_word(place: usize, value: usize) -> Result<(), Errno> {
    copy_out(place, &value.to_le_bytes())
}

/// Loads a word from guest memory.
pub(super) fn load_word(place: usize) -> Result<u64, Errno> {
    let mut bytes = [0; 8];
    crate::boundary::user::copy_in(&mut bytes, place)?;
    Ok(u64_at(&bytes, 0))
}
