//! The notes of `PT_NOTE` segments (gABI, "Note Section").

use super::raw::u32_at;

/// The type of the note named `Go` that holds Go's build ID.
pub(super) const GO_BUILD_ID: u32 = 4;

/// Goes through notes: the type and the name, with its ending 0, of each.
pub(super) struct Notes<'a> {
    /// What is left of them.
    pub(super) bytes: &'a [u8],
    /// What names and contents are padded to: 4 or 8 bytes.
    pub(super) align: usize,
}

impl<'a> Iterator for Notes<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        const HEADER_BYTES: usize = 12;
        if self.bytes.len() < HEADER_BYTES {
            return None;
        }
        let [name_bytes, content_bytes] = [0, 4].map(|at| u32_at(self.bytes, at) as usize);
        let name = self.bytes.get(HEADER_BYTES..HEADER_BYTES + name_bytes)?;
        let note = (u32_at(self.bytes, 8), name);
        let content = (HEADER_BYTES + name_bytes).next_multiple_of(self.align);
        let next = (content + content_bytes).next_multiple_of(self.align);
        self.bytes = self.bytes.get(next..).unwrap_or_default();
        Some(note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn each_note_is_found_whatever_its_length() {
        let first = b"\x04\0\0\0\x05\0\0\0\x03\0\0\0GNU\0abcde\0\0\0";
        let second = b"\x04\0\0\0\xff\0\0\0\x04\0\0\0Go\0\0";
        let bytes = [first.as_slice(), second].concat();
        let found: Vec<_> = Notes { bytes: &bytes, align: 4 }.collect();
        assert_eq!(found, [(3, b"GNU\0".as_slice()), (GO_BUILD_ID, b"Go\0\0")]);
        assert_eq!(Notes { bytes: b"\xff\xff\xff\xff\0\0\0\0\0\0\0\0", align: 8 }.count(), 0);
    }
}
