//! Areas: which calls belong together, by the header that declares them.

use alloc::format;
use alloc::string::String;

use crate::boundary::door::Row;

/// Which calls are traced: bits of areas; empty is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TraceAreas(pub u32);

/// The areas, in the order of their bits.
const NAMES: [&str; 10] =
    ["file", "memory", "thread", "signal", "time", "process", "net", "poll", "random", "loader"];

const FILE: u32 = 1 << 0;
const MEMORY: u32 = 1 << 1;
const THREAD: u32 = 1 << 2;
const SIGNAL: u32 = 1 << 3;
const TIME: u32 = 1 << 4;
const PROCESS: u32 = 1 << 5;
const NET: u32 = 1 << 6;
const POLL: u32 = 1 << 7;
const RANDOM: u32 = 1 << 8;
const LOADER: u32 = 1 << 9;

impl TraceAreas {
    /// Every area.
    pub const ALL: Self = Self(u32::MAX);

    /// Reads `all` or names with commas between; says which names there are if one is not.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut areas = 0;
        for name in text.split(',') {
            areas |= match NAMES.iter().position(|known| *known == name) {
                Some(bit) => 1 << bit,
                None if name == "all" => u32::MAX,
                None => return Err(format!("no area is called '{name}'; there are all,{}", NAMES.join(","))),
            };
        }
        Ok(Self(areas))
    }

    /// Tells whether one of `other`'s areas is among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the areas of a call.
    pub fn of(row: &Row) -> Self {
        let header = row.header.rsplit('/').next().unwrap_or_default();
        Self(of_header(header.strip_suffix(".rs").unwrap_or(header), row.name))
    }
}

fn of_header(header: &str, name: &str) -> u32 {
    match name {
        // Where one header declares calls of several areas.
        "brk" | "sbrk" | "__osvrun_free_pages" => return MEMORY,
        "mmap" | "mremap" | "memfd_create" => return MEMORY | FILE,
        "pause" | "alarm" | "sigsuspend" => return SIGNAL,
        "gettid" | "_exit" | "sethostname" | "setdomainname" => return PROCESS,
        "getrusage" => return PROCESS | TIME,
        "__osvrun_futex" => return THREAD,
        "__osvrun_protect" => return LOADER | MEMORY,
        "abort" | "__osvrun_fatal" => return PROCESS | SIGNAL,
        _ if name.starts_with("shm") => return MEMORY,
        _ if name.starts_with("timerfd_") => return TIME | POLL,
        _ if name.starts_with("signalfd") => return SIGNAL | POLL,
        _ => {}
    }
    match header {
        "unistd" | "fcntl" | "sys_file" | "sys_ioctl" | "sys_mount" | "sys_stat" | "sys_statfs"
        | "sys_uio" | "sys_xattr" | "sys_inotify" | "dirent" | "stdio" | "termios" | "pty" | "utime" => FILE,
        "sys_mman" | "malloc" => MEMORY,
        "thread_rows" | "threads" | "pthread" | "futex" | "sched" | "semaphore" => THREAD,
        "signal" => SIGNAL,
        "sys_time" | "sys_times" | "time_h" => TIME,
        "sys_socket" | "sys_un" | "netdb" | "arpa_inet" | "net_if" | "ifaddrs" => NET,
        "poll" | "sys_epoll" | "sys_eventfd" | "sys_select" => POLL,
        "sys_random" => RANDOM,
        "dlfcn" | "link_h" | "start" => LOADER,
        _ => PROCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_read_and_unknown_ones_named() {
        assert_eq!(TraceAreas::parse("file,net"), Ok(TraceAreas(FILE | NET)));
        assert_eq!(TraceAreas::parse("all"), Ok(TraceAreas::ALL));
        let error = TraceAreas::parse("file,fs").expect_err("no such area");
        assert!(error.contains("'fs'") && error.contains("memory"), "{error}");
    }

    #[test]
    fn calls_belong_to_their_header_or_an_area_of_their_own() {
        assert_eq!(of_header("unistd", "read"), FILE);
        assert_eq!(of_header("unistd", "sbrk"), MEMORY);
        assert_eq!(of_header("sys_wait", "wait4"), PROCESS);
    }
}
