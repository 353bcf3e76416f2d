//! Complex numbers.

/// `double complex`
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

const fn complex(re: f64, im: f64) -> Complex {
    Complex { re, im }
}

#[allow(missing_docs, reason = "the functions' names say it")]
#[allow(clippy::return_self_not_must_use, reason = "C functions are made of these")]
impl Complex {
    pub fn plus(self, other: Self) -> Self {
        complex(self.re + other.re, self.im + other.im)
    }
    pub fn minus(self, other: Self) -> Self {
        complex(self.re - other.re, self.im - other.im)
    }
    pub fn times(self, other: Self) -> Self {
        complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
    /// Multiplied by i.
    fn turned(self) -> Self {
        complex(-self.im, self.re)
    }
    /// Multiplied by -i.
    fn turned_back(self) -> Self {
        complex(self.im, -self.re)
    }
    pub fn conj(self) -> Self {
        complex(self.re, -self.im)
    }
    pub fn proj(self) -> Self {
        if self.re.is_infinite() || self.im.is_infinite() {
            complex(f64::INFINITY, 0f64.copysign(self.im))
        } else {
            self
        }
    }
    pub fn exp(self) -> Self {
        if self.im == 0.0 {
            return complex(libm::exp(self.re), self.im);
        }
        if self.re == f64::NEG_INFINITY && !self.im.is_finite() {
            return complex(0.0, 0f64.copysign(self.im));
        }
        let (sine, cosine) = libm::sincos(self.im);
        // In two halves, so that only a result too large overflows.
        let half = libm::exp(self.re * 0.5);
        complex(half * cosine * half, half * sine * half)
    }
    pub fn ln(self) -> Self {
        let (large, small) = (self.re.abs().max(self.im.abs()), self.re.abs().min(self.im.abs()));
        let modulus = libm::hypot(self.re, self.im);
        let real = if (0.5..2.0).contains(&modulus) {
            // Near 1 the logarithm is taken of the difference.
            0.5 * libm::log1p((large - 1.0) * (large + 1.0) + small * small)
        } else {
            libm::log(modulus)
        };
        complex(real, libm::atan2(self.im, self.re))
    }
    pub fn log10(self) -> Self {
        let Self { re, im } = self.ln();
        complex(re * core::f64::consts::LOG10_E, im * core::f64::consts::LOG10_E)
    }
    pub fn sqrt(self) -> Self {
        let Self { re, im } = self;
        if im.is_infinite() {
            return complex(f64::INFINITY, im);
        }
        if re == 0.0 && im == 0.0 {
            return complex(0.0, im);
        }
        if re.is_infinite() {
            let zero = if im.is_nan() { im } else { 0.0 };
            return if re > 0.0 {
                complex(re, zero.copysign(im))
            } else {
                complex(zero.abs(), f64::INFINITY.copysign(im))
            };
        }
        let scale = if re.abs().max(im.abs()) > 1e307 { 0.25 } else { 1.0 };
        let (x, y) = (re * scale, im * scale);
        let root = libm::sqrt(0.5 * (libm::hypot(x, y) + x.abs()));
        let other = y.abs() / (2.0 * root);
        let up = libm::sqrt(1.0 / scale);
        if x >= 0.0 {
            complex(root * up, (other * up).copysign(im))
        } else {
            complex(other * up, (root * up).copysign(im))
        }
    }
    pub fn sinh(self) -> Self {
        if self.im == 0.0 {
            return complex(libm::sinh(self.re), self.im);
        }
        let (sine, cosine) = libm::sincos(self.im);
        complex(libm::sinh(self.re) * cosine, libm::cosh(self.re) * sine)
    }
    pub fn cosh(self) -> Self {
        if self.im == 0.0 {
            return complex(libm::cosh(self.re), 0f64.copysign(self.re) * self.im.signum());
        }
        let (sine, cosine) = libm::sincos(self.im);
        complex(libm::cosh(self.re) * cosine, libm::sinh(self.re) * sine)
    }
    pub fn tanh(self) -> Self {
        if self.re.abs() > 350.0 {
            return complex(1f64.copysign(self.re), 0f64.copysign(libm::sin(2.0 * self.im)));
        }
        let t = libm::tan(self.im);
        let beta = 1.0 + t * t;
        let s = libm::sinh(self.re);
        let rho = libm::sqrt(1.0 + s * s);
        if t.is_infinite() {
            return complex(rho / s, 1.0 / t);
        }
        let denominator = 1.0 + beta * s * s;
        complex(beta * rho * s / denominator, t / denominator)
    }
    pub fn sin(self) -> Self {
        self.turned().sinh().turned_back()
    }
    pub fn cos(self) -> Self {
        self.turned().cosh()
    }
    pub fn tan(self) -> Self {
        self.turned().tanh().turned_back()
    }
    pub fn asinh(self) -> Self {
        self.turned().asin().turned_back()
    }
    /// By Kahan's formulas, which keep the branch cuts' signs.
    pub fn asin(self) -> Self {
        let (minus, plus) = (complex(1.0 - self.re, -self.im).sqrt(), complex(1.0 + self.re, self.im).sqrt());
        let real = libm::atan2(self.re, minus.times(plus).re);
        complex(real, libm::asinh(minus.conj().times(plus).im))
    }
    pub fn acos(self) -> Self {
        let (minus, plus) = (complex(1.0 - self.re, -self.im).sqrt(), complex(1.0 + self.re, self.im).sqrt());
        complex(2.0 * libm::atan2(minus.re, plus.re), libm::asinh(plus.conj().times(minus).im))
    }
    pub fn acosh(self) -> Self {
        let (minus, plus) = (complex(self.re - 1.0, self.im).sqrt(), complex(self.re + 1.0, self.im).sqrt());
        complex(libm::asinh(minus.conj().times(plus).re), 2.0 * libm::atan2(minus.im, plus.re))
    }
    pub fn atanh(self) -> Self {
        let Self { re, im } = self;
        let square = im * im;
        let real = 0.25 * libm::log1p(4.0 * re / ((1.0 - re) * (1.0 - re) + square));
        complex(real, 0.5 * libm::atan2(2.0 * im, (1.0 - re) * (1.0 + re) - square))
    }
    pub fn atan(self) -> Self {
        self.turned().atanh().turned_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Complex, b: Complex) -> bool {
        libm::hypot(a.re - b.re, a.im - b.im) <= 1e-13 * (1.0 + libm::hypot(b.re, b.im))
    }

    #[test]
    fn functions_and_their_inverses_agree() {
        for re in [-2.5, -0.5, 0.25, 1.5] {
            for im in [-1.25, -0.3, 0.4, 1.1] {
                let z = complex(re, im);
                assert!(near(z.ln().exp(), z), "ln {z:?}");
                assert!(near(z.sqrt().times(z.sqrt()), z), "sqrt {z:?}");
                assert!(near(z.asin().sin(), z), "asin {z:?} {:?}", z.asin().sin());
                assert!(near(z.acos().cos(), z), "acos {z:?} {:?}", z.acos().cos());
                assert!(near(z.atan().tan(), z), "atan {z:?} {:?}", z.atan().tan());
                assert!(near(z.asinh().sinh(), z), "asinh {z:?}");
                assert!(near(z.acosh().cosh(), z), "acosh {z:?} {:?}", z.acosh().cosh());
                assert!(near(z.atanh().tanh(), z), "atanh {z:?}");
                let (s, c) = (z.sin(), z.cos());
                assert!(near(s.times(s).plus(c.times(c)), complex(1.0, 0.0)), "circle {z:?}");
                assert!(near(z.cosh().minus(z.sinh()).times(z.exp()), complex(1.0, 0.0)), "exp {z:?}");
            }
        }
    }
}
