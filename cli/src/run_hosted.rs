//! `--hosted`: the machine is this process.

use std::ffi::OsString;
use std::process::ExitCode;

use abi_core::boot::{self, Root};
use abi_core::fs::disk;
use host_backend::{MachineOptions, storage, supervisor};

use crate::boot_info;
use crate::disks::{self, DiskImage};
use crate::options::RunOptions;
use crate::{output, pack};

/// Gives the machine its disks, if there are any.
fn for_the_machine(disks: Vec<DiskImage>) {
    if !disks.is_empty() {
        let files = disks.into_iter().map(|disk| {
            // Without the wrapper that would give up the lock, which ends with the process.
            let file = disk.file.try_clone();
            std::mem::forget(disk.file);
            file.map(|file| (file, disk.len_bytes, disk.is_read_only))
        });
        storage::set_disks(files.filter_map(Result::ok).collect());
    }
}

/// Runs the program; returns only when it could not be started.
pub(crate) fn run(options: &RunOptions) -> ExitCode {
    let mut info = match boot_info::collect(options) {
        Ok(info) => info,
        Err(refusal) => {
            output::error(&refusal.message);
            return ExitCode::from(refusal.status);
        }
    };
    let disks = match disks::open_all(&options.disk) {
        Ok(disks) => disks,
        Err(refusal) => {
            output::error(&refusal.message);
            return ExitCode::from(refusal.status);
        }
    };
    boot_info::show_hidden(&mut info, &options.program);
    boot_info::show_programs(&mut info);
    if options.dry_run {
        let shown = |(number, disk): (usize, &OsString)| {
            format!("disk\t{} at /dev/{}{number}\n", disk.display(), disk::NAME)
        };
        let disks: String = options.disk.iter().enumerate().map(shown).collect();
        output::print(&(boot_info::summary(&info) + &disks));
        return ExitCode::SUCCESS;
    }
    if let Some(zones) = pack::zones(&info) {
        info.archive = Some(zones.leak());
        if info.root == Root::None {
            info.root = Root::Archive;
        }
    }
    for_the_machine(disks);
    // The program's own mask counts for what it makes in the host's folders.
    nix::sys::stat::umask(nix::sys::stat::Mode::empty());
    // The hook may run on a guest thread, so it uses nothing of std that has thread-locals.
    std::panic::set_hook(Box::new(|panic| {
        abi_core::panic::panicked(panic.location(), panic.payload_as_str())
    }));
    let filters_syscalls = std::env::var_os("OSVRUN_FILTER_SYSCALLS").is_some();
    let machine = MachineOptions { memory_bytes: options.memory, cpus: options.cpus, filters_syscalls };
    if host_backend::start(machine).is_err() {
        return crate::complain("no addresses to be had; raise the limit on address space (ulimit -v)");
    }
    match boot::start(info) {
        Ok(()) => supervisor::run(options.timeout),
        Err(error) => crate::complain(&format!("the first thread did not start: {error:?}")),
    }
}
