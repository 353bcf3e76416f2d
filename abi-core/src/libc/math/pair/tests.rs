use super::{Pair, circle, exp, gamma, hyperbolic, log};
use crate::boundary::processor::{FUSES, Ways, has, learn};
use crate::libc::math::quick;
use crate::libc::math::wide::Wide;

fn wide(x: Pair) -> Wide {
    Wide::from_f64(x.hi) + Wide::from_f64(x.lo)
}

/// Numbers spread from `least` to `most`.
fn spread(least: f64, most: f64) -> impl Iterator<Item = f64> {
    let mut state = 1u64;
    (0..4000).map(move |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (most - least) * ((state >> 11) as f64 / (1u64 << 53) as f64)
    })
}

/// Numbers of magnitudes from 2^`least` to 2^`most`, of both signs.
fn magnitudes(least: f64, most: f64) -> impl Iterator<Item = f64> {
    spread(least, most).enumerate().map(|(i, e)| libm::exp2(e) * if i % 2 == 0 { 1.0 } else { -1.0 })
}

/// The exponent of the largest relative error.
fn error_of(cases: impl Iterator<Item = (Wide, Wide)>) -> i32 {
    cases
        .filter(|(got, exact)| !(*got - *exact).is_zero())
        .map(|(got, exact)| (got - exact).exponent() - exact.exponent())
        .max()
        .unwrap_or(-200)
}

#[test]
fn sums_products_quotients_and_roots_have_a_hundred_bits() {
    let pairs = || {
        spread(-9.0, 9.0)
            .zip(spread(1.0, 5.0).skip(1))
            .map(|(a, b)| (Pair::product(a, b), Pair::product(b, b)))
    };
    let products = spread(-9.0, 9.0).zip(spread(1.0, 5.0).skip(1));
    let exact = |(a, b)| (wide(Pair::product(a, b)), Wide::from_f64(a) * Wide::from_f64(b));
    assert!(error_of(products.map(exact)) < -103);
    assert!(error_of(pairs().map(|(a, b)| (wide(a * b), wide(a) * wide(b)))) < -100);
    assert!(error_of(pairs().map(|(a, b)| (wide(a / b), wide(a) / wide(b)))) < -100);
    assert!(error_of(pairs().map(|(_, b)| (wide(b.sqrt()), wide(b).sqrt()))) < -100);
}

#[test]
fn exponentials_have_sixty_bits() {
    let numbers = || spread(-650.0, 650.0).chain(spread(-1.0, 1.0)).map(Pair::from_f64);
    assert!(error_of(numbers().map(|x| (wide(x.exp()), wide(x).exp()))) < -64);
    let numbers = || spread(-30.0, 30.0).chain(magnitudes(-60.0, 5.0)).map(Pair::from_f64);
    assert!(error_of(numbers().map(|x| (wide(x.exp_m1()), wide(x).exp_m1()))) < -58);
}

#[test]
fn logarithms_have_sixty_bits() {
    let numbers = || spread(0.0, 30.0).chain(spread(0.9, 1.1)).map(Pair::from_f64);
    assert!(error_of(numbers().map(|x| (wide(x.ln()), wide(x).ln()))) < -64);
    let roots = || spread(0.0, 30.0).map(|x| Pair::from_f64(x).sqrt());
    assert!(error_of(roots().map(|x| (wide(x.ln()), wide(x).ln()))) < -64);
    let numbers = || magnitudes(-70.0, -1.0).map(Pair::from_f64);
    assert!(error_of(numbers().map(|x| (wide(x.ln_1p()), wide(x).ln_1p()))) < -60);
}

#[test]
fn sines_and_arc_tangents_have_sixty_bits() {
    let numbers = || spread(-10.0, 10.0).chain(magnitudes(-60.0, 16.0)).map(Pair::from_f64);
    let both = || numbers().filter_map(|x| Some((x, x.sin_cos()?)));
    assert!(both().count() > 7990);
    assert!(error_of(both().map(|(x, (sine, _))| (wide(sine), wide(x).sin_cos().0))) < -61);
    assert!(error_of(both().map(|(x, (_, cosine))| (wide(cosine), wide(x).sin_cos().1))) < -61);
    let points = || {
        magnitudes(-20.0, 20.0).zip(spread(-10.0, 10.0)).map(|(a, b)| (Pair::from_f64(a), Pair::from_f64(b)))
    };
    assert!(error_of(points().filter_map(|(y, x)| Some((wide(y.atan2(x)?), wide(y).atan2(wide(x)))))) < -61);
}

/// The worst error in units in the last place.
fn ulps(
    name: &str,
    bound: f64,
    numbers: impl Iterator<Item = f64>,
    of: fn(f64) -> Option<f64>,
    exact: fn(Wide) -> Wide,
) {
    let worst = numbers
        .filter_map(|x| Some((of(x)?, exact(Wide::from_f64(x)))))
        .map(|(got, exact)| {
            let error = (Wide::from_f64(got) - exact).magnitude().doubled(52 - exact.exponent());
            error.guess()
        })
        .fold(0.0, f64::max);
    assert!(worst > 0.4 && worst < bound, "{name}: {worst}");
}

#[test]
fn functions_are_rounded_nearly_correctly() {
    let around = || magnitudes(-40.0, 8.0).chain(spread(-9.0, 9.0)).chain(spread(-1.0, 1.0));
    ulps("exp", 0.56, around(), exp::exp, Wide::exp);
    ulps("exp2", 0.56, around(), exp::exp2, Wide::exp2);
    ulps("exp10", 0.56, around(), exp::exp10, Wide::exp10);
    ulps("log", 0.56, around(), log::log, Wide::ln);
    ulps("sinh", 0.56, around(), hyperbolic::sinh, Wide::sinh);
    ulps("cosh", 0.56, around(), hyperbolic::cosh, Wide::cosh);
    ulps("tanh", 0.56, around(), hyperbolic::tanh, Wide::tanh);
    ulps("asinh", 0.56, around(), hyperbolic::asinh, Wide::asinh);
    ulps("acosh", 0.56, around().map(|x| 1.0 + x.abs()), hyperbolic::acosh, Wide::acosh);
    ulps("atanh", 0.56, around().filter(|x| x.abs() < 1.0), hyperbolic::atanh, Wide::atanh);
    ulps("tgamma", 0.56, spread(-40.0, 170.0), gamma::tgamma, Wide::gamma);
    ulps("tgamma", 0.56, spread(-4.0, 4.0), gamma::tgamma, Wide::gamma);
    ulps("lgamma", 0.56, spread(-40.0, 0.5), |x| Some(gamma::ln_gamma(x)?.0), |x| x.ln_gamma().0);
    ulps("hypot", 0.86, around(), |x| super::hypot(x, 2.5), |x| x.hypot(Wide::from_f64(2.5)));
    ulps("pow", 0.56, around().map(f64::abs), |x| log::pow(x, 33.25), |x| x.pow(Wide::from_f64(33.25)));
    ulps("atan2", 0.56, around(), |x| circle::atan2(x, -1.5), |x| x.atan2(Wide::from_f64(-1.5)));
}

#[test]
fn the_quickest_ways_are_rounded_nearly_correctly() {
    learn(Ways::All);
    let around = || magnitudes(-40.0, 8.0).chain(spread(-9.0, 9.0)).chain(spread(-1.0, 1.0));
    let positive = || around().chain(spread(0.9, 1.1)).map(f64::abs);
    ulps("exp", 0.56, around(), quick::exp_of::<false>, Wide::exp);
    ulps("log", 0.56, positive(), quick::log_of::<false>, Wide::ln);
    if has(FUSES) {
        ulps("exp", 0.53, around(), quick::exp_of::<true>, Wide::exp);
        ulps("log", 0.53, positive(), quick::log_of::<true>, Wide::ln);
        let angles = || around().chain(spread(-1100.0, 1100.0));
        ulps("sin", 0.55, angles(), quick::sin, |x| x.sin_cos().0);
        ulps("cos", 0.55, angles(), quick::cos, |x| x.sin_cos().1);
        for y in [33.25, -0.7, 1e-3] {
            let errors = positive().filter_map(|x| Some((quick::pow(x, y)?, x))).map(|(got, x)| {
                let exact = Wide::from_f64(x).pow(Wide::from_f64(y));
                (Wide::from_f64(got) - exact).magnitude().doubled(52 - exact.exponent()).guess()
            });
            let worst = errors.fold(0.0, f64::max);
            assert!(worst > 0.4 && worst < 0.53, "pow {y}: {worst}");
        }
    }
    /// Half a unit of a `float`, and a bit more.
    const SINGLE: f64 = 0.502 * (1 << 29) as f64;
    let singles = || around().map(|x| f64::from(x as f32));
    ulps("expf", SINGLE, singles(), |x| quick::single_exp(x as f32).map(f64::from), Wide::exp);
    ulps("logf", SINGLE, singles().map(f64::abs), |x| quick::single_log(x as f32).map(f64::from), Wide::ln);
    ulps("sinf", SINGLE, singles(), |x| quick::single_sin(x as f32).map(f64::from), |x| x.sin_cos().0);
    ulps("cosf", SINGLE, singles(), |x| quick::single_cos(x as f32).map(f64::from), |x| x.sin_cos().1);
    let power = |x: f64| quick::single_pow(x as f32, 5.5).map(f64::from);
    ulps("powf", SINGLE, singles().map(f64::abs), power, |x| x.pow(Wide::from_f64(5.5)));
}
