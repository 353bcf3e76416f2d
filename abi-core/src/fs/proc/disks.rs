//! What `/proc` and `/sys/block` say of disks.

use core::fmt::Write;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::fs::disk::{self, MAJOR, NAME};
use crate::kernel::Kernel;

/// The unit of sizes in `/sys/block`.
const UNIT_BYTES: u64 = 512;

pub(super) fn devices(kernel: &Kernel) -> Vec<u8> {
    let mut out = String::from(
        "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\nBlock devices:\n",
    );
    if disk::all(kernel.backend).next().is_some() {
        line!(out, "{MAJOR:3} {NAME}");
    }
    out.into_bytes()
}

pub(super) fn partitions(kernel: &Kernel) -> Vec<u8> {
    let mut out = String::new();
    for (number, disk) in disk::all(kernel.backend).enumerate() {
        if number == 0 {
            out.push_str("major minor  #blocks  name\n\n");
        }
        line!(out, "{MAJOR:4}  {number:7} {:10} {NAME}{number}", disk::len_bytes(disk) / 1024);
    }
    out.into_bytes()
}

pub(super) fn count(kernel: &Kernel, _numbers: &[usize]) -> usize {
    disk::all(kernel.backend).count()
}

pub(super) fn dev(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    Some(format!("{MAJOR}:{}\n", numbers.first()?).into_bytes())
}

pub(super) fn ro(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let disk = kernel.backend.disk(*numbers.first()?)?;
    Some(format!("{}\n", u8::from(disk.geometry().is_read_only)).into_bytes())
}

pub(super) fn size(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let disk = kernel.backend.disk(*numbers.first()?)?;
    Some(format!("{}\n", disk::len_bytes(disk) / UNIT_BYTES).into_bytes())
}

pub(super) fn sector_bytes(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let disk = kernel.backend.disk(*numbers.first()?)?;
    Some(format!("{}\n", disk.geometry().sector_bytes).into_bytes())
}
