//! The texts of errors about names.

use core::ffi::CStr;

/// `gai_strerror(3)`
pub const fn gai(error: i32) -> &'static CStr {
    match error {
        -1 => c"Bad value for ai_flags",
        -2 => c"Name or service not known",
        -3 => c"Temporary failure in name resolution",
        -4 => c"Non-recoverable failure in name resolution",
        -5 => c"No address associated with hostname",
        -6 => c"ai_family not supported",
        -7 => c"ai_socktype not supported",
        -8 => c"Servname not supported for ai_socktype",
        -9 => c"Address family for hostname not supported",
        -10 => c"Memory allocation failure",
        -11 => c"System error",
        -100 => c"Processing request in progress",
        -101 => c"Request canceled",
        -102 => c"Request not canceled",
        -103 => c"All requests done",
        -104 => c"Interrupted by a signal",
        -105 => c"Parameter string not correctly encoded",
        _ => c"Unknown error",
    }
}

/// `hstrerror(3)`
pub const fn host(error: i32) -> &'static CStr {
    match error {
        ..0 => c"Resolver internal error",
        0 => c"Resolver Error 0 (no error)",
        1 => c"Unknown host",
        2 => c"Host name lookup failure",
        3 => c"Unknown server error",
        4 => c"No address associated with name",
        _ => c"Unknown resolver error",
    }
}

/// The errors of getaddrinfo(3) and getnameinfo(3).
pub mod eai {
    #![allow(missing_docs, reason = "the names say it")]
    pub const BADFLAGS: i32 = -1;
    pub const NONAME: i32 = -2;
    pub const AGAIN: i32 = -3;
    pub const FAMILY: i32 = -6;
    pub const SOCKTYPE: i32 = -7;
    pub const SERVICE: i32 = -8;
    pub const ADDRFAMILY: i32 = -9;
    pub const MEMORY: i32 = -10;
    pub const SYSTEM: i32 = -11;
    pub const OVERFLOW: i32 = -12;
    pub const FAIL: i32 = -4;
    pub const NODATA: i32 = -5;
    pub const IN_PROGRESS: i32 = -100;
    pub const CANCELED: i32 = -101;
    pub const NOT_CANCELED: i32 = -102;
    pub const ALL_DONE: i32 = -103;
    pub const INTERRUPTED: i32 = -104;

    /// Turns an `h_errno` into one of these.
    pub const fn of_host(error: i32) -> i32 {
        match error {
            1 => NONAME,
            2 => AGAIN,
            3 => FAIL,
            4 => NODATA,
            _ => MEMORY,
        }
    }
}
