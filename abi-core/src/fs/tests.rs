use super::file::File;
use super::file::anonymous_attributes;
use super::inode::{Inode, NewFile};
use super::table::DescriptorTable;
use super::walk::{Follow, Last};
use super::*;
use crate::backend::mock::MockBackend;
use crate::boot::BootInfo;
use crate::task::{Program, Thread};
use std::boxed::Box;

struct Nothing;
impl File for Nothing {
    fn attributes(&self) -> Result<attributes::Attributes> {
        Ok(anonymous_attributes())
    }
}

fn nothing() -> Arc<OpenFile> {
    OpenFile::new(Arc::new(Nothing), abi::O_RDONLY)
}

#[test]
fn descriptors_are_the_lowest_that_are_free() {
    let mut table = DescriptorTable::new();
    for fd in 0..5 {
        assert_eq!(table.insert(nothing(), OnExec::Keep, 0), Ok(fd));
    }
    table.remove(1).unwrap();
    table.remove(3).unwrap();
    assert_eq!(table.insert(nothing(), OnExec::Keep, 2), Ok(3));
    assert_eq!(table.insert(nothing(), OnExec::Keep, 0), Ok(1));
    assert_eq!(table.insert(nothing(), OnExec::Keep, 0), Ok(5));
    assert_eq!(table.insert(nothing(), OnExec::Keep, 100), Ok(100));
    assert_eq!(table.insert(nothing(), OnExec::Keep, 0), Ok(6));
}

#[test]
fn bad_descriptors_are_refused() {
    let mut table = DescriptorTable::new();
    assert_eq!(table.get(-1).err(), Some(Errno::EBADF));
    assert_eq!(table.remove(7).err(), Some(Errno::EBADF));
    assert_eq!(table.replace(-1, nothing(), OnExec::Keep).err(), Some(Errno::EBADF));
    assert_eq!(table.replace(table.limit() as i32, nothing(), OnExec::Keep).err(), Some(Errno::EBADF));
    table.set_limit(1);
    table.insert(nothing(), OnExec::Keep, 0).unwrap();
    assert_eq!(table.insert(nothing(), OnExec::Keep, 0).err(), Some(Errno::EMFILE));
}

#[test]
fn ranges_close_what_is_wanted() {
    let mut table = DescriptorTable::new();
    for fd in 0..6 {
        let on_exec = if fd % 2 == 0 { OnExec::Close } else { OnExec::Keep };
        table.insert(nothing(), on_exec, 0).unwrap();
    }
    assert_eq!(table.remove_range(1, usize::MAX, |on_exec| on_exec == OnExec::Close).len(), 2);
    assert_eq!(table.open_descriptors().collect::<Vec<_>>(), [0, 1, 3, 5]);
}

/// A kernel whose root holds `/d/e`, `/d/f`, `/up -> ..`, `/to_f -> /d/f`, `/loop -> loop`, with `/d/e` mounted over.
fn machine() -> Context<'static> {
    let backend = MockBackend::new();
    let kernel: &'static Kernel = Box::leak(Box::new(Kernel::new(backend, BootInfo::default())));
    let thread = Box::leak(Box::new(Thread::new(
        abi::PID,
        Arc::new(Program::new(Vec::new(), b"", Vec::new(), Vec::new(), Arc::default())),
    )));
    let root = Tree::new_root(backend, mount::TMPFS);
    let d = root.create(b"d", NewFile::Directory, 0o755).unwrap();
    d.create(b"e", NewFile::Directory, 0o755).unwrap();
    d.create(b"f", NewFile::Regular, 0o644).unwrap();
    root.create(b"up", NewFile::Symlink(b".."), 0o777).unwrap();
    root.create(b"to_f", NewFile::Symlink(b"/d/f"), 0o777).unwrap();
    root.create(b"loop", NewFile::Symlink(b"loop"), 0o777).unwrap();
    let over = Tree::new_root(backend, mount::TMPFS);
    over.create(b"inside", NewFile::Directory, 0o755).unwrap();
    let cx = Context { kernel, thread };
    cx.begin_with(root);
    cx.mount_at_start(b"/d/e", b"none", over).unwrap();
    cx
}

fn path_of(cx: Context<'_>, path: &[u8]) -> Vec<u8> {
    cx.kernel.fs.path_of(&cx.resolve(abi::AT_FDCWD, path).unwrap()).unwrap()
}

#[test]
fn dots_and_links_lead_where_they_should() {
    let cx = machine();
    assert_eq!(path_of(cx, b"d/./e/.."), b"/d");
    assert_eq!(path_of(cx, b"/../up/d//"), b"/d");
    assert!(!cx.resolve(abi::AT_FDCWD, b"to_f").unwrap().is_directory());
    assert_eq!(cx.resolve(abi::AT_FDCWD, b"loop").err(), Some(Errno::ELOOP));
    assert_eq!(cx.resolve(abi::AT_FDCWD, b"d/f/").err(), Some(Errno::ENOTDIR));
    assert_eq!(cx.resolve(abi::AT_FDCWD, b"d/f/x").err(), Some(Errno::ENOTDIR));
    assert_eq!(cx.resolve(abi::AT_FDCWD, b"none/x").err(), Some(Errno::ENOENT));
    assert_eq!(cx.resolve(abi::AT_FDCWD, b"").err(), Some(Errno::ENOENT));
    assert_eq!(cx.resolve(abi::AT_FDCWD, &[b'n'; 256]).err(), Some(Errno::ENAMETOOLONG));
}

#[test]
fn mounts_are_crossed_both_ways() {
    let cx = machine();
    assert_eq!(path_of(cx, b"d/e/inside"), b"/d/e/inside");
    assert_eq!(path_of(cx, b"d/e/inside/../.."), b"/d");
}

#[test]
fn the_last_component_is_told_apart() {
    let cx = machine();
    let place = cx.walk(abi::AT_FDCWD, b"d/new", Follow::Last).unwrap();
    assert!(place.inode.is_none());
    assert_eq!((place.name.as_slice(), place.last), (&b"new"[..], Last::Name));
    assert_eq!(cx.walk(abi::AT_FDCWD, b"d/..", Follow::Last).unwrap().last, Last::DotDot);
    assert_eq!(cx.walk(abi::AT_FDCWD, b"/", Follow::Last).unwrap().last, Last::Dot);
    let link = cx.walk(abi::AT_FDCWD, b"to_f", Follow::NotLast).unwrap();
    assert_eq!(link.inode.unwrap().file_type(), abi::S_IFLNK);
}

#[test]
fn a_removed_working_directory_has_no_path() {
    let cx = machine();
    let gone = cx.resolve(abi::AT_FDCWD, b"d").unwrap().create(b"gone", NewFile::Directory, 0o755).unwrap();
    cx.resolve(abi::AT_FDCWD, b"d").unwrap().rmdir(b"gone").unwrap();
    assert_eq!(cx.kernel.fs.path_of(&gone), Err(Errno::ENOENT));
}

#[test]
fn opening_makes_truncates_and_refuses() {
    let cx = machine();
    let open = |path: &[u8], flags| cx.open_path(abi::AT_FDCWD, path, flags, 0o666, Ways::ANY);
    let made = open(b"made", abi::O_CREAT | abi::O_WRONLY).unwrap();
    assert_eq!(made.file.attributes().unwrap().mode, abi::S_IFREG | 0o644);
    made.file.inode().unwrap().write_at(0, b"abc").unwrap();
    assert_eq!(open(b"made", abi::O_CREAT | abi::O_EXCL).err(), Some(Errno::EEXIST));
    assert_eq!(open(b"made", abi::O_WRONLY | abi::O_TRUNC).unwrap().file.attributes().unwrap().size, 0);
    assert_eq!(open(b"d", abi::O_WRONLY).err(), Some(Errno::EISDIR));
    assert_eq!(open(b"made", abi::O_DIRECTORY).err(), Some(Errno::ENOTDIR));
    assert_eq!(open(b"to_f", abi::O_NOFOLLOW).err(), Some(Errno::ELOOP));
    assert_eq!(open(b"loop", abi::O_CREAT | abi::O_EXCL | abi::O_WRONLY).err(), Some(Errno::EEXIST));
    assert_eq!(cx.kernel.fs.path_of_open(&made), b"/made");
    cx.resolve(abi::AT_FDCWD, b"/").unwrap().unlink(b"made").unwrap();
    assert_eq!(cx.kernel.fs.path_of_open(&made), b"/made (deleted)");
}
