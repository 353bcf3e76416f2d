//! Inexact functions of any format, computed in [`Wide`] numbers and rounded once.

use core::ffi::c_int;

use super::parts::Long;
use super::real::Real;
use super::wide::Wide;
use crate::abi::{EDOM, ERANGE};
use crate::libc::set_errno;

/// What a function is outside of its domain: raises FE_INVALID.
pub(super) fn domain_error<T: Real>() -> T {
    set_errno(EDOM);
    T::from_long(Long::ZERO.over(Long::ZERO))
}

/// As [`domain_error`], for functions that make their NaN themselves, without a sign.
fn plain_domain_error<T: Real>() -> T {
    domain_error::<T>().with_sign(false)
}

/// What a function is at a pole: raises FE_DIVBYZERO.
pub(super) fn pole<T: Real>(is_negative: bool) -> T {
    set_errno(ERANGE);
    T::from_long(Long::ONE.over(Long::ZERO.with_sign(is_negative)))
}

/// A finite argument as a [`Wide`]; else what the function is of an infinity, or of a NaN that NaN.
fn finite<T: Real>(x: T, of_infinity: impl FnOnce(bool) -> T) -> Result<Wide, T> {
    match () {
        () if x.is_nan() => Err(x.plus(x)),
        () if x.is_infinite() => Err(of_infinity(x.is_negative())),
        () => Ok(x.to_wide()),
    }
}

/// Rounds, and reports a result too large, and one of zero.
fn ranged<T: Real>(value: Wide) -> T {
    let result = T::from_wide(value);
    if result.is_infinite() || result.is_zero() && !value.is_zero() {
        set_errno(ERANGE);
    }
    result
}

/// Rounds, and reports a result too large.
fn bounded<T: Real>(value: Wide) -> T {
    let result = T::from_wide(value);
    if result.is_infinite() {
        set_errno(ERANGE);
    }
    result
}

/// Infinity for infinity, zero for minus infinity.
fn one_sided<T: Real>(is_negative: bool) -> T {
    if is_negative { T::zero(false) } else { T::infinity(false) }
}

/// Infinity for infinity, a domain error for minus infinity.
fn above_only<T: Real>(is_negative: bool) -> T {
    if is_negative { domain_error() } else { T::infinity(false) }
}

/// As [`above_only`], without a sign.
fn plain_above_only<T: Real>(is_negative: bool) -> T {
    above_only::<T>(is_negative).with_sign(false)
}

/// What `log` and `log2` are of an infinity.
fn log_above_only<T: Real>(is_negative: bool) -> T {
    if T::DIGITS == 64 { plain_above_only(is_negative) } else { above_only(is_negative) }
}

macro_rules! unary {
    ($($name:ident $at_infinity:expr, |$wide:ident| $body:expr;)*) => {
        $(
            #[doc = concat!(stringify!($name), "(3)")]
            pub fn $name<T: Real>(x: T) -> T {
                finite(x, $at_infinity).map_or_else(|special| special, |$wide| $body)
            }
        )*
    };
}

unary! {
    exp one_sided, |x| ranged(x.exp());
    exp2 one_sided, |x| ranged(x.exp2());
    exp10 one_sided, |x| ranged(x.exp10());
    expm1 |below| if below { T::one(true) } else { T::infinity(false) }, |x| bounded(x.exp_m1());
    log log_above_only, |x| logarithm(x, Wide::ln, T::DIGITS == 64);
    log2 log_above_only, |x| logarithm(x, Wide::log2, T::DIGITS == 64);
    log10 plain_above_only, |x| logarithm(x, Wide::log10, true);
    log1p above_only, |x| match x + Wide::ONE {
        sum if sum.is_zero() => pole(true),
        sum if sum.is_negative() => domain_error(),
        _ => T::from_wide(x.ln_1p()),
    };
    cbrt T::infinity, |x| T::from_wide(x.cbrt());
    sin |_| domain_error(), |x| T::from_wide(x.sin_cos().0);
    cos |_| domain_error(), |x| T::from_wide(x.sin_cos().1);
    tan |_| domain_error(), |x| T::from_wide(x.tan());
    asin |_| plain_domain_error(), |x| if x.magnitude() > Wide::ONE { plain_domain_error() } else { T::from_wide(x.asin()) };
    acos |_| plain_domain_error(), |x| if x.magnitude() > Wide::ONE { plain_domain_error() } else { T::from_wide(x.acos()) };
    atan |below| T::from_wide(Wide::HALF_PI.with_sign(below)), |x| T::from_wide(x.atan2(Wide::ONE));
    sinh T::infinity, |x| bounded(x.sinh());
    cosh |_| T::infinity(false), |x| bounded(x.cosh());
    tanh |below| T::one(below), |x| T::from_wide(x.tanh());
    asinh T::infinity, |x| T::from_wide(x.asinh());
    acosh above_only, |x| if x < Wide::ONE { domain_error() } else { T::from_wide(x.acosh()) };
    atanh |_| domain_error(), |x| match x.magnitude() {
        a if a == Wide::ONE => pole(x.is_negative()),
        a if a > Wide::ONE => domain_error(),
        _ => T::from_wide(x.atanh()),
    };
    erf |below| T::one(below), |x| T::from_wide(x.erf());
    erfc |below| if below { T::one(false).plus(T::one(false)) } else { T::zero(false) }, |x| ranged(x.erfc());
    tgamma plain_above_only, |x| match x.parity() {
        _ if x.is_zero() => pole(x.is_negative()),
        (true, _) if x.is_negative() => plain_domain_error(),
        _ => ranged(x.gamma()),
    };
    j0 |_| T::zero(false), |x| T::from_wide(x.magnitude().j0());
    j1 |below| T::zero(below), |x| first_kind(x, 1);
    y0 |below| if below { plain_domain_error() } else { T::zero(false) }, |x| second_kind(x, 0);
    y1 |below| if below { plain_domain_error() } else { T::zero(false) }, |x| second_kind(x, 1);
}

fn logarithm<T: Real>(x: Wide, of: fn(Wide) -> Wide, is_plain: bool) -> T {
    match () {
        () if x.is_zero() => pole(true),
        // Those of `double` leave it to the processor to make the NaN.
        () if x.is_negative() => {
            if is_plain {
                plain_domain_error()
            } else {
                domain_error()
            }
        }
        () => T::from_wide(of(x)),
    }
}

/// ln |Γ(x)| and Γ's sign.
fn log_gamma<T: Real>(x: Wide) -> (T, c_int) {
    if x.is_zero() {
        return (pole(false), if x.is_negative() { -1 } else { 1 });
    }
    if x.is_negative() && x.parity().0 {
        return (pole(false), 1);
    }
    let (value, is_negative) = x.ln_gamma();
    (bounded(value), if is_negative { -1 } else { 1 })
}

/// J of order n: for odd orders it has the sign of x.
fn first_kind<T: Real>(x: Wide, n: u32) -> T {
    let value = x.magnitude().jn(n);
    let is_turned = n & 1 == 1 && x.is_negative();
    let result = T::from_wide(if is_turned { -value } else { value });
    if result.is_zero() && !x.is_zero() {
        set_errno(ERANGE);
    }
    result
}

/// Y of order n.
fn second_kind<T: Real>(x: Wide, n: u32) -> T {
    match () {
        () if x.is_zero() => pole(true),
        () if x.is_negative() => plain_domain_error(),
        () => bounded(x.yn(n)),
    }
}

/// Finite arguments as [`Wide`] numbers.
fn both_finite<T: Real>(x: T, y: T) -> Option<(Wide, Wide)> {
    (x.is_finite() && y.is_finite()).then(|| (x.to_wide(), y.to_wide()))
}

/// atan2(3)
pub fn atan2<T: Real>(y: T, x: T) -> T {
    match both_finite(y, x) {
        Some((up, right)) if !(up.is_zero() || right.is_zero()) => ranged(up.atan2(right)),
        _ if y.is_nan() || x.is_nan() => {
            if T::DIGITS == 24 {
                x.plus(y)
            } else {
                y.plus(x)
            }
        }
        _ => {
            // The directions of zeros and infinities, in quarters of π.
            let quarters = match (x.is_infinite(), y.is_infinite()) {
                (true, true) => 1,
                (false, true) => 2,
                (true, false) => 0,
                (false, false) => {
                    if y.is_zero() {
                        0
                    } else {
                        2
                    }
                }
            };
            let quarters = if x.is_negative() { 4 - quarters } else { quarters };
            T::from_wide((Wide::PI.doubled(-2) * Wide::whole(quarters)).with_sign(y.is_negative()))
        }
    }
}

/// hypot(3)
pub fn hypot<T: Real>(x: T, y: T) -> T {
    match both_finite(x, y) {
        Some((x, y)) => bounded(x.hypot(y)),
        None if x.is_signaling() || y.is_signaling() => x.plus(y),
        None if x.is_infinite() || y.is_infinite() => T::infinity(false),
        None => x.plus(y),
    }
}

/// pow(3)
pub fn pow<T: Real>(x: T, y: T) -> T {
    if x.is_signaling() || y.is_signaling() {
        return x.plus(y);
    }
    let size = x.is_finite().then(|| x.to_wide().magnitude());
    let is_one = size == Some(Wide::ONE);
    if y.is_zero() || is_one && !x.is_negative() {
        return T::one(false);
    }
    if x.is_nan() || y.is_nan() {
        return x.plus(y);
    }
    if y.is_infinite() {
        return match () {
            () if is_one => T::one(false),
            () if size.is_none_or(|size| size > Wide::ONE) != y.is_negative() => T::infinity(false),
            () => T::zero(false),
        };
    }
    let wide = y.to_wide();
    let (is_whole, is_odd) = wide.parity();
    let is_negative = x.is_negative() && is_whole && is_odd;
    match () {
        () if x.is_zero() && y.is_negative() => pole(is_negative),
        () if x.is_zero() => T::zero(is_negative),
        () if x.is_infinite() && y.is_negative() => T::zero(is_negative),
        () if x.is_infinite() => T::infinity(is_negative),
        () if x.is_negative() && !is_whole => domain_error(),
        () => ranged(x.to_wide().magnitude().pow(wide).with_sign(is_negative)),
    }
}

/// sincos(3)
pub fn sincos<T: Real>(x: T) -> (T, T) {
    match finite(x, |_| domain_error()) {
        Err(special) => (special, special),
        Ok(x) => {
            let (s, c) = x.sin_cos();
            (T::from_wide(s), T::from_wide(c))
        }
    }
}

/// lgamma(3)
pub fn lgamma<T: Real>(x: T) -> T {
    let (result, sign) = lgamma_r(x);
    if !x.is_nan() {
        crate::libc::state::state().math.signgam.set(sign);
    }
    result
}

/// lgamma_r(3)
pub fn lgamma_r<T: Real>(x: T) -> (T, c_int) {
    finite(x, |_| T::infinity(false)).map_or_else(|special| (special, 1), log_gamma)
}

/// What compilers once called for `tgamma`: |Γ(x)| and Γ's sign.
pub fn gamma_r<T: Real>(x: T) -> (T, c_int) {
    let value = tgamma(x);
    (value.with_sign(false), if value.is_negative() { -1 } else { 1 })
}

/// jn(3)
pub fn jn<T: Real>(n: c_int, x: T) -> T {
    if x.is_nan() {
        return x.plus(x);
    }
    // Both x and n change the sign for odd orders.
    let x = x.with_sign(x.is_negative() != (n < 0));
    let odd = n & 1 == 1;
    finite(x, |below| T::zero(odd && below))
        .map_or_else(|special| special, |x| first_kind(x, n.unsigned_abs()))
}

/// yn(3)
pub fn yn<T: Real>(n: c_int, x: T) -> T {
    let result = finite(x, |below| if below { plain_domain_error() } else { T::zero(false) })
        .map_or_else(|special| special, |x| second_kind(x, n.unsigned_abs()));
    // At infinity only order -1 keeps its sign.
    let is_turned = n < 0 && n & 1 == 1 && (x.is_finite() || n == -1) && !result.is_nan();
    if is_turned { result.negated() } else { result }
}
