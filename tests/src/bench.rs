//! What the benches of `benches/` share: programs that print rows of `NAME<TAB>NANOSECONDS`, run with the host's libc and
//! hosted with ours, turn about.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::paths;

/// What `cargo bench --bench NAME -- [-r RUNS] [ROW...]` was told.
#[derive(Debug)]
pub struct Wanted {
    /// How often each side runs.
    pub runs: usize,
    /// The rows; all if there are none.
    pub rows: Vec<String>,
}

impl Wanted {
    /// Reads the command line.
    ///
    /// # Panics
    /// `-r` has no number.
    pub fn read() -> Self {
        let mut wanted = Self { runs: 5, rows: Vec::new() };
        // Cargo says that this is a bench.
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            if word == "-r" {
                wanted.runs = words.next().and_then(|runs| runs.parse().ok()).expect("-r RUNS");
            } else {
                wanted.rows.push(word);
            }
        }
        wanted
    }

    /// Tells whether a row was asked for.
    pub fn has(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|wanted| wanted == row)
    }
}

/// A side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Linux and its libc.
    Native,
    /// Hosted, with our libc.
    Hosted,
}

impl Side {
    /// Both, in the order they take turns.
    pub const BOTH: [Self; 2] = [Self::Native, Self::Hosted];

    /// The command that runs a program so. Without `--libc=native` a missing function would leave both to the host's.
    pub fn command(self, program: &Path) -> Command {
        match self {
            Self::Native => Command::new(program),
            Self::Hosted => {
                let mut command = Command::new(paths::osvrun());
                command.args(["--hosted", "--libc=native"]).arg(program);
                command
            }
        }
    }
}

/// Compiles `bench/NAME.c`, so that functions are called and not what the compiler knows of them.
///
/// # Panics
/// gcc does not.
pub fn compiled(name: &str) -> PathBuf {
    let folder = paths::target().join("bench");
    std::fs::create_dir_all(&folder).expect("the build folder can be written");
    let program = folder.join(name);
    let source = paths::tests().join("bench").join(name).with_extension("c");
    let mut gcc = Command::new("gcc");
    gcc.args(["-O2", "-fno-builtin", "-pthread", "-o"]).args([&program, &source]).arg("-lm");
    assert!(gcc.status().expect("gcc is installed").success(), "{}", source.display());
    program
}

/// The least nanoseconds of every row and side, which others on the machine change least.
#[derive(Debug, Default)]
pub struct Figures {
    names: Vec<String>,
    least: HashMap<(Side, String), f64>,
}

impl Figures {
    /// Notes what a row took once.
    pub fn add(&mut self, side: Side, row: &str, nanoseconds: f64) {
        if !self.names.iter().any(|name| name == row) {
            self.names.push(row.to_owned());
        }
        let least = self.least.entry((side, row.to_owned())).or_insert(nanoseconds);
        *least = least.min(nanoseconds);
    }

    /// Runs a program that prints rows, on one side.
    ///
    /// # Panics
    /// It fails.
    pub fn add_rows(&mut self, side: Side, program: &Path, rows: &[String]) {
        let output =
            side.command(program).args(rows).stderr(Stdio::inherit()).output().expect("it can be run");
        assert!(output.status.success(), "{side:?}: {}", program.display());
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (row, value) = line.split_once('\t').expect("NAME<TAB>NANOSECONDS");
            self.add(side, row, value.trim().parse().expect("a number"));
        }
    }

    /// Notes how long a command takes whose output nobody reads.
    ///
    /// # Panics
    /// It fails.
    pub fn add_run(&mut self, side: Side, row: &str, mut command: Command) {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let start = Instant::now();
        let status = command.status().expect("it can be run");
        let took = start.elapsed();
        assert!(status.success(), "{side:?}: {command:?}");
        self.add(side, row, took.as_nanos() as f64);
    }

    /// Returns the rows that both sides have, as they came: name, native and hosted nanoseconds.
    pub fn rows(&self) -> Vec<(&str, f64, f64)> {
        let least = |side, name: &String| self.least.get(&(side, name.clone())).copied();
        let both = |name| Some((least(Side::Native, name)?, least(Side::Hosted, name)?));
        self.names
            .iter()
            .filter_map(|name| both(name).map(|(native, hosted)| (name.as_str(), native, hosted)))
            .collect()
    }
}
