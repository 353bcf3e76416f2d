//! Names and addresses of network interfaces, as if_nametoindex(3) and getifaddrs(3) tell them: what the kernel says
//! through ioctl(2), of IPv6 through `/proc/net/if_inet6`, and of what went over a link through `/proc/net/dev`.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use crate::abi::{
    AF_INET, AF_INET6, AF_PACKET, IFNAMSIZ, SIOCGIFADDR, SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFHWADDR,
    SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFNETMASK, SOCK_CLOEXEC, SOCK_DGRAM, ifaddrs, in_addr, in6_addr,
    sockaddr, sockaddr_in, sockaddr_in6, sockaddr_ll,
};
use crate::boundary::user::UserStr;
use crate::exports::{fcntl, sys_ioctl, sys_socket, unistd};
use crate::libc::malloc;

/// The most interfaces that are told of.
const MAX_INTERFACES: usize = 16;

/// `struct ifreq`
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub struct Request {
    /// The interface's name.
    pub name: [u8; IFNAMSIZ],
    value: [u8; 24],
}

impl Request {
    const EMPTY: Self = Self { name: [0; IFNAMSIZ], value: [0; 24] };

    /// Asks about the interface with a name; a longer one is none's.
    pub fn named(name: &[u8]) -> Option<Self> {
        let mut request = Self::EMPTY;
        request.name.get_mut(..name.len()).filter(|room| room.len() < IFNAMSIZ)?.copy_from_slice(name);
        Some(request)
    }

    /// Asks about the interface with a number.
    pub fn numbered(index: u32) -> Self {
        let mut request = Self::EMPTY;
        request.value[..4].copy_from_slice(&index.to_ne_bytes());
        request
    }

    /// Returns the name without what follows it.
    pub fn text(&self) -> &[u8] {
        self.name.split(|&byte| byte == 0).next().unwrap_or_default()
    }

    /// Returns the value as a number.
    pub fn number(&self) -> u32 {
        u32::from_ne_bytes([self.value[0], self.value[1], self.value[2], self.value[3]])
    }
}

/// A socket to ask through, closed at its end.
pub struct Asker(c_int);

impl Asker {
    /// Makes one; `None` with errno set.
    pub fn new() -> Option<Self> {
        // SAFETY: socket(2) takes numbers.
        let fd = unsafe { sys_socket::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
        (fd >= 0).then_some(Self(fd))
    }

    /// Makes a request; `None` with errno set.
    fn ask(&self, request: u64, mut about: Request) -> Option<Request> {
        // SAFETY: the request is a whole `struct ifreq`.
        let result = unsafe { sys_ioctl::ioctl(self.0, request, (&raw mut about).addr()) };
        (result == 0).then_some(about)
    }

    /// Returns the number of an interface.
    pub fn index(&self, name: &[u8]) -> Option<u32> {
        self.ask(SIOCGIFINDEX, Request::named(name)?).map(|answer| answer.number())
    }

    /// Returns the name of an interface.
    pub fn name(&self, index: u32) -> Option<Request> {
        self.ask(SIOCGIFNAME, Request::numbered(index))
    }

    /// Returns the interfaces that have an address of IPv4, and how many there are.
    pub fn list(&self) -> Option<([Request; MAX_INTERFACES], usize)> {
        let mut found = [Request::EMPTY; MAX_INTERFACES];
        let mut ask: [usize; 2] = [size_of_val(&found), (&raw mut found).addr()];
        // SAFETY: a length and a pointer, as `struct ifconf` has them.
        let result = unsafe { sys_ioctl::ioctl(self.0, SIOCGIFCONF, (&raw mut ask).addr()) };
        (result == 0).then_some((found, ask[0] as u32 as usize / size_of::<Request>()))
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        let before = crate::libc::errno();
        // SAFETY: the descriptor is ours.
        unsafe { unistd::close(self.0) };
        crate::libc::set_errno(before);
    }
}

/// Any address that an interface may have.
#[repr(C)]
#[derive(Clone, Copy)]
union Any {
    four: sockaddr_in,
    six: sockaddr_in6,
    link: sockaddr_ll,
}

/// One element of the list with what it points to.
#[repr(C)]
struct Entry {
    head: ifaddrs,
    address: Any,
    mask: Any,
    destination: Any,
    name: [u8; IFNAMSIZ],
    statistics: Statistics,
}

/// `struct rtnl_link_stats`, which `ifa_data` of a link points to.
type Statistics = [u32; 24];
/// Where in it the numbers of a line of `/proc/net/dev` are: what was received, then what was sent.
const PLACES: [usize; 16] = [2, 0, 4, 6, 14, 13, 21, 8, 3, 1, 5, 7, 18, 9, 17, 22];

/// A list under construction, in one piece of memory.
struct List {
    entries: *mut Entry,
    count: usize,
    room: usize,
}

impl List {
    /// Adds an entry. Its addresses are those given, or none.
    fn add(&mut self, name: &Request, flags: u32, address: Any, mask: Option<Any>, destination: Option<Any>) {
        if self.count == self.room {
            return;
        }
        // SAFETY: the memory has room for so many entries, zeroed, and is nobody else's yet.
        unsafe {
            let entry = self.entries.add(self.count);
            (*entry).name = name.name;
            (*entry).address = address;
            (*entry).head.ifa_name = (&raw mut (*entry).name).cast();
            (*entry).head.ifa_flags = flags;
            (*entry).head.ifa_addr = (&raw mut (*entry).address).cast::<sockaddr>();
            if let Some(mask) = mask {
                (*entry).mask = mask;
                (*entry).head.ifa_netmask = (&raw mut (*entry).mask).cast::<sockaddr>();
            }
            if let Some(destination) = destination {
                (*entry).destination = destination;
                (*entry).head.ifa_ifu = (&raw mut (*entry).destination).cast::<sockaddr>();
            }
            if self.count > 0 {
                (*self.entries.add(self.count - 1)).head.ifa_next = entry.cast();
            }
        }
        self.count += 1;
    }

    /// Gives the last entry what went over its link.
    fn add_statistics(&mut self, statistics: Statistics) {
        let Some(last) = self.count.checked_sub(1) else { return };
        // SAFETY: the entry is there, and nobody else's yet.
        unsafe {
            let entry = self.entries.add(last);
            (*entry).statistics = statistics;
            (*entry).head.ifa_data = (&raw mut (*entry).statistics).cast();
        }
    }
}

fn four(answer: &Request) -> Any {
    let ip = u32::from_ne_bytes([answer.value[4], answer.value[5], answer.value[6], answer.value[7]]);
    Any {
        four: sockaddr_in {
            sin_family: AF_INET as u16,
            sin_port: 0,
            sin_addr: in_addr { s_addr: ip },
            sin_zero: [0; 8],
        },
    }
}

fn six(bytes: [u8; 16]) -> Any {
    Any {
        six: sockaddr_in6 {
            sin6_family: AF_INET6 as u16,
            sin6_port: 0,
            sin6_flowinfo: 0,
            sin6_addr: in6_addr { s6_addr: bytes },
            sin6_scope_id: 0,
        },
    }
}

fn link(index: u32, answer: &Request) -> Any {
    let mut hardware = [0; 8];
    hardware[..6].copy_from_slice(&answer.value[2..8]);
    Any {
        link: sockaddr_ll {
            sll_family: AF_PACKET as u16,
            sll_protocol: 0,
            sll_ifindex: index as c_int,
            sll_hatype: u16::from_ne_bytes([answer.value[0], answer.value[1]]),
            sll_pkttype: 0,
            sll_halen: 6,
            sll_addr: hardware,
        },
    }
}

/// One line of `/proc/net/if_inet6`: address, interface's number, length of the prefix.
fn parse_six(line: &[u8]) -> Option<([u8; 16], u32, usize)> {
    let mut fields = line.split(|&byte| byte == b' ').filter(|field| !field.is_empty());
    let number = |field: Option<&[u8]>| u128::from_str_radix(core::str::from_utf8(field?).ok()?, 16).ok();
    let (address, index) = (number(fields.next())?, number(fields.next())?);
    let prefix = number(fields.next()).filter(|prefix| *prefix <= 128)?;
    Some((address.to_be_bytes(), index as u32, prefix as usize))
}

/// Finds an interface's line of `/proc/net/dev`.
fn parse_statistics(text: &[u8], name: &[u8]) -> Option<Statistics> {
    let numbers = text.split(|&byte| byte == b'\n').find_map(|line| {
        line.trim_ascii_start().strip_prefix(name).and_then(|rest| rest.strip_prefix(b":"))
    })?;
    let mut statistics = [0; 24];
    let fields = numbers.split(|&byte| byte == b' ').filter(|field| !field.is_empty());
    for (field, place) in fields.zip(PLACES) {
        let number: u64 = core::str::from_utf8(field).ok()?.parse().ok()?;
        // The old structure has what fits.
        statistics[place] = number as u32;
    }
    Some(statistics)
}

fn prefix_mask(len_bits: usize) -> [u8; 16] {
    u128::MAX.checked_shl(128 - len_bits as u32).unwrap_or(0).to_be_bytes()
}

/// Reads a small file whole; returns how much it was.
fn read_file(path: &core::ffi::CStr, buf: &mut [u8]) -> usize {
    // SAFETY: the path ends with a NUL, the buffer is ours.
    unsafe {
        let fd = fcntl::open(
            UserStr::new(path.as_ptr() as usize),
            crate::abi::O_RDONLY | crate::abi::O_CLOEXEC,
            0,
        );
        if fd < 0 {
            return 0;
        }
        let n = unistd::read(fd, buf.as_mut_ptr().cast::<c_void>(), buf.len());
        unistd::close(fd);
        usize::try_from(n).unwrap_or(0)
    }
}

/// Makes the list of getifaddrs(3): links, then addresses of IPv4, then of IPv6. `None` with errno set.
pub fn addresses() -> Option<*mut ifaddrs> {
    let asker = Asker::new()?;
    let (found, count) = asker.list()?;
    let found = &found[..count.min(MAX_INTERFACES)];
    let mut text = [0; 4096];
    let mut links = [0; 4096];
    let before = crate::libc::errno();
    let len = read_file(c"/proc/net/if_inet6", &mut text);
    let links_len = read_file(c"/proc/net/dev", &mut links);
    crate::libc::set_errno(before);
    let sixes = || text[..len].split(|&byte| byte == b'\n').filter_map(parse_six);
    let room = 2 * found.len() + sixes().count();
    // SAFETY: calloc takes numbers.
    let entries = unsafe { malloc::calloc(room.max(1), size_of::<Entry>()) }.cast::<Entry>();
    if entries.is_null() {
        return None;
    }
    let mut list = List { entries, count: 0, room };
    let flags_of = |one: &Request| asker.ask(SIOCGIFFLAGS, *one).map_or(0, |answer| answer.number() & 0xffff);
    for one in found {
        let (index, hardware) = (asker.index(one.text()), asker.ask(SIOCGIFHWADDR, *one));
        if let (Some(index), Some(hardware)) = (index, hardware) {
            list.add(one, flags_of(one), link(index, &hardware), None, None);
            if let Some(statistics) = parse_statistics(&links[..links_len], one.text()) {
                list.add_statistics(statistics);
            }
        }
    }
    for one in found {
        let (address, mask) = (asker.ask(SIOCGIFADDR, *one), asker.ask(SIOCGIFNETMASK, *one));
        if let (Some(address), Some(mask)) = (address, mask) {
            list.add(one, flags_of(one), four(&address), Some(four(&mask)), Some(four(&address)));
        }
    }
    for (address, index, prefix) in sixes() {
        if let Some(one) = asker.name(index) {
            list.add(&one, flags_of(&one), six(address), Some(six(prefix_mask(prefix))), None);
        }
    }
    if list.count == 0 {
        // SAFETY: the memory is ours, and nobody saw it.
        unsafe { malloc::free(entries.cast()) };
        return Some(null_mut());
    }
    Some(entries.cast())
}

/// Writes a name with its NUL.
///
/// # Safety
/// `to` has room for `IF_NAMESIZE` bytes.
pub unsafe fn put_name(to: *mut c_char, request: &Request) {
    let text = request.text();
    // SAFETY: a name is shorter than the room that the caller promises.
    unsafe {
        to.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
        to.add(text.len()).write(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_addresses_are_read_or_left_out() {
        let line = b"00000000000000000000000000000001 01 80 10 80       lo";
        assert_eq!(parse_six(line), Some((1u128.to_be_bytes(), 1, 128)));
        assert_eq!(parse_six(b"fe80 2 81"), None);
        assert_eq!(parse_six(b""), None);
        let lines = b"face |bytes\n    lo:  1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n  eth0: 1\n";
        let statistics = parse_statistics(lines, b"lo").unwrap();
        assert_eq!(statistics[..10], [2, 10, 1, 9, 3, 11, 4, 12, 8, 14]);
        assert_eq!(parse_statistics(lines, b"l"), None);
        assert_eq!((prefix_mask(0)[0], prefix_mask(9)[1], prefix_mask(128)[15]), (0, 0x80, 0xff));
    }
}
