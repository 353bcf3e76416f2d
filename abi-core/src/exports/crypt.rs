//! `crypt.h`

use crate::unsupported_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[UNSUPPORTED];

unsupported_exports! { "libcrypt.so.1";
    crypt: "passwords are not hashed";
    crypt_r: "passwords are not hashed";
    crypt_rn: "passwords are not hashed";
    crypt_ra: "passwords are not hashed";
    crypt_gensalt: "passwords are not hashed";
    crypt_gensalt_rn: "passwords are not hashed";
    crypt_gensalt_ra: "passwords are not hashed";
    crypt_checksalt: "passwords are not hashed";
    crypt_preferred_method: "passwords are not hashed";
}
