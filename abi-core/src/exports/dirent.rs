//! `dirent.h`

use crate::libc::files::directory;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full opendir = directory::opendir;
    full fdopendir = directory::fdopendir;
    full closedir = directory::closedir;
    full readdir = directory::readdir;
    full readdir64 = directory::readdir;
    full readdir_r = directory::readdir_r;
    full readdir64_r = directory::readdir_r;
    full rewinddir = directory::rewinddir;
    full telldir = directory::telldir;
    full seekdir = directory::seekdir;
    full dirfd = directory::dirfd;
    full scandir = directory::scandir;
    full scandir64 = directory::scandir;
    full scandirat = directory::scandirat;
    full scandirat64 = directory::scandirat;
    full versionsort = directory::versionsort;
    full versionsort64 = directory::versionsort;
    full alphasort = directory::alphasort;
    full alphasort64 = directory::alphasort;
}
