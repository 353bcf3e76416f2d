//! `/etc/ld.so.conf` and what it includes: the input's parts, by a NUL byte, are the files.
#![no_main]

use std::sync::Arc;

use abi_core::abi::{Errno, Result};
use abi_core::fs::ImageKind;
use abi_core::loader::ld_conf;
use abi_core::loader::search::Files;
use abi_core::mm::PageSource;
use libfuzzer_sys::fuzz_target;
use osvrun_fuzz::File;

const NAMES: [&str; 4] = ["ld.so.conf", "a.conf", "b.conf", ".c.conf"];

struct Parts<'a>(Vec<&'a [u8]>);

impl Files for Parts<'_> {
    fn open(&self, path: &[u8], _kind: ImageKind) -> Result<Arc<dyn PageSource>> {
        let name = path.strip_prefix(b"/etc/").ok_or(Errno::ENOENT)?;
        let index = NAMES.iter().position(|known| known.as_bytes() == name).ok_or(Errno::ENOENT)?;
        Ok(File::shared(self.0.get(index).ok_or(Errno::ENOENT)?))
    }

    fn names(&self, folder: &[u8]) -> Result<Vec<Vec<u8>>> {
        let is_etc = folder == b"/etc";
        is_etc.then(|| NAMES.iter().map(|name| name.as_bytes().to_vec()).collect()).ok_or(Errno::ENOENT)
    }
}

fuzz_target!(|data: &[u8]| {
    for folder in ld_conf::folders(&Parts(data.split(|&byte| byte == 0).collect())) {
        assert!(folder.starts_with(b"/"));
    }
});
