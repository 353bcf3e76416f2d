//! System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2).
//!
//! A segment is an object of the backend that is mapped as a shared file is; the mappings' references to it are the
//! number of attachments.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::Permissions;
use super::table::Table;
use crate::abi::{self, Errno, Result};
use crate::backend::{Access, Backend, ObjectId, read_object};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::mm::{Content, MapSpec, PageSource, Placement, SharedPages, Sharing};
use crate::sync::Mutex;

const PAGE_BYTES: usize = 4096;
/// The most segments.
pub(crate) const SEGMENTS_MAX: usize = 4096;
/// Bytes and pages that there may be: as many as there is memory for.
pub(crate) const NO_LIMIT: u64 = u64::MAX - (1 << 24);
/// Marks a segment that goes with its last attachment.
const DEST: u32 = 0o1000;
/// Marks a segment that is locked into memory, as all memory is.
const LOCKED: u32 = 0o2000;
const SHM_STAT: i32 = 13;
const SHM_INFO: i32 = 14;
const SHM_STAT_ANY: i32 = 15;

/// `struct shmid_ds`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct SegmentStatus {
    permissions: Permissions,
    size_bytes: usize,
    attached: i64,
    detached: i64,
    changed: i64,
    maker: i32,
    last: i32,
    attachments: u64,
    unused: [u64; 2],
}

/// `struct shminfo` and `struct shm_info`, in words.
type InfoWords = [u64; 9];

const _: () = assert!(size_of::<SegmentStatus>() == 112 && size_of::<Permissions>() == 48);

/// The memory of a segment.
struct SegmentPages {
    backend: &'static dyn Backend,
    object: ObjectId,
    len_bytes: usize,
    key: i32,
    id: i32,
}

impl SegmentPages {
    fn resident_pages(&self) -> usize {
        self.backend.object_resident_bytes(self.object) / PAGE_BYTES
    }
}

impl Drop for SegmentPages {
    fn drop(&mut self) {
        self.backend.destroy_object(self.object);
    }
}

impl PageSource for SegmentPages {
    fn len_bytes(&self) -> u64 {
        self.len_bytes as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let n = self.len_bytes.saturating_sub(offset as usize).min(buf.len());
        read_object(self.backend, self.object, offset as usize, &mut buf[..n])?;
        Ok(n)
    }
    fn shared_pages(&self, _may_write: bool) -> Result<SharedPages> {
        Ok(SharedPages::Object(self.object))
    }
    fn identity(&self) -> (u64, u64) {
        (1, self.id as u64)
    }
    fn path(&self) -> Vec<u8> {
        alloc::format!("/SYSV{:08x} (deleted)", self.key).into_bytes()
    }
}

/// What shmctl(2) tells of the use of a segment.
#[derive(Clone, Copy, Default)]
struct Times {
    attached: i64,
    detached: i64,
    last: i32,
}

struct Segment {
    pages: Arc<SegmentPages>,
    size_bytes: usize,
    times: Mutex<Times>,
}

impl Segment {
    fn attachments(&self) -> usize {
        Arc::strong_count(&self.pages) - 1
    }
}

/// Where a segment was attached.
struct Attachment {
    address: usize,
    pages: Weak<SegmentPages>,
}

/// The segments, as many as Linux has (`SHMMNI`).
type SegmentTable = Table<Segment, SEGMENTS_MAX>;

/// All segments.
#[derive(Default)]
pub(super) struct Segments {
    table: Mutex<SegmentTable>,
    attachments: Mutex<Vec<Attachment>>,
}

impl Segments {
    /// Forgets removed segments that nobody has attached any more.
    fn purge(table: &mut SegmentTable) {
        table.retain(|entry| entry.permissions.mode & DEST == 0 || entry.object.attachments() > 0);
    }
}

impl Context<'_> {
    /// shmget(2)
    pub fn sys_shmget(self, key: i32, size_bytes: usize, flags: i32) -> Result<i32> {
        let mut table = self.kernel.ipc.shm.table.lock();
        Segments::purge(&mut table);
        let backend = self.kernel.backend;
        let fits = |segment: &Segment| {
            if size_bytes > segment.size_bytes { Err(Errno::EINVAL) } else { Ok(()) }
        };
        let make = |id: i32| {
            if size_bytes == 0 {
                return Err(Errno::EINVAL);
            }
            if flags & abi::SHM_HUGETLB != 0 {
                // No pool of huge pages is set up.
                return Err(Errno::ENOMEM);
            }
            let len_bytes = size_bytes.checked_next_multiple_of(PAGE_BYTES).ok_or(Errno::EINVAL)?;
            if len_bytes > backend.layout().total_bytes {
                return Err(Errno::ENOMEM);
            }
            let object = backend.create_object(len_bytes)?;
            let pages = Arc::new(SegmentPages { backend, object, len_bytes, key, id });
            Ok(Segment { pages, size_bytes, times: Mutex::new(Times::default()) })
        };
        table.get(key, flags, self.now_seconds(), fits, make)
    }

    /// shmat(2)
    pub fn sys_shmat(self, id: i32, address: usize, flags: i32) -> Result<usize> {
        let segment = {
            let mut table = self.kernel.ipc.shm.table.lock();
            Segments::purge(&mut table);
            table.find(id)?.object.clone()
        };
        let rounds = flags & abi::SHM_RND != 0;
        let at = if rounds { address - address % PAGE_BYTES } else { address };
        if !at.is_multiple_of(PAGE_BYTES) || at == 0 && flags & abi::SHM_REMAP != 0 {
            return Err(Errno::EINVAL);
        }
        let placement = match at {
            0 => Placement::Anywhere,
            _ if flags & abi::SHM_REMAP != 0 => Placement::Replace(at),
            _ => Placement::NoReplace(at),
        };
        let (mut access, mut may) = (Access::READ, Access::all());
        if flags & abi::SHM_RDONLY == 0 {
            access |= Access::WRITE;
        } else {
            may -= Access::WRITE;
        }
        if flags & abi::SHM_EXEC != 0 {
            access |= Access::EXECUTE;
        }
        let content = Content::File(segment.pages.clone(), 0, Sharing::Shared);
        let len_bytes = segment.size_bytes;
        let owner = self.thread.program.number;
        let spec = MapSpec { placement, len_bytes, access, content, name: "", owner };
        let start = self.kernel.mm.map_limited(&spec, may).map_err(|error| match error {
            Errno::EEXIST => Errno::EINVAL,
            other => other,
        })?;
        drop(spec);
        let mut attachments = self.kernel.ipc.shm.attachments.lock();
        attachments.retain(|other| other.address != start && other.pages.strong_count() > 0);
        attachments.push(Attachment { address: start, pages: Arc::downgrade(&segment.pages) });
        drop(attachments);
        let mut times = segment.times.lock();
        (times.attached, times.last) = (self.now_seconds(), abi::PID);
        Ok(start)
    }

    /// shmdt(2)
    pub fn sys_shmdt(self, address: usize) -> Result<i32> {
        let shm = &self.kernel.ipc.shm;
        let pages = {
            let mut attachments = shm.attachments.lock();
            let at = attachments.iter().position(|other| other.address == address).ok_or(Errno::EINVAL)?;
            attachments.swap_remove(at).pages.upgrade().ok_or(Errno::EINVAL)?
        };
        // What was mapped over a part of it since stays.
        let mut is_there = false;
        let own: Arc<dyn PageSource> = pages.clone();
        for (source, offset, len) in self.kernel.mm.shared_files(address, pages.len_bytes)? {
            if Arc::ptr_eq(&source, &own) {
                drop(source);
                self.kernel.mm.unmap(address + offset as usize, len as usize)?;
                is_there = true;
            }
        }
        drop(own);
        let mut table = shm.table.lock();
        let of_pages = |segment: &Arc<Segment>| Arc::ptr_eq(&segment.pages, &pages);
        if let Some(entry) = table.all().find(|entry| of_pages(&entry.object)) {
            let mut times = entry.object.times.lock();
            (times.detached, times.last) = (self.now_seconds(), abi::PID);
        }
        drop(pages);
        Segments::purge(&mut table);
        if is_there { Ok(0) } else { Err(Errno::EINVAL) }
    }

    /// shmctl(2)
    pub fn sys_shmctl(self, id: i32, command: i32, argument: usize) -> Result<i32> {
        let mut table = self.kernel.ipc.shm.table.lock();
        Segments::purge(&mut table);
        match command {
            abi::IPC_INFO => {
                let words: InfoWords =
                    [NO_LIMIT, 1, SEGMENTS_MAX as u64, SEGMENTS_MAX as u64, NO_LIMIT, 0, 0, 0, 0];
                let highest = table.highest();
                drop(table);
                UserPtr::<u64>::new(argument).write_many(&words)?;
                Ok(highest)
            }
            SHM_INFO => {
                let pages: usize = table.all().map(|entry| entry.object.pages.len_bytes / PAGE_BYTES).sum();
                let resident: usize = table.all().map(|entry| entry.object.pages.resident_pages()).sum();
                let words = [table.all().count() as u64, pages as u64, resident as u64, 0, 0, 0];
                let highest = table.highest();
                drop(table);
                UserPtr::<u64>::new(argument).write_many(&words)?;
                Ok(highest)
            }
            abi::IPC_STAT | SHM_STAT | SHM_STAT_ANY => {
                let (id, entry) = table.find_either(id, command != abi::IPC_STAT)?;
                let times = *entry.object.times.lock();
                let status = SegmentStatus {
                    permissions: entry.permissions,
                    size_bytes: entry.object.size_bytes,
                    attached: times.attached,
                    detached: times.detached,
                    changed: entry.changed,
                    maker: abi::PID,
                    last: times.last,
                    attachments: entry.object.attachments() as u64,
                    unused: [0; 2],
                };
                drop(table);
                UserPtr::new(argument).write(status)?;
                Ok(if command == abi::IPC_STAT { 0 } else { id })
            }
            abi::IPC_SET => {
                table.find(id)?;
                drop(table);
                let new = UserPtr::<SegmentStatus>::new(argument).read()?;
                let now = self.now_seconds();
                self.kernel.ipc.shm.table.lock().find(id)?.set(&new.permissions, now);
                Ok(0)
            }
            abi::IPC_RMID => {
                let entry = table.find(id)?;
                entry.permissions.mode |= DEST;
                entry.permissions.key = abi::IPC_PRIVATE;
                Segments::purge(&mut table);
                Ok(0)
            }
            abi::SHM_LOCK => {
                table.find(id)?.permissions.mode |= LOCKED;
                Ok(0)
            }
            abi::SHM_UNLOCK => {
                table.find(id)?.permissions.mode &= !LOCKED;
                Ok(0)
            }
            _ => Err(Errno::EINVAL),
        }
    }
}
