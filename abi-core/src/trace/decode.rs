//! Names for flags and numbers, by the argument's name and the call.

use core::fmt::{self, Write};

use super::{Call, buffer};
use crate::abi;
use crate::boundary::user::UserPtr;
use crate::libc::string::errors::signal_abbreviation;

type Names = &'static [(i32, &'static str)];

macro_rules! names {
    ($($name:ident)*) => { &[$((abi::$name as i32, stringify!($name))),*] };
}

const ACCESS_MODES: [&str; 4] = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"];
// Flags that contain others come first.
const OPEN: Names = names! {
    O_TMPFILE O_SYNC O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_DSYNC O_DIRECT O_LARGEFILE O_DIRECTORY
    O_NOFOLLOW O_NOATIME O_CLOEXEC O_PATH
};
const DESCRIPTOR: Names = names! { O_CLOEXEC O_NONBLOCK O_DIRECT };
const PROTECTION: Names = names! { PROT_READ PROT_WRITE PROT_EXEC PROT_GROWSDOWN PROT_GROWSUP };
const MAP: Names = names! {
    MAP_SHARED_VALIDATE MAP_SHARED MAP_PRIVATE MAP_FIXED MAP_ANONYMOUS MAP_32BIT MAP_GROWSDOWN MAP_DENYWRITE
    MAP_EXECUTABLE MAP_LOCKED MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_STACK MAP_HUGETLB MAP_SYNC
    MAP_FIXED_NOREPLACE
};
const REMAP: Names = names! { MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP };
const SYNC: Names = names! { MS_ASYNC MS_INVALIDATE MS_SYNC };
const AT: Names = names! { AT_SYMLINK_NOFOLLOW AT_REMOVEDIR AT_SYMLINK_FOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH };
const ACCESS: Names = names! { R_OK W_OK X_OK };
const RANDOM: Names = names! { GRND_NONBLOCK GRND_RANDOM };
const MEMFD: Names = names! { MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB };
const EVENT: Names = names! { EFD_SEMAPHORE EFD_CLOEXEC EFD_NONBLOCK };
const EPOLL: Names = names! { EPOLL_CLOEXEC };
const WAIT: Names = names! { WNOHANG WUNTRACED WCONTINUED };

const WHENCE: Names = names! { SEEK_SET SEEK_CUR SEEK_END SEEK_DATA SEEK_HOLE };
const HOW: Names = names! { SIG_BLOCK SIG_UNBLOCK SIG_SETMASK };
const CLOCK: Names = names! {
    CLOCK_REALTIME CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID CLOCK_THREAD_CPUTIME_ID CLOCK_MONOTONIC_RAW
    CLOCK_REALTIME_COARSE CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME CLOCK_REALTIME_ALARM CLOCK_BOOTTIME_ALARM CLOCK_TAI
};
const EPOLL_OPERATION: Names = names! { EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD };
const MEMORY_ADVICE: Names = names! {
    MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL MADV_WILLNEED MADV_DONTNEED MADV_FREE MADV_REMOVE MADV_DONTFORK
    MADV_DOFORK MADV_HUGEPAGE MADV_NOHUGEPAGE MADV_DONTDUMP MADV_DODUMP
};
const FILE_ADVICE: Names = names! {
    POSIX_FADV_NORMAL POSIX_FADV_RANDOM POSIX_FADV_SEQUENTIAL POSIX_FADV_WILLNEED POSIX_FADV_DONTNEED
    POSIX_FADV_NOREUSE
};
const FILE_COMMAND: Names = names! {
    F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN F_DUPFD_CLOEXEC
    F_SETPIPE_SZ F_GETPIPE_SZ F_ADD_SEALS F_GET_SEALS F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW
};
const REQUEST: Names = names! {
    TCGETS TCSETS TCSETSW TCSETSF TCSBRK TCXONC TCFLSH TIOCGPTN TIOCSPTLCK TIOCPKT TIOCSCTTY TIOCNOTTY TIOCGSID TIOCOUTQ TIOCSTI TIOCGWINSZ TIOCSWINSZ TIOCGPGRP TIOCSPGRP FIONREAD FIONBIO FIOCLEX FIONCLEX
};
const LIMIT: Names = names! {
    RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_RSS RLIMIT_NPROC RLIMIT_NOFILE
    RLIMIT_MEMLOCK RLIMIT_AS RLIMIT_LOCKS RLIMIT_SIGPENDING RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME
};
const USAGE: Names = names! { RUSAGE_SELF RUSAGE_CHILDREN RUSAGE_THREAD };
const DOMAIN: Names = names! { AF_UNIX AF_INET AF_INET6 AF_NETLINK };

/// Writes the argument if its name says what it is; tells whether it did.
pub(super) fn argument(
    out: &mut dyn Write,
    row: &str,
    name: &str,
    call: &Call,
    index: usize,
) -> Result<bool, fmt::Error> {
    let register = call.registers[index];
    let value = register as i32;
    match (name, row) {
        ("flags", "open" | "openat") => {
            out.write_str(ACCESS_MODES[(value & abi::O_ACCMODE) as usize])?;
            match value & !abi::O_ACCMODE {
                0 => Ok(()),
                rest => out.write_str("|").and_then(|()| flags(out, rest, OPEN)),
            }
        }
        ("flags", "mmap") => flags(out, value, MAP),
        ("flags", "mremap") => flags(out, value, REMAP),
        ("flags", "msync") => flags(out, value, SYNC),
        ("flags", "pipe2" | "dup3" | "signalfd" | "timerfd_create") => flags(out, value, DESCRIPTOR),
        ("flags", "getrandom") => flags(out, value, RANDOM),
        ("flags", "memfd_create") => flags(out, value, MEMFD),
        ("flags", "eventfd") => flags(out, value, EVENT),
        ("flags", "epoll_create1") => flags(out, value, EPOLL),
        ("flags", _) if row.ends_with("at") || row == "statx" => flags(out, value, AT),
        ("options", "wait4" | "waitid") => flags(out, value, WAIT),
        ("prot", _) | ("access", "__osvrun_protect") if value != 0 => flags(out, value, PROTECTION),
        ("prot", _) => out.write_str("PROT_NONE"),
        ("mode", "access" | "faccessat") if value != 0 => flags(out, value, ACCESS),
        ("mode", "access" | "faccessat") => out.write_str("F_OK"),
        // Without O_CREAT there is no mode, and the register holds anything.
        ("mode", "open" | "openat")
            if call.registers[index - 1] as i32 & (abi::O_CREAT | abi::O_TMPFILE) == 0 =>
        {
            out.write_str("0")
        }
        ("mode" | "mask", "umask") | ("mode", _) if !row.starts_with("__osvrun") && row != "fallocate" => {
            write!(out, "0{value:o}")
        }
        ("dirfd" | "from_fd" | "to_fd", _) if value == abi::AT_FDCWD => out.write_str("AT_FDCWD"),
        ("whence", _) => one_of(out, value, WHENCE),
        ("how", _) => one_of(out, value, HOW),
        ("clock", _) => one_of(out, value, CLOCK),
        ("operation", "epoll_ctl") => one_of(out, value, EPOLL_OPERATION),
        ("advice", "madvise") => one_of(out, value, MEMORY_ADVICE),
        ("advice", _) => one_of(out, value, FILE_ADVICE),
        ("command", "fcntl") => one_of(out, value, FILE_COMMAND),
        ("request", "ioctl") => one_of(out, value, REQUEST),
        ("kind", "getrlimit" | "setrlimit" | "prlimit") => one_of(out, value, LIMIT),
        ("who", "getrusage") => one_of(out, value, USAGE),
        ("domain" | "family", _) => one_of(out, value, DOMAIN),
        ("number" | "signal", _) => match signal_abbreviation(value).and_then(|name| name.to_str().ok()) {
            Some(name) => write!(out, "SIG{name}"),
            None => write!(out, "{value}"),
        },
        ("time" | "timeout", "nanosleep" | "__osvrun_clock_nanosleep" | "sigtimedwait") => {
            return timespec(out, register as usize);
        }
        ("buf", "write" | "pwrite" | "send" | "sendto") => {
            buffer(out, register as usize, call.registers[index + 1] as usize)
        }
        ("buf", _) => match call.result {
            Some(len @ 0..) if row != "osvrun_getcwd" => buffer(out, register as usize, len as usize),
            _ => return Ok(false),
        },
        ("fds", "pipe" | "pipe2") => match UserPtr::<[i32; 2]>::new(register as usize).read() {
            Ok([reads, writes]) if call.result == Some(0) => write!(out, "[{reads}, {writes}]"),
            _ => return Ok(false),
        },
        _ => return Ok(false),
    }?;
    Ok(true)
}

/// Writes flags by name, and in hexadecimal what has none.
fn flags(out: &mut dyn Write, value: i32, names: Names) -> fmt::Result {
    let mut rest = value;
    let mut separator = "";
    for (flag, name) in names {
        if *flag != 0 && rest & flag == *flag {
            write!(out, "{separator}{name}")?;
            rest &= !flag;
            separator = "|";
        }
    }
    match (rest, separator) {
        (0, "") => out.write_str("0"),
        (0, _) => Ok(()),
        _ => write!(out, "{separator}{rest:#x}"),
    }
}

/// Writes the name of a number.
fn one_of(out: &mut dyn Write, value: i32, names: Names) -> fmt::Result {
    match names.iter().find(|(number, _)| *number == value) {
        Some((_, name)) => out.write_str(name),
        None => write!(out, "{value:#x}"),
    }
}

fn timespec(out: &mut dyn Write, address: usize) -> Result<bool, fmt::Error> {
    match UserPtr::<i64>::new(address).read_many(2).as_deref() {
        Ok(&[seconds, nanos]) => {
            write!(out, "{{tv_sec={seconds}, tv_nsec={nanos}}}")?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn shown(row: &str, name: &str, value: i32) -> String {
        let mut out = String::new();
        let call = Call { registers: [value as u64; 6], result: None };
        assert!(argument(&mut out, row, name, &call, 1).expect("a String takes everything"));
        out
    }

    #[test]
    fn flags_have_their_names() {
        let flags = abi::O_WRONLY | abi::O_CREAT | abi::O_CLOEXEC | 0x4000_0000;
        assert_eq!(shown("open", "flags", flags), "O_WRONLY|O_CREAT|O_CLOEXEC|0x40000000");
        assert_eq!(shown("mmap", "flags", 0x22), "MAP_PRIVATE|MAP_ANONYMOUS");
        assert_eq!(shown("mmap", "prot", 0), "PROT_NONE");
        assert_eq!(shown("mprotect", "prot", 5), "PROT_READ|PROT_EXEC");
        assert_eq!(shown("openat", "dirfd", -100), "AT_FDCWD");
        assert_eq!(shown("chmod", "mode", 0o644), "0644");
        assert_eq!(shown("kill", "number", 15), "SIGTERM");
        assert_eq!(shown("lseek", "whence", 9), "0x9");
    }
}
