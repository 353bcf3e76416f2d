//! The kernel's own mappings: image by section, and the direct map.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU64, Ordering};

use super::table::{ACCESSED_DIRTY, HELD, LARGE, NO_EXECUTE, PRESENT, TableMemory, Tables, WRITABLE, walk};
use super::{DIRECT_BASE, KERNEL_BASE, direct, frames};
use crate::arch::cpu;

#[repr(C, align(4096))]
struct Table(UnsafeCell<[u64; 512]>);

// SAFETY: written at boot, then under the lock of the address space.
unsafe impl Sync for Table {}

static ROOT_TABLE: Table = Table(UnsafeCell::new([0; 512]));
static ROOT: AtomicU64 = AtomicU64::new(0);

/// Returns the frame of the top-level table.
pub fn root() -> u64 {
    ROOT.load(Ordering::Relaxed)
}

/// Tables in the direct map.
#[derive(Debug)]
pub struct DirectTables;

impl TableMemory for DirectTables {
    fn table(&self, frame: u64) -> *mut [u64; 512] {
        direct(frame) as *mut [u64; 512]
    }
    fn new_table(&self) -> Option<u64> {
        frames::allocate_zeroed()
    }
}

unsafe extern "C" {
    safe static kernel_text_start: u8;
    safe static kernel_text_end: u8;
    safe static kernel_rodata_start: u8;
    safe static kernel_eh_frame_hdr: u8;
    safe static kernel_rodata_end: u8;
    safe static kernel_data_start: u8;
    safe static kernel_data_end: u8;
}

/// The parts of the kernel image: (start, end) of code, constants, data.
pub fn sections() -> [(usize, usize); 3] {
    [
        (&raw const kernel_text_start as usize, &raw const kernel_text_end as usize),
        (&raw const kernel_rodata_start as usize, &raw const kernel_rodata_end as usize),
        (&raw const kernel_data_start as usize, &raw const kernel_data_end as usize),
    ]
}

/// Returns where the image's `.eh_frame_hdr` is.
pub fn frame_header() -> usize {
    &raw const kernel_eh_frame_hdr as usize
}

/// Makes the kernel's tables and uses them. `top` is the end of physical memory; the frame allocator works.
pub fn init(top: u64) {
    let tables = DirectTables;
    let root = (ROOT_TABLE.0.get() as usize - KERNEL_BASE) as u64;
    ROOT.store(root, Ordering::Relaxed);
    let [text, rodata, data] = sections();
    for ((start, end), bits) in [(text, 0), (rodata, NO_EXECUTE), (data, NO_EXECUTE | WRITABLE)] {
        walk(&tables, root, start, end, Tables::Make, &mut |met| {
            if let super::table::Met::Page(at, entry) = met {
                *entry = (at - KERNEL_BASE) as u64 | PRESENT | HELD | ACCESSED_DIRTY | bits;
            }
            Ok(())
        })
        .expect("memory for the kernel's own tables");
    }
    let gib = 1u64 << 30;
    let gibs = top.max(4 * gib).div_ceil(gib).min(512);
    let table = tables.new_table().expect("memory for the direct map");
    let has_gib_pages = cpu::cpuid(0x8000_0001, 0)[3] & (1 << 26) != 0;
    let page = PRESENT | WRITABLE | ACCESSED_DIRTY | LARGE | NO_EXECUTE;
    for i in 0..gibs {
        let entry = if has_gib_pages {
            (i * gib) | page
        } else {
            let lower = tables.new_table().expect("memory for the direct map");
            for j in 0..512 {
                // SAFETY: a fresh table.
                unsafe { (*tables.table(lower))[j as usize] = (i * gib + (j << 21)) | page };
            }
            lower | PRESENT | WRITABLE | ACCESSED_DIRTY
        };
        // SAFETY: a fresh table.
        unsafe { (*tables.table(table))[i as usize] = entry };
    }
    // SAFETY: no processor uses the table yet.
    unsafe { (*tables.table(root))[DIRECT_BASE >> 39 & 511] = table | PRESENT | WRITABLE | ACCESSED_DIRTY };
    // SAFETY: the table maps the kernel and all memory it uses.
    unsafe { cpu::set_cr3(root) };
}

/// Counts the mappings that are both writable and executable, over all live tables.
pub fn writable_and_executable() -> usize {
    fn visit(frame: u64, level: u32, inherited: u64) -> usize {
        let mut found = 0;
        for index in 0..512 {
            // SAFETY: a live table.
            let entry = unsafe { (*DirectTables.table(frame))[index] };
            if entry & PRESENT == 0 {
                continue;
            }
            let allowed = (entry & WRITABLE & inherited) | (!entry & NO_EXECUTE & inherited);
            if level == 1 || entry & LARGE != 0 {
                found += usize::from(allowed == WRITABLE | NO_EXECUTE);
            } else {
                found += visit(entry & super::table::FRAME, level - 1, allowed);
            }
        }
        found
    }
    visit(root(), 4, WRITABLE | NO_EXECUTE)
}
