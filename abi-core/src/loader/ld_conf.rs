//! `/etc/ld.so.conf`: the folders of libraries that `ldconfig(8)` is told of.

use alloc::vec::Vec;

use super::search::{Files, folder_of};
use crate::fs::ImageKind;
use crate::libc::fnmatch;

const PATH: &[u8] = b"/etc/ld.so.conf";
/// How deep files may include one another.
const MOST_INCLUDES: usize = 8;
/// How many files are read in all.
const MOST_FILES: usize = 256;
/// How much of a file is read.
const MOST_BYTES: usize = 64 << 10;

/// Returns the folders that `/etc/ld.so.conf` names, in their order, each once.
pub fn folders(files: &dyn Files) -> Vec<Vec<u8>> {
    let mut reader = Reader { files, left: MOST_FILES, found: Vec::new() };
    reader.read(PATH, MOST_INCLUDES);
    reader.found
}

struct Reader<'a> {
    files: &'a dyn Files,
    /// How many files may still be read.
    left: usize,
    found: Vec<Vec<u8>>,
}

impl Reader<'_> {
    fn read(&mut self, path: &[u8], depth: usize) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        let Some(text) = self.text(path) else { return };
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.split(|&byte| byte == b'#').next().unwrap_or_default().trim_ascii();
            let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            match words.next() {
                Some(b"include") if depth > 0 => {
                    for pattern in words {
                        self.include(path, pattern, depth - 1);
                    }
                }
                Some(b"include" | b"hwcap") => {}
                _ => self.add_folders(line),
            }
        }
    }

    /// Reads the files that a pattern stands for, sorted; it may have stars in its last part, and be relative to the file
    /// that includes it.
    fn include(&mut self, by: &[u8], pattern: &[u8], depth: usize) {
        let pattern = if pattern.starts_with(b"/") { pattern.to_vec() } else { join(folder_of(by), pattern) };
        let (folder, name) = (folder_of(&pattern), pattern.rsplit(|&byte| byte == b'/').next());
        let Some(name) = name.filter(|name| name.iter().any(|byte| b"*?[".contains(byte))) else {
            return self.read(&pattern, depth);
        };
        let mut names = self.files.names(folder).unwrap_or_default();
        names.retain(|entry| fnmatch::matches(name, entry, fnmatch::PERIOD, false));
        let mut names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
        names.sort_unstable();
        for entry in names {
            self.read(&join(folder, entry), depth);
        }
    }

    fn add_folders(&mut self, line: &[u8]) {
        for folder in line.split(|byte| b" \t,:".contains(byte)).filter(|folder| folder.starts_with(b"/")) {
            // Old files give a library type behind an equals sign.
            let folder = folder.split(|&byte| byte == b'=').next().unwrap_or(folder);
            if self.found.iter().all(|found| found != folder) {
                self.found.push(folder.to_vec());
            }
        }
    }

    fn text(&self, path: &[u8]) -> Option<Vec<u8>> {
        let source = self.files.open(path, ImageKind::Library).ok()?;
        let mut text = alloc::vec![0; (source.len_bytes() as usize).min(MOST_BYTES)];
        let mut len = 0;
        while let Ok(n @ 1..) = source.read_at(len as u64, &mut text[len..]) {
            len += n;
        }
        text.truncate(len);
        Some(text)
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if folder.ends_with(b"/") { b"" } else { b"/" };
    [folder, slash, name].concat()
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;

    use super::*;
    use crate::abi::{Errno, Result};
    use crate::mm::PageSource;

    /// Files by path, with their text.
    struct Texts(&'static [(&'static str, &'static str)]);

    struct Text(&'static str);

    impl PageSource for Text {
        fn len_bytes(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
            let rest = &self.0.as_bytes()[offset as usize..];
            let len = rest.len().min(buf.len());
            buf[..len].copy_from_slice(&rest[..len]);
            Ok(len)
        }

        fn path(&self) -> Vec<u8> {
            Vec::new()
        }
    }

    impl Files for Texts {
        fn open(&self, path: &[u8], _kind: ImageKind) -> Result<Arc<dyn PageSource>> {
            let found = self.0.iter().find(|(name, _)| name.as_bytes() == path).ok_or(Errno::ENOENT)?;
            Ok(Arc::new(Text(found.1)))
        }

        fn names(&self, folder: &[u8]) -> Result<Vec<Vec<u8>>> {
            let inside = |(name, _): &(&str, &str)| {
                let name = name.as_bytes();
                (folder_of(name) == folder).then(|| name[folder.len() + 1..].to_vec())
            };
            Ok(self.0.iter().filter_map(inside).collect())
        }
    }

    #[test]
    fn included_files_are_read_in_their_order() {
        let texts = Texts(&[
            (
                "/etc/ld.so.conf",
                "include ld.so.conf.d/*.conf # more\n/opt/three, /opt/four=libc6\nhwcap 1 a\n",
            ),
            ("/etc/ld.so.conf.d/b.conf", "/opt/one\n"),
            ("/etc/ld.so.conf.d/a.conf", "/opt/two:/opt/one\n"),
            ("/etc/ld.so.conf.d/.c.conf", "/opt/hidden\n"),
            ("/etc/ld.so.conf.d/c.txt", "/opt\n"),
        ]);
        assert_eq!(
            folders(&texts),
            ["/opt/two", "/opt/one", "/opt/three", "/opt/four"].map(|f| f.as_bytes().to_vec())
        );
    }

    #[test]
    fn files_that_include_themselves_end() {
        let texts = Texts(&[
            ("/etc/ld.so.conf", "include *.conf *.conf\n/lib/a\n"),
            ("/etc/b.conf", "include *.conf ld.so.conf\n/lib/b"),
        ]);
        assert_eq!(folders(&texts), [b"/lib/b".to_vec(), b"/lib/a".to_vec()]);
    }
}
