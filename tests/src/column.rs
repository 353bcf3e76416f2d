//! The three ways to run a program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::{guest, paths};

/// One way to run a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// On this Linux, with its own libc.
    Native,
    /// By `osvrun --hosted`.
    Hosted,
    /// By `osvrun --metal`.
    Metal,
}

impl Column {
    /// The column's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Hosted => "hosted",
            Self::Metal => "metal",
        }
    }

    /// The options of osvrun for each way to run devices in the worlds asked for: hosted, and on both machines.
    pub fn machines() -> Vec<&'static [&'static str]> {
        let all: [(Self, &[&str]); 3] = [
            (Self::Hosted, &["--hosted"]),
            (Self::Metal, &["--metal", "--cpus", "4"]),
            (Self::Metal, &["--metal", "--machine", "q35"]),
        ];
        let chosen = Self::chosen();
        all.into_iter().filter(|(column, _)| chosen.contains(column)).map(|(_, options)| options).collect()
    }

    /// The options of osvrun for the worlds asked for: `--hosted`, `--metal`.
    pub fn worlds() -> Vec<&'static str> {
        let option = |column| match column {
            Self::Native => None,
            Self::Hosted => Some("--hosted"),
            Self::Metal => Some("--metal"),
        };
        Self::chosen().into_iter().filter_map(option).collect()
    }

    /// The columns asked for by `OSVRUN_COLUMNS` (`native,hosted,metal`); native and hosted without it.
    pub fn chosen() -> Vec<Self> {
        let asked = std::env::var("OSVRUN_COLUMNS").unwrap_or_else(|_| "native,hosted".into());
        let mut columns = Vec::new();
        for name in asked.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            columns.push(match name {
                "native" => Self::Native,
                "hosted" => Self::Hosted,
                "metal" => Self::Metal,
                _ => panic!("OSVRUN_COLUMNS: no column is called {name}"),
            });
        }
        columns
    }

    /// Prepares a run of `program` in `folder`.
    pub fn command(
        self,
        program: &Path,
        args: &[String],
        env: &[(String, String)],
        folder: &Path,
    ) -> Command {
        self.command_with(&[], program, args, env, folder)
    }

    /// The same with further options of osvrun.
    pub fn command_with(
        self,
        options: &[&str],
        program: &Path,
        args: &[String],
        env: &[(String, String)],
        folder: &Path,
    ) -> Command {
        let mut command = match self {
            Self::Native if program.extension() == Some(OsStr::new("so")) => {
                let mut command = Command::new(launcher());
                command.arg(program);
                command
            }
            Self::Native => Command::new(program),
            Self::Hosted | Self::Metal => {
                let mut command = Command::new(paths::osvrun());
                command.arg(if self == Self::Hosted { "--hosted" } else { "--metal" });
                command.args(options).arg("--").arg(program);
                command
            }
        };
        command.args(args).current_dir(folder).env_clear();
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", "/root")
            .env("LANG", "C")
            .env("TZ", "UTC");
        command.envs(env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The program that runs a shared object's `main` on Linux.
fn launcher() -> &'static Path {
    static LAUNCHER: OnceLock<std::path::PathBuf> = OnceLock::new();
    LAUNCHER.get_or_init(|| {
        let source = paths::tests().join("launcher.c");
        guest::compile(&source, &["-O1", "-ldl"], "launcher").expect("the launcher compiles")
    })
}
