//! Messages against bytes made by hand from the protocol's description, and the client against a script of them.

use std::collections::VecDeque;
use std::prelude::v1::*;
use std::sync::Mutex;

use abi_core::backend::folders::{FolderEntry, FolderError, Result};

use super::client::{Client, Kept, ROOT, attach};
use super::decode::{self, Fields};
use super::encode::{Changes, Encoder, Request};
use super::folders::below;
use super::wire::{Bulk, Wire};
use super::{Kind, MAX_NAMES, NO_TAG, QID_FOLDER, Qid};

fn message(fill: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let mut bytes = [0xEE; 512];
    let mut encoder = Encoder::new(&mut bytes);
    fill(&mut encoder);
    let request = encoder.finish(0x0102).expect("it fits");
    bytes[..request.len].to_vec()
}

#[test]
fn requests_are_the_protocols_bytes() {
    assert_eq!(
        message(|m| m.version(0x0002_1000)),
        *b"\x15\0\0\0\x64\xff\xff\x00\x10\x02\x00\x08\x009P2000.L"
    );
    assert_eq!(
        message(|m| m.attach(0)),
        *b"\x17\0\0\0\x68\x02\x01\0\0\0\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff"
    );
    assert_eq!(
        message(|m| m.walk(1, 2, [&b"usr"[..], b"a\nb"].into_iter())),
        *b"\x1b\0\0\0\x6e\x02\x01\x01\0\0\0\x02\0\0\0\x02\0\x03\0usr\x03\0a\nb"
    );
    assert_eq!(message(|m| m.get_attributes(9)), *b"\x13\0\0\0\x18\x02\x01\x09\0\0\0\xff\x07\0\0\0\0\0\0");
    assert_eq!(
        message(|m| m.read(3, 0x1_0000_0001, 512)),
        *b"\x17\0\0\0\x74\x02\x01\x03\0\0\0\x01\0\0\0\x01\0\0\0\0\x02\0\0"
    );
    assert_eq!(
        message(|m| m.write(3, 7, b"data")),
        *b"\x1b\0\0\0\x76\x02\x01\x03\0\0\0\x07\0\0\0\0\0\0\0\x04\0\0\0data"
    );
    assert_eq!(message(|m| m.remove(4, b"x", true)), *b"\x12\0\0\0\x4c\x02\x01\x04\0\0\0\x01\0x\0\x02\0\0");
    let times = Changes { modification_ns: Some(-1), ..Changes::default() };
    let bytes = message(|m| m.set_attributes(5, &times));
    assert_eq!(bytes.len(), 7 + 5 * 4 + 5 * 8);
    assert_eq!(bytes[11..15], [0x20, 1, 0, 0]);
    assert_eq!(bytes[51..59], (-1i64).to_le_bytes());
    assert_eq!(bytes[59..67], 999_999_999u64.to_le_bytes());
}

#[test]
fn what_does_not_fit_is_no_message() {
    let mut bytes = [0; 20];
    let mut encoder = Encoder::new(&mut bytes);
    encoder.create(1, b"a long name", 0, 0);
    assert_eq!(encoder.finish(0), None);
    let mut bytes = vec![0; 70_000];
    let mut encoder = Encoder::new(&mut bytes);
    encoder.make_link(1, b"name", &vec![b'x'; 65_536]);
    assert_eq!(encoder.finish(0), None);
    let mut encoder = Encoder::new(&mut bytes);
    encoder.walk(1, 2, std::iter::repeat_n(&b"x"[..], MAX_NAMES + 1));
    assert_eq!(encoder.finish(0), None);
    assert_eq!(Encoder::new(&mut bytes).finish(0), None);
}

const GET: Request = Request { kind: Kind::GetAttr, tag: 1, len: 0 };

fn reply(kind: u8, tag: u16, body: &[u8]) -> Vec<u8> {
    let size = (7 + body.len()) as u32;
    [&size.to_le_bytes()[..], &[kind], &tag.to_le_bytes(), body].concat()
}

fn qid(kind: u8, path: u64) -> Vec<u8> {
    [&[kind, 0, 0, 0, 0][..], &path.to_le_bytes()].concat()
}

fn attributes(mode: u32, path: u64, size: u64) -> Vec<u8> {
    let mut body = [&0x7ffu64.to_le_bytes()[..], &qid(0, path)].concat();
    body.extend([mode, 1000, 100].iter().flat_map(|word| word.to_le_bytes()));
    // nlink, rdev, size, blksize, blocks; three times; birth, generation and version.
    let longs = [2, 0x801, size, 131_072, 16, 1, 2, 3, 4, u64::MAX, 6, 0, 0, 0, 0];
    body.extend(longs.iter().flat_map(|long| long.to_le_bytes()));
    body
}

#[test]
fn replies_are_read_field_by_field() {
    let bytes = reply(25, 1, &attributes(0o100_644, 77, 5));
    let stat = decode::open(&bytes, GET).and_then(|mut fields| fields.attributes(9)).expect("it is whole");
    assert_eq!((stat.mode, stat.ino, stat.dev, stat.size), (0o100_644, 77, 9, 5));
    assert_eq!((stat.uid, stat.gid, stat.nlink, stat.rdev), (1000, 100, 2, 0x801));
    assert_eq!((stat.block_size, stat.blocks), (131_072, 16));
    assert_eq!(stat.times_ns, [1_000_000_002, 3_000_000_004, -999_999_994]);
    for cut in 0..bytes.len() - 8 * 4 {
        let read = decode::open(&bytes[..cut], GET).and_then(|mut fields| fields.attributes(9));
        assert_eq!(read, Err(FolderError(5)));
    }
}

#[test]
fn errors_and_foreign_replies_are_told_apart() {
    let number = |bytes: &[u8]| decode::open(bytes, GET).map(drop);
    assert_eq!(number(&reply(7, 1, &2u32.to_le_bytes())), Err(FolderError(2)));
    assert_eq!(number(&reply(7, 1, &0u32.to_le_bytes())), Err(FolderError(5)));
    assert_eq!(number(&reply(7, 1, &u32::MAX.to_le_bytes())), Err(FolderError(5)));
    assert_eq!(number(&reply(25, 2, &[])), Err(FolderError(5)));
    assert_eq!(number(&reply(24, 1, &[])), Err(FolderError(5)));
    assert_eq!(number(&[3, 0, 0, 0, 25, 1, 0]), Err(FolderError(5)));
    assert_eq!(number(&reply(25, 1, &[])), Ok(()));
}

fn entry(offset: u64, kind: u8, name: &[u8]) -> Vec<u8> {
    let len = (name.len() as u16).to_le_bytes();
    [&qid(0, offset + 100)[..], &offset.to_le_bytes(), &[kind], &len, name].concat()
}

#[test]
fn folders_are_read_without_the_two_names_of_each() {
    let read = |data: &[u8]| {
        let bytes = reply(41, 1, &[&(data.len() as u32).to_le_bytes(), data].concat());
        let mut entries = Vec::new();
        let next = decode::open(&bytes, Request { kind: Kind::ReadDir, ..GET })
            .and_then(|mut fields| fields.entries(&mut entries));
        next.map(|next| (next, entries))
    };
    let data = [entry(1, 4, b"."), entry(2, 4, b".."), entry(9, 8, b"a\xff")].concat();
    let wanted = FolderEntry { name: b"a\xff".to_vec(), ino: 109, kind: 8 };
    assert_eq!(read(&data), Ok((Some(9), vec![wanted])));
    assert_eq!(read(&[]), Ok((None, vec![])));
    assert_eq!(read(&entry(1, 8, b"a/b")), Err(FolderError(5)));
    assert_eq!(read(&entry(1, 8, b"")), Err(FolderError(5)));
    assert_eq!(read(&data[..data.len() - 1]), Err(FolderError(5)));
}

/// A wire that expects these requests in this order, without size and tag, and has a reply for each.
struct Script {
    lines: Mutex<VecDeque<(Vec<u8>, Vec<u8>)>>,
    next_fid: Mutex<u32>,
    clunked: Mutex<Vec<u32>>,
    kept: Mutex<Kept<Self>>,
}

impl Script {
    fn new(lines: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> &'static Self {
        Box::leak(Box::new(Self {
            lines: Mutex::new(lines.into_iter().collect()),
            next_fid: Mutex::new(1),
            clunked: Mutex::default(),
            kept: Mutex::default(),
        }))
    }

    fn assert_done(&self) {
        assert_eq!(self.lines.lock().expect("nobody panicked").len(), 0);
    }
}

impl Wire for Script {
    fn exchange<R>(
        &self,
        _: Bulk,
        fill: impl FnOnce(&mut Encoder<'_>, usize),
        take: impl FnOnce(Fields<'_>) -> Result<R>,
    ) -> Result<R> {
        let (wanted, body) =
            self.lines.lock().expect("nobody panicked").pop_front().expect("it was foreseen");
        let mut bytes = [0; 256];
        let mut encoder = Encoder::new(&mut bytes);
        fill(&mut encoder, 16);
        let request = encoder.finish(1).expect("it fits");
        assert_eq!([&[bytes[4]], &bytes[7..request.len]].concat(), wanted);
        let (kind, body) = body.split_first().expect("each reply has a kind");
        take(decode::open(&reply(*kind, request.tag, body), request)?)
    }

    fn new_fid(&self) -> u32 {
        let mut next = self.next_fid.lock().expect("nobody panicked");
        *next += 1;
        *next - 1
    }

    fn unused_fid(&self, fid: u32) {
        self.clunked.lock().expect("nobody panicked").push(fid);
    }

    fn clunk(&self, fid: u32, _: bool) {
        self.clunked.lock().expect("nobody panicked").push(fid);
    }

    fn with_kept<R>(&self, f: impl FnOnce(&mut Kept<Self>) -> R) -> R {
        f(&mut self.kept.lock().expect("nobody panicked"))
    }
}

fn asked(fill: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let bytes = message(fill);
    [&[bytes[4]], &bytes[7..]].concat()
}

fn walk(from: u32, to: u32, names: &[&str]) -> Vec<u8> {
    asked(|m| m.walk(from, to, names.iter().map(|name| name.as_bytes())))
}

fn walked(count: u16) -> Vec<u8> {
    let qids = (0..count).flat_map(|number| qid(QID_FOLDER, number.into()));
    [111].into_iter().chain(count.to_le_bytes()).chain(qids).collect()
}

fn failed(number: u32) -> Vec<u8> {
    [&[7][..], &number.to_le_bytes()].concat()
}

#[test]
fn the_version_and_the_smaller_size_are_agreed_on() {
    let version = |max: u32, name: &[u8]| {
        let len = (name.len() as u16).to_le_bytes();
        [&[101][..], &max.to_le_bytes(), &len, name].concat()
    };
    let root = [&[105][..], &qid(QID_FOLDER, 2)].concat();
    let ask = || asked(|m| m.version(9000));
    let wire = Script::new([(ask(), version(8192, b"9P2000.L")), (asked(|m| m.attach(ROOT)), root)]);
    assert_eq!(attach(wire, 9000), Ok(8192));
    assert_eq!(attach(Script::new([(ask(), version(8192, b"unknown"))]), 9000), Err(FolderError(5)));
    assert_eq!(attach(Script::new([(ask(), version(8, b"9P2000.L"))]), 9000), Err(FolderError(5)));
    assert_eq!(NO_TAG, 0xffff);
}

#[test]
fn folders_on_the_way_are_kept_and_names_in_them_are_one_call() {
    let stat = || [&[25][..], &attributes(0o100_644, 5, 6)].concat();
    let wire = Script::new([
        (walk(0, 1, &["usr", "lib"]), walked(2)),
        (walk(1, 2, &["a"]), walked(1)),
        (asked(|m| m.get_attributes(2)), stat()),
        (walk(1, 3, &["none"]), failed(2)),
        (walk(1, 4, &["sub"]), walked(1)),
        (walk(4, 5, &["b"]), failed(13)),
    ]);
    let client = Client::new(wire, 3);
    assert_eq!(client.stat(b"/usr/lib/a").map(|stat| (stat.dev, stat.size)), Ok((3, 6)));
    assert_eq!(client.stat(b"/usr/lib/none"), Err(FolderError(2)));
    assert_eq!(client.stat(b"usr/lib/sub/b"), Err(FolderError(13)));
    wire.assert_done();
    // The two that were not reached; the others are kept.
    assert_eq!(*wire.clunked.lock().expect("nobody panicked"), [3, 5]);
}

#[test]
fn a_walk_that_stops_half_way_is_gone_on_with_to_learn_why() {
    let wire = Script::new([
        (walk(0, 1, &["a", "b", "c"]), walked(2)),
        (walk(0, 2, &["a", "b"]), walked(2)),
        (walk(2, 3, &["c"]), failed(20)),
    ]);
    assert_eq!(Client::new(wire, 0).stat(b"/a/b/c/d"), Err(FolderError(20)));
    wire.assert_done();
    assert_eq!(*wire.clunked.lock().expect("nobody panicked"), [1, 3, 2]);
}

#[test]
fn long_walks_take_several_messages() {
    let names: Vec<String> = (0..17).map(|number| number.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wire = Script::new([
        (walk(0, 1, &names[..16]), walked(16)),
        (walk(1, 2, &names[16..]), walked(1)),
        (walk(2, 3, &["x"]), failed(2)),
    ]);
    assert_eq!(Client::new(wire, 0).stat(format!("/{}/x", names.join("/")).as_bytes()), Err(FolderError(2)));
    wire.assert_done();
}

#[test]
fn what_was_found_is_opened_without_another_walk() {
    let opened = || [&[13][..], &qid(0, 8), &[0; 4]].concat();
    let stat = [&[25][..], &attributes(0o100_644, 8, 6)].concat();
    let wire = Script::new([
        (walk(0, 1, &["f"]), walked(1)),
        (asked(|m| m.get_attributes(1)), stat),
        (asked(|m| m.open(1, 0)), opened()),
        (walk(0, 2, &["f"]), walked(1)),
        (asked(|m| m.open(2, 2)), opened()),
    ]);
    let client = Client::new(wire, 0);
    assert!(client.stat(b"/f").is_ok());
    let first = client.open(b"/f", 0).expect("the script says so").0;
    let second = client.open(b"/f", 2).expect("the script says so").0;
    assert_eq!((first.number(), second.number()), (1, 2));
    wire.assert_done();
}

#[test]
fn a_folder_that_was_renamed_is_not_kept() {
    let done = |kind: u8| vec![kind];
    let wire = Script::new([
        (walk(0, 1, &["a"]), walked(1)),
        (walk(1, 2, &["x"]), failed(2)),
        (asked(|m| m.rename(0, b"a", 0, b"b")), done(75)),
        (walk(0, 3, &["a"]), failed(2)),
    ]);
    let client = Client::new(wire, 0);
    assert_eq!(client.stat(b"/a/x"), Err(FolderError(2)));
    assert_eq!(client.rename(b"/a", b"/b"), Ok(()));
    assert_eq!(client.stat(b"/a/x"), Err(FolderError(2)));
    wire.assert_done();
}

#[test]
fn more_data_than_was_asked_for_is_refused() {
    let data = |len: u32| [&[117][..], &len.to_le_bytes(), &vec![b'x'; len as usize]].concat();
    let opened = [&[13][..], &qid(0, 8), &[0; 4]].concat();
    let wire = Script::new([
        (walk(0, 1, &["f"]), walked(1)),
        (asked(|m| m.open(1, 0)), opened),
        (asked(|m| m.read(1, 0, 16)), data(16)),
        (asked(|m| m.read(1, 16, 16)), data(4)),
        (asked(|m| m.read(1, 0, 4)), data(5)),
    ]);
    let client = Client::new(wire, 0);
    let (fid, found) = client.open(b"/f", 0).expect("the script says so");
    assert_eq!(found, Qid { kind: 0, version: 0, path: 8 });
    assert_eq!(client.read(&fid, 0, &mut [0; 40]), Ok(20));
    assert_eq!(client.read(&fid, 0, &mut [0; 4]), Err(FolderError(5)));
    wire.assert_done();
}

#[test]
fn paths_belong_to_the_folder_above_them() {
    assert_eq!(below(b"/a/b", b"/"), Some(&b"/a/b"[..]));
    assert_eq!(below(b"/", b"/"), Some(&b"/"[..]));
    assert_eq!(below(b"/a/b", b"/a"), Some(&b"/b"[..]));
    assert_eq!(below(b"/ab", b"/a"), None);
    assert_eq!(below(b"/a", b"/a"), Some(&b""[..]));
}
