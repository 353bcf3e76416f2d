//! Damaged and hostile ELF files: each is refused with one line, or runs as far as its damage allows; osvrun itself
//! neither fails nor hangs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use osvrun_tests::column::Column;
use osvrun_tests::damage;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, is_thorough, paths};

const REFUSED: i32 = 126;
const NOT_FOUND: i32 = 127;
const OWN_FAILURE: i32 = 125;

fn victim() -> PathBuf {
    let source = paths::tests().join("malformed/victim.c");
    let flags = ["-O1", "-shared", "-fPIC", "-Wl,--hash-style=both", "-Wl,-z,norelro"];
    guest::compile(&source, &flags, "victim.so").expect("it compiles")
}

/// Writes the damaged files to a folder.
fn write_all(folder: &Path) -> Vec<PathBuf> {
    let sound = fs::read(victim()).expect("it was compiled");
    let mut written = Vec::new();
    for (name, bytes) in damage::copies(&sound) {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("the folder can be written");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("its mode can be set");
        written.push(path);
    }
    written
}

/// What is wrong with how a damaged program ended, if anything is.
fn complaint(program: &Path, outcome: &Outcome) -> Option<String> {
    let errors = text(&outcome.stderr);
    let lines: Vec<&str> = errors.lines().collect();
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let what = match outcome.status {
        REFUSED if lines.len() != 1 => "not one line",
        REFUSED if !lines[0].starts_with("osvrun: ") || !lines[0].contains(&name) => "does not name the file",
        NOT_FOUND if lines.iter().any(|line| !line.starts_with("osvrun: ")) => "lines that are not osvrun's",
        OWN_FAILURE => "osvrun itself failed",
        status if status >= 128 && lines.is_empty() => "died without a word",
        _ if errors.contains("panicked") || errors.contains("kernel fault") => "the kernel failed",
        _ => return None,
    };
    Some(format!("{name}: status {}: {what}: {errors}", outcome.status))
}

/// Runs each program in a column; returns the outcomes in order.
fn run_each(column: Column, programs: &[PathBuf]) -> Vec<Result<Outcome, String>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(2, usize::from);
    paths::osvrun();
    thread::scope(|scope| {
        for worker in 0..workers {
            let (next, done) = (&next, &done);
            scope.spawn(move || {
                let folder = paths::fresh_folder(&format!("malformed.{}.{worker}", column.name()));
                while let Some(program) = programs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run(&mut column.command(program, &[], &[], &folder), b"");
                    done.lock().expect("nobody panics with it").push((program, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody panics with it");
    done.sort_by_key(|(program, _)| *program);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Runs the programs in a column and complains; returns those that were refused.
fn check(column: Column, programs: &[PathBuf]) -> Vec<PathBuf> {
    let mut refused = Vec::new();
    let mut complaints = Vec::new();
    for (program, outcome) in programs.iter().zip(run_each(column, programs)) {
        match outcome {
            Ok(outcome) => {
                complaints.extend(complaint(program, &outcome));
                // dlopen(3) asks for no `main`.
                if outcome.status == REFUSED && !text(&outcome.stderr).contains(" main") {
                    refused.push(program.clone());
                }
            }
            Err(why) => complaints.push(why),
        }
    }
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), programs.len(), complaints.join("\n"));
    refused
}

#[test]
fn the_sound_file_runs() {
    for column in Column::chosen() {
        let folder = paths::fresh_folder(&format!("malformed.sound.{}", column.name()));
        let outcome = run(&mut column.command(&victim(), &[], &[], &folder), b"").expect("it runs");
        assert_eq!((outcome.status, &*text(&outcome.stdout)), (0, "three 1 7 1\n"), "{}", column.name());
    }
}

#[test]
fn damaged_files_are_refused_or_run() {
    let columns = Column::chosen();
    let folder = paths::fresh_folder("malformed.files");
    let all = write_all(&folder);
    assert!(all.len() > 2000, "{}", all.len());
    // All of them take minutes: that is for `./x soak`.
    let is_thorough = is_thorough();
    let programs: Vec<PathBuf> = all.into_iter().step_by(if is_thorough { 1 } else { 3 }).collect();
    if columns.contains(&Column::Hosted) {
        let refused = check(Column::Hosted, &programs);
        assert!(refused.len() * 3 > programs.len(), "{} of {} refused", refused.len(), programs.len());
        refused_by_dlopen_too(&refused);
    }
    if columns.contains(&Column::Metal) {
        // The loader is the same; the machine takes longer to start.
        let some: Vec<PathBuf> = programs.into_iter().step_by(23).collect();
        check(Column::Metal, &some);
    }
}

/// A guest opens what is refused as a program; every one is refused, and the guest goes on.
fn refused_by_dlopen_too(refused: &[PathBuf]) {
    let source = paths::tests().join("malformed/open.c");
    let opener = guest::compile(&source, &["-O1", "-fPIE", "-pie"], "open").expect("it compiles");
    let folder = paths::fresh_folder("malformed.refused");
    for file in refused {
        fs::copy(file, folder.join(file.file_name().unwrap_or_default())).expect("it can be copied");
    }
    for column in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        let arguments = [folder.to_string_lossy().into_owned()];
        let outcome = run(&mut column.command(&opener, &arguments, &[], &folder), b"").expect("it ends");
        let wanted = format!("{0} files, {0} refused, and on\n", refused.len());
        assert_eq!(text(&outcome.stdout), wanted, "{}: {}", column.name(), text(&outcome.stderr));
    }
}
