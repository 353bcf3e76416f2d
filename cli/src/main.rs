//! osvrun.
fn main() {}
