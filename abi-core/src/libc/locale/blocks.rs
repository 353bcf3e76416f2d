//! Where in a long table of characters each block of 256 of them begins, so that few entries are left to search.

/// Characters of a block.
const BLOCK: u32 = 256;
/// How many blocks there are, and the end of the last.
pub const BLOCKS: usize = 0x11_0000 / BLOCK as usize + 1;

/// For each block, how many of a table's entries begin at its first character or before.
pub type Index = [u16; BLOCKS];

/// Makes the index of entries that begin at these characters, in order; `begins` is one of a table's entries.
macro_rules! index {
    ($table:expr, |$entry:ident| $begins:expr) => {{
        let (mut index, mut block, mut entry) = ([0u16; $crate::libc::locale::blocks::BLOCKS], 0, 0);
        while block < index.len() {
            while entry < $table.len() && {
                let $entry = $table[entry];
                $begins <= block as u32 * 256
            } {
                entry += 1;
            }
            index[block] = entry as u16;
            block += 1;
        }
        index
    }};
}
pub(super) use index;

/// The entry that begins at a character or last before it; `begins` is where one does.
#[inline]
pub fn last_before<'a, T>(
    table: &'a [T],
    index: &Index,
    c: u32,
    begins: impl Fn(&T) -> u32,
) -> Option<&'a T> {
    let block = (c / BLOCK) as usize;
    let (mut low, mut high) = (usize::from(*index.get(block)?), usize::from(*index.get(block + 1)?));
    while low < high {
        let middle = usize::midpoint(low, high);
        if begins(&table[middle]) <= c {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    table.get(low.checked_sub(1)?)
}

/// Tells whether a character is in one of the ranges.
#[inline]
pub fn is_in(table: &[(u32, u32)], index: &Index, c: u32) -> bool {
    last_before(table, index, c, |&(first, _)| first).is_some_and(|&(_, last)| c <= last)
}
