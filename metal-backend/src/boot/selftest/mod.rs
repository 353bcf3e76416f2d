//! Tests that need the real machine: `selftest [NAME…]` on the command line runs them instead of a program.
//!
//! Each prints a line; the machine powers off with status 0 when all that were named passed, else 1. `overflow` and
//! `panic` end in the kernel's report and are run only by name.

mod devices;
mod memory;
mod threads;
mod vectors;

use core::fmt::{self, Write};

use super::main::command_line;
use crate::drivers::serial;
use crate::time;

/// What a test found wrong.
type Outcome = Result<(), &'static str>;

/// A test's name and what it does.
type Test = (&'static str, fn() -> Outcome);

const TESTS: &[Test] = &[
    ("write-xor-execute", memory::nothing_is_writable_and_executable),
    ("map", memory::mapped_pages_hold_what_was_written),
    ("move", memory::moved_pages_keep_their_contents),
    ("objects", memory::objects_alias_and_outlive_their_name),
    ("leaks", memory::unmapping_gives_everything_back),
    ("shootdown", memory::other_processors_forget_old_translations),
    ("deadline", threads::a_deadline_ends_a_wait),
    ("interrupt", threads::an_interrupt_is_sticky),
    ("wake", threads::a_wake_is_never_lost),
    ("thousand", threads::a_thousand_threads_start_and_end),
    ("preempt", threads::a_busy_thread_is_preempted),
    ("balance", threads::all_processors_work),
    ("deep", threads::a_thread_without_room_is_preempted_later),
    ("red-zone", vectors::the_red_zone_survives_interrupts),
    ("vectors", vectors::vector_state_survives_preemption),
];

/// Run only by name: the machine must have the device.
const DEVICE_TESTS: &[Test] = &[
    ("virtio-rng", devices::the_chosen_stream_arrives),
    ("virtio-pools", devices::the_chosen_stream_is_in_the_pools),
    ("seed", devices::the_generator_is_seeded_in_time),
    ("console", devices::input_interrupts),
];

struct Serial;

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        serial::write(text.as_bytes());
        Ok(())
    }
}

/// Runs the tests that the command line names (all if none) and powers off.
pub extern "C" fn run(_: usize, _: usize) -> ! {
    let line = core::str::from_utf8(command_line()).unwrap_or("");
    let mut names = line.split_ascii_whitespace().skip(1).peekable();
    let is_all = names.peek().is_none();
    let mut failures = 0;
    let devices: &[Test] = if is_all { &[] } else { DEVICE_TESTS };
    for (name, test) in TESTS.iter().chain(devices) {
        if !is_all && !line.split_ascii_whitespace().skip(1).any(|wanted| wanted == *name) {
            continue;
        }
        let start = time::monotonic();
        let outcome = test();
        let micros = (time::monotonic() - start) / 1000;
        // The serial port takes everything.
        let _ = match outcome {
            Ok(()) => writeln!(Serial, "ok {name} ({micros} us)"),
            Err(why) => {
                failures += 1;
                writeln!(Serial, "FAILED {name}: {why}")
            }
        };
    }
    for name in names {
        match name {
            "overflow" => {
                threads::overflow(0);
            }
            "panic" => panic!("asked for by the command line"),
            _ => {}
        }
    }
    crate::backend::power::off(u8::from(failures > 0))
}

/// Turns a condition into an outcome.
fn check(holds: bool, what: &'static str) -> Outcome {
    if holds { Ok(()) } else { Err(what) }
}
