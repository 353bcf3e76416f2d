//! The dynamic linker's view of a file.
#![no_main]

use abi_core::loader::elf::{ElfImage, LookupClass, Reference};
use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::File;

fuzz_target!(|data: &[u8]| {
    let Ok(image) = ElfImage::parse(b"fuzz", File::shared(data)) else { return };
    image.soname();
    image.needed().count();
    let _ = image.relocations();
    let _ = image.relr();
    image.function_at(0x1000, &mut [0; 64]);
    image.symbols.function_at(0x1000);
    let view = &image.symbols;
    for (index, symbol) in view.iter().take(200) {
        let name = view.name(&symbol).to_vec();
        view.find(&Reference::new(&name, view.version_wanted(index), LookupClass::Address));
    }
    view.find(&Reference::new(b"main", Some(b"V1"), LookupClass::Call));
});
