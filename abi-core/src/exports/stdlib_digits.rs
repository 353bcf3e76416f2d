//! `stdlib.h`: `ecvt` and its like
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::arch::naked_asm;
use core::ffi::{c_char, c_int};

use crate::libc::math::parts::{Long, compare};
use crate::libc::state::state;
use crate::libc::stdio::printf::sink::Fixed;
use crate::libc::stdio::printf::{Value, format_number};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// The longest text of the largest `long double`.
pub const ROOM: usize = 4960;

/// A floating-point type: the functions calculate in the type they are about, with its roundings.
trait Number: Copy {
    /// The most digits a text gets.
    const DIGITS_MAX: usize;
    /// Below this a power of ten may be too large for the type.
    fn least() -> (Self, i32);
    fn tenth() -> Self;
    fn of(value: f64) -> Self;
    fn is_finite(self) -> bool;
    fn is_negative(self) -> bool;
    fn magnitude(self) -> Self;
    fn times(self, other: Self) -> Self;
    fn over(self, other: Self) -> Self;
    fn is_less(self, other: Self) -> bool;
    fn value(self) -> Value;
}

impl Number for f64 {
    const DIGITS_MAX: usize = 17;

    fn least() -> (Self, i32) {
        (1e-307, -307)
    }
    fn tenth() -> Self {
        0.1
    }
    fn of(value: f64) -> Self {
        value
    }
    fn is_finite(self) -> bool {
        self.is_finite()
    }
    fn is_negative(self) -> bool {
        self.is_sign_negative()
    }
    fn magnitude(self) -> Self {
        self.abs()
    }
    fn times(self, other: Self) -> Self {
        self * other
    }
    fn over(self, other: Self) -> Self {
        self / other
    }
    fn is_less(self, other: Self) -> bool {
        self < other
    }
    fn value(self) -> Value {
        Value::Double(self)
    }
}

impl Number for Long {
    const DIGITS_MAX: usize = 21;

    fn least() -> (Self, i32) {
        // 10^-4931
        (Self::new(false, 0x2, 0xbe5b_66ec_bce0_b7b1), -4931)
    }
    fn tenth() -> Self {
        Self::from_f64(0.1)
    }
    fn of(value: f64) -> Self {
        Self::from_f64(value)
    }
    fn is_finite(self) -> bool {
        self.is_finite()
    }
    fn is_negative(self) -> bool {
        self.is_negative()
    }
    fn magnitude(self) -> Self {
        self.with_sign(false)
    }
    fn times(self, other: Self) -> Self {
        self.times(other)
    }
    fn over(self, other: Self) -> Self {
        self.over(other)
    }
    fn is_less(self, other: Self) -> bool {
        compare(&self, &other).is_some_and(core::cmp::Ordering::is_lt)
    }
    fn value(self) -> Value {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.significand().to_le_bytes());
        let top = self.exponent() | u16::from(self.is_negative()) << 15;
        bytes[8..].copy_from_slice(&top.to_le_bytes());
        Value::LongDouble(bytes)
    }
}

/// The `long double` in ten bytes.
fn long_of(bytes: [u8; 10]) -> Long {
    let [a, b, c, d, e, f, g, h, low, high] = bytes;
    let top = u16::from_le_bytes([low, high]);
    Long::new(top >> 15 != 0, top & 0x7fff, u64::from_le_bytes([a, b, c, d, e, f, g, h]))
}

/// A number's text.
struct Text {
    bytes: [u8; ROOM],
    len: usize,
}

impl Text {
    /// printf(3)'s `%.PLACESf` or `%.PLACESg`.
    fn of(number: impl Number, places: usize, letter: u8) -> Self {
        let mut this = Self { bytes: [0; ROOM], len: 0 };
        let (tens, ones) = (b'0' + (places / 10) as u8, b'0' + (places % 10) as u8);
        let template = [b'%', b'.', tens, ones, letter, 0];
        let mut sink = Fixed::new(this.bytes.as_mut_ptr(), ROOM);
        // SAFETY: the template is terminated, and the sink has this text's room.
        let len = unsafe { format_number(&mut sink, template.as_ptr(), number.value()) };
        this.len = usize::try_from(len).unwrap_or(0).min(ROOM - 1);
        this
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Keeps the digits from `start`.
    fn keep_digits(&mut self, start: usize) {
        let mut kept = 0;
        for index in start..self.len {
            if self.bytes[index].is_ascii_digit() {
                self.bytes[kept] = self.bytes[index];
                kept += 1;
            }
        }
        self.len = kept;
    }

    /// Copies the text and a NUL, if there is room for as many as `needed` bytes and a NUL.
    unsafe fn store(&self, to: *mut c_char, len: usize, needed: usize) -> c_int {
        if needed >= len {
            return -1;
        }
        to.cast::<u8>().copy_from_nonoverlapping(self.bytes.as_ptr(), self.len);
        to.add(self.len).write(0);
        0
    }
}

/// Where a function puts what it says: the place of the point, whether there is a sign, and the digits.
#[derive(Clone, Copy)]
struct Answer {
    point: *mut c_int,
    is_negative: *mut c_int,
    to: *mut c_char,
    len: usize,
}

impl Answer {
    /// For the functions that keep the digits themselves.
    unsafe fn own(point: *mut c_int, is_negative: *mut c_int) -> Self {
        Self { point, is_negative, to: state().room.digits.get().cast(), len: ROOM }
    }
}

unsafe fn fixed<N: Number>(number: N, count: c_int, answer: Answer) -> c_int {
    let places = usize::try_from(count).unwrap_or(0).min(N::DIGITS_MAX);
    *answer.is_negative = 0;
    if !number.is_finite() {
        *answer.point = 0;
        let text = Text::of(number, places, b'f');
        return text.store(answer.to, answer.len, text.len);
    }
    *answer.is_negative = c_int::from(number.is_negative());
    let mut number = number.magnitude();
    let mut zeros = 0;
    for _ in count..0 {
        let tenth = number.times(N::tenth());
        if tenth.is_less(N::of(1.0)) {
            break;
        }
        number = tenth;
        zeros += 1;
    }
    let mut text = Text::of(number, places, b'f');
    let needed = text.len;
    let whole = text.as_bytes().iter().position(|&byte| byte == b'.').unwrap_or(text.len);
    *answer.point = whole as c_int + zeros;
    let mut start = 0;
    if whole == 1 && text.bytes[0] == b'0' && N::of(0.0).is_less(number) && text.len > 1 {
        let leading = text.as_bytes()[2..].iter().take_while(|&&digit| digit == b'0').count();
        *answer.point = -(leading as c_int);
        start = 2 + leading;
    }
    text.keep_digits(start);
    // Zeros that do not fit are left out.
    let len = (text.len + zeros as usize).min(answer.len.clamp(1, ROOM) - 1).max(text.len);
    text.bytes[text.len..len].fill(b'0');
    text.len = len;
    text.store(answer.to, answer.len, needed)
}

unsafe fn significant<N: Number>(number: N, count: c_int, answer: Answer) -> c_int {
    let (mut scaled, mut exponent) = (number, 0);
    let (mut magnitude, one, ten) = (number.magnitude(), N::of(1.0), N::of(10.0));
    let is_zero = !N::of(0.0).is_less(magnitude);
    if number.is_finite() && !is_zero {
        let mut factor = one;
        let (least, its_exponent) = N::least();
        if magnitude.is_less(least) {
            scaled = scaled.over(least);
            magnitude = scaled.magnitude();
            exponent += its_exponent;
        }
        if magnitude.is_less(one) {
            while magnitude.times(factor).is_less(one) {
                factor = factor.times(ten);
                exponent -= 1;
            }
            scaled = scaled.times(factor);
        } else {
            while !magnitude.is_less(factor.times(ten)) {
                factor = factor.times(ten);
                exponent += 1;
            }
            scaled = scaled.over(factor);
        }
    }
    let places = usize::try_from(count).unwrap_or(0).min(N::DIGITS_MAX);
    let Some(places) = places.checked_sub(1) else {
        if answer.len == 0 {
            return -1;
        }
        answer.to.write(0);
        *answer.point = 1 + exponent;
        *answer.is_negative = c_int::from(number.is_finite() && number.is_negative());
        return 0;
    };
    if fixed(scaled, places as c_int, answer) != 0 {
        return -1;
    }
    *answer.point += exponent;
    0
}

/// gcvt(3): as `%.*g`.
unsafe fn general<N: Number>(number: N, count: c_int, to: *mut c_char) -> *mut c_char {
    let text = Text::of(number, usize::try_from(count).unwrap_or(6).min(N::DIGITS_MAX), b'g');
    text.store(to, ROOM, text.len);
    to
}

macro_rules! of_double {
    ($($name:ident $name_r:ident $verb:ident;)*) => {
        $(unsafe extern "C" fn $name(
            value: f64,
            count: c_int,
            point: *mut c_int,
            is_negative: *mut c_int,
        ) -> *mut c_char {
            let answer = Answer::own(point, is_negative);
            $verb(value, count, answer);
            answer.to
        }
        unsafe extern "C" fn $name_r(
            value: f64,
            count: c_int,
            point: *mut c_int,
            is_negative: *mut c_int,
            to: *mut c_char,
            len: usize,
        ) -> c_int {
            $verb(value, count, Answer { point, is_negative, to, len })
        })*
    };
}

of_double! {
    ecvt ecvt_r significant;
    fcvt fcvt_r fixed;
}

unsafe extern "C" fn gcvt(value: f64, count: c_int, to: *mut c_char) -> *mut c_char {
    general(value, count, to)
}

/// The functions of `long double`, which is on the stack: a pointer to it goes behind the other arguments.
macro_rules! of_long_double {
    ($($name:ident $at:ident $name_r:ident $at_r:ident $verb:ident;)*) => {
        $(unsafe extern "C" fn $at(
            count: c_int,
            point: *mut c_int,
            is_negative: *mut c_int,
            value: *const [u8; 10],
        ) -> *mut c_char {
            let answer = Answer::own(point, is_negative);
            $verb(long_of(*value), count, answer);
            answer.to
        }
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!("lea rcx, [rsp + 8]", "jmp {body}", body = sym $at)
        }
        unsafe extern "C" fn $at_r(
            count: c_int,
            point: *mut c_int,
            is_negative: *mut c_int,
            to: *mut c_char,
            len: usize,
            value: *const [u8; 10],
        ) -> c_int {
            $verb(long_of(*value), count, Answer { point, is_negative, to, len })
        }
        #[unsafe(naked)]
        unsafe extern "C" fn $name_r() {
            naked_asm!("lea r9, [rsp + 8]", "jmp {body}", body = sym $at_r)
        })*
    };
}

of_long_double! {
    qecvt qecvt_at qecvt_r qecvt_r_at significant;
    qfcvt qfcvt_at qfcvt_r qfcvt_r_at fixed;
}

unsafe extern "C" fn qgcvt_at(count: c_int, to: *mut c_char, value: *const [u8; 10]) -> *mut c_char {
    general(long_of(*value), count, to)
}

#[unsafe(naked)]
unsafe extern "C" fn qgcvt() {
    naked_asm!("lea rdx, [rsp + 8]", "jmp {body}", body = sym qgcvt_at)
}

pure_exports! { "libc.so.6";
    full qecvt = qecvt;
    full qfcvt = qfcvt;
    full qgcvt = qgcvt;
    full qecvt_r = qecvt_r;
    full qfcvt_r = qfcvt_r;
    full ecvt = ecvt;
    full ecvt_r = ecvt_r;
    full fcvt = fcvt;
    full fcvt_r = fcvt_r;
    full gcvt = gcvt;
}
