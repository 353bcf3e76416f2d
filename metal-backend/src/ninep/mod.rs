//! A client of 9P2000.L, the protocol QEMU serves folders of the host by: the world's [`Folders`] on metal.
//!
//! [`encode`] writes requests and [`decode`] reads replies; neither trusts what it is given. [`client`] keeps what the
//! server calls fids and makes calls of them over a [`wire::Wire`], which the driver of the device is. [`folders`] routes
//! host paths to the devices there are.
//!
//! The messages are those of the protocol's description in Linux (`include/net/9p/9p.h`), diod's `protocol.md` and Plan
//! 9's `intro(5)`. The one `no_std` crate for them may not be used under the project's license.
//!
//! [`Folders`]: abi_core::backend::folders::Folders

pub mod client;
pub mod decode;
pub mod encode;
pub mod file;
pub mod folders;
#[cfg(test)]
mod tests;
pub mod wire;
mod xattr;

/// The protocol's version, as `Tversion` names it.
pub const VERSION: &[u8] = b"9P2000.L";
/// Says that there is no fid, no user number or no group.
pub const NONE: u32 = u32::MAX;
/// The tag of `Tversion`.
pub const NO_TAG: u16 = u16::MAX;
/// Size, type and tag, which every message starts with.
pub const HEAD_BYTES: usize = 7;
/// The most a message has around a read's or write's data.
pub const DATA_HEAD_BYTES: usize = 24;
/// The most names in one `Twalk`.
pub const MAX_NAMES: usize = 16;

/// A request's type; its reply's is one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the protocol's own names, without their T")]
pub enum Kind {
    LOpen = 12,
    LCreate = 14,
    Symlink = 16,
    ReadLink = 22,
    GetAttr = 24,
    SetAttr = 26,
    XattrWalk = 30,
    XattrCreate = 32,
    ReadDir = 40,
    FSync = 50,
    Link = 70,
    MkDir = 72,
    RenameAt = 74,
    UnlinkAt = 76,
    Version = 100,
    Attach = 104,
    Walk = 110,
    Read = 116,
    Write = 118,
    Clunk = 120,
}

/// The type of the reply that is an error number.
pub const ERROR_REPLY: u8 = 7;

/// What the server knows a file by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Qid {
    /// [`QID_FOLDER`], [`QID_LINK`] or 0.
    pub kind: u8,
    /// Changes with the file.
    pub version: u32,
    /// Tells it from others, like an inode number.
    pub path: u64,
}

/// A folder's [`Qid::kind`].
pub const QID_FOLDER: u8 = 0x80;
/// A symbolic link's.
pub const QID_LINK: u8 = 0x02;
