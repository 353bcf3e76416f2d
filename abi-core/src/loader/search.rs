//! Finding libraries by name.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;

use super::elf::ElfImage;
use super::error::{LoadError, LoadResult, shown};
use crate::abi::Errno;
use crate::fs::ImageKind;
use crate::kernel::Context;
use crate::mm::PageSource;

/// Libraries of glibc that the kernel itself stands for.
const KERNEL_LIBRARIES: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libresolv.so.2",
    "libcrypt.so.1",
    "libutil.so.1",
    "libanl.so.1",
    "libBrokenLocale.so.1",
    "ld-linux-x86-64.so.2",
];

/// Where libraries are when nothing else is said.
pub const DEFAULT_FOLDERS: &[&str] = &[
    "/usr/local/lib/x86_64-linux-gnu",
    "/usr/local/lib",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// Returns the name of a library that is the kernel itself.
pub fn kernel_library(name: &[u8]) -> Option<&'static str> {
    let file = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    KERNEL_LIBRARIES.iter().find(|library| library.as_bytes() == file).copied()
}

/// Tells whether a library is the kernel itself.
pub fn is_kernel_library(name: &[u8]) -> bool {
    kernel_library(name).is_some()
}

/// Where files are read from: the guest's file system, or the host's for `osvrun check`.
pub trait Files {
    /// Opens a regular file.
    fn open(&self, path: &[u8], kind: ImageKind) -> Result<Arc<dyn PageSource>, Errno>;
    /// Returns the names in a folder, in any order.
    fn names(&self, folder: &[u8]) -> Result<Vec<Vec<u8>>, Errno>;
}

impl Files for Context<'_> {
    fn open(&self, path: &[u8], kind: ImageKind) -> Result<Arc<dyn PageSource>, Errno> {
        self.open_image(path, kind)
    }

    fn names(&self, folder: &[u8]) -> Result<Vec<Vec<u8>>, Errno> {
        self.names_in(folder)
    }
}

/// Replaces `$ORIGIN`, `$LIB` and `$PLATFORM` (also in braces).
pub fn expand(text: &[u8], origin: &[u8]) -> Vec<u8> {
    let tokens: [(&[u8], &[u8]); 6] = [
        (b"$ORIGIN", origin),
        (b"${ORIGIN}", origin),
        (b"$LIB", b"lib/x86_64-linux-gnu"),
        (b"${LIB}", b"lib/x86_64-linux-gnu"),
        (b"$PLATFORM", b"x86_64"),
        (b"${PLATFORM}", b"x86_64"),
    ];
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if let Some((token, value)) = tokens.iter().find(|(token, _)| rest.starts_with(token)) {
            out.extend_from_slice(value);
            rest = &rest[token.len()..];
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// Returns the folder a path lies in.
pub fn folder_of(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) => b"/",
        Some(slash) => &path[..slash],
        None => b".",
    }
}

/// Splits a list of folders at its colons; an empty one is the working directory.
pub fn folders(list: &[u8], origin: &[u8]) -> Vec<Vec<u8>> {
    if list.is_empty() {
        return Vec::new();
    }
    let parts = list.split(|byte| *byte == b':' || *byte == b';');
    parts.map(|part| if part.is_empty() { b".".to_vec() } else { expand(part, origin) }).collect()
}

/// Where one library is looked for.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Folders in the order in which they are tried, before the default ones.
    pub folders: Vec<Vec<u8>>,
    /// Folders that come before the default ones and after those (`/etc/ld.so.conf`).
    pub system: Vec<Vec<u8>>,
    /// `$ORIGIN` for names with a slash.
    pub origin: Vec<u8>,
    /// Who needs it, for messages.
    pub needed_by: Vec<u8>,
}

impl Places {
    /// Returns all folders, each once.
    pub fn all(&self) -> Vec<&[u8]> {
        let defaults = DEFAULT_FOLDERS.iter().map(|folder| folder.as_bytes());
        let own = self.folders.iter().chain(&self.system).map(Vec::as_slice);
        let mut all: Vec<&[u8]> = Vec::new();
        for folder in own.chain(defaults) {
            if !all.contains(&folder) {
                all.push(folder);
            }
        }
        all
    }
}

/// Finds and parses the library `name`.
pub fn find(files: &dyn Files, name: &[u8], places: &Places) -> LoadResult<ElfImage> {
    let by = if places.needed_by.is_empty() {
        String::new()
    } else {
        format!(", needed by {}", shown(&places.needed_by))
    };
    if name.contains(&b'/') {
        let path = expand(name, &places.origin);
        let source = files.open(&path, ImageKind::Library).map_err(|errno| match errno {
            Errno::ENOENT | Errno::ENOTDIR => LoadError {
                absent: Some(path.clone()),
                ..LoadError::not_found(format!("{}: not found{by}", shown(&path)))
            },
            errno => LoadError::failed(&path, "opening", errno),
        })?;
        return ElfImage::parse(&path, source);
    }
    let all = places.all();
    let mut damaged = None;
    for folder in &all {
        let mut path = folder.to_vec();
        if path.last() != Some(&b'/') {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        let Ok(source) = files.open(&path, ImageKind::Library) else { continue };
        match ElfImage::parse(&path, source) {
            Ok(image) => return Ok(image),
            // A library for another machine is passed over; another folder may have the right one.
            Err(error) if error.is_foreign => {
                damaged.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(error) = damaged {
        return Err(error);
    }
    let mut text = format!("{}: not found{by} (looked in ", shown(name));
    for (i, folder) in all.iter().enumerate() {
        text.push_str(if i == 0 { "" } else { ", " });
        let _ = write!(text, "{}", shown(folder));
    }
    text.push(')');
    Err(LoadError { absent: Some(name.to_vec()), ..LoadError::not_found(text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_expanded() {
        assert_eq!(expand(b"$ORIGIN/../lib", b"/opt/x/bin"), b"/opt/x/bin/../lib");
        assert_eq!(expand(b"${ORIGIN}/$PLATFORM/a$", b"/o"), b"/o/x86_64/a$");
    }

    #[test]
    fn an_empty_part_of_a_list_is_the_working_directory() {
        assert_eq!(folders(b"/a::$ORIGIN", b"/o"), [b"/a".to_vec(), b".".to_vec(), b"/o".to_vec()]);
        assert!(folders(b"", b"/o").is_empty());
    }

    #[test]
    fn libraries_of_glibc_are_the_kernel() {
        assert!(is_kernel_library(b"libc.so.6"));
        assert!(is_kernel_library(b"/lib64/ld-linux-x86-64.so.2"));
        assert!(!is_kernel_library(b"libstdc++.so.6"));
    }

    #[test]
    fn folders_of_paths() {
        assert_eq!(folder_of(b"/a/b"), b"/a");
        assert_eq!(folder_of(b"/a"), b"/");
        assert_eq!(folder_of(b"a"), b".");
    }
}
