//! `link.h`: the loaded objects.

use crate::libc::dl::{dl_find_object, dl_iterate_phdr};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full dl_iterate_phdr = dl_iterate_phdr;
    full _dl_find_object = dl_find_object;
}
