//! `mntent.h`

use crate::libc::files::mounts;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full setmntent = mounts::setmntent;
    full __setmntent = mounts::setmntent;
    full endmntent = mounts::endmntent;
    full __endmntent = mounts::endmntent;
    full getmntent = mounts::getmntent;
    full getmntent_r = mounts::getmntent_r;
    full __getmntent_r = mounts::getmntent_r;
    full addmntent = mounts::addmntent;
    full __addmntent = mounts::addmntent;
    full hasmntopt = mounts::hasmntopt;
}
