//! `ftw.h` and `fts.h`

use crate::libc::files::{hierarchy, tree};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full ftw = tree::ftw;
    full ftw64 = tree::ftw;
    full nftw = tree::nftw;
    full nftw64 = tree::nftw;
    full fts_open = hierarchy::fts_open;
    full fts_read = hierarchy::fts_read;
    full fts_set = hierarchy::fts_set;
    full fts_children = hierarchy::fts_children;
    full fts_close = hierarchy::fts_close;
    full fts64_open = hierarchy::fts_open;
    full fts64_read = hierarchy::fts_read;
    full fts64_set = hierarchy::fts_set;
    full fts64_children = hierarchy::fts_children;
    full fts64_close = hierarchy::fts_close;
}
