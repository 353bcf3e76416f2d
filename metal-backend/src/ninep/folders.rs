//! The host's folders, over one server for each that the machine was given.

use alloc::boxed::Box;
use alloc::vec::Vec;

use abi_core::abi::{self, Errno};
use abi_core::backend::folders::{
    FolderEntry, FolderError, FolderFile, FolderStat, Folders, OpenFor, Result, SetXattr,
};

use super::QID_FOLDER;
use super::client::Client;
use super::encode::Changes;
use super::file::ServedFile;
use super::wire::Wire;

/// The servers there are.
pub trait Servers: Sync {
    /// How they are reached.
    type Wire: Wire;
    /// Returns the server of a host path, and the path from its root; `ENOENT` if none has it.
    fn route<'p>(&self, path: &'p [u8]) -> Result<(Client<Self::Wire>, &'p [u8])>;
}

/// The host's folders as far as the servers show them.
#[derive(Debug)]
pub struct ServedFolders<S>(pub S);

/// Returns what is left of `path` below `folder`, if it is there.
pub fn below<'p>(path: &'p [u8], folder: &[u8]) -> Option<&'p [u8]> {
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    path.strip_prefix(folder).filter(|rest| matches!(rest, [] | [b'/', ..]))
}

impl<S: Servers> Folders for ServedFolders<S> {
    fn stat(&self, path: &[u8]) -> Result<FolderStat> {
        let (client, path) = self.0.route(path)?;
        client.stat(path)
    }

    fn list(&self, path: &[u8]) -> Result<Vec<FolderEntry>> {
        let (client, path) = self.0.route(path)?;
        client.list(path)
    }

    fn read_link(&self, path: &[u8]) -> Result<Vec<u8>> {
        let (client, path) = self.0.route(path)?;
        client.read_link(path)
    }

    fn open(&self, path: &[u8], purpose: OpenFor) -> Result<Box<dyn FolderFile>> {
        let flags = match purpose {
            OpenFor::Reading => abi::O_RDONLY,
            OpenFor::Writing => abi::O_RDWR,
            OpenFor::Appending => abi::O_RDWR | abi::O_APPEND,
        };
        let (client, path) = self.0.route(path)?;
        let opened = client.open(path, flags)?;
        if opened.1.kind & QID_FOLDER != 0 {
            return Err(FolderError(Errno::EISDIR.0));
        }
        Ok(Box::new(ServedFile::new(client, opened)))
    }

    fn create(&self, path: &[u8], mode: u32) -> Result<Box<dyn FolderFile>> {
        let (client, path) = self.0.route(path)?;
        let created = client.create(path, abi::O_RDWR | abi::O_CREAT | abi::O_EXCL, mode)?;
        Ok(Box::new(ServedFile::new(client, created)))
    }

    fn make_folder(&self, path: &[u8], mode: u32) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.make_folder(path, mode)
    }

    fn make_link(&self, path: &[u8], target: &[u8]) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.make_link(path, target)
    }

    fn hard_link(&self, from: &[u8], to: &[u8]) -> Result<()> {
        let ((client, from), (other, to)) = (self.0.route(from)?, self.0.route(to)?);
        if client.is_same(&other) { client.hard_link(from, to) } else { Err(FolderError(Errno::EXDEV.0)) }
    }

    fn remove(&self, path: &[u8]) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.remove(path, false)
    }

    fn remove_folder(&self, path: &[u8]) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.remove(path, true)
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> Result<()> {
        let ((client, from), (other, to)) = (self.0.route(from)?, self.0.route(to)?);
        if client.is_same(&other) { client.rename(from, to) } else { Err(FolderError(Errno::EXDEV.0)) }
    }

    fn set_mode(&self, path: &[u8], mode: u32) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.change_at(path, &Changes { mode: Some(mode), ..Changes::default() })
    }

    fn xattr(&self, path: &[u8], name: &[u8]) -> Result<Vec<u8>> {
        let (client, path) = self.0.route(path)?;
        client.xattr(path, name)
    }

    fn xattr_names(&self, path: &[u8]) -> Result<Vec<u8>> {
        let (client, path) = self.0.route(path)?;
        client.xattr(path, &[])
    }

    fn set_xattr(&self, path: &[u8], name: &[u8], value: &[u8], how: SetXattr) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.set_xattr(path, name, value, how)
    }

    fn remove_xattr(&self, path: &[u8], name: &[u8]) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.remove_xattr(path, name)
    }

    fn set_times(&self, path: &[u8], access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        let (client, path) = self.0.route(path)?;
        client.change_at(path, &Changes { access_ns, modification_ns, ..Changes::default() })
    }
}
