//! The kernel's own tests, run on the machine itself: `-append selftest`. They need the metal column.

use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::paths;
use osvrun_tests::run::{run, text};

/// What `isa-debug-exit` makes of status 0.
const PASSED: i32 = 1;
/// How many tests the kernel has; it may only grow.
const TESTS: usize = 14;

fn selftest(cpus: usize) {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    // Building osvrun builds the kernel.
    paths::osvrun();
    let outcome = run(
        Command::new("qemu-system-x86_64")
            .args(["-machine", "microvm,acpi=off,pic=on,pit=on,rtc=off,isa-serial=on"])
            .args(["-accel", "tcg,thread=multi", "-cpu", "max", "-m", "256", "-smp", &cpus.to_string()])
            .args(["-nodefaults", "-no-user-config", "-display", "none", "-nic", "none", "-no-reboot"])
            .args(["-serial", "stdio", "-device", "isa-debug-exit,iobase=0x501,iosize=2"])
            .args(["-append", "selftest", "-kernel"])
            .arg(paths::target().join("metal/release/osvrun-kernel")),
        b"",
    )
    .expect("QEMU runs");
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert_eq!(outcome.status, PASSED, "{said}\n{}", text(&outcome.stderr));
    assert!(said.lines().filter(|line| line.starts_with("ok ")).count() >= TESTS, "{said}");
}

#[test]
fn the_kernel_passes_its_own_tests_on_one_processor() {
    selftest(1);
}

#[test]
fn the_kernel_passes_its_own_tests_on_two_processors() {
    selftest(2);
}
