//! A small shared object made by hand, and what is left of it when it is damaged.

use super::super::error::STATUS_BAD_FILE;
use super::*;
use crate::abi::Result as KernelResult;

struct Bytes(Vec<u8>);

impl PageSource for Bytes {
    fn len_bytes(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> KernelResult<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
    fn path(&self) -> Vec<u8> {
        b"made.so".to_vec()
    }
}

/// Makes a file: one loadable segment that holds everything at its own offset.
struct Maker(Vec<u8>);

impl Maker {
    fn words(&mut self, words: &[u64]) -> u64 {
        while !self.0.len().is_multiple_of(8) {
            self.0.push(0);
        }
        let at = self.0.len() as u64;
        self.0.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        at
    }
    fn halves(&mut self, words: &[u32]) -> u64 {
        let at = self.words(&[]);
        self.0.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        at
    }
    fn patch(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }
}

const SEGMENTS: usize = 3;
const DYNAMIC_WORDS: usize = 46;
const STRINGS: &[u8] = b"\0alpha\0beta\0V1\0libx.so\0V2\0";
const ALPHA: u32 = 1;
const BETA: u32 = 7;
const V1: u32 = 12;
const LIBX: u64 = 15;
const V2: u32 = 23;

/// Returns the file and where its dynamic section is.
fn made() -> (Vec<u8>, usize) {
    let mut file = Maker(Vec::new());
    let kind_and_machine = 3 | 62 << 16 | 1 << 32;
    let ident = u64::from_le_bytes(*b"\x7fELF\x02\x01\x01\0");
    file.words(&[ident, 0, kind_and_machine, 0x40, 64, 0, 64 << 32 | 56 << 48, SEGMENTS as u64]);
    file.words(&[0; SEGMENTS * 7]);
    let symbol = |name: u32, shndx: u64, value: u64| [u64::from(name) | 0x12 << 32 | shndx << 48, value, 8];
    let mut symbols = Vec::from([0; 3]);
    symbols.extend(symbol(BETA, 0, 0));
    symbols.extend(symbol(ALPHA, 5, 0x40));
    let symtab = file.words(&symbols);
    let strtab = file.words(&[]);
    file.0.extend_from_slice(STRINGS);
    let sysv = file.halves(&[1, 3, 2, 0, 0, 1]);
    let alpha = gnu_hash(b"alpha");
    let gnu = file.halves(&[1, 2, 1, 6]);
    file.words(&[1 << (alpha % 64) | 1 << ((alpha >> 6) % 64)]);
    file.halves(&[2, alpha | 1]);
    let versym = file.halves(&[2 << 16, 3]);
    let verdef = file.halves(&[1, 3 | 1 << 16, 0, 20, 0, V1, 0]);
    file.patch(verdef as usize, &[1, 0, 0, 0, 3, 0, 1, 0]);
    let verneed = file.halves(&[1 | 1 << 16, LIBX as u32, 16, 0, 0, 2 << 16, V2, 0]);
    let rela = file.words(&[0x100, 1 << 32 | 6, 0, 0x108, 8, 0x40, 0x110, 2 << 32 | 1, 4]);
    let relr = file.words(&[0x118, 0b101]);
    let array = file.words(&[0x40]);
    let dynamic = file.words(&[
        1,
        LIBX,
        5,
        strtab,
        10,
        STRINGS.len() as u64,
        6,
        symtab,
        11,
        24,
        4,
        sysv,
        0x6fff_fef5,
        gnu,
        0x6fff_fff0,
        versym,
        0x6fff_fffc,
        verdef,
        0x6fff_fffd,
        1,
        0x6fff_fffe,
        verneed,
        0x6fff_ffff,
        1,
        7,
        rela,
        8,
        72,
        9,
        24,
        36,
        relr,
        35,
        16,
        37,
        8,
        25,
        array,
        27,
        8,
        29,
        LIBX,
        0,
        0,
        0,
        0,
    ]);
    let end = file.0.len() as u64;
    let mut headers = Vec::new();
    for (kind, flags, at, len) in
        [(1u64, 6u64, 0, end), (2, 6, dynamic, DYNAMIC_WORDS as u64 * 8), (7, 4, 0x40, 8)]
    {
        headers.extend([kind | flags << 32, at, at, at, len, len, 8]);
    }
    let bytes: Vec<u8> = headers.iter().flat_map(|word: &u64| word.to_le_bytes()).collect();
    file.patch(64, &bytes);
    (file.0, dynamic as usize)
}

fn parse(bytes: Vec<u8>) -> LoadResult<ElfImage> {
    ElfImage::parse(b"made.so", Arc::new(Bytes(bytes)))
}

/// Uses all of a parsed file; what it says may be nonsense, but nothing panics or runs away.
fn exercise(image: &ElfImage) {
    for name in [&b"alpha"[..], b"beta", b"gamma", b""] {
        for version in [None, Some(&b"V1"[..])] {
            let _ = image.symbols.find(&Reference::new(name, version, LookupClass::Address));
        }
    }
    for (index, symbol) in image.symbols.iter().take(64) {
        let _ = (image.symbols.name(&symbol), image.symbols.version_wanted(index));
    }
    let _ = (image.needed().count(), image.soname(), image.symbols.function_at(0x40));
    let _ = image.function_at(0x40, &mut [0; 16]);
    let _ = (image.relocations().map(|rows| rows.len()), image.relr().map(|words| words.len()));
}

#[test]
fn a_whole_file_is_read() {
    let image = parse(made().0).expect("the file is good");
    assert_eq!(image.kind, FileKind::Relocatable);
    assert_eq!(image.needed().collect::<Vec<_>>(), [b"libx.so"]);
    let find = |name, version| {
        image.symbols.find(&Reference::new(name, version, LookupClass::Address)).map(|(index, _)| index)
    };
    assert_eq!(find(b"alpha", None), Some(2));
    assert_eq!(find(b"alpha", Some(b"V1")), Some(2));
    assert_eq!(find(b"alpha", Some(b"V2")), None);
    assert_eq!(find(b"beta", None), None);
    assert_eq!(image.symbols.version_wanted(1), Some(&b"V2"[..]));
    assert_eq!(image.relocations().expect("they are good").len(), 3);
    assert_eq!(image.relr().expect("they are good"), [0x118, 0b101]);
}

#[test]
fn both_hash_tables_find_the_same() {
    let (mut bytes, dynamic) = made();
    let gnu = (0..DYNAMIC_WORDS / 2).map(|i| dynamic + i * 16).find(|at| u64_at(&bytes, *at) == 0x6fff_fef5);
    let at = gnu.expect("the file has one");
    bytes[at..at + 8].copy_from_slice(&0x6000_0000u64.to_le_bytes());
    let image = parse(bytes).expect("the file is good");
    let found = image.symbols.find(&Reference::new(b"alpha", None, LookupClass::Address));
    assert_eq!(found.map(|(index, _)| index), Some(2));
}

#[test]
fn hashes_are_those_of_the_specifications() {
    assert_eq!(sysv_hash(b"printf"), 0x077905a6);
    assert_eq!(gnu_hash(b"printf"), 0x156b2bb8);
    assert_eq!(gnu_hash(b""), 5381);
}

#[test]
fn a_file_cut_anywhere_is_refused_with_its_name_and_an_offset() {
    let (bytes, _) = made();
    for len in 0..bytes.len() {
        let error = parse(bytes[..len].to_vec()).err().expect("a part of the file is not a file");
        assert_eq!(error.status, STATUS_BAD_FILE);
        assert!(error.text.starts_with("made.so: ") && error.text.contains("at offset"), "{}", error.text);
        assert!(!error.text.contains('\n'));
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let (bytes, _) = made();
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            if let Ok(image) = parse(damaged) {
                exercise(&image);
            }
        }
    }
}

#[test]
fn damaged_words_never_panic() {
    let (bytes, _) = made();
    let extremes = [0, 1, 7, 0xfff, 1 << 31, 1 << 32, 1 << 46, 1 << 47, 1 << 63, u64::MAX, u64::MAX - 7];
    for at in (0..bytes.len() - 7).step_by(4) {
        for value in extremes {
            let mut damaged = bytes.clone();
            damaged[at..at + 8].copy_from_slice(&value.to_le_bytes());
            if let Ok(image) = parse(damaged) {
                exercise(&image);
            }
        }
    }
}

fn refusal(change: impl FnOnce(&mut Vec<u8>, usize)) -> alloc::string::String {
    let (mut bytes, dynamic) = made();
    change(&mut bytes, dynamic);
    parse(bytes).err().expect("the file is damaged").text
}

#[test]
fn refusals_name_the_field() {
    let machine = refusal(|bytes, _| bytes[18] = 183);
    assert_eq!(machine, "made.so: e_machine at offset 0x12: built for AArch64, not for x86-64");
    assert!(refusal(|bytes, _| bytes[4] = 1).contains("e_ident[EI_CLASS] at offset 0x4"));
    assert!(refusal(|bytes, _| bytes[54] = 1).contains("e_phentsize at offset 0x36"));
    assert!(refusal(|bytes, _| bytes[0] = b'#').contains("not an ELF file"));
    // The first program header's p_filesz and p_memsz.
    assert!(refusal(|bytes, _| bytes[64 + 39] = 1).contains("p_filesz at offset 0x60"));
    assert!(refusal(|bytes, _| bytes[64 + 47] = 1).contains("p_memsz at offset 0x68"));
    // The value of DT_STRSZ, the third entry.
    assert!(refusal(|bytes, dynamic| bytes[dynamic + 40 + 4] = 1).contains("DT_STRTAB at offset"));
}
