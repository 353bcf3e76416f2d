//! Functions of `long double` that are more than an x87 instruction. Arguments and result are in memory.
#![allow(unsafe_op_in_unsafe_fn, reason = "the whole body rests on the caller's promise, as in C")]

use core::ffi::c_int;

use super::parts::{Long, compare};
use crate::abi::{EDOM, ERANGE};
use crate::libc::set_errno;

fn long(x: f64) -> Long {
    Long::from_f64(x)
}

/// Rounds toward zero by clearing the bits of the fraction.
fn truncated(x: Long) -> Long {
    let exponent = i32::from(x.exponent()) - 0x3fff;
    match exponent {
        i32::MIN..=-1 => Long::ZERO.with_sign(x.is_negative()),
        63.. => x,
        _ => Long::new(x.is_negative(), x.exponent(), x.significand() & !(u64::MAX >> 1 >> exponent)),
    }
}

fn is_less(a: Long, b: Long) -> bool {
    compare(&a, &b).is_some_and(core::cmp::Ordering::is_lt)
}

fn floored(x: Long) -> Long {
    let whole = truncated(x);
    if is_less(x, whole) { whole.minus(Long::ONE) } else { whole }
}

fn rounded_away(x: Long) -> Long {
    let whole = truncated(x);
    let rest = x.minus(whole).with_sign(false);
    if x.is_finite() && !is_less(rest, long(0.5)) {
        whole.plus(Long::ONE.with_sign(x.is_negative()))
    } else {
        whole
    }
}

/// 2^x.
fn exp2_of(x: Long) -> Long {
    if x.is_nan() {
        return x;
    }
    if is_less(long(16384.0), x) || x.is_infinite() {
        return if x.is_negative() { Long::ZERO } else { Long::INFINITY };
    }
    if is_less(x, long(-16500.0)) {
        return Long::ZERO;
    }
    let whole = x.rounded(x);
    let rest = x.minus(whole);
    rest.exp2_minus_one(rest).plus(Long::ONE).scaled(whole)
}

/// log2 e, in two parts.
const LOG2_E: Long = Long::new(false, 0x3fff, 0xb8aa_3b29_5c17_f0bc);
/// ln 2, whose lower half is zero, and the rest of it.
const LN_2_HIGH: Long = Long::new(false, 0x3ffe, 0xb172_17f7_0000_0000);
const LN_2_LOW: Long = Long::new(false, 0x3fde, 0xd1cf_79ab_c9e3_b398);
const LN_2: Long = Long::new(false, 0x3ffe, 0xb172_17f7_d1cf_79ac);

/// e^x: the whole number of doublings is taken off exactly before the rest goes through the instruction.
fn exp_of(x: Long) -> Long {
    if x.is_nan() || x.is_infinite() || is_less(long(11400.0), x) || is_less(x, long(-11500.0)) {
        return exp2_of(x.times(LOG2_E));
    }
    let product = x.times(LOG2_E);
    let whole = product.rounded(product);
    let rest = x.minus(whole.times(LN_2_HIGH)).minus(whole.times(LN_2_LOW)).times(LOG2_E);
    rest.exp2_minus_one(rest).plus(Long::ONE).scaled(whole)
}

fn expm1_of(x: Long) -> Long {
    if is_less(x.with_sign(false), LN_2.times(long(0.5))) {
        let scaled = x.times(LOG2_E);
        return if x.is_zero() { x } else { scaled.exp2_minus_one(scaled) };
    }
    exp_of(x).minus(Long::ONE)
}

fn log_of(x: Long) -> Long {
    x.log2_times(LN_2)
}

fn log1p_of(x: Long) -> Long {
    let sum = x.plus(Long::ONE);
    if x.is_zero() || !x.is_finite() || sum.is_zero() {
        return if x.is_zero() { x } else { log_of(sum) };
    }
    let taken = sum.minus(Long::ONE);
    if taken.is_zero() {
        return x;
    }
    // What the sum lost comes back in the quotient.
    log_of(sum).times(x.over(taken))
}

fn pow_of(x: Long, y: Long) -> Long {
    if y.is_zero() || compare(&x, &Long::ONE) == Some(core::cmp::Ordering::Equal) {
        return Long::ONE;
    }
    if x.is_nan() || y.is_nan() {
        return Long::NAN;
    }
    let magnitude = x.with_sign(false);
    if y.is_infinite() {
        return match compare(&magnitude, &Long::ONE) {
            Some(core::cmp::Ordering::Equal) => Long::ONE,
            Some(order) if order.is_gt() != y.is_negative() => Long::INFINITY,
            _ => Long::ZERO,
        };
    }
    let is_integer = compare(&truncated(y), &y) == Some(core::cmp::Ordering::Equal);
    let half = y.times(long(0.5));
    let is_odd = is_integer && compare(&truncated(half), &half) != Some(core::cmp::Ordering::Equal);
    let is_negative = x.is_negative() && is_odd;
    if x.is_zero() || x.is_infinite() {
        let is_large = x.is_zero() == y.is_negative();
        return if is_large { Long::INFINITY } else { Long::ZERO }.with_sign(is_negative);
    }
    if x.is_negative() && !is_integer {
        return Long::NAN;
    }
    let doublings = magnitude.log2_times(y);
    let is_inside = is_less(doublings.with_sign(false), long(16300.0)) && magnitude.exponent() != 0;
    let result = if is_inside && is_less(y.with_sign(false), long(4e18)) {
        let whole = truncated(y);
        super::power::power(magnitude, to_integer(&whole), y.minus(whole))
    } else {
        exp2_of(doublings)
    };
    if is_negative { result.negated() } else { result }
}

/// Sets errno by what became of `x`.
pub(super) fn check(result: Long, x: Long) -> Long {
    if result.is_nan() && !x.is_nan() {
        set_errno(EDOM);
    } else if result.is_infinite() && x.is_finite() {
        set_errno(ERANGE);
    }
    result
}

macro_rules! unary {
    ($($name:ident |$x:ident| $body:expr;)*) => {
        $(
            #[doc = concat!(stringify!($name), "l(3)")]
            pub unsafe extern "C" fn $name(x: &Long, to: &mut Long) {
                let $x = *x;
                *to = check($body, *x);
            }
        )*
    };
}

unary! {
    ceil |x| floored(x.negated()).negated();
    floor |x| floored(x);
    trunc |x| truncated(x);
    round |x| rounded_away(x);
    exp |x| exp_of(x);
    exp2 |x| exp2_of(x);
    exp10 |x| if x.is_nan() { x } else { pow_of(long(10.0), x) };
    expm1 |x| expm1_of(x);
    log1p |x| log1p_of(x);
    sinh |x| {
        let e = expm1_of(x.with_sign(false));
        let half = if e.is_infinite() { e } else { e.plus(e.over(e.plus(Long::ONE))).times(long(0.5)) };
        if x.is_nan() { x } else { half.with_sign(x.is_negative()) }
    };
    cosh |x| {
        let e = exp_of(x.with_sign(false));
        e.plus(Long::ONE.over(e)).times(long(0.5))
    };
    tanh |x| {
        let e = expm1_of(x.with_sign(false).times(long(2.0)));
        let magnitude = if e.is_infinite() { Long::ONE } else { e.over(e.plus(long(2.0))) };
        if x.is_nan() { x } else { magnitude.with_sign(x.is_negative()) }
    };
    asinh |x| {
        let a = x.with_sign(false);
        let square = a.times(a);
        let root = square.plus(Long::ONE);
        let result = log1p_of(a.plus(square.over(Long::ONE.plus(root.root(root)))));
        if x.is_finite() { result.with_sign(x.is_negative()) } else { x }
    };
    acosh |x| {
        let below = x.minus(Long::ONE);
        let product = below.times(x.plus(Long::ONE));
        log1p_of(below.plus(product.root(product)))
    };
    atanh |x| {
        let a = x.with_sign(false);
        let result = log1p_of(a.plus(a).over(Long::ONE.minus(a))).times(long(0.5));
        if x.is_nan() { x } else if result.is_nan() { result } else { result.with_sign(x.is_negative()) }
    };
    cbrt |x| {
        let mut root = long(libm::cbrt(x.to_f64()));
        if x.is_finite() && !x.is_zero() && root.is_finite() && !root.is_zero() {
            // One step of Newton's doubles the digits.
            let square = root.times(root);
            root = root.minus(root.times(square).minus(x).over(square.times(long(3.0))));
        }
        root
    };
    logb |x| match ilogb_of(x) {
        _ if x.is_zero() => Long::INFINITY.negated(),
        _ if x.is_nan() => x,
        _ if x.is_infinite() => Long::INFINITY,
        exponent => long(f64::from(exponent)),
    };
    erf |x| long(libm::erf(x.to_f64()));
    erfc |x| long(libm::erfc(x.to_f64()));
    tgamma |x| long(libm::tgamma(x.to_f64()));
    lgamma |x| {
        let (value, sign) = libm::lgamma_r(x.to_f64());
        crate::libc::state::state().math.signgam.set(sign);
        long(value)
    };
    j0 |x| long(libm::j0(x.to_f64()));
    j1 |x| long(libm::j1(x.to_f64()));
    y0 |x| long(libm::y0(x.to_f64()));
    y1 |x| long(libm::y1(x.to_f64()));
}

macro_rules! binary {
    ($($name:ident |$x:ident, $y:ident| $body:expr;)*) => {
        $(
            #[doc = concat!(stringify!($name), "l(3)")]
            pub unsafe extern "C" fn $name(x: &Long, y: &Long, to: &mut Long) {
                let ($x, $y) = (*x, *y);
                *to = $body;
            }
        )*
    };
}

binary! {
    pow |x, y| {
        let result = pow_of(x, y);
        if y.is_nan() { result } else { check(result, x) }
    };
    hypot |x, y| {
        if x.is_infinite() || y.is_infinite() {
            Long::INFINITY
        } else {
            let (a, b) = (x.with_sign(false), y.with_sign(false));
            let (large, small) = if is_less(a, b) { (b, a) } else { (a, b) };
            let ratio = small.over(large);
            let sum = ratio.times(ratio).plus(Long::ONE);
            if large.is_zero() { large } else { large.times(sum.root(sum)) }
        }
    };
    copysign |x, y| x.with_sign(y.is_negative());
    fmax |x, y| if x.is_nan() || is_less(x, y) { y } else { x };
    fmin |x, y| if x.is_nan() || is_less(y, x) { y } else { x };
    fdim |x, y| if x.is_nan() || y.is_nan() { Long::NAN } else if is_less(y, x) { x.minus(y) } else { Long::ZERO };
    nextafter |x, y| match compare(&x, &y) {
        None => Long::NAN,
        Some(core::cmp::Ordering::Equal) => y,
        Some(_) if x.is_zero() => Long::new(y.is_negative(), 0, 1),
        Some(order) => x.neighbour(order.is_lt() != x.is_negative()),
    };
}

/// fmal(3), of three values one after another.
pub unsafe extern "C" fn fma(values: &[Long; 3], to: &mut Long) {
    let [x, y, z] = *values;
    *to = x.times(y).plus(z);
}

/// ldexpl(3)
pub unsafe extern "C" fn scale(x: &Long, exponent: i64, to: &mut Long) {
    let result = x.scaled(long(exponent.clamp(-100_000, 100_000) as f64));
    if x.is_finite() && !x.is_zero() && (result.is_infinite() || result.is_zero()) {
        set_errno(ERANGE);
    }
    *to = result;
}

fn ilogb_of(x: Long) -> i32 {
    if x.exponent() == 0 {
        -16382 - x.significand().leading_zeros() as i32
    } else {
        i32::from(x.exponent()) - 0x3fff
    }
}

/// frexpl(3)
pub unsafe extern "C" fn frexp(x: &Long, exponent: *mut c_int, to: &mut Long) {
    if !x.is_finite() || x.is_zero() {
        *exponent = 0;
        *to = *x;
        return;
    }
    *exponent = ilogb_of(*x) + 1;
    *to = Long::new(x.is_negative(), 0x3ffe, x.significand() << x.significand().leading_zeros());
}

/// modfl(3)
pub unsafe extern "C" fn modf(x: &Long, integer: *mut Long, to: &mut Long) {
    let whole = truncated(*x);
    // The pointer is a `long double`'s, which holds ten bytes and six of padding.
    *integer = whole;
    let rest = if x.is_infinite() { Long::ZERO } else { x.minus(whole) };
    *to = if rest.is_nan() { rest } else { rest.with_sign(x.is_negative()) };
}

/// remquol(3): the two values come one after the other.
pub unsafe extern "C" fn remquo(values: &[Long; 2], quotient: *mut c_int, to: &mut Long) {
    let [x, y] = *values;
    let ratio = x.over(y);
    let whole = ratio.rounded(ratio);
    *quotient = (whole.to_f64() % 1_073_741_824.0) as c_int;
    *to = x.minus(whole.times(y));
}

/// lgammal_r(3)
pub unsafe extern "C" fn lgamma_r(x: &Long, sign: *mut c_int, to: &mut Long) {
    let (value, sign_of) = libm::lgamma_r(x.to_f64());
    *sign = sign_of;
    *to = check(long(value), *x);
}

/// jnl(3)
pub unsafe extern "C" fn jn(x: &Long, n: c_int, to: &mut Long) {
    *to = long(libm::jn(n, x.to_f64()));
}

/// ynl(3)
pub unsafe extern "C" fn yn(x: &Long, n: c_int, to: &mut Long) {
    *to = check(long(libm::yn(n, x.to_f64())), *x);
}

/// lroundl(3)
pub fn to_integer(x: &Long) -> i64 {
    let rounded = rounded_away(*x);
    let exponent = i32::from(rounded.exponent()) - 0x3fff;
    if exponent < 0 {
        return 0;
    }
    if exponent > 62 {
        return i64::MIN;
    }
    let magnitude = (rounded.significand() >> (63 - exponent)) as i64;
    if rounded.is_negative() { -magnitude } else { magnitude }
}

/// ilogbl(3)
pub fn ilogb(x: &Long) -> c_int {
    if x.is_zero() || x.is_nan() {
        set_errno(EDOM);
        c_int::MIN
    } else if x.is_infinite() {
        set_errno(EDOM);
        c_int::MAX
    } else {
        ilogb_of(*x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Long, b: f64) -> bool {
        let a = a.to_f64();
        a == b || (a - b).abs() <= b.abs() * 4.0 * f64::EPSILON
    }

    fn unary(f: unsafe extern "C" fn(&Long, &mut Long), x: f64) -> Long {
        let mut result = Long::ZERO;
        // SAFETY: both are ours.
        unsafe { f(&long(x), &mut result) };
        result
    }

    #[test]
    fn functions_agree_with_doubles() {
        for x in [-30.5, -2.5, -1.0, -0.3, -0.0, 0.0, 1e-9, 0.25, 0.5, 1.0, 1.5, 2.5, 7.0, 44.25, 700.0] {
            assert!(near(unary(exp, x), libm::exp(x)), "exp {x}");
            assert!(near(unary(expm1, x), libm::expm1(x)), "expm1 {x}");
            assert!(near(unary(exp2, x), libm::exp2(x)), "exp2 {x}");
            assert!(near(unary(floor, x), libm::floor(x)), "floor {x}");
            assert!(near(unary(ceil, x), libm::ceil(x)), "ceil {x}");
            assert!(near(unary(round, x), libm::round(x)), "round {x}");
            assert!(near(unary(sinh, x), libm::sinh(x)), "sinh {x}");
            assert!(near(unary(cosh, x), libm::cosh(x)), "cosh {x}");
            assert!(near(unary(tanh, x), libm::tanh(x)), "tanh {x}");
            assert!(near(unary(asinh, x), libm::asinh(x)), "asinh {x}");
            assert!(near(unary(cbrt, x), libm::cbrt(x)), "cbrt {x}");
            if x > -1.0 {
                assert!(near(unary(log1p, x), libm::log1p(x)), "log1p {x}");
            }
            for y in [-3.0, -0.5, 0.0, 0.5, 2.0, 3.0, 80.0] {
                let expected = libm::pow(x, y);
                let mut result = Long::ZERO;
                // SAFETY: all are ours.
                unsafe { pow(&long(x), &long(y), &mut result) };
                if expected.is_nan() {
                    assert!(result.is_nan(), "pow {x} {y}");
                } else if expected.is_finite() && expected.abs() > 1e-300 {
                    assert!(near(result, expected), "pow {x} {y}: {}", result.to_f64());
                }
            }
        }
    }

    #[test]
    fn parts_come_apart_and_together() {
        let (mut exponent, mut fraction, mut whole) = (0, Long::ZERO, Long::ZERO);
        // SAFETY: all are ours.
        unsafe {
            frexp(&long(-12.0), &mut exponent, &mut fraction);
            assert_eq!((exponent, fraction.to_f64()), (4, -0.75));
            scale(&fraction, 4, &mut whole);
            assert_eq!(whole.to_f64(), -12.0);
            modf(&long(-3.25), &mut whole, &mut fraction);
            assert_eq!((whole.to_f64(), fraction.to_f64()), (-3.0, -0.25));
        }
        assert_eq!(to_integer(&long(-2.5)), -3);
        assert_eq!(long(7.0).minus(long(2.0)).over(long(2.0)).to_f64(), 2.5);
    }
}
