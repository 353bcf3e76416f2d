//! What `/proc` says of memory: `maps`, `smaps`, `smaps_rollup`, `statm`.

use core::fmt::Write;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::abi::{major, minor};
use crate::backend::Access;
use crate::kernel::Kernel;
use crate::mm::{RegionInfo, STACK_GUARD_NAME};

/// What a shared mapping without a file is called.
const SHARED_NAME: &str = "/dev/zero (deleted)";

pub(super) fn maps(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    for_each_shown(kernel, |region| map_line(region, &mut out));
    out
}

/// Calls `visit` for the mappings that Linux has, too: handlers of faults measure how far from the stack one is by them.
fn for_each_shown(kernel: &Kernel, mut visit: impl FnMut(&RegionInfo)) {
    kernel.mm.for_each_region(|region| {
        if region.name != STACK_GUARD_NAME {
            visit(region);
        }
    });
}

/// Writes a mapping's line.
fn map_line(region: &RegionInfo, out: &mut Vec<u8>) {
    let bit = |access, letter| if region.access.contains(access) { letter } else { '-' };
    let (dev, ino) = region.file.as_ref().map_or((0, 0), |file| file.identity());
    let mut head = String::new();
    let _ = write!(
        head,
        "{:08x}-{:08x} {}{}{}{} {:08x} {:02x}:{:02x} {}",
        region.range.start,
        region.range.end(),
        bit(Access::READ, 'r'),
        bit(Access::WRITE, 'w'),
        bit(Access::EXECUTE, 'x'),
        if region.is_shared { 's' } else { 'p' },
        region.offset,
        major(dev),
        minor(dev),
        ino,
    );
    let unnamed = || {
        let name = if region.is_shared && region.name.is_empty() { SHARED_NAME } else { region.name };
        name.into()
    };
    let name = region.file.as_ref().map_or_else(unnamed, |file| file.path_now());
    if !name.is_empty() {
        while head.len() < 73 {
            head.push(' ');
        }
    }
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&name);
    out.push(b'\n');
}

pub(super) fn statm(kernel: &Kernel) -> Vec<u8> {
    let totals = kernel.mm.totals();
    let (size, resident) = (totals.mapped_bytes / 4096, totals.resident_bytes / 4096);
    let holders = kernel.mm.holders();
    let shared = (holders.file_bytes + holders.shared_bytes) / 4096;
    let mut text = 0;
    kernel.mm.for_each_region(|region| {
        let is_text = region.access.contains(Access::EXECUTE) && region.file.is_some();
        text += if is_text { region.range.len_bytes / 4096 } else { 0 };
    });
    format!("{size} {resident} {shared} {text} 0 {} 0\n", kernel.mm.data_bytes() / 4096).into_bytes()
}

/// What `smaps` says of some mappings.
#[derive(Default)]
struct Mapped {
    size: usize,
    resident: usize,
    dirty: usize,
    shared: usize,
    anonymous: usize,
}

impl Mapped {
    fn add(&mut self, kernel: &Kernel, region: &RegionInfo) {
        let (resident, writes) = (kernel.mm.resident_in(region.range), region.access.contains(Access::WRITE));
        self.size += region.range.len_bytes;
        self.resident += resident;
        self.dirty += if writes && !region.is_shared { resident } else { 0 };
        self.shared += if region.is_shared { resident } else { 0 };
        self.anonymous += if region.file.is_none() && !region.is_shared { resident } else { 0 };
    }

    /// Writes the lines of the sums; there is one process, so each page is its own in full.
    fn show(&self, out: &mut String) {
        let private = self.resident - self.shared;
        for (name, bytes) in [
            ("Rss", self.resident),
            ("Pss", self.resident),
            ("Shared_Clean", 0),
            ("Shared_Dirty", self.shared),
            ("Private_Clean", private - self.dirty),
            ("Private_Dirty", self.dirty),
            ("Anonymous", self.anonymous),
            ("Swap", 0),
        ] {
            line!(out, "{:<16}{:8} kB", format!("{name}:"), bytes / 1024);
        }
    }
}

pub(super) fn smaps(kernel: &Kernel) -> Vec<u8> {
    let mut out = Vec::new();
    for_each_shown(kernel, |region| {
        map_line(region, &mut out);
        let mut mapped = Mapped::default();
        mapped.add(kernel, region);
        let mut lines = String::new();
        line!(lines, "{:<16}{:8} kB", "Size:", mapped.size / 1024);
        line!(lines, "{:<16}{:8} kB", "KernelPageSize:", 4);
        line!(lines, "{:<16}{:8} kB", "MMUPageSize:", 4);
        mapped.show(&mut lines);
        out.extend_from_slice(lines.as_bytes());
    });
    out
}

pub(super) fn smaps_rollup(kernel: &Kernel) -> Vec<u8> {
    let (mut mapped, mut ends) = (Mapped::default(), None);
    kernel.mm.for_each_region(|region| {
        mapped.add(kernel, region);
        let (start, _) = ends.unwrap_or((region.range.start, 0));
        ends = Some((start, region.range.end()));
    });
    let (start, end) = ends.unwrap_or_default();
    let mut out = String::new();
    line!(out, "{start:08x}-{end:08x} ---p 00000000 00:00 0                          [rollup]");
    mapped.show(&mut out);
    out.into_bytes()
}
