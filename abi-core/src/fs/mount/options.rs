//! The options of memory file systems, tmpfs(5).

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use crate::abi::{Errno, Result};
use crate::fs::tree::{Limits, Usage};

const PAGE_BYTES: u64 = 4096;

/// What a memory file system is to be like; `None` is not said.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Options {
    /// `size=` or `nr_blocks=`: pages; 0 is without bound.
    pub(super) pages: Option<u64>,
    /// `nr_inodes=`: files; 0 is without bound.
    pub(super) files: Option<u64>,
    /// `mode=` of the root.
    pub(super) mode: Option<u32>,
    /// `uid=` of the root.
    pub(super) uid: Option<u32>,
    /// `gid=` of the root.
    pub(super) gid: Option<u32>,
    /// `ro` or `rw`.
    pub(super) is_read_only: Option<bool>,
}

/// Reads a number with a unit (`k` to `e`); returns what follows it, too.
fn sized(text: &str) -> Result<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end).ok_or(Errno::EINVAL)?;
    let number: u64 = number.parse().map_err(|_| Errno::EINVAL)?;
    let Some(unit) = rest.bytes().next() else { return Ok((number, rest)) };
    let Some(power) = b"kmgtpe".iter().position(|known| *known == unit.to_ascii_lowercase()) else {
        return Ok((number, rest));
    };
    Ok((number.wrapping_shl(10 * (power as u32 + 1)), rest.get(1..).unwrap_or_default()))
}

fn number<T>(text: &str, radix: u32) -> Result<T>
where
    T: TryFrom<u64>,
{
    let number = u64::from_str_radix(text, radix).map_err(|_| Errno::EINVAL)?;
    T::try_from(number).map_err(|_| Errno::EINVAL)
}

impl Options {
    /// Reads options in a machine with so much memory; `EINVAL` for unknown ones and wrong values.
    pub(super) fn read(text: &[u8], total_bytes: u64) -> Result<Self> {
        let text = core::str::from_utf8(text).map_err(|_| Errno::EINVAL)?;
        let mut options = Self::default();
        for option in text.split(',').filter(|option| !option.is_empty()) {
            options.set(option, total_bytes)?;
        }
        Ok(options)
    }

    fn set(&mut self, option: &str, total_bytes: u64) -> Result<()> {
        let Some((name, value)) = option.split_once('=') else {
            match option {
                "ro" => self.is_read_only = Some(true),
                "rw" => self.is_read_only = Some(false),
                "inode32" | "inode64" => {}
                _ => return Err(Errno::EINVAL),
            }
            return Ok(());
        };
        match name {
            "size" => {
                let (size, rest) = sized(value)?;
                let bytes = match rest {
                    "" => size,
                    "%" => total_bytes / 100 * size,
                    _ => return Err(Errno::EINVAL),
                };
                self.pages = Some(bytes.div_ceil(PAGE_BYTES));
            }
            "nr_blocks" | "nr_inodes" => {
                let (count, rest) = sized(value)?;
                if !rest.is_empty() {
                    return Err(Errno::EINVAL);
                }
                *(if name == "nr_blocks" { &mut self.pages } else { &mut self.files }) = Some(count);
            }
            "mode" => self.mode = Some(number::<u32>(value, 8)? & 0o7777),
            "uid" => self.uid = Some(number(value, 10)?),
            "gid" => self.gid = Some(number(value, 10)?),
            _ => return Err(Errno::EINVAL),
        }
        Ok(())
    }

    /// Returns what bounds a new file system.
    pub(super) fn limits(&self, total_bytes: u64) -> Limits {
        let half = total_bytes / PAGE_BYTES / 2;
        let bound = |asked: Option<u64>| match asked {
            None => half,
            Some(0) => u64::MAX,
            Some(bound) => bound,
        };
        Limits { pages: bound(self.pages), files: bound(self.files) }
    }

    /// Returns what bounds one from now on that is there already; `EINVAL` where there is more in it, or no bound was.
    pub(super) fn changed_limits(&self, now: &Usage) -> Result<Limits> {
        let bound = |asked: Option<u64>, bound: u64, used: u64| match asked {
            None => Ok(bound),
            Some(0) => Ok(u64::MAX),
            Some(asked) if bound != u64::MAX && used <= asked => Ok(asked),
            Some(_) => Err(Errno::EINVAL),
        };
        Ok(Limits {
            pages: bound(self.pages, now.limits.pages, now.pages)?,
            files: bound(self.files, now.limits.files, now.files)?,
        })
    }
}

/// Returns the options of a memory file system for the tables of mounts, each after a comma.
pub(super) fn shown(limits: Limits, mode: u32, uid: u32, gid: u32, total_bytes: u64) -> String {
    let mut out = String::new();
    let half = total_bytes / PAGE_BYTES / 2;
    let bound = |bound: u64| if bound == u64::MAX { 0 } else { bound };
    if limits.pages != half {
        out = format!(",size={}k", bound(limits.pages) * (PAGE_BYTES / 1024));
    }
    if limits.files != half {
        let _ = write!(out, ",nr_inodes={}", bound(limits.files));
    }
    if mode != 0o1777 {
        let _ = write!(out, ",mode={mode:03o}");
    }
    if uid != 0 {
        let _ = write!(out, ",uid={uid}");
    }
    if gid != 0 {
        let _ = write!(out, ",gid={gid}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_wrong_ones_refused() {
        let read = |text: &str| Options::read(text.as_bytes(), 100 * PAGE_BYTES * 100);
        assert_eq!(read(""), Ok(Options::default()));
        let options = read("size=10k,nr_inodes=1m,mode=0700,uid=3,gid=4,ro").unwrap();
        assert_eq!((options.pages, options.files, options.mode), (Some(3), Some(1 << 20), Some(0o700)));
        assert_eq!((options.uid, options.gid, options.is_read_only), (Some(3), Some(4), Some(true)));
        assert_eq!(read("size=50%").unwrap().pages, Some(5000));
        for wrong in ["size=", "size=5x", "mode=9", "uid=-1", "who", "nr_inodes=5%", "size"] {
            assert_eq!(read(wrong), Err(Errno::EINVAL), "{wrong}");
        }
    }
}
