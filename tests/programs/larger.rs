//! Larger programs on tasks that take a script: languages, tools with threads, programs with another libc.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use osvrun_tests::paths;

use super::{
    ARCHIVE, File, TEXT, Task, noise, own_libc, status_only, task, with_files, with_needed, with_stdin, words,
};

const PERL: File = ("demo.pl", || include_bytes!("demo.pl").to_vec());
const PYTHON: File = ("demo.py", || include_bytes!("demo.py").to_vec());
const PHP: File = ("demo.php", || include_bytes!("demo.php").to_vec());
const NODE: File = ("demo.js", || include_bytes!("demo.js").to_vec());
const C: File = ("demo.c", || include_bytes!("demo.c").to_vec());
const NUMPY: &str = "/usr/lib/python3/dist-packages/numpy/__init__.py";
const ARRAYS: File = ("arrays.py", || include_bytes!("arrays.py").to_vec());
const JAVAC: &str = "/usr/bin/javac";
const JAVA: File = ("Demo.class", java_class);
const KEY: File = ("key.pem", key);

const READS: File = ("reads.sam", reads);
const SCHEME: &str = "(begin (import (chicken condition) (chicken process-context)) (print (expt 3 100)) \
                      (print (call/cc (lambda (k) (map (lambda (x) (if (= x 3) (k (list 'out x)) x)) '(1 2 3 4))))) \
                      (print (handle-exceptions e 'caught (vector-ref (vector 1) 5))) \
                      (let loop ((i 0) (kept '())) (if (< i 200000) (loop (+ i 1) (cons i '())) (print i))) (exit 5))";
const PROLOG: &str = "atom_length(osvrun, N), X is 2 ** 0.5 + N, format(\"~4f~n\", [X]), findall(A+B, append(A, B, [1,2]), L), \
                      write(L), nl, catch(atom_length(_, _), error(E, _), (write(E), nl)), halt(3)";
const DATABASE: &str = "my $d = DBI->connect('dbi:SQLite:dbname=:memory:', '', '', { RaiseError => 1 }); \
                        $d->do('create table t(a, b)'); my $s = $d->prepare('insert into t values(?, ?)'); \
                        $s->execute($_, $_ ** 2) for 1 .. 200; \
                        print join(',', $d->selectrow_array('select sum(a), max(b), avg(b) from t where a > 9')), \"\\n\"; \
                        eval { $d->do('select nothing') }; print $@ =~ /no such column/ ? \"refused\\n\" : $@;";
const KEYS: &str = "from cryptography.hazmat.primitives.asymmetric import ec, ed25519\n\
    from cryptography.hazmat.primitives import hashes\n\
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt\n\
    from cryptography.fernet import Fernet\n\
    f = Fernet(Fernet.generate_key()); print(f.decrypt(f.encrypt(b'kept')))\n\
    k = ec.generate_private_key(ec.SECP256R1()); s = k.sign(b'x', ec.ECDSA(hashes.SHA256()))\n\
    k.public_key().verify(s, b'x', ec.ECDSA(hashes.SHA256()))\n\
    print(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(b'x').hex())\n\
    print(Scrypt(salt=b'12345678', length=16, n=1024, r=8, p=1).derive(b'word').hex())";

/// Reads of a short sequence, as sequencers write them.
fn reads() -> Vec<u8> {
    let sequence: String = noise().iter().map(|byte| char::from(b"ACGT"[usize::from(byte & 3)])).collect();
    let mut text = String::from("@SQ\tSN:a\tLN:20000\n");
    for number in 0..800 {
        let at = number * 7919 % 19_000;
        let (read, quality) = (&sequence[at..at + 50], "I".repeat(50));
        let _ = writeln!(text, "r{at}\t0\ta\t{}\t60\t50M\t*\t0\t0\t{read}\t{quality}", at + 1);
    }
    text.into_bytes()
}

/// A formula that takes some search.
fn clauses() -> Vec<u8> {
    let mut text = String::from("p cnf 100 400\n");
    for clause in noise().chunks_exact(4).take(400) {
        for literal in &clause[..3] {
            let sign = if literal & 128 == 0 { "" } else { "-" };
            let _ = write!(text, "{sign}{} ", literal % 100 + 1);
        }
        text.push_str("0\n");
    }
    text.into_bytes()
}

/// What a shell without other processes can do.
const SHELL: &str = "square() { echo \"$1 $(($2 * $2))\"; }; i=0; while [ $i -lt 5 ]; do square n$i $i; i=$((i + 1)); done; \
                     case $i in [0-4]) echo few;; 5) echo five;; esac; read word number rest; \
                     printf '%s-%05d %s %s\\n' $word $number ${word%a} ${#word}; trap 'echo end' EXIT; exit 4";

/// The tasks.
pub(crate) const TASKS: &[Task] = &[
    // Perl's handlers want the thread that they interrupt, which is what Linux gives them.
    with_files(task("perl", "perl", &["demo.pl"]), &[PERL]),
    own_libc(with_files(task("own_perl", "perl", &["demo.pl", "signals"]), &[PERL])),
    with_files(task("python", "python3", &["demo.py"]), &[PYTHON]),
    own_libc(with_files(task("own_python", "python3", &["demo.py"]), &[PYTHON])),
    with_needed(with_files(task("numpy", "python3", &["arrays.py"]), &[ARRAYS]), NUMPY),
    own_libc(with_needed(with_files(task("own_numpy", "python3", &["arrays.py"]), &[ARRAYS]), NUMPY)),
    with_needed(with_files(task("java", "java", &["-cp", ".", "Demo"]), &[JAVA]), JAVAC),
    own_libc(with_needed(with_files(task("own_java", "java", &["-cp", ".", "Demo"]), &[JAVA]), JAVAC)),
    with_files(task("cc1", "cc1", &["-quiet", "-O2", "demo.c", "-o", "-"]), &[C]),
    own_libc(with_files(task("own_cc1", "cc1", &["-quiet", "-O2", "demo.c", "-o", "-"]), &[C])),
    with_files(task("php", "php", &["demo.php"]), &[PHP]),
    own_libc(with_files(task("own_php", "php", &["demo.php"]), &[PHP])),
    with_files(task("node", "node", &["demo.js"]), &[NODE]),
    own_libc(with_files(task("own_node", "node", &["demo.js"]), &[NODE])),
    with_files(task("tcc", "tcc", &["-run", "demo.c", "b", "a"]), &[C]),
    own_libc(with_files(task("own_tcc", "tcc", &["-run", "demo.c", "b", "a"]), &[C])),
    task(
        "luajit_ffi",
        "luajit",
        &[
            "-e",
            "local ffi=require'ffi' ffi.cdef'int snprintf(char*,size_t,const char*,...);' local b=ffi.new('char[64]') \
             print(ffi.C.snprintf(b,64,'%d %.2f %s',ffi.cast('int',42),1.5,'x'), ffi.string(b), jit.status())",
        ],
    ),
    // Languages with runtimes of their own.
    task("chicken", "csi", &["-q", "-e", SCHEME]),
    own_libc(task("own_chicken", "csi", &["-q", "-e", SCHEME])),
    task("prolog", "gprolog", &["--init-goal", PROLOG]),
    own_libc(task("own_prolog", "gprolog", &["--init-goal", PROLOG])),
    // Threads that share work.
    with_stdin(task("pigz", "pigz", &["-n", "-p", "4", "-c"]), words),
    own_libc(with_stdin(task("own_pigz", "pigz", &["-n", "-p", "4", "-c"]), words)),
    with_stdin(task("plzip", "plzip", &["-n", "4", "-B", "64KiB", "-c"]), noise),
    with_files(
        task(
            "samtools",
            "samtools",
            &["sort", "-@", "2", "-m", "4M", "-n", "--no-PG", "-O", "sam", "reads.sam"],
        ),
        &[READS],
    ),
    own_libc(with_files(
        task(
            "own_samtools",
            "samtools",
            &["sort", "-@", "2", "-m", "4M", "-n", "--no-PG", "-O", "sam", "reads.sam"],
        ),
        &[READS],
    )),
    // Many libraries, modules that are opened, C++.
    with_needed(
        task("perl_database", "perl", &["-MDBI", "-e", DATABASE]),
        "/usr/lib/x86_64-linux-gnu/perl5/5.36/DBI.pm",
    ),
    with_needed(
        task("python_keys", "python3", &["-c", KEYS]),
        "/usr/lib/python3/dist-packages/cryptography/fernet.py",
    ),
    task("qpdf", "qpdf", &["--empty", "--static-id", "--linearize", "--object-streams=generate", "-"]),
    with_files(task("bsdtar", "bsdtar", &["-xOf", "files.zip", "words.txt"]), &[ARCHIVE]),
    with_stdin(task("xmllint", "xmllint", &["--xpath", "sum(//n/@v) * count(//n[. = 'x'])", "-"]), || {
        b"<a><n v='4'>x</n><n v='2.5'>y</n><n v='7'>x</n></a>".to_vec()
    }),
    with_stdin(
        task("datamash", "datamash", &["-W", "countunique", "1", "mean", "2", "sstdev", "2", "q1", "2"]),
        words,
    ),
    with_stdin(task("cadical", "cadical", &["-q"]), clauses),
    // Go's, as an executable and as a position-independent one.
    with_stdin(task("gron", "gron", &["--monochrome"]), || {
        b"{\"a\":[1,2,{\"b\":\"c\"}],\"d\":null}".to_vec()
    }),
    with_stdin(task("fzf", "fzf", &["--filter", "lt3"]), words),
    task("age", "age", &["--version"]),
    with_files(task("ripgrep", "rg", &["--sort", "path", "-n", "delta 1\\d{2}$"]), &[TEXT, ("other", words)]),
    with_files(task("ripgrep_threads", "rg", &["-j4", "-c", "alpha", "words.txt"]), &[TEXT]),
    own_libc(with_files(
        task("own_ripgrep", "rg", &["-j4", "-or", "$1", "echo (\\d+)5$", "words.txt"]),
        &[TEXT],
    )),
    with_files(task("fd", "fdfind", &["-j2", "--extension", "txt"]), &[TEXT, ("other", words)]),
    with_stdin(task("sort_in_threads", "sort", &["--parallel=4", "-S", "1M"]), words),
    with_stdin(task("zstd_in_threads", "zstd", &["-c", "-q", "-T0"]), words),
    with_stdin(
        task(
            "jq_groups",
            "jq",
            &[
                "-R",
                "-s",
                "-c",
                "split(\"\\n\") | map(select(length > 0) | split(\" \")) | group_by(.[0])
              | map({name: .[0][0], count: length, sum: (map(.[1] | tonumber) | add)})",
            ],
        ),
        words,
    ),
    with_stdin(
        task(
            "openssl_enc",
            "openssl",
            &["enc", "-aes-256-cbc", "-a", "-pbkdf2", "-pass", "pass:x", "-S", "0102030405060708"],
        ),
        words,
    ),
    with_files(
        with_stdin(task("openssl_sign", "openssl", &["dgst", "-sha256", "-hex", "-sign", "key.pem"]), words),
        &[KEY],
    ),
    status_only(task("openssl_key", "openssl", &["genrsa", "1024"])),
    status_only(task("openssl_speed", "openssl", &["speed", "-seconds", "1", "-bytes", "64", "sha256"])),
    task("curl_file", "curl", &["-s", "-r", "5-40", "file:///etc/passwd"]),
    task("nginx_version", "nginx", &["-V"]),
    task("redis_version", "redis-server", &["--version"]),
    task("hyperfine_version", "hyperfine", &["--version"]),
    // One static program that is many.
    with_stdin(task("busybox_sort", "busybox", &["sort", "-k2,2n", "-r"]), words),
    with_files(task("busybox_find", "busybox", &["find", ".", "-name", "*.txt", "-size", "+4k"]), &[TEXT]),
    task("busybox_tar", "busybox", &["tar", "-cf", "-", "--numeric-owner", "-h", "/etc/passwd"]),
    with_stdin(task("busybox_gzip", "busybox", &["gzip", "-c"]), words),
    with_stdin(task("busybox_gunzip_bad_input", "busybox", &["gunzip", "-c"]), noise),
    with_files(task("busybox_md5sum", "busybox", &["md5sum", "words.txt", "none"]), &[TEXT]),
    with_stdin(
        task("busybox_sed", "busybox", &["sed", "-n", "s/\\([a-z]*\\) \\([0-9]*\\)/\\2 \\1/p;9q"]),
        words,
    ),
    task("busybox_dc", "busybox", &["dc", "-e", "2 200 ^ p 16 o p"]),
    with_stdin(task("busybox_sh", "busybox", &["sh", "-c", SHELL]), words),
    with_stdin(task("busybox_xxd", "busybox", &["xxd", "-l", "96"]), noise),
];

/// A program of this C source with another libc, by the compiler's wrapper, and how.
pub(crate) struct Other {
    /// The task's name.
    pub(crate) name: &'static str,
    flags: &'static [&'static str],
}

/// Threads, files and memory as musl does them.
pub(crate) const MUSL: &[Other] =
    &[Other { name: "musl", flags: &[] }, Other { name: "musl_static", flags: &["-static"] }];

impl Other {
    /// Compiles it into a folder.
    pub(crate) fn compile(&self, folder: &Path) -> Result<PathBuf, String> {
        let program = folder.join(self.name);
        let source = paths::tests().join("programs/threads.c");
        let mut compiler = Command::new("musl-gcc");
        let made = compiler.arg("-O1").args(self.flags).arg(source).arg("-o").arg(&program).output();
        let made = made.map_err(|error| format!("musl-gcc: {error}"))?;
        let said = String::from_utf8_lossy(&made.stderr);
        if made.status.success() { Ok(program) } else { Err(format!("musl-gcc: {said}")) }
    }
}

/// A class of Java's, compiled once.
fn java_class() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || {
        let folder = paths::fresh_folder("java");
        let source = paths::tests().join("programs/Demo.java");
        let made = Command::new(JAVAC).args(["--release", "11", "-d"]).arg(&*folder).arg(source).status();
        assert!(made.expect("javac runs").success());
        std::fs::read(folder.join("Demo.class")).expect("javac wrote it")
    };
    MADE.get_or_init(make).clone()
}

/// A key for signing, made once.
fn key() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || {
        let made = Command::new("openssl").args(["genrsa", "1024"]).output().expect("openssl runs");
        assert!(made.status.success());
        made.stdout
    };
    MADE.get_or_init(make).clone()
}

/// A program that needs another process, which there is not, and how it says so.
pub(crate) struct Refused {
    /// The task's name.
    pub(crate) name: &'static str,
    /// The program and its arguments.
    pub(crate) program: &'static str,
    /// Its arguments.
    pub(crate) args: &'static [&'static str],
    /// Options of osvrun.
    pub(crate) options: &'static [&'static str],
    /// The exit status.
    pub(crate) status: i32,
    /// What is said on standard output or standard error.
    pub(crate) says: &'static str,
}

const CHILD: &str = "import subprocess\ntry: subprocess.run(['true'])\nexcept OSError as error: print(error)";

/// What asks for processes.
pub(crate) const REFUSED: &[Refused] = &[
    Refused {
        name: "hyperfine",
        program: "hyperfine",
        args: &["-N", "-r", "2", "true"],
        options: &[],
        status: 1,
        says: "Failed to run command 'true': Function not implemented (os error 38)",
    },
    Refused {
        name: "own_hyperfine",
        program: "hyperfine",
        args: &["-N", "-r", "2", "true"],
        options: &["--libc=own"],
        status: 1,
        says: "Failed to run command 'true': Function not implemented (os error 38)",
    },
    Refused {
        name: "python_child",
        program: "python3",
        args: &["-c", CHILD],
        options: &[],
        status: 134,
        says: "osvrun: missing symbol: vfork",
    },
    Refused {
        name: "own_python_child",
        program: "python3",
        args: &["-c", CHILD],
        options: &["--libc=own"],
        status: 0,
        says: "[Errno 38] Function not implemented",
    },
];
