//! Requests as bytes. What does not fit makes the message fail as a whole, when it is ended.

use super::{HEAD_BYTES, Kind, MAX_NAMES, NO_TAG, NONE, VERSION};

/// Bits of `Tsetattr`.
const SET_MODE: u32 = 0x1;
const SET_SIZE: u32 = 0x8;
const SET_ATIME: u32 = 0x10 | 0x80;
const SET_MTIME: u32 = 0x20 | 0x100;
/// What `Tgetattr` asks for: all that `stat(2)` shows.
const GET_BASIC: u64 = 0x7ff;
/// The flag of `Tunlinkat` for a folder.
const REMOVE_FOLDER: u32 = 0x200;

/// One message being written.
#[derive(Debug)]
pub struct Encoder<'a> {
    bytes: &'a mut [u8],
    /// How many are written; more than there is room for if something did not fit.
    len: usize,
    kind: Option<Kind>,
}

/// A message that is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// What it asks for.
    pub kind: Kind,
    /// What its reply is known by.
    pub tag: u16,
    /// Its length in bytes.
    pub len: usize,
}

/// What `Tsetattr` changes; `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Permission bits.
    pub mode: Option<u32>,
    /// Length in bytes.
    pub size: Option<u64>,
    /// Nanoseconds since 1970.
    pub access_ns: Option<i128>,
    /// Nanoseconds since 1970.
    pub modification_ns: Option<i128>,
}

impl<'a> Encoder<'a> {
    /// Starts a message in `bytes`.
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, len: HEAD_BYTES, kind: None }
    }

    /// Ends the message: gives it its length, kind and tag (`Tversion` has none); `None` if it did not fit.
    pub fn finish(self, tag: u16) -> Option<Request> {
        let kind = self.kind?;
        let tag = if kind == Kind::Version { NO_TAG } else { tag };
        let message = self.bytes.get_mut(..self.len)?;
        let head = message.first_chunk_mut::<HEAD_BYTES>()?;
        let [s0, s1, s2, s3] = u32::try_from(self.len).ok()?.to_le_bytes();
        let [t0, t1] = tag.to_le_bytes();
        *head = [s0, s1, s2, s3, kind as u8, t0, t1];
        Some(Request { kind, tag, len: self.len })
    }

    fn start(&mut self, kind: Kind) -> &mut Self {
        (self.len, self.kind) = (HEAD_BYTES, Some(kind));
        self
    }

    fn put(&mut self, field: &[u8]) -> &mut Self {
        let end = self.len.saturating_add(field.len());
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(field);
        }
        self.len = end;
        self
    }

    fn word(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_le_bytes())
    }

    fn long(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_le_bytes())
    }

    fn string(&mut self, value: &[u8]) -> &mut Self {
        if let Ok(len) = u16::try_from(value.len()) {
            return self.put(&len.to_le_bytes()).put(value);
        }
        self.len = usize::MAX;
        self
    }

    fn time(&mut self, nanos: Option<i128>) -> &mut Self {
        let nanos = nanos.unwrap_or(0);
        self.long(nanos.div_euclid(1_000_000_000) as u64).long(nanos.rem_euclid(1_000_000_000) as u64)
    }

    /// `size[4] Tversion tag[2] msize[4] version[s]`
    pub fn version(&mut self, max_bytes: u32) {
        self.start(Kind::Version).word(max_bytes).string(VERSION);
    }

    /// `size[4] Tattach tag[2] fid[4] afid[4] uname[s] aname[s] n_uname[4]`: as no user, so that what is made belongs
    /// to whoever the server is.
    pub fn attach(&mut self, fid: u32) {
        self.start(Kind::Attach).word(fid).word(NONE).string(b"").string(b"").word(NONE);
    }

    /// `size[4] Twalk tag[2] fid[4] newfid[4] nwname[2] nwname*(wname[s])`
    pub fn walk<'n>(&mut self, fid: u32, new_fid: u32, names: impl Iterator<Item = &'n [u8]>) {
        self.start(Kind::Walk).word(fid).word(new_fid);
        let count_at = self.len;
        self.put(&[0; 2]);
        let mut count = 0u16;
        for name in names {
            self.string(name);
            count = count.saturating_add(1);
        }
        if usize::from(count) > MAX_NAMES {
            self.len = usize::MAX;
        }
        if let Some(place) = self.bytes.get_mut(count_at..count_at.saturating_add(2)) {
            place.copy_from_slice(&count.to_le_bytes());
        }
    }

    /// `size[4] Tclunk tag[2] fid[4]`
    pub fn clunk(&mut self, fid: u32) {
        self.start(Kind::Clunk).word(fid);
    }

    /// `size[4] Tgetattr tag[2] fid[4] request_mask[8]`
    pub fn get_attributes(&mut self, fid: u32) {
        self.start(Kind::GetAttr).word(fid).long(GET_BASIC);
    }

    /// `size[4] Tsetattr tag[2] fid[4] valid[4] mode[4] uid[4] gid[4] size[8] atime_sec[8] atime_nsec[8] mtime_sec[8]
    /// mtime_nsec[8]`
    pub fn set_attributes(&mut self, fid: u32, changes: &Changes) {
        let bit = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
        let valid = bit(changes.mode.is_some(), SET_MODE)
            | bit(changes.size.is_some(), SET_SIZE)
            | bit(changes.access_ns.is_some(), SET_ATIME)
            | bit(changes.modification_ns.is_some(), SET_MTIME);
        self.start(Kind::SetAttr).word(fid).word(valid).word(changes.mode.unwrap_or(0)).word(NONE).word(NONE);
        self.long(changes.size.unwrap_or(0)).time(changes.access_ns).time(changes.modification_ns);
    }

    /// `size[4] Txattrwalk tag[2] fid[4] newfid[4] name[s]`: without a name, all names are what is to be read.
    pub fn walk_xattr(&mut self, fid: u32, new_fid: u32, name: &[u8]) {
        self.start(Kind::XattrWalk).word(fid).word(new_fid).string(name);
    }

    /// `size[4] Txattrcreate tag[2] fid[4] name[s] attr_size[8] flags[4]`: the flags are those of setxattr(2).
    pub fn create_xattr(&mut self, fid: u32, name: &[u8], len_bytes: u64, flags: u32) {
        self.start(Kind::XattrCreate).word(fid).string(name).long(len_bytes).word(flags);
    }

    /// `size[4] Treadlink tag[2] fid[4]`
    pub fn read_link(&mut self, fid: u32) {
        self.start(Kind::ReadLink).word(fid);
    }

    /// `size[4] Tlopen tag[2] fid[4] flags[4]`: the flags are those of open(2).
    pub fn open(&mut self, fid: u32, flags: u32) {
        self.start(Kind::LOpen).word(fid).word(flags);
    }

    /// `size[4] Tlcreate tag[2] fid[4] name[s] flags[4] mode[4] gid[4]`
    pub fn create(&mut self, folder: u32, name: &[u8], flags: u32, mode: u32) {
        self.start(Kind::LCreate).word(folder).string(name).word(flags).word(mode).word(NONE);
    }

    /// `size[4] Tmkdir tag[2] dfid[4] name[s] mode[4] gid[4]`
    pub fn make_folder(&mut self, folder: u32, name: &[u8], mode: u32) {
        self.start(Kind::MkDir).word(folder).string(name).word(mode).word(NONE);
    }

    /// `size[4] Tsymlink tag[2] fid[4] name[s] symtgt[s] gid[4]`
    pub fn make_link(&mut self, folder: u32, name: &[u8], target: &[u8]) {
        self.start(Kind::Symlink).word(folder).string(name).string(target).word(NONE);
    }

    /// `size[4] Tlink tag[2] dfid[4] fid[4] name[s]`
    pub fn hard_link(&mut self, folder: u32, fid: u32, name: &[u8]) {
        self.start(Kind::Link).word(folder).word(fid).string(name);
    }

    /// `size[4] Trenameat tag[2] olddirfid[4] oldname[s] newdirfid[4] newname[s]`
    pub fn rename(&mut self, from: u32, name: &[u8], to: u32, new_name: &[u8]) {
        self.start(Kind::RenameAt).word(from).string(name).word(to).string(new_name);
    }

    /// `size[4] Tunlinkat tag[2] dirfd[4] name[s] flags[4]`
    pub fn remove(&mut self, folder: u32, name: &[u8], is_folder: bool) {
        let flags = if is_folder { REMOVE_FOLDER } else { 0 };
        self.start(Kind::UnlinkAt).word(folder).string(name).word(flags);
    }

    /// `size[4] Treaddir tag[2] fid[4] offset[8] count[4]`
    pub fn read_folder(&mut self, fid: u32, offset: u64, count: u32) {
        self.start(Kind::ReadDir).word(fid).long(offset).word(count);
    }

    /// `size[4] Tread tag[2] fid[4] offset[8] count[4]`
    pub fn read(&mut self, fid: u32, offset: u64, count: u32) {
        self.start(Kind::Read).word(fid).long(offset).word(count);
    }

    /// `size[4] Twrite tag[2] fid[4] offset[8] count[4] data[count]`
    pub fn write(&mut self, fid: u32, offset: u64, data: &[u8]) {
        // More than fits in the count does not fit in the message.
        self.start(Kind::Write).word(fid).long(offset).word(data.len() as u32).put(data);
    }

    /// `size[4] Tfsync tag[2] fid[4] datasync[4]`
    pub fn sync(&mut self, fid: u32) {
        self.start(Kind::FSync).word(fid).word(0);
    }
}
