//! The boot archive: the files a metal machine starts with, in one image that is used in place.
//!
//! Little-endian. A header, a table of fixed-size entries sorted by path, the names, and the files' bytes, each of a page
//! or more starting at a multiple of [`ALIGN_BYTES`] of the image so that a page of a file is a page of the image. Smaller
//! ones follow one another. The reader is total: any bytes give an archive or an error.
//!
//! ```text
//! header   magic[8] image_bytes:u64 config_at:u64 config_bytes:u64 entries_at:u64 entries:u64
//! entry    path_at:u64 path_bytes:u32 mode:u32 data_at:u64 data_bytes:u64 mtime_ns:i64
//! ```

use alloc::vec::Vec;
use core::fmt;

/// Starts every archive.
pub const MAGIC: [u8; 8] = *b"osvrun\x01\n";
/// Files of at least this, the page size, start at multiples of it.
pub const ALIGN_BYTES: usize = 4096;

/// Marks, in an entry's mode, a file that exists and that whoever made the archive could not read: reading it is
/// `EACCES`.
pub const UNREADABLE: u32 = 1 << 31;
/// Marks, in an entry's mode, a folder of which everything is in the archive.
pub const COMPLETE: u32 = 1 << 30;
/// The mode of what whoever made the archive looked for and did not find.
pub const ABSENT: u32 = 0;

const HEADER_BYTES: usize = 48;
const ENTRY_BYTES: usize = 40;

/// One file, folder or symbolic link of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Absolute path, without a trailing slash (the root is not listed).
    pub path: &'a [u8],
    /// `st_mode`, perhaps with [`UNREADABLE`] or [`COMPLETE`], or [`ABSENT`].
    pub mode: u32,
    /// Modification time, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// The file's bytes, or the link's target.
    pub data: &'a [u8],
}

/// An archive in memory.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a> {
    image: &'a [u8],
    config: &'a [u8],
    entries: &'a [u8],
}

/// What is wrong with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveError {
    /// It does not start with [`MAGIC`].
    Magic,
    /// A part lies outside the image; names the part.
    Bounds(&'static str),
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => out.write_str("it does not begin as one"),
            Self::Bounds(part) => write!(out, "its {part} is not inside it"),
        }
    }
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn part(bytes: &[u8], at: u64, len: u64) -> Option<&[u8]> {
    let at = usize::try_from(at).ok()?;
    bytes.get(at..at.checked_add(usize::try_from(len).ok()?)?)
}

impl<'a> Archive<'a> {
    /// Reads an archive's header. `image` may be longer than the archive.
    pub fn parse(image: &'a [u8]) -> Result<Self, ArchiveError> {
        if image.get(..8) != Some(&MAGIC) {
            return Err(ArchiveError::Magic);
        }
        let field = |i: usize| u64_at(image, 8 + 8 * i).ok_or(ArchiveError::Bounds("header"));
        let image = part(image, 0, field(0)?).ok_or(ArchiveError::Bounds("image"))?;
        let config = part(image, field(1)?, field(2)?).ok_or(ArchiveError::Bounds("config"))?;
        let entries_bytes =
            field(4)?.checked_mul(ENTRY_BYTES as u64).ok_or(ArchiveError::Bounds("entries"))?;
        let entries = part(image, field(3)?, entries_bytes).ok_or(ArchiveError::Bounds("entries"))?;
        Ok(Self { image, config, entries })
    }

    /// Returns the bytes of the boot configuration ([`super::config`]).
    pub fn config(&self) -> &'a [u8] {
        self.config
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len() / ENTRY_BYTES
    }

    /// Tells whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns an entry by number, or `None` if there is none or it lies outside the image.
    pub fn entry(&self, index: usize) -> Option<Entry<'a>> {
        let at = index.checked_mul(ENTRY_BYTES)?;
        let raw = self.entries.get(at..at.checked_add(ENTRY_BYTES)?)?;
        Some(Entry {
            path: part(self.image, u64_at(raw, 0)?, u64::from(u32_at(raw, 8)?))?,
            mode: u32_at(raw, 12)?,
            data: part(self.image, u64_at(raw, 16)?, u64_at(raw, 24)?)?,
            mtime_ns: u64_at(raw, 32)? as i64,
        })
    }

    /// Returns every entry that lies inside the image.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.entry(index))
    }

    /// Finds the first entry whose path is not less than `path`: where a folder's contents start.
    pub fn lower_bound(&self, path: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle).is_some_and(|e| e.path < path) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Finds an entry by path, in time logarithmic in their number.
    pub fn find(&self, path: &[u8]) -> Option<Entry<'a>> {
        self.entry(self.lower_bound(path)).filter(|e| e.path == path)
    }
}

/// Writes an archive. Entries must be added in ascending order of path; bytes go to `sink` as they come, so that no
/// file is held in memory: first call [`Plan::add`] for each, then write [`Plan::head`], then each file at its place.
#[derive(Debug, Default)]
pub struct Plan {
    config: Vec<u8>,
    entries: Vec<(Vec<u8>, u32, i64, u64)>,
}

impl Plan {
    /// Starts a plan with the boot configuration.
    pub fn new(config: Vec<u8>) -> Self {
        Self { config, entries: Vec::new() }
    }

    /// Adds an entry of `data_bytes` bytes.
    pub fn add(&mut self, path: &[u8], mode: u32, mtime_ns: i64, data_bytes: u64) {
        self.entries.push((path.into(), mode, mtime_ns, data_bytes));
    }

    /// Returns the archive's first bytes, up to the first file, and the place of each entry's data in order.
    pub fn head(&self) -> (Vec<u8>, Vec<u64>) {
        let align = |n: u64, len: u64| {
            n.next_multiple_of(if len < ALIGN_BYTES as u64 { 8 } else { ALIGN_BYTES as u64 })
        };
        let config_at = HEADER_BYTES as u64;
        let entries_at = (config_at + self.config.len() as u64).next_multiple_of(8);
        let names_at = entries_at + (self.entries.len() * ENTRY_BYTES) as u64;
        let names_bytes: u64 = self.entries.iter().map(|e| e.0.len() as u64).sum();
        let mut next = names_at + names_bytes;
        let places: Vec<u64> = self
            .entries
            .iter()
            .map(|entry| {
                let place = align(next, entry.3);
                next = place + entry.3;
                place
            })
            .collect();

        let mut head = Vec::new();
        head.extend(MAGIC);
        let image_bytes = next.next_multiple_of(ALIGN_BYTES as u64);
        for field in [image_bytes, config_at, self.config.len() as u64, entries_at, self.entries.len() as u64]
        {
            head.extend(field.to_le_bytes());
        }
        head.extend(&self.config);
        head.resize(entries_at as usize, 0);
        let mut name_at = names_at;
        for ((path, mode, mtime_ns, len), place) in self.entries.iter().zip(&places) {
            head.extend(name_at.to_le_bytes());
            head.extend((path.len() as u32).to_le_bytes());
            head.extend(mode.to_le_bytes());
            head.extend(place.to_le_bytes());
            head.extend(len.to_le_bytes());
            head.extend(mtime_ns.to_le_bytes());
            name_at += path.len() as u64;
        }
        for (path, ..) in &self.entries {
            head.extend(path);
        }
        (head, places)
    }

    /// Returns the length of the whole archive in bytes.
    pub fn image_bytes(&self) -> u64 {
        let (head, _) = self.head();
        u64_at(&head, 8).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let files: [(&[u8], &[u8]); 3] = [(b"/a", b"first"), (b"/b/c", &[7; 5000]), (b"/b/d", b"")];
        let mut plan = Plan::new(b"config".to_vec());
        for (path, data) in files {
            plan.add(path, 0o100_644, 5, data.len() as u64);
        }
        let (mut image, places) = plan.head();
        for (place, (_, data)) in places.iter().zip(files) {
            image.resize(*place as usize, 0);
            image.extend(data);
        }
        image.resize(plan.image_bytes() as usize, 0);
        image
    }

    #[test]
    fn what_was_planned_is_found() {
        let image = sample();
        let archive = Archive::parse(&image).expect("a whole archive");
        assert_eq!(archive.config(), b"config");
        assert_eq!(archive.find(b"/a").map(|e| e.data), Some(&b"first"[..]));
        assert_eq!(archive.find(b"/b/c").map(|e| e.data.len()), Some(5000));
        assert_eq!(archive.find(b"/b"), None);
        assert_eq!(archive.lower_bound(b"/b/"), 1);
    }

    #[test]
    fn damaged_images_give_errors_or_entries_inside_the_image() {
        let image = sample();
        for cut in 0..image.len().min(400) {
            assert!(Archive::parse(&image[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..300 {
            for bit in 0..8 {
                let mut damaged = image.clone();
                damaged[at] ^= 1 << bit;
                if let Ok(archive) = Archive::parse(&damaged) {
                    let total: usize = archive.entries().map(|e| e.path.len().min(e.data.len())).sum();
                    assert!(total <= damaged.len() * 8);
                }
            }
        }
    }
}
