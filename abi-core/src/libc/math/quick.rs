//! The commonest functions, as quick as a `double` allows: for ordinary arguments and results only, `None` otherwise.
//!
//! Exponentials are looked up at the next of 128 steps of a doubling, logarithms at the next of 128 parts, and corrected with
//! a few terms of their series. Each function exists twice: for processors that multiply and add at once, where that saves
//! half of the instructions and makes remainders exact, and for others.

use super::instructions::{multiply_add, widened};
use super::pair::circle::{QUARTER, steps_sine_cosine};
use super::pair::exp::{LN_2_PARTS, TO_WHOLE, split_ln_2};
use super::pair::log::{looked_up, single_looked_up};
use super::pair::{Pair, power_of_two};
use super::real::Real;
use super::wide::arithmetic::high_product;
use crate::boundary::processor::{FUSES, has};

/// How many steps there are from one power of two to the next.
const STEPS: usize = 128;

/// 2^(i/128), from 1 to 2.
struct Power {
    /// The bits of its `double`, less i in the place where a whole number of steps has its powers of two.
    bits: u64,
    /// What is missing, in proportion.
    rest: f64,
}

static POWERS: [Power; STEPS] = {
    /// 2^(1/128), where 1 is 2^127.
    const STEP: u128 = 0x80b1_ed4f_d999_ab6c_2533_5719_b6e6_fd20;
    let mut table = [const { Power { bits: 0, rest: 0.0 } }; STEPS];
    let (mut power, mut i) = (1u128 << 127, 0);
    while i < STEPS {
        let pair = Pair::from_bits(power, -127);
        table[i] = Power { bits: pair.hi.to_bits().wrapping_sub((i as u64) << 45), rest: pair.lo / pair.hi };
        // The upper half of a product of halves is a quarter.
        power = high_product(power, STEP) << 1;
        i += 1;
    }
    table
};

/// ln 2 / 128 as 36 bits, of which any multiple is a `double`, and the rest.
const STEP: (f64, f64) = split_ln_2(36, -135);
const STEPS_PER_UNIT: f64 = STEPS as f64 * core::f64::consts::LOG2_E;

/// The largest magnitude of arguments whose exponentials are normal numbers.
const MOST: f64 = 708.0;

/// The number's magnitude, cut to the upper half of its bits, for comparisons that raise nothing.
#[inline(always)]
fn upper_half(x: f64) -> u32 {
    (x.to_bits() >> 32) as u32 & 0x7fff_ffff
}

/// Tells whether a magnitude is from `least` to below `most`.
#[inline(always)]
fn is_between(x: f64, least: f64, most: f64) -> bool {
    upper_half(x).wrapping_sub(upper_half(least)) < upper_half(most) - upper_half(least)
}

/// 2^(n/128) and what is missing of it, in proportion; the last bits of `n` are the number.
#[inline(always)]
fn power_of_step(n: u64) -> (f64, f64) {
    let power = &POWERS[n as usize % STEPS];
    (f64::from_bits(power.bits.wrapping_add(n << 45)), power.rest)
}

/// x × y + z. The instruction puts the result in x's place, so x had better be the one that nobody needs any more.
macro_rules! fused {
    ($x:expr, $y:expr, $z:expr) => {{
        let (x, y, z) = ($x, $y, $z);
        // SAFETY: FUSED is said only where the processor has the instruction.
        unsafe { multiply_add::<FUSED>(x, y, z) }
    }};
}

/// Makes a function that takes the way of the processor.
macro_rules! either {
    ($(#[$doc:meta])* $name:ident($($argument:ident: $ty:ty),*) -> $result:ty = $of:ident) => {
        $(#[$doc])*
        #[inline]
        pub fn $name($($argument: $ty),*) -> $result {
            if has(FUSES) { $of::<true>($($argument),*) } else { $of::<false>($($argument),*) }
        }
    };
}

/// e^(x + rest) of x up to [`MOST`], rounded.
#[inline(always)]
fn exponential<const FUSED: bool>(x: f64, rest: f64) -> f64 {
    let shifted = fused!(STEPS_PER_UNIT, x, TO_WHOLE);
    let n = shifted - TO_WHOLE;
    let r = fused!(-STEP.1, n, fused!(-STEP.0, n, x)) + rest;
    let (scale, missing) = power_of_step(shifted.to_bits());
    let square = r * r;
    let low = fused!(1.0 / 6.0, r, 1.0 / 2.0);
    let high = fused!(1.0 / 120.0, r, 1.0 / 24.0);
    let series = fused!(square * square, high, fused!(low, square, missing + r));
    fused!(series, scale, scale)
}

#[inline(always)]
pub(super) fn exp_of<const FUSED: bool>(x: f64) -> Option<f64> {
    is_between(x, power_of_two(-54), MOST).then(|| exponential::<FUSED>(x, 0.0))
}
either! {
    /// exp(3)
    exp(x: f64) -> Option<f64> = exp_of
}

/// A small whole number, in general registers: the instruction that converts it waits for what its register held before.
#[inline(always)]
fn whole(n: i64) -> f64 {
    f64::from_bits(TO_WHOLE.to_bits().wrapping_add_signed(n)) - TO_WHOLE
}

/// Tells whether this is positive and normal.
#[inline(always)]
fn has_log(x: f64) -> bool {
    x.to_bits().wrapping_sub(1 << 52) < (0x7fe << 52)
}

#[inline(always)]
pub(super) fn log_of<const FUSED: bool>(x: f64) -> Option<f64> {
    if !has_log(x) || x.to_bits() == 1.0f64.to_bits() {
        return None;
    }
    let (part, digits, exponent) = looked_up(x);
    let r = if FUSED {
        fused!(digits, part.inverse, -1.0)
    } else {
        // Both products are exact, since the inverse is short.
        let upper = f64::from_bits(digits.to_bits() & !u64::from(u32::MAX));
        (upper * part.inverse - 1.0) + (digits - upper) * part.inverse
    };
    let k = whole(exponent);
    let whole = fused!(k, LN_2_PARTS.0, part.log.hi);
    let hi = whole + r;
    let lo = fused!(k, LN_2_PARTS.1, part.log.lo) + ((whole - hi) + r);
    let square = r * r;
    let first = fused!(r, 1.0 / 3.0, -1.0 / 2.0);
    let second = fused!(r, 1.0 / 5.0, -1.0 / 4.0);
    let third = fused!(square, -1.0 / 8.0, fused!(r, 1.0 / 7.0, -1.0 / 6.0));
    let series = fused!(square, fused!(square, third, second), first);
    Some(fused!(square, series, lo) + hi)
}
either! {
    /// log(3)
    log(x: f64) -> Option<f64> = log_of
}

/// pow(3) of a positive number, by instructions that multiply and add at once; `None` without them, too.
#[inline]
pub fn pow(x: f64, y: f64) -> Option<f64> {
    const FUSED: bool = true;
    if !(has_log(x) && is_between(y, power_of_two(-80), power_of_two(80)) && has(FUSES)) {
        return None;
    }
    let (part, digits, exponent) = looked_up(x);
    let (q, k) = (fused!(digits, part.inverse, -1.0), whole(exponent));
    // Both sums are exact with their rests, and so is half the square.
    let whole = fused!(k, LN_2_PARTS.0, part.log.hi);
    let first = whole + q;
    let half = q * -0.5;
    let square = q * half;
    let second = first + square;
    let rest = fused!(k, LN_2_PARTS.1, part.log.lo)
        + ((whole - first) + q)
        + ((first - second) + square)
        + fused!(q, half, -square);
    // ln(1 + q) - q + q²/2
    let power = q * q;
    let low = fused!(power, fused!(q, -1.0 / 6.0, 1.0 / 5.0), fused!(q, -1.0 / 4.0, 1.0 / 3.0));
    let high = fused!(power, fused!(q, -1.0 / 10.0, 1.0 / 9.0), fused!(q, -1.0 / 8.0, 1.0 / 7.0));
    let rest = fused!(q * power, fused!(power * power, high, low), rest);
    let log = Pair::ordered_sum(second, rest);
    let product = y * log.hi;
    if upper_half(product) >= upper_half(MOST) {
        return None;
    }
    Some(exponential::<true>(product, fused!(y, log.lo, fused!(y, log.hi, -product))))
}

/// csqrt(3) of a number whose parts are not far apart, by instructions that multiply and add at once; `None` without them, too.
/// The root with the real part's sign is the first one.
#[inline]
pub fn complex_root(re: f64, im: f64) -> Option<(f64, f64)> {
    const FUSED: bool = true;
    let (least, most) = (power_of_two(-400), power_of_two(400));
    let (a, b) = (re.abs(), im.abs());
    let are_near = a < b * power_of_two(40) && b < a * power_of_two(40);
    if !(is_between(a, least, most) && is_between(b, least, most) && are_near && has(FUSES)) {
        return None;
    }
    // The sum of the squares, its root, half of that and the real part, and the root of this, each with its rest.
    let (large, small) = if a < b { (b * b, a * a) } else { (a * a, b * b) };
    let square = large + small;
    let rests = fused!(a, a, -(a * a)) + fused!(b, b, -(b * b));
    let square_rest = (small - (square - large)) + rests;
    let size = square.root();
    let size_rest = (fused!(-size, size, square) + square_rest) / (2.0 * size);
    let sum = size + a;
    // The size is not less than the part.
    let sum_rest = (a - (sum - size)) + size_rest;
    let (sum, sum_rest) = (sum * 0.5, sum_rest * 0.5);
    let root = sum.root();
    let root_rest = (fused!(-root, root, sum) + sum_rest) / (2.0 * root);
    let twice = 2.0 * root;
    let other = b / twice;
    let other_rest = fused!(-other, 2.0 * root_rest, fused!(-other, twice, b)) / twice;
    let (root, other) = (root + root_rest, other + other_rest);
    Some(if re < 0.0 { (other, root) } else { (root, other) })
}

/// e^x with forty bits, for |x| up to [`MOST`].
#[inline(always)]
fn short_exponential<const FUSED: bool>(x: f64) -> f64 {
    let shifted = fused!(STEPS_PER_UNIT, x, TO_WHOLE);
    let r = fused!(-(STEP.0 + STEP.1), shifted - TO_WHOLE, x);
    let (scale, _) = power_of_step(shifted.to_bits());
    let series = fused!(r * r, fused!(1.0 / 6.0, r, 1.0 / 2.0), r);
    fused!(series, scale, scale)
}

/// 2^(t/128) with forty bits, for |t| up to what [`MOST`] is in such steps.
#[inline(always)]
fn short_power<const FUSED: bool>(t: f64) -> f64 {
    const LN_STEP: f64 = core::f64::consts::LN_2 / STEPS as f64;
    let shifted = t + TO_WHOLE;
    let r = t - (shifted - TO_WHOLE);
    let (scale, _) = power_of_step(shifted.to_bits());
    let high = fused!(LN_STEP * LN_STEP * LN_STEP / 6.0, r, LN_STEP * LN_STEP / 2.0);
    let series = fused!(r * r, high, r * LN_STEP);
    fused!(series, scale, scale)
}

/// The magnitudes below which exponentials are normal numbers of a `float`.
const SINGLE_MOST: f32 = 87.0;

/// Tells whether a magnitude is from 2^`least` to below `most`.
#[inline(always)]
fn is_single_between(x: f32, least: i32, most: f32) -> bool {
    let least = ((127 + least) as u32) << 23;
    (x.to_bits() & 0x7fff_ffff).wrapping_sub(least) < most.to_bits() - least
}

#[inline(always)]
fn single_exp_of<const FUSED: bool>(x: f32) -> Option<f32> {
    is_single_between(x, -60, SINGLE_MOST).then(|| short_exponential::<FUSED>(widened(x)) as f32)
}
either! {
    /// expf(3)
    single_exp(x: f32) -> Option<f32> = single_exp_of
}

/// Tells whether this is positive and normal.
#[inline(always)]
fn has_single_log(x: f32) -> bool {
    x.to_bits().wrapping_sub(1 << 23) < (0xfe << 23)
}

/// The natural logarithm with forty bits.
#[inline(always)]
fn short_logarithm<const FUSED: bool>(x: f32) -> f64 {
    let (part, digits, exponent) = single_looked_up(x);
    let r = fused!(widened(digits), part.inverse, -1.0);
    let high = fused!(1.0 / 5.0, r, -1.0 / 4.0);
    let low = fused!(1.0 / 3.0, r, -1.0 / 2.0);
    let square = r * r;
    let rest = fused!(high, square, low);
    fused!(rest, square, fused!(core::f64::consts::LN_2, f64::from(exponent), part.log.hi) + r)
}

#[inline(always)]
fn single_log_of<const FUSED: bool>(x: f32) -> Option<f32> {
    (has_single_log(x) && x.to_bits() != 1.0f32.to_bits()).then(|| short_logarithm::<FUSED>(x) as f32)
}
either! {
    /// logf(3)
    single_log(x: f32) -> Option<f32> = single_log_of
}

#[inline(always)]
fn single_pow_of<const FUSED: bool>(x: f32, y: f32) -> Option<f32> {
    if !(has_single_log(x) && is_single_between(y, -80, power_of_two(80) as f32)) {
        return None;
    }
    let product = short_logarithm::<FUSED>(x) * (widened(y) * STEPS_PER_UNIT);
    let most = upper_half(f64::from(SINGLE_MOST) * STEPS_PER_UNIT);
    (upper_half(product) < most).then(|| short_power::<FUSED>(product) as f32)
}
either! {
    /// powf(3) of a positive number
    single_pow(x: f32, y: f32) -> Option<f32> = single_pow_of
}

/// Half of the circle as 36 bits, of which multiples of halves are `double`s, and the rest.
const HALF_CIRCLE: (f64, f64) = (2.0 * QUARTER.0, 2.0 * QUARTER.1);

/// The sine with 33 bits of an angle up to a quarter of the circle.
#[inline(always)]
fn short_sine<const FUSED: bool>(r: f64) -> f64 {
    // (sin √u / √u - 1) / u, by the polynomial that is equal to it at Chebyshev's places.
    const SERIES: [f64; 5] = [
        -0.166_666_666_638_784_66,
        0.008_333_332_768_305_049,
        -0.000_198_410_864_525_061_94,
        2.753_645_532_390_914e-6,
        -2.407_999_973_210_464e-8,
    ];
    let square = r * r;
    let fourth = square * square;
    let low = fused!(SERIES[1], square, SERIES[0]);
    let high = fused!(SERIES[4], fourth, fused!(SERIES[3], square, SERIES[2]));
    fused!(r * square, fused!(fourth, high, low), r)
}

/// Tells whether an angle has few turns, and is not too small.
#[inline(always)]
fn has_few_turns(x: f32) -> bool {
    is_single_between(x, -40, 65536.0)
}

/// The sine of an angle, `halves` of the circle before which are left out; the last bit of `parity` tells whether they are odd.
#[inline(always)]
fn turned_sine<const FUSED: bool>(x: f64, halves: f64, parity: f64) -> f32 {
    let r = fused!(-HALF_CIRCLE.1, halves, fused!(-HALF_CIRCLE.0, halves, x));
    f64::from_bits(short_sine::<FUSED>(r).to_bits() ^ parity.to_bits() << 63) as f32
}

#[inline(always)]
fn single_sin_of<const FUSED: bool>(x: f32) -> Option<f32> {
    has_few_turns(x).then(|| {
        let x = widened(x);
        let shifted = fused!(x, core::f64::consts::FRAC_1_PI, TO_WHOLE);
        turned_sine::<FUSED>(x, shifted - TO_WHOLE, shifted)
    })
}
either! {
    /// sinf(3)
    single_sin(x: f32) -> Option<f32> = single_sin_of
}

#[inline(always)]
fn single_cos_of<const FUSED: bool>(x: f32) -> Option<f32> {
    has_few_turns(x).then(|| {
        let x = widened(x);
        // The sine of a quarter more.
        let shifted = fused!(x + core::f64::consts::FRAC_PI_2, core::f64::consts::FRAC_1_PI, TO_WHOLE);
        turned_sine::<FUSED>(x, shifted - TO_WHOLE - 0.5, shifted)
    })
}
either! {
    /// cosf(3)
    single_cos(x: f32) -> Option<f32> = single_cos_of
}

/// A step of the circle, of which a half has 64, as 36 bits, of which multiples are `double`s, and the rest.
const CIRCLE_STEP: (f64, f64) = (QUARTER.0 / 32.0, QUARTER.1 / 32.0);

/// The sine of an angle and `steps`, by instructions that multiply and add at once; `None` without them, too. It is looked up
/// at the next step, and has too few digits where it is next to nothing.
#[inline(never)]
fn sine_after(x: f64, steps: u64) -> Option<f64> {
    const FUSED: bool = true;
    if !(is_between(x, power_of_two(-20), 1024.0) && has(FUSES)) {
        return None;
    }
    let shifted = fused!(64.0 / core::f64::consts::PI, x, TO_WHOLE);
    let n = shifted - TO_WHOLE;
    let first = fused!(-CIRCLE_STEP.0, n, x);
    let r = fused!(-CIRCLE_STEP.1, n, first);
    let rest = fused!(-CIRCLE_STEP.1, n, first - r);
    let n = shifted.to_bits().wrapping_add(steps);
    // From a quarter to a half the circle goes back.
    let from_quarter = (n & 63).wrapping_sub(32) as i64;
    let is_back = ((from_quarter > 0) as u64) << 63;
    let (sine, cosine) = steps_sine_cosine(32 - from_quarter.unsigned_abs());
    let r = f64::from_bits(r.to_bits() ^ is_back);
    let rest = f64::from_bits(rest.to_bits() ^ is_back);
    // What the sine of the rest has beyond the rest itself, and its cosine less 1.
    let square = r * r;
    let low = fused!(fused!(-1.0 / 5040.0, square, 1.0 / 120.0), square, -1.0 / 6.0);
    let risen = fused!(low, square * r, rest);
    let fallen = fused!(fused!(-1.0 / 720.0, square, 1.0 / 24.0), square, -1.0 / 2.0) * square;
    let product = r * cosine.hi;
    let sum = sine.hi + product;
    let rest = ((sine.hi - sum) + product) + fused!(r, cosine.hi, -product);
    let low = fused!(fallen, sine.hi, fused!(risen, cosine.hi, fused!(r, cosine.lo, sine.lo)));
    let result = sum + (rest + low);
    let is_negative = (n & 64) << 57;
    is_between(result, power_of_two(-20), 2.0).then(|| f64::from_bits(result.to_bits() ^ is_negative))
}

/// sin(3)
#[inline]
pub fn sin(x: f64) -> Option<f64> {
    sine_after(x, 0)
}

/// cos(3)
#[inline]
pub fn cos(x: f64) -> Option<f64> {
    sine_after(x, 32)
}
