//! `malloc.h`

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[];
