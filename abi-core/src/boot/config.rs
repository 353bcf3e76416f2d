//! The boot configuration as bytes: what osvrun tells a metal machine.
//!
//! A sequence of items: tag (one byte), length (`u32`, little-endian), value. The reader is total and refuses tags it
//! does not know, since kernel and osvrun are built together.

use alloc::vec::Vec;

use super::{BootInfo, LibcChoice, MissingPolicy, Mount, Root, Writes};
use crate::backend::StreamKind;
use crate::trace::TraceAreas;

/// What osvrun knows of the machine it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineInfo {
    /// Ticks of the time-stamp counter per second; 0 if not known.
    pub tsc_hz: u64,
    /// Wall-clock time at the start, nanoseconds since 1970.
    pub realtime_ns: u64,
    /// What input, output and error lead to.
    pub streams: [StreamKind; 3],
    /// Columns and rows of the terminal; 0 if there is none.
    pub window: (u16, u16),
    /// Whether to report the time of each boot stage.
    pub is_bootchart: bool,
    /// Folders of the host that devices show, by their numbers: absolute paths.
    pub exports: Vec<Vec<u8>>,
}

macro_rules! tags {
    ($($name:ident = $value:literal),* $(,)?) => { $(const $name: u8 = $value;)* };
}
tags! {
    PROGRAM = 1, ARG = 2, ENV = 3, CWD = 4, ROOT_NONE = 5, ROOT_FOLDER = 6, ROOT_ARCHIVE = 7, MOUNT_HOST = 8,
    MOUNT_GUEST = 9, MOUNT_GUEST_READ_ONLY = 10, MISSING = 11, TRACE = 12, QUIET = 13, VERBOSITY = 14, TSC_HZ = 15,
    REALTIME_NS = 16, STREAMS = 17, WINDOW = 18, BOOTCHART = 19, MOUNT_GUEST_KEPT = 20, PANIC_IN = 21,
    RANDOM = 22, IGNORED_SIGNALS = 23, BLOCKED_SIGNALS = 24, EXPORT = 25, UMASK = 26, LIBC = 27,
    EARLIER_PROGRAM = 28, EARLIER_ARG = 29, WAIT_FOR = 30, SIGNALS_ON_THREADS = 31, CWD_NEEDED = 32,
}

/// Writes the configuration.
pub fn encode(info: &BootInfo, machine: &MachineInfo) -> Vec<u8> {
    let mut out = Vec::new();
    let mut item = |tag: u8, value: &[u8]| {
        out.push(tag);
        out.extend((value.len() as u32).to_le_bytes());
        out.extend(value);
    };
    item(PROGRAM, &info.program);
    info.args.iter().for_each(|arg| item(ARG, arg));
    for (program, args) in &info.earlier {
        item(EARLIER_PROGRAM, program);
        for arg in args {
            item(EARLIER_ARG, arg);
        }
    }
    info.wait_for.iter().for_each(|port| item(WAIT_FOR, &port.to_le_bytes()));
    info.env.iter().for_each(|variable| item(ENV, variable));
    item(CWD, &info.cwd);
    item(CWD_NEEDED, &[u8::from(info.needs_cwd)]);
    match &info.root {
        Root::None => item(ROOT_NONE, &[]),
        Root::Folder(path) => item(ROOT_FOLDER, path),
        Root::Archive => item(ROOT_ARCHIVE, &[]),
    }
    for mount in &info.mounts {
        item(MOUNT_HOST, &mount.host);
        let tag = match mount.writes {
            Writes::Through => MOUNT_GUEST,
            Writes::Refused => MOUNT_GUEST_READ_ONLY,
            Writes::Kept => MOUNT_GUEST_KEPT,
        };
        item(tag, &mount.guest);
    }
    item(MISSING, &[info.missing as u8]);
    item(LIBC, &[info.libc as u8]);
    item(SIGNALS_ON_THREADS, &[u8::from(info.has_signals_on_threads)]);
    item(TRACE, &info.trace.0.to_le_bytes());
    item(QUIET, &[u8::from(info.is_quiet)]);
    item(VERBOSITY, &[info.verbosity]);
    item(IGNORED_SIGNALS, &info.ignored_signals.to_le_bytes());
    item(BLOCKED_SIGNALS, &info.blocked_signals.to_le_bytes());
    item(UMASK, &info.umask.to_le_bytes());
    item(TSC_HZ, &machine.tsc_hz.to_le_bytes());
    item(REALTIME_NS, &machine.realtime_ns.to_le_bytes());
    item(STREAMS, &machine.streams.map(|kind| kind as u8));
    let window = u32::from(machine.window.0) | u32::from(machine.window.1) << 16;
    item(WINDOW, &window.to_le_bytes());
    item(BOOTCHART, &[u8::from(machine.is_bootchart)]);
    machine.exports.iter().for_each(|path| item(EXPORT, path));
    info.panic_in.iter().for_each(|call| item(PANIC_IN, call));
    info.random.iter().for_each(|bytes| item(RANDOM, bytes));
    out
}

/// Reads the configuration; `None` if it is damaged.
pub fn decode(mut bytes: &[u8]) -> Option<(BootInfo, MachineInfo)> {
    let mut info = BootInfo::default();
    let mut machine = MachineInfo::default();
    let mut host = None;
    while let Some((&tag, rest)) = bytes.split_first() {
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        bytes = rest;
        let flag = || value.first().is_some_and(|&b| b != 0);
        let word = || value.try_into().ok().map(u32::from_le_bytes);
        let long = || value.try_into().ok().map(u64::from_le_bytes);
        match tag {
            PROGRAM => info.program = value.into(),
            ARG => info.args.push(value.into()),
            EARLIER_PROGRAM => info.earlier.push((value.into(), Vec::new())),
            EARLIER_ARG => info.earlier.last_mut()?.1.push(value.into()),
            WAIT_FOR => info.wait_for = Some(u16::from_le_bytes(value.try_into().ok()?)),
            ENV => info.env.push(value.into()),
            CWD => info.cwd = value.into(),
            CWD_NEEDED => info.needs_cwd = flag(),
            ROOT_NONE => info.root = Root::None,
            ROOT_FOLDER => info.root = Root::Folder(value.into()),
            ROOT_ARCHIVE => info.root = Root::Archive,
            MOUNT_HOST => host = Some(value),
            MOUNT_GUEST | MOUNT_GUEST_READ_ONLY | MOUNT_GUEST_KEPT => info.mounts.push(Mount {
                host: host.take()?.into(),
                guest: value.into(),
                writes: match tag {
                    MOUNT_GUEST_READ_ONLY => Writes::Refused,
                    MOUNT_GUEST_KEPT => Writes::Kept,
                    _ => Writes::Through,
                },
            }),
            MISSING => {
                info.missing = match value {
                    [1] => MissingPolicy::Fail,
                    [2] => MissingPolicy::Enosys,
                    _ => MissingPolicy::Abort,
                }
            }
            LIBC => {
                info.libc = match value {
                    [1] => LibcChoice::Native,
                    [2] => LibcChoice::Own,
                    _ => LibcChoice::Auto,
                }
            }
            SIGNALS_ON_THREADS => info.has_signals_on_threads = flag(),
            TRACE => info.trace = TraceAreas(word()?),
            QUIET => info.is_quiet = flag(),
            VERBOSITY => info.verbosity = *value.first()?,
            IGNORED_SIGNALS => info.ignored_signals = long()?,
            BLOCKED_SIGNALS => info.blocked_signals = long()?,
            TSC_HZ => machine.tsc_hz = long()?,
            REALTIME_NS => machine.realtime_ns = long()?,
            STREAMS => {
                let [input, output, error] = <[u8; 3]>::try_from(value).ok()?;
                let kind = StreamKind::from_byte;
                machine.streams = [kind(input)?, kind(output)?, kind(error)?];
            }
            WINDOW => machine.window = (word()? as u16, (word()? >> 16) as u16),
            BOOTCHART => machine.is_bootchart = flag(),
            UMASK => info.umask = word()?,
            EXPORT => machine.exports.push(value.into()),
            PANIC_IN => info.panic_in = Some(value.into()),
            RANDOM => info.random = Some(value.try_into().ok()?),
            _ => return None,
        }
    }
    Some((info, machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (BootInfo, MachineInfo) {
        let info = BootInfo {
            program: b"/bin/echo".to_vec(),
            args: [&b"echo"[..], b"", b"a b"].map(<[u8]>::to_vec).into(),
            earlier: alloc::vec![
                (b"/bin/a".to_vec(), alloc::vec![b"a".to_vec()]),
                (b"/bin/b".to_vec(), Vec::new())
            ],
            wait_for: Some(6379),
            env: alloc::vec![b"HOME=/".to_vec()],
            cwd: b"/tmp".to_vec(),
            needs_cwd: true,
            root: Root::Archive,
            mounts: alloc::vec![Mount {
                host: b"/srv".to_vec(),
                guest: b"/data".to_vec(),
                writes: Writes::Kept
            }],
            missing: MissingPolicy::Enosys,
            libc: LibcChoice::Own,
            has_signals_on_threads: true,
            is_quiet: true,
            verbosity: 2,
            panic_in: Some(b"getppid".to_vec()),
            ignored_signals: 1 << 12 | 1,
            blocked_signals: 1 << 63,
            umask: 0o027,
            random: Some([9; crate::random::GIVEN_BYTES]),
            ..BootInfo::default()
        };
        let machine = MachineInfo {
            tsc_hz: 2_000_000_000,
            realtime_ns: 1 << 60,
            streams: [StreamKind::Terminal, StreamKind::Nothing, StreamKind::Absent],
            window: (132, 43),
            is_bootchart: true,
            exports: alloc::vec![b"/".to_vec(), b"/srv".to_vec()],
        };
        (info, machine)
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let (info, machine) = sample();
        let (read, read_machine) = decode(&encode(&info, &machine)).expect("whole");
        assert_eq!(read_machine, machine);
        assert_eq!(alloc::format!("{read:?}"), alloc::format!("{info:?}"));
    }

    #[test]
    fn damaged_bytes_never_panic() {
        let bytes = encode(&sample().0, &sample().1);
        for cut in 0..bytes.len() {
            let _ = decode(&bytes[..cut]);
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x80;
            let _ = decode(&damaged);
        }
    }
}
