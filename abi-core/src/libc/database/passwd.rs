//! `/etc/passwd`: the users.

use core::ffi::{CStr, c_char};

use super::{Packer, Record, number};
use crate::abi::passwd;

/// The users.
pub struct Users;

/// A line of `/etc/passwd`.
#[derive(Debug, Clone, Copy)]
pub struct User<'a> {
    /// The login name.
    pub name: &'a [u8],
    /// The user's number.
    pub uid: u32,
    password: &'a [u8],
    gid: u32,
    gecos: &'a [u8],
    /// The home folder.
    pub folder: &'a [u8],
    shell: &'a [u8],
}

impl Record for Users {
    type View<'a> = User<'a>;
    type Struct = passwd;
    const PATH: &'static CStr = c"/etc/passwd";
    const BUILT_IN: &'static [u8] = b"root:x:0:0:root:/root:/bin/sh\n";

    fn view(line: &[u8]) -> Option<User<'_>> {
        let mut fields = fields(line)?;
        let (name, password) = (fields.next()?, fields.next()?);
        let (uid, gid) = (number(fields.next()?)?, number(fields.next()?)?);
        let mut text = || fields.next().unwrap_or_default();
        Some(User { name, uid, password, gid, gecos: text(), folder: text(), shell: text() })
    }

    fn pack(user: User<'_>, packer: &mut Packer) -> Option<passwd> {
        let mut text = |text: &[u8]| -> Option<*mut c_char> { packer.string(text) };
        Some(passwd {
            pw_name: text(user.name)?,
            pw_passwd: text(user.password)?,
            pw_uid: user.uid,
            pw_gid: user.gid,
            pw_gecos: text(user.gecos)?,
            pw_dir: text(user.folder)?,
            pw_shell: text(user.shell)?,
        })
    }
}

/// Cuts a line at its colons; `None` for comments, empty lines and what only NIS understands.
pub(super) fn fields(line: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let line = line.trim_ascii_start();
    let is_record = !matches!(line.first(), None | Some(b'#' | b'+' | b'-' | b':'));
    is_record.then(|| line.split(|&byte| byte == b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_numbers_are_no_users() {
        assert!(Users::view(b"root:x:0:0:root:/root:/bin/sh").is_some_and(|user| user.shell == b"/bin/sh"));
        assert!(Users::view(b"short:x:5:6").is_some_and(|user| user.uid == 5 && user.folder.is_empty()));
        for line in
            [b"".as_slice(), b"# c", b"+nis::::::", b"a:x", b"a:x:b:0:::", b"a:x:1:", b"a:x:4294967296:0"]
        {
            assert!(Users::view(line).is_none(), "{line:?}");
        }
    }
}
