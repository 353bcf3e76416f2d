//! Gives the kernel image its link: no start files, no host libraries, our own layout.

use std::path::PathBuf;
use std::{env, fs};

/// Libraries that crates ask for and the kernel must not have. They are empty, so that a call into the host's libc
/// is an undefined symbol.
const EMPTY_LIBRARIES: &[&str] =
    &["c", "m", "rt", "pthread", "util", "dl", "gcc", "gcc_eh", "gcc_s", "resolv", "crypt"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=linker.ld");
    if env::var_os("CARGO_FEATURE_KERNEL").is_none() {
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for library in EMPTY_LIBRARIES {
        fs::write(out.join(format!("lib{library}.a")), b"!<arch>\n").expect("OUT_DIR is writable");
    }
    let script = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("linker.ld");
    println!("cargo::rustc-link-search=native={}", out.display());
    let arguments = [
        "-nostdlib",
        "-nostartfiles",
        "-static",
        "-no-pie",
        "-Wl,--build-id=none",
        "-Wl,-z,max-page-size=4096",
        "-Wl,-z,noexecstack",
        "-Wl,--eh-frame-hdr",
        "-Wl,--icf=all",
    ];
    for argument in arguments {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    println!("cargo::rustc-link-arg-bins=-L{}", out.display());
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
}
