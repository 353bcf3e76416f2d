//! Bytes of a file and little-endian numbers in them.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

use super::super::error::ElfError;
use crate::mm::PageSource;

/// Bytes of a file: in place where the file lies in memory, else a copy.
pub type Bytes = Cow<'static, [u8]>;

/// Reads `len_bytes` bytes at `offset`; an error names `field`.
pub(super) fn read(
    source: &dyn PageSource,
    field: &'static str,
    offset: u64,
    len_bytes: u64,
) -> Result<Bytes, ElfError> {
    let file_bytes = source.len_bytes();
    let end = offset.checked_add(len_bytes).filter(|end| *end <= file_bytes).ok_or_else(|| {
        let end = offset.saturating_add(len_bytes);
        ElfError::new(
            field,
            offset,
            format!("ends at {end:#x}, past the end of the file ({file_bytes:#x} bytes)"),
        )
    })?;
    if let Some(bytes) = source.in_place().and_then(|all| all.get(offset as usize..end as usize)) {
        return Ok(Bytes::Borrowed(bytes));
    }
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(len_bytes as usize).is_err() {
        return Err(ElfError::new(field, offset, format!("no memory for its {len_bytes:#x} bytes")));
    }
    bytes.resize(len_bytes as usize, 0);
    let mut done = 0;
    while done < bytes.len() {
        match source.read_at(offset + done as u64, &mut bytes[done..]) {
            Ok(0) => return Err(ElfError::new(field, offset, "the file ended while it was read")),
            Ok(n) => done += n.min(len_bytes as usize - done),
            Err(errno) => return Err(ElfError::new(field, offset, format!("reading failed: {errno}"))),
        }
    }
    Ok(Bytes::Owned(bytes))
}

fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    offset
        .checked_add(N)
        .and_then(|end| bytes.get(offset..end))
        .and_then(|part| part.try_into().ok())
        .unwrap_or([0; N])
}

/// Returns the number at `offset`, 0 outside `bytes`.
pub fn u16_at(bytes: &[u8], offset: usize) -> u16 {
    u16::from_le_bytes(array_at(bytes, offset))
}

/// Returns the number at `offset`, 0 outside `bytes`.
pub fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(array_at(bytes, offset))
}

/// Returns the number at `offset`, 0 outside `bytes`.
pub fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(array_at(bytes, offset))
}
