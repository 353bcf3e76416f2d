//! The inodes of `/proc`.

use alloc::format;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::open::{MemoryFile, OpenNode, TextFile};
use super::texts::own_files;
use super::{Entry, Kind, PROC, PROCESS, SYSCTL, THREAD, entry};
use crate::abi::{self, Errno, PID, Result};
use crate::backend::Backend;
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, Location};
use crate::fs::inode::{
    DirectoryEntry, Extent, FileSystemInfo, Identity, Inode, InodeRef, NewFile, RenameMode, entry_kind,
};
use crate::fs::mount::Mounted;
use crate::kernel::{Context, Kernel, try_kernel};

/// Magic number of `/proc`.
const PROC_MAGIC: i64 = 0x9fa0;

/// Describes `/proc`.
pub(in crate::fs) const fn file_system_proc() -> FileSystemInfo {
    FileSystemInfo { name: "proc", magic: PROC_MAGIC, is_read_only: true }
}
/// Describes `/sys`.
pub(in crate::fs) const fn file_system_sys() -> FileSystemInfo {
    FileSystemInfo { name: "sysfs", magic: 0x6265_6572, is_read_only: true }
}

/// Bits of an inode's number: few enough for every type it is kept in.
const INO_MASK: u64 = (1 << 48) - 1;

/// How long a file of `/sys` says it is.
const PAGE_BYTES: u64 = 4096;
/// How far positions go in file systems that do not ask for more: what `O_LARGEFILE` is for lies beyond.
const MOST_BYTES: u64 = i32::MAX as u64;

/// The kernel's `O_LARGEFILE`, which glibc's headers call 0.
const LARGE_FILE: i32 = 0o100_000;

/// What a node shows.
#[derive(Clone, Copy)]
enum What {
    /// An entry of the table.
    Entry(&'static Entry),
    /// A descriptor's link.
    Descriptor(i32),
    /// A file about a descriptor.
    DescriptorInfo(i32),
}

/// A name in `/proc` or `/sys`.
pub(in crate::fs) struct ProcNode {
    this: Weak<ProcNode>,
    what: What,
    place: Option<(Arc<ProcNode>, Vec<u8>)>,
    /// The numbers of the directories above, and its own.
    numbers: Vec<usize>,
    info: FileSystemInfo,
    /// A number made from the path.
    ino: u64,
    made_ns: i128,
}

impl ProcNode {
    /// Makes a root.
    pub(super) fn root(
        backend: &'static dyn Backend,
        entries: &'static [Entry],
        info: FileSystemInfo,
    ) -> InodeRef {
        let root = alloc::boxed::Box::new(entry(b"", 0o555, Kind::Directory(entries)));
        let root = What::Entry(alloc::boxed::Box::leak(root));
        Self::make(root, None, Vec::new(), info, crate::time::realtime(backend).as_nanos() as i128)
    }

    fn make(
        what: What,
        place: Option<(Arc<ProcNode>, Vec<u8>)>,
        numbers: Vec<usize>,
        info: FileSystemInfo,
        made_ns: i128,
    ) -> Arc<Self> {
        let ino = match &place {
            None => 1,
            Some((parent, name)) => {
                name.iter().fold(parent.ino, |hash, byte| {
                    (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
                }) & INO_MASK
                    | 2
            }
        };
        Arc::new_cyclic(|this| Self { this: this.clone(), what, place, numbers, info, ino, made_ns })
    }

    fn this(&self) -> Arc<Self> {
        self.this.upgrade().expect("whoever calls holds a reference")
    }

    fn kernel() -> Result<&'static Kernel> {
        try_kernel().ok_or(Errno::ENOENT)
    }

    fn kind(&self) -> Option<&'static Kind> {
        match self.what {
            What::Entry(entry) => Some(&entry.kind),
            _ => None,
        }
    }

    /// Finds what a name of this directory shows, and its number if it has one.
    fn child(&self, name: &[u8]) -> Result<(What, Option<usize>)> {
        let number = |digits: &[u8]| {
            let is_plain = digits == b"0" || !digits.starts_with(b"0");
            let digits = core::str::from_utf8(digits).ok().filter(|_| is_plain);
            digits.and_then(|digits| digits.parse::<i32>().ok()).filter(|n| *n >= 0).ok_or(Errno::ENOENT)
        };
        let in_table = |entries: &'static [Entry]| {
            entries
                .iter()
                .find(|entry| entry.name == name)
                .map(|entry| (What::Entry(entry), None))
                .ok_or(Errno::ENOENT)
        };
        match self.kind().ok_or(Errno::ENOTDIR)? {
            // Threads have a place here too, which is not listed.
            Kind::Directory(entries) if core::ptr::eq(*entries, PROC) => in_table(entries).or_else(|_| {
                let tid = number(name)?;
                let is_there = tid != PID && Self::kernel()?.tasks.has_thread(tid);
                let process = PROC.first().filter(|_| is_there).ok_or(Errno::ENOENT)?;
                Ok((What::Entry(process), Some(tid as usize)))
            }),
            Kind::Directory(entries) => in_table(entries),
            Kind::Counted(entries, numbered) => {
                if let Ok(found) = in_table(entries) {
                    return Ok(found);
                }
                let index = number(name.strip_prefix(numbered.prefix).ok_or(Errno::ENOENT)?)? as usize;
                let count = (numbered.count)(Self::kernel()?, &self.numbers);
                if index < count {
                    Ok((What::Entry(&numbered.entry), Some(index)))
                } else {
                    Err(Errno::ENOENT)
                }
            }
            kind @ (Kind::Descriptors | Kind::DescriptorInfo) => {
                let fd = number(name)?;
                own_files().open_file(fd).map_err(|_| Errno::ENOENT)?;
                let is_link = matches!(kind, Kind::Descriptors);
                Ok((if is_link { What::Descriptor(fd) } else { What::DescriptorInfo(fd) }, None))
            }
            Kind::Threads => {
                let tid = number(name)?;
                if Self::kernel()?.tasks.has_thread(tid) {
                    Ok((What::Entry(&THREAD), Some(tid as usize)))
                } else {
                    Err(Errno::ENOENT)
                }
            }
            _ => Err(Errno::ENOTDIR),
        }
    }

    /// Makes the contents of a file, or a link's target.
    pub(super) fn text(&self) -> Result<Vec<u8>> {
        let kernel = Self::kernel()?;
        match self.what {
            What::Entry(entry) => match entry.kind {
                Kind::File(text) | Kind::Link(text) => Ok(text(kernel)),
                Kind::NumberedFile(text) | Kind::Setting(text, _) => {
                    text(kernel, &self.numbers).ok_or(Errno::ESRCH)
                }
                _ => Err(Errno::EINVAL),
            },
            What::DescriptorInfo(fd) => {
                let gone = |_| Errno::ENOENT;
                let open = own_files().open_file(fd).map_err(gone)?;
                let on_exec = own_files().descriptors.lock().on_exec(fd).map_err(gone)?;
                let closes = on_exec == crate::fs::table::OnExec::Close;
                let flags = open.flags()
                    | if closes { abi::O_CLOEXEC } else { 0 }
                    | if open.file.inode().is_some() && open.flags() & abi::O_PATH == 0 {
                        LARGE_FILE
                    } else {
                        0
                    };
                let position = open.position();
                let attributes = open.file.attributes()?;
                let mount = open.mount.as_ref().map_or(0, |mount| mount.id);
                let ino = attributes.ino;
                let mut text =
                    format!("pos:\t{position}\nflags:\t0{flags:o}\nmnt_id:\t{mount}\nino:\t{ino}\n");
                kernel.fs.locks.describe(&open, &attributes, &mut text);
                open.file.describe(Context { kernel, thread: crate::task::current() }, &mut text);
                Ok(text.into_bytes())
            }
            What::Descriptor(_) => Err(Errno::EINVAL),
        }
    }

    /// Takes what is written to the file.
    pub(super) fn store(&self, cx: Context<'_>, bytes: &[u8]) -> Result<()> {
        match self.kind() {
            Some(Kind::Setting(_, store)) => store(cx, &self.numbers, bytes),
            _ if self.is_below(PROCESS) => Err(Errno::EINVAL),
            // What the kernel cannot be told.
            _ if self.is_below(SYSCTL) => Err(Errno::EPERM),
            _ => Err(Errno::EIO),
        }
    }

    /// Tells whether it is below the directory of these entries.
    fn is_below(&self, entries: &'static [Entry]) -> bool {
        let mut at = self.place.as_ref().map(|(parent, _)| parent.clone());
        while let Some(node) = at {
            if matches!(node.kind(), Some(Kind::Directory(own)) if core::ptr::eq(*own, entries)) {
                return true;
            }
            at = node.place.as_ref().map(|(parent, _)| parent.clone());
        }
        false
    }

    /// Tells whether only what has a permission bit for writing may be opened for it, even by root.
    fn is_strict(&self) -> bool {
        self.info.magic != PROC_MAGIC || self.is_below(SYSCTL)
    }

    /// Tells whether splice(2) and sendfile(2) read from it: on Linux few files about processes let them.
    fn is_spliceable(&self) -> bool {
        let What::Entry(entry) = self.what else { return false };
        self.file_type() == abi::S_IFREG
            && (!self.is_below(PROCESS) || matches!(entry.name, b"mountinfo" | b"mounts"))
    }

    /// Returns the permission bits.
    fn permissions(&self) -> u32 {
        match self.what {
            What::Entry(entry) => entry.permissions,
            What::DescriptorInfo(_) => 0o444,
            What::Descriptor(fd) => {
                let open = own_files().open_file(fd).ok();
                open.map_or(0, |open| {
                    let (reads, writes) = (open.is_readable(), open.is_writable());
                    0o100 | if reads { 0o400 } else { 0 } | if writes { 0o200 } else { 0 }
                })
            }
        }
    }

    /// Fails as the making of a name does: `/proc` has no names but those it shows.
    fn refuse_new(&self, is_regular: bool) -> Errno {
        match self.info.magic {
            PROC_MAGIC => Errno::ENOENT,
            _ if is_regular => Errno::EACCES,
            _ => Errno::EPERM,
        }
    }
}

impl Inode for ProcNode {
    fn identity(&self) -> Identity {
        (self.info.magic as u64, self.ino)
    }
    fn is_process(&self) -> bool {
        matches!(self.kind(), Some(Kind::Directory(entries)) if core::ptr::eq(*entries, PROCESS))
    }
    fn file_type(&self) -> u32 {
        match self.what {
            What::DescriptorInfo(_) => abi::S_IFREG,
            What::Descriptor(_) => abi::S_IFLNK,
            What::Entry(entry) => match entry.kind {
                Kind::File(_) | Kind::NumberedFile(_) | Kind::Setting(..) | Kind::Memory => abi::S_IFREG,
                Kind::Link(_) => abi::S_IFLNK,
                _ => abi::S_IFDIR,
            },
        }
    }
    fn attributes(&self) -> Result<Attributes> {
        let is_proc = self.info.magic == PROC_MAGIC;
        Ok(Attributes {
            mode: self.file_type() | self.permissions(),
            dev: self.info.magic as u64,
            ino: self.ino,
            nlink: if self.is_directory() { 2 } else { 1 },
            // A file of /sys is a page.
            size: if !is_proc && self.file_type() == abi::S_IFREG { PAGE_BYTES } else { 0 },
            block_size: if is_proc { 1024 } else { 4096 },
            times_ns: [self.made_ns; 3],
            ..Attributes::default()
        })
    }
    fn file_system(&self) -> FileSystemInfo {
        self.info
    }
    fn extent(&self) -> Extent {
        match self.what {
            _ if self.is_directory() => Extent::Bounded(0, MOST_BYTES),
            _ if self.info.magic != PROC_MAGIC => Extent::Bounded(PAGE_BYTES, MOST_BYTES),
            What::Entry(entry) => match entry.name {
                // What is shown as it lies in memory; other texts are made line by line.
                b"auxv" | b"cmdline" | b"environ" if self.is_below(PROCESS) => Extent::Bounded(0, MOST_BYTES),
                b"oom_score_adj" => Extent::Bounded(0, i64::MAX as u64),
                _ if self.is_below(SYSCTL) => Extent::Bounded(0, i64::MAX as u64),
                _ => Extent::Endless,
            },
            _ => Extent::Endless,
        }
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        if !self.is_spliceable() {
            return Err(Errno::EINVAL);
        }
        let text = self.text()?;
        let rest = text.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
    fn check_writable(&self) -> Result<()> {
        match self.info.magic {
            PROC_MAGIC if self.is_strict() && self.permissions() & 0o222 == 0 => Err(Errno::EACCES),
            // The names cannot be changed, what is below them can.
            PROC_MAGIC => Ok(()),
            _ => Err(Errno::EROFS),
        }
    }
    fn lookup(&self, name: &[u8]) -> Result<InodeRef> {
        let (what, number) = self.child(name)?;
        let mut numbers = self.numbers.clone();
        numbers.extend(number);
        Ok(Self::make(what, Some((self.this(), name.into())), numbers, self.info, self.made_ns))
    }
    fn entries(&self) -> Result<Vec<DirectoryEntry>> {
        let in_table =
            |entries: &[Entry]| -> Vec<Vec<u8>> { entries.iter().map(|entry| entry.name.to_vec()).collect() };
        let names: Vec<Vec<u8>> = match self.kind().ok_or(Errno::ENOTDIR)? {
            Kind::Directory(entries) => in_table(entries),
            Kind::Counted(entries, numbered) => {
                let mut names = in_table(entries);
                let count = (numbered.count)(Self::kernel()?, &self.numbers);
                names.extend((0..count).map(|n| [numbered.prefix, format!("{n}").as_bytes()].concat()));
                names
            }
            Kind::Descriptors | Kind::DescriptorInfo => {
                let table = own_files().descriptors.lock();
                table.open_descriptors().map(|fd| format!("{fd}").into_bytes()).collect()
            }
            Kind::Threads => {
                let threads = Self::kernel()?.tasks.threads.lock();
                let live = threads.iter().filter(|thread| thread.is_listed());
                live.map(|thread| format!("{}", thread.tid).into_bytes()).collect()
            }
            _ => return Err(Errno::ENOTDIR),
        };
        let describe = |name: Vec<u8>| {
            let inode = self.lookup(&name).ok()?;
            Some(DirectoryEntry {
                ino: inode.attributes().ok()?.ino,
                kind: entry_kind(inode.file_type()),
                name,
            })
        };
        Ok(names.into_iter().filter_map(describe).collect())
    }
    fn parent(&self) -> Option<(InodeRef, Vec<u8>)> {
        let (parent, name) = self.place.clone()?;
        Some((parent, name))
    }
    fn read_link(&self) -> Result<Vec<u8>> {
        match self.what {
            What::Descriptor(fd) => {
                let open = own_files().open_file(fd).map_err(|_| Errno::ENOENT)?;
                Ok(Self::kernel()?.fs.path_of_open(&open))
            }
            What::Entry(_) if self.file_type() == abi::S_IFLNK => self.text(),
            _ => Err(Errno::EINVAL),
        }
    }
    fn magic_target(&self, cx: Context<'_>) -> Option<Result<(Mounted, Option<Location>)>> {
        let fd = match self.what {
            What::Descriptor(fd) => fd,
            What::Entry(entry) if self.is_magic_link() => return super::texts::target_of(cx, entry.name),
            _ => return None,
        };
        Some(cx.open_file(fd).map_err(|_| Errno::ENOENT).map(|open| {
            let without_place =
                || Mounted { mount: cx.internal_mount(), inode: Arc::new(OpenNode { open: open.clone() }) };
            let location = open.location.lock().clone();
            (cx.mounted(&open).unwrap_or_else(without_place), location)
        }))
    }
    fn is_magic_link(&self) -> bool {
        const MAGIC: [&[u8]; 3] = [b"cwd", b"exe", b"root"];
        match self.what {
            What::Descriptor(_) => true,
            What::Entry(entry) => self.file_type() == abi::S_IFLNK && MAGIC.contains(&entry.name),
            What::DescriptorInfo(_) => false,
        }
    }
    fn open_special(&self, _cx: Context<'_>, flags: i32) -> Option<Result<Arc<dyn File>>> {
        if self.file_type() != abi::S_IFREG {
            return None;
        }
        let writes = flags & abi::O_ACCMODE != abi::O_RDONLY;
        if writes && self.permissions() & 0o222 == 0 && self.is_strict() {
            return Some(Err(Errno::EACCES));
        }
        if matches!(self.kind(), Some(Kind::Memory)) {
            return Some(Ok(Arc::new(MemoryFile { node: self.this() })));
        }
        Some(TextFile::open(self.this()))
    }
    fn create(&self, _name: &[u8], new: NewFile<'_>, _mode: u32) -> Result<InodeRef> {
        Err(self.not_a_directory_or(self.refuse_new(matches!(new, NewFile::Regular))))
    }
    fn unlink(&self, _name: &[u8]) -> Result<()> {
        Err(self.not_a_directory_or(Errno::EPERM))
    }
    fn rmdir(&self, _name: &[u8]) -> Result<()> {
        Err(self.not_a_directory_or(Errno::EPERM))
    }
    fn link(&self, _name: &[u8], _file: &InodeRef) -> Result<()> {
        Err(self.not_a_directory_or(self.refuse_new(false)))
    }
    fn rename(&self, _name: &[u8], _to: &InodeRef, _new_name: &[u8], _mode: RenameMode) -> Result<()> {
        Err(self.not_a_directory_or(self.refuse_new(false)))
    }
}
