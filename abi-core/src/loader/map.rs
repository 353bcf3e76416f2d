//! Mapping a file's segments.

use alloc::format;
use alloc::sync::Arc;

use goblin::elf::program_header::{PF_R, PF_W, PF_X, PT_GNU_RELRO};

use super::elf::{ElfImage, FileKind, Segment};
use super::error::{LoadError, LoadResult};
use crate::abi::Errno;
use crate::backend::Access;
use crate::boundary::user::copy_out;
use crate::kernel::Context;
use crate::mm::{Content, MapSpec, Placement, Sharing};

const PAGE_BYTES: usize = 4096;

/// Where a file was mapped.
#[derive(Debug, Clone, Copy)]
pub struct Mapped {
    /// What is added to the addresses the file is linked at.
    pub bias: usize,
    /// First address.
    pub start: usize,
    /// Length in bytes, whole pages.
    pub len_bytes: usize,
}

const fn page_floor(address: usize) -> usize {
    address & !(PAGE_BYTES - 1)
}

const fn page_ceil(address: usize) -> usize {
    page_floor(address + PAGE_BYTES - 1)
}

/// Returns what a segment's flags allow.
pub fn access_of(p_flags: u32) -> Access {
    let mut access = Access::empty();
    access.set(Access::READ, p_flags & PF_R != 0);
    access.set(Access::WRITE, p_flags & PF_W != 0);
    access.set(Access::EXECUTE, p_flags & PF_X != 0);
    access
}

/// Maps anonymous private memory.
pub fn map_anonymous(
    cx: Context<'_>,
    placement: Placement,
    len_bytes: usize,
    access: Access,
    name: &'static str,
) -> Result<usize, Errno> {
    let content = Content::Anonymous(Sharing::Private);
    let owner = cx.thread.program.number;
    cx.kernel.mm.map(&MapSpec { placement, len_bytes, access, content, name, owner })
}

/// Maps every loadable segment. On failure nothing stays mapped.
pub fn map_image(cx: Context<'_>, image: &ElfImage) -> LoadResult<Mapped> {
    let mapped = reserve(cx, image)?;
    for segment in image.loads() {
        if let Err(error) = map_segment(cx, image, segment, mapped.bias) {
            unmap(cx, mapped);
            return Err(error);
        }
    }
    Ok(mapped)
}

/// Removes what [`map_image`] mapped.
pub fn unmap(cx: Context<'_>, mapped: Mapped) {
    // The range was mapped by us, so removing it can only fail for want of memory, and then it stays.
    let _ = cx.kernel.mm.unmap(mapped.start, mapped.len_bytes);
}

/// Reserves the whole range of the image, aligned as its segments ask.
fn reserve(cx: Context<'_>, image: &ElfImage) -> LoadResult<Mapped> {
    let low = image.loads().map(|s| page_floor(s.p_vaddr as usize)).min().unwrap_or(0);
    let high = image.loads().map(|s| page_ceil((s.p_vaddr + s.p_memsz) as usize)).max().unwrap_or(0);
    let len_bytes = high.saturating_sub(low);
    if len_bytes == 0 {
        return Err(LoadError::bad_file(&image.path, &"p_memsz: its segments are all empty"));
    }
    let failed = |errno| {
        let what = format!("mapping {len_bytes:#x} bytes");
        LoadError { errno, ..LoadError::failed(&image.path, &what, errno) }
    };
    if image.kind == FileKind::Fixed {
        let placement = Placement::NoReplace(low);
        let start =
            map_anonymous(cx, placement, len_bytes, Access::empty(), "").map_err(|errno| match errno {
                Errno::EEXIST => LoadError {
                    errno,
                    ..LoadError::bad_file(
                        &image.path,
                        &format_args!("linked at {low:#x}, where {len_bytes:#x} bytes are not free"),
                    )
                },
                errno => failed(errno),
            })?;
        return Ok(Mapped { bias: 0, start, len_bytes });
    }
    let align = image.loads().map(|s| s.p_align as usize).max().unwrap_or(0).max(PAGE_BYTES);
    let slack = align - PAGE_BYTES;
    let whole_bytes = len_bytes.checked_add(slack).ok_or_else(|| failed(Errno::ENOMEM))?;
    let whole = map_anonymous(cx, Placement::Anywhere, whole_bytes, Access::empty(), "").map_err(failed)?;
    // The first segment keeps its place within the alignment.
    let start = whole + (low.wrapping_sub(whole) & (align - 1));
    let (before, after) = (start - whole, slack - (start - whole));
    if before > 0 {
        unmap(cx, Mapped { bias: 0, start: whole, len_bytes: before });
    }
    if after > 0 {
        unmap(cx, Mapped { bias: 0, start: start + len_bytes, len_bytes: after });
    }
    Ok(Mapped { bias: start.wrapping_sub(low), start, len_bytes })
}

fn map_segment(cx: Context<'_>, image: &ElfImage, segment: &Segment, bias: usize) -> LoadResult<()> {
    let failed = |errno| LoadError::failed(&image.path, "mapping a segment", errno);
    let access = access_of(segment.p_flags);
    if access.contains(Access::WRITE | Access::EXECUTE) {
        log::debug!("{}: a segment is both writable and executable", super::error::shown(&image.path));
    }
    let start = bias.wrapping_add(segment.p_vaddr as usize);
    let (file_end, end) = (start + segment.p_filesz as usize, start + segment.p_memsz as usize);
    let mut mapped_end = page_floor(start);
    if segment.p_filesz > 0 {
        let within = start - page_floor(start);
        cx.kernel
            .mm
            .map(&MapSpec {
                placement: Placement::Replace(page_floor(start)),
                len_bytes: page_ceil(file_end) - page_floor(start),
                access,
                content: Content::File(
                    Arc::clone(&image.source),
                    segment.p_offset - within as u64,
                    Sharing::Private,
                ),
                name: "",
                owner: cx.thread.program.number,
            })
            .map_err(failed)?;
        mapped_end = page_ceil(file_end);
        if end > file_end && mapped_end > file_end {
            clear(cx, file_end, mapped_end.min(page_ceil(end)), access).map_err(failed)?;
        }
    }
    if page_ceil(end) > mapped_end {
        let placement = Placement::Replace(mapped_end);
        map_anonymous(cx, placement, page_ceil(end) - mapped_end, access, "").map_err(failed)?;
    }
    Ok(())
}

/// Zeroes the rest of a segment's last file page.
fn clear(cx: Context<'_>, start: usize, end: usize, access: Access) -> Result<(), Errno> {
    let page = page_floor(start);
    let must_open = !access.contains(Access::WRITE);
    if must_open {
        cx.kernel.mm.protect(page, PAGE_BYTES, Access::READ | Access::WRITE)?;
    }
    let done = copy_out(start, &[0; PAGE_BYTES][..end - start]);
    if must_open {
        cx.kernel.mm.protect(page, PAGE_BYTES, access)?;
    }
    done
}

/// Returns the whole pages that become read-only after relocation (`PT_GNU_RELRO`).
pub fn relro(image: &ElfImage, bias: usize) -> Option<(usize, usize)> {
    let segment = image.segment(PT_GNU_RELRO)?;
    let start = bias.wrapping_add(segment.p_vaddr as usize);
    let end = page_floor(start.checked_add(segment.p_memsz as usize)?);
    (end > page_floor(start)).then(|| (page_floor(start), end - page_floor(start)))
}

/// Changes the access of every segment that is not writable: for relocations in them, and back.
pub fn open_read_only(cx: Context<'_>, image: &ElfImage, bias: usize, writable: Writable) -> LoadResult<()> {
    for segment in image.loads().filter(|s| s.p_flags & PF_W == 0) {
        let access = match writable {
            Writable::Yes => Access::READ | Access::WRITE,
            Writable::No => access_of(segment.p_flags),
        };
        let start = bias.wrapping_add(segment.p_vaddr as usize);
        let end = page_ceil(start + segment.p_memsz as usize);
        cx.kernel
            .mm
            .protect(page_floor(start), end - page_floor(start), access)
            .map_err(|errno| LoadError::failed(&image.path, "changing the access of a segment", errno))?;
    }
    Ok(())
}

/// Whether read-only segments can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writable {
    /// For a while they can, and are not executable then.
    Yes,
    /// They are as the file says.
    No,
}
