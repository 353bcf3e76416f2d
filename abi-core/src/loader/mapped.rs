//! What a program's own dynamic linker has mapped: looked for when somebody wants to know what is at an address of it.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use gimli::{BaseAddresses, CieOrFde, EhFrame, LittleEndian, UnwindSection};
use goblin::elf::program_header::PT_GNU_EH_FRAME;

use super::Namespace;
use super::elf::ElfImage;
use super::object::Object;
use crate::boundary::user::{UserPtr, copy_in};
use crate::kernel::Kernel;
use crate::task::Program;

/// The header of `.eh_frame_hdr` as linkers make it (LSB 5.0 core, 10.6.2): version 1, a pointer of four bytes from
/// where it is, a count of four bytes, and a table of pairs of four bytes from the section's start.
const SEARCHED: [u8; 4] = [1, 0x1b, 0x03, 0x3b];
/// Bytes before the table: the header, the pointer and the count.
const TABLE_OFFSET: usize = 12;
/// A longer `.eh_frame` without a table is not searched.
const FRAMES_MAX_BYTES: usize = 1 << 20;

/// Finds the functions of which some lies in `window` in the table of an `.eh_frame_hdr`, which the program may change any
/// time: each from where it begins to where the next one does.
fn search(section: usize, window: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut header = [0; 4];
    copy_in(&mut header, section).ok().filter(|()| header == SEARCHED)?;
    let count = UserPtr::<u32>::new(section + 8).read().ok()? as usize;
    let table = UserPtr::<[i32; 2]>::new(section + TABLE_OFFSET);
    let start_of = |i: usize| Some(section.wrapping_add_signed(table.add(i).read().ok()?[0] as isize));
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if start_of(middle)? <= window.start { low = middle + 1 } else { high = middle }
    }
    let mut functions = Vec::new();
    let mut start = start_of(low.saturating_sub(1))?;
    for next in low.max(1)..count {
        let end = start_of(next)?;
        if start >= window.end || end <= start {
            break;
        }
        functions.push(start..end);
        start = end;
    }
    Some(functions)
}

/// Finds them in an `.eh_frame`, which the program may change any time, without a table.
fn search_all((start, end): (usize, usize), window: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let len = end.checked_sub(start).filter(|len| *len <= FRAMES_MAX_BYTES)?;
    let mut bytes = vec![0; len];
    copy_in(&mut bytes, start).ok()?;
    let bases = BaseAddresses::default().set_eh_frame(start as u64);
    let section = EhFrame::new(&bytes, LittleEndian);
    let mut functions = Vec::new();
    let mut entries = section.entries(&bases);
    while let Some(entry) = entries.next().ok()? {
        let CieOrFde::Fde(partial) = entry else { continue };
        let entry = partial.parse(EhFrame::cie_from_offset).ok()?;
        let first = usize::try_from(entry.initial_address()).ok()?;
        let end = first.checked_add(usize::try_from(entry.len()).ok()?)?;
        if first < window.end && window.start < end {
            // Mostly they come in their order.
            let at = functions.partition_point(|function: &Range<usize>| function.start < first);
            functions.insert(at, first..end);
        }
    }
    Some(functions)
}

impl Kernel {
    /// Returns the functions of a program of which some lies in `window`, in the object that has its middle, by their
    /// order, as far as call frame information tells; an object's last function is not found.
    pub fn functions_in(&self, program: &Program, window: &Range<usize>) -> Option<Vec<Range<usize>>> {
        let address = window.start.midpoint(window.end);
        let table = || {
            let namespace = program.namespace.try_lock()?;
            let object = namespace.object_around(address)?;
            let header = object.image.segment(PT_GNU_EH_FRAME);
            Some((header.map(|header| object.address(header.p_vaddr)), object.call_frames))
        };
        let (header, frames) = table().or_else(|| {
            self.note_mapped(program);
            table()
        })?;
        match (header, frames) {
            (Some(header), _) => search(header, window),
            (None, Some(frames)) => search_all(frames, window),
            (None, None) => None,
        }
    }

    /// Looks for the ELF files that a program with its own libc has mapped, unless somebody changes its objects.
    pub fn note_mapped(&self, program: &Program) {
        if !program.has_own_libc() {
            return;
        }
        let Some(mut namespace) = program.namespace.try_lock() else { return };
        let mut starts = Vec::new();
        self.mm.for_each_region(|region| {
            if let (0, Some(file)) = (region.offset, &region.file) {
                starts.push((region.range.start, file.clone()));
            }
        });
        let unknown = starts.into_iter().filter(|(start, _)| namespace.at_address(*start).is_none());
        let objects = unknown.filter_map(|(start, file)| {
            let image = ElfImage::parse(&file.path(), file).ok()?;
            let first = image.loads().next()?.p_vaddr as usize;
            let end = image.loads().map(|load| load.p_vaddr.wrapping_add(load.p_memsz)).max()? as usize;
            Some(Object::new(image, start.wrapping_sub(first), (start, end.wrapping_sub(first))))
        });
        let objects: Vec<Object> = objects.collect();
        namespace.mapped = objects;
    }
}

impl Namespace {
    /// Returns the object whose image holds an address: one that was loaded, or one that was noted.
    pub fn object_around(&self, address: usize) -> Option<&Object> {
        let loaded = self.at_address(address).map(|(_, object)| object);
        loaded.or_else(|| self.mapped.iter().find(|object| object.contains(address)))
    }
}
