use super::*;
use crate::abi::Errno;
use crate::backend::mock::MockBackend;
use crate::fs::inode::{Inode, RenameMode};
use crate::fs::mount::TMPFS;
use std::vec;
use std::vec::Vec;

fn lower() -> (InodeRef, &'static MockBackend) {
    let backend = MockBackend::new();
    let root = Tree::new_root(backend, TMPFS);
    let etc = root.create(b"etc", NewFile::Directory, 0o755).unwrap();
    let passwd = etc.create(b"passwd", NewFile::Regular, 0o644).unwrap();
    passwd.write_at(0, b"root:x:0:0\n").unwrap();
    root.create(b"motd", NewFile::Regular, 0o644).unwrap().write_at(0, b"hello").unwrap();
    (root, backend)
}

fn overlay() -> (Arc<Node>, InodeRef) {
    let (lower, backend) = lower();
    (Tree::new_overlay(backend, TMPFS, lower.clone()).unwrap(), lower)
}

fn contents(inode: &InodeRef) -> Vec<u8> {
    let mut bytes = vec![0; 256];
    let n = inode.read_at(0, &mut bytes).unwrap();
    bytes.truncate(n);
    bytes
}

fn names(directory: &dyn Inode) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = directory.entries().unwrap().into_iter().map(|e| e.name).collect();
    names.sort();
    names
}

#[test]
fn lower_files_show_through() {
    let (root, _) = overlay();
    let passwd = root.lookup(b"etc").unwrap().lookup(b"passwd").unwrap();
    assert_eq!(contents(&passwd), b"root:x:0:0\n");
    assert_eq!(names(&*root), [b"etc".to_vec(), b"motd".to_vec()]);
}

#[test]
fn writing_a_lower_file_copies_it_up_and_leaves_the_lower_alone() {
    let (root, lower) = overlay();
    let motd = root.lookup(b"motd").unwrap();
    motd.append(b" world").unwrap();
    assert_eq!(contents(&motd), b"hello world");
    assert_eq!(contents(&root.lookup(b"motd").unwrap()), b"hello world");
    assert_eq!(contents(&lower.lookup(b"motd").unwrap()), b"hello");
}

#[test]
fn shortening_a_lower_file_keeps_its_front() {
    let (root, _) = overlay();
    let motd = root.lookup(b"motd").unwrap();
    motd.set_len(2).unwrap();
    motd.set_len(4).unwrap();
    assert_eq!(contents(&motd), b"he\0\0");
}

#[test]
fn removed_lower_names_stay_removed_until_made_again() {
    let (root, lower) = overlay();
    root.unlink(b"motd").unwrap();
    assert_eq!(root.lookup(b"motd").err(), Some(Errno::ENOENT));
    assert_eq!(names(&*root), [b"etc".to_vec()]);
    let again = root.create(b"motd", NewFile::Regular, 0o600).unwrap();
    assert_eq!(contents(&again), b"");
    assert!(lower.lookup(b"motd").is_ok());
}

#[test]
fn a_directory_with_lower_entries_is_not_empty() {
    let (root, _) = overlay();
    assert_eq!(root.rmdir(b"etc"), Err(Errno::ENOTEMPTY));
    root.lookup(b"etc").unwrap().unlink(b"passwd").unwrap();
    root.rmdir(b"etc").unwrap();
    let fresh = root.create(b"etc", NewFile::Directory, 0o755).unwrap();
    assert!(names(&*fresh).is_empty(), "a new directory does not show the lower one");
}

#[test]
fn a_renamed_lower_directory_keeps_its_entries() {
    let (root, _) = overlay();
    let to: InodeRef = root.clone();
    root.rename(b"etc", &to, b"conf", RenameMode::Replace).unwrap();
    assert_eq!(root.lookup(b"etc").err(), Some(Errno::ENOENT));
    let conf = root.lookup(b"conf").unwrap();
    assert_eq!(contents(&conf.lookup(b"passwd").unwrap()), b"root:x:0:0\n");
    assert_eq!(conf.parent().unwrap().1, b"conf");
}

#[test]
fn a_directory_can_not_move_below_itself() {
    let (root, _) = overlay();
    let etc = root.lookup(b"etc").unwrap();
    let inner = etc.create(b"inner", NewFile::Directory, 0o755).unwrap();
    assert_eq!(root.rename(b"etc", &inner, b"x", RenameMode::Replace), Err(Errno::EINVAL));
}

#[test]
fn rename_replaces_and_exchanges() {
    let (root, _) = overlay();
    let to: InodeRef = root.clone();
    root.create(b"a", NewFile::Regular, 0o644).unwrap().write_at(0, b"A").unwrap();
    root.rename(b"a", &to, b"motd", RenameMode::Exchange).unwrap();
    assert_eq!(contents(&root.lookup(b"a").unwrap()), b"hello");
    assert_eq!(contents(&root.lookup(b"motd").unwrap()), b"A");
    assert_eq!(root.rename(b"a", &to, b"motd", RenameMode::NoReplace), Err(Errno::EEXIST));
    root.rename(b"a", &to, b"motd", RenameMode::Replace).unwrap();
    assert_eq!(contents(&root.lookup(b"motd").unwrap()), b"hello");
    assert_eq!(root.lookup(b"a").err(), Some(Errno::ENOENT));
}

#[test]
fn hard_links_share_contents_and_count() {
    let (root, _) = overlay();
    let motd = root.lookup(b"motd").unwrap();
    root.link(b"other", &motd).unwrap();
    assert_eq!(motd.attributes().unwrap().nlink, 2);
    root.lookup(b"other").unwrap().write_at(0, b"J").unwrap();
    assert_eq!(contents(&motd), b"Jello");
    root.unlink(b"motd").unwrap();
    assert_eq!(root.lookup(b"other").unwrap().attributes().unwrap().nlink, 1);
}

#[test]
fn holes_read_zero_and_take_no_memory() {
    let (root, _) = overlay();
    let file = root.create(b"sparse", NewFile::Regular, 0o644).unwrap();
    file.write_at(1 << 20, b"x").unwrap();
    assert_eq!(file.attributes().unwrap().size, (1 << 20) + 1);
    assert_eq!(file.attributes().unwrap().blocks, 8);
    let node = file.as_tree_node().unwrap();
    assert_eq!(node.seek_content(0, true), Ok(1 << 20));
    assert_eq!(node.seek_content(0, false), Ok(0));
    assert_eq!(node.seek_content((1 << 20) + 1, true), Err(Errno::ENXIO));
}

#[test]
fn seals_refuse_what_they_name() {
    use core::sync::atomic::Ordering;
    let (root, _) = overlay();
    let file = root.unnamed(0o600, 0).unwrap();
    file.write_at(0, b"abc").unwrap();
    file.seals().unwrap().fetch_or(abi::F_SEAL_GROW as u32, Ordering::Relaxed);
    assert_eq!(file.write_at(3, b"d"), Err(Errno::EPERM));
    file.write_at(0, b"x").unwrap();
    file.seals().unwrap().fetch_or(abi::F_SEAL_WRITE as u32, Ordering::Relaxed);
    assert_eq!(file.write_at(0, b"y"), Err(Errno::EPERM));
}

#[test]
fn nothing_can_be_made_in_a_removed_directory() {
    let (root, _) = overlay();
    let gone = root.create(b"gone", NewFile::Directory, 0o755).unwrap();
    root.rmdir(b"gone").unwrap();
    assert_eq!(gone.create(b"x", NewFile::Regular, 0o644).err(), Some(Errno::ENOENT));
    assert!(gone.is_removed());
}
