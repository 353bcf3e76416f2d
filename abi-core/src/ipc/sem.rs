//! System V semaphores: semget(2), semop(2), semctl(2).
//!
//! `SEM_UNDO` adjusts when the process ends; with it the machine does, and so all sets.

use alloc::vec::Vec;

use super::table::Table;
use super::{Permissions, room};
use crate::abi::{self, Errno, Result, timespec};
use crate::backend::Monotonic;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// The most semaphores of a set.
pub(crate) const SEMAPHORES_MAX: i32 = 32_000;
/// The most sets.
pub(crate) const SETS_MAX: usize = 32_000;
/// The most semaphores of all sets.
pub(crate) const ALL_SEMAPHORES_MAX: i32 = 1_024_000_000;
/// The most operations of a call.
pub(crate) const OPERATIONS_MAX: usize = 500;
/// The highest value.
const VALUE_MAX: i32 = 32_767;
const GETPID: i32 = 11;
const GETVAL: i32 = 12;
const GETALL: i32 = 13;
const GETNCNT: i32 = 14;
const GETZCNT: i32 = 15;
const SETVAL: i32 = 16;
const SETALL: i32 = 17;
const SEM_STAT: i32 = 18;
const SEM_INFO: i32 = 19;
const SEM_STAT_ANY: i32 = 20;

/// `struct sembuf`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Operation {
    number: u16,
    change: i16,
    flags: i16,
}

/// `struct semid_ds`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct SetStatus {
    permissions: Permissions,
    operated: i64,
    unused_a: u64,
    changed: i64,
    unused_b: u64,
    count: u64,
    unused: [u64; 2],
}

const _: () = assert!(size_of::<SetStatus>() == 104 && size_of::<Operation>() == 6);

#[derive(Clone, Copy, Default)]
struct Semaphore {
    value: u16,
    last: i32,
    /// How many calls wait for it to grow.
    growth_waiters: u16,
    /// How many calls wait for it to become 0.
    zero_waiters: u16,
}

impl Semaphore {
    fn waiters(&mut self, is_for_zero: bool) -> &mut u16 {
        if is_for_zero { &mut self.zero_waiters } else { &mut self.growth_waiters }
    }
}

struct State {
    semaphores: Vec<Semaphore>,
    operated: i64,
    is_removed: bool,
}

struct Set {
    state: Mutex<State>,
    queue: WaitQueue,
}

/// All sets, as many as Linux has (`SEMMNI`). Its bound on the semaphores of all of them (`SEMMNS`) is just as many times
/// [`SEMAPHORES_MAX`].
#[derive(Default)]
pub(super) struct Sets(Mutex<Table<Set, SETS_MAX>>);

/// What became of a call's operations.
enum Attempt {
    Done,
    /// A semaphore keeps the call waiting: its number, whether for 0, and whether the call may not wait.
    Blocked(usize, bool, bool),
}

impl State {
    /// Carries out all operations or none.
    fn attempt(&mut self, operations: &[Operation]) -> Result<Attempt> {
        if self.is_removed {
            return Err(Errno::EIDRM);
        }
        for (at, operation) in operations.iter().enumerate() {
            let number = usize::from(operation.number);
            let value = &mut self.semaphores[number].value;
            let new = i32::from(*value) + i32::from(operation.change);
            let may_wait = i32::from(operation.flags) & abi::IPC_NOWAIT == 0;
            let obstacle = match operation.change {
                0 if *value != 0 => Ok(Attempt::Blocked(number, true, may_wait)),
                ..0 if new < 0 => Ok(Attempt::Blocked(number, false, may_wait)),
                _ if new > VALUE_MAX => Err(Errno::ERANGE),
                _ => {
                    *value = new as u16;
                    continue;
                }
            };
            self.undo(&operations[..at]);
            return obstacle;
        }
        for operation in operations {
            self.semaphores[usize::from(operation.number)].last = abi::PID;
        }
        Ok(Attempt::Done)
    }

    fn undo(&mut self, operations: &[Operation]) {
        for operation in operations {
            let value = &mut self.semaphores[usize::from(operation.number)].value;
            *value = value.wrapping_sub_signed(operation.change);
        }
    }
}

impl Context<'_> {
    /// semget(2)
    pub fn sys_semget(self, key: i32, count: i32, flags: i32) -> Result<i32> {
        if !(0..=SEMAPHORES_MAX).contains(&count) {
            return Err(Errno::EINVAL);
        }
        let fits = |set: &Set| {
            let has = set.state.lock().semaphores.len();
            if count as usize > has { Err(Errno::EINVAL) } else { Ok(()) }
        };
        let make = |_| {
            if count == 0 {
                return Err(Errno::EINVAL);
            }
            let semaphores = room(count as usize)?;
            let state = State { semaphores, operated: 0, is_removed: false };
            Ok(Set { state: Mutex::new(state), queue: WaitQueue::new() })
        };
        self.kernel.ipc.sem.0.lock().get(key, flags, self.now_seconds(), fits, make)
    }

    /// semtimedop(2); no time is no limit.
    pub fn sys_semtimedop(
        self,
        id: i32,
        operations: UserPtr<Operation>,
        count: usize,
        time: UserPtr<timespec>,
    ) -> Result<i32> {
        if count == 0 || id < 0 {
            return Err(Errno::EINVAL);
        }
        if count > OPERATIONS_MAX {
            return Err(Errno::E2BIG);
        }
        let operations = operations.read_many(count)?;
        let deadline = match time.non_null() {
            None => None,
            Some(time) => {
                let time = crate::time::duration(time.read()?)?;
                Some(self.kernel.backend.monotonic().saturating_add(time))
            }
        };
        let set = self.kernel.ipc.sem.0.lock().find(id)?.object.clone();
        let size = set.state.lock().semaphores.len();
        if operations.iter().any(|operation| usize::from(operation.number) >= size) {
            return Err(Errno::EFBIG);
        }
        self.operate(&set, &operations, deadline)
    }

    fn operate(self, set: &Set, operations: &[Operation], deadline: Option<Monotonic>) -> Result<i32> {
        let mut waits_for: Option<(usize, bool)> = None;
        let leave = |state: &mut State, waits_for: &mut Option<(usize, bool)>| {
            if let Some((number, is_for_zero)) = waits_for.take() {
                *state.semaphores[number].waiters(is_for_zero) -= 1;
            }
        };
        let result = set.queue.wait_until(self, deadline, || {
            let mut state = set.state.lock();
            leave(&mut state, &mut waits_for);
            match state.attempt(operations)? {
                Attempt::Done => {
                    state.operated = self.now_seconds();
                    Ok(Ok(0))
                }
                Attempt::Blocked(_, _, false) => Ok(Err(Errno::EAGAIN)),
                Attempt::Blocked(number, is_for_zero, true) => {
                    waits_for = Some((number, is_for_zero));
                    *state.semaphores[number].waiters(is_for_zero) += 1;
                    Err(Errno::EAGAIN)
                }
            }
        });
        leave(&mut set.state.lock(), &mut waits_for);
        let done = result??;
        if operations.iter().any(|operation| operation.change != 0) {
            set.queue.notify();
        }
        Ok(done)
    }

    /// semctl(2)
    pub fn sys_semctl(self, id: i32, number: i32, command: i32, argument: usize) -> Result<i32> {
        let sets = &self.kernel.ipc.sem.0;
        match command {
            abi::IPC_INFO | SEM_INFO => {
                let (mut used, mut all) = (20, VALUE_MAX);
                let table = sets.lock();
                let highest = table.highest();
                if command == SEM_INFO {
                    used = table.all().count() as i32;
                    all = table.all().map(|entry| entry.object.state.lock().semaphores.len() as i32).sum();
                }
                drop(table);
                let (sets, many, at_once) = (SETS_MAX as i32, ALL_SEMAPHORES_MAX, OPERATIONS_MAX as i32);
                let values = [many, sets, many, many, SEMAPHORES_MAX, at_once, at_once, used, VALUE_MAX, all];
                UserPtr::<i32>::new(argument).write_many(&values)?;
                return Ok(highest);
            }
            abi::IPC_STAT | SEM_STAT | SEM_STAT_ANY => {
                let mut table = sets.lock();
                let (id, entry) = table.find_either(id, command != abi::IPC_STAT)?;
                let state = entry.object.state.lock();
                let status = SetStatus {
                    permissions: entry.permissions,
                    operated: state.operated,
                    changed: entry.changed,
                    count: state.semaphores.len() as u64,
                    ..SetStatus::default()
                };
                drop(state);
                drop(table);
                UserPtr::new(argument).write(status)?;
                return Ok(if command == abi::IPC_STAT { 0 } else { id });
            }
            abi::IPC_SET => {
                sets.lock().find(id)?;
                let new = UserPtr::<SetStatus>::new(argument).read()?;
                sets.lock().find(id)?.set(&new.permissions, self.now_seconds());
                return Ok(0);
            }
            abi::IPC_RMID => {
                let entry = sets.lock().remove(id)?;
                entry.object.state.lock().is_removed = true;
                entry.object.queue.notify();
                return Ok(0);
            }
            _ => {}
        }
        let set = sets.lock().find(id)?.object.clone();
        match command {
            GETALL => {
                let count = set.state.lock().semaphores.len();
                let mut values = room::<u16>(count)?;
                for (value, semaphore) in values.iter_mut().zip(&set.state.lock().semaphores) {
                    *value = semaphore.value;
                }
                UserPtr::<u16>::new(argument).write_many(&values)?;
                Ok(0)
            }
            SETALL => {
                let count = set.state.lock().semaphores.len();
                let values = UserPtr::<u16>::new(argument).read_many(count)?;
                if values.iter().any(|&value| i32::from(value) > VALUE_MAX) {
                    return Err(Errno::ERANGE);
                }
                for (semaphore, value) in set.state.lock().semaphores.iter_mut().zip(values) {
                    (semaphore.value, semaphore.last) = (value, abi::PID);
                }
                self.semaphores_changed(id, &set)
            }
            GETPID | GETVAL | GETNCNT | GETZCNT | SETVAL => {
                let mut state = set.state.lock();
                let semaphore =
                    usize::try_from(number).ok().and_then(|number| state.semaphores.get_mut(number));
                let semaphore = semaphore.ok_or(Errno::EINVAL)?;
                match command {
                    GETPID => Ok(semaphore.last),
                    GETVAL => Ok(i32::from(semaphore.value)),
                    GETNCNT => Ok(i32::from(semaphore.growth_waiters)),
                    GETZCNT => Ok(i32::from(semaphore.zero_waiters)),
                    _ => {
                        let value = argument as i32;
                        if !(0..=VALUE_MAX).contains(&value) {
                            return Err(Errno::ERANGE);
                        }
                        (semaphore.value, semaphore.last) = (value as u16, abi::PID);
                        drop(state);
                        self.semaphores_changed(id, &set)
                    }
                }
            }
            _ => Err(Errno::EINVAL),
        }
    }

    fn semaphores_changed(self, id: i32, set: &Set) -> Result<i32> {
        if let Ok(entry) = self.kernel.ipc.sem.0.lock().find(id) {
            entry.changed = self.now_seconds();
        }
        set.queue.notify();
        Ok(0)
    }
}
