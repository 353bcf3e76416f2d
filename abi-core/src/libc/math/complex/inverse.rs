//! Inverse functions of complex numbers, after Hull, Fairgrieve and Tang: no difference of nearly equal numbers is taken.

use super::{Complex, Number, nan, quiet_pole};
use crate::abi::ERANGE;
use crate::libc::math::real::Real;
use crate::libc::math::wide::Wide;
use crate::libc::set_errno;

/// What asin and acos are made of, for both parts of z without their signs.
struct Ellipse<N> {
    /// The imaginary part of the arc sine.
    height: N,
    /// √((a + x)(a - x)), where a is half the ellipse's longer axis.
    leg: N,
}

fn ellipse<N: Number>(x: N, y: N) -> Option<Ellipse<N>> {
    let (right, left) = (x + N::UNIT, x - N::UNIT);
    let (far, near) = (right.hypot(y), left.hypot(y));
    let a = (far + near).half();
    let square = y.squared();
    let first = if square.is_zero() { square } else { square / (far + right) };
    // near - |x - 1| and near + |x - 1|, whose product is y².
    let sum = near + left.magnitude();
    let difference = if sum.is_zero() { sum } else { square / sum };
    let (above_one, above_x) = if left.is_negative() { (difference, sum) } else { (sum, difference) };
    let (above_one, above_x) = ((first + above_one).half(), (first + above_x).half());
    Some(Ellipse {
        height: (above_one + (above_one * (a + N::UNIT)).sqrt()).ln_1p()?,
        leg: ((a + x) * above_x).sqrt(),
    })
}

impl<N: Number> Complex<N> {
    fn finite_asin(self) -> Option<Self> {
        let x = self.re.magnitude();
        let Ellipse { height, leg } = ellipse(x, self.im.magnitude())?;
        let angle = if x.is_zero() { x } else { x.atan2(leg)? };
        Some(Self::new(angle.with_sign(self.re.is_negative()), height.with_sign(self.im.is_negative())))
    }

    fn finite_acos(self) -> Option<Self> {
        let Ellipse { height, leg } = ellipse(self.re.magnitude(), self.im.magnitude())?;
        Some(Self::new(leg.atan2(self.re)?, height.with_sign(!self.im.is_negative())))
    }

    fn finite_asinh(self) -> Option<Self> {
        Some(self.turned().finite_asin()?.turned_back())
    }

    /// The inverse hyperbolic tangent of what is neither 1 nor -1.
    fn finite_atanh(self) -> Option<Self> {
        let (x, y) = (self.re.magnitude(), self.im);
        let square = y.squared();
        let real = (x.doubled(2) / ((N::UNIT - x).squared() + square)).ln_1p()?.doubled(-2);
        let angle = y.doubled(1).atan2((N::UNIT - x) * (N::UNIT + x) - square)?.half();
        Some(Self::new(real.with_sign(self.re.is_negative()), angle.with_sign(y.is_negative())))
    }
}

fn quarters<T: Real>(n: i64, is_negative: bool) -> T {
    T::from_wide((Wide::PI.doubled(-2) * Wide::whole(n)).with_sign(is_negative))
}

#[allow(missing_docs, reason = "the functions' names say it")]
#[allow(clippy::return_self_not_must_use, reason = "C functions are made of these")]
impl<T: Real> Complex<T> {
    pub fn asinh(self) -> Self {
        let Self { re, im } = self;
        if let Some(result) = self.computed(Complex::finite_asinh, Complex::finite_asinh) {
            return result;
        }
        match () {
            () if im.is_infinite() && re.is_nan() => Self::new(T::infinity(re.is_negative()), nan(re, re)),
            () if im.is_infinite() => {
                let angle = if re.is_infinite() { 1 } else { 2 };
                Self::new(T::infinity(re.is_negative()), quarters(angle, im.is_negative()))
            }
            () if re.is_infinite() && im.is_nan() => Self::new(re, nan(im, im)),
            () if re.is_infinite() => Self::new(re, T::zero(im.is_negative())),
            () if im.is_zero() => Self::new(nan(re, re), im),
            () => Self::new(nan(re, im), nan(re, im)),
        }
    }
    pub fn asin(self) -> Self {
        if let Some(result) = self.computed(Complex::finite_asin, Complex::finite_asin) {
            return result;
        }
        self.turned_by_i().asinh().turned_by_minus_i()
    }
    pub fn acos(self) -> Self {
        let Self { re, im } = self;
        if let Some(result) = self.computed(Complex::finite_acos, Complex::finite_acos) {
            return result;
        }
        let height = T::infinity(!im.is_negative());
        match () {
            () if re.is_nan() && im.is_infinite() => Self::new(nan(re, re), height),
            () if re.is_infinite() && im.is_nan() => Self::new(nan(im, im), height),
            () if re.is_zero() && im.is_nan() => Self::new(quarters(2, false), nan(im, im)),
            () if re.is_nan() || im.is_nan() => Self::new(nan(re, im), nan(re, im)),
            () if re.is_finite() => Self::new(quarters(2, false), height),
            () => {
                let angle = match (re.is_negative(), im.is_infinite()) {
                    (true, true) => 3,
                    (true, false) => 4,
                    (false, true) => 1,
                    (false, false) => 0,
                };
                Self::new(quarters(angle, false), height)
            }
        }
    }
    pub fn acosh(self) -> Self {
        let Self { re, im } = self;
        match () {
            () if re.is_infinite() && im.is_nan() => return Self::new(T::infinity(false), nan(im, im)),
            () if im.is_infinite() && re.is_nan() => return Self::new(T::infinity(false), nan(re, re)),
            () if re.is_zero() && im.is_nan() => {
                return Self::new(nan(im, im), quarters(2, im.is_negative()));
            }
            () => {}
        }
        let angle = self.acos();
        let size = if angle.im.is_nan() { angle.im } else { angle.im.with_sign(false) };
        let turn = if angle.re.is_nan() { angle.re } else { angle.re.with_sign(im.is_negative()) };
        Self::new(size, turn)
    }
    pub fn atanh(self) -> Self {
        let Self { re, im } = self;
        if im.is_zero() && re.is_finite() && re.with_sign(false).order(T::UNIT).is_eq() {
            if T::DIGITS < 64 {
                set_errno(ERANGE);
            }
            return Self::new(quiet_pole(re.is_negative()), im);
        }
        match self.computed(Complex::finite_atanh, Complex::finite_atanh) {
            Some(result) => result,
            None if im.is_infinite() => Self::new(T::zero(re.is_negative()), quarters(2, im.is_negative())),
            None if re.is_infinite() && !im.is_nan() => {
                Self::new(T::zero(re.is_negative()), quarters(2, im.is_negative()))
            }
            None if re.is_infinite() || re.is_zero() => Self::new(T::zero(re.is_negative()), nan(im, im)),
            None => Self::new(nan(re, im), nan(re, im)),
        }
    }
    pub fn atan(self) -> Self {
        self.turned_by_i().atanh().turned_by_minus_i()
    }
}
