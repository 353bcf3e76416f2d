//! `stdlib.h`: arithmetic and sorting; its other parts are in the `stdlib_*` files beside.

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[super::stdlib_random::PURE];
