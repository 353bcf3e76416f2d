//! The command line.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use abi_core::boot::{LibcChoice, MissingPolicy};
use abi_core::trace::TraceAreas;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs a Linux program as an OSv-style unikernel.
#[derive(Debug, Parser)]
#[command(
    name = "osvrun",
    version,
    args_conflicts_with_subcommands = true,
    override_usage = "osvrun [OPTIONS] [--] PROGRAM [ARGS]... [--and PROGRAM [ARGS]...]\n       osvrun <COMMAND>",
    after_help = "Exit status: the program's own; 128+n when signal n ends it; 124 when --timeout passes; 125 when \
                  osvrun fails; 126 when the program cannot be run; 127 when it or a library is not found."
)]
pub(crate) struct Options {
    /// What to do instead of running a program.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// How to run a program.
    #[command(flatten)]
    pub(crate) run: RunOptions,
}

/// What osvrun does besides running a program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a program needs and how much of it is there, without running it.
    Check(CheckOptions),
    /// List every symbol there is, with its library, level and note.
    Symbols(SymbolsOptions),
    /// List every system call: number, name, level, note
    Syscalls,
    /// Say what this machine offers for running programs.
    Doctor,
}

/// Options of `osvrun check`.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The folder that is the guest's root, as for a run: host, none, or a path
    #[arg(long, value_name = "host|none|DIR", default_value = "host")]
    pub(crate) root: OsString,
    /// Which libc the program gets, as for a run
    #[arg(long, value_name = "auto|native|own", value_parser = parse_libc, default_value = "auto")]
    pub(crate) libc: LibcChoice,
    /// The program, looked up in PATH
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: OsString,
}

/// Options of `osvrun symbols`.
#[derive(Debug, Args)]
pub(crate) struct SymbolsOptions {
    /// Say of each in a further column, tested or untested, whether a program of osvrun's own tests calls it, and on
    /// standard error how many are
    #[arg(long)]
    pub(crate) tested: bool,
}

/// The two worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    /// Inside this process.
    Hosted,
    /// In QEMU, on our own kernel.
    Metal,
}

/// QEMU's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Machine {
    /// The smallest and fastest to boot
    Microvm,
    /// A PC with PCI
    Q35,
}

/// Where handlers of signals run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Signals {
    /// In threads of their own
    Osv,
    /// On the thread that is interrupted
    Linux,
}

/// How QEMU runs the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Accel {
    /// KVM where it works, else TCG
    Auto,
    /// The host's processor
    Kvm,
    /// Translation
    Tcg,
    /// KVM first, whatever the machine looks like; for tests
    #[value(hide = true)]
    TryKvm,
}

/// How a program is run.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct RunOptions {
    /// Run inside this process (the default)
    #[arg(long, conflicts_with = "metal")]
    hosted: bool,
    /// Run in QEMU, on osvrun's own kernel
    #[arg(long)]
    metal: bool,
    /// Add NAME=VALUE to the program's environment
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<OsString>,
    /// The program's working directory [default: this one]
    #[arg(long, value_name = "DIR")]
    pub(crate) cwd: Option<PathBuf>,
    /// What the program sees as / below its own writes: the host's files, nothing, or a folder; on metal QEMU serves them
    /// as they are looked for
    #[arg(long, value_name = "host|none|DIR", default_value = "host")]
    pub(crate) root: OsString,
    /// Show a host folder or file at a place of the guest, writes going through
    #[arg(long, value_name = "HOST:GUEST[:ro]")]
    pub(crate) mount: Vec<OsString>,
    /// Make a raw image, or a block device, a disk: the first is /dev/vblk0, the next /dev/vblk1
    #[arg(long, value_name = "FILE[:ro]")]
    pub(crate) disk: Vec<OsString>,
    /// Memory of the machine, as 64M or 2G
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) memory: Option<usize>,
    /// Processors of the machine
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub(crate) cpus: Option<usize>,
    /// Which machine QEMU is
    #[arg(long, value_enum, default_value = "microvm")]
    pub(crate) machine: Machine,
    /// How QEMU runs the processor
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) accel: Accel,
    /// End the program after this many seconds, with status 124
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,
    /// What a symbol does that nothing defines: stop the program when it is called, refuse to load, or return ENOSYS
    #[arg(long, value_name = "abort|fail|enosys", value_parser = parse_missing, default_value = "abort")]
    pub(crate) missing: MissingPolicy,
    /// Which libc a program gets: osvrun's where that has all it needs and its own otherwise, osvrun's, or its own
    #[arg(long, value_name = "auto|native|own", value_parser = parse_libc, default_value = "auto")]
    pub(crate) libc: LibcChoice,
    /// Where a handler of a signal runs in a program with osvrun's libc: in a thread of its own, or as on Linux on the thread
    /// that it interrupts
    #[arg(long, value_enum, default_value = "osv")]
    pub(crate) signals: Signals,
    /// Start the last program of several when something in the machine listens at this TCP port
    #[arg(long, value_name = "PORT")]
    pub(crate) wait_for: Option<u16>,
    /// Debug with gdb: hosted, run in it (break with hbreak, since pages come in late); on metal, wait for it and print the command to type
    #[arg(long)]
    pub(crate) gdb: bool,
    /// Print each call that enters the kernel, all or those of some areas: file, memory, thread, signal, time, process, net,
    /// poll, random, loader
    #[arg(long, value_name = "AREA,...", num_args = 0..=1, require_equals = true, default_missing_value = "all",
        value_parser = TraceAreas::parse)]
    pub(crate) trace: Option<TraceAreas>,
    /// Print when each step of booting was done
    #[arg(long)]
    pub(crate) bootchart: bool,
    /// The kernel's own command line, for its tests
    #[arg(long, value_name = "TEXT", hide = true)]
    pub(crate) kernel_arguments: Option<String>,
    /// Have the kernel panic in this call, for tests of its report
    #[arg(long, value_name = "CALL", hide = true)]
    pub(crate) panic_in: Option<String>,
    /// Print what would be run, and don't
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Silence osvrun's own notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print more of what happens; repeat for still more
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// The program, looked up in PATH and then in the working directory, and its arguments. After --and another one
    /// follows, which starts in the same machine; the last one is the one whose end is the machine's
    #[arg(value_name = "PROGRAM", trailing_var_arg = true)]
    pub(crate) program: Vec<OsString>,
}

impl Options {
    /// Reads the command line.
    ///
    /// Clap takes as long to make its description of the command as a small hosted program takes to run, so a line of
    /// a program and at most `--hosted` is understood without it.
    pub(crate) fn read(line: Vec<OsString>) -> Result<Self, clap::Error> {
        match plain_program(&line) {
            Some(program) => Ok(Self { command: None, run: RunOptions { program, ..RunOptions::default() } }),
            None => Self::try_parse_from(line),
        }
    }
}

/// Returns the program and its arguments if nothing but `--hosted` comes before them.
fn plain_program(line: &[OsString]) -> Option<Vec<OsString>> {
    let (program, is_command_possible) = match line.get(1..)? {
        [flag, program @ ..] if flag == "--hosted" => (program, false),
        program => (program, true),
    };
    let first = program.first()?.as_encoded_bytes();
    // Commands are words; options, and their end, begin with a dash.
    let is_plain = first.contains(&b'/') || !is_command_possible && first.first() != Some(&b'-');
    is_plain.then(|| program.to_vec())
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            hosted: false,
            metal: false,
            env: Vec::new(),
            cwd: None,
            root: OsStr::new("host").to_owned(),
            mount: Vec::new(),
            disk: Vec::new(),
            memory: None,
            cpus: None,
            machine: Machine::Microvm,
            accel: Accel::Auto,
            timeout: None,
            missing: MissingPolicy::Abort,
            libc: LibcChoice::Auto,
            signals: Signals::Osv,
            wait_for: None,
            gdb: false,
            trace: None,
            bootchart: false,
            kernel_arguments: None,
            panic_in: None,
            dry_run: false,
            quiet: false,
            verbose: 0,
            program: Vec::new(),
        }
    }
}

impl RunOptions {
    /// Returns where the program is to run.
    pub(crate) fn world(&self) -> World {
        debug_assert!(!(self.hosted && self.metal), "clap lets only one be given");
        if self.metal { World::Metal } else { World::Hosted }
    }
}

impl RunOptions {
    /// Returns what is asked for that osvrun knows of and cannot do yet, so that nothing is ignored in silence.
    pub(crate) fn not_there_yet(&self) -> Option<&'static str> {
        let is_hosted = self.world() == World::Hosted;
        (self.bootchart && is_hosted).then_some("--bootchart needs --metal; hosted, nothing boots")
    }
}

fn parse_size(text: &str) -> Result<usize, String> {
    let (digits, shift) = match text.to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        upper if upper.ends_with('K') => (text.len().min(upper.len() - 1), 10),
        upper if upper.ends_with('M') => (upper.len() - 1, 20),
        upper if upper.ends_with('G') => (upper.len() - 1, 30),
        upper if upper.ends_with('T') => (upper.len() - 1, 40),
        upper => (upper.len(), 0),
    };
    let number: usize = text[..digits].parse().map_err(|_| "give a size such as 64M or 2G".to_owned())?;
    number
        .checked_mul(1 << shift)
        .filter(|&bytes| bytes > 0)
        .ok_or_else(|| "the size is out of range".to_owned())
}

fn parse_count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&count| count > 0).ok_or_else(|| "give a number from 1".to_owned())
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 =
        text.trim_end_matches('s').parse().map_err(|_| "give a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn parse_libc(text: &str) -> Result<LibcChoice, String> {
    match text {
        "auto" => Ok(LibcChoice::Auto),
        "native" => Ok(LibcChoice::Native),
        "own" => Ok(LibcChoice::Own),
        _ => Err("one of auto, native, own".to_owned()),
    }
}

fn parse_missing(text: &str) -> Result<MissingPolicy, String> {
    match text {
        "abort" => Ok(MissingPolicy::Abort),
        "fail" => Ok(MissingPolicy::Fail),
        "enosys" => Ok(MissingPolicy::Enosys),
        _ => Err("one of abort, fail, enosys".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Options, clap::Error> {
        Options::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_declaration_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn everything_after_the_program_is_the_programs() {
        let options = parse("osvrun --cpus 2 prog --cpus 3 -q -- --metal check").expect("parses");
        assert_eq!(options.run.cpus, Some(2));
        assert_eq!(options.run.program, ["prog", "--cpus", "3", "-q", "--", "--metal", "check"]);
        assert!(options.command.is_none());
    }

    #[test]
    fn a_program_called_as_a_command_runs_after_two_dashes() {
        let options = parse("osvrun -- check -q").expect("parses");
        assert_eq!(options.run.program, ["check", "-q"]);
        assert!(matches!(parse("osvrun check prog").expect("parses").command, Some(Command::Check(_))));
    }

    #[test]
    fn unknown_options_before_the_program_are_errors() {
        assert!(parse("osvrun --bogus prog").is_err());
        assert!(parse("osvrun --hosted --metal prog").is_err());
    }

    #[test]
    fn plain_lines_mean_the_same_without_clap() {
        for line in ["osvrun ./prog -x --metal", "osvrun --hosted prog a", "osvrun --hosted /bin/check"] {
            let line: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert!(plain_program(&line).is_some());
            let options = Options::read(line.clone()).expect("parses");
            let mut parsed = Options::try_parse_from(line).expect("parses");
            // Hosted is the default.
            parsed.run.hosted = false;
            assert_eq!(format!("{options:?}"), format!("{parsed:?}"));
        }
    }

    #[test]
    fn other_lines_are_claps() {
        for line in [
            "osvrun",
            "osvrun check x",
            "osvrun prog",
            "osvrun --",
            "osvrun --hosted --metal x",
            "osvrun -q ./x",
        ] {
            let line: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(plain_program(&line), None);
        }
    }

    #[test]
    fn trace_takes_its_areas_only_after_an_equals_sign() {
        let options = parse("osvrun --trace prog").expect("parses");
        assert_eq!(options.run.trace, Some(TraceAreas::ALL));
        assert_eq!(options.run.program, ["prog"]);
        assert_eq!(parse("osvrun --trace=file prog").expect("parses").run.trace, Some(TraceAreas(1)));
        assert!(parse("osvrun --trace=nothing prog").is_err());
    }

    #[test]
    fn what_cannot_be_done_yet_is_refused() {
        let refused = |line: &str| parse(line).expect("parses").run.not_there_yet().is_some();
        assert!(refused("osvrun --bootchart prog"));
        assert!(!refused("osvrun --trace prog") && !refused("osvrun --metal --bootchart prog"));
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("64M"), Ok(64 << 20));
        assert_eq!(parse_size("2GiB"), Ok(2 << 30));
        assert_eq!(parse_size("4096"), Ok(4096));
        assert!(parse_size("M").is_err());
        assert!(parse_size("-1").is_err());
        assert!(parse_size("99999999999T").is_err());
    }
}
