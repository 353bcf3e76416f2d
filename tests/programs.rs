//! Real programs of this Linux, run natively and by osvrun on the same small tasks.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Failed, Trial};
use osvrun_tests::column::Column;
use osvrun_tests::run::run;
use osvrun_tests::{compare, paths, pending};

use larger::{Other, Refused};

#[path = "programs/larger.rs"]
mod larger;

/// A file's name and what makes its content.
type File = (&'static str, fn() -> Vec<u8>);

/// One task: a name, the program, its arguments, its standard input.
struct Task {
    name: &'static str,
    program: &'static str,
    args: &'static [&'static str],
    stdin: fn() -> Vec<u8>,
    /// Files in the working directory.
    files: &'static [File],
    /// Options of osvrun.
    options: &'static [&'static str],
    /// Whether what it says is another thing each time.
    has_other_output: bool,
    /// A file without which it can't be done.
    needs: &'static str,
}

const fn task(name: &'static str, program: &'static str, args: &'static [&'static str]) -> Task {
    Task {
        name,
        program,
        args,
        stdin: Vec::new,
        files: &[],
        options: &[],
        has_other_output: false,
        needs: "/",
    }
}

const fn with_stdin(mut task: Task, stdin: fn() -> Vec<u8>) -> Task {
    task.stdin = stdin;
    task
}

const fn with_files(mut task: Task, files: &'static [File]) -> Task {
    task.files = files;
    task
}

/// The same program with its own libc.
const fn own_libc(mut task: Task) -> Task {
    task.options = &["--libc=own"];
    task
}

/// A task that another file of this Linux is needed for.
const fn with_needed(mut task: Task, needs: &'static str) -> Task {
    task.needs = needs;
    task
}

/// A task of which the exit status is compared only.
const fn status_only(mut task: Task) -> Task {
    task.has_other_output = true;
    task
}

const TEXT: File = ("words.txt", words);
const ARCHIVE: File = ("files.zip", archive);

const TASKS: &[Task] = &[
    task("true", "true", &[]),
    task("false", "false", &[]),
    task("echo", "echo", &["-e", "a\\tb", "c"]),
    task("env", "env", &[]),
    task("seq", "seq", &["1", "3", "20"]),
    task("seq_float", "seq", &["-f", "%.3f", "0", "0.125", "1"]),
    task("printf", "printf", &["%5d|%-8s|%x|%.3e\\n", "42", "left", "255", "3.14159"]),
    with_files(task("wc", "wc", &["words.txt"]), &[TEXT]),
    with_files(task("cat_number", "cat", &["-n", "words.txt"]), &[TEXT]),
    with_files(task("head", "head", &["-n", "3", "words.txt"]), &[TEXT]),
    with_files(task("tail", "tail", &["-n", "5", "words.txt"]), &[TEXT]),
    with_files(task("sha256sum", "sha256sum", &["words.txt"]), &[TEXT]),
    with_files(task("md5sum", "md5sum", &["words.txt"]), &[TEXT]),
    with_files(task("cut", "cut", &["-d", " ", "-f", "2", "words.txt"]), &[TEXT]),
    with_files(task("ls", "ls", &["-1", "."]), &[TEXT, ("other", words)]),
    with_files(task("grep", "grep", &["-n", "[a-m]o.*5", "words.txt"]), &[TEXT]),
    with_files(task("sed", "sed", &["-n", "s/\\([a-z]*\\) \\([0-9]*\\)/\\2 \\1/p", "words.txt"]), &[TEXT]),
    with_stdin(task("tr", "tr", &["a-z", "A-Z"]), words),
    with_stdin(task("sort", "sort", &[]), words),
    with_stdin(task("sort_numeric", "sort", &["-k2,2n", "-r"]), words),
    with_stdin(task("uniq", "uniq", &["-c"]), || b"a\na\nb\nb\nb\nc\n".to_vec()),
    with_stdin(task("base64", "base64", &[]), noise),
    with_stdin(task("od", "od", &["-A", "x", "-t", "x1z"]), || noise()[..512].to_vec()),
    with_stdin(task("gzip", "gzip", &["-nc"]), words),
    with_stdin(task("bzip2", "bzip2", &["-c"]), words),
    with_stdin(task("xz", "xz", &["-c", "-T1"]), words),
    with_stdin(task("lz4", "lz4", &["-c"]), words),
    with_stdin(task("zstd", "zstd", &["-c", "-q", "--single-thread"]), words),
    with_stdin(task("gzip_bad_input", "gzip", &["-dc"]), noise),
    with_files(task("unzip", "unzip", &["-o", "files.zip"]), &[ARCHIVE]),
    with_files(task("unzip_list", "unzip", &["-v", "files.zip"]), &[ARCHIVE]),
    with_files(task("unzip_test", "unzip", &["-t", "files.zip"]), &[ARCHIVE]),
    with_files(task("unzip_print", "unzip", &["-p", "files.zip", "words.txt", "in/noise"]), &[ARCHIVE]),
    with_files(task("unzip_bad_input", "unzip", &["-t", "files.zip"]), &[("files.zip", damaged_archive)]),
    with_stdin(
        task("mawk", "mawk", &["{ n[$1] += $2; t += $2 } END { for (i in n) c++; print c, t, sqrt(t) }"]),
        words,
    ),
    with_stdin(task("bc", "bc", &["-l"]), || b"scale=40\n4*a(1)\n2^200\ne(1)\n".to_vec()),
    task(
        "lua",
        "lua5.4",
        &[
            "-e",
            "local t={} for i=1,2000 do t[i]=i*i%97 end table.sort(t) print(#t,t[1],t[2000],math.pi,string.format('%5.2f %q',1/3,'x\\n'),os.date('!%F',0))",
        ],
    ),
    task("luajit", "luajit", &["-e", "local s=0 for i=1,1e6 do s=s+i%7 end print(s, string.rep('ab',3))"]),
    with_stdin(task("sqlite3", "sqlite3", &[":memory:"]), || {
        b"create table t(a integer, b text);\nwith recursive n(i) as (select 1 union all select i+1 from n where i<500) \
          insert into t select i, printf('%05d', i*7919%1000) from n;\nselect count(*), sum(a), max(b) from t;\n\
          select b from t order by b desc limit 3;\n"
            .to_vec()
    }),
    with_stdin(task("jq", "jq", &["-c", "[.[] | {k: .name, n: (.n * 2)}] | sort_by(.n)"]), || {
        br#"[{"name":"b","n":2.5},{"name":"\u00e9","n":1e3},{"name":"c","n":-1}]"#.to_vec()
    }),
    task("curl_refused", "curl", &["-s", "-w", "%{exitcode} %{http_code}\\n", "http://127.0.0.1:1/"]),
    // With their own libc, or with one inside.
    own_libc(task("own_true", "true", &[])),
    own_libc(with_files(task("own_ls", "ls", &["-1", "."]), &[TEXT])),
    own_libc(with_files(task("own_sha256sum", "sha256sum", &["words.txt"]), &[TEXT])),
    own_libc(with_stdin(task("own_sort", "sort", &["-k2,2n"]), words)),
    own_libc(with_stdin(task("own_sort_in_threads", "sort", &["--parallel=4", "-S", "1M"]), words)),
    own_libc(with_stdin(task("own_gzip", "gzip", &["-nc"]), words)),
    own_libc(with_stdin(task("own_xz_in_threads", "xz", &["-c", "-T2"]), words)),
    own_libc(with_stdin(task("own_zstd_in_threads", "zstd", &["-c", "-q", "-T2"]), words)),
    own_libc(with_stdin(task("own_bc", "bc", &["-l"]), || b"scale=40\n4*a(1)\n".to_vec())),
    own_libc(task(
        "own_lua",
        "lua5.4",
        &["-e", "print(math.pi, #string.rep('ab', 1000), os.date('!%F', 0))"],
    )),
    own_libc(task("own_luajit", "luajit", &["-e", "local s=0 for i=1,1e6 do s=s+i%7 end print(s)"])),
    own_libc(task(
        "own_sqlite3",
        "sqlite3",
        &[":memory:", "select sum(value) from generate_series(1,1000);"],
    )),
    own_libc(with_stdin(task("own_jq", "jq", &["-c", ".[1] * 2"]), || b"[1, 2.5]".to_vec())),
    own_libc(with_stdin(task("own_openssl", "openssl", &["dgst", "-sha512"]), words)),
    own_libc(task("own_sh", "sh", &["-c", "exit 3"])),
    with_files(task("busybox_ls", "busybox", &["ls", "-1", "."]), &[TEXT]),
    with_files(task("busybox_wc", "busybox", &["wc", "words.txt"]), &[TEXT]),
    with_stdin(task("busybox_awk", "busybox", &["awk", "{ n += $2 } END { print n }"]), words),
    with_stdin(task("openssl_sha512", "openssl", &["dgst", "-sha512"]), words),
];

/// A program that packs its standard input to its standard output, and the other way round.
struct Packer {
    program: &'static str,
    packs: &'static [&'static [&'static str]],
    unpacks: &'static [&'static str],
}

const PACKERS: &[Packer] = &[
    Packer { program: "gzip", packs: &[&["-1"], &["-6"], &["-9"]], unpacks: &["-dc"] },
    Packer { program: "bzip2", packs: &[&["-1"], &["-9"]], unpacks: &["-dc"] },
    Packer { program: "xz", packs: &[&["-0"], &["-6", "-T2"]], unpacks: &["-dc"] },
    Packer { program: "lz4", packs: &[&["-1"], &["-9"]], unpacks: &["-dc"] },
    Packer { program: "zstd", packs: &[&["-q", "-1"], &["-q", "-19"], &["-q", "-T2"]], unpacks: &["-dcq"] },
];

/// An archive of a text, bytes that don't compress, an empty file and a folder, made once by zip(1).
fn archive() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || {
        let folder = paths::fresh_folder("program-archive");
        std::fs::create_dir(folder.join("in")).expect("the build folder can be written");
        for (name, content) in [("words.txt", words()), ("in/noise", noise()), ("in/empty", Vec::new())] {
            std::fs::write(folder.join(name), content).expect("the build folder can be written");
        }
        let zip = Command::new("zip")
            .args(["-q", "-r", "files.zip", "words.txt", "in"])
            .current_dir(&*folder)
            .status();
        assert!(zip.expect("zip runs").success());
        std::fs::read(folder.join("files.zip")).expect("zip wrote it")
    };
    MADE.get_or_init(make).clone()
}

fn damaged_archive() -> Vec<u8> {
    let mut bytes = archive();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    bytes
}

/// Lines of a word and a number, without randomness.
fn words() -> Vec<u8> {
    let names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"];
    let mut state = 1u32;
    let mut text = String::new();
    for _ in 0..2000 {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        let (name, number) = (names[(state >> 16) as usize % names.len()], (state >> 8) % 10000);
        let _ = writeln!(text, "{name} {number}");
    }
    text.into_bytes()
}

/// Bytes that don't compress.
fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(20_000)
    .collect()
}

fn find(program: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/sbin", "/usr/lib/gcc/x86_64-linux-gnu/12"]
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.is_file())
}

fn test(task: &Task, program: &Path, column: Column) -> Result<(), Failed> {
    let run_in = |column: Column| {
        let folder = paths::fresh_folder(&format!("program-{}", task.name));
        for (name, content) in task.files {
            std::fs::write(folder.join(name), content()).map_err(|error| error.to_string())?;
        }
        let args: Vec<String> = task.args.iter().map(|&arg| arg.to_owned()).collect();
        run(&mut column.command_with(task.options, program, &args, &[], &folder), &(task.stdin)())
    };
    let (expected, mut got) = (run_in(Column::Native)?, run_in(column)?);
    if task.has_other_output && got.status == expected.status {
        (got.stdout, got.stderr) = (expected.stdout.clone(), expected.stderr.clone());
    }
    Ok(compare::same(&expected, &got)?)
}

/// Runs a program with another libc on Linux and in a column.
fn other_libc(other: &Other, column: Column) -> Result<(), Failed> {
    let folder = paths::fresh_folder(&format!("program-{}", other.name));
    let program = other.compile(&folder)?;
    let args = ["one".to_owned(), "two".to_owned()];
    let run_in = |column: Column| run(&mut column.command(&program, &args, &[], &folder), &[]);
    Ok(compare::same(&run_in(Column::Native)?, &run_in(column)?)?)
}

/// Runs a program that needs another process.
fn refused(refused: &Refused, program: &Path, column: Column) -> Result<(), Failed> {
    let folder = paths::fresh_folder(&format!("refused-{}", refused.name));
    let args: Vec<String> = refused.args.iter().map(|&arg| arg.to_owned()).collect();
    let outcome = run(&mut column.command_with(refused.options, program, &args, &[], &folder), &[])?;
    let said =
        [outcome.stdout, outcome.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    if outcome.status == refused.status && said.contains(refused.says) {
        Ok(())
    } else {
        Err(format!("status {}: {said}", outcome.status).into())
    }
}

/// A file that is there: text, tables and code of the build.
fn real_file() -> Vec<u8> {
    let mut bytes = std::fs::read("/bin/bash").expect("every Debian has it");
    bytes.truncate(600_000);
    bytes
}

/// Packs a real file and unpacks it again, both in a column: what comes out is what went in.
fn round_trip(packer: &Packer, program: &Path, column: Column) -> Result<(), Failed> {
    let folder = paths::fresh_folder(&format!("round-trip-{}", packer.program));
    let original = real_file();
    let through = |args: &[&str], input: &[u8]| -> Result<Vec<u8>, Failed> {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        let outcome = run(&mut column.command(program, &args, &[], &folder), input)?;
        let said = String::from_utf8_lossy(&outcome.stderr);
        if outcome.status == 0 {
            Ok(outcome.stdout)
        } else {
            Err(format!("{}: {said}", outcome.status).into())
        }
    };
    for packs in packer.packs {
        let packed = through(&[packs, &["-c"][..]].concat(), &original)?;
        if packed.len() >= original.len() {
            return Err(format!("{packs:?}: not packed").into());
        }
        if through(packer.unpacks, &packed)? != original {
            return Err(format!("{packs:?}: another file came out").into());
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for column in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        for task in TASKS.iter().chain(larger::TASKS) {
            let program = find(task.program);
            let is_missing = program.is_none() || !Path::new(task.needs).exists();
            let program = program.unwrap_or_default();
            let name = format!("{}::{}", task.name, column.name());
            let is_ignored = is_missing || pending::is_pending(&name);
            trials
                .push(Trial::test(name, move || test(task, &program, column)).with_ignored_flag(is_ignored));
        }
        for other in larger::MUSL {
            let name = format!("{}::{}", other.name, column.name());
            let is_missing = find("musl-gcc").is_none();
            trials.push(Trial::test(name, move || other_libc(other, column)).with_ignored_flag(is_missing));
        }
        for row in larger::REFUSED {
            let program = find(row.program);
            let is_missing = program.is_none();
            let name = format!("refused_{}::{}", row.name, column.name());
            let test = move || refused(row, &program.unwrap_or_default(), column);
            trials.push(Trial::test(name, test).with_ignored_flag(is_missing));
        }
    }
    for column in Column::chosen() {
        for packer in PACKERS {
            let program = find(packer.program);
            let is_missing = program.is_none();
            let name = format!("round_trip_{}::{}", packer.program, column.name());
            let test = move || round_trip(packer, &program.unwrap_or_default(), column);
            trials.push(Trial::test(name, test).with_ignored_flag(is_missing));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
