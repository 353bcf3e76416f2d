//! `struct link_map`: what handles of `dlopen` point to, and what debuggers and `dladdr1` see.

use alloc::vec::Vec;

use super::Namespace;
use super::map::map_anonymous;
use super::object::Object;
use super::plan::store_word;
use crate::abi::{Errno, Result};
use crate::backend::Access;
use crate::boundary::user::copy_out;
use crate::exports;
use crate::kernel::Context;
use crate::mm::Placement;
use goblin::elf::program_header::{PF_R, PF_X, PT_DYNAMIC, PT_GNU_EH_FRAME, PT_LOAD};

/// Length of `struct link_map`: `l_addr`, `l_name`, `l_ld`, `l_next`, `l_prev`.
const LINK_MAP_BYTES: usize = 40;
const PAGE_BYTES: usize = 4096;
/// What the kernel's own libraries are called.
const KERNEL_NAME: &[u8] = b"libc.so.6";
/// Length of a program header.
const PROGRAM_HEADER_BYTES: usize = 56;

/// Returns where the kernel image's program headers are.
const fn kernel_headers(map: usize) -> usize {
    map + (LINK_MAP_BYTES + KERNEL_NAME.len() + 1).next_multiple_of(8)
}

/// Makes a `link_map` with the name `name`.
fn make(cx: Context<'_>, bias: usize, name: &[u8], dynamic: usize) -> Result<usize> {
    let len_bytes = LINK_MAP_BYTES + name.len() + 1;
    let access = Access::READ | Access::WRITE;
    let map = map_anonymous(cx, Placement::Anywhere, len_bytes, access, "[loader]")?;
    store_word(map, bias)?;
    store_word(map + 8, map + LINK_MAP_BYTES)?;
    store_word(map + 16, dynamic)?;
    copy_out(map + LINK_MAP_BYTES, name)?;
    Ok(map)
}

/// Makes an object's `link_map`. A program's has an empty name, as on Linux.
pub(super) fn make_for(cx: Context<'_>, object: &Object, is_program: bool) -> Result<usize> {
    let dynamic = object.image.segment(PT_DYNAMIC).map_or(0, |segment| object.address(segment.p_vaddr));
    let name = if is_program { &[][..] } else { &object.image.path };
    make(cx, object.bias, name, dynamic)
}

/// Gives a `link_map` back.
pub(super) fn release(cx: Context<'_>, map: usize, name_bytes: usize) {
    let len_bytes = (LINK_MAP_BYTES + name_bytes + 1).next_multiple_of(PAGE_BYTES);
    // It was mapped by us; should the program have removed it, there is nothing to give back.
    let _ = cx.kernel.mm.unmap(map, len_bytes);
}

/// Returns where the name of a `link_map` is.
pub(super) const fn name_of(map: usize) -> usize {
    map + LINK_MAP_BYTES
}

impl Namespace {
    /// Links the `link_map`s in load order.
    pub(super) fn link_all(&self) {
        let mut previous = 0;
        for (_, object) in self.iter().filter(|(_, object)| object.link_map != 0) {
            let linked = (|| {
                store_word(object.link_map + 24, 0)?;
                store_word(object.link_map + 32, previous)?;
                if previous == 0 { Ok(()) } else { store_word(previous + 24, object.link_map) }
            })();
            if linked == Err(Errno::EFAULT) {
                log::warn!("the program removed the loader's own memory");
            }
            previous = object.link_map;
        }
    }

    /// Returns the handle that stands for the kernel's own libraries. Program headers that describe the kernel image
    /// lie after the name.
    pub(super) fn kernel_link_map(&mut self, cx: Context<'_>) -> Result<usize> {
        if self.kernel_map == 0 {
            let layout = cx.kernel.backend.layout();
            let map = make(cx, layout.image.start, KERNEL_NAME, 0)?;
            let frames = layout.frames;
            let load = (PT_LOAD, PF_R | PF_X, 0, layout.image.len_bytes);
            let frames =
                (PT_GNU_EH_FRAME, PF_R, frames.0 - layout.image.start.min(frames.0), frames.1 - frames.0);
            for (index, (kind, flags, start, len_bytes)) in [load, frames].into_iter().enumerate() {
                let words =
                    [kind as usize | (flags as usize) << 32, start, start, start, len_bytes, len_bytes, 4096];
                for (word, value) in words.into_iter().enumerate() {
                    store_word(kernel_headers(map) + index * PROGRAM_HEADER_BYTES + word * 8, value)?;
                }
            }
            self.kernel_map = map;
        }
        Ok(self.kernel_map)
    }

    /// Returns where the name of the export at `address` is, 0 if there is none.
    pub(super) fn kernel_name(&mut self, cx: Context<'_>, address: usize) -> usize {
        let Some(number) = exports::number_at(address) else { return 0 };
        if self.kernel_names == 0 {
            let mut names: Vec<u8> = Vec::new();
            for export in exports::all() {
                names.extend_from_slice(export.name.as_bytes());
                names.push(0);
            }
            let access = Access::READ | Access::WRITE;
            let map = map_anonymous(cx, Placement::Anywhere, names.len(), access, "[loader]");
            self.kernel_names = map.and_then(|map| copy_out(map, &names).map(|()| map)).unwrap_or(0);
        }
        if self.kernel_names == 0 {
            return 0;
        }
        self.kernel_names + exports::all().take(number).map(|export| export.name.len() + 1).sum::<usize>()
    }

    /// Returns the words of the kernel image's `struct dl_phdr_info`.
    pub(super) fn kernel_phdr_info(&mut self, cx: Context<'_>) -> Option<[usize; 7]> {
        let map = self.kernel_link_map(cx).ok()?;
        let (loads, unloads) = self.changes;
        let bias = cx.kernel.backend.layout().image.start;
        Some([bias, name_of(map), kernel_headers(map), 2, loads, unloads, 0])
    }
}
