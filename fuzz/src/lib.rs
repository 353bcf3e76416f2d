//! What the targets share: places in memory and files made of the fuzzer's bytes.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::OnceLock;

use abi_core::abi::Result;
use abi_core::boundary::variadic::VaList;
use abi_core::mm::PageSource;

/// A file of any bytes.
pub struct File(pub Vec<u8>);

impl File {
    /// Makes one.
    pub fn shared(bytes: &[u8]) -> Arc<dyn PageSource> {
        Arc::new(Self(bytes.to_vec()))
    }
}

impl PageSource for File {
    fn len_bytes(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
    fn path(&self) -> Vec<u8> {
        b"fuzz".to_vec()
    }
}

/// Where every pointer argument of a format points: its low half is a small number, since it may be a width as well.
const PLACE: usize = 0x3000_0000_0400;
const PLACE_BYTES: usize = 64 << 10;
const SLOTS: usize = 16 << 10;

/// Arguments for any format: each is [`PLACE`], as a number, a string or a place to store to; each double is of the input.
#[repr(C)]
pub struct Arguments {
    gp_offset: u32,
    fp_offset: u32,
    overflow: *mut usize,
    saved: *mut u8,
    save_area: [u64; 22],
}

impl Arguments {
    /// Makes them; `seed` gives the doubles and what the place holds.
    pub fn new(seed: &[u8]) -> Box<Self> {
        static OVERFLOW: OnceLock<usize> = OnceLock::new();
        let overflow = *OVERFLOW.get_or_init(|| {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
            let base = (PLACE & !0xfff) as *mut libc::c_void;
            // SAFETY: a mapping of its own, below everything else.
            let made = unsafe {
                libc::mmap(base, PLACE_BYTES + 4096, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
            };
            assert_eq!(made, base);
            Box::leak(vec![PLACE; SLOTS].into_boxed_slice()).as_mut_ptr() as usize
        });
        // SAFETY: mapped above; the last word stays 0, so strings of any width end.
        unsafe {
            std::ptr::write_bytes(PLACE as *mut u8, 0, PLACE_BYTES);
            std::ptr::copy_nonoverlapping(seed.as_ptr(), PLACE as *mut u8, seed.len().min(1000));
        }
        let mut save_area = [PLACE as u64; 22];
        for (i, chunk) in seed.chunks_exact(8).take(8).enumerate() {
            save_area[6 + 2 * i] = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        }
        let mut made = Box::new(Self {
            gp_offset: 0,
            fp_offset: 48,
            overflow: overflow as *mut usize,
            saved: std::ptr::null_mut(),
            save_area,
        });
        made.saved = made.save_area.as_mut_ptr().cast();
        made
    }

    /// Returns them as C has them.
    pub fn list(&mut self) -> *mut VaList {
        NonNull::from(self).as_ptr().cast()
    }
}

/// Tells whether a format asks for no more arguments, and no wider fields, than a test can give.
pub fn is_modest(template: &[u8]) -> bool {
    let mut digits = 0;
    template.iter().all(|byte| {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        digits <= 3
    }) && template.iter().filter(|&&byte| byte == b'%').count() < 200
}

/// Splits the input in two at its first zero byte, and makes C strings of both.
pub fn two_strings(data: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let at = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let (one, rest) = data.split_at(at);
    let other = rest.get(1..).unwrap_or(&[]);
    let end = other.iter().position(|&byte| byte == 0).unwrap_or(other.len());
    ([one, &[0]].concat(), [&other[..end], &[0]].concat())
}
