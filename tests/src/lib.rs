//! The three-column harness.
