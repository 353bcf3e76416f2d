//! Which folders of the host QEMU serves to the machine.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use abi_core::boot::{BootInfo, Root, Writes};

use super::failed;
use crate::boot_info::Refusal;
use crate::options::Machine;

/// A folder that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    /// Its absolute path.
    pub(super) folder: PathBuf,
    /// Whether it may be changed.
    pub(super) is_writable: bool,
}

impl Export {
    /// Returns the path in an option of QEMU's: commas are doubled.
    pub(super) fn option_path(&self) -> OsString {
        let bytes = self.folder.as_os_str().as_bytes();
        let doubled =
            bytes.iter().flat_map(|&byte| std::iter::repeat_n(byte, if byte == b',' { 2 } else { 1 }));
        OsString::from_vec(doubled.collect())
    }

    fn covers(&self, other: &Self) -> bool {
        other.folder.starts_with(&self.folder) && (self.is_writable || !other.is_writable)
    }
}

/// Collects the folders of a run: as few as do.
pub(super) fn collect(info: &BootInfo, machine: Machine, disks: usize) -> Result<Vec<Export>, Refusal> {
    let mut wanted = Vec::new();
    if let Root::Folder(base) = &info.root {
        wanted.push(Export { folder: PathBuf::from(OsStr::from_bytes(base)), is_writable: false });
    }
    for mount in &info.mounts {
        let mut folder = PathBuf::from(OsStr::from_bytes(&mount.host));
        // A file is served by its folder.
        if !folder.is_dir() {
            folder.pop();
        }
        wanted.push(Export { folder, is_writable: mount.writes == Writes::Through });
    }
    let exports = without_covered(wanted);
    let most = machine.most_devices();
    if exports.len() + disks > most {
        return Err(failed(format!(
            "--mount, --disk: {} folders apart from each other and {disks} disks; this machine has room for {most} \
             of both (more with --machine q35)",
            exports.len()
        )));
    }
    Ok(exports)
}

fn without_covered(wanted: Vec<Export>) -> Vec<Export> {
    let mut exports: Vec<Export> = Vec::new();
    for export in wanted {
        if !exports.iter().any(|one| one.covers(&export)) {
            exports.retain(|one| !export.covers(one));
            exports.push(export);
        }
    }
    exports
}

/// Returns the paths as the machine's configuration has them.
pub(super) fn paths(exports: &[Export]) -> Vec<Vec<u8>> {
    exports.iter().map(|export| Path::as_os_str(&export.folder).as_bytes().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(folder: &str, is_writable: bool) -> Export {
        Export { folder: folder.into(), is_writable }
    }

    #[test]
    fn folders_that_others_show_are_not_served_again() {
        let all = vec![
            export("/", false),
            export("/srv", false),
            export("/data/a", true),
            export("/data", true),
            export("/data/b", false),
        ];
        assert_eq!(without_covered(all), [export("/", false), export("/data", true)]);
    }

    #[test]
    fn commas_are_doubled() {
        assert_eq!(export("/a,b", false).option_path(), "/a,,b");
    }
}
