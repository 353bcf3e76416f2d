//! The dynamic linker: parse, map, relocate, bind, initialise.
//!
//! [`elf`] reads files; [`load`] brings a program and its libraries into memory, with [`search`] finding them, [`map`]
//! mapping them and [`relocate`] binding them by the rules of [`scope`]. [`tls`] lays out thread-local storage, [`stack`]
//! builds what a program finds on its stack, [`missing`] stands in for what nothing defines. All of this runs in the
//! kernel; guest code (IFUNC resolvers, initialisers) runs afterwards, from the [`plan`] that loading leaves.
#![expect(unsafe_code, reason = "entry points that guest code jumps to are written in assembly")]

mod debugger;
pub mod elf;
pub mod error;
pub mod ld_conf;
mod link_map;
pub mod load;
pub mod map;
mod mapped;
pub mod missing;
pub mod object;
pub mod open;
mod order;
pub mod own;
pub mod plan;
pub mod program;
pub mod query;
pub mod relocate;
pub mod scope;
pub mod script;
pub mod search;
pub mod stack;
pub mod tls;
mod vdso;
mod verbs;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::OnceCell;

use crate::few::FewMap;
use crate::kernel::Context;
use missing::MissingSymbols;
use object::{Object, ObjectId};
use tls::TlsLayout;

/// A program's objects, symbol scope and TLS layout.
#[derive(Default)]
pub struct Namespace {
    /// Every object, by its [`ObjectId`]; `None` where one was unloaded.
    pub objects: Vec<Option<Box<Object>>>,
    /// What the program's own dynamic linker had mapped when a report last looked ([`Kernel::note_mapped`]).
    ///
    /// [`Kernel::note_mapped`]: crate::kernel::Kernel::note_mapped
    pub mapped: Vec<Object>,
    /// The global scope: the program, then what it was loaded with, then what `RTLD_GLOBAL` added.
    pub global: Vec<ObjectId>,
    /// Whether finalisers of closed objects run: what is closed meanwhile goes after them.
    pub is_closing: bool,
    /// Thread-local storage.
    pub tls: TlsLayout,
    /// What nothing defines.
    pub missing: MissingSymbols,
    /// Directories of `LD_LIBRARY_PATH`, unexpanded.
    pub library_path: Vec<Vec<u8>>,
    /// Directories of `/etc/ld.so.conf`, read when the first library is looked for.
    pub system_folders: OnceCell<Vec<Vec<u8>>>,
    /// The `link_map` that stands for the kernel's own libraries, 0 until made.
    pub kernel_map: usize,
    /// The names by which the kernel's own libraries were opened.
    pub kernel_opened: FewMap<&'static str, ()>,
    /// The names of the kernel's exports for `dladdr`, in their order, 0 until made.
    pub kernel_names: usize,
    /// How many objects were loaded and unloaded.
    pub changes: (usize, usize),
    /// Addresses of `STB_GNU_UNIQUE` symbols: the first definition serves everyone.
    pub unique: FewMap<Vec<u8>, usize>,
}

impl Namespace {
    /// Returns an object.
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id.0)?.as_deref()
    }

    /// Returns an object, to be changed.
    pub fn object_mut(&mut self, id: ObjectId) -> Option<&mut Object> {
        self.objects.get_mut(id.0)?.as_deref_mut()
    }

    /// Returns every object with its name.
    pub fn iter(&self) -> impl Iterator<Item = (ObjectId, &Object)> {
        self.objects.iter().enumerate().filter_map(|(i, slot)| Some((ObjectId(i), slot.as_deref()?)))
    }

    /// Adds an object.
    pub fn insert(&mut self, object: Object) -> ObjectId {
        self.changes.0 += 1;
        self.objects.push(Some(Box::new(object)));
        ObjectId(self.objects.len() - 1)
    }

    /// Returns the program.
    pub fn program(&self) -> Option<&Object> {
        self.object(ObjectId(0))
    }

    /// Returns the object whose image holds `address`.
    pub fn at_address(&self, address: usize) -> Option<(ObjectId, &Object)> {
        self.iter().find(|(_, object)| object.contains(address))
    }
}

/// Fills `buf` with random bytes.
pub(crate) fn random_bytes(cx: Context<'_>, buf: &mut [u8]) {
    crate::random::fill(cx.kernel, buf);
}
