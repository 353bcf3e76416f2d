//! The functions against their inverses.

use super::*;

fn complex(re: f64, im: f64) -> Complex<f64> {
    Complex::new(re, im)
}

fn minus(a: Complex<f64>, b: Complex<f64>) -> Complex<f64> {
    complex(a.re - b.re, a.im - b.im)
}

fn plus(a: Complex<f64>, b: Complex<f64>) -> Complex<f64> {
    complex(a.re + b.re, a.im + b.im)
}

fn near(a: Complex<f64>, b: Complex<f64>) -> bool {
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
            assert!(near(plus(s.times(s), c.times(c)), complex(1.0, 0.0)), "circle {z:?}");
            assert!(near(minus(z.cosh(), z.sinh()).times(z.exp()), complex(1.0, 0.0)), "exp {z:?}");
        }
    }
}
