//! What each function of `math.h` and `complex.h` costs with the host's libc and hosted with ours: nanoseconds per call and
//! the ratio, worst first.
//!
//! usage: cargo bench --bench math [-- [-r RUNS] [NAME...]]
#![expect(clippy::print_stdout, reason = "what it prints is its result")]

use osvrun_tests::bench::{Figures, Side, Wanted, compiled};

fn main() {
    let wanted = Wanted::read();
    let program = compiled("math");
    let mut figures = Figures::default();
    for _ in 0..wanted.runs {
        for side in Side::BOTH {
            figures.add_rows(side, &program, &wanted.rows);
        }
    }
    let mut rows = figures.rows();
    rows.sort_by(|(_, native, hosted), (_, other_native, other_hosted)| {
        (other_hosted / other_native).total_cmp(&(hosted / native))
    });
    println!("{:12} {:>10} {:>10} {:>8}", "", "native ns", "hosted ns", "ratio");
    for (name, native, hosted) in rows {
        println!("{name:12} {native:10.1} {hosted:10.1} {:8.2}", hosted / native);
    }
}
