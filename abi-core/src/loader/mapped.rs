//! What a program's own dynamic linker has mapped: looked for when a report wants to name and unwind it.

use alloc::vec::Vec;

use super::elf::ElfImage;
use super::object::Object;
use crate::kernel::Kernel;
use crate::task::Program;

impl Kernel {
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
