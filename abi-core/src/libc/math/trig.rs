//! `long double` roots, logarithms, remainders and functions of angles: x87 instructions, where their domains end helped
//! by a reduction of our own, and with errno.

use core::arch::asm;

use super::long::check;
use super::parts::{Long, compare};

/// π/2 in pieces of 32 bits, whose products with a number below 2^32 are exact.
const HALF_PI: [Long; 5] = [
    Long::new(false, 0x3fff, 0xc90f_daa2_0000_0000),
    Long::new(false, 0x3fdd, 0x85a3_08d3_0000_0000),
    Long::new(false, 0x3fba, 0x98cc_5170_0000_0000),
    Long::new(false, 0x3f97, 0xdc1c_d129_0000_0000),
    Long::new(false, 0x3f71, 0x9382_2299_0000_0000),
];
/// 2/π
const TWO_BY_PI: Long = Long::new(false, 0x3ffe, 0xa2f9_836e_4e44_152a);
/// π/4
const QUARTER_PI: Long = Long::new(false, 0x3ffe, 0xc90f_daa2_2168_c235);
/// log10 2
const LOG10_2: Long = Long::new(false, 0x3ffd, 0x9a20_9a84_fbcf_f799);
/// ln 2
const LN_2: Long = Long::new(false, 0x3ffe, 0xb172_17f7_d1cf_79ac);
/// Where the pieces of π/2 no longer multiply exactly.
const PIECES_MAX: Long = Long::new(false, 0x3fff + 32, 1 << 63);

macro_rules! loop_until_done {
    ($(#[$doc:meta])* $name:ident $instruction:literal) => {
        $(#[$doc])*
        fn $name(a: Long, b: Long) -> Long {
            let mut result = Long::ZERO;
            // SAFETY: the operands and the result are ours; the x87 stack is left as it was.
            unsafe {
                asm!("fld tbyte ptr [{b}]", "fld tbyte ptr [{a}]", "2:", $instruction, "fnstsw ax", "test ah, 4",
                    "jnz 2b", "fstp st(1)", "fstp tbyte ptr [{to}]",
                    a = in(reg) &raw const a, b = in(reg) &raw const b, to = in(reg) &raw mut result,
                    out("ax") _, out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                    out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _, options(nostack));
            }
            result
        }
    };
}
loop_until_done!(
    /// a - b × (a / b cut to an integer), exactly.
    truncating_remainder "fprem"
);
loop_until_done!(
    /// a - b × (a / b rounded to an integer), exactly.
    rounding_remainder "fprem1"
);

/// Takes multiples of π/2 off; returns the rest and how many, modulo 4.
fn reduced(x: Long) -> (Long, u32) {
    let magnitude = x.with_sign(false);
    if compare(&magnitude, &QUARTER_PI).is_none_or(core::cmp::Ordering::is_le) {
        return (x, 0);
    }
    // Beyond that the turns are counted with π cut to what the instruction uses.
    let x = if compare(&magnitude, &PIECES_MAX).is_some_and(core::cmp::Ordering::is_lt) {
        x
    } else {
        rounding_remainder(x, QUARTER_PI.times(Long::from_f64(8.0)))
    };
    let ratio = x.times(TWO_BY_PI);
    let turns = ratio.rounded(ratio);
    let rest = HALF_PI.iter().fold(x, |rest, &piece| rest.minus(turns.times(piece)));
    (rest, (turns.to_f64() as i64 & 3) as u32)
}

/// Sine and cosine.
fn sine_and_cosine(x: Long) -> (Long, Long) {
    if !x.is_finite() {
        return (Long::NAN, Long::NAN);
    }
    let (rest, quadrant) = reduced(x);
    let (sine, cosine) = (rest.sine(rest), rest.cosine(rest));
    match quadrant {
        0 => (sine, cosine),
        1 => (cosine, sine.negated()),
        2 => (sine.negated(), cosine.negated()),
        _ => (cosine.negated(), sine),
    }
}

/// The square root of 1 - x².
fn other_leg(x: Long) -> Long {
    let square = Long::ONE.minus(x).times(Long::ONE.plus(x));
    square.root(square)
}

macro_rules! unary {
    ($($name:ident |$x:ident| $body:expr;)*) => {
        $(
            #[doc = concat!(stringify!($name), "l(3)")]
            pub unsafe extern "C" fn $name(x: &Long, to: &mut Long) {
                let $x = *x;
                *to = if x.is_nan() { $x } else { check($body, $x) };
            }
        )*
    };
}

unary! {
    sqrt |x| x.root(x);
    log |x| x.log2_times(LN_2);
    log2 |x| x.log2_times(Long::ONE);
    log10 |x| x.log2_times(LOG10_2);
    sin |x| sine_and_cosine(x).0;
    cos |x| sine_and_cosine(x).1;
    tan |x| {
        let (sine, cosine) = sine_and_cosine(x);
        sine.over(cosine)
    };
    asin |x| x.arc_tangent(other_leg(x));
    acos |x| other_leg(x).arc_tangent(x);
}

macro_rules! binary {
    ($($name:ident $body:ident;)*) => {
        $(
            #[doc = concat!(stringify!($name), "l(3)")]
            pub unsafe extern "C" fn $name(x: &Long, y: &Long, to: &mut Long) {
                let result = $body(*x, *y);
                *to = if y.is_nan() { result } else { check(result, *x) };
            }
        )*
    };
}

binary! {
    fmod truncating_remainder;
    remainder rounding_remainder;
}

/// sincosl(3)
pub unsafe extern "C" fn sincos(x: &Long, sine: &mut Long, cosine: &mut Long) {
    (*sine, *cosine) = sine_and_cosine(*x);
    check(*sine, *x);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(f: unsafe extern "C" fn(&Long, &mut Long), x: Long) -> Long {
        let mut result = Long::ZERO;
        // SAFETY: both are ours.
        unsafe { f(&x, &mut result) };
        result
    }

    #[test]
    fn angles_keep_their_digits_near_multiples_of_pi() {
        // π as a long double; its sine is what the rounding lost.
        let pi = Long::new(false, 0x4000, 0xc90f_daa2_2168_c235);
        let lost = Long::new(true, 0x3fbe, 0xece6_75d1_fc8f_8cbb);
        assert_eq!(of(sin, pi).significand(), lost.significand());
        assert_eq!(of(sin, pi).exponent(), lost.exponent());
        assert!(of(sin, pi).is_negative());
        for x in [0.1, 0.8, 1.5, 2.5, -4.0, 30.25, 1e6, -1e9] {
            let long = Long::from_f64(x);
            assert!((of(sin, long).to_f64() - libm::sin(x)).abs() < 1e-15, "sin {x}");
            assert!((of(cos, long).to_f64() - libm::cos(x)).abs() < 1e-15, "cos {x}");
            let tangent = libm::tan(x);
            assert!((of(tan, long).to_f64() - tangent).abs() < 1e-15 * (1.0 + tangent * tangent), "tan {x}");
        }
        for x in [-1.0, -0.5, 0.0, 0.25, 1.0] {
            let long = Long::from_f64(x);
            assert!((of(asin, long).to_f64() - libm::asin(x)).abs() < 1e-15, "asin {x}");
            assert!((of(acos, long).to_f64() - libm::acos(x)).abs() < 1e-15, "acos {x}");
        }
    }

    #[test]
    fn logarithms_and_remainders() {
        for x in [0.001, 0.999, 1.0, 1.001, 10.0, 1e300] {
            let long = Long::from_f64(x);
            assert!((of(log, long).to_f64() - libm::log(x)).abs() < 1e-13, "log {x}");
            assert!((of(log10, long).to_f64() - libm::log10(x)).abs() < 1e-13, "log10 {x}");
        }
        let remainder_of = truncating_remainder(Long::from_f64(-7.5), Long::from_f64(2.0));
        assert_eq!(remainder_of.to_f64(), -1.5);
        assert_eq!(rounding_remainder(Long::from_f64(7.5), Long::from_f64(2.0)).to_f64(), -0.5);
        assert!(of(sqrt, Long::from_f64(-1.0)).is_nan());
    }
}
