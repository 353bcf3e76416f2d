//! `crypt.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int, c_ulong, c_void};
use core::ptr::null_mut;

use crate::abi::{ENOMEM, ERANGE, Errno};
use crate::libc::crypt::{
    Des, INTERNAL_OFFSET, Method, OUTPUT_BYTES, SETTING_BYTES, Text, hash, is_well_formed, new_setting,
    random_bytes,
};
use crate::libc::files::text_of;
use crate::libc::malloc::realloc;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `sizeof(struct crypt_data)`, whose first field is the output.
const DATA_BYTES: c_int = 32_768;

/// The method for new passwords.
const PREFERRED: &CStr = c"$y$";

unsafe fn store(text: &[u8], to: *mut c_char) {
    to.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
    to.add(text.len()).write(0);
}

/// Stores what is neither a hash nor the setting, as much of it as fits.
unsafe fn store_failure(setting: &[u8], to: *mut c_char, room: c_int) {
    let token: &[u8] = if setting.starts_with(b"*0") { b"*1" } else { b"*0" };
    if let Some(last) = usize::try_from(room).ok().and_then(|room| room.checked_sub(1)) {
        store(&token[..last.min(token.len())], to);
    }
}

/// A text that may be null.
unsafe fn text_or_none<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() { None } else { Some(text_of(text)) }
}

/// Hashes into a place of [`OUTPUT_BYTES`]; returns whether that went well. What is there else is no hash of any password.
unsafe fn hash_into(password: *const c_char, setting: *const c_char, to: *mut c_char) -> bool {
    let (password, setting) = (text_or_none(password), text_or_none(setting));
    let hashed =
        password.zip(setting).ok_or(Errno::EINVAL).and_then(|(password, setting)| hash(password, setting));
    match &hashed {
        Ok(hashed) => store(hashed.as_bytes(), to),
        Err(error) => {
            set_errno(error.0);
            store_failure(setting.unwrap_or(b""), to, OUTPUT_BYTES as c_int);
        }
    }
    hashed.is_ok()
}

unsafe extern "C" fn crypt_r(
    password: *const c_char,
    setting: *const c_char,
    data: *mut c_char,
) -> *mut c_char {
    hash_into(password, setting, data);
    key_in(data).write([0; 8]);
    data
}

unsafe extern "C" fn crypt(password: *const c_char, setting: *const c_char) -> *mut c_char {
    let own = state().room.hashed.get().cast();
    hash_into(password, setting, own);
    own
}

/// crypt_rn(3): NULL where it fails.
unsafe extern "C" fn crypt_rn(
    password: *const c_char,
    setting: *const c_char,
    data: *mut c_char,
    size: c_int,
) -> *mut c_char {
    if size >= DATA_BYTES {
        return if hash_into(password, setting, data) { data } else { null_mut() };
    }
    store_failure(text_or_none(setting).unwrap_or(b""), data, size.min(OUTPUT_BYTES as c_int));
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
unsafe fn setting_of(
    prefix: *const c_char,
    count: c_ulong,
    bytes: *const c_char,
    len: c_int,
    room: usize,
) -> Result<Text, Errno> {
    let (method, _) =
        Method::of(text_or_none(prefix).unwrap_or(PREFERRED.to_bytes())).ok_or(Errno::EINVAL)?;
    let mut random = [0u8; 32];
    let bytes = if bytes.is_null() {
        let random = &mut random[..random_bytes(method)];
        super::sys_random::getentropy(random.as_mut_ptr().cast(), random.len());
        random
    } else {
        core::slice::from_raw_parts(bytes.cast::<u8>(), usize::try_from(len).map_err(|_| Errno::EINVAL)?)
    };
    new_setting(method, count, bytes, room)
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
    store_failure(b"", out, size);
    let room = usize::try_from(size).ok().filter(|&room| room > 2).ok_or(Errno::ERANGE);
    match room.and_then(|room| setting_of(prefix, count, bytes, len, room)) {
        Ok(text) => {
            store(text.as_bytes(), out);
            out
        }
        Err(error) => {
            set_errno(error.0);
            null_mut()
        }
    }
}

unsafe extern "C" fn crypt_gensalt(
    prefix: *const c_char,
    count: c_ulong,
    bytes: *const c_char,
    len: c_int,
) -> *mut c_char {
    let own = state().room.salt.get().cast();
    crypt_gensalt_rn(prefix, count, bytes, len, own, SETTING_BYTES as c_int)
}

unsafe extern "C" fn crypt_gensalt_ra(
    prefix: *const c_char,
    count: c_ulong,
    bytes: *const c_char,
    len: c_int,
) -> *mut c_char {
    let block = realloc(null_mut(), SETTING_BYTES).cast::<c_char>();
    if block.is_null() {
        return null_mut();
    }
    let out = crypt_gensalt_rn(prefix, count, bytes, len, block, SETTING_BYTES as c_int);
    if out.is_null() {
        crate::libc::malloc::free(block.cast());
    }
    out
}

/// crypt_checksalt(3): 0 for a setting to be used, 3 for a method that is not used for new passwords, 1 for no setting.
unsafe extern "C" fn crypt_checksalt(setting: *const c_char) -> c_int {
    let text = text_or_none(setting).unwrap_or(b"");
    match Method::of(text) {
        Some((method, _)) if is_well_formed(text) && !text.is_empty() => {
            if method.is_strong() {
                0
            } else {
                3
            }
        }
        _ => 1,
    }
}

extern "C" fn crypt_preferred_method() -> *const c_char {
    PREFERRED.as_ptr()
}

/// The number that 64 bytes are the bits of, by each one's lowest.
unsafe fn joined(bits: *const c_char) -> u64 {
    (0..64).fold(0, |made, at| made << 1 | u64::from(*bits.add(at) as u8 & 1))
}

/// Encrypts 64 such bytes in their place, or decrypts them.
unsafe fn encrypt_by(key: *const [u8; 8], block: *mut c_char, decrypts: bool) {
    let des = Des::new(key.read());
    let des = if decrypts { des.reversed() } else { des };
    let made = des.encrypt(joined(block), 0, 1);
    for at in 0..64 {
        *block.add(at) = (made >> (63 - at) & 1) as c_char;
    }
}

/// setkey(3)
unsafe extern "C" fn setkey(key: *const c_char) {
    *state().room.des_key.get() = joined(key).to_be_bytes();
}

/// encrypt(3)
unsafe extern "C" fn encrypt(block: *mut c_char, decrypts: c_int) {
    encrypt_by(state().room.des_key.get(), block, decrypts != 0);
}

/// Where a `struct crypt_data` keeps the key.
unsafe fn key_in(data: *mut c_char) -> *mut [u8; 8] {
    data.add(INTERNAL_OFFSET).cast()
}

unsafe extern "C" fn setkey_r(key: *const c_char, data: *mut c_char) {
    key_in(data).write(joined(key).to_be_bytes());
}

unsafe extern "C" fn encrypt_r(block: *mut c_char, decrypts: c_int, data: *mut c_char) {
    encrypt_by(key_in(data), block, decrypts != 0);
}

pure_exports! { "libcrypt.so.1";
    full encrypt = encrypt;
    full encrypt_r = encrypt_r;
    full setkey = setkey;
    full setkey_r = setkey_r;
    full crypt = crypt;
    full crypt_r = crypt_r;
    full crypt_rn = crypt_rn;
    full crypt_ra = crypt_ra;
    full crypt_gensalt = crypt_gensalt;
    full crypt_gensalt_rn = crypt_gensalt_rn;
    full crypt_gensalt_ra = crypt_gensalt_ra;
    full crypt_checksalt = crypt_checksalt;
    full crypt_preferred_method = crypt_preferred_method;
}
