//! Every program of `differential/`, on Linux with its own libc and in each column with ours: what came of the same calls
//! with the same generated inputs must be the same. `differential/differ.h` says how the programs are called.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run_within, text};
use osvrun_tests::{differential, is_thorough, paths};

/// Only against hangs.
const LIMIT: Duration = Duration::from_mins(10);

/// How many differing cases of a family are shown.
const SHOWN: usize = 4;

/// How many cases of each family a column runs: QEMU translates what metal runs.
fn cases(column: Column) -> &'static str {
    match (column, is_thorough()) {
        (Column::Metal, false) => "1000",
        (Column::Metal, true) => "2000",
        (Column::Native | Column::Hosted, false) => "20000",
        (Column::Native | Column::Hosted, true) => "100000",
    }
}

/// The digest of each block, by the family's name and the block's number.
type Digests = BTreeMap<(String, u32), String>;

/// A program, and what Linux said of it.
struct Program {
    name: String,
    path: PathBuf,
    native: OnceLock<Result<Digests, String>>,
}

impl Program {
    fn build(source: &Path) -> Result<Self, String> {
        let path = differential::build(source, &[])?;
        Ok(Self { name: differential::name(source), path, native: OnceLock::new() })
    }

    fn run(&self, column: Column, args: &[&str]) -> Result<Outcome, String> {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        let folder = paths::fresh_folder(&format!("differential.{}.{}", self.name, column.name()));
        run_within(LIMIT, &mut column.command(&self.path, &args, &[], &folder), b"")
    }

    fn digests(&self, column: Column) -> Result<Digests, String> {
        let outcome = self.run(column, &[cases(column)])?;
        let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
        if outcome.status != 0 || !outcome.stderr.is_empty() {
            let last = said.lines().last().unwrap_or("nothing");
            let stderr = text(&outcome.stderr);
            return Err(format!("exit status {} after the block {last}\n{stderr}", outcome.status));
        }
        said.lines().map(|line| digest_of(line).ok_or_else(|| format!("not a digest: {line}"))).collect()
    }

    /// What Linux says; run once.
    fn native(&self) -> Result<Digests, String> {
        self.native.get_or_init(|| self.digests(Column::Native)).clone()
    }

    fn test(&self, column: Column) -> Result<(), Failed> {
        let native = self.native()?;
        if column == Column::Native {
            return Ok(());
        }
        let ours = self.digests(column)?;
        let mut differing: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (key, digest) in &ours {
            if native.get(key) != Some(digest) {
                differing.entry(&key.0).or_default().push(key.1);
            }
        }
        if differing.is_empty() && !ours.is_empty() {
            return Ok(());
        }
        let mut report = String::new();
        for (family, blocks) in differing {
            let all = ours.keys().filter(|key| key.0 == family).count();
            let _ = writeln!(report, "{family}: {} of {all} blocks differ", blocks.len());
            report += &self.differing_cases(column, family, blocks[0])?;
        }
        Err(report.into())
    }

    /// Describes the first cases of a block of which Linux and the column say different things.
    fn differing_cases(&self, column: Column, family: &str, block: u32) -> Result<String, String> {
        let args = [cases(column), family, &block.to_string()];
        let (native, ours) = (self.run(Column::Native, &args)?, self.run(column, &args)?);
        let (native, ours) = (String::from_utf8_lossy(&native.stdout), String::from_utf8_lossy(&ours.stdout));
        let pairs = native.lines().zip(ours.lines().chain(std::iter::repeat("nothing")));
        let mut report = String::new();
        for (native, ours) in pairs.filter(|(native, ours)| native != ours).take(SHOWN) {
            let _ = writeln!(report, "  Linux   {native}\n  {:7} {ours}", column.name());
        }
        let _ = writeln!(report, "  all of them: {} {}", self.path.display(), args.join(" "));
        Ok(report)
    }
}

/// Reads a line `FAMILY BLOCK DIGEST`.
fn digest_of(line: &str) -> Option<((String, u32), String)> {
    let mut words = line.split(' ');
    let key = (words.next()?.to_owned(), words.next()?.parse().ok()?);
    Some((key, words.next()?.to_owned()))
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for source in differential::sources().expect("the folder can be read") {
        let program = Arc::new(OnceLock::new());
        let name = differential::name(&source);
        for column in Column::chosen() {
            let (program, source) = (program.clone(), source.clone());
            trials.push(Trial::test(format!("{name}::{}", column.name()), move || {
                let program: &Result<Program, String> = program.get_or_init(|| Program::build(&source));
                program.as_ref().map_err(Clone::clone)?.test(column)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
