//! What goes into the boot archive: the program, its libraries, the files its arguments name, the mounts, and the few
//! files of `/etc` that a libc reads.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use abi_core::boot::archive::{Plan, UNREADABLE};
use abi_core::boot::{BootInfo, Root};
use nix::unistd::{AccessFlags, access};

use crate::boot_info::{Refusal, named_files};
use crate::check;

/// What a libc or its resolver reads; those that exist are packed.
const CONFIGURATION: &[&str] = &[
    "/etc/passwd",
    "/etc/group",
    "/etc/localtime",
    "/etc/hosts",
    "/etc/services",
    "/etc/protocols",
    "/etc/nsswitch.conf",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
];

/// How many entries a folder given as an argument may add.
const FOLDER_ENTRIES: usize = 10_000;

/// Files by guest path, each with the host file it comes from.
#[derive(Debug, Default)]
pub(super) struct Cargo {
    files: BTreeMap<Vec<u8>, Source>,
}

#[derive(Debug)]
enum Source {
    File(PathBuf, Metadata),
    Folder(Metadata),
    Link(Vec<u8>, Metadata),
}

/// Tells whether the machine has a file system of its own there, so that the host's is of no use.
fn is_machines_own(guest: &Path) -> bool {
    ["/dev", "/proc", "/sys"].iter().any(|own| guest.starts_with(own))
}

/// Collects what the machine needs for the run.
pub(super) fn collect(info: &BootInfo, words: &[OsString]) -> Result<Cargo, Refusal> {
    let mut cargo = Cargo::default();
    let (base, is_host) = match &info.root {
        Root::Folder(base) => (PathBuf::from(OsStr::from_bytes(base)), base == b"/"),
        _ => (PathBuf::from("/"), false),
    };
    let on_host = |guest: &Path| base.join(guest.strip_prefix("/").unwrap_or(guest));
    if info.root != Root::None {
        if is_host {
            for path in CONFIGURATION {
                cargo.add_tree(Path::new(path), path.as_bytes());
            }
        } else {
            cargo.add_tree(&base, b"");
        }
        let cwd = Path::new(OsStr::from_bytes(&info.cwd));
        cargo.add_folder(&on_host(cwd), &info.cwd);
        for word in words.iter().skip(1) {
            for guest in named_files(word).map(|name| cwd.join(name)).filter(|guest| !is_machines_own(guest))
            {
                cargo.add_way(&on_host(&guest), &guest);
                cargo.add_tree(&on_host(&guest), guest.as_os_str().as_bytes());
            }
        }
        let variable = |name: &[u8]| {
            let found = info.env.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(b"="));
            found.map(|value| OsString::from_vec(value.to_vec()))
        };
        if let Some(home) = variable(b"HOME").filter(|home| home.as_bytes().starts_with(b"/")) {
            cargo.add_folder(&on_host(Path::new(&home)), home.as_bytes());
        }
        for library in std::env::split_paths(&variable(b"LD_PRELOAD").unwrap_or_default())
            .filter(|library| library.is_absolute())
        {
            cargo.add_tree(&on_host(&library), library.as_os_str().as_bytes());
        }
        if let Some(zone) = variable(b"TZ").filter(|zone| !zone.is_empty()) {
            let zone = zone.as_bytes().strip_prefix(b":").unwrap_or(zone.as_bytes());
            let path = Path::new("/usr/share/zoneinfo").join(OsStr::from_bytes(zone));
            cargo.add_tree(&on_host(&path), path.as_os_str().as_bytes());
        }
    }
    let program = PathBuf::from(OsStr::from_bytes(&info.program));
    let program_on_host = if info.root == Root::None { program.clone() } else { on_host(&program) };
    let data = fs::metadata(&program_on_host)
        .map_err(|_| Refusal { status: 127, message: format!("{}: not found", program.display()) })?;
    if data.is_dir() {
        let message = format!("{}: is a directory", program.display());
        return Err(Refusal { status: 126, message });
    }
    cargo.add_way(&program_on_host, &program);
    cargo.files.insert(normal(&info.program), Source::File(program_on_host.clone(), data));
    // What is wrong with the program, the loader inside says with the same words.
    let root = if info.root == Root::None { Path::new("/") } else { &base };
    for library in check::libraries(root, &program).unwrap_or_default() {
        let host = if info.root == Root::None { library.clone() } else { on_host(&library) };
        cargo.add_tree(&host, library.as_os_str().as_bytes());
    }
    for mount in &info.mounts {
        cargo.add_tree(Path::new(OsStr::from_bytes(&mount.host)), &mount.guest);
    }
    Ok(cargo)
}

fn is_readable(file: &Path) -> bool {
    access(file, AccessFlags::R_OK).is_ok()
}

/// Removes `.`, `..` and double slashes, as the guest does for paths without links.
fn normal(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.iter().flat_map(|part| [&b"/"[..], part].concat()).collect()
}

impl Cargo {
    fn add_folder(&mut self, host: &Path, guest: &[u8]) {
        if let Ok(data) = fs::metadata(host)
            && data.is_dir()
            && !normal(guest).is_empty()
        {
            self.files.entry(normal(guest)).or_insert(Source::Folder(data));
        }
    }

    /// Adds the folders that a path with `..` goes through, so that it leads to the same file inside.
    fn add_way(&mut self, host: &Path, guest: &Path) {
        for (host, guest) in host.ancestors().zip(guest.ancestors()) {
            if guest.ends_with("..")
                && let (Some(host), Some(guest)) = (host.parent(), guest.parent())
            {
                self.add_folder(host, guest.as_os_str().as_bytes());
            }
        }
    }

    /// Adds a file, or a folder with what is in it. What does not exist or cannot be read is left out: the program then
    /// finds it missing.
    fn add_tree(&mut self, host: &Path, guest: &[u8]) {
        let mut left = vec![(host.to_owned(), normal(guest))];
        let mut count = 0;
        while let Some((host, guest)) = left.pop() {
            // A link given by name is followed; links inside a folder stay links.
            let data = if count == 0 { fs::metadata(&host) } else { fs::symlink_metadata(&host) };
            let Ok(data) = data else { continue };
            count += 1;
            if count > FOLDER_ENTRIES {
                return;
            }
            if data.is_dir() {
                if let Ok(entries) = fs::read_dir(&host) {
                    left.extend(entries.flatten().map(|entry| {
                        (entry.path(), [&guest, &b"/"[..], entry.file_name().as_bytes()].concat())
                    }));
                }
                if !guest.is_empty() {
                    self.files.entry(guest).or_insert(Source::Folder(data));
                }
            } else if data.is_file() {
                self.files.insert(guest, Source::File(host, data));
            } else if data.is_symlink()
                && let Ok(target) = fs::read_link(&host)
            {
                self.files.insert(guest, Source::Link(target.into_os_string().into_vec(), data));
            }
        }
    }

    /// Writes the archive.
    pub(super) fn write(&self, config: Vec<u8>, out: &mut File) -> std::io::Result<()> {
        let mut plan = Plan::new(config);
        for (path, source) in &self.files {
            let (data, mode, len) = match source {
                Source::File(path, data) if is_readable(path) => (data, data.mode(), data.len()),
                Source::File(_, data) => (data, data.mode() | UNREADABLE, 0),
                Source::Folder(data) => (data, data.mode(), 0),
                Source::Link(target, data) => (data, data.mode(), target.len() as u64),
            };
            let mtime_ns = data.mtime() * 1_000_000_000 + data.mtime_nsec();
            plan.add(path, mode, mtime_ns, len);
        }
        let (head, places) = plan.head();
        out.set_len(plan.image_bytes())?;
        out.write_all(&head)?;
        for (source, place) in self.files.values().zip(places) {
            match source {
                Source::File(path, data) if is_readable(path) => {
                    out.seek(SeekFrom::Start(place))?;
                    // A file that has grown since must not run into the next one's place.
                    let file = File::open(path)
                        .map_err(|error| std::io::Error::other(format!("{}: {error}", path.display())))?;
                    std::io::copy(&mut std::io::Read::take(file, data.len()), out)?;
                }
                Source::File(..) | Source::Folder(_) => {}
                Source::Link(target, _) => {
                    out.seek(SeekFrom::Start(place))?;
                    out.write_all(target)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_normal() {
        assert_eq!(normal(b"/a//b/./c/../d"), b"/a/b/d");
        assert_eq!(normal(b"/.."), b"");
    }
}
