//! `fstab.h`

use crate::libc::files::fstab;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full setfsent = fstab::setfsent;
    full getfsent = fstab::getfsent;
    full getfsspec = fstab::getfsspec;
    full getfsfile = fstab::getfsfile;
    full endfsent = fstab::endfsent;
}
