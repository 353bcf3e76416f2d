//! Orders for the files that standard streams lead to, as osvrun gets them from a metal machine, and their answers.

use alloc::vec;
use alloc::vec::Vec;

use super::control::MAX_PAYLOAD_BYTES;
use crate::backend::folders::{FolderError, FolderStat, Result, StreamFile, Whence};

/// The most that is read or written by one order.
pub const DATA_BYTES: usize = MAX_PAYLOAD_BYTES - 64;

/// What a machine has osvrun do with a file. Integers are little-endian on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOrder<'a> {
    /// 0: read where it is, so much at most; `u32`.
    Read(u32),
    /// 1: read at an offset; `u64`, `u32`.
    ReadAt(u64, u32),
    /// 2: write where it is.
    Write(&'a [u8]),
    /// 3: write at an offset; `u64`, bytes.
    WriteAt(u64, &'a [u8]),
    /// 4: move; `i64`, [`Whence`] (one byte).
    Seek(i64, Whence),
    /// 5: say what it is.
    Stat,
    /// 6: set its length; `u64`.
    SetLen(u64),
    /// 7: make it durable.
    Sync,
    /// 8: say how it was opened.
    Flags,
    /// 9: say its path.
    Path,
    /// 10: set the permission bits; `u32`.
    SetMode(u32),
    /// 11: set the times of access and modification; for each a byte that says whether, and `i128`.
    SetTimes(Option<i128>, Option<i128>),
}

impl<'a> FileOrder<'a> {
    /// Writes the order behind what `out` holds.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Read(len) => {
                out.push(0);
                out.extend(len.to_le_bytes());
            }
            Self::ReadAt(offset, len) => {
                out.push(1);
                out.extend(offset.to_le_bytes());
                out.extend(len.to_le_bytes());
            }
            Self::Write(bytes) => {
                out.push(2);
                out.extend(bytes);
            }
            Self::WriteAt(offset, bytes) => {
                out.push(3);
                out.extend(offset.to_le_bytes());
                out.extend(bytes);
            }
            Self::Seek(offset, whence) => {
                out.push(4);
                out.extend(offset.to_le_bytes());
                out.push(whence as u8);
            }
            Self::Stat => out.push(5),
            Self::SetLen(len) => {
                out.push(6);
                out.extend(len.to_le_bytes());
            }
            Self::Sync => out.push(7),
            Self::Flags => out.push(8),
            Self::Path => out.push(9),
            Self::SetMode(mode) => {
                out.push(10);
                out.extend(mode.to_le_bytes());
            }
            Self::SetTimes(access, modification) => {
                out.push(11);
                for time in [access, modification] {
                    out.push(u8::from(time.is_some()));
                    out.extend(time.unwrap_or(0).to_le_bytes());
                }
            }
        }
    }

    /// Reads an order; `None` if it is none.
    pub fn decode(payload: &'a [u8]) -> Option<Self> {
        let (&number, rest) = payload.split_first()?;
        let long = || rest.split_first_chunk().map(|(bytes, rest)| (u64::from_le_bytes(*bytes), rest));
        let word = |bytes: &[u8]| bytes.try_into().ok().map(u32::from_le_bytes);
        Some(match number {
            0 => Self::Read(word(rest)?),
            1 => Self::ReadAt(long()?.0, word(long()?.1)?),
            2 => Self::Write(rest),
            3 => Self::WriteAt(long()?.0, long()?.1),
            4 => match long()? {
                (offset, &[whence]) => Self::Seek(offset.cast_signed(), Whence::from_number(whence.into())?),
                _ => return None,
            },
            5 if rest.is_empty() => Self::Stat,
            6 => Self::SetLen(long().filter(|(_, rest)| rest.is_empty())?.0),
            7 if rest.is_empty() => Self::Sync,
            8 if rest.is_empty() => Self::Flags,
            9 if rest.is_empty() => Self::Path,
            10 => Self::SetMode(word(rest)?),
            11 => {
                let [access, modification] = times(rest)?;
                Self::SetTimes(access, modification)
            }
            _ => return None,
        })
    }

    /// Carries the order out; returns what was asked for.
    pub fn carry_out(&self, file: &dyn StreamFile) -> Result<Vec<u8>> {
        let read = |len: u32, from: &dyn Fn(&mut [u8]) -> Result<usize>| {
            let mut bytes = vec![0; (len as usize).min(DATA_BYTES)];
            let n = from(&mut bytes)?;
            bytes.truncate(n);
            Ok(bytes)
        };
        let long = |value: u64| value.to_le_bytes().to_vec();
        Ok(match *self {
            Self::Read(len) => read(len, &|buf| file.read(buf))?,
            Self::ReadAt(offset, len) => read(len, &|buf| file.read_at(offset, buf))?,
            Self::Write(bytes) => long(file.write(bytes)? as u64),
            Self::WriteAt(offset, bytes) => long(file.write_at(offset, bytes)? as u64),
            Self::Seek(offset, whence) => long(file.seek(offset, whence)?),
            Self::Stat => encode_stat(&file.stat()?),
            Self::SetLen(len) => file.set_len(len).map(|()| Vec::new())?,
            Self::Sync => file.sync().map(|()| Vec::new())?,
            Self::Flags => long(u64::from(file.flags()?.cast_unsigned())),
            Self::Path => file.path()?,
            Self::SetMode(mode) => file.set_mode(mode).map(|()| Vec::new())?,
            Self::SetTimes(access, modification) => {
                file.set_times(access, modification).map(|()| Vec::new())?
            }
        })
    }
}

/// Reads times that may be left as they are.
fn times(bytes: &[u8]) -> Option<[Option<i128>; 2]> {
    let (each, []) = bytes.as_chunks::<17>() else { return None };
    let [access, modification] = each else { return None };
    let mut times = [None; 2];
    for (time, [is_set, value @ ..]) in times.iter_mut().zip([access, modification]) {
        match is_set {
            0 => {}
            1 => *time = Some(i128::from_le_bytes(*value)),
            _ => return None,
        }
    }
    Some(times)
}

/// Writes an answer: the error number or 0, and what was asked for.
pub fn encode_answer(answer: Result<Vec<u8>>) -> Vec<u8> {
    let (error, bytes) = match answer {
        Ok(bytes) => (0, bytes),
        Err(FolderError(error)) => (error.cast_unsigned(), Vec::new()),
    };
    let mut out = Vec::from(error.to_le_bytes());
    out.extend(bytes);
    out
}

/// Reads an answer; `None` if it is none.
pub fn decode_answer(payload: &[u8]) -> Option<Result<&[u8]>> {
    let (error, bytes) = payload.split_first_chunk()?;
    Some(match u32::from_le_bytes(*error) {
        0 => Ok(bytes),
        error => Err(FolderError(error.cast_signed())),
    })
}

/// Says that nobody knows when a file was made.
const NO_BIRTH: i128 = i128::MIN;

fn encode_stat(stat: &FolderStat) -> Vec<u8> {
    let words = [
        u64::from(stat.mode),
        stat.size,
        stat.dev,
        stat.ino,
        stat.nlink,
        u64::from(stat.uid),
        u64::from(stat.gid),
        stat.rdev,
        stat.blocks,
        u64::from(stat.block_size),
    ];
    let mut out: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let birth_ns = stat.birth_ns.unwrap_or(NO_BIRTH);
    out.extend(stat.times_ns.iter().chain([&birth_ns]).flat_map(|time| time.to_le_bytes()));
    out
}

/// Reads what an order to stat gave; `None` if it is something else.
pub fn decode_stat(bytes: &[u8]) -> Option<FolderStat> {
    let (words, times) = bytes.split_at_checked(80)?;
    let mut words = words.chunks_exact(8).map(|word| word.try_into().map_or(0, u64::from_le_bytes));
    let mut word = || words.next();
    let mut stat = FolderStat {
        mode: word()? as u32,
        size: word()?,
        dev: word()?,
        ino: word()?,
        nlink: word()?,
        uid: word()? as u32,
        gid: word()? as u32,
        rdev: word()?,
        blocks: word()?,
        block_size: word()? as u32,
        times_ns: [0; 3],
        birth_ns: None,
    };
    let times: &[u8; 64] = times.try_into().ok()?;
    let mut times = times.chunks_exact(16).map(|time| time.try_into().map_or(0, i128::from_le_bytes));
    for time in &mut stat.times_ns {
        *time = times.next()?;
    }
    stat.birth_ns = times.next().filter(|&time| time != NO_BIRTH);
    Some(stat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_as_they_were_written() {
        let orders = [
            FileOrder::Read(7),
            FileOrder::ReadAt(1 << 40, 9),
            FileOrder::Write(b"bytes"),
            FileOrder::WriteAt(3, b""),
            FileOrder::Seek(-5, Whence::End),
            FileOrder::Stat,
            FileOrder::SetLen(u64::MAX),
            FileOrder::Sync,
            FileOrder::Flags,
            FileOrder::Path,
            FileOrder::SetMode(0o600),
            FileOrder::SetTimes(None, Some(-1)),
        ];
        for order in orders {
            let mut bytes = Vec::new();
            order.encode(&mut bytes);
            assert_eq!(FileOrder::decode(&bytes), Some(order));
            for cut in 0..bytes.len() {
                assert_ne!(FileOrder::decode(&bytes[..cut]), Some(order));
            }
        }
        assert_eq!(FileOrder::decode(&[77]), None);
    }

    #[test]
    fn answers_are_read_as_they_were_written() {
        let stat =
            FolderStat { mode: 0o100_644, size: 12, times_ns: [-1, 2, 1 << 80], ..FolderStat::default() };
        let bytes = encode_answer(Ok(encode_stat(&stat)));
        let answer = decode_answer(&bytes).expect("whole").expect("no error");
        assert_eq!(decode_stat(answer), Some(stat));
        assert_eq!(decode_stat(&answer[1..]), None);
        assert_eq!(decode_answer(&encode_answer(Err(FolderError(5)))), Some(Err(FolderError(5))));
        assert_eq!(decode_answer(&[0; 3]), None);
    }
}
