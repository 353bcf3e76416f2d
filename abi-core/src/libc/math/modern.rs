//! What C23 and its forerunners added to math.h: maxima and minima, payloads, orders, conversions to integers of any width,
//! and operations that round to a narrower format.

use core::cmp::Ordering;
use core::ffi::{c_int, c_uint};

use super::exact::{Direction, compare, exponent_of, has_signaling, is_equal, rounded_in};
use super::inexact::domain_error;
use super::parts::Long;
use super::real::Real;
use super::wide::Wide;
use crate::abi::{EDOM, ERANGE};
use crate::libc::set_errno;

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extreme {
    /// The larger one.
    Maximum,
    /// The smaller one.
    Minimum,
}

/// Orders numbers, a negative zero below a positive one.
fn order<T: Real>(x: T, y: T) -> Ordering {
    compare(x, y).unwrap_or(Ordering::Equal).then(y.is_negative().cmp(&x.is_negative()))
}

fn select<T: Real>(x: T, y: T, order: Ordering, extreme: Extreme) -> T {
    if order.is_ge() == (extreme == Extreme::Maximum) { x } else { y }
}

/// Compares magnitudes, and values where those are equal.
fn order_of_magnitudes<T: Real>(x: T, y: T) -> Ordering {
    let by_size = compare(x.with_sign(false), y.with_sign(false)).unwrap_or(Ordering::Equal);
    by_size.then_with(|| order(x, y))
}

/// fmaximum(3) and fminimum(3): NaNs are passed on.
pub fn extreme<T: Real>(x: T, y: T, extreme: Extreme) -> T {
    if x.is_nan() || y.is_nan() { x.plus(y) } else { select(x, y, order(x, y), extreme) }
}

/// fmaximum_mag(3) and fminimum_mag(3)
pub fn extreme_magnitude<T: Real>(x: T, y: T, extreme: Extreme) -> T {
    if x.is_nan() || y.is_nan() { x.plus(y) } else { select(x, y, order_of_magnitudes(x, y), extreme) }
}

/// The number of the two where the other is a NaN, FE_INVALID being raised for signalling ones.
fn without_nan<T: Real>(x: T, y: T) -> Option<T> {
    match (x.is_nan(), y.is_nan()) {
        (false, false) => None,
        (true, true) => Some(y.plus(x)),
        (is_first, _) => {
            if has_signaling(x, y) {
                let _ = x.plus(y);
            }
            Some(if is_first { y } else { x })
        }
    }
}

/// fmaximum_num(3) and fminimum_num(3): numbers are preferred to NaNs.
pub fn extreme_number<T: Real>(x: T, y: T, extreme: Extreme) -> T {
    without_nan(x, y).unwrap_or_else(|| select(x, y, order(x, y), extreme))
}

/// fmaximum_mag_num(3) and fminimum_mag_num(3)
pub fn extreme_magnitude_number<T: Real>(x: T, y: T, extreme: Extreme) -> T {
    without_nan(x, y).unwrap_or_else(|| select(x, y, order_of_magnitudes(x, y), extreme))
}

/// fmaxmag(3) and fminmag(3)
pub fn fmaxmag<T: Real>(x: T, y: T, extreme: Extreme) -> T {
    match compare(x.with_sign(false), y.with_sign(false)) {
        // Of equal numbers it is the second one.
        Some(Ordering::Equal) if is_equal(x, y) => y,
        Some(Ordering::Equal) => select(x, y, order(x, y), extreme),
        Some(by_size) => select(x, y, by_size, extreme),
        None if has_signaling(x, y) => x.plus(y),
        None if y.is_nan() => x,
        None => y,
    }
}

/// llogb(3)
pub fn llogb<T: Real>(x: T) -> i64 {
    if x.is_finite() && !x.is_zero() {
        return exponent_of(x).into();
    }
    let _: T = domain_error();
    if x.is_infinite() { i64::MAX } else { i64::MIN }
}

/// totalorder(3): all values in a row, from the negative NaNs to the positive ones.
pub fn totalorder<T: Real>(x: T, y: T) -> c_int {
    let key = |x: T| if x.is_negative() { -1 - x.rank() as i128 } else { x.rank() as i128 };
    c_int::from(key(x) <= key(y))
}

/// totalordermag(3)
pub fn totalordermag<T: Real>(x: T, y: T) -> c_int {
    c_int::from(x.rank() <= y.rank())
}

/// The bit that makes a NaN quiet; the payload is below it.
fn quiet_bit<T: Real>() -> u128 {
    1 << (T::DIGITS - 2)
}

/// getpayload(3)
pub fn getpayload<T: Real>(x: T) -> T {
    if !x.is_nan() {
        return T::one(true);
    }
    T::from_wide(Wide::from_bits(x.rank() & (quiet_bit::<T>() - 1)))
}

/// setpayload(3) and setpayloadsig(3): the NaN, if the payload is one.
pub fn with_payload<T: Real>(payload: T, is_signaling: bool) -> Option<T> {
    let is_whole = payload.is_finite() && !(payload.is_negative()) && payload.to_wide().parity().0;
    if !is_whole || payload.is_zero() && is_signaling || payload.to_wide().exponent() >= T::DIGITS as i32 - 2
    {
        return None;
    }
    let bits = payload.to_wide().to_bits();
    let quiet = if is_signaling { 0 } else { quiet_bit::<T>() };
    Some(T::from_rank(T::infinity(false).rank() | quiet | bits, false))
}

/// iseqsig(3)
pub fn iseqsig<T: Real>(x: T, y: T) -> c_int {
    if x.is_nan() || y.is_nan() {
        let _: T = domain_error();
    }
    c_int::from(compare(x, y) == Some(Ordering::Equal))
}

/// The direction of rounding that `fromfp` and its like are given.
fn direction(number: c_int) -> Direction {
    match number {
        0 => Direction::Upward,
        1 => Direction::Downward,
        2 => Direction::TowardZero,
        3 => Direction::NearestAway,
        _ => Direction::NearestEven,
    }
}

/// Whether a conversion raises FE_INEXACT.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Inexact {
    /// It does, if something was lost.
    Raised,
    /// It does not.
    Silent,
}

/// A conversion that the width has no room for: FE_INVALID, and the nearest number that fits.
fn beyond(limit: i64) -> i64 {
    let _: f64 = domain_error();
    set_errno(EDOM);
    limit
}

/// A whole number with its sign, if its magnitude is below 2^64.
fn whole<T: Real>(x: T, number: c_int, inexact: Inexact) -> Option<i128> {
    if !x.is_finite() {
        return None;
    }
    let rounded = rounded_in(x, direction(number));
    let wide = rounded.to_wide();
    if wide.exponent() >= 64 {
        return None;
    }
    if inexact == Inexact::Raised && compare(x, rounded) != Some(Ordering::Equal) {
        let (one, small) = (Long::ONE, Long::new(false, 1, 1 << 63));
        let _ = one.plus(small);
    }
    let upper = wide.doubled(-32).floor();
    let lower = (wide - upper.doubled(32)).to_long().to_integer();
    Some(i128::from(upper.to_long().to_integer()) << 32 | i128::from(lower))
}

/// Whether this would fit is asked before anything is raised.
fn fitting<T: Real>(x: T, number: c_int, inexact: Inexact, least: i128, most: i128) -> Option<i128> {
    let fits = |value: &i128| (least..=most).contains(value);
    whole(x, number, Inexact::Silent).filter(fits)?;
    whole(x, number, inexact)
}

/// fromfp(3) and fromfpx(3)
pub fn fromfp<T: Real>(x: T, number: c_int, width: c_uint, inexact: Inexact) -> i64 {
    let width = width.min(64);
    if width == 0 {
        return beyond(0);
    }
    let (least, most) = (-1i128 << (width - 1), (1i128 << (width - 1)) - 1);
    match fitting(x, number, inexact, least, most) {
        Some(value) => value as i64,
        None if x.is_negative() => beyond(least as i64),
        None => beyond(most as i64),
    }
}

/// ufromfp(3) and ufromfpx(3)
pub fn ufromfp<T: Real>(x: T, number: c_int, width: c_uint, inexact: Inexact) -> u64 {
    let width = width.min(64);
    if width == 0 {
        return beyond(0) as u64;
    }
    let most = (1i128 << width) - 1;
    match fitting(x, number, inexact, 0, most) {
        Some(value) => value as u64,
        None if x.is_negative() => beyond(0) as u64,
        None => beyond(most as i64) as u64,
    }
}

/// A result that is rounded once from the wider format: reports what is out of range.
fn narrowed<N: Real>(value: Wide) -> N {
    let result = N::from_wide(value);
    if result.is_infinite() || result.is_zero() && !value.is_zero() {
        set_errno(ERANGE);
    }
    result
}

/// A result of arguments that are not all finite: the wider format's, which may be a NaN.
fn narrowed_special<T: Real, N: Real>(result: T, has_nan: bool) -> N {
    if result.is_nan() && !has_nan {
        set_errno(EDOM);
    }
    N::from_long(result.to_long())
}

/// fadd(3): the sum, rounded to a narrower format.
pub fn narrow_add<T: Real, N: Real>(x: T, y: T) -> N {
    if !(x.is_finite() && y.is_finite()) {
        return narrowed_special(x.plus(y), x.is_nan() || y.is_nan());
    }
    let sum = x.to_wide() + y.to_wide();
    // Zero has the sign that the direction of rounding gives it.
    if sum.is_zero() { N::from_long(x.plus(y).to_long()) } else { narrowed(sum) }
}

/// fsub(3)
pub fn narrow_subtract<T: Real, N: Real>(x: T, y: T) -> N {
    if y.is_nan() || x.is_nan() {
        return narrowed_special(x.minus(y), true);
    }
    narrow_add(x, y.negated())
}

/// fmul(3)
pub fn narrow_multiply<T: Real, N: Real>(x: T, y: T) -> N {
    if !(x.is_finite() && y.is_finite()) {
        return narrowed_special(x.times(y), x.is_nan() || y.is_nan());
    }
    narrowed(x.to_wide() * y.to_wide())
}

/// fdiv(3)
pub fn narrow_divide<T: Real, N: Real>(x: T, y: T) -> N {
    if !(x.is_finite() && y.is_finite()) || y.is_zero() {
        let result = x.to_long().over(y.to_long());
        if x.is_finite() && result.is_infinite() {
            set_errno(ERANGE);
        }
        return narrowed_special(result, x.is_nan() || y.is_nan());
    }
    narrowed(x.to_wide() / y.to_wide())
}

/// fsqrt(3)
pub fn narrow_root<T: Real, N: Real>(x: T) -> N {
    if !x.is_finite() || x.is_zero() || x.is_negative() {
        return narrowed_special(x.root(), x.is_nan());
    }
    narrowed(x.to_wide().sqrt())
}

/// ffma(3), which leaves errno alone.
pub fn narrow_fma<T: Real, N: Real>(x: T, y: T, z: T) -> N {
    if !(x.is_finite() && y.is_finite() && z.is_finite()) {
        return N::from_long(super::exact::fma(x, y, z).to_long());
    }
    let sum = x.to_wide() * y.to_wide() + z.to_wide();
    if sum.is_zero() { N::from_long(x.times(y).plus(z).to_long()) } else { N::from_wide(sum) }
}
