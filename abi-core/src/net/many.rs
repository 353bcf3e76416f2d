//! sendmmsg(2) and recvmmsg(2): several messages with one call.

use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::mux::timer::to_duration;

/// `sizeof(struct mmsghdr)`, and where its `msg_len` is.
const EACH_BYTES: usize = 64;
const LEN_OFFSET: usize = 56;
/// The most messages of one call (`UIO_MAXIOV`).
const MAX_MESSAGES: u32 = 1024;

/// Makes one call for each message, until one fails or says that it was the last; returns how many went well.
fn each_message(
    messages: usize,
    count: u32,
    mut one: impl FnMut(usize) -> Result<(isize, bool)>,
) -> (i32, Option<Errno>) {
    let mut done = 0;
    for at in (0..count.min(MAX_MESSAGES) as usize).map(|i| messages.wrapping_add(i * EACH_BYTES)) {
        let result = one(at).and_then(|(len, goes_on)| {
            UserPtr::<u32>::new(at.wrapping_add(LEN_OFFSET)).write(len as u32)?;
            Ok(goes_on)
        });
        match result {
            Ok(true) => done += 1,
            Ok(false) => return (done + 1, None),
            Err(error) => return (done, Some(error)),
        }
    }
    (done, None)
}

impl Context<'_> {
    /// sendmmsg(2)
    pub fn sys_sendmmsg(self, fd: i32, messages: usize, count: u32, flags: i32) -> Result<i32> {
        self.socket_file(fd)?;
        let sent = each_message(messages, count, |at| Ok((self.sys_sendmsg(fd, at, flags)?, true)));
        match sent {
            (0, Some(error)) => Err(error),
            (done, _) => Ok(done),
        }
    }

    /// recvmmsg(2)
    pub fn sys_recvmmsg(
        self,
        fd: i32,
        messages: usize,
        count: u32,
        mut flags: i32,
        timeout: UserPtr<abi::timespec>,
    ) -> Result<i32> {
        let timeout = timeout.non_null();
        let deadline = match timeout {
            Some(timeout) => {
                let duration = to_duration(timeout.read()?)?;
                Some(self.kernel.backend.monotonic().saturating_add(duration))
            }
            None => None,
        };
        let open = self.socket_file(fd)?;
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        socket.state.lock().take_error()?;
        let waits_for_one = flags & abi::MSG_WAITFORONE != 0;
        flags &= !abi::MSG_WAITFORONE;
        let (done, error) = each_message(messages, count, |at| {
            let len = self.sys_recvmsg(fd, at, flags)?;
            if waits_for_one {
                flags |= abi::MSG_DONTWAIT;
            }
            // The time is looked at between messages only, as on Linux.
            Ok((len, deadline.is_none_or(|deadline| deadline > self.kernel.backend.monotonic())))
        });
        if let (Some(timeout), Some(deadline), 1..) = (timeout, deadline, done) {
            let left = deadline.0.saturating_sub(self.kernel.backend.monotonic().0);
            let (seconds, nanos) = (left / 1_000_000_000, left % 1_000_000_000);
            timeout.write(abi::timespec { tv_sec: seconds as i64, tv_nsec: nanos as i64 })?;
        }
        match error {
            Some(error) if done == 0 => Err(error),
            Some(error) => {
                if error != Errno::EAGAIN {
                    socket.state.lock().error = Some(error);
                }
                Ok(done)
            }
            None => Ok(done),
        }
    }
}
