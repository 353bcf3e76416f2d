//! `osvrun check`: what a program needs, and how much of it is there.
//!
//! Prints a row if the program runs with its own libc (`libc`, and why where it might not), a row for each interpreter (`interpreter`, path), for each object with thread-local storage or access to it
//! (`tls`, object, bytes, alignment, models), for each library (`library`, name, where it is) and for each symbol that the
//! kernel is asked for (`symbol`, name, level, note), the last two sorted; of a program with its own libc, for each symbol that is missing even so; of a static one, for each system call whose
//! number stands in its code (`syscall`, name, level, note). The exit status is 0 when every strong symbol is there in some level, 1 when one is missing, and as for a run when a file can't be used.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use abi_core::abi::Errno;
use abi_core::boot::LibcChoice;
use abi_core::exports::{self, Export, Level};
use abi_core::fs::ImageKind;
use abi_core::loader::elf::{ElfImage, LookupClass, Reference};
use abi_core::loader::error::{LoadError, LoadResult};
use abi_core::loader::ld_conf;
use abi_core::loader::load::{Door, door_of};
use abi_core::loader::script::{self, Script};
use abi_core::loader::search::{self, Files, Places, folder_of, folders, is_kernel_library};
use abi_core::mm::PageSource;
use abi_core::syscalls;
use goblin::elf::program_header::PT_TLS;
use goblin::elf::reloc::{R_X86_64_COPY, R_X86_64_DTPMOD64, R_X86_64_TLSDESC, R_X86_64_TPOFF64};

use crate::host_files::HostFiles;
use crate::options::CheckOptions;
use crate::{boot_info, output, symbols};
use calls::Calls;

mod calls;

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
    /// Symbols no object defines.
    symbols: BTreeMap<String, Wanted>,
    /// The system calls in a static program.
    calls: Calls,
    /// Strong symbols that neither an object nor the kernel's libc defines, for want of which the program gets its own.
    lacking: Vec<String>,
    /// Whether a library was not found, so that nothing can be said of symbols.
    is_partial: bool,
}

/// How a symbol is referred to that no object defines.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// Whether every reference is weak.
    is_weak: bool,
    /// Whether the kernel's libc is asked for it, which a program with its own never does.
    may_be_export: bool,
}

impl Wanted {
    fn export(self, name: &str) -> Option<Export> {
        exports::find(name.as_bytes()).filter(|_| self.may_be_export)
    }
}

/// Collects what the program and its libraries need, with the libc it gets.
fn needs(root: &Path, path: &Path, libc: LibcChoice) -> LoadResult<Needs> {
    let needs = needs_with(root, path, libc)?;
    let goes_native = needs.door == Some(Door::Native) && needs.interpreter.is_some();
    if libc == LibcChoice::Auto && goes_native && !needs.is_complete() {
        let lacking = needs.missing().map(str::to_owned).collect();
        return Ok(Needs { lacking, ..needs_with(root, path, LibcChoice::Own)? });
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
                    Err(_) if door == Door::OwnLibc => {
                        needs.is_partial = true;
                        continue;
                    }
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
    if !needs.is_partial {
        needs.collect_symbols(&images, door)?;
    }
    needs.interpreter = images[0].interpreter.as_ref().map(|path| String::from_utf8_lossy(path).into_owned());
    // Of other programs with their own libc, most calls are in that.
    if door == Door::OwnLibc && needs.interpreter.is_none() {
        needs.calls = Calls::of(&images[0]);
    }
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
    fn collect_symbols(&mut self, images: &[ElfImage], door: Door) -> LoadResult<()> {
        let mut defined = BTreeSet::new();
        for image in images {
            let symbols = image.symbols.iter().filter(|(_, symbol)| symbol.st_shndx != 0);
            defined.extend(symbols.map(|(_, symbol)| image.symbols.name(&symbol).to_vec()));
        }
        let definer = |name: &[u8], version, but: Option<usize>| {
            let reference = Reference::new(name, version, LookupClass::Call);
            let others = images.iter().enumerate().filter(|(number, _)| Some(*number) != but);
            others.map(|(_, image)| image).any(|image| image.symbols.find(&reference).is_some())
        };
        for (number, image) in images.iter().enumerate() {
            let copied: BTreeSet<u32> = image
                .relocations()?
                .iter()
                .filter(|row| row.r_info as u32 == R_X86_64_COPY)
                .map(|row| (row.r_info >> 32) as u32)
                .collect();
            for (index, symbol) in image.symbols.iter() {
                // What is copied counts as defined by the copy's place; the original is what is needed.
                let is_copied = copied.contains(&index);
                let name = image.symbols.name(&symbol);
                if symbol.st_shndx != 0 && !is_copied || name.is_empty() {
                    continue;
                }
                let version = image.symbols.version_wanted(index);
                if definer(name, version, is_copied.then_some(number)) {
                    continue;
                }
                let may_be_export = door == Door::Native;
                // Where an object has the name with other versions only, the version is what is missing.
                let is_old =
                    !is_copied && defined.contains(name) && !(may_be_export && exports::find(name).is_some());
                let mut shown = String::from_utf8_lossy(name).into_owned();
                if let Some(version) = version.filter(|_| is_old) {
                    let _ = write!(shown, "@{}", String::from_utf8_lossy(version));
                }
                let is_weak = symbol.st_info >> 4 == STB_WEAK;
                let wanted = self.symbols.entry(shown).or_insert(Wanted { is_weak: true, may_be_export });
                wanted.is_weak &= is_weak;
            }
        }
        Ok(())
    }

    /// Returns the strong symbols that are missing.
    fn missing(&self) -> impl Iterator<Item = &str> {
        let is_missing =
            |(name, wanted): &(&String, &Wanted)| !wanted.is_weak && wanted.export(name).is_none();
        self.symbols.iter().filter(is_missing).map(|(name, _)| name.as_str())
    }

    /// Tells whether nothing strong is missing.
    fn is_complete(&self) -> bool {
        self.missing().next().is_none()
    }

    fn rows(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        if self.door == Some(Door::OwnLibc) {
            text.push_str("libc\tits own");
            if !self.lacking.is_empty() {
                let _ = write!(text, "\tosvrun's lacks {}", self.lacking.join(", "));
            }
            text.push('\n');
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
        for (name, wanted) in &self.symbols {
            let is_weak = wanted.is_weak;
            if is_weak && self.door == Some(Door::OwnLibc) {
                continue;
            }
            let (level, note) = match wanted.export(name) {
                Some(export) if is_weak && export.level == Level::Unsupported => ("weak", export.note),
                Some(export) => (symbols::level_name(export.level), export.note),
                None if is_weak => ("weak", "nothing defines it, and nothing needs to"),
                None => ("missing", ""),
            };
            let _ = writeln!(text, "symbol\t{name}\t{level}\t{note}");
        }
        for number in &self.calls.numbers {
            let _ = match syscalls::find(*number) {
                Some(call) => {
                    let (level, note) = call.level();
                    writeln!(text, "syscall\t{}\t{}\t{note}", call.name, symbols::level_name(level))
                }
                None => writeln!(text, "syscall\t{number}\tmissing\t"),
            };
        }
        if self.calls.has_others {
            text.push_str("syscall\t?\t\tothers, whose numbers its code computes\n");
        }
        text
    }
}
