//! `osvrun A --and B`: two programs in one machine.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use osvrun_tests::column::Column;
use osvrun_tests::guest::{self, Kind};
use osvrun_tests::paths;
use osvrun_tests::run::{Outcome, run, text};

fn osvrun(args: &[&str]) -> Outcome {
    run(Command::new(paths::osvrun()).arg("-q").args(args), b"").expect("osvrun runs")
}

fn built(name: &str, kind: Kind) -> PathBuf {
    let source = paths::tests().join("and").join(format!("{name}.c"));
    let flags: &[&str] = match kind {
        Kind::SharedObject => &["-O1", "-shared", "-fPIC"],
        Kind::Static => &["-O1", "-fno-pie", "-static"],
        Kind::StaticPie => &["-O1", "-fPIE", "-static-pie"],
        _ => &["-O1", "-fPIE", "-pie"],
    };
    guest::compile(&source, flags, &format!("{name}.{}", kind.name())).expect("it compiles")
}

fn said(outcome: &Outcome) -> String {
    format!("{}\n{}", text(&outcome.stdout), text(&outcome.stderr))
}

/// What the client says, whoever the two are.
const TALK: &str = "first own descriptor 3\nserver's descriptors 5\nclosed\nown still open 8\n\
    server's directory is as before 1\nserver's memory 1\nown memory 1 1\nat its end nothing\n";

#[test]
fn a_server_and_its_client_have_descriptors_directory_and_memory_of_their_own() {
    let kinds = [
        (Kind::SharedObject, Kind::SharedObject),
        (Kind::Pie, Kind::StaticPie),
        (Kind::Static, Kind::Pie),
        (Kind::StaticPie, Kind::StaticPie),
        (Kind::StaticPie, Kind::Static),
    ];
    for world in Column::worlds() {
        for (server, client) in kinds {
            let (server, client) = (built("server", server), built("client", client));
            let (server, client) = (server.to_string_lossy(), client.to_string_lossy());
            let line = [world, "--wait-for", "7391", &server, "7391", "--and", &client, "7391"];
            let outcome = osvrun(&line);
            assert_eq!(
                (outcome.status, text(&outcome.stdout).as_str()),
                (7, TALK),
                "{line:?}: {}",
                said(&outcome)
            );
        }
    }
}

#[test]
fn programs_at_the_same_addresses_are_refused() {
    let (server, client) = (built("server", Kind::Static), built("client", Kind::Static));
    for world in Column::worlds() {
        let outcome =
            osvrun(&[world, &server.to_string_lossy(), "7391", "--and", &client.to_string_lossy(), "7391"]);
        assert_eq!(outcome.status, 126, "{}", said(&outcome));
        assert!(text(&outcome.stderr).contains("client.static"), "{}", said(&outcome));
    }
}

#[test]
fn the_machine_ends_with_the_last_program() {
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "sh", "-c", "exit 9", "--and", "seq", "3"]);
        assert_eq!(
            (outcome.status, outcome.stdout.as_slice()),
            (0, b"1\n2\n3\n".as_slice()),
            "{}",
            said(&outcome)
        );
        let outcome = osvrun(&[world, "sleep", "1000", "--and", "true", "--and", "false"]);
        assert_eq!(outcome.status, 1, "{}", said(&outcome));
    }
}

#[test]
fn what_cannot_start_is_said() {
    for world in Column::worlds() {
        assert_eq!(osvrun(&[world, "no-such-program", "--and", "true"]).status, 127);
        assert_eq!(osvrun(&[world, "/etc/passwd", "--and", "true"]).status, 126);
        assert_eq!(osvrun(&[world, "true", "--and"]).status, 125);
        let late = osvrun(&[world, "true", "--and", "--wait-for", "80", "true"]);
        assert_eq!(late.status, 125);
        assert!(text(&late.stderr).contains("before the first program"), "{}", said(&late));
        assert_eq!(osvrun(&[world, "--wait-for", "80", "true"]).status, 125);
        // A program that execve has put in the place of all does not leave the wait behind.
        let replaced =
            osvrun(&[world, "--wait-for", "80", "sh", "-c", "exec echo replaced", "--and", "true"]);
        assert_eq!(
            (replaced.status, text(&replaced.stdout).as_str()),
            (0, "replaced\n"),
            "{}",
            said(&replaced)
        );
        let nobody = osvrun(&[world, "--wait-for", "80", "true", "--and", "true"]);
        assert_eq!(nobody.status, 125);
        assert!(text(&nobody.stderr).contains("nobody listens at port 80"), "{}", said(&nobody));
    }
}

#[test]
fn redis_answers_its_client() {
    for world in Column::worlds() {
        let server = ["redis-server", "--port", "7391", "--save", "", "--loglevel", "warning"];
        for libc in ["--libc=auto", "--libc=own"] {
            let mut line = vec![world, libc, "--wait-for", "7391"];
            line.extend(server);
            line.extend(["--and", "redis-cli", "-p", "7391", "incrby", "hits", "41"]);
            let outcome = osvrun(&line);
            assert_eq!(
                (outcome.status, text(&outcome.stdout).lines().any(|line| line == "41")),
                (0, true),
                "{}",
                said(&outcome)
            );
        }
    }
}

#[test]
fn memcached_keeps_what_python_stores() {
    const CLIENT: &str = "import socket\n\
        s = socket.create_connection(('127.0.0.1', 7391))\n\
        f = s.makefile('rwb')\n\
        f.write(b'set k 0 0 5\\r\\nhello\\r\\nget k\\r\\n'); f.flush()\n\
        print([f.readline().decode().strip() for _ in range(4)])\n";
    let python = "/usr/bin/python3.11";
    for world in Column::worlds() {
        let server = ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", "7391", "-U", "0"];
        let mut line = vec![world, "--wait-for", "7391"];
        line.extend(server);
        line.extend(["--and", python, "-c", CLIENT]);
        let outcome = osvrun(&line);
        let expected = "['STORED', 'VALUE k 0 5', 'hello', 'END']\n";
        assert_eq!((outcome.status, text(&outcome.stdout).as_str()), (0, expected), "{}", said(&outcome));
    }
}

#[test]
fn web_servers_serve_their_client() {
    let folder = paths::fresh_folder("web");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("it can be written");
    write("page.html", "hello from a file\n");
    let places =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path /tmp;"));
    write(
        "nginx.conf",
        &format!(
            "daemon off; master_process off; pid /tmp/pid; events {{}}\n\
             http {{ {} access_log off; server {{ listen 127.0.0.1:7391; root /web; }} }}\n",
            places.concat()
        ),
    );
    let mount = format!("--mount={}:/web:ro", folder.display());
    let servers: [&[&str]; 2] = [
        &["nginx", "-e", "stderr", "-c", "/web/nginx.conf"],
        &["/usr/bin/python3", "-m", "http.server", "7391", "--bind", "127.0.0.1", "--directory", "/web"],
    ];
    let client = ["--and", "curl", "-s", "http://127.0.0.1:7391/page.html", "http://127.0.0.1:7391/none"];
    for world in Column::worlds() {
        for server in servers {
            for libc in ["--libc=auto", "--libc=own"] {
                let line = [&[world, libc, &mount, "--wait-for", "7391"], server, &client].concat();
                let outcome = osvrun(&line);
                let answer = text(&outcome.stdout);
                let is_served = answer.contains("hello from a file\n") && answer.contains("404");
                assert_eq!((outcome.status, is_served), (0, true), "{line:?}: {}", said(&outcome));
            }
        }
    }
}

#[test]
fn a_signal_is_handled_in_the_program_whose_handler_it_is() {
    for world in Column::worlds() {
        let (ours, own) = (Kind::Pie, Kind::StaticPie);
        for (kind, beside) in [(ours, ours), (ours, own), (own, ours), (own, own)] {
            let mut child = Command::new(paths::osvrun())
                .args(["-q", world])
                .arg(built("handler", kind))
                .arg("--and")
                .arg(built("reader", beside))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("osvrun runs");
            let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
            let mut next = || lines.next().and_then(Result::ok).unwrap_or_default();
            assert_eq!(next(), "ready");
            let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
            assert!(sent.expect("sh runs").success());
            assert_eq!(next(), "found 42", "{world} {}", kind.name());
            drop(child.stdin.take());
            assert_eq!(child.wait().expect("it ends").code(), Some(5));
        }
    }
}
