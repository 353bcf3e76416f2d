//! Hashed passwords, crypt(5): each [`Method`] has a file of its own, and `setting` makes new salts for all.

mod bcrypt;
mod des;
mod md5;
mod nt;
mod setting;
mod sha;
mod sha1;
mod sun;
mod traditional;
mod yescrypt;

pub use self::des::Des;
pub use self::setting::{new_setting, random_bytes};

use crate::abi::Errno;

/// Where `struct crypt_data` has room for what is no text.
pub const INTERNAL_OFFSET: usize = 2048;

/// Room for a hashed password with its NUL (`CRYPT_OUTPUT_SIZE`).
pub const OUTPUT_BYTES: usize = 384;
/// Room for a setting with its NUL (`CRYPT_GENSALT_OUTPUT_SIZE`).
pub const SETTING_BYTES: usize = 192;
/// Room for a password with its NUL (`CRYPT_MAX_PASSPHRASE_SIZE`).
const PASSWORD_BYTES: usize = 512;

/// The digits of hashes and salts.
pub const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A text that is filled from its start.
pub struct Text {
    bytes: [u8; OUTPUT_BYTES],
    len: usize,
}

impl Text {
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; OUTPUT_BYTES], len: 0 };

    /// Returns it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Adds bytes, as many as fit.
    pub fn put(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = byte;
                self.len += 1;
            }
        }
    }

    /// Adds 24 bits as `count` digits, the lowest first.
    pub fn put_digits(&mut self, high: u8, middle: u8, low: u8, count: usize) {
        let mut bits = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        for _ in 0..count {
            self.put(&[DIGITS[bits & 0x3f]]);
            bits >>= 6;
        }
    }

    /// Adds bytes as digits, the lowest bits of the first byte first.
    pub fn put_bytes(&mut self, bytes: &[u8]) {
        for group in bytes.chunks(3) {
            let byte = |at: usize| group.get(at).copied().unwrap_or(0);
            self.put_digits(byte(2), byte(1), byte(0), group.len() + 1);
        }
    }

    /// Adds a decimal number.
    pub fn put_number(&mut self, number: u64) {
        let mut digits = [0; 24];
        self.put(crate::libc::stdio::printf::integer::decimal(number, &mut digits));
    }
}

/// A way to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `$y$`
    Yescrypt,
    /// `$gy$`
    GostYescrypt,
    /// `$7$`
    Scrypt,
    /// `$2b$`
    Bcrypt,
    /// `$2y$`, which is the same.
    BcryptY,
    /// `$2a$`, which is the same, but for passwords that once had the hashes of others.
    BcryptA,
    /// `$2x$`, by which they have them still.
    BcryptX,
    /// `$6$`
    Sha512,
    /// `$5$`
    Sha256,
    /// `$sha1`
    Sha1,
    /// `$md5`
    Sun,
    /// `$1$`
    Md5,
    /// `_`
    Bsdi,
    /// `$3$`
    Nt,
    /// Two letters and nothing else.
    Traditional,
}

impl Method {
    const ALL: [Self; 15] = [
        Self::Yescrypt,
        Self::GostYescrypt,
        Self::Scrypt,
        Self::Bcrypt,
        Self::BcryptY,
        Self::BcryptA,
        Self::BcryptX,
        Self::Sha512,
        Self::Sha256,
        Self::Sha1,
        Self::Sun,
        Self::Md5,
        Self::Bsdi,
        Self::Nt,
        Self::Traditional,
    ];

    /// Returns the method that a setting asks for, and the rest of that.
    pub fn of(setting: &[u8]) -> Option<(Self, &[u8])> {
        let is_traditional = match setting {
            [] => true,
            [first, second, ..] => DIGITS.contains(first) && DIGITS.contains(second),
            _ => false,
        };
        let (method, rest) = Self::ALL
            .into_iter()
            .find_map(|method| Some((method, setting.strip_prefix(method.prefix())?)))?;
        (method != Self::Traditional || is_traditional).then_some((method, rest))
    }

    /// Returns what settings of this method begin with.
    pub const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Yescrypt => b"$y$",
            Self::GostYescrypt => b"$gy$",
            Self::Scrypt => b"$7$",
            Self::Bcrypt => b"$2b$",
            Self::BcryptY => b"$2y$",
            Self::BcryptA => b"$2a$",
            Self::BcryptX => b"$2x$",
            Self::Sha512 => b"$6$",
            Self::Sha256 => b"$5$",
            Self::Sha1 => b"$sha1",
            Self::Sun => b"$md5",
            Self::Md5 => b"$1$",
            Self::Bsdi => b"_",
            Self::Nt => b"$3$",
            Self::Traditional => b"",
        }
    }

    /// Tells whether new passwords may be hashed so.
    pub const fn is_strong(self) -> bool {
        matches!(
            self,
            Self::Yescrypt
                | Self::GostYescrypt
                | Self::Scrypt
                | Self::Bcrypt
                | Self::BcryptY
                | Self::BcryptA
                | Self::Sha512
        )
    }
}

/// Tells whether a setting has only letters that may be in one.
pub fn is_well_formed(setting: &[u8]) -> bool {
    setting.iter().all(|byte| matches!(byte, 0x21..=0x7e) && !b"!*:;\\".contains(byte))
}

/// Hashes a password as a setting says.
pub fn hash(password: &[u8], setting: &[u8]) -> Result<Text, Errno> {
    if password.len() >= PASSWORD_BYTES {
        return Err(Errno::ERANGE);
    }
    let (method, rest) = Method::of(setting).filter(|_| is_well_formed(setting)).ok_or(Errno::EINVAL)?;
    let made = match method {
        Method::Yescrypt => return yescrypt::hash(password, setting, rest),
        Method::GostYescrypt => return yescrypt::hash_gost(password, setting, rest),
        Method::Scrypt => return yescrypt::hash_scrypt(password, setting, rest),
        Method::Bcrypt | Method::BcryptY | Method::BcryptA | Method::BcryptX => {
            bcrypt::hash(method, password, rest)
        }
        Method::Sha256 | Method::Sha512 => sha::hash(method, password, rest),
        Method::Sha1 => sha1::hash(password, rest),
        Method::Sun => sun::hash(password, setting),
        Method::Md5 => Some(md5::hash(password, salt_of(rest, 8))),
        Method::Bsdi => traditional::hash_bsdi(password, setting),
        Method::Nt => Some(nt::hash(password)),
        Method::Traditional => traditional::hash(password, setting),
    };
    made.ok_or(Errno::EINVAL)
}

/// Returns the salt at the start of a setting's rest.
fn salt_of(rest: &[u8], longest: usize) -> &[u8] {
    let end = rest.iter().position(|&byte| byte == b'$').unwrap_or(rest.len());
    &rest[..end.min(longest)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_passwords_hash_as_published() {
        for (password, setting, expected) in [
            ("Hello world!", "$5$saltstring", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
            (
                "Hello world!",
                "$5$rounds=10000$saltstringsaltstring",
                "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
            ),
            (
                "Hello world!",
                "$6$saltstring",
                "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            ),
            (
                "U*U",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            ),
            (
                "",
                "$2b$06$DCq7YPn5Rq63x1Lad4cll.",
                "$2b$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
            ),
            ("password", "$1$saltsalt$", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/"),
        ] {
            let hashed = hash(password.as_bytes(), setting.as_bytes()).expect("a known method");
            assert_eq!(core::str::from_utf8(hashed.as_bytes()), Ok(expected));
        }
        assert!(hash(b"x", b"$9$abc").is_err());
        assert!(hash(b"x", b"$6").is_err());
    }
}
