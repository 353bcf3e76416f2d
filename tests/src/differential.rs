//! The programs of `differential/`: where they are, and compiling them.

use std::path::{Path, PathBuf};

use crate::{guest, paths};

/// Every program's source, by name.
pub fn sources() -> Result<Vec<PathBuf>, String> {
    let folder = paths::tests().join("differential");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut sources: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    sources.retain(|path| path.extension().is_some_and(|ending| ending == "c"));
    sources.sort();
    Ok(sources)
}

/// A program's name.
pub fn name(source: &Path) -> String {
    source.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Compiles a program, once, with further flags and those of its `// flags:` line. Nothing is left out because the compiler
/// knows the answer.
pub fn build(source: &Path, further: &[&str]) -> Result<PathBuf, String> {
    let flags = ["-O1", "-g", "-Wall", "-Wno-format", "-shared", "-fPIC", "-fno-builtin", "-lm", "-lresolv"];
    let guest = guest::Guest::read(source)?;
    let own = guest.flags.iter().map(String::as_str);
    let flags: Vec<&str> = flags.into_iter().chain(further.iter().copied()).chain(own).collect();
    guest::compile(source, &flags, &format!("{}.so", name(source)))
}
