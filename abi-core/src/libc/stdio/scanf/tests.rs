//! The engine against the host's C library.

use core::ffi::{CStr, c_char, c_int};

type Sscanf = unsafe extern "C" fn(*const c_char, *const c_char, ...) -> c_int;

unsafe extern "C" {
    #[link_name = "__isoc99_sscanf"]
    fn host_sscanf(text: *const c_char, template: *const c_char, ...) -> c_int;
}

fn ours() -> Sscanf {
    // SAFETY: the variadic wrapper has this signature.
    unsafe { core::mem::transmute(crate::exports::stdio_scanf::isoc99_sscanf as *const ()) }
}

/// Scans with both into four slots of 32 bytes and compares slots and results.
fn same(text: &CStr, template: &CStr) -> bool {
    let (mut left, mut right) = ([[0x55u8; 64]; 4], [[0x55u8; 64]; 4]);
    let at = |slots: &mut [[u8; 64]; 4], i: usize| slots[i].as_mut_ptr();
    // SAFETY: no test stores more than a slot holds.
    let (a, b) = unsafe {
        (
            ours()(
                text.as_ptr(),
                template.as_ptr(),
                at(&mut left, 0),
                at(&mut left, 1),
                at(&mut left, 2),
                at(&mut left, 3),
            ),
            host_sscanf(
                text.as_ptr(),
                template.as_ptr(),
                at(&mut right, 0),
                at(&mut right, 1),
                at(&mut right, 2),
                at(&mut right, 3),
            ),
        )
    };
    let is_same = (a, left) == (b, right);
    if !is_same {
        let start =
            |slots: &[[u8; 64]; 4]| slots.map(|slot| u64::from_le_bytes(slot[..8].try_into().unwrap()));
        std::println!("{text:?} by {template:?}: {a} {:x?}, not {b} {:x?}", start(&left), start(&right));
    }
    is_same
}

#[test]
fn numbers_match_glibc() {
    let inputs = [
        c"42",
        c"-42",
        c"+7 8 9 10",
        c"0x1fz",
        c"0x",
        c"0xg",
        c"017",
        c"089",
        c"  12,13",
        c"",
        c"   ",
        c"abc",
        c"-",
        c"--1",
        c"99999999999999999999",
        c"-99999999999999999999",
        c"2147483648",
        c"0",
        c"00",
        c"1e5",
        c"1.5e3x",
        c".5",
        c"5.",
        c"1e",
        c"1e+",
        c"inf",
        c"infinity",
        c"infin",
        c"nan",
        c"nax",
        c"-inf",
        c"0x1.8p3",
        c"0x.p1",
        c"1.2.3",
        c"(nil)",
        c"(nix)",
        c"0xdeadbeef",
        c"1 2 3 4",
        c"1\n2\t3",
        c"%5",
        c"e5",
        c"12345678",
    ];
    let templates = [
        c"%d",
        c"%i",
        c"%u",
        c"%o",
        c"%x",
        c"%ld",
        c"%lld",
        c"%hd",
        c"%hhd",
        c"%3d%d",
        c"%d%n",
        c"%*d%d",
        c"%d %d %d %d",
        c"%d,%d",
        c"%f",
        c"%lf",
        c"%3lf%lf",
        c"%p",
        c"%2x%2x%2x%2x",
        c"%zu",
        c"%jd%n",
        c"%%%d",
        c"%lf%n",
        c"%le%s",
        c"%5i%n",
    ];
    let pairs = inputs.iter().flat_map(|input| templates.iter().map(move |template| (input, template)));
    assert_eq!(pairs.filter(|(input, template)| !same(input, template)).count(), 0);
}

#[test]
fn text_matches_glibc() {
    let inputs = [
        c"hello world",
        c"  lead",
        c"a-b]c",
        c"key=value # x",
        c"",
        c" ",
        c"[x]",
        c"123abc",
        c"name:x:10:20:y",
        c"\xc3\xa9t\xc3\xa9",
    ];
    let templates = [
        c"%s",
        c"%s%s",
        c"%3s%s",
        c"%c",
        c"%c%c%c",
        c"%5c",
        c" %c",
        c"%[a-z]",
        c"%[^ ]%n",
        c"%[]a-]",
        c"%[^]]%n",
        c"%*s %s",
        c"%[^=]=%s",
        c"%2[0-9]%[a-c]",
        c"%*[^:]:%[^:]:%d:%d",
        c"hello %s",
        c"hel%n",
        c"%[a-",
        c"%20[^\n]%n",
        c"%*c%n",
        c"[%[a-z]]%n",
    ];
    let pairs = inputs.iter().flat_map(|input| templates.iter().map(move |template| (input, template)));
    assert_eq!(pairs.filter(|(input, template)| !same(input, template)).count(), 0);
}

#[test]
fn m_allocates() {
    let mut block: *mut u8 = core::ptr::null_mut();
    // SAFETY: the block is a C string, freed below.
    unsafe {
        assert_eq!(ours()(c"  hello world".as_ptr(), c"%ms".as_ptr(), &raw mut block), 1);
        assert_eq!(CStr::from_ptr(block.cast()), c"hello");
        crate::libc::guest_heap::free(block.cast());
    }
}
