//! Every program of `guests/`, in each of its kinds and each column, as one named test; hosted also in the kinds with
//! their own libc that it does not name.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use osvrun_tests::column::Column;
use osvrun_tests::deviation::{self, Deviation};
use osvrun_tests::guest::{self, Guest, Kind};
use osvrun_tests::run::{Outcome, run};
use osvrun_tests::{compare, paths, pending};

/// The exit status of a guest that may not do what it is about on this Linux (mount, say).
const NOT_ALLOWED: i32 = 77;

/// A guest in one kind, and what Linux said of it.
struct Case {
    guest: Guest,
    kind: Kind,
    deviation: Option<Deviation>,
    native: OnceLock<Result<Outcome, String>>,
    /// Held while one kind of the guest runs on Linux: all of them make the same files in its `/tmp`.
    turn: Arc<Mutex<()>>,
}

impl Case {
    fn run(&self, column: Column) -> Result<Outcome, String> {
        let program = self.guest.build(self.kind)?;
        let folder = paths::fresh_folder(&format!("{}.{}", self.guest.name, self.kind.name()));
        let command =
            column.command_with(self.kind.options(), &program, &self.guest.args, &self.guest.env, &folder);
        run(&mut { command }, &self.guest.stdin)
    }

    /// What Linux says; run once.
    fn native(&self) -> Result<Outcome, String> {
        let run = || {
            let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            self.run(Column::Native)
        };
        self.native.get_or_init(run).clone()
    }

    /// Where Linux does not let the guest do what it is about, it must at least say that all went well elsewhere.
    fn test_alone(&self, column: Column) -> Result<(), Failed> {
        if column == Column::Native {
            return Ok(());
        }
        let got = self.run(column)?;
        if got.status == self.guest.exit { Ok(()) } else { Err(format!("{got:?}").into()) }
    }

    fn test(&self, column: Column) -> Result<(), Failed> {
        let native = self.native()?;
        if native.status == NOT_ALLOWED {
            return self.test_alone(column);
        }
        if column == Column::Native {
            if native.status == self.guest.exit {
                return Ok(());
            }
            return Err(format!("exit status {} on Linux itself\n{native:?}", native.status).into());
        }
        let got = self.run(column)?;
        let expected = self
            .deviation
            .as_ref()
            .map_or_else(|| native.clone(), |deviation| deviation.apply(&native, &got));
        Ok(compare::same(&expected, &got)?)
    }
}

/// The kinds asked for by `OSVRUN_KINDS` (`static,own`), in place of those that the guests name.
fn kinds() -> Option<Vec<Kind>> {
    let asked = std::env::var("OSVRUN_KINDS").ok()?;
    let named = |name| Kind::named(name).unwrap_or_else(|| panic!("OSVRUN_KINDS: no kind is called {name}"));
    Some(asked.split(',').map(named).collect())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let (guests, deviations) =
        (guest::all().expect("the guests can be read"), deviation::all().expect("the list reads"));
    let columns = Column::chosen();
    let mut trials = Vec::new();
    for guest in guests {
        // What goes wrong for one kind with its own libc mostly does for all: hosted, where it costs least, all are run.
        let (kinds, further) = match kinds() {
            Some(chosen) => (chosen, Vec::new()),
            None => (guest.all_kinds(), guest.further_kinds()),
        };
        let all = kinds.into_iter().map(|kind| (kind, &columns[..]));
        let hosted: Vec<Column> =
            columns.iter().copied().filter(|column| *column == Column::Hosted).collect();
        let further = further.into_iter().map(|kind| (kind, &hosted[..]));
        let turn = Arc::new(Mutex::new(()));
        for (kind, columns) in all.chain(further).filter(|(kind, _)| guest.can_be(*kind)) {
            let is_meant = |row: &&Deviation| row.guest == guest.name && row.is_for(kind);
            let deviation = deviations.iter().find(is_meant).cloned();
            let (guest, native, turn) = (guest.clone(), OnceLock::new(), turn.clone());
            let case = Arc::new(Case { guest, kind, deviation, native, turn });
            for &column in columns {
                let case = case.clone();
                let name = format!("{}.{}::{}", case.guest.name, kind.name(), column.name());
                let is_pending = pending::is_pending(&name);
                trials.push(Trial::test(name, move || case.test(column)).with_ignored_flag(is_pending));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
