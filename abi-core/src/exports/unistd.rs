//! `unistd.h`, the part about files (processes: `process.rs`)

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[];
