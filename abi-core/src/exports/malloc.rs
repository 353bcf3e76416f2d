//! `malloc.h`, and the heap of `stdlib.h`: always our own heap, also where the program brings another.

use crate::libc::malloc::{self, ours, report};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full malloc = ours::malloc;
    full calloc = ours::calloc;
    full realloc = ours::realloc;
    full reallocarray = ours::reallocarray;
    full free = ours::free;
    full cfree = ours::free;
    full memalign = ours::memalign;
    full posix_memalign = ours::posix_memalign;
    full aligned_alloc = ours::aligned_alloc;
    full valloc = ours::valloc;
    full pvalloc = ours::pvalloc;
    full malloc_usable_size = ours::malloc_usable_size;
    full malloc_trim = ours::malloc_trim;
    partial("M_TRIM_THRESHOLD and M_MMAP_THRESHOLD; others are another allocator's, without effect") mallopt = ours::mallopt;
    full mallinfo2 = malloc::mallinfo2;
    full mallinfo = malloc::mallinfo;
    full malloc_stats = report::malloc_stats;
    full malloc_info = report::malloc_info;
    full __libc_valloc = ours::valloc;
    full __libc_pvalloc = ours::pvalloc;
    full __libc_mallinfo = malloc::mallinfo;
    partial("M_TRIM_THRESHOLD and M_MMAP_THRESHOLD; others are another allocator's, without effect") __libc_mallopt = ours::mallopt;
    full __libc_malloc = ours::malloc;
    full __libc_calloc = ours::calloc;
    full __libc_realloc = ours::realloc;
    full __libc_free = ours::free;
    full __libc_memalign = ours::memalign;
}
