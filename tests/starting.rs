//! What osvrun does with a program before it runs: where it finds it, where the program starts, what it is told about it.

use std::path::PathBuf;
use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

fn osvrun(args: &[&str]) -> Outcome {
    run(Command::new(paths::osvrun()).args(args), b"").expect("osvrun runs")
}

/// Compiles a program or library from its text.
fn compile(folder: &str, text: &str, flags: &[&str], name: &str) -> PathBuf {
    let source = paths::fresh_folder(folder).join("program.c");
    std::fs::write(&source, text).expect("the build folder can be written");
    guest::compile(&source, flags, name).expect("it compiles")
}

#[test]
fn without_a_root_the_program_and_its_libraries_are_there_and_nothing_else() {
    let text = r#"
        #include <stdio.h>
        #include <unistd.h>
        int main(void) { printf("%d %d\n", access("/etc/passwd", F_OK), access("/proc/self/exe", F_OK)); }"#;
    let file = compile("rootless", text, &["-O1"], "rootless.bin");
    let (folder, name) =
        (file.parent().expect("it is in a folder"), file.file_name().expect("it has a name"));
    let relative = format!("./{}", name.to_string_lossy());
    for world in Column::worlds() {
        for libc in ["--libc=native", "--libc=own"] {
            for program in [&*file.to_string_lossy(), &relative] {
                let mut command = Command::new(paths::osvrun());
                command.current_dir(folder).args([world, libc, "--root", "none", program]);
                let outcome = run(&mut command, b"").expect("osvrun runs");
                let said = (outcome.status, self::text(&outcome.stdout));
                assert_eq!(
                    said,
                    (0, "-1 0\n".to_owned()),
                    "{world} {libc} {program}: {}",
                    self::text(&outcome.stderr)
                );
            }
        }
    }
}

#[test]
fn where_the_root_has_no_time_zones_osvrun_brings_them() {
    let text = r#"
        #include <stdio.h>
        #include <time.h>
        int main(void) {
            char said[64];
            time_t when = 1720000000;
            strftime(said, sizeof said, "%F %T %Z", localtime(&when));
            puts(said);
        }"#;
    let root = paths::fresh_folder("zoneless");
    let program = compile("zones", text, &["-static"], "zones.bin");
    std::fs::copy(program, root.join("zones")).expect("the build folder can be written");
    let root = root.to_string_lossy();
    let at_root = ["--root", &root, "/zones"];
    let date = ["date", "-d", "@1720000000", "+%F %T %Z"];
    let with = |options: &[&'static str]| [options, &date].concat();
    let lines =
        [with(&["--root=none", "--libc=native"]), with(&["--root=none", "--libc=own"]), at_root.to_vec()];
    let zones = [
        ("Europe/Berlin", "2024-07-03 11:46:40 CEST\n"),
        (":America/New_York", "2024-07-03 05:46:40 EDT\n"),
        ("Japan", "2024-07-03 18:46:40 JST\n"),
        ("Nowhere/Land", "2024-07-03 09:46:40 Nowhere\n"),
    ];
    for world in Column::worlds() {
        for line in &lines {
            for (zone, wanted) in zones {
                let mut command = Command::new(paths::osvrun());
                let outcome = run(command.env("TZ", zone).arg(world).args(line), b"").expect("osvrun runs");
                let said = self::text(&outcome.stdout);
                assert_eq!(said, wanted, "{world} {line:?} {zone}: {}", self::text(&outcome.stderr));
            }
        }
    }
}

#[test]
fn a_working_directory_that_is_not_there_is_125_and_one_line() {
    let folder = paths::fresh_folder("no-cwd");
    let file = folder.join("file");
    std::fs::write(&file, "").expect("the build folder can be written");
    let places =
        [(file, "ENOTDIR"), (folder.join("missing"), "ENOENT"), ("/tmp/no such folder".into(), "ENOENT")];
    for world in Column::worlds() {
        for (place, why) in &places {
            let place = place.to_string_lossy();
            let outcome = osvrun(&[world, "--cwd", &place, "/bin/true"]);
            assert_eq!(outcome.status, 125, "{world}");
            assert_eq!(text(&outcome.stderr), format!("osvrun: --cwd {place}: {why}\n"), "{world}");
        }
    }
}

#[test]
fn a_link_that_leads_to_itself_cannot_be_run() {
    let folder = paths::fresh_folder("link-loop");
    std::os::unix::fs::symlink("loop", folder.join("loop")).expect("the build folder can be written");
    let mount = format!("{}:/mnt:ro", folder.display());
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--mount", &mount, "/mnt/loop"]);
        assert_eq!(outcome.status, 126, "{world}");
        assert_eq!(text(&outcome.stderr), "osvrun: /mnt/loop: can't be run: ELOOP\n", "{world}");
    }
}

#[test]
fn a_machine_of_given_memory_has_no_more_of_it_free() {
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--memory", "64M", "cat", "/proc/meminfo"]);
        let said = text(&outcome.stdout);
        let kib = |name: &str| -> usize {
            let line =
                said.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{said}"));
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        let (total, free) = (kib("MemTotal:"), kib("MemFree:"));
        assert!(total <= 64 << 10 && free < total && free > total / 4, "{world}: {free} of {total} KiB");
    }
}

#[test]
fn the_end_by_a_time_limit_is_said() {
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--timeout", "1", "/bin/sleep", "1000"]);
        assert_eq!(outcome.status, 124, "{world}");
        assert!(text(&outcome.stderr).ends_with("osvrun: the time limit has passed\n"), "{world}");
    }
}

#[test]
fn a_dry_run_says_what_would_run() {
    let outcome =
        osvrun(&["--hosted", "--dry-run", "--libc=native", "--cwd", "/etc", "/bin/echo", "one", "two"]);
    let wanted = "program\t/bin/echo one two\ncwd\t/etc\n\
                  root\t/ (read-only, writes stay in memory)\nlibc\tosvrun's\n";
    assert_eq!((outcome.status, text(&outcome.stdout)), (0, wanted.to_owned()));
}

/// Makes a program and a library, and another library of the same name for `check` to find; returns what that prints.
fn check_with_another_library(folder: &str, program: &str, linked: [&str; 2], found: [&str; 2]) -> Outcome {
    let place = paths::fresh_folder(folder);
    let library = |part: &str, [text, map]: [&str; 2]| {
        let place = place.join(part);
        std::fs::create_dir_all(&place).expect("the build folder can be written");
        let (source, script) = (place.join("library.c"), place.join("library.map"));
        std::fs::write(&source, text).expect("the build folder can be written");
        std::fs::write(&script, map).expect("the build folder can be written");
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-o"]).arg(place.join("libchanging.so")).arg(&source);
        command.arg(format!("-Wl,--version-script={}", script.display()));
        assert!(command.status().expect("cc runs").success());
        place
    };
    let (linked, found) = (library("linked", linked), library("found", found));
    let source = place.join("program.c");
    std::fs::write(&source, program).expect("the build folder can be written");
    let file = place.join("program");
    let mut command = Command::new("cc");
    command.arg("-o").arg(&file).arg(&source).arg(format!("-L{}", linked.display())).arg("-lchanging");
    assert!(command.status().expect("cc runs").success());
    let mut command = Command::new(paths::osvrun());
    command.arg("check").arg(&file).env("LD_LIBRARY_PATH", found);
    run(&mut command, b"").expect("osvrun runs")
}

#[test]
fn check_finds_missing_data_functions_and_versions() {
    let any = "VER_1 { global: *; };";
    let text_of = |outcome: &Outcome| String::from_utf8_lossy(&outcome.stdout).into_owned();
    let outcome = check_with_another_library(
        "check-data",
        "extern int datum; int main(void) { return datum; }",
        ["int datum = 1;", any],
        ["int other = 1;", any],
    );
    assert_eq!(outcome.status, 1);
    assert!(text_of(&outcome).starts_with("libc\tits own\tosvrun's lacks datum\n"), "{}", text_of(&outcome));
    assert!(text_of(&outcome).contains("symbol\tdatum\tmissing\t\n"), "{}", text_of(&outcome));

    let outcome = check_with_another_library(
        "check-version",
        "int act(void); int main(void) { return act(); }",
        ["int act(void) { return 2; }", "VER_2 { global: *; };"],
        ["int act(void) { return 1; }", any],
    );
    assert_eq!(outcome.status, 1);
    assert!(text_of(&outcome).contains("symbol\tact@VER_2\tmissing\t\n"), "{}", text_of(&outcome));
}

/// "`AT_RANDOM`, the stack canary and load addresses all draw from one Yarrow generator … Two boots never give the same
/// stream": so no two runs have one in common.
#[test]
fn what_is_drawn_for_a_program_is_drawn_anew_for_each_run() {
    let source = r#"
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/auxv.h>
        #include <sys/mman.h>
        int main(void) {
            unsigned long canary, *start = (unsigned long *)getauxval(AT_RANDOM);
            int local;
            __asm__("mov %%fs:0x28, %0" : "=r"(canary));
            printf("%lx %lx %lx %p ", canary, start[0], start[1], (void *)&local);
            printf("%p %p\n", mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), (void *)main);
            return 0;
        }"#;
    let dynamic = compile("drawn", source, &["-shared", "-fPIC"], "drawn.so");
    let fixed = compile("drawn", source, &["-static-pie"], "drawn");
    for world in Column::worlds() {
        for program in [&dynamic, &fixed] {
            let runs = [(); 3].map(|()| text(&osvrun(&[world, &program.to_string_lossy()]).stdout));
            for [one, other] in
                [[0, 1], [0, 2], [1, 2]].map(|pair| pair.map(|run| runs[run].split_whitespace()))
            {
                assert_eq!(one.clone().count(), 6, "{runs:?}");
                assert!(one.zip(other).all(|(one, other)| one != other), "{world}: {runs:?}");
            }
        }
    }
}
