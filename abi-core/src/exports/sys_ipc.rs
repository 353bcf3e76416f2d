//! `sys/shm.h`, `sys/sem.h`, `sys/msg.h` and `mqueue.h`

use core::ffi::{c_int, c_long, c_uint};

use crate::abi::timespec;
use crate::boundary::user::{UserPtr, UserStr};
use crate::ipc::mq::{self, QueueAttributes, ThreadNotice};
use crate::ipc::sem::Operation;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// shmget(2)
    full fn shmget(cx, key: c_int, size: usize, flags: c_int) -> c_int { cx.sys_shmget(key, size, flags) }
    /// shmat(2)
    full fn shmat(cx, id: c_int, address: usize, flags: c_int) -> usize { cx.sys_shmat(id, address, flags) }
    /// shmdt(2)
    full fn shmdt(cx, address: usize) -> c_int { cx.sys_shmdt(address) }
    /// shmctl(2)
    full fn shmctl(cx, id: c_int, command: c_int, argument: usize) -> c_int { cx.sys_shmctl(id, command, argument) }
    /// semget(2)
    full fn semget(cx, key: c_int, count: c_int, flags: c_int) -> c_int { cx.sys_semget(key, count, flags) }
    /// semop(2)
    full fn semop(cx, id: c_int, operations: UserPtr<Operation>, count: usize) -> c_int {
        cx.sys_semtimedop(id, operations, count, UserPtr::new(0))
    }
    /// semtimedop(2)
    full fn semtimedop(
        cx, id: c_int, operations: UserPtr<Operation>, count: usize, time: UserPtr<timespec>
    ) -> c_int {
        cx.sys_semtimedop(id, operations, count, time)
    }
    /// semctl(2)
    full fn semctl(cx, id: c_int, number: c_int, command: c_int, argument: usize) -> c_int {
        cx.sys_semctl(id, number, command, argument)
    }
    /// msgget(2)
    full fn msgget(cx, key: c_int, flags: c_int) -> c_int { cx.sys_msgget(key, flags) }
    /// msgsnd(2)
    full fn msgsnd(cx, id: c_int, message: usize, len: usize, flags: c_int) -> c_int {
        cx.sys_msgsnd(id, message, len, flags)
    }
    /// msgrcv(2)
    full fn msgrcv(cx, id: c_int, out: usize, len: usize, kind: c_long, flags: c_int) -> isize {
        cx.sys_msgrcv(id, out, len, kind, flags)
    }
    /// msgctl(2)
    full fn msgctl(cx, id: c_int, command: c_int, argument: usize) -> c_int { cx.sys_msgctl(id, command, argument) }
    /// mq_open(3)
    full fn mq_open(cx, name: UserStr, flags: c_int, mode: c_uint, attributes: UserPtr<QueueAttributes>) -> c_int {
        cx.sys_mq_open(mq::read_name(name)?, flags, mode, attributes)
    }
    /// mq_unlink(3)
    full fn mq_unlink(cx, name: UserStr) -> c_int { cx.sys_mq_unlink(&mq::read_name(name)?) }
    /// mq_send(3)
    full fn mq_send(cx, fd: c_int, text: usize, len: usize, priority: c_uint) -> c_int {
        cx.sys_mq_timedsend(fd, text, len, priority, UserPtr::new(0))
    }
    /// mq_timedsend(3)
    full fn mq_timedsend(
        cx, fd: c_int, text: usize, len: usize, priority: c_uint, time: UserPtr<timespec>
    ) -> c_int {
        cx.sys_mq_timedsend(fd, text, len, priority, time)
    }
    /// mq_receive(3)
    full fn mq_receive(cx, fd: c_int, out: usize, len: usize, priority: UserPtr<u32>) -> isize {
        cx.sys_mq_timedreceive(fd, out, len, priority, UserPtr::new(0))
    }
    /// mq_timedreceive(3)
    full fn mq_timedreceive(
        cx, fd: c_int, out: usize, len: usize, priority: UserPtr<u32>, time: UserPtr<timespec>
    ) -> isize {
        cx.sys_mq_timedreceive(fd, out, len, priority, time)
    }
    /// mq_getattr(3)
    full fn mq_getattr(cx, fd: c_int, out: UserPtr<QueueAttributes>) -> c_int {
        cx.sys_mq_getsetattr(fd, UserPtr::new(0), out)
    }
    /// mq_setattr(3)
    full fn mq_setattr(cx, fd: c_int, new: UserPtr<QueueAttributes>, old: UserPtr<QueueAttributes>) -> c_int {
        cx.sys_mq_getsetattr(fd, new, old)
    }
    /// mq_notify(3)
    full fn mq_notify(cx, fd: c_int, event: UserPtr<u64>) -> c_int {
        cx.sys_mq_notify(fd, event, ThreadNotice::Call)
    }
}

/// mq_open(3) with two arguments.
unsafe extern "C" fn mq_open_2(name: UserStr, flags: c_int) -> c_int {
    // SAFETY: the caller's string.
    unsafe { mq_open(name, flags, 0, UserPtr::new(0)) }
}

pure_exports! { "libc.so.6";
    full mq_close = super::unistd::close;
    full __mq_open_2 = mq_open_2;
}
