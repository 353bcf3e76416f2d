//! Hashed passwords, crypt(5): `$5$` and `$6$` (SHA-2), `$2b$` and its like (bcrypt), and `$1$` (MD5).

pub mod bcrypt;
mod md5;
mod sha;

/// Room for a hashed password with its NUL (`CRYPT_OUTPUT_SIZE`).
pub const OUTPUT_BYTES: usize = 384;

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

    /// Adds a decimal number.
    pub fn put_number(&mut self, number: u32) {
        let mut digits = [0; 24];
        self.put(crate::libc::stdio::printf::integer::decimal(u64::from(number), &mut digits));
    }
}

/// A way to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `$1$`
    Md5,
    /// `$5$`
    Sha256,
    /// `$6$`
    Sha512,
    /// `$2b$`
    Bcrypt,
    /// `$2y$`, which is the same.
    BcryptY,
    /// `$2a$`, which is the same, but for passwords that once had the hashes of others.
    BcryptA,
}

impl Method {
    /// Returns the method that a setting asks for, and the rest of that.
    pub fn of(setting: &[u8]) -> Option<(Self, &[u8])> {
        let all = [Self::Md5, Self::Sha256, Self::Sha512, Self::Bcrypt, Self::BcryptY, Self::BcryptA];
        all.into_iter().find_map(|method| Some((method, setting.strip_prefix(method.prefix())?)))
    }

    /// Returns what settings of this method begin with.
    pub const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Md5 => b"$1$",
            Self::Sha256 => b"$5$",
            Self::Sha512 => b"$6$",
            Self::Bcrypt => b"$2b$",
            Self::BcryptY => b"$2y$",
            Self::BcryptA => b"$2a$",
        }
    }
}

/// Tells whether a setting has only letters that may be in one.
pub fn is_well_formed(setting: &[u8]) -> bool {
    setting.iter().all(|byte| matches!(byte, 0x21..=0x7e) && !b"!*:;\\".contains(byte))
}

/// Hashes a password as a setting says; `None` where the setting is not known.
pub fn hash(password: &[u8], setting: &[u8]) -> Option<Text> {
    let (method, rest) = Method::of(setting).filter(|_| is_well_formed(setting) && password.len() < 512)?;
    match method {
        Method::Bcrypt | Method::BcryptY | Method::BcryptA => bcrypt::hash(method, password, rest),
        Method::Md5 => Some(md5::hash(password, salt_of(rest, 8))),
        Method::Sha256 | Method::Sha512 => {
            let (rounds, rest) = sha::rounds_of(rest)?;
            let salt = salt_of(rest, 16);
            Some(match method {
                Method::Sha256 => sha::hash_256(password, salt, rounds),
                _ => sha::hash_512(password, salt, rounds),
            })
        }
    }
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
        assert!(hash(b"x", b"$9$abc").is_none());
        assert!(hash(b"x", b"$6").is_none());
    }
}
