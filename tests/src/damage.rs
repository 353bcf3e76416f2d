//! Damaged copies of a sound ELF file, the same ones each time.

use std::collections::BTreeMap;

/// Damaged files by what was done to them.
pub type Damaged = BTreeMap<String, Vec<u8>>;

const PT_LOAD: u64 = 1;
const PT_DYNAMIC: u64 = 2;
/// Values that a length, an address or an index should not have.
const HOSTILE: [u64; 9] =
    [0, 1, 7, 0xfff, 1 << 31, u32::MAX as u64, 1 << 47, i64::MAX as u64, u64::MAX - 0xfff];

struct Elf<'a>(&'a [u8]);

impl Elf<'_> {
    /// Reads a little-endian field of 1 to 8 bytes; 0 past the end.
    fn field(&self, offset: usize, bytes: usize) -> u64 {
        let mut value = [0; 8];
        let part = self.0.get(offset..offset + bytes).unwrap_or(&[]);
        value[..part.len()].copy_from_slice(part);
        u64::from_le_bytes(value)
    }

    /// Where the program headers are.
    fn headers(&self) -> impl Iterator<Item = usize> + '_ {
        let start = self.field(32, 8) as usize;
        (0..self.field(56, 2) as usize).map(move |index| start + index * 56)
    }

    fn header(&self, kind: u64) -> Option<usize> {
        self.headers().find(|&at| self.field(at, 4) == kind)
    }

    /// Where the entries of the dynamic section are.
    fn dynamic(&self) -> Vec<usize> {
        let Some(header) = self.header(PT_DYNAMIC) else { return Vec::new() };
        let start = self.field(header + 8, 8) as usize;
        let count = self.field(header + 32, 8) as usize / 16;
        let entries = (0..count).map(|index| start + index * 16);
        entries.take_while(|&at| self.field(at, 8) != 0).collect()
    }

    /// Where in the file an entry of the dynamic section points.
    fn pointed(&self, tag: u64) -> Option<usize> {
        let entry = self.dynamic().into_iter().find(|&at| self.field(at, 8) == tag)?;
        let address = self.field(entry + 8, 8);
        self.headers().filter(|&at| self.field(at, 4) == PT_LOAD).find_map(|at| {
            let into = address.checked_sub(self.field(at + 16, 8))?;
            (into < self.field(at + 32, 8)).then(|| (self.field(at + 8, 8) + into) as usize)
        })
    }

    /// Bytes that are machine code or other contents, which no loader checks.
    fn is_contents(&self, offset: usize) -> bool {
        let within = |at: usize| {
            let (start, len) = (self.field(at + 8, 8) as usize, self.field(at + 32, 8) as usize);
            self.field(at, 4) == PT_LOAD
                && self.field(at + 4, 4) & 1 != 0
                && (start..start + len).contains(&offset)
        };
        self.headers().any(within)
    }

    fn with(&self, offset: usize, bytes: usize, value: u64) -> Vec<u8> {
        let mut copy = self.0.to_vec();
        if let Some(place) = copy.get_mut(offset..offset + bytes) {
            place.copy_from_slice(&value.to_le_bytes()[..bytes]);
        }
        copy
    }
}

/// Makes damaged copies of `sound`.
pub fn copies(sound: &[u8]) -> Damaged {
    let elf = Elf(sound);
    let mut made = Damaged::new();
    truncate(&elf, &mut made);
    change_headers(&elf, &mut made);
    change_dynamic(&elf, &mut made);
    change_tables(&elf, &mut made);
    flip_bits(&elf, &mut made);
    made.retain(|_, bytes| bytes != sound);
    made
}

/// Cuts the file at every boundary of a header, and one byte before and after.
fn truncate(elf: &Elf<'_>, made: &mut Damaged) {
    let mut ends = vec![0, 1, 4, 5, 16, 18, 20, 24, 32, 40, 52, 64];
    for at in elf.headers() {
        let (offset, len) = (elf.field(at + 8, 8), elf.field(at + 32, 8));
        ends.extend([at, at + 56, offset as usize, (offset + len) as usize]);
    }
    ends.extend(elf.dynamic());
    ends.push(elf.0.len());
    for end in ends.iter().flat_map(|&end| [end.saturating_sub(1), end, end + 1]) {
        if let Some(part) = elf.0.get(..end) {
            made.insert(format!("cut-{end:05x}"), part.to_vec());
        }
    }
}

/// Gives every field of the file header and the program headers hostile values.
fn change_headers(elf: &Elf<'_>, made: &mut Damaged) {
    let file_header =
        [(4, 1), (5, 1), (6, 1), (16, 2), (18, 2), (20, 4), (24, 8), (32, 8), (52, 2), (54, 2), (56, 2)];
    for (offset, bytes) in file_header {
        for value in HOSTILE {
            made.insert(format!("header-{offset:02x}-{value:x}"), elf.with(offset, bytes, value));
        }
    }
    for (index, at) in elf.headers().enumerate() {
        for (offset, bytes) in [(0, 4), (4, 4), (8, 8), (16, 8), (32, 8), (40, 8), (48, 8)] {
            let value = elf.field(at + offset, bytes);
            for value in HOSTILE.into_iter().chain([value.wrapping_add(1), value.wrapping_sub(4096)]) {
                let name = format!("segment{index}-{offset:02x}-{value:x}");
                made.insert(name, elf.with(at + offset, bytes, value));
            }
        }
    }
    // A second segment over the first.
    let loads: Vec<usize> = elf.headers().filter(|&at| elf.field(at, 4) == PT_LOAD).collect();
    for pair in loads.windows(2) {
        let (first, second) = (elf.field(pair[0] + 16, 8), pair[1]);
        made.insert(format!("overlap-{second:x}"), elf.with(second + 16, 8, first));
    }
}

/// Gives every entry of the dynamic section another value, or another meaning.
fn change_dynamic(elf: &Elf<'_>, made: &mut Damaged) {
    for (index, at) in elf.dynamic().into_iter().enumerate() {
        let (tag, value) = (elf.field(at, 8), elf.field(at + 8, 8));
        for value in HOSTILE.into_iter().chain([value.wrapping_add(3), value.wrapping_add(1 << 20)]) {
            made.insert(format!("dynamic{index}-{tag:x}-{value:x}"), elf.with(at + 8, 8, value));
        }
        for tag in [1, 7, 23, 0x24, 0x6fff_fff0] {
            made.insert(format!("dynamic{index}-tag-{tag:x}"), elf.with(at, 8, tag));
        }
    }
}

/// Damages symbols, relocations, hash tables and versions.
fn change_tables(elf: &Elf<'_>, made: &mut Damaged) {
    /// A table's tag in the dynamic section, the size of its entries, and which fields of each to change.
    type Table = (&'static str, u64, usize, &'static [(usize, usize)]);
    const TABLES: [Table; 7] = [
        ("symbol", 6, 24, &[(0, 4), (4, 1), (5, 1), (6, 2), (8, 8), (16, 8)]),
        ("rela", 7, 24, &[(0, 8), (8, 4), (12, 4), (16, 8)]),
        ("jump", 23, 24, &[(0, 8), (8, 4), (12, 4), (16, 8)]),
        ("gnu-hash", 0x6fff_fef5, 4, &[(0, 4)]),
        ("hash", 4, 4, &[(0, 4)]),
        ("version", 0x6fff_fff0, 2, &[(0, 2)]),
        ("needed", 0x6fff_fffe, 4, &[(0, 2), (0, 4)]),
    ];
    for (name, tag, entry_bytes, fields) in TABLES {
        let Some(start) = elf.pointed(tag) else { continue };
        for index in 0..8 {
            for (offset, bytes) in fields {
                for value in [HOSTILE[1], HOSTILE[5], HOSTILE[7], HOSTILE[8], 0x7777] {
                    let at = start + index * entry_bytes + offset;
                    made.insert(format!("{name}{index}-{offset}-{value:x}"), elf.with(at, *bytes, value));
                }
            }
        }
    }
}

/// Flips single bits here and there, in what the loader reads.
fn flip_bits(elf: &Elf<'_>, made: &mut Damaged) {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..300 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let (at, bit) = (seed as usize % elf.0.len(), seed >> 61);
        if !elf.is_contents(at) {
            let value = elf.field(at, 1) ^ (1 << bit);
            made.insert(format!("bit-{at:05x}-{bit}"), elf.with(at, 1, value));
        }
    }
}
