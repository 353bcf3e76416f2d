//! Which object an address is in, and which function.

use core::fmt;

use crate::backend::backend;
use crate::boundary::user::peek;

/// A loaded object, as an unwinder sees it.
pub(super) struct Image {
    /// Where `.eh_frame_hdr` is, 0 if it has none.
    pub(super) eh_frame_hdr: usize,
    /// End of the segment that holds it and `.eh_frame`.
    pub(super) eh_frame_end: usize,
    /// Whether it is the kernel itself.
    pub(super) is_kernel: bool,
}

const PT_LOAD: u64 = 1;
const PT_GNU_EH_FRAME: u64 = 0x6474_e550;

/// Finds the object at `address`.
pub(super) fn find(address: usize) -> Option<Image> {
    let image = backend().layout().image;
    if image.contains(address) {
        return Some(from_headers(image.start, true));
    }
    None
}

/// Reads an object's program headers where they are mapped: those of an object whose first byte is at `base` and whose
/// addresses are relative to it.
fn from_headers(base: usize, is_kernel: bool) -> Image {
    let mut image = Image { eh_frame_hdr: 0, eh_frame_end: 0, is_kernel };
    let magic = peek(base).unwrap_or(0) as u32;
    if magic != u32::from_le_bytes(*b"\x7fELF") {
        return image;
    }
    let (Some(offset), Some(counts)) = (peek(base + 32), peek(base + 56)) else { return image };
    let count = counts as usize & 0xffff;
    let header =
        |index: usize, word: usize| peek(base + offset as usize + index * 56 + word * 8).unwrap_or(0);
    let kind = |index| header(index, 0) & 0xffff_ffff;
    if let Some(index) = (0..count).find(|&index| kind(index) == PT_GNU_EH_FRAME) {
        image.eh_frame_hdr = base + header(index, 2) as usize;
    }
    let ends = (0..count).filter(|&index| kind(index) == PT_LOAD).filter_map(|index| {
        let start = base + header(index, 2) as usize;
        let end = start + header(index, 4) as usize;
        (start..end).contains(&image.eh_frame_hdr).then_some(end)
    });
    image.eh_frame_end = ends.max().unwrap_or(0);
    image
}

/// Shows an address as `object+offset (function+offset)`.
pub(super) struct Place(pub(super) usize);

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let image = backend().layout().image;
        if image.contains(self.0) {
            return write!(out, "osvrun+{:#x}", self.0 - image.start);
        }
        out.write_str("?")
    }
}
