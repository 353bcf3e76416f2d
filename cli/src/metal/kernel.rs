//! The kernel image that osvrun carries, with its symbols: QEMU gets what it loads, reports and gdb the names.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;

use abi_core::panic::put_with_names;
use goblin::elf::program_header::PT_LOAD;
use goblin::elf::sym::STT_FUNC;
use goblin::elf::{Elf, Header};

/// The kernel as it was linked.
pub(super) const IMAGE: &[u8] = include_bytes!(env!("OSVRUN_KERNEL"));

/// Writes the image without sections and symbols: what QEMU loads. The file is empty.
pub(super) fn write_loadable(out: &mut File) -> io::Result<()> {
    let Some(end) = end_of_segments() else { return out.write_all(IMAGE) };
    out.write_all(&IMAGE[..end])?;
    // e_shoff, and e_shentsize, e_shnum, e_shstrndx (ELF gABI, figure 4-3).
    out.write_all_at(&[0; 8], 40)?;
    out.write_all_at(&[0; 6], 58)
}

fn end_of_segments() -> Option<usize> {
    let header = Elf::parse_header(IMAGE).ok()?;
    let headers = program_headers(&header)?;
    let ends = headers.iter().map(|segment| segment.p_offset.saturating_add(segment.p_filesz));
    let table = header.e_phoff + u64::from(header.e_phnum) * u64::from(header.e_phentsize);
    usize::try_from(ends.max()?.max(table)).ok().filter(|&end| end <= IMAGE.len() && end >= 64)
}

fn program_headers(header: &Header) -> Option<Vec<goblin::elf::ProgramHeader>> {
    let context = goblin::container::Ctx::new(header.container().ok()?, header.endianness().ok()?);
    goblin::elf::ProgramHeader::parse(IMAGE, header.e_phoff as usize, header.e_phnum.into(), context).ok()
}

/// The kernel's functions, sorted by address.
struct Functions {
    /// Start of the code.
    base: u64,
    /// Start, length and name of each.
    rows: Vec<(u64, u64, &'static str)>,
}

fn functions() -> Option<&'static Functions> {
    static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
    FUNCTIONS.get_or_init(read_functions).as_ref()
}

fn read_functions() -> Option<Functions> {
    let elf = Elf::parse(IMAGE).ok()?;
    let text = elf.program_headers.iter().filter(|s| s.p_type == PT_LOAD && s.is_executable());
    // The boot code is linked low; the kernel's own code is the other executable segment.
    let base = text.map(|segment| segment.p_vaddr).max()?;
    let mut rows: Vec<_> = elf
        .syms
        .iter()
        .filter(|symbol| symbol.st_value >= base && (symbol.st_type() == STT_FUNC || symbol.st_size == 0))
        .filter_map(|symbol| Some((symbol.st_value, symbol.st_size, elf.strtab.get_at(symbol.st_name)?)))
        .filter(|(.., name)| !name.is_empty())
        .collect();
    // Where a label and a function begin together, the function is found.
    rows.sort_unstable_by_key(|&(start, len, _)| (start, len));
    Some(Functions { base, rows })
}

impl Functions {
    /// Returns the name of the function at a distance from the start of the code.
    fn name_at(&self, offset: u64) -> Option<String> {
        let address = self.base.checked_add(offset)?;
        let after = self.rows.partition_point(|&(start, ..)| start <= address);
        let &(start, len, name) = self.rows.get(after.checked_sub(1)?)?;
        (len == 0 || address - start < len).then(|| format!("{:#}", rustc_demangle::demangle(name)))
    }
}

/// Puts the name of the function behind each address in the kernel that ends a line.
pub(super) fn with_names(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    put_with_names(text, |offset| functions()?.name_at(offset), &mut |part| out.extend(part));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_that_holds_an_address_is_found() {
        let rows = vec![(0x100, 0x10, "first"), (0x110, 0, "label"), (0x110, 0x20, "second")];
        let functions = Functions { base: 0x100, rows };
        assert_eq!(functions.name_at(0x8).as_deref(), Some("first"));
        assert_eq!(functions.name_at(0x1f).as_deref(), Some("second"));
        assert_eq!(functions.name_at(0x40), None);
    }

    #[test]
    fn what_qemu_gets_has_no_sections() {
        let fd = nix::sys::memfd::memfd_create("image", nix::sys::memfd::MFdFlags::empty()).expect("memfd");
        let mut file = File::from(fd);
        write_loadable(&mut file).expect("written");
        let mut image = vec![0; file.metadata().expect("size").len() as usize];
        file.read_exact_at(&mut image, 0).expect("read");
        assert!(image.len() <= IMAGE.len());
        assert!(Elf::parse_header(&image).map_or(true, |header| header.e_shnum == 0));
    }
}
