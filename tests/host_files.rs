//! The host's files as programs see them in each world: in the guest's root, and by `--mount`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

fn program(name: &str) -> PathBuf {
    let source = paths::tests().join("host_files").join(name).with_extension("c");
    guest::compile(&source, &["-O1", "-g", "-Wall", "-pthread"], &format!("host-{name}"))
        .expect("it compiles")
}

fn osvrun(options: &[&str], more: &[&str], program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(paths::osvrun());
    command.args(options).args(more).arg("--").arg(program).args(args);
    command
}

fn ended_well(mut command: Command) -> Outcome {
    let outcome = run(&mut command, b"").expect("it ends");
    assert_eq!(outcome.status, 0, "{command:?}: {}{}", text(&outcome.stdout), text(&outcome.stderr));
    outcome
}

fn same_output(native: &Outcome, command: Command) {
    let name = format!("{command:?}");
    let outcome = ended_well(command);
    let shown = |outcome: &Outcome| String::from_utf8_lossy(&outcome.stdout).into_owned();
    let (wanted, got) = (shown(native), shown(&outcome));
    for (number, (wanted, got)) in wanted.lines().zip(got.lines()).enumerate() {
        assert_eq!(wanted, got, "line {} of {name}", number + 1);
    }
    assert_eq!(wanted, got, "{name}: {}", text(&outcome.stderr));
}

/// Fills a folder with everything that [`look.c`](host_files/look.c) looks for.
fn fill(folder: &Path) {
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("it can be written");
    let make = |name: &str| fs::create_dir_all(folder.join(name)).expect("it can be made");
    let link = |target: &str, name: &str| symlink(target, folder.join(name)).expect("it can be made");
    write("plain", b"a plain file\n");
    write("empty", b"");
    make("folder");
    write("folder/inner", b"inside\n");
    for (target, name) in [
        ("plain", "link"),
        ("link", "chain"),
        ("loop", "loop"),
        ("nowhere", "dangling"),
        ("folder/../folder/inner", "up"),
        ("folder", "to-folder"),
    ] {
        link(target, name);
    }
    fs::hard_link(folder.join("plain"), folder.join("hard")).expect("it can be made");
    write("mode", b"secret");
    fs::set_permissions(folder.join("mode"), fs::Permissions::from_mode(0o4751)).expect("it is ours");
    write("new\nline", b"a name of two lines");
    let odd = std::ffi::OsString::from_vec(b"not\xff\xfeutf8".to_vec());
    fs::write(folder.join(odd), b"a name of bytes").expect("it can be written");
    write("commas,in,name", b"as options have them");
    write(&"n".repeat(255), b"the longest name");
    File::create(folder.join("sparse")).and_then(|file| file.set_len(5_000_000)).expect("it can be written");
    let made = Command::new("mkfifo").arg(folder.join("fifo")).status().expect("every Linux has mkfifo");
    assert!(made.success());
    let deep: Vec<String> = (1..=20).map(|level| format!("d{level}")).collect();
    make(&deep.join("/"));
    write(&format!("{}/deep", deep.join("/")), b"far down\n");
    let mut state = 1u32;
    let big: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        (state >> 16) as u8
    })
    .take(3_000_000)
    .collect();
    write("big", &big);
    make("many");
    for number in 0..10_000 {
        write(&format!("many/f{number:04}"), &big[number..number + number % 1500]);
    }
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_500_000_000, 123_456_789);
    File::open(folder.join("plain")).and_then(|file| file.set_modified(time)).expect("it is ours");
}

#[test]
fn a_folder_looks_the_same_in_the_root_and_mounted() {
    let folder = paths::fresh_folder("host-look");
    fill(&folder);
    let (look, at) = (program("look"), folder.to_string_lossy().into_owned());
    let mut native = Command::new(&look);
    native.arg(&at);
    let native = ended_well(native);
    for options in Column::machines() {
        same_output(&native, osvrun(options, &[], &look, &[&at]));
        same_output(&native, osvrun(options, &["--mount", &format!("{at}:/data:ro")], &look, &["/data"]));
        same_output(
            &native,
            osvrun(options, &["--mount", &format!("{at}:/mnt/data")], &look, &["/mnt/data"]),
        );
    }
}

#[test]
fn another_root_is_read_from_as_it_is_needed() {
    let folder = paths::fresh_folder("host-root");
    fs::create_dir_all(folder.join("data,more")).expect("it can be made");
    fill(&folder.join("data,more"));
    let look = program("look");
    fs::copy(&look, folder.join("look")).expect("it can be copied");
    let mut native = Command::new(&look);
    native.arg(folder.join("data,more"));
    let native = ended_well(native);
    let root = folder.to_string_lossy().into_owned();
    for options in Column::machines() {
        same_output(&native, osvrun(options, &["--root", &root], Path::new("/look"), &["/data,more"]));
    }
}

/// Describes a folder: names, kinds, modes, contents, and the times that were set.
fn description(folder: &Path, shown: &Path, out: &mut String) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it is there").path()).collect();
    entries.sort();
    for path in entries {
        let data = path.symlink_metadata().expect("it is there");
        let name = shown.join(path.file_name().unwrap_or_default());
        let _ = write!(
            out,
            "{:?} {:o} {}",
            name.as_os_str().as_bytes().escape_ascii().to_string(),
            data.mode(),
            data.nlink()
        );
        // Times that were set are long ago.
        for (seconds, nanos) in [(data.atime(), data.atime_nsec()), (data.mtime(), data.mtime_nsec())] {
            if seconds < 1_600_000_000 {
                let _ = write!(out, " {seconds}.{nanos}");
            }
        }
        if data.is_dir() {
            out.push('\n');
            description(&path, &name, out);
        } else if data.is_symlink() {
            let _ = writeln!(out, " -> {}", fs::read_link(&path).expect("it is a link").display());
        } else {
            let bytes = fs::read(&path).expect("it can be read");
            let sum: u64 = bytes.iter().fold(0, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
            let _ = writeln!(out, " {} bytes, {sum:x}", bytes.len());
        }
    }
}

#[test]
fn changes_reach_the_host_through_a_mount() {
    let change = program("change");
    let described = |folder: &Path| {
        let mut out = String::new();
        description(folder, Path::new(""), &mut out);
        out
    };
    let folder = paths::fresh_folder("host-change");
    // The program starts with the caller's mask, and may take another.
    let masked = |command: &Command| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "umask 027; exec \"$@\"", "sh"])
            .arg(command.get_program())
            .args(command.get_args());
        shell
    };
    let mut native = Command::new(&change);
    native.arg(&*folder);
    let native = ended_well(masked(&native));
    let wanted = described(&folder);
    drop(folder);
    assert!(wanted.contains("987654321"), "{wanted}");
    for options in Column::machines() {
        let folder = paths::fresh_folder("host-change");
        let mount = format!("{}:/data", folder.display());
        same_output(&native, masked(&osvrun(options, &["--mount", &mount], &change, &["/data"])));
        assert_eq!(described(&folder), wanted, "{options:?}");
    }
}

#[test]
fn an_open_file_has_attributes_whatever_its_name() {
    let renamed = program("renamed");
    let folder = || paths::fresh_folder("host-renamed");
    let native = {
        let folder = folder();
        let mut native = Command::new(&renamed);
        native.arg(&*folder);
        ended_well(native)
    };
    for options in Column::machines() {
        let folder = folder();
        let mount = format!("{}:/data", folder.display());
        same_output(&native, osvrun(options, &["--mount", &mount], &renamed, &["/data"]));
        let mode =
            |name: &str| fs::metadata(folder.join(name)).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode("new"), mode("old")), (0o751, 0o644), "{options:?}");
    }
}

#[test]
fn mappings_are_the_files_themselves() {
    let share = program("share");
    let described = |folder: &Path| {
        let mut out = String::new();
        description(folder, Path::new(""), &mut out);
        out
    };
    let folder = paths::fresh_folder("host-share");
    let mut native = Command::new(&share);
    native.arg(&*folder);
    let native = ended_well(native);
    let wanted = described(&folder);
    drop(folder);
    for options in Column::machines() {
        let (folder, kept) = (paths::fresh_folder("host-share"), paths::fresh_folder("host-share-kept"));
        let mount = format!("{}:/data", folder.display());
        same_output(&native, osvrun(options, &["--mount", &mount], &share, &["/data"]));
        assert_eq!(described(&folder), wanted, "{options:?}");
        // What is in memory alone is no different.
        same_output(&native, osvrun(options, &[], &share, &[&kept.to_string_lossy()]));
        assert_eq!(described(&kept), "", "{options:?}");
        // A signal ends the program, and what it stored is kept.
        fs::remove_file(folder.join("shared")).expect("it is there");
        let mut command = osvrun(options, &["--mount", &mount], &share, &["/data", "kill"]);
        assert_eq!(run(&mut command, b"").expect("it ends").status, 128 + libc::SIGTERM, "{options:?}");
        let stored = fs::read(folder.join("shared")).expect("it is there");
        assert_eq!(&stored[50..64], b"before the end", "{options:?}");
    }
}

/// SQLite keeps the index of its log in a file that it maps shared.
#[test]
fn extended_attributes_are_those_of_the_host_and_change_as_the_files_do() {
    let attributes = program("attributes");
    let natively = |what: &str, folder: &Path| {
        let mut command = Command::new(&attributes);
        command.arg(what).arg(folder);
        ended_well(command)
    };
    let prepared = || {
        let folder = paths::fresh_folder("host-attributes");
        let shown = natively("prepare", &folder);
        (folder, shown)
    };
    let (folder, before) = prepared();
    let changed = natively("change", &folder);
    let after = natively("show", &folder);
    drop(folder);
    for options in Column::machines() {
        let (folder, _) = prepared();
        let at = folder.to_string_lossy().into_owned();
        same_output(&before, osvrun(options, &[], &attributes, &["show", &at]));
        // What is changed in the root stays in the machine.
        same_output(&changed, osvrun(options, &[], &attributes, &["change", &at]));
        assert_eq!(natively("show", &folder).stdout, before.stdout, "{options:?}");
        let read_only = format!("{at}:/data:ro");
        same_output(&before, osvrun(options, &["--mount", &read_only], &attributes, &["show", "/data"]));
        let mount = format!("{at}:/data");
        same_output(&changed, osvrun(options, &["--mount", &mount], &attributes, &["change", "/data"]));
        assert_eq!(natively("show", &folder).stdout, after.stdout, "{options:?}");
    }
}

#[test]
fn a_database_keeps_its_log_on_a_mount() {
    let sqlite = Path::new("/usr/bin/sqlite3");
    let steps = "PRAGMA journal_mode=WAL; CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 2), (3, 4); \
                 UPDATE t SET b = a + b; SELECT a, b FROM t; PRAGMA wal_checkpoint(PASSIVE);";
    for options in Column::machines() {
        for libc in ["--libc=native", "--libc=own"] {
            let folder = paths::fresh_folder("host-database");
            let mount = format!("{}:/data", folder.display());
            let ran = ended_well(osvrun(options, &["--mount", &mount, libc], sqlite, &["/data/db", steps]));
            assert!(text(&ran.stdout).starts_with("wal\n1|3\n3|7\n0|"), "{}", text(&ran.stdout));
            let mut native = Command::new(sqlite);
            native.arg(folder.join("db")).arg("SELECT sum(b) FROM t; PRAGMA integrity_check;");
            assert_eq!(text(&ended_well(native).stdout), "10\nok\n", "{options:?} {libc}");
        }
    }
}

#[test]
fn changes_stay_in_memory_elsewhere() {
    let change = program("change");
    for options in Column::machines() {
        let folder = paths::fresh_folder("host-kept");
        fs::write(folder.join("here"), b"before").expect("it can be written");
        let at = folder.to_string_lossy().into_owned();
        ended_well(osvrun(options, &[], &change, &[&at]));
        let refused =
            ended_well(osvrun(options, &["--mount", &format!("{at}:/data:ro")], &change, &["/data"]));
        assert!(text(&refused.stdout).starts_with(" 1 one: EROFS\n"), "{}", text(&refused.stdout));
        let names: Vec<_> = fs::read_dir(&*folder).expect("it is there").flatten().collect();
        assert_eq!(names.len(), 1, "{options:?}");
        assert_eq!(fs::read(folder.join("here")).expect("it is there"), b"before");
    }
}

/// Runs [`follow.c`](host_files/follow.c) over a folder that changes meanwhile; returns what it saw.
fn followed(folder: &Path, mut command: Command) -> String {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("it can be written");
    write("grows", "a");
    write("replaced", "old");
    write("vanishes", "here");
    write("kept", "as opened");
    let name = format!("{command:?}");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it can be run");
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut seen = String::new();
    let mut read_round = || {
        while !seen.ends_with("--\n") || seen.is_empty() {
            assert_ne!(output.read_line(&mut seen).expect("it is piped"), 0, "{name} ended: {seen}");
        }
        seen.push('\n');
    };
    read_round();
    write("new", "came");
    write("grows", "abc");
    write("aside", "new one");
    fs::rename(folder.join("aside"), folder.join("replaced")).expect("it is there");
    fs::remove_file(folder.join("vanishes")).expect("it is there");
    fs::create_dir(folder.join("folder")).expect("it can be made");
    write("folder/below", "inner");
    symlink("grows", folder.join("link")).expect("it can be made");
    input.write_all(b"\n").expect("it reads");
    read_round();
    fs::rename(folder.join("folder"), folder.join("was-folder")).expect("it is there");
    fs::remove_file(folder.join("kept")).expect("it is there");
    fs::remove_file(folder.join("link")).expect("it is there");
    symlink("new", folder.join("link")).expect("it can be made");
    input.write_all(b"\n").expect("it reads");
    read_round();
    drop(input);
    assert!(child.wait().expect("it ends").success());
    seen
}

#[test]
fn changes_by_the_host_are_seen() {
    let follow = program("follow");
    let native = {
        let folder = paths::fresh_folder("host-follow");
        let mut command = Command::new(&follow);
        command.arg(&*folder);
        followed(&folder, command)
    };
    let mut in_root: Option<String> = None;
    for options in Column::machines() {
        for access in ["", ":ro"] {
            let folder = paths::fresh_folder("host-follow");
            let mount = format!("{}:/data{access}", folder.display());
            let seen = followed(&folder, osvrun(options, &["--mount", &mount], &follow, &["/data"]));
            assert_eq!(seen, native, "{options:?} {access}");
        }
        // In the root an overlay remembers what was found; what was not is looked for again.
        let folder = paths::fresh_folder("host-follow");
        let seen = followed(&folder, osvrun(options, &[], &follow, &[&folder.to_string_lossy()]));
        assert!(
            seen.contains("new: file 4, read 4: came\n") && seen.contains("folder/below: file 5"),
            "{seen}"
        );
        assert_eq!(&seen, in_root.get_or_insert(seen.clone()), "{options:?}");
    }
}

#[test]
fn programs_read_files_that_no_argument_names() {
    let folder = paths::fresh_folder("host-programs");
    fs::create_dir_all(folder.join("modules/deep")).expect("it can be made");
    let write = |name: &str, text: &[u8]| fs::write(folder.join(name), text).expect("it can be written");
    write("modules/greeting.lua", b"return { say = function(who) return 'hello ' .. who end }");
    write(
        "modules/deep/more.lua",
        b"local g = require 'greeting'; return function() return g.say 'deep' end",
    );
    write(
        "main.lua",
        b"package.path = arg[1] .. '/?.lua'; print(require('greeting').say('you'), require('deep.more')())",
    );
    let share = Path::new("/usr/share/doc");
    let files = fs::read_dir(share)
        .expect("every Debian has it")
        .flatten()
        .map(|entry| entry.path().join("copyright"));
    let mut files: Vec<PathBuf> = files.filter(|file| file.is_file()).collect();
    files.sort();
    files.truncate(60);
    let list: Vec<u8> = files.iter().flat_map(|file| [file.as_os_str().as_bytes(), &[0]].concat()).collect();
    write("list", &list);
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let from = format!("--files0-from={}", at("list"));
    let tasks: [(&str, Vec<String>); 3] = [
        ("/usr/bin/wc", vec![from]),
        ("/usr/bin/lua5.4", vec![at("main.lua"), at("modules")]),
        ("/bin/ls", vec!["-l".into(), "--time-style=+".into(), "/usr/share/doc/bash/".into()]),
    ];
    for (program, args) in tasks.iter().filter(|(program, _)| Path::new(program).exists()) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut native = Command::new(program);
        native.args(&args);
        let native = ended_well(native);
        for options in Column::machines() {
            same_output(&native, osvrun(options, &[], Path::new(program), &args));
        }
    }
}

#[test]
fn a_small_program_asks_the_host_for_nothing() {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    let folder = paths::fresh_folder("host-silence");
    let qemu = folder.join("qemu-system-x86_64");
    let log = folder.join("log");
    let real = "/usr/bin/qemu-system-x86_64";
    let script = format!("#!/bin/sh\nexec {real} \"$@\" -trace v9fs_version -D {}\n", log.display());
    fs::write(&qemu, script).expect("it can be written");
    fs::set_permissions(&qemu, fs::Permissions::from_mode(0o755)).expect("it is ours");
    fs::write(folder.join("hello.c"), "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }")
        .expect("it can be written");
    let kinds: [&[&str]; 2] = [&["-shared", "-fPIC"], &["-pie", "-fPIE"]];
    let path = std::env::join_paths([&*folder, Path::new("/usr/bin"), Path::new("/bin")]).expect("no colons");
    let asks = |machine: &str, program: &Path, args: &[&str]| {
        let _ = fs::remove_file(&log);
        let mut command = osvrun(&["--metal", "--machine", machine], &[], program, args);
        command.env("PATH", &path).current_dir(&*folder);
        ended_well(command);
        fs::read_to_string(&log).is_ok_and(|log| log.contains("v9fs_version"))
    };
    for machine in ["microvm", "q35"] {
        for (number, flags) in kinds.iter().enumerate() {
            let hello = guest::compile(&folder.join("hello.c"), flags, &format!("host-hello-{number}.so"))
                .expect("it compiles");
            assert!(!asks(machine, &hello, &[]), "{machine}, {flags:?}");
        }
        assert!(asks(machine, Path::new("/bin/cat"), &["hello.c"]), "{machine}");
    }
}
