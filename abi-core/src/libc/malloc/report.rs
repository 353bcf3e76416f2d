//! malloc_stats(3) and malloc_info(3): what [`mallinfo2`] counts, as text.

use core::ffi::c_int;

use super::mallinfo2;
use crate::abi::EINVAL;
use crate::exports::stdio_printf::print_to;
use crate::libc::pthread::cancel::held_off;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
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

/// malloc_info(3)
///
/// # Safety
/// An open stream.
pub unsafe extern "C" fn malloc_info(options: c_int, stream: *mut File) -> c_int {
    if options != 0 {
        return EINVAL;
    }
    let info = mallinfo2();
    let [system, free, blocks, mapped] = [info.arena, info.fordblks, info.hblks, info.hblkhd].map(Digits::of);
    // SAFETY: the caller's stream.
    unsafe {
        print_to(
            stream,
            &[
                b"<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n</sizes>\n<total type=\"rest\" count=\"0\" size=\"",
                free.as_bytes(),
                b"\"/>\n<system type=\"current\" size=\"",
                system.as_bytes(),
                b"\"/>\n</heap>\n<total type=\"rest\" count=\"0\" size=\"",
                free.as_bytes(),
                b"\"/>\n<total type=\"mmap\" count=\"",
                blocks.as_bytes(),
                b"\" size=\"",
                mapped.as_bytes(),
                b"\"/>\n<system type=\"current\" size=\"",
                system.as_bytes(),
                b"\"/>\n</malloc>\n",
            ],
        );
    }
    0
}
