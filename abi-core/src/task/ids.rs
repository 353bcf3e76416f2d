//! Users, groups, sessions and capabilities: there is one of each.

use core::sync::atomic::Ordering;

use crate::abi::{self, Errno, PID, Result};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// Version of capget(2)'s data with 64 capabilities, in two parts.
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;
const CAPABILITY_VERSION_1: u32 = 0x1998_0330;
/// Capabilities 0 to 40.
pub const ALL_CAPABILITIES: u64 = (1 << 41) - 1;

impl Context<'_> {
    /// The program asks to be somebody else: `EPERM`. If it fails then, [`Context::exit_program`] says why.
    fn another_user<T>(self) -> Result<T> {
        self.kernel.tasks.flags.wants_users.store(true, Ordering::Relaxed);
        Err(Errno::EPERM)
    }

    /// set*id(2): every id must be 0, or -1 where it may be left alone.
    pub fn sys_setids(self, ids: &[u32]) -> Result<i32> {
        let may_skip = ids.len() > 1;
        match ids.iter().all(|id| *id == 0 || (may_skip && *id == u32::MAX)) {
            true => Ok(0),
            false if !may_skip && ids == [u32::MAX] => Err(Errno::EINVAL),
            false => self.another_user(),
        }
    }

    /// getresuid(2)
    pub fn sys_getids(self, out: [UserPtr<u32>; 3]) -> Result<i32> {
        out.iter().try_for_each(|id| id.write(0))?;
        Ok(0)
    }

    /// getgroups(2): group 0.
    pub fn sys_getgroups(self, count: i32, list: UserPtr<u32>) -> Result<i32> {
        match count {
            ..0 => return Err(Errno::EINVAL),
            0 => {}
            _ => list.write(0)?,
        }
        Ok(1)
    }

    /// setgroups(2)
    pub fn sys_setgroups(self, count: usize, list: UserPtr<u32>) -> Result<i32> {
        if count > 65536 {
            return Err(Errno::EINVAL);
        }
        let is_ours = list.read_many(count)?.iter().all(|group| *group == 0);
        if is_ours { Ok(0) } else { self.another_user() }
    }

    /// Answers for a process number: that of the one process, for 0 or itself.
    pub fn own_pid(self, pid: i32) -> Result<i32> {
        if pid == 0 || pid == PID { Ok(PID) } else { Err(Errno::ESRCH) }
    }

    fn capability_parts(self, header: UserPtr<u32>) -> Result<usize> {
        let (version, pid) = (header.read()?, header.add(1).read()? as i32);
        let parts = match version {
            CAPABILITY_VERSION_1 => 1,
            CAPABILITY_VERSION_3 | 0x2007_1026 => 2,
            _ => {
                header.write(CAPABILITY_VERSION_3)?;
                return Err(Errno::EINVAL);
            }
        };
        self.own_pid(pid)?;
        Ok(parts)
    }

    /// capget(2): all of them, as root has.
    pub fn sys_capget(self, header: UserPtr<u32>, data: UserPtr<u32>) -> Result<i32> {
        let parts = match self.capability_parts(header) {
            Err(Errno::EINVAL) if data.is_null() => return Ok(0),
            Err(Errno::ESRCH) if (header.add(1).read()? as i32) < 0 => return Err(Errno::EINVAL),
            parts => parts?,
        };
        for part in 0..parts {
            let bits = (ALL_CAPABILITIES >> (32 * part)) as u32;
            data.add(3 * part).write_many(&[bits, bits, 0])?;
        }
        Ok(0)
    }

    /// capset(2): capabilities there are may be kept or dropped; none is ever asked for.
    pub fn sys_capset(self, header: UserPtr<u32>, data: UserPtr<u32>) -> Result<i32> {
        // Those of others cannot be set at all.
        let parts = self
            .capability_parts(header)
            .map_err(|error| if error == Errno::ESRCH { Errno::EPERM } else { error })?;
        for part in 0..parts {
            let all = (ALL_CAPABILITIES >> (32 * part)) as u32;
            let sets = data.add(3 * part).read_many(3)?;
            if sets[0] & !sets[1] != 0 || sets[1] & !all != 0 {
                return Err(Errno::EPERM);
            }
        }
        Ok(0)
    }

    /// prctl(2), the options that mean something for one process that is root.
    pub fn sys_prctl(self, option: i32, argument: u64) -> Result<i32> {
        use Ordering::Relaxed;
        let flags = &self.kernel.tasks.flags;
        match option {
            abi::PR_GET_DUMPABLE => Ok(i32::from(!flags.is_undumpable.load(Relaxed))),
            abi::PR_SET_DUMPABLE if argument <= 1 => {
                flags.is_undumpable.store(argument == 0, Relaxed);
                Ok(0)
            }
            abi::PR_SET_PDEATHSIG if argument <= 64 => {
                flags.parent_death_signal.store(argument as i32, Relaxed);
                Ok(0)
            }
            abi::PR_GET_PDEATHSIG => {
                UserPtr::new(argument as usize).write(flags.parent_death_signal.load(Relaxed))?;
                Ok(0)
            }
            abi::PR_SET_NO_NEW_PRIVS if argument == 1 => {
                flags.has_no_new_privileges.store(true, Relaxed);
                Ok(0)
            }
            abi::PR_GET_NO_NEW_PRIVS => Ok(i32::from(flags.has_no_new_privileges.load(Relaxed))),
            abi::PR_GET_KEEPCAPS => Ok(i32::from(flags.keeps_capabilities.load(Relaxed))),
            abi::PR_SET_KEEPCAPS if argument <= 1 => {
                flags.keeps_capabilities.store(argument == 1, Relaxed);
                Ok(0)
            }
            abi::PR_CAPBSET_READ if argument <= 40 => Ok(1),
            abi::PR_SET_THP_DISABLE if argument <= 1 => {
                flags.has_no_huge_pages.store(argument == 1, Relaxed);
                Ok(0)
            }
            abi::PR_GET_THP_DISABLE => Ok(i32::from(flags.has_no_huge_pages.load(Relaxed))),
            abi::PR_GET_SECCOMP | abi::PR_GET_SECUREBITS => Ok(0),
            // Ambient capabilities come from inheritable ones, of which there are none.
            abi::PR_CAP_AMBIENT => match argument as i32 {
                abi::PR_CAP_AMBIENT_IS_SET | abi::PR_CAP_AMBIENT_LOWER | abi::PR_CAP_AMBIENT_CLEAR_ALL => {
                    Ok(0)
                }
                abi::PR_CAP_AMBIENT_RAISE => Err(Errno::EPERM),
                _ => Err(Errno::EINVAL),
            },
            abi::PR_GET_TIMERSLACK => Ok(flags.timer_slack_ns.load(Relaxed)),
            abi::PR_SET_TIMERSLACK => {
                let slack = if argument == 0 { 50_000 } else { argument.min(i32::MAX as u64) as i32 };
                flags.timer_slack_ns.store(slack, Relaxed);
                Ok(0)
            }
            _ => Err(Errno::EINVAL),
        }
    }
}
