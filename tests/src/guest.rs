//! The programs of `guests/`: what their first comment lines ask for, and compiling them.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::paths;

/// How a program is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A shared object with `main`.
    SharedObject,
    /// A position-independent executable.
    Pie,
    /// A program linked at a fixed address.
    Fixed,
    /// A program with its libc inside, linked at a fixed address.
    Static,
    /// The same, position-independent.
    StaticPie,
    /// A position-independent executable that is run with its own libc.
    Own,
    /// A position-independent executable with osvrun's libc whose handlers run on the thread that they interrupt.
    Signals,
}

impl Kind {
    /// The word for it in a `// kind:` line.
    pub fn name(self) -> &'static str {
        match self {
            Self::SharedObject => "so",
            Self::Pie => "pie",
            Self::Fixed => "exec",
            Self::Static => "static",
            Self::StaticPie => "static-pie",
            Self::Own => "own",
            Self::Signals => "signals",
        }
    }

    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::SharedObject, Self::Pie, Self::Fixed, Self::Static, Self::StaticPie, Self::Own, Self::Signals];

    /// Tells whether it runs with the libc of the system it was built on.
    pub fn has_own_libc(self) -> bool {
        matches!(self, Self::Static | Self::StaticPie | Self::Own)
    }

    /// Returns the kind with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns what osvrun is told beside the program.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Self::Own => &["--libc=own"],
            Self::Signals => &["--libc=native", "--signals=linux"],
            _ => &[],
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::SharedObject => &["-shared", "-fPIC"],
            Self::Pie | Self::Own | Self::Signals => &["-fPIE", "-pie"],
            Self::Fixed => &["-fno-pie", "-no-pie"],
            Self::Static => &["-fno-pie", "-static"],
            Self::StaticPie => &["-fPIE", "-static-pie"],
        }
    }
}

/// A guest program.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The source.
    pub source: PathBuf,
    /// The source's name without its ending.
    pub name: String,
    /// `// kind: so pie exec`; so without it.
    pub kinds: Vec<Kind>,
    /// `// own libc: no` and the reason: what it is about is the kernel's libc.
    pub is_native_only: bool,
    /// `// args: …`, separated by blanks.
    pub args: Vec<String>,
    /// `// env: NAME=VALUE`, once per variable.
    pub env: Vec<(String, String)>,
    /// `// stdin: …` with `\n`.
    pub stdin: Vec<u8>,
    /// `// exit: N`; 0 without it.
    pub exit: i32,
    /// `// flags: …` for the compiler.
    pub flags: Vec<String>,
    /// `// libs: a b`: libraries of `guests/libs/`, each one after those it needs. Their folder is in the program's
    /// run path and, as a string, in the macro `LIBS`; `flags` says which ones it is linked with (`-la`).
    pub libs: Vec<String>,
}

impl Guest {
    /// Reads the directives of a source.
    pub fn read(source: &Path) -> Result<Self, String> {
        let text =
            std::fs::read_to_string(source).map_err(|error| format!("{}: {error}", source.display()))?;
        let mut guest = Self {
            source: source.to_owned(),
            name: source.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            kinds: Vec::new(),
            is_native_only: false,
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            exit: 0,
            flags: Vec::new(),
            libs: Vec::new(),
        };
        for line in text.lines().map_while(|line| line.strip_prefix("//")) {
            let Some((key, value)) = line.trim().split_once(": ") else { continue };
            guest.directive(key, value).map_err(|why| format!("{}: {key}: {why}", source.display()))?;
        }
        if guest.kinds.is_empty() {
            guest.kinds.push(Kind::SharedObject);
        }
        Ok(guest)
    }

    fn directive(&mut self, key: &str, value: &str) -> Result<(), String> {
        let words = || value.split_whitespace().map(str::to_owned);
        match key {
            "kind" => {
                for word in value.split_whitespace() {
                    let kind = Kind::named(word);
                    self.kinds.push(kind.ok_or("one of so, pie, exec, static, static-pie, own, signals")?);
                }
            }
            "own libc" => self.is_native_only = value.starts_with("no"),
            "args" => self.args.extend(words()),
            "env" => {
                let (name, value) = value.split_once('=').ok_or("give NAME=VALUE")?;
                self.env.push((name.into(), value.into()));
            }
            "stdin" => self.stdin.extend_from_slice(value.replace("\\n", "\n").as_bytes()),
            "exit" => self.exit = value.trim().parse().map_err(|_| "give a number")?,
            "flags" => self.flags.extend(words()),
            "libs" => self.libs.extend(words()),
            // Any other line is prose.
            _ => {}
        }
        Ok(())
    }

    /// Tells whether a program of this kind can be made of it, and is about what it is about.
    pub fn can_be(&self, kind: Kind) -> bool {
        let is_inside = matches!(kind, Kind::Static | Kind::StaticPie);
        let is_static_anyway = self.flags.iter().any(|flag| flag == "-static");
        !(kind.has_own_libc() && self.is_native_only
            || is_inside && !self.libs.is_empty()
            || is_static_anyway && matches!(kind, Kind::StaticPie | Kind::Own))
    }

    /// Returns the kinds it names, and a program with its libc inside: what holds for one door holds for the other. A
    /// program that is about libraries has no such kind.
    pub fn all_kinds(&self) -> Vec<Kind> {
        let mut kinds = self.kinds.clone();
        let is_c = self.source.extension().is_some_and(|ending| ending == "c");
        let names_own = kinds.iter().any(|kind| kind.has_own_libc());
        if is_c && !names_own && self.can_be(Kind::Static) {
            kinds.push(Kind::Static);
        }
        kinds
    }

    /// Returns the other kinds with their own libc, which need not be tried in every world.
    pub fn further_kinds(&self) -> Vec<Kind> {
        let known = self.all_kinds();
        let is_further = |kind: &Kind| kind.has_own_libc() && !known.contains(kind) && self.can_be(*kind);
        Kind::ALL.into_iter().filter(is_further).collect()
    }

    /// Compiles it, once.
    pub fn build(&self, kind: Kind) -> Result<PathBuf, String> {
        let mut flags: Vec<String> = ["-O1", "-g", "-Wall"].map(str::to_owned).into();
        flags.extend(kind.flags().iter().map(|flag| (*flag).to_owned()));
        if let Some(folder) = self.build_libs()? {
            flags.extend(search_flags(&folder));
            flags.push(format!("-DLIBS=\"{}\"", folder.display()));
        }
        flags.extend(self.flags.iter().cloned());
        let ending = if kind == Kind::SharedObject { "so" } else { kind.name() };
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        compile(&self.source, &flags, &format!("{}.{ending}", self.name))
    }

    /// Compiles its libraries into one folder, as `libNAME.so`.
    pub fn build_libs(&self) -> Result<Option<PathBuf>, String> {
        if self.libs.is_empty() {
            return Ok(None);
        }
        let sources = paths::tests().join("guests").join("libs");
        let mut hasher = DefaultHasher::new();
        let mut libs = Vec::new();
        for lib in &self.libs {
            let source = sources.join(format!("{lib}.c"));
            let text =
                std::fs::read_to_string(&source).map_err(|why| format!("{}: {why}", source.display()))?;
            text.hash(&mut hasher);
            libs.push((lib, Self::read(&source)?));
        }
        let folder = paths::target().join("guests").join(format!("libs-{:016x}", hasher.finish()));
        for (lib, guest) in libs {
            let mut flags: Vec<String> = ["-O1", "-g", "-shared", "-fPIC"].map(str::to_owned).into();
            flags.extend(search_flags(&folder));
            flags.extend(guest.flags.iter().cloned());
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            compile_into(&guest.source, &flags, &folder, &format!("lib{lib}.so"))?;
        }
        Ok(Some(folder))
    }
}

/// Flags that make a folder's libraries found, when linking and when running.
fn search_flags(folder: &Path) -> [String; 2] {
    [format!("-L{}", folder.display()), format!("-Wl,-rpath,{}", folder.display())]
}

/// Every guest of the folder, by name.
pub fn all() -> Result<Vec<Guest>, String> {
    let folder = paths::tests().join("guests");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut sources: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    sources.retain(|path| path.extension().is_some_and(|ending| ending == "c" || ending == "cpp"));
    sources.sort();
    sources.iter().map(|source| Guest::read(source)).collect()
}

/// Compiles a source into the build folder, unless the same source was compiled with the same flags and headers before.
pub fn compile(source: &Path, flags: &[&str], name: &str) -> Result<PathBuf, String> {
    let text = std::fs::read(source).map_err(|error| format!("{}: {error}", source.display()))?;
    let mut hasher = DefaultHasher::new();
    (text, headers_beside(source), flags, name).hash(&mut hasher);
    // The name stays readable: programs print it.
    let folder = paths::target().join("guests").join(format!("{:016x}", hasher.finish()));
    compile_into(source, flags, &folder, name)
}

/// What the headers in a source's folder say.
fn headers_beside(source: &Path) -> Vec<Vec<u8>> {
    let entries = source.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let mut headers: Vec<PathBuf> =
        entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    headers.retain(|path| path.extension().is_some_and(|ending| ending == "h"));
    headers.sort();
    headers.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

/// Compiles a source to `folder`/`name`, unless that is there.
fn compile_into(source: &Path, flags: &[&str], folder: &Path, name: &str) -> Result<PathBuf, String> {
    let output = folder.join(name);
    if output.exists() {
        return Ok(output);
    }
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    // Tests that need the same program may compile it at the same time.
    static COMPILED: AtomicU32 = AtomicU32::new(0);
    let turn = COMPILED.fetch_add(1, Ordering::Relaxed);
    let unfinished = folder.join(format!("{name}.{}.{turn}", std::process::id()));
    let compiler = if source.extension().is_some_and(|ending| ending == "cpp") { "g++" } else { "gcc" };
    let result = Command::new(compiler)
        .arg(source)
        .arg("-o")
        .arg(&unfinished)
        .args(flags)
        .output()
        .map_err(|error| format!("{compiler}: {error}"))?;
    if !result.status.success() {
        return Err(format!("{}: {}", source.display(), String::from_utf8_lossy(&result.stderr)));
    }
    std::fs::rename(&unfinished, &output).map_err(|error| format!("{}: {error}", output.display()))?;
    Ok(output)
}
