//! Lines of `passwd`, `group`, `shadow`, `hosts`, `services`, `protocols` and `networks`, and the structs made of them.
#![no_main]

use abi_core::libc::database::group::Groups;
use abi_core::libc::database::hosts::Hosts;
use abi_core::libc::database::network::{Networks, Protocols, Services};
use abi_core::libc::database::passwd::Users;
use abi_core::libc::database::shadow::Passwords;
use abi_core::libc::database::{Packer, Record};
use libfuzzer_sys::fuzz_target;

fn read<R: Record>(line: &[u8], room: usize) {
    let mut buf = [0xa5u8; 4096 + 16];
    if let Some(view) = R::view(line) {
        // SAFETY: the buffer is longer than that; what points into it is dropped before it.
        let mut packer = unsafe { Packer::new(buf.as_mut_ptr(), room) };
        let _ = R::pack(view, &mut packer);
    }
    assert!(buf[room..].iter().all(|&byte| byte == 0xa5), "written past the end");
}

fuzz_target!(|data: &[u8]| {
    let Some((&room, text)) = data.split_first() else { return };
    let room = usize::from(room) * 16;
    for line in text.split(|&byte| byte == b'\n') {
        read::<Users>(line, room);
        read::<Groups>(line, room);
        read::<Passwords>(line, room);
        read::<Hosts>(line, room);
        read::<Services>(line, room);
        read::<Protocols>(line, room);
        read::<Networks>(line, room);
    }
});
