//! `pending.txt`: tests that osvrun does not pass yet. They are listed as ignored, never as passed; the list may only
//! get shorter.

use crate::paths;

/// Tells whether the test with this name (`guest.kind::column`) is known not to pass yet.
pub fn is_pending(name: &str) -> bool {
    let list = std::fs::read_to_string(paths::tests().join("pending.txt")).unwrap_or_default();
    list.lines().any(|line| line.split_whitespace().next() == Some(name))
}
