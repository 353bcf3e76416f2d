//! The boot archive's index and names.
#![no_main]

use abi_core::boot::archive::Archive;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(archive) = Archive::parse(data) else { return };
    archive.config();
    for entry in archive.entries() {
        archive.find(entry.path);
    }
    archive.lower_bound(b"/etc");
});
