//! uname(2), sethostname(2), setdomainname(2), sysinfo(2).

use alloc::vec::Vec;

use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in, zeroed};
use crate::kernel::Context;

/// The Linux release whose ABI this is.
pub const RELEASE: &str = "6.1.0-osvrun";
/// What `uname -v` says.
pub const VERSION: &str = concat!("#1 osvrun ", env!("CARGO_PKG_VERSION"));
/// The longest host name.
pub(super) const HOST_NAME_MAX_BYTES: usize = 64;

fn store(field: &mut [i8; 65], text: &[u8]) {
    for (to, from) in field[..64].iter_mut().zip(text) {
        *to = *from as i8;
    }
}

/// Copies a name of the machine's from the program.
fn name_in(name: usize, len_bytes: usize) -> Result<Vec<u8>> {
    let mut bytes = [0; HOST_NAME_MAX_BYTES];
    let bytes = bytes.get_mut(..len_bytes).ok_or(Errno::EINVAL)?;
    copy_in(bytes, name)?;
    Ok(bytes.to_vec())
}

/// sysinfo(2) gives load averages in 65536ths.
const LOAD_UNIT: f64 = 65536.0;

impl Context<'_> {
    /// uname(2)
    pub fn sys_uname(self, out: UserPtr<abi::utsname>) -> Result<i32> {
        let mut name: abi::utsname = zeroed();
        store(&mut name.sysname, b"Linux");
        store(&mut name.nodename, &self.kernel.fs.hostname.lock());
        store(&mut name.release, RELEASE.as_bytes());
        store(&mut name.version, VERSION.as_bytes());
        store(&mut name.machine, b"x86_64");
        store(&mut name.domainname, &self.kernel.fs.domainname.lock());
        out.write(name)?;
        Ok(0)
    }

    /// sethostname(2)
    pub fn sys_sethostname(self, name: usize, len_bytes: usize) -> Result<i32> {
        *self.kernel.fs.hostname.lock() = name_in(name, len_bytes)?;
        Ok(0)
    }

    /// setdomainname(2)
    pub fn sys_setdomainname(self, name: usize, len_bytes: usize) -> Result<i32> {
        *self.kernel.fs.domainname.lock() = name_in(name, len_bytes)?;
        Ok(0)
    }

    /// sysinfo(2)
    pub fn sys_sysinfo(self, out: UserPtr<abi::sysinfo>) -> Result<i32> {
        let mut info: abi::sysinfo = zeroed();
        info.uptime = (self.kernel.backend.monotonic().0 / 1_000_000_000) as i64;
        info.totalram = self.kernel.backend.layout().total_bytes as u64;
        info.freeram = self.kernel.free_bytes() as u64;
        info.loads = self.kernel.fs.load.now(self.kernel.backend).map(|load| (load * LOAD_UNIT) as u64);
        info.sharedram = self.kernel.mm.holders().shared_bytes as u64;
        info.procs = self.kernel.tasks.threads.lock().len() as u16;
        info.mem_unit = 1;
        out.write(info)?;
        Ok(0)
    }
}
