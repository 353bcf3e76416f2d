//! Running a command to its end, or until it surely hangs.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than any test takes: only against hangs.
const LIMIT: Duration = Duration::from_mins(1);

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// Its exit status; 128+n if signal n ended it.
    pub status: i32,
}

/// Keeps what whoever started the tests left open from the program: descriptors have numbers that programs print.
#[expect(unsafe_code, reason = "the child marks its descriptors before exec")]
fn inherit_streams_only(command: &mut Command) {
    let mark = || {
        // SAFETY: it changes flags of the child's own descriptors. Where it fails, the program inherits what there is.
        unsafe { libc::close_range(3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC as i32) };
        Ok(())
    };
    // SAFETY: `mark` makes one system call, which is safe after fork.
    unsafe { command.pre_exec(mark) };
}

/// Runs a command with this standard input.
pub fn run(command: &mut Command, stdin: &[u8]) -> Result<Outcome, String> {
    run_within(LIMIT, command, stdin)
}

/// Runs a command with this standard input; after `limit` it surely hangs.
pub fn run_within(limit: Duration, command: &mut Command, stdin: &[u8]) -> Result<Outcome, String> {
    let describe = format!("{command:?}");
    inherit_streams_only(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{describe}: {error}"))?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // A program may end without reading its input.
        scope.spawn(move || input.map(|mut input| input.write_all(stdin)));
        let output = scope.spawn(move || collect(output));
        let errors = scope.spawn(move || collect(errors));
        let start = Instant::now();
        let mut pause = Duration::from_micros(200);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Ok(status),
                Ok(None) if start.elapsed() > limit => {
                    let _ = child.kill();
                    let _ = child.wait();
                    break Err(format!("hangs: {describe}"));
                }
                Ok(None) => thread::sleep(pause),
                Err(error) => break Err(format!("{describe}: {error}")),
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        let stdout = output.join().unwrap_or_default();
        let stderr = errors.join().unwrap_or_default();
        let status = status
            .map_err(|error| format!("{error}\nstdout: {}\nstderr: {}", text(&stdout), text(&stderr)))?;
        let status = status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
        Ok(Outcome { stdout, stderr, status })
    })
}

fn collect(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_end(&mut bytes);
    }
    bytes
}

/// Shows the beginning of bytes as text.
pub fn text(bytes: &[u8]) -> String {
    const MOST: usize = 4000;
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST)]).into_owned();
    if bytes.len() > MOST { format!("{shown}… ({} bytes)", bytes.len()) } else { shown }
}
