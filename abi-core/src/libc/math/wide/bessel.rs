//! Bessel's functions: power series near zero, Hankel's asymptotic series far away, recurrences between orders.

use super::Wide;
use super::gamma::EULER;

/// From here on the asymptotic series are used.
const FAR: i64 = 30;
/// 1/π
const INVERSE_PI: Wide = Wide::of(-2, 0xa2f9_836e_4e44_1529_fc27_57d1_f534_ddc0);

/// The sum of f(k) (-x²/4)^k / (k! (n+k)!/n!), and that of the bare terms.
fn series(x: Wide, n: i64, mut f: impl FnMut(i64) -> Wide) -> (Wide, Wide) {
    let square = -x.squared().doubled(-2);
    let (mut term, mut bare, mut weighted) = (Wide::ONE, Wide::ONE, f(0));
    for k in 1.. {
        term = (term * square).by_small(k as u64).by_small((n + k) as u64);
        bare = bare + term;
        weighted = weighted + term * f(k);
        if term.is_zero() || term.exponent < -140 {
            break;
        }
    }
    (bare, weighted)
}

/// J and Y of order 0 or 1 far from zero.
fn far(x: Wide, order: i64) -> (Wide, Wide) {
    let (mut p, mut q, mut term) = (Wide::ONE, Wide::ZERO, Wide::ONE);
    for k in 1..120 {
        let factor = Wide::whole(4 * order - (2 * k - 1) * (2 * k - 1)) / (x * Wide::whole(8 * k));
        if factor.exponent >= 0 {
            break;
        }
        term = term * factor;
        if term.exponent < -130 {
            break;
        }
        match k % 4 {
            1 => q = q + term,
            2 => p = p - term,
            3 => q = q - term,
            _ => p = p + term,
        }
    }
    let (sine, cosine) = x.sin_cos();
    // Cosine and sine of x - π/4 or x - 3π/4, times √2.
    let (sum, difference) = (sine + cosine, sine - cosine);
    let (c, s) = if order == 0 { (sum, difference) } else { (difference, -sum) };
    let scale = (INVERSE_PI / x).sqrt();
    ((p * c - q * s) * scale, (p * s + q * c) * scale)
}

fn is_far(x: Wide) -> bool {
    x >= Wide::whole(FAR)
}

/// The numbers 1 + 1/2 + … + 1/k, one after the other.
fn harmonic() -> impl FnMut(i64) -> Wide {
    let mut sum = Wide::ZERO;
    move |k| {
        if k > 0 {
            sum = sum + Wide::ONE.by_small(k as u64);
        }
        sum
    }
}

impl Wide {
    /// x divided by a small whole number.
    fn by_small(self, n: u64) -> Self {
        if self.is_zero() {
            return self;
        }
        let n = u128::from(n);
        let (quotient, rest) = (self.significand / n, self.significand % n);
        let room = quotient.leading_zeros();
        let more = if n >> 32 == 0 { (rest << room) / n } else { 0 };
        Self::normalised(self.is_negative, self.exponent - room as i32, quotient << room | more)
    }

    /// J of order 0 for x not below zero.
    #[must_use]
    pub fn j0(self) -> Self {
        if is_far(self) { far(self, 0).0 } else { series(self, 0, |_| Self::ZERO).0 }
    }

    /// J of order 1 for x not below zero.
    #[must_use]
    pub fn j1(self) -> Self {
        if is_far(self) { far(self, 1).0 } else { series(self, 1, |_| Self::ZERO).0 * self.half() }
    }

    /// Y of order 0 for x above zero.
    #[must_use]
    pub fn y0(self) -> Self {
        if is_far(self) {
            return far(self, 0).1;
        }
        let (j, weighted) = series(self, 0, harmonic());
        ((self.half().ln() + EULER) * j - weighted).doubled(1) * INVERSE_PI
    }

    /// Y of order 1 for x above zero.
    #[must_use]
    pub fn y1(self) -> Self {
        if is_far(self) {
            return far(self, 1).1;
        }
        let mut sums = harmonic();
        let (j, weighted) = series(self, 1, |k| {
            let sum = sums(k);
            sum.doubled(1) + Self::ONE.by_small(k as u64 + 1) - EULER.doubled(1)
        });
        let half = self.half();
        (half * (half.ln().doubled(1) * j - weighted) - Self::ONE / half) * INVERSE_PI
    }

    /// J of order n, neither being below zero.
    #[must_use]
    pub fn jn(self, n: u32) -> Self {
        match n {
            0 => return self.j0(),
            1 => return self.j1(),
            _ if self.is_zero() => return self,
            _ => {}
        }
        let order = Self::whole(n.into());
        if order <= self {
            return self.upward(n, self.j0(), self.j1());
        }
        if self < Self::whole(60) || self.squared() < order * Self::whole(56) {
            let log = order * self.half().ln() - (order + Self::ONE).ln_gamma().0;
            return log.exp() * series(self, n.into(), |_| Self::ZERO).0;
        }
        self.downward(n)
    }

    /// Y of order n for x above zero.
    #[must_use]
    pub fn yn(self, n: u32) -> Self {
        match n {
            0 => self.y0(),
            1 => self.y1(),
            _ => self.upward(n, self.y0(), self.y1()),
        }
    }

    /// The recurrence from orders 0 and 1 up to n.
    fn upward(self, n: u32, zeroth: Self, first: Self) -> Self {
        let inverse = Self::whole(2) / self;
        let (mut below, mut value) = (zeroth, first);
        for k in 1..n {
            (below, value) = (value, value * inverse * Self::whole(k.into()) - below);
            if value.exponent > 40_000 {
                break;
            }
        }
        value
    }

    /// The recurrence from far above n down to 0, where J is known.
    fn downward(self, n: u32) -> Self {
        let inverse = Self::whole(2) / self;
        let start = i64::from(n) + 60 + (25.0 * libm::cbrt(self.guess())) as i64;
        let (mut above, mut value, mut wanted) = (Self::ZERO, Self::ONE, Self::ZERO);
        for k in (1..=start).rev() {
            if k == i64::from(n) {
                wanted = value;
            }
            (above, value) = (value, value * inverse * Self::whole(k) - above);
        }
        // The larger of the two orders is not near a zero.
        let (zeroth, first) = (self.j0(), self.j1());
        if zeroth.magnitude() > first.magnitude() { wanted / value * zeroth } else { wanted / above * first }
    }
}
