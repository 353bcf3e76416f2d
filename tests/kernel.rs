//! The kernel's own tests, run on the machine itself: `-append selftest`. They need the metal column.

use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::paths;
use osvrun_tests::run::{run, text};

/// What `isa-debug-exit` makes of status 0.
const PASSED: i32 = 1;
/// How many tests the kernel has; it may only grow.
const TESTS: usize = 14;

/// Runs the tests that `names` names, all if none, with further arguments for QEMU; returns what they said.
fn selftest(names: &str, cpus: usize, more: &[&str]) -> Option<String> {
    if !Column::chosen().contains(&Column::Metal) {
        return None;
    }
    // Building osvrun builds the kernel.
    paths::osvrun();
    let outcome = run(
        Command::new("qemu-system-x86_64")
            .args(["-machine", "microvm,acpi=off,pic=on,pit=on,rtc=off,isa-serial=on"])
            .args(["-accel", "tcg,thread=multi", "-cpu", "max", "-m", "256", "-smp", &cpus.to_string()])
            .args(["-nodefaults", "-no-user-config", "-display", "none", "-nic", "none", "-no-reboot"])
            .args(["-serial", "stdio", "-device", "isa-debug-exit,iobase=0x501,iosize=2"])
            .args(more)
            .args(["-append", &format!("selftest {names}"), "-kernel"])
            .arg(paths::target().join("metal/release/osvrun-kernel")),
        b"",
    )
    .expect("QEMU runs");
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert_eq!(outcome.status, PASSED, "{said}\n{}", text(&outcome.stderr));
    Some(said)
}

fn all_pass(cpus: usize) {
    if let Some(said) = selftest("", cpus, &[]) {
        assert!(said.lines().filter(|line| line.starts_with("ok ")).count() >= TESTS, "{said}");
    }
}

#[test]
fn the_kernel_passes_its_own_tests_on_one_processor() {
    all_pass(1);
}

#[test]
fn the_kernel_passes_its_own_tests_on_two_processors() {
    all_pass(2);
}

#[test]
fn what_the_host_feeds_virtio_rng_is_what_seeds_the_kernel() {
    let folder = paths::fresh_folder("virtio-rng");
    let stream = folder.join("stream");
    let counting: Vec<u8> = (0..=255).cycle().take(4096).collect();
    std::fs::write(&stream, counting).expect("the build folder can be written");
    let backend = format!("rng-random,id=chosen,filename={}", stream.display());
    let device = ["-object", &backend, "-device", "virtio-rng-device,rng=chosen"];
    let modern = ["-global", "virtio-mmio.force-legacy=false"];
    if let Some(said) = selftest("virtio-rng", 1, &[&modern[..], &device[..]].concat()) {
        assert!(said.contains("ok virtio-rng "), "{said}");
    }
}
