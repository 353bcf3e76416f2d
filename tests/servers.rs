//! Servers of this Linux, each with a client beside it in one machine (`--and`), with both libcs where it has not its own.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use osvrun_tests::column::Column;
use osvrun_tests::paths;
use osvrun_tests::run::{run, text};

/// A server and what its client asks it. `{}` in arguments and files is the folder of the run.
struct Server {
    name: &'static str,
    port: &'static str,
    server: &'static [&'static str],
    /// Files in the folder: names and contents.
    files: &'static [(&'static str, &'static str)],
    /// What makes more of them, natively.
    prepare: &'static [&'static str],
    client: &'static [&'static str],
    /// What is to be found in what both say.
    says: &'static [&'static str],
    libcs: &'static [&'static str],
}

const BOTH: &[&str] = &["--libc=native", "--libc=own"];
/// Go's programs have their own libc always.
const GO: &[&str] = &["--libc=auto"];

const PAGE: (&str, &str) = ("page.html", "hello from a file\n");

/// Puts jobs into a queue and takes them out.
const JOBS: &str = "import socket\n\
    s = socket.create_connection(('127.0.0.1', 7421)); f = s.makefile('rwb')\n\
    def ask(line):\n f.write(line + b'\\r\\n'); f.flush(); return f.readline().split()\n\
    for i in range(50): ask(b'put 0 0 60 2\\r\\n%02d' % i)\n\
    for i in range(50):\n number, job = ask(b'reserve')[1], f.readline().strip()\n \
    assert job == b'%02d' % i, job\n assert ask(b'delete ' + number) == [b'DELETED']\n\
    print('jobs done')\n";

const TABLES: &str = "create database d; use d; create table t(a int primary key auto_increment, b varchar(20)) engine=innodb; \
    insert into t(b) select seq from seq_1_to_1000; select concat('sum ', sum(b)) from t; \
    select concat('row ', a) from t where b = '997'";

const SERVERS: &[Server] = &[
    Server {
        name: "beanstalkd",
        port: "7421",
        server: &["beanstalkd", "-l", "127.0.0.1", "-p", "7421"],
        files: &[],
        prepare: &[],
        client: &["/usr/bin/python3", "-c", JOBS],
        says: &["jobs done"],
        libcs: BOTH,
    },
    Server {
        name: "iperf3",
        port: "7422",
        server: &["iperf3", "-s", "-1", "-p", "7422", "-B", "127.0.0.1"],
        files: &[],
        prepare: &[],
        client: &["iperf3", "-c", "127.0.0.1", "-p", "7422", "-n", "20M", "-P", "2"],
        says: &["sender", "receiver", "iperf Done."],
        libcs: BOTH,
    },
    Server {
        name: "lighttpd",
        port: "7423",
        server: &["lighttpd", "-D", "-f", "{}/lighttpd.conf"],
        files: &[
            PAGE,
            (
                "lighttpd.conf",
                "server.document-root = \"{}\"\nserver.port = 7423\nserver.bind = \"127.0.0.1\"\n",
            ),
        ],
        prepare: &[],
        client: &["curl", "-s", "http://127.0.0.1:7423/page.html", "http://127.0.0.1:7423/none"],
        says: &["hello from a file", "404"],
        libcs: BOTH,
    },
    Server {
        name: "haproxy",
        port: "7424",
        server: &["haproxy", "-f", "{}/haproxy.cfg"],
        files: &[(
            "haproxy.cfg",
            "global\n maxconn 50\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n\
             frontend f\n bind 127.0.0.1:7424\n \
             http-request return status 200 content-type text/plain lf-string \"%[method] at %[path]\"\n",
        )],
        prepare: &[],
        client: &["curl", "-s", "http://127.0.0.1:7424/some/where"],
        says: &["GET at /some/where"],
        libcs: BOTH,
    },
    Server {
        name: "caddy",
        port: "7425",
        server: &["caddy", "run", "--config", "{}/Caddyfile", "--adapter", "caddyfile"],
        files: &[
            PAGE,
            (
                "Caddyfile",
                "{\n admin off\n auto_https off\n}\nhttp://127.0.0.1:7425 {\n root * {}\n file_server\n respond /self here\n}\n",
            ),
        ],
        prepare: &[],
        client: &["curl", "-s", "http://127.0.0.1:7425/page.html", "http://127.0.0.1:7425/self"],
        says: &["hello from a file", "here"],
        libcs: GO,
    },
    Server {
        name: "prometheus",
        port: "7426",
        server: &[
            "prometheus",
            "--config.file={}/prometheus.yml",
            "--storage.tsdb.path=/tmp/data",
            "--web.listen-address=127.0.0.1:7426",
        ],
        files: &[("prometheus.yml", "global:\n  scrape_interval: 1s\n")],
        prepare: &[],
        client: &[
            // It listens before it is ready, and says 503 until then.
            "curl",
            "-s",
            "--retry",
            "20",
            "http://127.0.0.1:7426/-/healthy",
            "http://127.0.0.1:7426/api/v1/query?query=6*7",
        ],
        says: &["is Healthy", "\"42\""],
        libcs: GO,
    },
    Server {
        name: "mariadbd",
        port: "7427",
        server: &[
            "mariadbd",
            "--no-defaults",
            "--user=root",
            "--datadir={}/data",
            "--port=7427",
            "--bind-address=127.0.0.1",
            "--socket=/tmp/socket",
            "--skip-grant-tables",
            "--innodb-buffer-pool-size=16M",
        ],
        files: &[],
        prepare: &[
            "mariadb-install-db",
            "--no-defaults",
            "--user=root",
            "--datadir={}/data",
            "--skip-test-db",
        ],
        client: &[
            "mariadb",
            "--no-defaults",
            "--protocol=tcp",
            "-h",
            "127.0.0.1",
            "-P",
            "7427",
            "-e",
            TABLES,
        ],
        says: &["sum 500500", "row 997"],
        libcs: BOTH,
    },
    Server {
        name: "node",
        port: "7428",
        server: &[
            "node",
            "-e",
            "require('http').createServer((q, r) => r.end(`node at ${q.url}\\n`)).listen(7428, '127.0.0.1')",
        ],
        files: &[],
        prepare: &[],
        client: &["curl", "-s", "http://127.0.0.1:7428/some/where"],
        says: &["node at /some/where"],
        libcs: BOTH,
    },
    Server {
        name: "php",
        port: "7429",
        server: &["php", "-S", "127.0.0.1:7429", "-t", "{}"],
        files: &[("sum.php", "<?php echo array_sum(range(1, 100)), ' at ', $_SERVER['REQUEST_URI'];")],
        prepare: &[],
        client: &["curl", "-s", "http://127.0.0.1:7429/sum.php"],
        says: &["5050 at /sum.php"],
        libcs: BOTH,
    },
    Server {
        name: "nghttpd",
        port: "7430",
        server: &["nghttpd", "--no-tls", "-n", "2", "-a", "127.0.0.1", "-d", "{}", "7430"],
        files: &[PAGE],
        prepare: &[],
        client: &["h2load", "-n", "200", "-c", "4", "-t", "2", "-m", "5", "http://127.0.0.1:7430/page.html"],
        says: &["200 succeeded, 0 failed, 0 errored"],
        libcs: BOTH,
    },
];

/// Finds a program, as a shell of the superuser's does.
fn find(program: &str) -> Option<PathBuf> {
    let folders = ["", "/usr/bin", "/usr/sbin"];
    folders
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.is_absolute() && path.is_file())
}

fn test(server: &Server, world: &str, libc: &str) -> Result<(), Failed> {
    let folder = paths::fresh_folder(&format!("server-{}", server.name));
    let at = folder.to_string_lossy();
    let filled = |text: &str| text.replace("{}", &at);
    for (name, content) in server.files {
        std::fs::write(folder.join(name), filled(content))?;
    }
    if let [program, args @ ..] = server.prepare {
        let made = run(Command::new(program).args(args.iter().map(|arg| filled(arg))), b"")?;
        if made.status != 0 {
            return Err(format!("{program}: {}", text(&made.stderr)).into());
        }
    }
    let mut command = Command::new(paths::osvrun());
    command.args(["-q", world, libc, "--wait-for", server.port]).current_dir(&*folder);
    command.arg(find(server.server[0]).ok_or("the server is gone")?);
    command.args(server.server[1..].iter().map(|arg| filled(arg)));
    command.arg("--and").args(server.client);
    let outcome = run(&mut command, b"")?;
    let said = text(&outcome.stdout);
    if outcome.status == 0 && server.says.iter().all(|says| said.contains(says)) {
        return Ok(());
    }
    Err(format!("status {}: {said}\n{}", outcome.status, text(&outcome.stderr)).into())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for world in Column::worlds() {
        for server in SERVERS {
            let is_missing = find(server.server[0]).is_none() || find(server.client[0]).is_none();
            for libc in server.libcs {
                let name = format!("{}::{}::{}", server.name, &world[2..], &libc["--libc=".len()..]);
                let test = move || test(server, world, libc);
                trials.push(Trial::test(name, test).with_ignored_flag(is_missing));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
