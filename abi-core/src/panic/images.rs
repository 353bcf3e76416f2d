//! Which object an address is in, and which function.

use core::fmt;

use goblin::elf::program_header::PT_GNU_EH_FRAME;

use crate::backend::backend;
use crate::loader::Namespace;
use crate::task::Thread;

/// A loaded object, as an unwinder sees it.
pub(super) struct Image {
    /// Where `.eh_frame_hdr` is, 0 if it has none.
    pub(super) eh_frame_hdr: usize,
    /// Start of the segment that holds it and `.eh_frame`; of `.eh_frame` itself if there is no header.
    pub(super) eh_frame_start: usize,
    /// End of that segment.
    pub(super) eh_frame_end: usize,
}

impl Image {
    const NONE: Self = Self { eh_frame_hdr: 0, eh_frame_start: 0, eh_frame_end: 0 };
}

/// Runs `look` on the objects of a thread's program, unless somebody is changing them.
fn with_objects<T>(thread: &Thread, look: impl FnOnce(&Namespace) -> Option<T>) -> Option<T> {
    look(&*thread.program.namespace.try_lock()?)
}

/// Finds the object at `address` of a thread's program, or the kernel.
pub(super) fn find(thread: Option<&Thread>, address: usize) -> Option<Image> {
    let layout = backend().layout();
    if layout.image.contains(address) {
        let (eh_frame_hdr, eh_frame_end) = layout.frames;
        // The header comes before what it lists.
        return Some(Image { eh_frame_hdr, eh_frame_start: eh_frame_hdr, eh_frame_end });
    }
    with_objects(thread?, |objects| {
        let object = objects.object_around(address)?;
        let Some(header) = object.image.segment(PT_GNU_EH_FRAME) else {
            return Some(object.call_frames.map_or(Image::NONE, |(start, end)| Image {
                eh_frame_hdr: 0,
                eh_frame_start: start,
                eh_frame_end: end,
            }));
        };
        let holds = |start: u64, len: u64| header.p_vaddr >= start && header.p_vaddr - start < len;
        let load = object.image.loads().find(|load| holds(load.p_vaddr, load.p_filesz))?;
        Some(Image {
            eh_frame_hdr: object.address(header.p_vaddr),
            eh_frame_start: object.address(load.p_vaddr),
            eh_frame_end: object.address(load.p_vaddr + load.p_filesz),
        })
    })
}

/// How a report names an address in the kernel: what follows is its hexadecimal distance from the kernel's start.
const KERNEL_MARK: &[u8] = b"osvrun+0x";

/// Passes a report on, with what `name_at` finds behind each address in the kernel that ends a line.
pub fn put_with_names<N: fmt::Display>(
    text: &[u8],
    name_at: impl Fn(u64) -> Option<N>,
    out: &mut dyn FnMut(&[u8]),
) {
    struct Out<'a>(&'a mut dyn FnMut(&[u8]));
    impl fmt::Write for Out<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            (self.0)(text.as_bytes());
            Ok(())
        }
    }
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        out(bare);
        if let Some(name) = kernel_offset_at_end(bare).and_then(&name_at) {
            // Writing to `Out` can't fail.
            let _ = fmt::Write::write_fmt(&mut Out(out), format_args!(" ({name:#})"));
        }
        out(&line[bare.len()..]);
    }
}

/// Returns the distance in a line of a report that ends with an address in the kernel.
fn kernel_offset_at_end(line: &[u8]) -> Option<u64> {
    let start =
        line.windows(KERNEL_MARK.len()).rposition(|window| window == KERNEL_MARK)? + KERNEL_MARK.len();
    u64::from_str_radix(core::str::from_utf8(&line[start..]).ok()?, 16).ok()
}

/// The longest name of a function that is shown whole.
const NAME_BYTES: usize = 1024;

/// Where names of functions are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// In the objects' files: this thread holds no lock of the kernel.
    All,
    /// In the dynamic symbols, which the loader has in memory.
    Dynamic,
}

/// Shows an address as `object+offset (function)`, the objects being those of a thread's program.
pub(super) struct Place<'a>(pub(super) Option<&'a Thread>, pub(super) usize, pub(super) Names);

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(thread, address, names) = *self;
        let image = backend().layout().image;
        if image.contains(address) {
            return write!(out, "osvrun+{:#x}", address - image.start);
        }
        let mut result = Ok(());
        let found = thread.and_then(|thread| {
            with_objects(thread, |objects| {
                let object = objects.object_around(address)?;
                let linked = address.wrapping_sub(object.bias);
                result = write!(out, "{}+{linked:#x}", object.file_name().escape_ascii());
                let mut room = [0; NAME_BYTES];
                let name = match names {
                    Names::All => object.image.function_at(linked as u64, &mut room),
                    Names::Dynamic => object.image.symbols.function_at(linked as u64),
                };
                if let Some(name) = name {
                    result = result.and_then(|()| write!(out, " ({})", name.escape_ascii()));
                }
                Some(())
            })
        });
        if found.is_none() { write!(out, "{address:#x}") } else { result }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_at_the_end_of_a_line_is_one() {
        assert_eq!(kernel_offset_at_end(b"    #0 0xffffffff80001234 osvrun+0x1234"), Some(0x1234));
        assert_eq!(kernel_offset_at_end(b"write(1, \"osvrun+0x12\", 3)"), None);
        assert_eq!(kernel_offset_at_end(b"nothing"), None);
    }
}
