//! What the tables of mounts say: `/proc/self/mounts` and `mountinfo`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Mount, Mounted, flags, options};
use crate::abi;
use crate::fs::Fs;
use crate::fs::file::Location;
use crate::kernel::Kernel;

/// What the tables of mounts say of one.
pub struct MountInfo {
    /// Its number.
    pub id: u64,
    /// The number of the mount it is on.
    pub parent: u64,
    /// The first field of `/proc/mounts`.
    pub source: Vec<u8>,
    /// What it shows of its file system.
    pub root_path: Vec<u8>,
    /// Where it is mounted.
    pub path: Vec<u8>,
    /// What kind of file system it shows.
    pub kind: &'static str,
    /// `st_dev` of its files.
    pub dev: u64,
    /// The options of the mount, for `mountinfo`.
    pub own_options: String,
    /// What of it is not as usual, for `mountinfo`.
    pub tags: &'static str,
    /// The options of the file system, for `mountinfo`.
    pub super_options: String,
    /// All options, for `mounts`.
    pub options: String,
}

fn words<'a>(first: &'a str, more: impl Iterator<Item = &'a str>) -> String {
    more.fold(first.into(), |mut out: String, word| {
        out.push(',');
        out.push_str(word);
        out
    })
}

impl Mount {
    /// Returns the options that only its kind of file system has, each after a comma.
    fn special_options(&self, kernel: &Kernel) -> String {
        let (Some(usage), Ok(root)) = (self.usage(), self.file_system.root.attributes()) else {
            return String::new();
        };
        if self.root.file_system().name != "tmpfs" {
            return String::new();
        }
        let total_bytes = kernel.backend.layout().total_bytes as u64;
        options::shown(usage.limits, root.mode & 0o7777, root.uid, root.gid, total_bytes)
    }

    fn describe(&self, kernel: &Kernel, parent: u64, path: Vec<u8>) -> MountInfo {
        let (own, of_system) = (self.own_flags(), self.file_system.flags());
        let special = self.special_options(kernel);
        let system_words = || flags::words_of_file_system(of_system);
        let all = system_words().chain(flags::words_of_mount(own));
        MountInfo {
            id: self.id,
            parent,
            source: self.source.clone(),
            root_path: self.root_path.clone(),
            path,
            kind: self.root.file_system().name,
            dev: self.root.attributes().map_or(0, |attributes| attributes.dev),
            own_options: words(flags::access_word(own), flags::words_of_mount(own)),
            tags: if own & abi::MS_UNBINDABLE != 0 { " unbindable" } else { "" },
            super_options: format!("{}{special}", words(flags::access_word(of_system), system_words())),
            options: format!("{}{special}", words(flags::access_word(own | of_system), all)),
        }
    }
}

impl Fs {
    /// Returns every mount that can be reached from the root directory, the first one first.
    pub fn mount_list(&self, kernel: &Kernel) -> Vec<MountInfo> {
        let mounts: Vec<_> = {
            let table = self.mounts.lock();
            let parent = |covered: &Option<Mounted>| covered.as_ref().map_or(0, |covered| covered.mount.id);
            table.0.iter().map(|entry| (entry.mount.clone(), parent(&entry.covered))).collect()
        };
        let describe = |(mount, parent): (alloc::sync::Arc<Mount>, u64)| {
            let (path, is_reachable) = self.climb(&Mounted::root_of(&mount)).ok()?;
            is_reachable.then(|| mount.describe(kernel, parent, path))
        };
        mounts.into_iter().filter_map(describe).collect()
    }

    /// Returns the path of a file from the root directory, and whether that is above it; one that was removed is an error.
    pub(in crate::fs) fn climb(&self, from: &Mounted) -> abi::Result<(Vec<u8>, bool)> {
        let (path, is_reachable, is_removed) = self.ascend(from)?;
        if is_removed { Err(abi::Errno::ENOENT) } else { Ok((path, is_reachable)) }
    }

    /// Returns the path that a directory has, or had when it was removed.
    pub fn path_known(&self, directory: &Mounted) -> Vec<u8> {
        self.ascend(directory).unwrap_or_default().0
    }

    /// Returns a directory's path as links of `/proc` show it, also when it was removed.
    pub fn path_shown(&self, directory: &Mounted) -> Vec<u8> {
        let (mut path, _, is_removed) = self.ascend(directory).unwrap_or_default();
        if is_removed {
            path.extend_from_slice(b" (deleted)");
        }
        path
    }

    /// Returns a directory's path, whether it is below the root directory, and whether it was removed.
    fn ascend(&self, from: &Mounted) -> abi::Result<(Vec<u8>, bool, bool)> {
        let root = self.root()?;
        let mut names: Vec<Vec<u8>> = Vec::new();
        let (mut at, mut is_removed) = (from.clone(), false);
        let is_reachable = loop {
            if at.is_same(&root) {
                break true;
            }
            is_removed |= at.is_removed();
            if at.is_mount_root() {
                match self.covered_by(&at.mount) {
                    Some((covered, Some(Location { directory, name }))) if !covered.is_directory() => {
                        names.push(name);
                        at = directory;
                    }
                    Some((covered, _)) => at = covered,
                    None => break false,
                }
                continue;
            }
            let Some((parent, name)) = at.parent() else { break false };
            names.push(name);
            at = at.with(parent);
        };
        let mut path = Vec::new();
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        if path.is_empty() {
            path.push(b'/');
        }
        Ok((path, is_reachable, is_removed))
    }
}
