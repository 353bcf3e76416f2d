//! The calls of `sys/mman.h` on the book.

use core::sync::atomic::Ordering;

use super::region::RegionContent;
use super::{Content, MapSpec, Placement, Remap, Sharing};
use crate::abi::{self, Errno, Result};
use crate::backend::Access;
use crate::boundary::user::UserPtr;
use crate::fs::WRITE_SEALS;
use crate::fs::inode::InodeRef;
use crate::kernel::Context;

/// Flags of mmap(2) that ask for nothing here or are hints.
const IGNORED_MAP_FLAGS: i32 = abi::MAP_DENYWRITE
    | abi::MAP_EXECUTABLE
    | abi::MAP_GROWSDOWN
    | abi::MAP_LOCKED
    | abi::MAP_NONBLOCK
    | abi::MAP_STACK;
/// The kinds of sharing (`MAP_TYPE`).
const MAP_TYPE: i32 = 0xf;
/// How many bytes of answers mincore(2) stores at a time.
const MINCORE_BYTES: usize = 4096;
/// `PROT_SEM`: fit for atomic operations, as all memory is.
const PROT_SEM: i32 = 8;
/// `PROT_GROWSDOWN`
const PROT_GROWSDOWN: i32 = 0x0100_0000;
/// `PROT_GROWSDOWN` and `PROT_GROWSUP`.
const PROT_GROWS: i32 = 0x0300_0000;

/// Converts `PROT_*` bits.
fn access_of(prot: i32) -> Result<Access> {
    if prot & !(abi::PROT_READ | abi::PROT_WRITE | abi::PROT_EXEC | PROT_SEM | PROT_GROWS) != 0 {
        return Err(Errno::EINVAL);
    }
    // The numbers agree: READ 1, WRITE 2, EXEC 4.
    Ok(Access::from_bits_truncate(prot as u32))
}

/// Tells whether a file has a seal against writing.
fn is_sealed(inode: &InodeRef) -> bool {
    inode.seals().is_some_and(|seals| seals.load(Ordering::SeqCst) & WRITE_SEALS != 0)
}

/// Says where mmap(2) is asked to map.
fn placement_of(address: usize, flags: i32) -> Placement {
    if flags & abi::MAP_FIXED_NOREPLACE != 0 {
        Placement::NoReplace(address)
    } else if flags & abi::MAP_FIXED != 0 {
        Placement::Replace(address)
    } else if flags & abi::MAP_32BIT != 0 {
        Placement::Low(address)
    } else if address != 0 {
        Placement::Hint(address)
    } else {
        Placement::Anywhere
    }
}

impl Context<'_> {
    /// mmap(2)
    pub fn sys_mmap(
        self,
        address: usize,
        len_bytes: usize,
        prot: i32,
        flags: i32,
        fd: i32,
        offset: i64,
    ) -> Result<usize> {
        let access = Access::from_bits_truncate(prot as u32);
        let sharing = match flags & MAP_TYPE {
            abi::MAP_PRIVATE => Sharing::Private,
            abi::MAP_SHARED => Sharing::Shared,
            abi::MAP_SHARED_VALIDATE if flags & !known_flags() != 0 => return Err(Errno::EOPNOTSUPP),
            abi::MAP_SHARED_VALIDATE => Sharing::Shared,
            _ => return Err(Errno::EINVAL),
        };
        if flags & abi::MAP_GROWSDOWN != 0 && sharing == Sharing::Shared {
            return Err(Errno::EINVAL);
        }
        if flags & abi::MAP_HUGETLB != 0 {
            // No pool of huge pages is set up.
            return Err(if flags & abi::MAP_ANONYMOUS != 0 { Errno::ENOMEM } else { Errno::EINVAL });
        }
        if !(offset as u64).is_multiple_of(self.kernel.mm.page_bytes() as u64) {
            return Err(Errno::EINVAL);
        }
        let (content, may) = if flags & abi::MAP_ANONYMOUS != 0 {
            (Content::Anonymous(sharing), Access::all())
        } else {
            self.file_content(fd, offset, access, sharing)?
        };
        if access.contains(Access::WRITE) && sharing == Sharing::Private && flags & abi::MAP_NORESERVE == 0 {
            self.check_commit(len_bytes)?;
        }
        // What a fixed mapping replaces is not counted off, as on Linux.
        self.check_memory_limits(len_bytes, access.contains(Access::WRITE) && sharing == Sharing::Private)?;
        let placement = placement_of(address, flags);
        let spec =
            MapSpec { placement, len_bytes, access, content, name: "", owner: self.thread.program.number };
        let start = self.kernel.mm.map_limited(&spec, may)?;
        if flags & abi::MAP_GROWSDOWN != 0 {
            self.kernel.mm.let_grow(start, len_bytes);
        }
        if flags & (abi::MAP_POPULATE | abi::MAP_LOCKED) != 0 {
            // mmap(2): "does not fail if the mapping cannot be populated".
            let _ = self.kernel.mm.populate(start, len_bytes);
        }
        Ok(start)
    }

    /// Says what a mapping of a descriptor shows, and the most it may allow.
    fn file_content(
        self,
        fd: i32,
        offset: i64,
        access: Access,
        sharing: Sharing,
    ) -> Result<(Content, Access)> {
        let (source, open_flags) = self.fd_page_source(fd)?;
        let mode = open_flags & abi::O_ACCMODE;
        if mode == abi::O_WRONLY {
            return Err(Errno::EACCES);
        }
        let mut may = Access::all();
        if sharing == Sharing::Shared && mode != abi::O_RDWR {
            may -= Access::WRITE;
        }
        if !may.contains(access) {
            return Err(Errno::EACCES);
        }
        let open = self.open_file(fd)?;
        if open.mount.as_ref().is_some_and(|mount| mount.has(abi::MS_NOEXEC)) {
            may -= Access::EXECUTE;
            if !may.contains(access) {
                return Err(Errno::EPERM);
            }
        }
        if sharing == Sharing::Shared && open.file.inode().is_some_and(is_sealed) {
            may -= Access::WRITE;
            if !may.contains(access) {
                return Err(Errno::EPERM);
            }
        }
        let content = match source {
            Some(source) => Content::File(source, offset as u64, sharing),
            None => Content::Anonymous(sharing),
        };
        Ok((content, may))
    }

    /// Refuses what can never be had: a private writable mapping longer than all of memory (the kernel's heuristic
    /// overcommit, proc(5)).
    fn check_commit(self, len_bytes: usize) -> Result<()> {
        if len_bytes > self.kernel.backend.layout().total_bytes { Err(Errno::ENOMEM) } else { Ok(()) }
    }

    /// mprotect(2)
    pub fn sys_mprotect(self, address: usize, len_bytes: usize, prot: i32) -> Result<()> {
        let access = access_of(prot)?;
        let grows = prot & PROT_GROWS;
        if grows == 0 {
            return self.kernel.mm.protect(address, len_bytes, access);
        }
        // Stacks grow downwards, and only those: from the lowest address of the mapping on.
        let stack =
            self.kernel.mm.stack_at(address).filter(|_| grows == PROT_GROWSDOWN).ok_or(Errno::EINVAL)?;
        let end = address.checked_add(len_bytes).ok_or(Errno::ENOMEM)?;
        self.kernel.mm.protect(stack.start, end - stack.start, access)
    }

    /// mremap(2)
    pub fn sys_mremap(
        self,
        address: usize,
        old_len: usize,
        new_len: usize,
        flags: i32,
        to: usize,
    ) -> Result<usize> {
        let remap = match flags {
            0 => Remap::InPlace,
            abi::MREMAP_MAYMOVE => Remap::MayMove,
            _ if flags == abi::MREMAP_MAYMOVE | abi::MREMAP_FIXED => Remap::MoveTo(to),
            _ if flags == abi::MREMAP_MAYMOVE | abi::MREMAP_DONTUNMAP => Remap::KeepOld(None),
            _ if flags == abi::MREMAP_MAYMOVE | abi::MREMAP_FIXED | abi::MREMAP_DONTUNMAP => {
                Remap::KeepOld(Some(to))
            }
            _ => return Err(Errno::EINVAL),
        };
        let growth = match remap {
            Remap::KeepOld(_) => new_len,
            _ => new_len.saturating_sub(old_len),
        };
        if growth > 0 {
            let is_data = self.kernel.mm.region_of(address).is_some_and(|(_, a)| a.contains(Access::WRITE));
            self.check_memory_limits(growth, is_data)?;
        }
        self.kernel.mm.remap(address, old_len, new_len, remap)
    }

    /// madvise(2)
    pub fn sys_madvise(self, address: usize, len_bytes: usize, advice: i32) -> Result<()> {
        let mm = &self.kernel.mm;
        match advice {
            abi::MADV_FREE => {
                mm.check_kinds(address, len_bytes, |_, content| matches!(content, RegionContent::Anonymous))?;
                mm.discard(address, len_bytes)
            }
            abi::MADV_DONTNEED | abi::MADV_DONTNEED_LOCKED => mm.discard(address, len_bytes),
            abi::MADV_REMOVE => mm.punch(address, len_bytes),
            abi::MADV_POPULATE_READ => {
                mm.check_kinds(address, len_bytes, |access, _| access.contains(Access::READ))?;
                mm.populate(address, len_bytes)
            }
            abi::MADV_POPULATE_WRITE => {
                mm.check_kinds(address, len_bytes, |access, _| access.contains(Access::WRITE))?;
                mm.populate(address, len_bytes)
            }
            abi::MADV_WILLNEED => {
                mm.check_advised(address, len_bytes)?;
                // A hint: what cannot be read now faults later.
                let _ = mm.populate_files(address, len_bytes);
                Ok(())
            }
            abi::MADV_NORMAL
            | abi::MADV_RANDOM
            | abi::MADV_SEQUENTIAL
            | abi::MADV_DONTFORK
            | abi::MADV_DOFORK
            | abi::MADV_WIPEONFORK
            | abi::MADV_KEEPONFORK
            | abi::MADV_HUGEPAGE
            | abi::MADV_NOHUGEPAGE
            | abi::MADV_DONTDUMP
            | abi::MADV_DODUMP
            | abi::MADV_COLD
            | abi::MADV_PAGEOUT
            | abi::MADV_MERGEABLE
            | abi::MADV_UNMERGEABLE => mm.check_advised(address, len_bytes),
            _ => Err(Errno::EINVAL),
        }
    }

    /// msync(2)
    pub fn sys_msync(self, address: usize, len_bytes: usize, flags: i32) -> Result<()> {
        let both = abi::MS_ASYNC | abi::MS_SYNC;
        if flags & !(both | abi::MS_INVALIDATE) != 0 || flags & both == both {
            return Err(Errno::EINVAL);
        }
        if flags & abi::MS_INVALIDATE != 0 && self.kernel.mm.has_locked(address, len_bytes)? {
            return Err(Errno::EBUSY);
        }
        if flags & abi::MS_SYNC != 0 {
            for (file, ..) in self.kernel.mm.shared_files(address, len_bytes)? {
                if let Some(cache) = file.cache() {
                    self.kernel.mm.write_back(&*cache)?;
                }
                file.sync()?;
            }
        }
        self.kernel.mm.check_mapped(address, len_bytes)
    }

    /// mincore(2)
    pub fn sys_mincore(self, address: usize, len_bytes: usize, out: UserPtr<u8>) -> Result<()> {
        let page_bytes = self.kernel.mm.page_bytes();
        if !address.is_multiple_of(page_bytes) {
            return Err(Errno::EINVAL);
        }
        let mut done = 0;
        while done < len_bytes {
            let len = (len_bytes - done).min(MINCORE_BYTES * page_bytes);
            let answers = self.kernel.mm.presence(address.checked_add(done).ok_or(Errno::ENOMEM)?, len)?;
            crate::boundary::user::copy_out(out.add(done / page_bytes).address(), &answers)?;
            done += len;
        }
        Ok(())
    }

    /// brk(2), without the answer
    pub fn sys_brk(self, address: usize) -> Result<()> {
        let growth = address.saturating_sub(self.kernel.mm.current_break(self.thread.program.number)?);
        self.check_memory_limits(growth, growth > 0)?;
        self.kernel.mm.set_break(address, self.thread.program.number)
    }
}

/// The flags `MAP_SHARED_VALIDATE` knows.
const fn known_flags() -> i32 {
    MAP_TYPE
        | IGNORED_MAP_FLAGS
        | abi::MAP_FIXED
        | abi::MAP_FIXED_NOREPLACE
        | abi::MAP_ANONYMOUS
        | abi::MAP_32BIT
        | abi::MAP_NORESERVE
        | abi::MAP_POPULATE
        | abi::MAP_HUGETLB
}
