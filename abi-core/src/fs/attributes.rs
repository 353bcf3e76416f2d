//! What a file says of itself, and `struct stat`.

use crate::abi;
pub use crate::backend::folders::FolderStat as Attributes;

/// Nanoseconds in a second.
const SECOND_NS: i128 = 1_000_000_000;

/// Converts to `struct stat`.
pub fn to_stat(of: &Attributes) -> abi::stat {
    let [(atime, atime_nsec), (mtime, mtime_nsec), (ctime, ctime_nsec)] = of.times_ns.map(split_time);
    let mut stat: abi::stat = crate::boundary::user::zeroed();
    stat.st_dev = of.dev;
    stat.st_ino = of.ino;
    stat.st_nlink = of.nlink;
    stat.st_mode = of.mode;
    stat.st_uid = of.uid;
    stat.st_gid = of.gid;
    stat.st_rdev = of.rdev;
    stat.st_size = of.size as i64;
    stat.st_blksize = i64::from(of.block_size);
    stat.st_blocks = of.blocks as i64;
    (stat.st_atime, stat.st_atime_nsec) = (atime, atime_nsec);
    (stat.st_mtime, stat.st_mtime_nsec) = (mtime, mtime_nsec);
    (stat.st_ctime, stat.st_ctime_nsec) = (ctime, ctime_nsec);
    stat
}

/// Splits nanoseconds since 1970 into seconds and nanoseconds.
pub fn split_time(time_ns: i128) -> (i64, i64) {
    // The years 1678 to 2261 do without a division of 128 bits.
    match i64::try_from(time_ns) {
        Ok(time_ns) => (time_ns.div_euclid(SECOND_NS as i64), time_ns.rem_euclid(SECOND_NS as i64)),
        Err(_) => (time_ns.div_euclid(SECOND_NS) as i64, time_ns.rem_euclid(SECOND_NS) as i64),
    }
}

/// Returns a device's number as the kernel keeps it, which is not how stat(2) gives it.
pub fn device_word(dev: u64) -> u64 {
    u64::from(abi::major(dev)) << 20 | u64::from(abi::minor(dev))
}

/// Returns what is left of `st_mode` when a file's owner changes: a file that is run does not get the new one's rights.
pub fn without_set_ids(mode: u32) -> u32 {
    if mode & abi::S_IFMT == abi::S_IFDIR {
        return mode;
    }
    // Of a file that its group may not run, the bit means something else.
    let of_group = if mode & abi::S_IXGRP != 0 { abi::S_ISGID } else { 0 };
    mode & !(abi::S_ISUID | of_group)
}
