//! Locks of files in a folder of the host, between programs of the host and of a machine.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use osvrun_tests::run::{run, text};
use osvrun_tests::{guest, paths};

/// `hold PATH WHICH` locks, says so and waits for the end of its input; `try PATH` says which locks it gets;
/// `wait PATH WHICH` waits for a lock.
const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
static struct flock part(int type, int start, int len) {
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
}
static int take(int fd, const char *which, int waits) {
    struct flock lock = part(strchr(which, 'r') ? F_RDLCK : F_WRLCK, 10, 20);
    switch (which[0]) {
    case 'w': return flock(fd, (which[1] == 's' ? LOCK_SH : LOCK_EX) | (waits ? 0 : LOCK_NB));
    case 'p': return fcntl(fd, waits ? F_SETLKW : F_SETLK, &lock);
    default: return fcntl(fd, waits ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
    }
}
int main(int argc, char **argv) {
    int fd = open(argv[2], O_RDWR);
    char byte;
    if (fd < 0)
        return 3;
    if (!strcmp(argv[1], "hold")) {
        int other = open(argv[2], O_RDONLY);
        if (take(fd, argv[3], 0))
            printf("not held: %s\n", strerror(errno));
        // A second holder, which goes on when the first gives up its own.
        if (argc > 4 && flock(other, LOCK_SH))
            printf("not held twice: %s\n", strerror(errno));
        if (argc > 4)
            flock(fd, LOCK_UN);
        printf("held\n"), fflush(stdout);
        read(0, &byte, 1);
        return 0;
    }
    if (!strcmp(argv[1], "wait")) {
        int result = take(fd, argv[3], 1);
        printf("waited %d\n", result);
        return 0;
    }
    const char *all[] = {"ws", "we", "pr", "pw", "or", "ow"};
    for (int i = 0; i < 6; i++) {
        int one = open(argv[2], O_RDWR);
        printf("%s %s\n", all[i], take(one, all[i], 0) ? strerror(errno) : "taken");
        struct flock lock = part(F_WRLCK, 0, 0);
        fcntl(one, F_GETLK, &lock);
        if (i < 2) {
            printf(" found %d", lock.l_type);
            if (lock.l_type != F_UNLCK)
                printf(" from %d, %d bytes", (int)lock.l_start, (int)lock.l_len);
            printf("\n");
        }
        close(one);
    }
    lseek(fd, 12, SEEK_SET);
    printf("test %d\n", lockf(fd, F_TEST, 1));
    return 0;
}"#;

/// The program, compiled once for all tests.
fn program() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let folder = paths::fresh_folder("locks-source");
        let source = folder.join("locks.c");
        std::fs::write(&source, SOURCE).expect("the build folder can be written");
        guest::compile(&source, &["-O1", "-fPIE", "-pie"], "locks").expect("it compiles")
    };
    PROGRAM.get_or_init(make).clone()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Where {
    Host,
    Machine,
}

fn command(place: Where, folder: &Path, words: &[&str]) -> Command {
    let mut command = match place {
        Where::Host => Command::new(program()),
        Where::Machine => {
            let mut command = Command::new(paths::osvrun());
            let mount = format!("{0}:{0}", folder.display());
            command.args(["--hosted", "--mount", &mount, "--"]).arg(program());
            command
        }
    };
    command.arg(words[0]).arg(folder.join("file")).args(&words[1..]);
    command
}

fn say(place: Where, folder: &Path, words: &[&str]) -> String {
    let outcome = run(&mut command(place, folder, words), b"").expect("it runs");
    assert_eq!(outcome.status, 0, "{outcome:?}");
    text(&outcome.stdout)
}

/// Starts a holder and waits until it has its lock.
fn hold(place: Where, folder: &Path, which: &[&str]) -> Child {
    let words = [&["hold"], which].concat();
    let mut child = command(place, folder, &words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("it says so");
    assert_eq!(line, "held\n", "{place:?} {which:?}");
    child
}

fn release(mut holder: Child) {
    drop(holder.stdin.take());
    assert!(holder.wait().expect("it ends").success());
}

#[test]
fn locks_of_the_host_and_of_a_machine_keep_each_other_out() {
    let folder = paths::fresh_folder("locks-shared");
    std::fs::write(folder.join("file"), "some bytes that can be locked").expect("it can be written");
    let holders: [&[&str]; 7] = [&["ws"], &["we"], &["pr"], &["pw"], &["or"], &["ow"], &["ws", "and again"]];
    for which in holders {
        let holder = hold(Where::Host, &folder, which);
        let expected = say(Where::Host, &folder, &["try"]);
        assert!(expected.contains("Resource temporarily unavailable"), "{expected}");
        assert_eq!(say(Where::Machine, &folder, &["try"]), expected, "{which:?} on the host");
        release(holder);
        let holder = hold(Where::Machine, &folder, which);
        // A machine's locks are those of its open files.
        assert_eq!(say(Where::Host, &folder, &["try"]), expected, "{which:?} in a machine");
        assert_eq!(say(Where::Machine, &folder, &["try"]), expected, "{which:?} in another machine");
        release(holder);
    }
    for place in [Where::Host, Where::Machine] {
        assert!(!say(place, &folder, &["try"]).contains("unavailable"), "all were given up");
    }
}

#[test]
fn a_machine_waits_for_a_lock_of_the_host() {
    let folder = paths::fresh_folder("locks-waited");
    std::fs::write(folder.join("file"), "some bytes that can be locked").expect("it can be written");
    for which in ["we", "pw", "ow"] {
        let holder = hold(Where::Host, &folder, &[which]);
        let mut waiting = command(Where::Machine, &folder, &["wait", which])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(waiting.try_wait().expect("a child").is_none(), "{which}");
        release(holder);
        assert_eq!(text(&waiting.wait_with_output().expect("it ends").stdout), "waited 0\n");
    }
}
