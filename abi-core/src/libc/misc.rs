//! Small families' data: error(3), obstacks, syslog(3), the databases of users and the network.

use core::ffi::{c_char, c_int, c_uint, c_void};
use core::sync::atomic::AtomicU32;

use super::database::Database;
use super::state::DataObject;

/// A program's data of these families.
#[repr(C)]
pub struct MiscState {
    /// `error_message_count`
    pub error_message_count: DataObject<c_uint>,
    /// `error_one_per_line`
    pub error_one_per_line: DataObject<c_int>,
    /// `error_print_progname`
    pub error_print_progname: DataObject<Option<unsafe extern "C" fn()>>,
    /// The last place `error_at_line` told about.
    pub error_last: DataObject<(usize, c_uint)>,
    /// `obstack_alloc_failed_handler`
    pub obstack_alloc_failed_handler: DataObject<*const c_void>,
    /// `obstack_exit_failure`
    pub obstack_exit_failure: DataObject<c_int>,
    /// What `openlog` was given: name, options, facility.
    pub log_ident: DataObject<*const c_char>,
    /// As above.
    pub log_options: DataObject<c_int>,
    /// As above.
    pub log_facility: DataObject<c_int>,
    /// Priorities that are logged.
    pub log_mask: DataObject<c_int>,
    /// `re_syntax_options`
    pub re_syntax_options: DataObject<usize>,
    /// The pattern of `re_comp`.
    pub re_comp: core::cell::UnsafeCell<crate::exports::regex::Regex>,
    /// /etc/passwd
    pub passwd: DataObject<Database>,
    /// /etc/group
    pub group: DataObject<Database>,
    /// /etc/shadow
    pub shadow: DataObject<Database>,
    /// /etc/gshadow
    pub group_shadow: DataObject<Database>,
    /// The descriptor of lckpwdf(3)'s lock, or -1
    pub password_lock: DataObject<c_int>,
    /// /etc/shells, as far as getusershell(3) has read it: a block of the heap, or null
    pub shells: DataObject<*mut c_void>,
    /// /etc/fstab, as far as getfsent(3) has read it: a block of the heap, or null
    pub file_systems: DataObject<*mut c_void>,
    /// What fmtmsg(3) knows of severities and of parts to show: a block of the heap, or null
    pub message_format: DataObject<*mut c_void>,
    /// /etc/rpc
    pub rpc: DataObject<Database>,
    /// `ether_aton`'s answer
    pub ether: DataObject<super::database::ethers::EtherAddress>,
    /// aio(7)
    pub aio: super::aio::AioState,
    /// /etc/services
    pub services: DataObject<Database>,
    /// /etc/protocols
    pub protocols: DataObject<Database>,
    /// /etc/networks
    pub networks: DataObject<Database>,
    /// /etc/hosts, and the answer of `gethostbyname`
    pub hosts: DataObject<Database>,
    /// Where getnetgrent(3) is in /etc/netgroup
    pub netgroups: core::cell::UnsafeCell<super::database::netgroup::Netgroups>,
    /// `getpass`'s answer, a block of the heap
    pub password: DataObject<*mut c_char>,
    /// Counts what `getaddrinfo_a` has done
    pub lookups_done: AtomicU32,
}

impl MiscState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            error_message_count: DataObject::new(0),
            error_one_per_line: DataObject::new(0),
            error_print_progname: DataObject::new(None),
            error_last: DataObject::new((0, 0)),
            obstack_alloc_failed_handler: DataObject::new(core::ptr::null()),
            obstack_exit_failure: DataObject::new(1),
            log_ident: DataObject::new(core::ptr::null()),
            log_options: DataObject::new(0),
            log_facility: DataObject::new(8),
            log_mask: DataObject::new(0xff),
            re_syntax_options: DataObject::new(0),
            re_comp: core::cell::UnsafeCell::new(crate::exports::regex::Regex::EMPTY),
            passwd: DataObject::new(Database::EMPTY),
            group: DataObject::new(Database::EMPTY),
            shadow: DataObject::new(Database::EMPTY),
            group_shadow: DataObject::new(Database::EMPTY),
            password_lock: DataObject::new(-1),
            shells: DataObject::new(core::ptr::null_mut()),
            file_systems: DataObject::new(core::ptr::null_mut()),
            message_format: DataObject::new(core::ptr::null_mut()),
            rpc: DataObject::new(Database::EMPTY),
            ether: DataObject::new([0; 6]),
            aio: super::aio::AioState::new(),
            services: DataObject::new(Database::EMPTY),
            protocols: DataObject::new(Database::EMPTY),
            networks: DataObject::new(Database::EMPTY),
            hosts: DataObject::new(Database::EMPTY),
            netgroups: core::cell::UnsafeCell::new(super::database::netgroup::Netgroups::EMPTY),
            password: DataObject::new(core::ptr::null_mut()),
            lookups_done: AtomicU32::new(0),
        }
    }
}

impl Default for MiscState {
    fn default() -> Self {
        Self::new()
    }
}
