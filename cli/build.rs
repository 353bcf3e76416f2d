//! Builds the metal kernel, so that it can be put inside `osvrun`, and has `osvrun` linked statically.
//!
//! A nested cargo builds the kernel with its own profile in a target folder of its own, and takes no flags from the
//! outer build: those are for the host. `OSVRUN_KERNEL_FILE` names a kernel built before, to be used as it is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Variables by which the outer build would reach into the nested one.
const OUTER: &[&str] = &[
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "CARGO_TARGET_DIR",
    "MAKEFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
];

/// How the kernel's ciphers are compiled. Under TCG, ChaCha20 in vector registers takes four times as long as in
/// general ones; of SHA-256 and AES a few blocks are needed, so their loops stay loops.
const KERNEL_FLAGS: &[&str] = &[
    "--cfg",
    "chacha20_backend=\"soft\"",
    "--cfg",
    "sha2_256_backend=\"soft\"",
    "--cfg",
    "sha1_backend=\"soft\"",
    "--cfg",
    "sha2_backend_soft=\"compact\"",
    "--cfg",
    "aes_backend_soft=\"compact\"",
];

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let workspace = manifest.parent().expect("the package lies in the workspace");
    for part in ["abi-core", "metal-backend", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", workspace.join(part).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=OSVRUN_KERNEL_FILE");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let kernel =
        env::var_os("OSVRUN_KERNEL_FILE").map_or_else(|| build_kernel(workspace, &out), PathBuf::from);
    let embedded = out.join("osvrun-kernel");
    fs::copy(&kernel, &embedded).unwrap_or_else(|error| panic!("{}: {error}", kernel.display()));
    println!("cargo::rustc-env=OSVRUN_KERNEL={}", embedded.display());
    link_statically(&out);
}

/// What stands where the linker looks for the host's shared libraries: scripts that name static ones.
const STAND_INS: &[(&str, &str)] = &[
    ("libc.so", "GROUP(-l:libc.a -l:libgcc_eh.a -l:libgcc.a)"),
    ("libgcc_s.so", "GROUP(-l:libc.a -l:libgcc_eh.a -l:libgcc.a)"),
    ("libm.so", "INPUT(-l:libm.a)"),
    ("libutil.so", ""),
    ("librt.so", ""),
    ("libpthread.so", ""),
    ("libdl.so", ""),
];

/// Makes `osvrun` a static PIE where the host has the libraries for it: running the host's dynamic linker takes longer
/// than a small hosted program.
///
/// The `crt-static` target feature would say the same, but only to every crate at once, procedural macros included, and
/// those cannot be linked so.
fn link_statically(out: &Path) {
    if !["libc.a", "libm.a", "libgcc_eh.a", "rcrt1.o"].into_iter().all(has_library) {
        println!("cargo::warning=no static libc here: osvrun will start more slowly");
        return;
    }
    let folder = out.join("static");
    fs::create_dir_all(&folder).expect("OUT_DIR is writable");
    for (name, script) in STAND_INS {
        fs::write(folder.join(name), script).expect("OUT_DIR is writable");
    }
    println!("cargo::rustc-link-arg-bin=osvrun=-L{}", folder.display());
    println!("cargo::rustc-link-arg-bin=osvrun=-static-pie");
}

/// Returns whether the C compiler finds a file of its libraries: it answers with a path then.
fn has_library(name: &str) -> bool {
    let answer = Command::new("cc").arg(format!("-print-file-name={name}")).output();
    answer.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}

/// Builds the kernel; returns its path.
fn build_kernel(workspace: &Path, out: &Path) -> PathBuf {
    // OUT_DIR is target/<profile>/build/<package>/out: the kernel's folder is shared by all profiles.
    let target = out.ancestors().nth(4).unwrap_or(out).join("metal");
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
    for name in OUTER {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(workspace)
        .args([
            "build",
            "--release",
            "--package",
            "metal-backend",
            "--features",
            "kernel",
            "--bin",
            "osvrun-kernel",
        ])
        // The stream of random bytes is a long loop.
        .args(["--config", "profile.release.package.keystream.opt-level=3"])
        .arg("--target-dir")
        .arg(&target)
        // A boot is code that runs once, and under TCG each instruction's first time costs a thousand others: the
        // fewer instructions and branches, the sooner the program starts.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
        .env("CARGO_ENCODED_RUSTFLAGS", KERNEL_FLAGS.join("\x1f"))
        // The symbols stay, for reports and for gdb; osvrun leaves them out of what it gives to QEMU.
        .env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo");
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_CFG_") || text.starts_with("CARGO_FEATURE_") {
            cargo.env_remove(&name);
        }
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the kernel did not build; see above");
    target.join("release/osvrun-kernel")
}
