//! The kernel's own tests, run on the machine itself: `-append selftest`. They need the metal column.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use osvrun_tests::column::Column;
use osvrun_tests::model::{hex, sha256};
use osvrun_tests::paths;
use osvrun_tests::run::{run_within, text};

/// What `isa-debug-exit` makes of status 0.
const PASSED: i32 = 1;
/// How many tests the kernel has; it may only grow.
const TESTS: usize = 15;
/// When the machine surely hangs. The tests wait for a thousand preemptions, each of which takes as long as the host
/// leaves both processors and the timer without time.
const HANGS: Duration = Duration::from_mins(10);
const MICROVM: &[&str] = &["-machine", "microvm,acpi=off,pic=on,pit=on,rtc=off,isa-serial=on"];
const Q35: &[&str] =
    &["-machine", "q35,usb=off,smbus=off,sata=off,vmport=off,hpet=off", "-bios", "qboot.rom"];

/// Runs the tests that `names` names, all if none, with further arguments for QEMU; returns what they said.
fn selftest(names: &str, cpus: usize, machine: &[&str], more: &[&str]) -> Option<String> {
    if !Column::chosen().contains(&Column::Metal) {
        return None;
    }
    // Building osvrun builds the kernel.
    paths::osvrun();
    let outcome = run_within(
        HANGS,
        Command::new("qemu-system-x86_64")
            .args(machine)
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
    if let Some(said) = selftest("", cpus, MICROVM, &[]) {
        assert!(said.lines().filter(|line| line.starts_with("ok ")).count() >= TESTS, "{said}");
    }
}

/// The way in of a system call keeps xmm0 to xmm7 only. Libraries of mathematics run as the program's own code, and the
/// rest keeps the others itself.
#[test]
fn kernel_code_leaves_high_vector_registers_alone() {
    const MAY: [&str; 15] = [
        "libm::",
        "abi_core::exports::math",
        "abi_core::exports::strings::",
        "abi_core::libc::math::",
        "<abi_core::libc::math::",
        "abi_core::exports::complex::",
        "abi_core::loader::tls::access::dynamic_descriptor",
        "abi_core::boundary::syscall::",
        "osvrun_syscall_left",
        "abi_core::boundary::vectors::keep_high",
        "aes::",
        "metal_backend::arch::vectors::",
        "metal_backend::boot::selftest::",
        "osvrun_interrupt",
        "osvrun_exception",
    ];
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    paths::osvrun();
    let output = Command::new("objdump")
        .args(["-d", "-C", "--no-show-raw-insn", "-w"])
        .arg(paths::target().join("metal/release/osvrun-kernel"))
        .output()
        .expect("binutils come with gcc");
    let high = ["8", "9", "10", "11", "12", "13", "14", "15"].map(|number| format!("mm{number}"));
    let (mut function, mut functions, mut wrong) = ("", 0, Vec::new());
    let text = String::from_utf8_lossy(&output.stdout);
    for line in text.lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|line| line.split_once('<')) {
            function = name.1;
            functions += 1;
        } else if high.iter().any(|name| line.contains(name.as_str())) {
            wrong.push(function);
        }
    }
    wrong.dedup();
    wrong.retain(|function| !MAY.iter().any(|may| function.starts_with(may)));
    assert!(functions > 1000, "the kernel was read");
    assert!(wrong.is_empty(), "{wrong:#?}");
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
    if let Some(said) = selftest("virtio-rng", 1, MICROVM, &[&modern[..], &device[..]].concat()) {
        assert!(said.contains("ok virtio-rng "), "{said}");
    }
}

/// Returns what a selftest said after `name`.
fn said_after<'a>(said: &'a str, name: &str) -> &'a str {
    let mut lines = said.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    lines.next().unwrap_or_else(|| panic!("no {name} in {said}")).trim()
}

#[test]
fn what_the_host_feeds_virtio_rng_shows_in_the_pools() {
    let folder = paths::fresh_folder("virtio-pools");
    let chosen = folder.join("stream");
    let bytes: Vec<u8> = (0..128).map(|i| i ^ 0x55).collect();
    std::fs::write(&chosen, &bytes).expect("the build folder can be written");
    let backend = format!("rng-random,id=chosen,filename={}", chosen.display());
    let device = ["-object", &backend, "-device", "virtio-rng-device,rng=chosen"];
    let modern = ["-global", "virtio-mmio.force-legacy=false"];
    let Some(said) = selftest("virtio-pools", 1, MICROVM, &[&modern[..], &device[..]].concat()) else {
        return;
    };
    // Each pool has one sample: the number of the source, its length, its bytes.
    for (name, sample) in [("fast", &bytes[..64]), ("slow", &bytes[64..])] {
        let framed = [&[2, 64, 0, 0, 0], sample].concat();
        assert_eq!(said_after(&said, name), hex(&sha256(&framed)), "{name}");
    }
}

#[test]
fn no_two_boots_give_the_same_stream_and_all_are_seeded_in_time() {
    let modern = ["-global", "virtio-mmio.force-legacy=false"];
    let device = ["-object", "rng-random,id=r,filename=/dev/urandom", "-device", "virtio-rng-device,rng=r"];
    let no_instructions = ["-cpu", "max,-rdrand,-rdseed"];
    // A device behind which nothing ever comes.
    let folder = paths::fresh_folder("virtio-silent");
    let silent = folder.join("silent");
    assert!(Command::new("mkfifo").arg(&silent).status().is_ok_and(|status| status.success()));
    let _open = OpenOptions::new().read(true).write(true).open(&silent).expect("it was made just now");
    let silent = format!("rng-random,id=r,filename={}", silent.display());
    let silent = ["-object", &silent, "-device", "virtio-rng-device,rng=r"];
    let machines: [(&[&[&str]], &str); 4] = [
        (&[&modern, &device], "01"),
        (&[], "01"),
        // Nothing but timing: the first try finds it unseeded.
        (&[&no_instructions], "00"),
        (&[&modern, &silent, &no_instructions], "00"),
    ];
    let mut seen = Vec::new();
    for (arguments, at_once) in machines.into_iter().cycle().take(8) {
        let Some(said) = selftest("seed", 1, MICROVM, &arguments.concat()) else { return };
        assert_eq!(said_after(&said, "at-once"), at_once, "{arguments:?}: {said}");
        let output = said_after(&said, "output").to_owned();
        assert_eq!(output.len(), 64);
        assert!(!seen.contains(&output), "{arguments:?}");
        seen.push(output);
    }
}

/// Answers the machine over a pair of pipes: the kernel's frames in, `pong` out.
fn answer(pipes: &Path) -> std::io::Result<()> {
    // Ready, then the question about the terminal.
    let mut frames = [0; 13];
    OpenOptions::new().read(true).open(pipes.with_extension("out"))?.read_exact(&mut frames)?;
    assert_eq!(frames, [1, 0, 0, 0, 6, 5, 0, 0, 0, 0, 0, 0, 0]);
    // Input.
    OpenOptions::new().write(true).open(pipes.with_extension("in"))?.write_all(b"\x08\x04\0\0pong")
}

fn input_interrupts(name: &str, machine: &[&str], device: &str) {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    let pipes = paths::fresh_folder(name).join("control");
    let made =
        Command::new("mkfifo").args([pipes.with_extension("in"), pipes.with_extension("out")]).status();
    assert!(made.is_ok_and(|status| status.success()));
    let host = thread::spawn({
        let pipes = pipes.clone();
        move || answer(&pipes)
    });
    let backend = format!("pipe,id=control,path={}", pipes.display());
    let devices = ["-chardev", &backend, "-device", device, "-device", "virtconsole,chardev=control"];
    let modern = ["-global", "virtio-mmio.force-legacy=false"];
    let said = selftest("console", 1, machine, &[&modern[..], &devices[..]].concat()).unwrap_or_default();
    assert!(said.contains("ok console "), "{said}");
    host.join().expect("the frames are as expected").expect("the pipes work");
}

#[test]
fn input_interrupts_by_a_line_on_microvm() {
    input_interrupts("line", MICROVM, "virtio-serial-device,max_ports=1");
}

#[test]
fn input_interrupts_by_a_message_on_q35() {
    input_interrupts("message", Q35, "virtio-serial-pci,max_ports=1");
}
