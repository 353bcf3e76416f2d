//! open(2).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::attributes::Attributes;
use super::file::{File, OpenFile};
use super::table::OnExec;
use crate::abi::{self, Errno, Result};
use crate::backend::folders::{FolderFile, OpenFor};
use crate::boot::Root;
use crate::boundary::user::{UserBufMut, UserStr};
use crate::kernel::Context;
use crate::mm::PageSource;

/// A host file, read only.
struct HostImage {
    file: Box<dyn FolderFile>,
    path: Vec<u8>,
}

impl PageSource for HostImage {
    fn len_bytes(&self) -> u64 {
        self.file.stat().map_or(0, |stat| stat.size)
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        Ok(self.file.read_at(offset, buf)?)
    }
    fn path(&self) -> Vec<u8> {
        self.path.clone()
    }
}

struct ImageFile(Arc<HostImage>);

impl File for ImageFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let want = piece.len().min(buf.left());
                let n = {
                    let mut position = open.position.lock();
                    let n = self.0.read_at(*position, &mut piece[..want])?;
                    *position += n as u64;
                    n
                };
                buf.put(&piece[..n])?;
                if n < want {
                    break;
                }
            }
            Ok(())
        })
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(self.0.file.stat()?)
    }
    fn pages(&self) -> Result<Arc<dyn PageSource>> {
        Ok(self.0.clone())
    }
}

impl Context<'_> {
    fn open_host(self, path: &[u8]) -> Result<Arc<HostImage>> {
        let Root::Folder(root) = &self.kernel.boot.root else { return Err(Errno::ENOENT) };
        let folders = self.kernel.backend.folders().ok_or(Errno::ENOENT)?;
        let mut full = root.clone();
        full.push(b'/');
        if !path.starts_with(b"/") {
            full.extend_from_slice(&self.kernel.boot.cwd);
            full.push(b'/');
        }
        full.extend_from_slice(path);
        for _ in 0..40 {
            let stat = folders.stat(&full)?;
            match stat.mode & abi::S_IFMT {
                abi::S_IFLNK => {
                    let target = folders.read_link(&full)?;
                    if !target.starts_with(b"/") {
                        let cut = full.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1);
                        full.truncate(cut);
                        full.extend_from_slice(&target);
                    } else {
                        full.clone_from(root);
                        full.extend_from_slice(&target);
                    }
                }
                abi::S_IFREG => {
                    let file = folders.open(&full, OpenFor::Reading)?;
                    return Ok(Arc::new(HostImage { file, path: path.to_vec() }));
                }
                abi::S_IFDIR => return Err(Errno::EISDIR),
                _ => return Err(Errno::EACCES),
            }
        }
        Err(Errno::ELOOP)
    }

    /// Opens a regular file for the loader, following links; a relative path starts at the working directory.
    pub fn open_image(self, path: &[u8], kind: super::ImageKind) -> Result<Arc<dyn PageSource>> {
        let image = self.open_host(path)?;
        if kind == super::ImageKind::Program && image.file.stat()?.mode & 0o111 == 0 {
            return Err(Errno::EACCES);
        }
        Ok(image)
    }

    /// open(2)
    pub fn sys_open(self, path: UserStr, flags: i32, _mode: u32) -> Result<i32> {
        let path = path.read_path()?;
        if flags & abi::O_ACCMODE != abi::O_RDONLY {
            return Err(Errno::EROFS);
        }
        let open = OpenFile::new(Arc::new(ImageFile(self.open_host(&path)?)), flags);
        let on_exec = if flags & abi::O_CLOEXEC != 0 { OnExec::Close } else { OnExec::Keep };
        self.kernel.fs.descriptors.lock().insert(open, on_exec, 0)
    }
}
