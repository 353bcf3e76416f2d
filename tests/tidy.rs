//! The workspace's own rules, read from its sources.

use std::fs;
use std::path::{Path, PathBuf};

use osvrun_tests::paths;

/// How many files may be longer than [`LONGEST`]. It may only fall.
const LONG_FILES: usize = 1;
const LONGEST: usize = 500;

/// The layers of abi-core from top to bottom: a module may use those below it, and its own layer.
const LAYERS: &[&[&str]] = &[
    &["exports", "syscalls"],
    &["task", "signal", "mm", "fs", "mux", "net", "ipc", "time", "random", "loader", "libc"],
    &["sync", "boundary", "abi"],
    &["backend"],
];

/// What a lower layer may use of a higher one, and why.
const UPWARD: &[(&str, &str)] = &[
    // The libc calls the kernel through the door, as any program does.
    ("libc", "exports"),
    // Symbols are bound to rows.
    ("loader", "exports"),
    // The door and the context of a call are fields of the thread, at offsets that assembly knows.
    ("boundary", "task"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn crates() -> Vec<PathBuf> {
    ["abi-core", "abi-core/keystream", "host-backend", "metal-backend", "cli"]
        .iter()
        .flat_map(|name| sources(&paths::workspace().join(name).join("src")))
        .collect()
}

#[test]
fn long_files_get_fewer() {
    let long: Vec<String> = crates()
        .iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(path).ok()?.lines().count();
            (lines > LONGEST).then(|| format!("{} ({lines} lines)", path.display()))
        })
        .collect();
    assert!(long.len() <= LONG_FILES, "split one of:\n{}", long.join("\n"));
}

#[test]
fn unsafe_code_stays_in_rooms_that_say_why() {
    let mut strays = Vec::new();
    for path in crates() {
        let text = fs::read_to_string(&path).unwrap_or_default();
        if text.contains("allow(unsafe_code)") {
            strays.push(format!("{}: allow(unsafe_code) without a reason", path.display()));
        }
        let blocks = text.matches("unsafe {").count();
        let reasons = text.matches("SAFETY:").count();
        if blocks > reasons && !text.contains("macro_rules!") {
            strays.push(format!("{}: {blocks} unsafe blocks, {reasons} reasons", path.display()));
        }
    }
    assert!(strays.is_empty(), "say why each is sound:\n{}", strays.join("\n"));
}

#[test]
fn lower_layers_do_not_use_higher_ones() {
    let root = paths::workspace().join("abi-core/src");
    let mut wrong = Vec::new();
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).unwrap_or(&path);
        let Some(module) = relative.iter().next().map(|part| part.to_string_lossy().replace(".rs", ""))
        else {
            continue;
        };
        let Some(layer) = LAYERS.iter().position(|layer| layer.contains(&module.as_str())) else { continue };
        let text = fs::read_to_string(&path).unwrap_or_default();
        for line in text.lines().filter(|line| line.starts_with("use crate::")) {
            let used =
                line.trim_start_matches("use crate::").split([':', ';', ' ', '{']).next().unwrap_or_default();
            let is_higher = LAYERS.iter().take(layer).any(|higher| higher.contains(&used));
            if is_higher && !UPWARD.contains(&(module.as_str(), used)) {
                wrong.push(format!("{}: {line}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "layers point down:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_command_line_chooses_a_backend() {
    for (name, other) in
        [("host-backend", "metal-backend"), ("metal-backend", "host-backend"), ("abi-core", "host-backend")]
    {
        let manifest = paths::workspace().join(name).join("Cargo.toml");
        let text = fs::read_to_string(manifest).expect("the manifest is there");
        assert!(!text.contains(other), "{name} must not depend on {other}");
    }
    let cli = fs::read_to_string(paths::workspace().join("cli/Cargo.toml")).expect("the manifest is there");
    let dependencies = cli.split("[build-dependencies]").next().unwrap_or_default();
    assert!(
        !dependencies.contains("metal-backend"),
        "osvrun links one backend; the other is a kernel of its own"
    );
}

#[test]
fn every_fuzz_target_has_a_corpus_to_start_from() {
    let fuzz = paths::workspace().join("fuzz");
    let targets = sources(&fuzz.join("fuzz_targets"));
    assert!(!targets.is_empty());
    for target in targets {
        let corpus = fuzz.join("corpus").join(target.file_stem().unwrap_or_default());
        let files = fs::read_dir(&corpus).into_iter().flatten().count();
        assert!(files > 0, "libFuzzer ends at once without {}", corpus.display());
    }
}
