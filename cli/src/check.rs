//! `osvrun check`: what a program needs, and how much of it is there.
//!
//! Prints a row if the program runs with its own libc (`libc`), a row for each interpreter (`interpreter`, path), for each object with thread-local storage or access to it
//! (`tls`, object, bytes, alignment, models), for each library (`library`, name, where it is) and for each symbol that the
//! kernel is asked for (`symbol`, name, level, note), the last two sorted. The exit status is 0 when every strong symbol is there in some level, 1 when
//! one is missing, and as for a run when a file can't be used.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_core::abi::Errno;
use abi_core::boot::LibcChoice;
use abi_core::exports::{self, Level};
use abi_core::fs::ImageKind;
use abi_core::loader::elf::ElfImage;
use abi_core::loader::error::{LoadError, LoadResult};
use abi_core::loader::ld_conf;
use abi_core::loader::load::{Door, door_of};
use abi_core::loader::script::{self, Script};
use abi_core::loader::search::{self, Files, Places, folder_of, folders, is_kernel_library};
use abi_core::mm::PageSource;
use goblin::elf::program_header::PT_TLS;
use goblin::elf::reloc::{R_X86_64_DTPMOD64, R_X86_64_TLSDESC, R_X86_64_TPOFF64};

use crate::host_files::HostFiles;
use crate::options::CheckOptions;
use crate::{boot_info, output, symbols};

/// The exit status when a symbol is missing.
const MISSING: u8 = 1;

/// How many scripts may interpret one another.
const MOST_SCRIPTS: usize = 5;

/// Symbol binding (ELF gABI, figure 4-16).
const STB_WEAK: u8 = 2;

/// Prints the rows.
pub(crate) fn run(check: &CheckOptions) -> ExitCode {
    let (root, path) = match boot_info::find_program(&check.program, &check.root) {
        Ok(found) => found,
        Err(refusal) => {
            output::error(&refusal.message);
            return ExitCode::from(refusal.status);
        }
    };
    match needs(&root, &path, check.libc) {
        Ok(needs) => {
            output::print(&needs.rows());
            ExitCode::from(if needs.is_complete() { 0 } else { MISSING })
        }
        Err(error) => {
            output::error(&error.text);
            ExitCode::from(error.status)
        }
    }
}

/// Returns where below `root` the libraries of the program at `path` are, as the loader finds them, and the folders that
/// its run paths name: what it opens while it runs is looked for there.
pub(crate) fn libraries(root: &Path, path: &Path, libc: LibcChoice) -> LoadResult<Vec<PathBuf>> {
    let needs = needs(root, path, libc)?;
    let interpreter = needs.interpreter.filter(|_| needs.door == Some(Door::OwnLibc));
    let places = needs.libraries.into_values().chain(interpreter);
    let places = places.filter(|place| place.starts_with('/')).map(PathBuf::from);
    Ok(places.chain(needs.folders).chain(needs.scripts).collect())
}

/// Returns the paths of the libraries of the program at `path` below `root`, of a script's interpreters, and those at which
/// the loader looks for them before.
pub(crate) fn looked_for(root: &Path, path: &Path, libc: LibcChoice) -> LoadResult<Vec<PathBuf>> {
    let needs = needs(root, path, libc)?;
    let interpreter = needs.interpreter.filter(|_| needs.door == Some(Door::OwnLibc));
    let places = needs.libraries.into_values().chain(interpreter);
    let places = places.filter(|place| place.starts_with('/')).map(PathBuf::from);
    let missed = needs.missed.into_iter().map(|path| PathBuf::from(OsString::from_vec(path)));
    Ok(places.chain(needs.scripts).chain(missed).collect())
}

/// Reads the first line of a script.
fn read_script(source: &dyn PageSource) -> Option<Script> {
    let mut head = [0; script::LINE_BYTES];
    let read = source.read_at(0, &mut head).ok()?;
    Script::parse(&head[..read])
}

/// What a program needs.
#[derive(Default)]
struct Needs {
    /// Which way it reaches the kernel.
    door: Option<Door>,
    /// Name → where it is.
    libraries: BTreeMap<String, String>,
    /// Folders of run paths, but for the system's.
    folders: BTreeSet<PathBuf>,
    /// The interpreters of a script.
    scripts: Vec<PathBuf>,
    /// Where files were looked for and not found.
    missed: Vec<Vec<u8>>,
    /// The interpreter the program's file names.
    interpreter: Option<String>,
    /// Thread-local storage, object by object.
    tls: Vec<ThreadLocals>,
    /// Symbols no object defines; whether every reference is weak.
    symbols: BTreeMap<String, bool>,
}

/// Collects what the program and its libraries need, with the libc it gets.
fn needs(root: &Path, path: &Path, libc: LibcChoice) -> LoadResult<Needs> {
    let needs = needs_with(root, path, libc)?;
    let goes_native = needs.door == Some(Door::Native) && needs.interpreter.is_some();
    if libc == LibcChoice::Auto && goes_native && !needs.is_complete() {
        return needs_with(root, path, LibcChoice::Own);
    }
    Ok(needs)
}

fn needs_with(root: &Path, path: &Path, libc: LibcChoice) -> LoadResult<Needs> {
    let path = path.as_os_str().as_bytes();
    let files = HostFiles::below(root).map_err(|error| {
        let errno = Errno(error.raw_os_error().unwrap_or(Errno::EIO.0));
        LoadError::failed(root.as_os_str().as_bytes(), "opening", errno)
    })?;
    let open = |path: &[u8]| {
        files.open(path, ImageKind::Program).map_err(|errno| LoadError::failed(path, "opening", errno))
    };
    let (mut path, mut source, mut scripts) = (path.to_vec(), open(path)?, Vec::new());
    while let Some(script) = read_script(&*source)
        && scripts.len() < MOST_SCRIPTS
    {
        path = script.interpreter;
        source = open(&path)?;
        scripts.push(PathBuf::from(OsStr::from_bytes(&path)));
    }
    let path = path.as_slice();
    let program = ElfImage::parse(path, source)?;
    let door = door_of(&program, libc)?;
    let library_path = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let library_path = folders(library_path.as_bytes(), folder_of(path));
    let system = ld_conf::folders(&files);
    let mut needs = Needs { door: Some(door), scripts, ..Needs::default() };
    let mut images = vec![program];
    let mut next = 0;
    while let Some(image) = images.get(next) {
        let list = |offset: Option<u64>| {
            offset.map_or_else(Vec::new, |offset| {
                folders(image.string(offset), folder_of(&image.source.path()))
            })
        };
        let dynamic = image.dynamic.as_ref();
        let runpath = list(dynamic.and_then(|dynamic| dynamic.runpath));
        let mut places = Places {
            origin: folder_of(&image.source.path()).to_vec(),
            needed_by: image.path.clone(),
            system: system.clone(),
            ..Places::default()
        };
        if runpath.is_empty() {
            places.folders.extend(list(dynamic.and_then(|dynamic| dynamic.rpath)));
        }
        let own =
            places.folders.iter().chain(&runpath).map(|folder| PathBuf::from(OsStr::from_bytes(folder)));
        needs.folders.extend(own.filter(|folder| !folder.starts_with("/usr") && !folder.starts_with("/lib")));
        places.folders.extend(library_path.iter().cloned());
        places.folders.extend(runpath);
        let mut found = Vec::new();
        for name in image.needed() {
            let shown = String::from_utf8_lossy(name).into_owned();
            if needs.libraries.contains_key(&shown) {
                continue;
            }
            let place = if door == Door::Native && is_kernel_library(name) {
                "osvrun".to_owned()
            } else {
                let library = match search::find(&files, name, &places) {
                    Ok(library) => library,
                    // Where to look is for its own interpreter to know.
                    Err(_) if door == Door::OwnLibc => continue,
                    Err(error) => return Err(error),
                };
                let place = String::from_utf8_lossy(&library.path).into_owned();
                found.push(library);
                place
            };
            needs.libraries.insert(shown, place);
        }
        images.extend(found);
        next += 1;
    }
    needs.missed = files.into_missed();
    if door == Door::Native {
        needs.collect_symbols(&images);
    }
    needs.interpreter = images[0].interpreter.as_ref().map(|path| String::from_utf8_lossy(path).into_owned());
    needs.tls =
        images.iter().filter_map(|image| ThreadLocals::of(image).transpose()).collect::<LoadResult<_>>()?;
    Ok(needs)
}

/// An object's thread-local storage, and how its code reaches any.
struct ThreadLocals {
    object: String,
    size_bytes: u64,
    align_bytes: u64,
    /// The models of access that relocations show; local exec needs none.
    models: Vec<&'static str>,
}

impl ThreadLocals {
    fn of(image: &ElfImage) -> LoadResult<Option<Self>> {
        let relocations = image.relocations()?;
        let uses = |wanted: &dyn Fn(u32, u64) -> bool| {
            relocations.iter().any(|row| wanted(row.r_info as u32, row.r_info >> 32))
        };
        let is_named = |symbol| symbol != 0;
        let models: Vec<&str> = [
            ("general dynamic", uses(&|kind, symbol| kind == R_X86_64_DTPMOD64 && is_named(symbol))),
            ("local dynamic", uses(&|kind, symbol| kind == R_X86_64_DTPMOD64 && !is_named(symbol))),
            ("descriptors", uses(&|kind, _| kind == R_X86_64_TLSDESC)),
            ("initial exec", uses(&|kind, _| kind == R_X86_64_TPOFF64)),
        ]
        .into_iter()
        .filter_map(|(model, is_used)| is_used.then_some(model))
        .collect();
        let segment = image.segment(PT_TLS);
        Ok((segment.is_some() || !models.is_empty()).then(|| Self {
            object: String::from_utf8_lossy(&image.path).into_owned(),
            size_bytes: segment.map_or(0, |segment| segment.p_memsz),
            align_bytes: segment.map_or(0, |segment| segment.p_align.max(1)),
            models,
        }))
    }
}

impl Needs {
    fn collect_symbols(&mut self, images: &[ElfImage]) {
        let mut defined = BTreeSet::new();
        for image in images {
            let symbols = image.symbols.iter().filter(|(_, symbol)| symbol.st_shndx != 0);
            defined.extend(symbols.map(|(_, symbol)| image.symbols.name(&symbol).to_vec()));
        }
        for image in images {
            for (_, symbol) in image.symbols.iter().filter(|(_, symbol)| symbol.st_shndx == 0) {
                let name = image.symbols.name(&symbol);
                if name.is_empty() || defined.contains(name) {
                    continue;
                }
                let is_weak = symbol.st_info >> 4 == STB_WEAK;
                let entry = self.symbols.entry(String::from_utf8_lossy(name).into_owned()).or_insert(true);
                *entry &= is_weak;
            }
        }
    }

    /// Tells whether nothing strong is missing.
    fn is_complete(&self) -> bool {
        self.symbols.iter().all(|(name, &is_weak)| is_weak || exports::find(name.as_bytes()).is_some())
    }

    fn rows(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        if self.door == Some(Door::OwnLibc) {
            text.push_str("libc\tits own\n");
        }
        for interpreter in &self.scripts {
            let _ = writeln!(text, "interpreter\t{}", interpreter.display());
        }
        if let Some(interpreter) = &self.interpreter {
            let by = if self.door == Some(Door::Native) { "osvrun" } else { "its own libc" };
            let _ = writeln!(text, "interpreter\t{interpreter}\t{by}");
        }
        for tls in &self.tls {
            let models = if tls.models.is_empty() { "local exec".to_owned() } else { tls.models.join(", ") };
            let _ = writeln!(text, "tls\t{}\t{}\t{}\t{models}", tls.object, tls.size_bytes, tls.align_bytes);
        }
        for (name, place) in &self.libraries {
            let _ = writeln!(text, "library\t{name}\t{place}");
        }
        for (name, &is_weak) in &self.symbols {
            let (level, note) = match exports::find(name.as_bytes()) {
                Some(export) if is_weak && export.level == Level::Unsupported => ("weak", export.note),
                Some(export) => (symbols::level_name(export.level), export.note),
                None if is_weak => ("weak", "nothing defines it, and nothing needs to"),
                None => ("missing", ""),
            };
            let _ = writeln!(text, "symbol\t{name}\t{level}\t{note}");
        }
        text
    }
}
