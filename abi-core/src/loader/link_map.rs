//! `struct link_map`: what handles of `dlopen` point to, and what debuggers and `dladdr1` see.

use super::Namespace;
use super::map::map_anonymous;
use super::object::Object;
use super::plan::store_word;
use crate::abi::{Errno, Result};
use crate::backend::Access;
use crate::boundary::user::copy_out;
use crate::kernel::Context;
use crate::mm::Placement;
use goblin::elf::program_header::PT_DYNAMIC;

/// Length of `struct link_map`: `l_addr`, `l_name`, `l_ld`, `l_next`, `l_prev`.
const LINK_MAP_BYTES: usize = 40;
const PAGE_BYTES: usize = 4096;

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

    /// Returns the handle that stands for the kernel's own libraries.
    pub(super) fn kernel_link_map(&mut self, cx: Context<'_>) -> Result<usize> {
        if self.kernel_map == 0 {
            self.kernel_map = make(cx, 0, b"libc.so.6", 0)?;
        }
        Ok(self.kernel_map)
    }
}
