//! Looking characters up in the tables of ranges. What is found is kept ([`super::known`]), so nothing here need be fast.

/// The entry that begins at a character or last before it; `begins` is where one does.
pub fn last_before<T>(table: &[T], c: u32, begins: impl Fn(&T) -> u32) -> Option<&T> {
    table.get(table.partition_point(|entry| begins(entry) <= c).checked_sub(1)?)
}

/// Tells whether a character is in one of the ranges.
pub fn is_in(table: &[(u32, u32)], c: u32) -> bool {
    last_before(table, c, |&(first, _)| first).is_some_and(|&(_, last)| c <= last)
}
