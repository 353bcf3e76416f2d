//! Functions of any format whose results are exact, or rounded once.

use core::cmp::Ordering;
use core::ffi::c_int;

use super::control;
use super::inexact::domain_error;
use super::parts::Long;
use super::real::Real;
use super::wide::Wide;
use crate::abi::{EDOM, ERANGE};
use crate::libc::set_errno;

/// Compares; `None` if one is not a number.
#[inline]
pub fn compare<T: Real>(x: T, y: T) -> Option<Ordering> {
    (!x.is_nan() && !y.is_nan()).then(|| x.order(y))
}

pub(super) fn is_less<T: Real>(x: T, y: T) -> bool {
    compare(x, y) == Some(Ordering::Less)
}

pub(super) fn is_equal<T: Real>(x: T, y: T) -> bool {
    compare(x, y) == Some(Ordering::Equal)
}

pub(super) fn has_signaling<T: Real>(x: T, y: T) -> bool {
    x.is_signaling() || y.is_signaling()
}

/// The whole number with the magnitude one larger.
#[inline]
fn one_more<T: Real>(whole: T, is_negative: bool) -> T {
    whole.plus(T::one(is_negative)).with_sign(is_negative)
}

/// What is lost by rounding toward zero, compared with a half; of finite numbers.
#[inline]
fn fraction_to_half<T: Real>(x: T) -> Ordering {
    x.minus(x.truncated()).with_sign(false).order(T::HALF)
}

/// How a number is rounded to a whole one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Up.
    Upward,
    /// Down.
    Downward,
    /// Toward zero.
    TowardZero,
    /// To the nearest, halves away from zero.
    NearestAway,
    /// To the nearest, halves to the even one.
    NearestEven,
}

/// Rounds to a whole number without FE_INEXACT.
#[inline]
pub fn rounded_in<T: Real>(x: T, direction: Direction) -> T {
    if let Some(result) = x.rounded_at_once(Some(direction)) {
        return result;
    }
    rounded(x, |whole| match direction {
        Direction::Upward => !x.is_negative(),
        Direction::Downward => x.is_negative(),
        Direction::TowardZero => false,
        Direction::NearestAway => fraction_to_half(x).is_ge(),
        Direction::NearestEven => match fraction_to_half(x) {
            Ordering::Equal => whole.to_wide().parity().1,
            order => order.is_gt(),
        },
    })
}

/// Rounds to a whole number whose magnitude is larger than the truncated one if the predicate says so.
#[inline]
fn rounded<T: Real>(x: T, is_larger: impl FnOnce(T) -> bool) -> T {
    if x.is_nan() {
        return x.plus(x);
    }
    let whole = x.truncated();
    if x.is_infinite() || is_equal(whole, x) || !is_larger(whole) {
        return whole;
    }
    one_more(whole, x.is_negative())
}

/// trunc(3)
pub fn trunc<T: Real>(x: T) -> T {
    rounded_in(x, Direction::TowardZero)
}

/// floor(3)
pub fn floor<T: Real>(x: T) -> T {
    rounded_in(x, Direction::Downward)
}

/// ceil(3)
pub fn ceil<T: Real>(x: T) -> T {
    rounded_in(x, Direction::Upward)
}

/// round(3)
#[inline]
pub fn round<T: Real>(x: T) -> T {
    if x.is_nan() {
        return x.plus(x);
    }
    // Adding a half's bit carries into the whole number's, and into the exponent.
    let fraction_bits = T::DIGITS as i32 - T::LEAST_EXPONENT - biased_exponent(x);
    match fraction_bits - T::DIGITS as i32 {
        1.. => T::zero(x.is_negative()),
        0 => T::one(x.is_negative()),
        _ if fraction_bits <= 0 => x,
        _ => {
            let half = 1 << (fraction_bits - 1);
            T::from_rank((x.rank() + half) & !(2 * half - 1), x.is_negative())
        }
    }
}

/// roundeven(3)
pub fn roundeven<T: Real>(x: T) -> T {
    rounded_in(x, Direction::NearestEven)
}

/// sqrt(3)
pub fn sqrt<T: Real>(x: T) -> T {
    if x.is_negative() && !x.is_zero() && !x.is_nan() {
        set_errno(EDOM);
    }
    x.root()
}

/// Tells whether a remainder is defined; if not, gives the result.
fn remainder_of<T: Real>(x: T, y: T, nan: fn(T, T) -> T, of: fn(T, T) -> T) -> T {
    match () {
        () if x.is_nan() || y.is_nan() => nan(x, y),
        () if x.is_infinite() || y.is_zero() => domain_error(),
        () if y.is_infinite() || x.is_zero() => x,
        () => of(x, y),
    }
}

/// fmod(3)
pub fn fmod<T: Real>(x: T, y: T) -> T {
    remainder_of(x, y, T::plus, T::truncating_remainder)
}

/// remainder(3)
pub fn remainder<T: Real>(x: T, y: T) -> T {
    remainder_of(x, y, |x, y| if T::DIGITS == 53 { y.plus(x) } else { x.plus(y) }, T::rounding_remainder)
}

/// remquo(3): the remainder and the last bits of the quotient.
pub fn remquo<T: Real>(x: T, y: T) -> (T, Option<c_int>) {
    if !x.is_finite() || y.is_nan() || y.is_zero() {
        let is_nan = x.is_nan() || y.is_nan();
        return (if is_nan { x.plus(y) } else { T::from_long(Long::ZERO.over(Long::ZERO)) }, None);
    }
    if y.is_infinite() || x.is_zero() {
        return (x, Some(0));
    }
    let (rest, low) = x.remainder_and_quotient(y);
    (rest, Some(low))
}

/// As [`remquo`], of finite numbers that are not zero.
pub(super) fn wide_remquo<T: Real>(x: T, y: T) -> (T, c_int) {
    let rest = x.rounding_remainder(y);
    // Multiples of eight times the divisor do not show.
    let size = y.to_wide().magnitude();
    let near = if size.exponent() > 16380 {
        x.to_long()
    } else {
        x.to_long().truncating_remainder(size.doubled(3).to_long())
    };
    let near = Wide::from_long(near).magnitude();
    let (left, low) = [2, 1, 0].iter().fold((near, 0), |(left, low), &bit| {
        let part = size.doubled(bit);
        if left >= part { (left - part, low + (1 << bit)) } else { (left, low) }
    });
    let is_up = match left.doubled(1).partial_cmp(&size) {
        Some(Ordering::Equal) => low & 1 == 1,
        order => order == Some(Ordering::Greater),
    };
    let low = low + c_int::from(is_up);
    (rest, if x.is_negative() == y.is_negative() { low } else { -low })
}

/// fmax(3)
pub fn fmax<T: Real>(x: T, y: T) -> T {
    match () {
        () if has_signaling(x, y) => x.plus(y),
        () if y.is_nan() => x,
        () if x.is_nan() || is_less(x, y) || T::DIGITS <= 64 && is_either_zero(x, y) => y,
        () => x,
    }
}

/// Tells whether both are zeros, of which it does not matter which one is taken: it is the second one.
fn is_either_zero<T: Real>(x: T, y: T) -> bool {
    x.is_zero() && y.is_zero()
}

/// fmin(3)
pub fn fmin<T: Real>(x: T, y: T) -> T {
    match () {
        () if has_signaling(x, y) => x.plus(y),
        () if y.is_nan() => x,
        () if x.is_nan() || is_less(y, x) || T::DIGITS < 64 && is_either_zero(x, y) => y,
        () => x,
    }
}

/// fdim(3)
pub fn fdim<T: Real>(x: T, y: T) -> T {
    if x.is_nan() || y.is_nan() {
        return x.plus(y);
    }
    if !is_less(y, x) {
        return T::zero(false);
    }
    let result = x.minus(y);
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        set_errno(ERANGE);
    }
    result
}

/// nextafter(3)
pub fn nextafter<T: Real>(x: T, y: T) -> T {
    match compare(x, y) {
        None => y.plus(x),
        Some(Ordering::Equal) => y,
        Some(order) => next(x, order.is_gt()),
    }
}

/// nextdown(3), or nextup(3)
pub fn next_quietly<T: Real>(x: T, is_down: bool) -> T {
    match () {
        () if x.is_nan() => x.plus(x),
        () if x.is_infinite() && x.is_negative() == is_down => x,
        () if x.is_zero() => T::from_rank(1, is_down),
        () if x.is_negative() == is_down => T::from_rank(x.rank() + 1, is_down),
        () => T::from_rank(x.rank() - 1, !is_down),
    }
}

/// The value next to a number in a direction, with what the step raises.
fn next<T: Real>(x: T, is_down: bool) -> T {
    let result = next_quietly(x, is_down);
    let large = Long::new(false, 0x7ffe, 1 << 63);
    let small = Long::new(false, 1, 3 << 62);
    if result.is_infinite() {
        set_errno(ERANGE);
        let _ = large.times(large);
    } else if result.is_zero() || result.to_wide().exponent() < T::LEAST_EXPONENT {
        if !x.is_zero() {
            set_errno(ERANGE);
        }
        let _ = small.times(small);
    }
    result
}

/// fma(3)
pub fn fma<T: Real>(x: T, y: T, z: T) -> T {
    if T::DIGITS < 64 && z.is_nan() && !x.is_nan() && !y.is_nan() {
        return z.plus(z);
    }
    if !(x.is_finite() && y.is_finite()) || x.is_zero() || y.is_zero() {
        return y.times(x).plus(z);
    }
    if !z.is_finite() {
        return z.plus(z);
    }
    if z.is_zero() {
        return T::from_wide(x.to_wide() * y.to_wide());
    }
    x.multiply_add(y, z)
}

/// x × y + z, finite and not zero, where the processor does not know how.
pub(super) fn wide_multiply_add<T: Real>(x: T, y: T, z: T) -> T {
    let sum = x.to_wide() * y.to_wide() + z.to_wide();
    // A sum that cancels is zero in the direction of rounding.
    if sum.is_zero() { z.minus(z) } else { T::from_wide(sum) }
}

/// The exponent of a normal number as the format has it, from 1 up.
#[inline]
fn biased_exponent<T: Real>(x: T) -> i32 {
    (x.rank() >> (T::DIGITS - 1)) as i32
}

/// A normal number with another exponent as the format has it.
#[inline]
fn with_biased_exponent<T: Real>(x: T, exponent: i32) -> T {
    let fraction = x.rank() & ((1 << (T::DIGITS - 1)) - 1);
    T::from_rank((exponent as u128) << (T::DIGITS - 1) | fraction, x.is_negative())
}

/// ldexp(3)
pub fn ldexp<T: Real>(x: T, exponent: i64) -> T {
    if x.is_normal() {
        let exponent = i64::from(biased_exponent(x)).saturating_add(exponent);
        if exponent > 0 && exponent <= i64::from(2 * (1 - T::LEAST_EXPONENT)) {
            return with_biased_exponent(x, exponent as i32);
        }
    }
    if !x.is_finite() || x.is_zero() {
        return x.plus(x);
    }
    let result = T::from_wide(x.to_wide().doubled(exponent.clamp(-100_000, 100_000) as i32));
    if result.is_infinite() || result.is_zero() {
        set_errno(ERANGE);
    }
    result
}

/// scalb(3)
pub fn scalb<T: Real>(x: T, y: T) -> T {
    match () {
        () if x.is_nan() || y.is_nan() => x.times(y),
        () if y.is_infinite() && x.is_zero() != y.is_negative() && (x.is_zero() || x.is_infinite()) => {
            domain_error()
        }
        () if y.is_infinite() => {
            if y.is_negative() {
                T::zero(x.is_negative())
            } else {
                T::infinity(x.is_negative())
            }
        }
        () if !y.to_wide().parity().0 => {
            let _ = y.rint();
            domain_error()
        }
        () if x.is_zero() || x.is_infinite() => x,
        () => ldexp(x, y.to_wide().nearest().into()),
    }
}

/// The exponent of a finite number that is not zero.
pub(super) fn exponent_of<T: Real>(x: T) -> i32 {
    if x.is_normal() { biased_exponent(x) + T::LEAST_EXPONENT - 1 } else { x.to_wide().exponent() }
}

/// logb(3)
pub fn logb<T: Real>(x: T) -> T {
    match () {
        () if x.is_nan() => x.plus(x),
        () if x.is_infinite() => T::infinity(false),
        () if x.is_zero() => T::from_long(Long::ONE.over(Long::ZERO.with_sign(true))),
        () => T::whole(exponent_of(x)),
    }
}

/// ilogb(3)
pub fn ilogb<T: Real>(x: T) -> c_int {
    if x.is_finite() && !x.is_zero() {
        return exponent_of(x);
    }
    let _: T = domain_error();
    if x.is_infinite() { c_int::MAX } else { c_int::MIN }
}

/// significand(3)
pub fn significand<T: Real>(x: T) -> T {
    if x.is_finite() && !x.is_zero() {
        return T::from_wide(x.to_wide().doubled(-exponent_of(x)));
    }
    // The exponent that there is none of is asked of ilogb, or for `long double` of an instruction.
    if T::DIGITS < 64 {
        let _: T = domain_error();
        if x.is_infinite() && T::DIGITS == 24 {
            let _ = Long::ONE.plus(Long::new(false, 1, 1 << 63));
        }
    } else if x.is_zero() {
        let _ = Long::ONE.over(Long::ZERO);
    }
    x.plus(x)
}

/// frexp(3)
pub fn frexp<T: Real>(x: T) -> (T, c_int) {
    if !x.is_finite() || x.is_zero() {
        return (x.plus(x), 0);
    }
    let exponent = exponent_of(x) + 1;
    if x.is_normal() {
        return (with_biased_exponent(x, -T::LEAST_EXPONENT), exponent);
    }
    (T::from_wide(x.to_wide().doubled(-exponent)), exponent)
}

/// modf(3): the fraction and the whole number.
pub fn modf<T: Real>(x: T) -> (T, T) {
    if x.is_nan() {
        return (x.plus(x), x.plus(x));
    }
    let whole = x.truncated();
    let fraction = if x.is_infinite() { T::zero(false) } else { x.minus(whole) };
    (fraction.with_sign(x.is_negative()), whole)
}

/// lround(3)
pub fn lround<T: Real>(x: T) -> i64 {
    (if x.is_finite() { round(x) } else { x }).to_integer()
}

/// rint(3): FE_INEXACT says whether something was lost.
pub fn rint<T: Real>(x: T) -> T {
    x.rint()
}

/// nearbyint(3): rint without FE_INEXACT.
pub fn nearbyint<T: Real>(x: T) -> T {
    if let Some(result) = x.rounded_at_once(None) {
        return result;
    }
    rounded_in(
        x,
        match control::control_word() >> 10 & 3 {
            0 => Direction::NearestEven,
            1 => Direction::Downward,
            2 => Direction::Upward,
            _ => Direction::TowardZero,
        },
    )
}

/// lrint(3)
pub fn lrint<T: Real>(x: T) -> i64 {
    x.to_integer()
}

/// nexttoward(3)
pub fn nexttoward<T: Real>(x: T, y: Long) -> T {
    match compare(x.to_long(), y) {
        None => T::from_long(x.to_long().plus(y)),
        Some(Ordering::Equal) => T::from_long(y),
        Some(order) => next(x, order.is_gt()),
    }
}

/// The quiet NaN with a payload.
pub fn nan<T: Real>(payload: u64) -> T {
    let quiet = 1 << (T::DIGITS - 2);
    T::from_rank(T::infinity(false).rank() | quiet | u128::from(payload) & (quiet - 1), false)
}
