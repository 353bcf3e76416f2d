//! `crypt.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_ulong, c_void};
use core::ptr::null_mut;

use crate::abi::{EINVAL, ENOMEM, ERANGE};
use crate::libc::crypt::{Method, OUTPUT_BYTES, Text, bcrypt, hash, is_well_formed};
use crate::libc::files::text_of;
use crate::libc::malloc::realloc;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `sizeof(struct crypt_data)`, whose first field is the output.
const DATA_BYTES: c_int = 32_768;

unsafe fn store(text: &[u8], to: *mut c_char) {
    to.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
    to.add(text.len()).write(0);
}

/// What is neither a hash nor the setting.
fn failure_of(setting: &[u8]) -> &'static [u8] {
    if setting.starts_with(b"*0") { b"*1" } else { b"*0" }
}

/// Hashes into a place of [`OUTPUT_BYTES`]; returns whether that went well. What is there else is no hash of any password.
unsafe fn hash_into(password: *const c_char, setting: *const c_char, to: *mut c_char) -> bool {
    let text = text_of(setting);
    let hashed = if password.is_null() || setting.is_null() { None } else { hash(text_of(password), text) };
    let Some(hashed) = hashed else {
        set_errno(EINVAL);
        store(failure_of(text), to);
        return false;
    };
    store(hashed.as_bytes(), to);
    true
}

unsafe extern "C" fn crypt_r(
    password: *const c_char,
    setting: *const c_char,
    data: *mut c_char,
) -> *mut c_char {
    hash_into(password, setting, data);
    data
}

unsafe extern "C" fn crypt(password: *const c_char, setting: *const c_char) -> *mut c_char {
    crypt_r(password, setting, state().misc.hashed.address().cast())
}

/// crypt_rn(3): NULL where it fails.
unsafe extern "C" fn crypt_rn(
    password: *const c_char,
    setting: *const c_char,
    data: *mut c_char,
    size: c_int,
) -> *mut c_char {
    if usize::try_from(size).is_ok_and(|size| size >= OUTPUT_BYTES) {
        return if hash_into(password, setting, data) { data } else { null_mut() };
    }
    set_errno(ERANGE);
    null_mut()
}

/// crypt_ra(3): the place grows as needed.
unsafe extern "C" fn crypt_ra(
    password: *const c_char,
    setting: *const c_char,
    data: *mut *mut c_void,
    size: *mut c_int,
) -> *mut c_char {
    if (*data).is_null() || *size < DATA_BYTES {
        let new = realloc(*data, DATA_BYTES as usize);
        if new.is_null() {
            set_errno(ENOMEM);
            return null_mut();
        }
        (*data, *size) = (new, DATA_BYTES);
    }
    crypt_rn(password, setting, (*data).cast(), *size)
}

/// Makes a setting with a salt of the bytes, or of random ones.
unsafe fn new_setting(
    prefix: *const c_char,
    count: c_ulong,
    bytes: *const c_char,
    len: c_int,
) -> Option<Text> {
    let (method, _) = Method::of(text_of(prefix))?;
    let mut random = [0u8; 16];
    let bytes = if bytes.is_null() {
        super::sys_random::getentropy(random.as_mut_ptr().cast(), random.len());
        &random[..match method {
            Method::Md5 => 7,
            Method::Sha256 | Method::Sha512 => 13,
            _ => bcrypt::SALT_BYTES,
        }]
    } else {
        core::slice::from_raw_parts(bytes.cast::<u8>(), usize::try_from(len).ok()?)
    };
    if bytes.len() < 3 {
        return None;
    }
    if matches!(method, Method::Bcrypt | Method::BcryptY | Method::BcryptA) {
        return bcrypt::setting(method, count, bytes);
    }
    let mut text = Text::EMPTY;
    text.put(method.prefix());
    let longest = match method {
        // Its rounds are fixed.
        Method::Md5 if count != 0 => return None,
        Method::Md5 => 8,
        _ => 16,
    };
    if method != Method::Md5 && count != 0 {
        let rounds = count.clamp(1000, 999_999_999) as u32;
        if rounds != 5000 {
            text.put(b"rounds=");
            text.put_number(rounds);
            text.put(b"$");
        }
    }
    // As in libxcrypt, another byte has to follow the three.
    for group in bytes[..bytes.len() - 1].chunks_exact(3).take(longest / 4) {
        text.put_digits(group[2], group[1], group[0], 4);
    }
    Some(text)
}

unsafe extern "C" fn crypt_gensalt_rn(
    prefix: *const c_char,
    count: c_ulong,
    bytes: *const c_char,
    len: c_int,
    out: *mut c_char,
    size: c_int,
) -> *mut c_char {
    // What is there unless it goes well is no setting.
    if size < 3 {
        if size > 0 {
            store(&b"*"[..size as usize - 1], out);
        }
        set_errno(ERANGE);
        return null_mut();
    }
    store(b"*0", out);
    let Some(text) = new_setting(prefix, count, bytes, len) else {
        set_errno(EINVAL);
        return null_mut();
    };
    if usize::try_from(size).is_ok_and(|size| size > text.as_bytes().len()) {
        store(text.as_bytes(), out);
        return out;
    }
    set_errno(ERANGE);
    null_mut()
}

unsafe extern "C" fn crypt_gensalt(
    prefix: *const c_char,
    count: c_ulong,
    bytes: *const c_char,
    len: c_int,
) -> *mut c_char {
    let own = state().misc.salt.address().cast();
    crypt_gensalt_rn(prefix, count, bytes, len, own, OUTPUT_BYTES as c_int)
}

unsafe extern "C" fn crypt_gensalt_ra(
    prefix: *const c_char,
    count: c_ulong,
    bytes: *const c_char,
    len: c_int,
) -> *mut c_char {
    let block = realloc(null_mut(), OUTPUT_BYTES).cast::<c_char>();
    if block.is_null() {
        return null_mut();
    }
    let out = crypt_gensalt_rn(prefix, count, bytes, len, block, OUTPUT_BYTES as c_int);
    if out.is_null() {
        crate::libc::malloc::free(block.cast());
    }
    out
}

/// crypt_checksalt(3): 0 for a setting to be used, 3 for a method that is not used for new passwords, 1 for no setting.
unsafe extern "C" fn crypt_checksalt(setting: *const c_char) -> c_int {
    let text = text_of(setting);
    match Method::of(text) {
        Some(_) if !is_well_formed(text) => 1,
        Some((Method::Md5 | Method::Sha256, _)) => 3,
        Some(_) => 0,
        None => 1,
    }
}

extern "C" fn crypt_preferred_method() -> *const c_char {
    c"$6$".as_ptr()
}

pure_exports! { "libcrypt.so.1";
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt = crypt;
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt_r = crypt_r;
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt_rn = crypt_rn;
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt_ra = crypt_ra;
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt_gensalt = crypt_gensalt;
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt_gensalt_rn = crypt_gensalt_rn;
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt_gensalt_ra = crypt_gensalt_ra;
    partial("the methods $1$, $2a$, $2b$, $2y$, $5$ and $6$") crypt_checksalt = crypt_checksalt;
    full crypt_preferred_method = crypt_preferred_method;
}
