//! `deviations.toml`: where osvrun means to differ from Linux, each with the sentence of its contract that asks for it.

use crate::guest::Kind;
use crate::paths;
use crate::run::Outcome;

/// Whose libc a difference is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Libc {
    /// Either.
    #[default]
    Any,
    /// The kernel's.
    Native,
    /// The program's own.
    Own,
}

/// One intended difference.
#[derive(Debug, Clone, Default)]
pub struct Deviation {
    /// The guest's name.
    pub guest: String,
    /// The libc it is about: that of the kernel, the program's own, or either.
    pub libc: Libc,
    /// The sentence that asks for it.
    pub sentence: String,
    /// Parts that standard error has instead of what Linux writes there.
    pub stderr_contains: Vec<String>,
    /// The exit status instead of Linux's.
    pub status: Option<i32>,
    /// The standard output instead of Linux's.
    pub stdout: Option<String>,
}

/// Reads the list.
pub fn all() -> Result<Vec<Deviation>, String> {
    let path = paths::tests().join("deviations.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let table: toml::Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
    let rows = table.get("deviation").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
    rows.iter().map(read).collect()
}

fn read(row: &toml::Value) -> Result<Deviation, String> {
    let word = |key: &str| row.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let needed = |key: &str| word(key).ok_or_else(|| format!("deviations.toml: a row has no {key}"));
    let parts = row.get("stderr_contains").and_then(toml::Value::as_array);
    Ok(Deviation {
        guest: needed("guest")?,
        libc: match word("libc").as_deref() {
            None => Libc::Any,
            Some("native") => Libc::Native,
            Some("own") => Libc::Own,
            Some(other) => return Err(format!("deviations.toml: no libc is called {other}")),
        },
        sentence: needed("sentence")?,
        stderr_contains: parts
            .into_iter()
            .flatten()
            .filter_map(|part| Some(part.as_str()?.to_owned()))
            .collect(),
        status: row.get("status").and_then(toml::Value::as_integer).map(|status| status as i32),
        stdout: word("stdout"),
    })
}

impl Deviation {
    /// Tells whether it is about programs of a kind.
    pub fn is_for(&self, kind: Kind) -> bool {
        match self.libc {
            Libc::Any => true,
            Libc::Native => !kind.has_own_libc(),
            Libc::Own => kind.has_own_libc(),
        }
    }

    /// Returns what is expected instead of `native`, given what was said: a standard error that has all the parts counts
    /// as Linux's.
    pub fn apply(&self, native: &Outcome, got: &Outcome) -> Outcome {
        let mut expected = native.clone();
        if let Some(status) = self.status {
            expected.status = status;
        }
        if let Some(stdout) = &self.stdout {
            expected.stdout = stdout.clone().into_bytes();
        }
        if !self.stderr_contains.is_empty() {
            let said = String::from_utf8_lossy(&got.stderr);
            let missing = self.stderr_contains.iter().filter(|part| !said.contains(part.as_str()));
            let missing: Vec<_> = missing.cloned().collect();
            expected.stderr = if missing.is_empty() {
                got.stderr.clone()
            } else {
                format!("(something with: {})", missing.join(" / ")).into_bytes()
            };
        }
        expected
    }
}
