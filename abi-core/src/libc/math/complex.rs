//! Complex numbers of any format, computed in [`Wide`] numbers or [`Pair`]s where both parts are finite; else as C's Annex G
//! has it.

use super::pair::{Pair, power_of_two};
use super::parts::Long;
use super::real::Real;
use super::wide::Wide;
use crate::abi::ERANGE;
use crate::libc::set_errno;

mod inverse;
mod number;

use number::Number;

/// `double complex` and its like.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex<T> {
    /// Real part.
    pub re: T,
    /// Imaginary part.
    pub im: T,
}

impl<T> Complex<T> {
    /// Makes a number of its parts.
    pub const fn new(re: T, im: T) -> Self {
        Self { re, im }
    }
}

/// Functions of a complex number with finite parts.
impl<N: Number> Complex<N> {
    /// Multiplied by i.
    fn turned(self) -> Self {
        Self::new(-self.im, self.re)
    }
    /// Multiplied by -i.
    fn turned_back(self) -> Self {
        Self::new(self.im, -self.re)
    }
    fn finite_exp(self) -> Option<Self> {
        let size = self.re.exp()?;
        if self.im.is_zero() {
            return Some(Self::new(size, self.im));
        }
        let (sine, cosine) = self.im.sin_cos()?;
        Some(Self::new(size * cosine, size * sine))
    }
    /// The logarithm of what is not zero.
    fn finite_ln(self) -> Option<Self> {
        let (a, b) = (self.re.magnitude(), self.im.magnitude());
        let (large, small) = if a < b { (b, a) } else { (a, b) };
        let square = a.squared() + b.squared();
        let real = if square < N::UNIT.doubled(1) && square >= N::UNIT.half() {
            // Near 1 the logarithm is taken of the difference.
            ((large - N::UNIT) * (large + N::UNIT) + small.squared()).ln_1p()
        } else {
            square.ln()
        };
        Some(Self::new(real?.half(), self.im.atan2(self.re)?))
    }
    fn finite_log10(self) -> Option<Self> {
        let log = self.finite_ln()?;
        Some(Self::new(log.re * N::LOG10_E, log.im * N::LOG10_E))
    }
    fn finite_sqrt(self) -> Option<Self> {
        let Self { re, im } = self;
        if re.is_zero() && im.is_zero() {
            return Some(Self::new(re.with_sign(false), im));
        }
        let root = ((re.hypot(im) + re.magnitude()).half()).sqrt();
        let other = im.magnitude() / root.doubled(1);
        Some(if re.is_negative() {
            Self::new(other, root.with_sign(im.is_negative()))
        } else {
            Self::new(root, other.with_sign(im.is_negative()))
        })
    }
    fn finite_sinh(self) -> Option<Self> {
        let (sinh, cosh) = self.re.sinh_cosh()?;
        if self.im.is_zero() {
            return Some(Self::new(sinh, self.im));
        }
        let (sine, cosine) = self.im.sin_cos()?;
        Some(Self::new(sinh * cosine, cosh * sine))
    }
    fn finite_cosh(self) -> Option<Self> {
        let (sine, cosine) = self.im.sin_cos()?;
        let (sinh, cosh) = self.re.sinh_cosh()?;
        Some(Self::new(cosh * cosine, sinh * sine))
    }
    fn finite_tanh(self) -> Option<Self> {
        let (sine, cosine) = self.im.sin_cos()?;
        let (s, c) = self.re.sinh_cosh()?;
        let size = s.squared() + cosine.squared();
        Some(Self::new(s * c / size, sine * cosine / size))
    }
    fn product(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}

/// How a function is computed in one kind of number.
type Function<N> = fn(Complex<N>) -> Option<Complex<N>>;

/// A NaN made of these values.
fn nan<T: Real>(re: T, im: T) -> T {
    re.plus(im)
}

/// An infinity at a pole, without errno.
fn quiet_pole<T: Real>(is_negative: bool) -> T {
    T::from_long(Long::ONE.over(Long::ZERO.with_sign(is_negative)))
}

/// FE_INVALID, and a NaN.
fn surely_invalid<T: Real>() -> T {
    T::from_long(Long::ZERO.over(Long::ZERO))
}

/// A NaN, with FE_INVALID unless there is one already.
fn invalid<T: Real>(z: Complex<T>) -> T {
    if z.re.is_nan() || z.im.is_nan() { nan(z.re, z.im) } else { surely_invalid() }
}

fn rounded<T: Real>(z: Complex<Wide>) -> Complex<T> {
    Complex::new(T::from_wide(z.re), T::from_wide(z.im))
}

/// Rounds a result, unless a part that is so much less than the other one may lack digits.
fn rounded_pair<T: Real>(z: Complex<Pair>, ratio: f64) -> Option<Complex<T>> {
    let (a, b) = (z.re.hi.abs(), z.im.hi.abs());
    if !(a > b * ratio && b > a * ratio && a > power_of_two(-80)) {
        return None;
    }
    let result = Complex::new(T::from_ordinary(z.re.to_f64())?, T::from_ordinary(z.im.to_f64())?);
    (result.re.is_normal() && result.im.is_normal()).then_some(result)
}

#[allow(missing_docs, reason = "the functions' names say it")]
#[allow(clippy::return_self_not_must_use, reason = "C functions are made of these")]
impl<T: Real> Complex<T> {
    /// The parts, if they are finite.
    fn finite(self) -> Option<Complex<Wide>> {
        (self.re.is_finite() && self.im.is_finite())
            .then(|| Complex::new(self.re.to_wide(), self.im.to_wide()))
    }
    /// The parts, if both are ordinary numbers of `double` or `float`.
    fn ordinary(self) -> Option<Complex<Pair>> {
        Some(Complex::new(Pair::from_f64(self.re.to_ordinary()?), Pair::from_f64(self.im.to_ordinary()?)))
    }
    /// A function of finite parts.
    fn computed(self, quick: Function<Pair>, exact: Function<Wide>) -> Option<Self> {
        if let Some(result) = self.ordinary().and_then(quick)
            && let Some(result) = rounded_pair(result, power_of_two(-40))
        {
            return Some(result);
        }
        exact(self.finite()?).map(rounded)
    }
    /// Multiplied by i.
    fn turned_by_i(self) -> Self {
        Self::new(self.im.negated(), self.re)
    }
    /// Multiplied by -i.
    fn turned_by_minus_i(self) -> Self {
        Self::new(self.im, self.re.negated())
    }
    pub fn conj(self) -> Self {
        Self::new(self.re, self.im.negated())
    }
    pub fn proj(self) -> Self {
        if self.re.is_infinite() || self.im.is_infinite() {
            Self::new(T::infinity(false), T::zero(self.im.is_negative()))
        } else {
            self
        }
    }
    pub fn exp(self) -> Self {
        let Self { re, im } = self;
        let exact = |z: Complex<Wide>| {
            // exp reports its own results that are too small, expf those below its least number.
            let least = T::LEAST_EXPONENT - T::DIGITS as i32 + i32::from(T::DIGITS == 24);
            if T::DIGITS < 64 && z.re.exp().exponent() < least {
                set_errno(ERANGE);
            }
            z.finite_exp()
        };
        if let Some(result) = self.computed(Complex::finite_exp, exact) {
            return result;
        }
        match () {
            () if re.is_nan() && im.is_zero() => Self::new(nan(re, re), im),
            () if re.is_nan() && im.is_nan() => Self::new(nan(re, im), nan(re, im)),
            () if re.is_nan() || re.is_finite() => Self::new(surely_invalid(), surely_invalid()),
            () if im.is_finite() => directed(re.is_negative(), im),
            () if re.is_negative() => Self::new(T::zero(false), T::zero(im.is_negative())),
            () => Self::new(re, invalid(Self::new(T::zero(false), im))),
        }
    }
    pub fn ln(self) -> Self {
        let Self { re, im } = self;
        if re.is_zero() && im.is_zero() {
            let angle = if re.is_negative() { Wide::PI } else { Wide::ZERO };
            return Self::new(quiet_pole(true), T::from_wide(angle.with_sign(im.is_negative())));
        }
        match self.computed(Complex::finite_ln, Complex::finite_ln) {
            Some(result) => result,
            None if !re.is_infinite() && !im.is_infinite() => Self::new(nan(re, im), nan(re, im)),
            None if re.is_nan() || im.is_nan() => Self::new(T::infinity(false), nan(re, im)),
            None => Self::new(T::infinity(false), super::inexact::atan2(im, re)),
        }
    }
    pub fn log10(self) -> Self {
        let Self { re, im } = self;
        if !(re.is_zero() && im.is_zero())
            && let Some(result) = self.computed(Complex::finite_log10, Complex::finite_log10)
        {
            return result;
        }
        let log = self.ln();
        let im = if log.im.is_nan() { log.im } else { T::from_wide(log.im.to_wide() * Wide::LOG10_E) };
        let is_angle = !log.im.is_nan() && !log.im.is_zero();
        // Its digits are π's, which the format has cut off.
        let quarter = |n: i64| Wide::PI * Wide::whole(n) * Wide::LOG10_E.doubled(-2);
        let quarters = match () {
            () if im.is_nan() || !is_angle => 0,
            () if !re.is_infinite() && self.im.is_infinite() => 2,
            () if !self.im.is_infinite() => 4,
            () => {
                if re.is_negative() {
                    3
                } else {
                    1
                }
            }
        };
        let im = if quarters == 0 { im } else { T::from_wide(quarter(quarters).with_sign(im.is_negative())) };
        Self::new(log.re, im)
    }
    /// The root, if that takes no more than a `double`'s instructions.
    fn quick_sqrt(self) -> Option<Self> {
        let (re, im) = super::quick::complex_root(self.re.to_ordinary()?, self.im.to_ordinary()?)?;
        let result = Self::new(T::from_ordinary(re)?, T::from_ordinary(im)?.with_sign(self.im.is_negative()));
        (result.re.is_normal() && result.im.is_normal()).then_some(result)
    }
    pub fn sqrt(self) -> Self {
        if let Some(result) = self.quick_sqrt() {
            return result;
        }
        let Self { re, im } = self;
        if let Some(result) = self.computed(Complex::finite_sqrt, Complex::finite_sqrt) {
            return result;
        }
        match () {
            () if im.is_infinite() => Self::new(T::infinity(false), im),
            () if re.is_nan() || re.is_finite() => Self::new(nan(re, im), nan(re, im)),
            () if re.is_negative() && im.is_nan() => Self::new(nan(im, im), T::infinity(im.is_negative())),
            () if re.is_negative() => Self::new(T::zero(false), T::infinity(im.is_negative())),
            () if im.is_nan() => Self::new(re, nan(im, im)),
            () => Self::new(re, T::zero(im.is_negative())),
        }
    }
    pub fn sinh(self) -> Self {
        let Self { re, im } = self;
        if let Some(result) = self.computed(Complex::finite_sinh, Complex::finite_sinh) {
            return result;
        }
        match () {
            () if re.is_nan() && im.is_zero() => Self::new(nan(re, re), im),
            () if re.is_zero() => Self::new(re, invalid(Self::new(T::zero(false), im))),
            () if re.is_finite() => Self::new(surely_invalid(), invalid(self)),
            () if re.is_nan() => Self::new(nan(re, im), nan(re, im)),
            () if im.is_finite() => {
                let Self { re: real, im } = directed(false, im);
                Self::new(real.with_sign(real.is_negative() != re.is_negative()), im)
            }
            () => Self::new(T::infinity(false), invalid(Self::new(T::zero(false), im))),
        }
    }
    pub fn cosh(self) -> Self {
        let Self { re, im } = self;
        if let Some(result) = self.computed(Complex::finite_cosh, Complex::finite_cosh) {
            return result;
        }
        match () {
            () if re.is_nan() && im.is_zero() => Self::new(nan(re, re), im),
            () if re.is_zero() => Self::new(invalid(Self::new(T::zero(false), im)), T::zero(false)),
            () if re.is_nan() || re.is_finite() => Self::new(invalid(self), invalid(self)),
            () if im.is_finite() => {
                let Self { re: real, im } = directed(false, im);
                Self::new(real, im.with_sign(im.is_negative() != re.is_negative()))
            }
            () => Self::new(T::infinity(false), invalid(Self::new(T::zero(false), im))),
        }
    }
    pub fn tanh(self) -> Self {
        let Self { re, im } = self;
        if let Some(result) = self.computed(Complex::finite_tanh, Complex::finite_tanh) {
            return result;
        }
        match () {
            () if re.is_infinite() => {
                let is_negative = if im.is_finite() {
                    let (sine, cosine) = im.to_wide().sin_cos();
                    sine.is_negative() != cosine.is_negative()
                } else {
                    im.is_negative()
                };
                Self::new(T::one(re.is_negative()), T::zero(is_negative))
            }
            () if im.is_zero() => Self::new(nan(re, re), im),
            () if re.is_zero() => Self::new(re, invalid(Self::new(T::zero(false), im))),
            () if im.is_infinite() => Self::new(surely_invalid(), surely_invalid()),
            () => Self::new(nan(re, im), nan(re, im)),
        }
    }
    pub fn sin(self) -> Self {
        if self.im.is_infinite() && !self.re.is_finite() {
            return Self::new(invalid(Self::new(self.re, T::zero(false))), T::infinity(false));
        }
        self.turned_by_i().sinh().turned_by_minus_i()
    }
    pub fn cos(self) -> Self {
        self.turned_by_i().cosh()
    }
    pub fn tan(self) -> Self {
        self.turned_by_i().tanh().turned_by_minus_i()
    }
    /// The product as C has it.
    fn times(self, other: Self) -> Self {
        let (a, b, c, d) = (self.re, self.im, other.re, other.im);
        let result = Self::new(a.times(c).minus(b.times(d)), a.times(d).plus(b.times(c)));
        if !(result.re.is_nan() && result.im.is_nan()) {
            return result;
        }
        // An infinity times what is not zero is an infinity.
        let unit = |x: T| if x.is_infinite() { T::one(x.is_negative()) } else { T::zero(x.is_negative()) };
        let plain = |x: T| if x.is_nan() { T::zero(x.is_negative()) } else { x };
        let is_infinite = |z: Self| z.re.is_infinite() || z.im.is_infinite();
        let one = if is_infinite(self) { Self::new(unit(a), unit(b)) } else { Self::new(plain(a), plain(b)) };
        let two =
            if is_infinite(other) { Self::new(unit(c), unit(d)) } else { Self::new(plain(c), plain(d)) };
        if !is_infinite(self) && !is_infinite(other) {
            return result;
        }
        let infinity = T::infinity(false);
        Self::new(
            infinity.times(one.re.times(two.re).minus(one.im.times(two.im))),
            infinity.times(one.re.times(two.im).plus(one.im.times(two.re))),
        )
    }
    /// A power, if it needs few digits of the logarithm.
    fn ordinary_pow(self, exponent: Self) -> Option<Self> {
        const MOST: f64 = 16.0;
        let log = exponent.ordinary()?.product(self.ordinary()?.finite_ln()?);
        let is_small = log.re.hi.abs() < MOST && log.im.hi.abs() < MOST;
        rounded_pair(is_small.then_some(log)?.finite_exp()?, power_of_two(-5))
    }
    pub fn pow(self, exponent: Self) -> Self {
        if let Some(result) = self.ordinary_pow(exponent) {
            return result;
        }
        match (self.finite(), exponent.finite()) {
            (Some(base), Some(exponent)) if !(base.re.is_zero() && base.im.is_zero()) => {
                let power = base.finite_ln().and_then(|log| exponent.product(log).finite_exp());
                rounded(power.unwrap_or(base))
            }
            _ => exponent.times(self.ln()).exp(),
        }
    }
}

/// Infinity or zero in the direction of an angle.
fn directed<T: Real>(is_zero: bool, angle: T) -> Complex<T> {
    let size = |is_negative| if is_zero { T::zero(is_negative) } else { T::infinity(is_negative) };
    if angle.is_zero() {
        return Complex::new(size(false), angle);
    }
    let (sine, cosine) = angle.to_wide().sin_cos();
    Complex::new(size(cosine.is_negative()), size(sine.is_negative()))
}

#[cfg(test)]
mod tests;
