//! `--disk`: block devices.

use std::fs;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

const SIZE: u64 = (1 << 20) + 512;

fn program() -> PathBuf {
    let source = paths::tests().join("disks/disk.c");
    guest::compile(&source, &["-O1", "-g", "-Wall", "-Wno-unused-result", "-pthread"], "disk")
        .expect("it compiles")
}

fn image(folder: &Path, name: &str, len: u64) -> PathBuf {
    let path = folder.join(name);
    fs::File::create(&path).and_then(|file| file.set_len(len)).expect("the build folder can be written");
    path
}

fn osvrun(options: &[&str], disks: &[&str], program: &[&str]) -> Outcome {
    let mut command = Command::new(paths::osvrun());
    command.args(options);
    for disk in disks {
        command.args(["--disk", disk]);
    }
    run(command.arg("--").args(program), b"").expect("it ends")
}

/// What Linux says, as far as it is known without a disk of Linux's own to ask.
const SAID: &str = "\
fstat 0
block device 1, 0 bytes, 0 blocks of 4096
BLKGETSIZE64 0
BLKGETSIZE 0
1049088 2049
BLKSSZGET 0
BLKPBSZGET 0
512 512
BLKBSZGET 0
BLKROGET 0
512 0
BLKFLSBUF 0
TCGETS -1 ENOTTY
EFAULT -1 EFAULT
end 1049088
read at the end 0
write at the end -1 ENOSPC
write nothing there 0
beyond -1 EINVAL
before -1 EINVAL
back 1049083
read the last 5
here 1049088
data 1000
hole 1049088
no data -1 ENXIO
pread beyond 0
pwrite beyond -1 ENOSPC
pwrite over the end 3
pread over the end 5
012
wrong 0
torn 0
by pwrite
by a store
msync 0
munmap 0
by pwrite
direct 4096
direct at a byte -1 EINVAL
direct of a byte -1 EINVAL
direct to a byte -1 EINVAL
direct write 4096
direct write of a byte -1 EINVAL
poll 1
5
ftruncate -1 EINVAL
fsync 0
fdatasync 0
write 15
write in the midst 9
append 1
";

#[test]
fn a_disk_is_a_block_device_and_what_is_written_reaches_its_image() {
    let folder = paths::fresh_folder("disks");
    let program = program();
    for (number, options) in Column::machines().into_iter().enumerate() {
        let path = image(&folder, &format!("image, {number}"), SIZE);
        let outcome =
            osvrun(options, &[&path.to_string_lossy()], &[&program.to_string_lossy(), "/dev/vblk0"]);
        assert_eq!(text(&outcome.stdout), SAID, "{options:?} {}", text(&outcome.stderr));
        let mut bytes = [0; 15];
        let file = fs::File::open(&path).expect("it is there");
        file.read_exact_at(&mut bytes, 0).expect("it is as long as it was");
        assert_eq!(&bytes, b"The first bytes");
        file.read_exact_at(&mut bytes[..9], 777_777).expect("it is as long as it was");
        assert_eq!(&bytes[..9], b"some more");
        file.read_exact_at(&mut bytes[..10], 6096).expect("it is as long as it was");
        assert_eq!(&bytes[..10], b"by a store");
        assert_eq!(file.metadata().expect("it is there").len(), SIZE);
    }
}

#[test]
fn disks_have_numbers_and_may_be_read_only() {
    let folder = paths::fresh_folder("disks-two");
    for options in Column::machines() {
        let (first, second) = (image(&folder, "first", 3 << 20), image(&folder, "second", 2048 + 100));
        fs::write(&second, [b"data".as_slice(), &[0; 2144]].concat()).expect("it can be written");
        let (first, second) = (first.to_string_lossy().into_owned(), second.to_string_lossy().into_owned());
        let mut all = String::new();
        for command in [&["cat", "/proc/partitions"][..], &["grep", "-A9", "Block", "/proc/devices"]] {
            all += &text(&osvrun(options, &[&first, &format!("{second}:ro")], command).stdout);
        }
        assert_eq!(
            all,
            "major minor  #blocks  name\n\n 254        0       3072 vblk0\n 254        1          2 vblk1\n\
             Block devices:\n254 vblk\n",
            "{options:?}"
        );
        let script = "for my $disk ('vblk0', 'vblk1') { \
            for my $name ('size', 'ro', 'dev', 'queue/logical_block_size') { \
            open my $f, '<', \"/sys/block/$disk/$name\" or die; print scalar <$f>; } \
            open my $f, '+<', \"/dev/$disk\" or die; my $n = syswrite($f, 'writ'); print $n // \"$!\", \"\\n\"; \
            seek($f, 0, 0); sysread($f, my $got, 4); print \"$got\\n\"; }";
        let outcome = osvrun(options, &[&first, &format!("{second}:ro")], &["perl", "-e", script]);
        assert_eq!(
            text(&outcome.stdout),
            "6144\n0\n254:0\n512\n4\nwrit\n4\n1\n254:1\n512\nOperation not permitted\ndata\n",
            "{options:?} {}",
            text(&outcome.stderr)
        );
        let mut start = [0; 4];
        fs::File::open(&first).and_then(|mut file| file.read_exact(&mut start)).expect("it is there");
        assert_eq!(&start, b"writ");
    }
}

#[test]
fn without_disks_there_are_none() {
    for options in Column::machines() {
        let outcome = osvrun(options, &[], &["cat", "/proc/partitions", "/dev/vblk0"]);
        let said = text(&outcome.stderr);
        assert!(outcome.stdout.is_empty() && said.contains("/dev/vblk0: No such file"), "{options:?} {said}");
    }
}

#[test]
fn what_is_no_disk_is_125_and_one_line() {
    let folder = paths::fresh_folder("disks-not");
    let empty = image(&folder, "empty", 100).to_string_lossy().into_owned();
    let used = image(&folder, "used", 4096);
    let lock = fs::File::open(&used).expect("it is there");
    lock.lock_shared().expect("nobody else has it");
    let used = used.to_string_lossy().into_owned();
    for options in Column::machines() {
        for (disk, why) in [
            ("/nowhere/image", "No such file"),
            ("/tmp", "neither a file nor a block device"),
            (empty.as_str(), "too short"),
            (used.as_str(), "in use"),
        ] {
            let outcome = osvrun(options, &[disk], &["true"]);
            let said = text(&outcome.stderr);
            assert_eq!((outcome.status, said.lines().count()), (125, 1), "{options:?} {disk}: {said}");
            assert!(said.starts_with(&format!("osvrun: --disk {disk}: ")) && said.contains(why), "{said}");
        }
        let shared = osvrun(options, &[&format!("{used}:ro")], &["true"]);
        assert_eq!((shared.status, text(&shared.stderr)), (0, String::new()), "{options:?}");
    }
}

#[test]
fn a_file_system_is_made_on_a_disk() {
    let is_there = |program| Command::new(program).arg("-V").stderr(Stdio::null()).status().is_ok();
    if !is_there("mke2fs") || !is_there("e2fsck") {
        return;
    }
    let folder = paths::fresh_folder("disks-ext4");
    for options in Column::machines() {
        let path = image(&folder, "image", 8 << 20).to_string_lossy().into_owned();
        let made = osvrun(options, &[&path], &["mke2fs", "-q", "-t", "ext4", "/dev/vblk0"]);
        assert_eq!(made.status, 0, "{options:?} {}", text(&made.stderr));
        let checked = Command::new("e2fsck").args(["-fn", &path]).output().expect("e2fsck runs");
        assert!(checked.status.success(), "{}", text(&checked.stdout));
    }
}
