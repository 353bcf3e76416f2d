//! `semaphore.h`

use crate::libc::pthread::{named, sem};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full sem_init = sem::sem_init;
    full sem_destroy = sem::sem_destroy;
    full sem_wait = sem::sem_wait;
    full sem_trywait = sem::sem_trywait;
    full sem_timedwait = sem::sem_timedwait;
    full sem_clockwait = sem::sem_clockwait;
    full sem_post = sem::sem_post;
    full sem_getvalue = sem::sem_getvalue;
    full sem_open = named::sem_open;
    full sem_close = named::sem_close;
    full sem_unlink = named::sem_unlink;
}
