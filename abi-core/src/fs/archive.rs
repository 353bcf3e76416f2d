//! The boot archive as a read-only file system, used in place.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::attributes::Attributes;
use super::inode::{DirectoryEntry, FileSystemInfo, Identity, Inode, InodeRef, entry_kind};
use crate::abi::{self, Errno, Result};
use crate::boot::archive::{ABSENT, Archive, COMPLETE, Entry, UNREADABLE};
use crate::kernel::Kernel;

/// The device number of the archive.
const DEVICE: u64 = 0x10;
const INFO: FileSystemInfo = FileSystemInfo { name: "rootfs", magic: 0x8584_58f6, is_read_only: true };

/// One entry of the archive, or its root, which has none.
pub struct ArchiveNode {
    archive: Archive<'static>,
    this: Weak<ArchiveNode>,
    place: Option<(Arc<ArchiveNode>, Vec<u8>)>,
    /// The entry and its number plus 2; the root is number 1 and folders that are only part of a path have none.
    entry: Option<Entry<'static>>,
    path: Vec<u8>,
    ino: u64,
}

/// What an archive knows of a name in one of its folders.
pub enum Carried {
    /// It has what is there.
    Node(Arc<ArchiveNode>),
    /// There is nothing.
    Absent,
    /// It does not say.
    Unknown,
}

/// Returns the root of the boot archive.
pub fn root(kernel: &Kernel) -> Result<Arc<ArchiveNode>> {
    let image = kernel.boot.archive.ok_or(Errno::ENODEV)?;
    let archive = Archive::parse(image).map_err(|_| Errno::EIO)?;
    Ok(over(archive))
}

/// Returns the root of an archive.
pub fn over(archive: Archive<'static>) -> Arc<ArchiveNode> {
    ArchiveNode::make(archive, Vec::new(), None, None, 1)
}

impl ArchiveNode {
    /// Tells whether the archive has everything in this folder.
    pub fn is_complete(&self) -> bool {
        self.entry.is_some_and(|entry| entry.mode & COMPLETE != 0)
    }

    /// Finds a name in this folder.
    pub fn find(&self, name: &[u8]) -> Carried {
        let (mut path, _) = self.below();
        path.extend_from_slice(name);
        let index = self.archive.lower_bound(&path);
        let Some(found) = self.archive.entry(index) else { return Carried::Unknown };
        let is_exact = found.path == path;
        if is_exact && found.mode == ABSENT {
            return Carried::Absent;
        }
        let is_folder = found.path.starts_with(&path) && found.path.get(path.len()) == Some(&b'/');
        if !is_exact && !is_folder {
            // Names that sort between the folder's and its contents' ("a.b" between "a" and "a/c") come first.
            path.push(b'/');
            let index = self.archive.lower_bound(&path);
            if self.archive.entry(index).is_none_or(|entry| !entry.path.starts_with(&path)) {
                return Carried::Unknown;
            }
            path.pop();
        }
        let entry = is_exact.then_some(found);
        let parent = self.this.upgrade().map(|this| (this, name.to_vec()));
        let ino = if is_exact { index as u64 + 2 } else { u64::MAX - index as u64 };
        Carried::Node(Self::make(self.archive, path, parent, entry, ino))
    }

    /// Finds what is at an absolute path without links, below this folder.
    pub fn descend(self: Arc<Self>, path: &[u8]) -> Option<Arc<Self>> {
        path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()).try_fold(self, |at, name| {
            match at.find(name) {
                Carried::Node(node) => Some(node),
                Carried::Absent | Carried::Unknown => None,
            }
        })
    }

    fn make(
        archive: Archive<'static>,
        path: Vec<u8>,
        place: Option<(Arc<Self>, Vec<u8>)>,
        entry: Option<Entry<'static>>,
        ino: u64,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self { archive, this: this.clone(), place, entry, path, ino })
    }

    fn mode(&self) -> u32 {
        self.entry.map_or(abi::S_IFDIR | 0o755, |entry| entry.mode & !(UNREADABLE | COMPLETE))
    }

    fn is_readable(&self) -> bool {
        self.entry.is_none_or(|entry| entry.mode & UNREADABLE == 0)
    }

    fn data(&self) -> &'static [u8] {
        self.entry.map_or(&[], |entry| entry.data)
    }

    /// Returns the numbers of the entries below this folder, at any depth: they follow one another.
    fn below(&self) -> (Vec<u8>, usize) {
        let mut prefix = self.path.clone();
        prefix.push(b'/');
        let first = self.archive.lower_bound(&prefix);
        (prefix, first)
    }
}

impl Inode for ArchiveNode {
    fn identity(&self) -> Identity {
        (DEVICE, self.ino)
    }
    fn file_type(&self) -> u32 {
        self.mode() & abi::S_IFMT
    }
    fn file_system(&self) -> FileSystemInfo {
        INFO
    }
    fn attributes(&self) -> Result<Attributes> {
        let time = self.entry.map_or(0, |entry| i128::from(entry.mtime_ns));
        let size = self.data().len() as u64;
        Ok(Attributes {
            mode: self.mode(),
            size: if self.is_directory() { 4096 } else { size },
            dev: DEVICE,
            ino: self.ino,
            nlink: if self.is_directory() { 2 } else { 1 },
            blocks: size.div_ceil(512),
            block_size: 4096,
            times_ns: [time; 3],
            ..Attributes::default()
        })
    }

    fn lookup(&self, name: &[u8]) -> Result<InodeRef> {
        if !self.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        match self.find(name) {
            Carried::Node(node) => Ok(node),
            Carried::Absent | Carried::Unknown => Err(Errno::ENOENT),
        }
    }

    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        if !self.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        let (prefix, first) = self.below();
        let mut listed: Vec<DirectoryEntry> = Vec::new();
        let mut index = first;
        while let Some(entry) = self.archive.entry(index) {
            let Some(rest) = entry.path.strip_prefix(prefix.as_slice()) else { break };
            let end = rest.iter().position(|&b| b == b'/');
            let name = &rest[..end.unwrap_or(rest.len())];
            if end.is_none() {
                if entry.mode == ABSENT {
                    index += 1;
                    continue;
                }
                let kind = entry_kind(entry.mode);
                listed.push(DirectoryEntry { name: name.into(), ino: index as u64 + 2, kind });
                index += 1;
            } else {
                if !listed.iter().any(|one| one.name == name) {
                    let kind = entry_kind(abi::S_IFDIR);
                    listed.push(DirectoryEntry { name: name.into(), ino: u64::MAX - index as u64, kind });
                }
                // What follows '/' in the order of bytes is '0': skip all that is below.
                let mut next = prefix.clone();
                next.extend_from_slice(name);
                next.push(b'/' + 1);
                index = self.archive.lower_bound(&next).max(index + 1);
            }
        }
        Ok(listed)
    }

    fn parent(&self) -> Option<(InodeRef, Vec<u8>)> {
        let (parent, name) = self.place.clone()?;
        Some((parent, name))
    }
    fn read_link(&self) -> Result<Vec<u8>> {
        if self.file_type() == abi::S_IFLNK { Ok(self.data().into()) } else { Err(Errno::EINVAL) }
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        if !self.is_readable() {
            return Err(Errno::EACCES);
        }
        let data = self.data();
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(data.len());
        let n = buf.len().min(data.len() - start);
        buf[..n].copy_from_slice(&data[start..start + n]);
        Ok(n)
    }
    fn len_bytes(&self) -> u64 {
        self.data().len() as u64
    }
    fn in_place(&self) -> Option<&'static [u8]> {
        self.is_readable().then(|| self.data())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::archive::Plan;

    fn sample() -> InodeRef {
        let files: [(&[u8], u32, &[u8]); 8] = [
            (b"/a", 0o040_755, b""),
            (b"/a.b", 0o100_644, b"dotted"),
            (b"/a/deep/file", 0o100_644, b"contents"),
            (b"/a/link", 0o120_777, b"deep/file"),
            (b"/gone", ABSENT, b""),
            (b"/only/below", 0o100_600, b"x"),
            (b"/only/secret", 0o100_640 | UNREADABLE, b""),
            (b"/z", 0o100_644, b"last"),
        ];
        let mut plan = Plan::new(Vec::new());
        for (path, mode, data) in files {
            plan.add(path, mode, 7, data.len() as u64);
        }
        let (mut image, places) = plan.head();
        for ((_, _, data), place) in files.iter().zip(places) {
            image.resize(place as usize, 0);
            image.extend_from_slice(data);
        }
        image.resize(plan.image_bytes() as usize, 0);
        over(Archive::parse(Vec::leak(image)).unwrap())
    }

    fn names(inode: &InodeRef) -> Vec<Vec<u8>> {
        inode.entries().unwrap().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn lists_each_name_once() {
        let root = sample();
        let mut listed = names(&root);
        listed.sort();
        assert_eq!(listed, [&b"a"[..], b"a.b", b"only", b"z"]);
        assert_eq!(names(&root.lookup(b"a").unwrap()), [&b"deep"[..], b"link"]);
    }

    #[test]
    fn finds_files_in_folders_that_have_no_entry() {
        let root = sample();
        let file = root.lookup(b"a").unwrap().lookup(b"deep").unwrap().lookup(b"file").unwrap();
        assert_eq!(file.in_place().unwrap(), b"contents");
        assert!(root.lookup(b"only").unwrap().is_directory());
        assert_eq!(root.lookup(b"on").err(), Some(Errno::ENOENT));
        assert_eq!(root.lookup(b"a").unwrap().lookup(b"link").unwrap().read_link().unwrap(), b"deep/file");
    }

    #[test]
    fn what_could_not_be_read_is_there_and_refuses() {
        let file = sample().lookup(b"only").unwrap().lookup(b"secret").unwrap();
        assert_eq!(file.attributes().unwrap().mode, 0o100_640);
        assert_eq!(file.read_at(0, &mut [0; 8]), Err(Errno::EACCES));
        assert!(file.in_place().is_none());
    }
}
