//! A file that is mapped: where it is, what it depends on, what it still has to run.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use goblin::elf::program_header::PT_GNU_EH_FRAME;
use goblin::elf::section_header::SHN_ABS;
use goblin::elf64::sym::Sym;

use super::elf::{Dynamic, ElfImage, FileKind};

/// Names an object of a [`super::Namespace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub usize);

/// A mapped file.
pub struct Object {
    /// The parsed file.
    pub image: ElfImage,
    /// `.eh_frame` in memory, where no program header tells: start and end.
    pub call_frames: Option<(usize, usize)>,
    /// Names that `DT_NEEDED` or `dlopen` found it by.
    pub names: Vec<Vec<u8>>,
    /// What is added to the addresses the file is linked at.
    pub bias: usize,
    /// First address of its image and length in bytes.
    pub range: (usize, usize),
    /// Its `struct link_map` in guest memory, 0 until made.
    pub link_map: usize,
    /// Its TLS module, from 1.
    pub tls_module: Option<usize>,
    /// Objects it needs, in the order of `DT_NEEDED`.
    pub needed: Vec<ObjectId>,
    /// Other objects its relocations are bound to.
    pub bound_to: Vec<ObjectId>,
    /// Who needed it first.
    pub loader: Option<ObjectId>,
    /// What its lookups search after the global scope.
    pub local_scope: Vec<ObjectId>,
    /// Whether its own group comes before the global scope (`RTLD_DEEPBIND`).
    pub is_deep_bound: bool,
    /// How often `dlopen` returned it and `dlclose` did not give it back.
    pub open_count: usize,
    /// How many destructors of its thread-local objects are still to run.
    pub thread_destructors: usize,
    /// Whether it stays for good.
    pub is_permanent: bool,
    /// Whether its initialisers were handed out.
    pub is_initialised: bool,
    /// Whether its finalisers were handed out.
    pub is_finalised: bool,
    /// Places of data symbols that a COPY relocation moved: (linked address, size, where it is now).
    pub moved: Vec<(u64, u64, usize)>,
}

impl Object {
    /// Names the kind of executable it is, if it is one, as dlerror(3) does: dlopen(3) takes none.
    pub fn kind_of_executable(&self) -> Option<&'static str> {
        match &self.image {
            image if image.kind == FileKind::Fixed => Some("executable"),
            image if image.dynamic.as_ref().is_some_and(Dynamic::is_pie) => {
                Some("position-independent executable")
            }
            _ => None,
        }
    }

    /// Makes the object of a file that is mapped: `bias` is added to its addresses, `range` is its image.
    pub fn new(image: ElfImage, bias: usize, range: (usize, usize)) -> Self {
        let call_frames = match image.segment(PT_GNU_EH_FRAME) {
            Some(_) => None,
            None => image.call_frames(),
        };
        let call_frames = call_frames.map(|(start, len)| {
            let start = bias.wrapping_add(start as usize);
            (start, start.wrapping_add(len as usize))
        });
        Self {
            call_frames,
            names: Vec::from_iter(image.soname().map(<[u8]>::to_owned)),
            image,
            bias,
            range,
            link_map: 0,
            tls_module: None,
            needed: Vec::new(),
            bound_to: Vec::new(),
            loader: None,
            local_scope: Vec::new(),
            is_deep_bound: false,
            open_count: 0,
            thread_destructors: 0,
            is_permanent: false,
            is_initialised: false,
            is_finalised: false,
            moved: Vec::new(),
        }
    }

    /// Returns the address of something linked at `address`.
    pub fn address(&self, address: u64) -> usize {
        self.bias.wrapping_add(address as usize)
    }

    /// Returns a symbol's address.
    pub fn symbol_address(&self, symbol: &Sym) -> usize {
        if u32::from(symbol.st_shndx) == SHN_ABS {
            return symbol.st_value as usize;
        }
        let moved = self.moved.iter().find(|(start, len, _)| {
            symbol.st_value == *start || symbol.st_value > *start && symbol.st_value - start < *len
        });
        match moved {
            Some((start, _, now)) => now + (symbol.st_value - start) as usize,
            None => self.address(symbol.st_value),
        }
    }

    /// Tells whether `address` lies in its image.
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.range.0) < self.range.1
    }

    /// Tells whether a 32-bit word or the start of a longer one at `address` lies in its image.
    pub fn contains_word(&self, address: usize) -> bool {
        self.contains(address) && self.contains(address.wrapping_add(3))
    }

    /// Returns the last component of its path.
    pub fn file_name(&self) -> &[u8] {
        self.image.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }
}
