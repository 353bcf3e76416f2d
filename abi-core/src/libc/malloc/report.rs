//! malloc_stats(3) and malloc_info(3): what [`mallinfo2`] counts, as text.

use core::ffi::c_int;

use super::classes::{GRANULE_BYTES, SIZES};
use super::info::{mallinfo2, report};
use super::region::MAX_RUN_GRANULES;
use crate::abi::EINVAL;
use crate::exports::stdio_printf::print_to;
use crate::libc::pthread::cancel::held_off;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::libc::stdio::lock::Guard;
use crate::libc::stdio::printf::integer::decimal;

/// A number's digits.
struct Digits([u8; 24], usize);

impl Digits {
    fn of(number: usize) -> Self {
        let mut digits = [0; 24];
        let mut text = [0; 24];
        let text = decimal(number as u64, &mut text);
        digits[..text.len()].copy_from_slice(text);
        Self(digits, text.len())
    }

    fn as_bytes(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

/// malloc_stats(3): one arena, and blocks that are mappings of their own. It is no cancellation point.
pub extern "C" fn malloc_stats() {
    held_off(print_stats);
}

fn print_stats() {
    let info = mallinfo2();
    let line = |name: &[u8], number: usize| {
        let digits = Digits::of(number);
        let blanks = &b"          "[digits.as_bytes().len().min(10)..];
        // SAFETY: the program's stderr.
        unsafe { print_to(state().stdio.stderr.get(), &[name, b" = ", blanks, digits.as_bytes(), b"\n"]) };
    };
    // SAFETY: as above.
    let title = |text: &[u8]| unsafe { print_to(state().stdio.stderr.get(), &[text]) };
    title(b"Arena 0:\n");
    line(b"system bytes    ", info.arena);
    line(b"in use bytes    ", info.uordblks);
    title(b"Total (incl. mmap):\n");
    line(b"system bytes    ", info.arena + info.hblkhd);
    line(b"in use bytes    ", info.uordblks + info.hblkhd);
    line(b"max mmap regions", info.hblks);
    line(b"max mmap bytes  ", info.hblkhd);
}

/// Prints a text in which each `#` is the next number.
unsafe fn print(stream: *mut File, text: &str, numbers: &[usize]) {
    let mut numbers = numbers.iter();
    for (index, piece) in text.split('#').enumerate() {
        let number = if index > 0 { numbers.next().map(|&number| Digits::of(number)) } else { None };
        let digits = number.as_ref().map_or(&[][..], Digits::as_bytes);
        // SAFETY: the caller's stream.
        unsafe { print_to(stream, &[digits, piece.as_bytes()]) };
    }
}

/// malloc_info(3): one heap, whose `fast` blocks are those that the calling thread keeps.
///
/// # Safety
/// An open stream.
pub unsafe extern "C" fn malloc_info(options: c_int, stream: *mut File) -> c_int {
    if options != 0 {
        return EINVAL;
    }
    let report = report();
    let info = report.info;
    let (rest, rest_bytes) = (info.ordblks, info.fordblks - info.fsmblks);
    let totals = [info.smblks, info.fsmblks, rest, rest_bytes];
    let (total, size) = (
        "<total type=\"fast\" count=\"#\" size=\"#\"/>\n<total type=\"rest\" count=\"#\" size=\"#\"/>\n",
        "<system type=\"current\" size=\"#\"/>\n<system type=\"max\" size=\"#\"/>\n<aspace type=\"total\" size=\"#\"/>\n<aspace type=\"mprotect\" size=\"#\"/>\n",
    );
    let sizes = [info.arena, report.peak_bytes, report.reserved_bytes, report.reserved_bytes];
    // SAFETY: the caller's stream.
    unsafe {
        let _guard = Guard::new(stream);
        print(stream, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n", &[]);
        for (&count, &size) in report.free.iter().zip(&SIZES).filter(|(count, _)| **count > 0) {
            let size = size as usize;
            let numbers = [size, size, size * count, count];
            print(stream, "  <size from=\"#\" to=\"#\" total=\"#\" count=\"#\"/>\n", &numbers);
        }
        if report.dirty_runs > 0 {
            let numbers = [GRANULE_BYTES, MAX_RUN_GRANULES * GRANULE_BYTES, info.keepcost, report.dirty_runs];
            print(stream, "  <unsorted from=\"#\" to=\"#\" total=\"#\" count=\"#\"/>\n", &numbers);
        }
        print(stream, "</sizes>\n", &[]);
        print(stream, total, &totals);
        print(stream, size, &sizes);
        print(stream, "</heap>\n", &[]);
        print(stream, total, &totals);
        print(stream, "<total type=\"mmap\" count=\"#\" size=\"#\"/>\n", &[info.hblks, info.hblkhd]);
        print(stream, size, &sizes);
        print(stream, "</malloc>\n", &[]);
    }
    0
}
