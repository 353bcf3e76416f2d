//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

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
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let is_release = !cfg!(debug_assertions);
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--bin", "osvrun"]).current_dir(workspace());
        if is_release {
            build.arg("--release");
        }
        let status = build.status().expect("cargo can be run");
        assert!(status.success(), "osvrun does not build");
        target().join(if is_release { "release" } else { "debug" }).join("osvrun")
    })
}

/// An empty folder of this name, for one run.
pub fn fresh_folder(name: &str) -> PathBuf {
    let folder = target().join("guest-work").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the build folder can be written");
    folder
}
