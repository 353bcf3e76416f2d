//! What a program may name or claim for the whole machine, which natively would be the host's.

use std::path::PathBuf;
use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{run, text};
use osvrun_tests::{guest, paths};

/// The kernel's C library and the program's own.
const LIBCS: [&str; 2] = ["--libc=native", "--libc=own"];

const PROGRAM: &str = r#"
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int port_of(int fd) {
    struct sockaddr_in at;
    socklen_t len = sizeof at;
    return getsockname(fd, (struct sockaddr *)&at, &len) ? -1 : ntohs(at.sin_port);
}

int main(void) {
    char host[65], domain[65], line[65] = "";
    if (sethostname("machine", 7) || setdomainname("example", 7)) return 1;
    gethostname(host, sizeof host);
    getdomainname(domain, sizeof domain);
    printf("%s.%s\n", host, domain);
    FILE *file = fopen("/proc/sys/kernel/domainname", "r+");
    if (!file || !fgets(line, sizeof line, file)) return 1;
    rewind(file);
    fputs("other\n", file);
    fclose(file);
    getdomainname(domain, sizeof domain);
    printf("%s%s\n", line, domain);
    int port = 513, first = rresvport(&port), at = port, second = rresvport(&port), next = port, third = rresvport(&port);
    printf("%d %d %d\n", at == port_of(first), next == port_of(second), port == port_of(third));
    printf("%d %d %d\n", at, next, port);
    printf("%lx\n", gethostid());
    return 0;
}
"#;

#[test]
fn names_ports_and_the_number_of_the_machine_are_the_programs_to_give() {
    let source: PathBuf = paths::fresh_folder("machine-names").join("program.c");
    std::fs::write(&source, PROGRAM).expect("the build folder can be written");
    let program = guest::compile(&source, &["-O1", "-w"], "machine-names.bin").expect("it compiles");
    let number = source.with_file_name("hostid");
    std::fs::write(&number, 0x0123_4567_i32.to_ne_bytes()).expect("the build folder can be written");
    let mount = format!("{}:/etc/hostid:ro", number.display());
    for world in Column::worlds() {
        for libc in LIBCS {
            let mut command = Command::new(paths::osvrun());
            command.args([world, libc, "--mount", &mount]).arg(&program);
            let outcome = run(&mut command, b"").expect("osvrun runs");
            let said = text(&outcome.stdout);
            assert_eq!(
                said,
                "machine.example\nexample\nother\n1 1 1\n513 512 1023\n1234567\n",
                "{world} {libc}: {}",
                text(&outcome.stderr)
            );
        }
    }
}

const RESOLVER: &str = r#"
#include <arpa/inet.h>
#include <resolv.h>
#include <stdio.h>

int main(void) {
    res_init();
    printf("%lx %d %d %d %d\n", _res.options, _res.nscount, _res.ndots, _res.retrans, _res.nsort);
    for (unsigned i = 0; i < _res.nsort; i++) {
        printf("%08x/%08x\n", ntohl(_res.sort_list[i].addr.s_addr), ntohl(_res.sort_list[i].mask));
    }
    return 0;
}
"#;

/// Settings of resolv.conf(5), without the servers.
const SETTINGS: [&str; 6] = [
    "sortlist 10.0.0.0/255.0.0.0 172.16.5.5 192.168.1.1&255.255.255.0 223.1.2.3\n",
    "options edns0 trust-ad ndots:3\nsortlist\t10.1/255.255 10.1.2.3/what 300.1.1.1 name 1.2.3.4/ ; 9.9.9.9\n",
    "sortlist 10.1.2.3;11.1.2.3\nsortlist 130.1.2.3\n",
    "sortlist 1.0.0.0 2.0.0.0 3.0.0.0 4.0.0.0 5.0.0.0 6.0.0.0 7.0.0.0 8.0.0.0 9.0.0.0 10.0.0.0 11.0.0.0\n",
    "sortlist\n sortlist 10.0.0.0\n#sortlist 11.0.0.0\nsortlistx 12.0.0.0\n",
    "options rotate no-aaaa timeout:2 trust-ad edns0\n",
];

#[test]
fn settings_of_the_resolver_are_read_as_the_programs_own_library_reads_them() {
    let folder = paths::fresh_folder("resolver-settings");
    let source = folder.join("program.c");
    std::fs::write(&source, RESOLVER).expect("the build folder can be written");
    let flags = ["-O1", "-w", "-lresolv"];
    let program = guest::compile(&source, &flags, "resolver-settings.bin").expect("it compiles");
    let settings = folder.join("resolv.conf");
    let mount = format!("{}:/etc/resolv.conf:ro", settings.display());
    for wanted in SETTINGS {
        std::fs::write(&settings, format!("nameserver 127.0.0.1\n{wanted}")).expect("as above");
        let said = |world, libc| {
            let mut command = Command::new(paths::osvrun());
            let outcome = run(command.args([world, libc, "--mount", &mount]).arg(&program), b"");
            text(&outcome.expect("osvrun runs").stdout)
        };
        let own = said("--hosted", "--libc=own");
        for world in Column::worlds() {
            assert_eq!(said(world, "--libc=native"), own, "{world} {wanted}");
        }
    }
}
