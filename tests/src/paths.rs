//! Where things are.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Condvar, Mutex, OnceLock};

/// The folder of this package.
pub fn tests() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The workspace's root.
pub fn workspace() -> &'static Path {
    tests().parent().expect("the package lies in the workspace")
}

/// The build folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

/// The osvrun that is tested: `$OSVRUN`, or the one of this workspace, built now.
pub fn osvrun() -> &'static Path {
    static OSVRUN: OnceLock<PathBuf> = OnceLock::new();
    OSVRUN.get_or_init(|| {
        if let Some(given) = std::env::var_os("OSVRUN") {
            return given.into();
        }
        built("osvrun")
    })
}

/// Builds the workspace, in the profile of the tests; returns the path of `file` among what it made. A package alone would
/// have its dependencies with other features, and so build them again.
pub fn built(file: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let is_release = !cfg!(debug_assertions);
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet"]).current_dir(workspace());
        if is_release {
            build.arg("--release");
        }
        let status = build.status().expect("cargo can be run");
        assert!(status.success(), "the workspace does not build");
        target().join(if is_release { "release" } else { "debug" })
    });
    folder.join(file)
}

/// A folder that one run has for itself.
#[derive(Debug)]
pub struct Folder {
    name: String,
    path: PathBuf,
}

/// The folders in use, and the bell that rings when one is given back.
static IN_USE: (Mutex<BTreeSet<String>>, Condvar) = (Mutex::new(BTreeSet::new()), Condvar::new());

/// An empty folder of this name, for one run: waits while another run in this process has it.
pub fn fresh_folder(name: &str) -> Folder {
    let in_use = IN_USE.0.lock().expect("nobody panics with it");
    let mut in_use =
        IN_USE.1.wait_while(in_use, |names| names.contains(name)).expect("nobody panics with it");
    in_use.insert(name.to_owned());
    drop(in_use);
    let path = target().join("guest-work").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("the build folder can be written");
    Folder { name: name.to_owned(), path }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        IN_USE.0.lock().expect("nobody panics with it").remove(&self.name);
        IN_USE.1.notify_all();
    }
}
