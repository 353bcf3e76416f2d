//! Counting the system calls that a program makes of this Linux, with ptrace(2).
#![expect(unsafe_code, reason = "tracing a program takes raw calls")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::thread;

use crate::run::Outcome;

/// What a program did.
#[derive(Debug)]
pub struct Traced {
    /// What it said.
    pub outcome: Outcome,
    /// How often it made each call, by number.
    pub counts: BTreeMap<u64, u64>,
    /// The mappings (`/proc/PID/maps`) whose code made them, and a call of each.
    pub callers: BTreeMap<String, u64>,
}

impl Traced {
    /// How many calls it made in all.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}

/// The beginning of `struct ptrace_syscall_info`, as it is where a call is entered.
#[repr(C)]
#[derive(Default)]
struct SyscallInfo {
    kind: u8,
    padding: [u8; 3],
    architecture: u32,
    instruction_pointer: u64,
    stack_pointer: u64,
    number: u64,
    arguments: [u64; 6],
}

/// A process, or one of its threads.
type Pid = libc::pid_t;

/// Whoever is waited for must be a child of the calling thread: other tests have children, too.
const WAIT_FLAGS: i32 = libc::__WALL | libc::__WNOTHREAD;

/// A signal of this number says that a system call is entered or left (`PTRACE_O_TRACESYSGOOD`).
const AT_SYSCALL: i32 = libc::SIGTRAP | 0x80;

fn go_on(pid: Pid, signal: i32) {
    // SAFETY: it goes on a thread that stands still. One that was killed meanwhile is gone, which is as good.
    unsafe { libc::ptrace(libc::PTRACE_SYSCALL, pid, 0usize, signal as usize) };
}

fn follow(pid: Pid) {
    let options = libc::PTRACE_O_TRACESYSGOOD
        | libc::PTRACE_O_TRACECLONE
        | libc::PTRACE_O_TRACEFORK
        | libc::PTRACE_O_TRACEVFORK
        | libc::PTRACE_O_TRACEEXEC
        | libc::PTRACE_O_EXITKILL;
    // SAFETY: it changes how a thread is traced that stands still.
    unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0usize, options as usize) };
}

/// Returns what a thread that stands still enters; `None` where it leaves a call.
fn entered(pid: Pid) -> Option<SyscallInfo> {
    let mut info = SyscallInfo::default();
    // SAFETY: the kernel writes at most as many bytes as it is told there are.
    unsafe {
        libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, pid, size_of::<SyscallInfo>(), &raw mut info);
    }
    (info.kind == libc::PTRACE_SYSCALL_INFO_ENTRY).then_some(info)
}

/// Returns the next thread that stands still or has ended, and its status; `None` when there is none left.
fn next() -> Option<(Pid, i32)> {
    let mut status = 0;
    // SAFETY: it writes the status.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, WAIT_FLAGS) };
    (pid > 0).then_some((pid, status))
}

/// Returns the name of the mapping at an address.
fn mapping_at(pid: Pid, address: u64) -> String {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    let is_there = |line: &&str| {
        let bounds = line.split(' ').next().and_then(|bounds| bounds.split_once('-'));
        let number = |text| u64::from_str_radix(text, 16).unwrap_or(0);
        bounds.is_some_and(|(start, end)| (number(start)..number(end)).contains(&address))
    };
    let name = maps.lines().find(is_there).and_then(|line| line.split_whitespace().nth(5));
    name.unwrap_or("(no name)").to_owned()
}

/// Runs a command without input to its end.
pub fn trace(command: &mut Command) -> Result<Traced, String> {
    let ask = || {
        // SAFETY: the child asks to be traced by the thread that made it.
        unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0usize, 0usize) };
        Ok(())
    };
    // SAFETY: `ask` makes one system call, which is safe after fork.
    unsafe { command.pre_exec(ask) };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    let first = child.id() as Pid;
    let (mut output, mut errors) = (child.stdout.take(), child.stderr.take());
    let said = thread::spawn(move || collect(output.as_mut()));
    let complained = thread::spawn(move || collect(errors.as_mut()));
    let (mut counts, mut callers) = (BTreeMap::new(), BTreeMap::new());
    let mut known = BTreeSet::from([first]);
    let mut pages = BTreeSet::new();
    let mut status = -1;
    let mut is_running = false;
    while let Some((pid, stopped)) = next() {
        if !libc::WIFSTOPPED(stopped) {
            if pid == first {
                let is_killed = libc::WIFSIGNALED(stopped);
                status = if is_killed { 128 + libc::WTERMSIG(stopped) } else { libc::WEXITSTATUS(stopped) };
            }
            continue;
        }
        let signal = libc::WSTOPSIG(stopped);
        let is_new = known.insert(pid);
        if !is_running {
            // The first stop is that of execve(2), which has just been made.
            is_running = true;
            follow(pid);
            go_on(pid, 0);
        } else if signal == AT_SYSCALL {
            if let Some(call) = entered(pid) {
                *counts.entry(call.number).or_default() += 1;
                if pages.insert(call.instruction_pointer >> 12) {
                    callers.entry(mapping_at(pid, call.instruction_pointer)).or_insert(call.number);
                }
            }
            go_on(pid, 0);
        } else if stopped >> 16 != 0 || is_new && signal == libc::SIGSTOP {
            go_on(pid, 0);
        } else {
            go_on(pid, signal);
        }
    }
    let stdout = said.join().unwrap_or_default();
    let stderr = complained.join().unwrap_or_default();
    Ok(Traced { outcome: Outcome { stdout, stderr, status }, counts, callers })
}

fn collect(stream: Option<&mut impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        let _ = stream.read_to_end(&mut bytes);
    }
    bytes
}
