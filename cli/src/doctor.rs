//! `osvrun doctor`: what this machine offers.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::output;

/// Prints one line per thing osvrun can use.
pub(crate) fn run() -> ExitCode {
    let mut text = String::new();
    let mut line = |what: &str, finding: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{what:<12} {finding}");
    };
    line("hosted", hosted());
    line(
        "fsgsbase",
        if has_flag("fsgsbase") { "yes".into() } else { "no: thread switches cost more".into() },
    );
    line("qemu", qemu());
    line("host files", host_files());
    line("kvm", kvm());
    line("gdb", gdb());
    output::print(&text);
    ExitCode::SUCCESS
}

fn hosted() -> String {
    match host_backend::start(host_backend::MachineOptions::default()) {
        Ok(()) => {
            let layout = abi_core::backend::Memory::layout(&host_backend::BACKEND);
            format!("ready, {} GiB of addresses", layout.arena.len_bytes >> 30)
        }
        Err(_) => "no addresses to be had: raise the limit on address space (ulimit -v)".into(),
    }
}

fn cpu_flags() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    info.lines().find(|line| line.starts_with("flags")).unwrap_or_default().to_owned()
}

fn has_flag(flag: &str) -> bool {
    cpu_flags().split_whitespace().any(|word| word == flag)
}

fn qemu() -> String {
    let Some(path) = in_path("qemu-system-x86_64") else {
        return "not found, and --metal needs it: apt-get install qemu-system-x86".into();
    };
    let version = Command::new(&path).arg("--version").output();
    let version =
        version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let version = version.lines().next().unwrap_or("does not run").to_owned();
    format!("{}: {version}", path.display())
}

/// A QEMU built without virtfs has no 9P.
fn host_files() -> String {
    let devices = in_path("qemu-system-x86_64")
        .and_then(|qemu| Command::new(qemu).args(["-machine", "microvm", "-device", "help"]).output().ok());
    match devices {
        None => "not on metal without QEMU".into(),
        Some(devices) if String::from_utf8_lossy(&devices.stdout).contains("virtio-9p-device") => {
            "on metal by virtio-9p".into()
        }
        Some(_) => "not on metal: this QEMU has no virtio-9p; run with --root none".into(),
    }
}

fn gdb() -> String {
    match in_path("gdb") {
        Some(path) => path.display().to_string(),
        None => "not found, and --gdb needs it: apt-get install gdb".into(),
    }
}

/// `/dev/kvm` alone proves nothing: a `kvm_pvm` host has it and cannot run our machine.
fn kvm() -> String {
    let opens = std::fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
    let virtual_hardware = has_flag("vmx") || has_flag("svm");
    match (opens, virtual_hardware, Path::new("/sys/module/kvm_pvm").exists()) {
        (true, true, false) => "usable".into(),
        (false, ..) => "no: /dev/kvm does not open; TCG will be used".into(),
        (true, false, _) => "no: the processor shows neither vmx nor svm; TCG will be used".into(),
        (true, true, true) => "no: kvm_pvm cannot run our machine; TCG will be used".into(),
    }
}

/// Finds an executable file in PATH.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
