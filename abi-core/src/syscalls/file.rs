//! Files: the calls whose arguments are not those of a library function.

use core::ffi::{c_int, c_uint, c_void};

use super::signal::check_set_size;
use crate::abi::{self, Errno, iovec, off_t, pollfd, timespec};
use crate::boundary::user::{UserPtr, UserStr};
use crate::fs::ways::Ways;
use crate::ipc::mq::{self, QueueAttributes, ThreadNotice};
use crate::kernel::Context;
use crate::kernel_exports;

type Set = UserPtr<u64>;

/// `O_TMPFILE` without the `O_DIRECTORY` it includes.
const TMPFILE_BIT: c_int = abi::O_TMPFILE & !abi::O_DIRECTORY;
/// The kernel's `O_LARGEFILE`, which glibc's headers call 0.
const LARGE_FILE: c_int = 0o100_000;
/// All flags of open(2).
const OPEN_FLAGS: c_int = abi::O_ACCMODE
    | abi::O_CREAT
    | abi::O_EXCL
    | abi::O_NOCTTY
    | abi::O_TRUNC
    | abi::O_APPEND
    | abi::O_NONBLOCK
    | abi::O_SYNC
    | abi::O_ASYNC
    | abi::O_DIRECT
    | LARGE_FILE
    | abi::O_NOATIME
    | PATH_FLAGS
    | TMPFILE_BIT;
/// Those that `O_PATH` goes with.
const PATH_FLAGS: c_int = abi::O_PATH | abi::O_DIRECTORY | abi::O_NOFOLLOW | abi::O_CLOEXEC;

kernel_exports! { "";
    /// getcwd(2): returns the length, the ending 0 included
    full fn getcwd(cx, buf: usize, size: usize) -> isize { cx.sys_getcwd(buf, size).map(|len| len as isize) }
    /// fadvise64(2)
    full fn fadvise64(cx, fd: c_int, _offset: off_t, len: off_t, advice: c_int) -> c_int {
        cx.sys_fadvise(fd, len, advice)
    }
    /// faccessat(2): without flags
    full fn faccessat(cx, dirfd: c_int, path: UserStr, mode: c_int) -> c_int { cx.sys_faccessat(dirfd, path, mode, 0) }
    /// fchmodat(2): without flags
    full fn fchmodat(cx, dirfd: c_int, path: UserStr, mode: c_uint) -> c_int { cx.sys_fchmodat(dirfd, path, mode, 0) }
    /// fchmodat2(2)
    full fn fchmodat2(cx, dirfd: c_int, path: UserStr, mode: c_uint, flags: c_int) -> c_int {
        cx.sys_fchmodat(dirfd, path, mode, flags)
    }
    /// openat2(2)
    full fn openat2(cx, dirfd: c_int, path: UserStr, how: UserPtr<u64>, size: usize) -> c_int {
        const VERSION_0_BYTES: usize = 24;
        const LARGEST_BYTES: usize = 4096;
        if size < VERSION_0_BYTES {
            return Err(Errno::EINVAL);
        }
        if size > LARGEST_BYTES {
            return Err(Errno::E2BIG);
        }
        let later = UserPtr::<u8>::new(how.add(3).address());
        for index in 0..size - VERSION_0_BYTES {
            if later.add(index).read()? != 0 {
                return Err(Errno::E2BIG);
            }
        }
        let words = how.read_many(3)?;
        let (flags, mode, ways) = (words[0], words[1], Ways::from_resolve(words[2])?);
        let flags = u32::try_from(flags).map_err(|_| Errno::EINVAL)? as c_int;
        let makes = flags & (abi::O_CREAT | TMPFILE_BIT) != 0;
        let is_wrong = flags & !OPEN_FLAGS != 0
            || flags & abi::O_PATH != 0 && flags & !PATH_FLAGS != 0
            || mode & !0o7777 != 0
            || mode != 0 && !makes;
        if is_wrong {
            return Err(Errno::EINVAL);
        }
        if ways.is_cached() && (makes || flags & abi::O_TRUNC != 0) {
            return Err(Errno::EAGAIN);
        }
        cx.open_within(dirfd, path, flags, mode as u32, ways)
    }
    /// pselect6(2): the last argument points to the mask and its size
    full fn pselect6(cx, count: c_int, read: Set, write: Set, except: Set, timeout: UserPtr<timespec>, mask: UserPtr<usize>) -> c_int {
        let set = match mask.non_null() {
            None => UserPtr::new(0),
            Some(pair) => {
                let set = UserPtr::new(pair.read()?);
                if set.non_null().is_some() {
                    check_set_size(pair.add(1).read()?)?;
                }
                set
            }
        };
        cx.counting_down(timeout, || cx.with_signal_mask(set, || cx.sys_pselect(count, [read, write, except], timeout)))
    }
    /// ppoll(2)
    full fn ppoll(cx, fds: UserPtr<pollfd>, count: u64, timeout: UserPtr<timespec>, mask: UserPtr<u64>, set_bytes: usize) -> c_int {
        if mask.non_null().is_some() {
            check_set_size(set_bytes)?;
        }
        cx.counting_down(timeout, || cx.with_signal_mask(mask, || cx.sys_ppoll(fds, count as usize, timeout)))
    }
    /// epoll_pwait(2)
    full fn epoll_pwait(cx, epfd: c_int, events: *mut c_void, max: c_int, timeout_ms: c_int, mask: UserPtr<u64>, ) -> c_int {
        cx.with_signal_mask(mask, || cx.sys_epoll_wait(epfd, events as usize, max, timeout_ms))
    }
    /// epoll_pwait2(2)
    full fn epoll_pwait2(cx, epfd: c_int, events: *mut c_void, max: c_int, timeout: UserPtr<timespec>, mask: UserPtr<u64>) -> c_int {
        cx.with_signal_mask(mask, || cx.sys_epoll_pwait2(epfd, events as usize, max, timeout))
    }
    /// signalfd(2) of old: without flags
    full fn signalfd(cx, fd: c_int, set: UserPtr<u64>, set_bytes: usize) -> c_int {
        check_set_size(set_bytes)?;
        cx.sys_signalfd(fd, set, 0)
    }
    /// signalfd4(2)
    full fn signalfd4(cx, fd: c_int, set: UserPtr<u64>, set_bytes: usize, flags: c_int) -> c_int {
        check_set_size(set_bytes)?;
        cx.sys_signalfd(fd, set, flags)
    }
    /// eventfd(2) of old: without flags
    full fn eventfd(cx, initial: c_uint) -> c_int { cx.sys_eventfd(initial, 0) }
    /// preadv2(2): the offset comes in two words, of which the second is not used where a word has 64 bits
    full fn preadv2(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int, offset: off_t, _high: u64, flags: c_int) -> isize {
        cx.sys_preadv2(fd, vectors, count, offset, flags)
    }
    /// pwritev2(2): see [`preadv2`]
    full fn pwritev2(cx, fd: c_int, vectors: UserPtr<iovec>, count: c_int, offset: off_t, _high: u64, flags: c_int) -> isize {
        cx.sys_pwritev2(fd, vectors, count, offset, flags)
    }
    /// mq_open(2): the name without its slash
    full fn mq_open(cx, name: UserStr, flags: c_int, mode: c_uint, attributes: UserPtr<QueueAttributes>) -> c_int {
        cx.sys_mq_open(mq::read_bare_name(name)?, flags, mode, attributes)
    }
    /// mq_unlink(2): the name without its slash
    full fn mq_unlink(cx, name: UserStr) -> c_int { cx.sys_mq_unlink(&mq::read_bare_name(name)?) }
    /// mq_notify(2)
    full fn mq_notify(cx, fd: c_int, event: UserPtr<u64>) -> c_int {
        cx.sys_mq_notify(fd, event, ThreadNotice::Socket)
    }
    /// mq_getsetattr(2)
    full fn mq_getsetattr(cx, fd: c_int, new: UserPtr<QueueAttributes>, old: UserPtr<QueueAttributes>) -> c_int {
        cx.sys_mq_getsetattr(fd, new, old)
    }
}

impl Context<'_> {
    /// Makes a call with a time limit, and stores what is left of it (pselect6(2), ppoll(2) of the kernel).
    fn counting_down(
        self,
        timeout: UserPtr<timespec>,
        call: impl FnOnce() -> abi::Result<c_int>,
    ) -> abi::Result<c_int> {
        let deadline = self.deadline_of(timeout)?;
        let answer = call();
        if let Some(deadline) = deadline {
            let left = deadline.0.saturating_sub(self.kernel.backend.monotonic().0);
            // The descriptors are the answer, also where the time cannot be written.
            let _ = timeout.write(crate::time::to_timespec(core::time::Duration::from_nanos(left)));
        }
        answer
    }
}
