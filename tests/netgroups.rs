//! /etc/netgroup: what the kernel's C library makes of it, and what the program's own does.

use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{run, text};
use osvrun_tests::{guest, paths};

const GROUPS: &str = "\
# comment (not, a, triple)
hosts (one,,) (two,,example.org)\t( three , , )
users (,Anna,) \\
  (,bertha,example.org) \\
\t(-,clara,)
both hosts users (four,dora,)
inner
empty \\

round (a,b,c) circle
circle (d,e,f) round circle square
square (g,h,i) triangle missing
triangle (j,k,l)
broken (m,n,o) (p,q
broken (r,s,t)
glued(u,v,w)
spaced (x y, z ,\ta\tb ) hosts(,,)
wild (,,)
longer (a-host-with-a-name-that-is-rather-long,a-user-with-a-name-that-is-rather-long,a-domain)
first (1,1,1) second third
second (2,2,2) fourth
third (3,3,3)
fourth (4,4,4)
";

const PROGRAM: &str = r##"
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

static const char *of(const char *text) { return text ? text : "*"; }

static void list(const char *group) {
    char *host, *user, *domain;
    printf("%s: %d\n", group, setnetgrent(group));
    for (int i = 0; i < 20 && getnetgrent(&host, &user, &domain) == 1; i++) printf("  [%s][%s][%s]\n", of(host), of(user), of(domain));
    endnetgrent();
}

static void ask(const char *group, const char *host, const char *user, const char *domain) {
    printf("%s (%s,%s,%s): %d\n", group, of(host), of(user), of(domain), innetgr(group, host, user, domain));
}

int main(void) {
    static const char *const groups[] = {"hosts", "users", "both", "inner", "empty", "round", "circle", "broken", "glued", "spaced", "wild", "first", "no", "host", "", "#", "(p,q"};
    char *host, *user, *domain, room[40];
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) list(groups[i]);
    printf("without: %d\n", getnetgrent(&host, &user, &domain));
    ask("hosts", "one", NULL, NULL), ask("hosts", "ONE", "anyone", "anywhere"), ask("hosts", "three", NULL, NULL), ask("hosts", "four", NULL, NULL);
    ask("hosts", "two", NULL, "Example.ORG"), ask("hosts", "two", NULL, "example.net"), ask("hosts", NULL, NULL, NULL);
    ask("users", NULL, "Anna", NULL), ask("users", NULL, "anna", NULL), ask("users", "any", "bertha", "example.org"), ask("users", "any", "clara", NULL);
    ask("both", "three", NULL, NULL), ask("both", "four", "dora", NULL), ask("both", NULL, "bertha", "x"), ask("round", "j", "k", "l"), ask("circle", "a", "b", "c");
    ask("triangle", "a", "b", "c"), ask("wild", "q", "r", "s"), ask("inner", NULL, NULL, NULL), ask("no", NULL, NULL, NULL), ask("first", "4", "4", "4");
    printf("longer: %d\n", setnetgrent("longer"));
    for (size_t size = 0; size <= sizeof room; size += 20) {
        errno = 0;
        printf("%d", getnetgrent_r(&host, &user, &domain, room, size)), printf(" %d\n", errno);
    }
    char large[200];
    if (getnetgrent_r(&host, &user, &domain, large, sizeof large) == 1) printf("%s %s %s\n", host, user, domain);
    printf("%d\n", getnetgrent_r(&host, &user, &domain, large, sizeof large));
    printf("again: %d", setnetgrent("hosts")), printf(" %d", setnetgrent("no")), printf(" %d\n", getnetgrent(&host, &user, &domain));
    return 0;
}
"##;

#[test]
fn netgroups_are_read_as_the_programs_own_library_reads_them() {
    let folder = paths::fresh_folder("netgroups");
    let source = folder.join("program.c");
    std::fs::write(&source, PROGRAM).expect("the build folder can be written");
    let program = guest::compile(&source, &["-O1", "-w"], "netgroups.bin").expect("it compiles");
    let groups = folder.join("netgroup");
    std::fs::write(&groups, GROUPS).expect("the build folder can be written");
    let switch = folder.join("nsswitch");
    for services in ["netgroup: files", "netgroup: nis [NOTFOUND=return] files # all", "netgroup: nis", ""] {
        std::fs::write(&switch, format!("# hosts: dns\nhosts: files\n{services}\n")).expect("as above");
        let said = |world, libc| {
            let mut command = Command::new(paths::osvrun());
            command.args([world, libc]);
            for (file, place) in [(&groups, "netgroup"), (&switch, "nsswitch.conf")] {
                command.args(["--mount", &format!("{}:/etc/{place}:ro", file.display())]);
            }
            let outcome = run(command.arg(&program), b"").expect("osvrun runs");
            assert_eq!(outcome.status, 0, "{}", text(&outcome.stderr));
            String::from_utf8_lossy(&outcome.stdout).into_owned()
        };
        let own = said("--hosted", "--libc=own");
        assert_eq!(own.contains("[bertha]"), services != "netgroup: nis", "{own}");
        for world in Column::worlds() {
            assert_eq!(said(world, "--libc=native"), own, "{world} {services}");
        }
    }
}
