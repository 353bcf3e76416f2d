//! `stdio_ext.h`

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[];
