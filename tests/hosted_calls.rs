//! No export is the host libc's function, nor made of any: whatever abi-core's code calls in the hosted osvrun, to the
//! last call, stays inside osvrun. Only a panic of ours leaves it, to report itself and end the process.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use osvrun_tests::paths;

/// What a tool prints about osvrun.
fn said(tool: &str, flags: &[&str]) -> String {
    let output =
        Command::new(tool).args(flags).arg(paths::osvrun()).output().expect("binutils come with gcc");
    assert!(output.status.success(), "{tool} fails");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The addresses that hold imported functions' addresses, with their names.
fn imports() -> BTreeMap<u64, String> {
    let relocations = said("readelf", &["-rW"]);
    let import = |line: &str| {
        let mut words = line.split_whitespace();
        let address = u64::from_str_radix(words.next()?, 16).ok()?;
        let kind = words.nth(1)?;
        let name = words.nth(1)?;
        (kind == "R_X86_64_GLOB_DAT" || kind == "R_X86_64_JUMP_SLOT").then(|| (address, name.to_owned()))
    };
    relocations.lines().filter_map(import).collect()
}

/// A function's calls and jumps to elsewhere.
#[derive(Default)]
struct Calls {
    functions: BTreeSet<String>,
    slots: BTreeSet<u64>,
}

/// The name between angle brackets.
fn bracketed(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('<')?;
    rest.split(['>', '+']).next()
}

/// Every function of osvrun, with what it calls.
fn functions() -> BTreeMap<String, Calls> {
    let mut all: BTreeMap<String, Calls> = BTreeMap::new();
    let mut current = String::new();
    for line in said("objdump", &["-d", "--no-show-raw-insn", "-w"]).lines() {
        if let Some(name) = line.strip_suffix(">:").and_then(|line| line.split_once('<')) {
            name.1.clone_into(&mut current);
            all.entry(current.clone()).or_default();
            continue;
        }
        let Some((_, instruction)) = line.split_once(":\t") else { continue };
        let Some(calls) = all.get_mut(&current) else { continue };
        let (code, note) = instruction.split_once('#').unwrap_or((instruction, ""));
        if let Some(slot) = note.split_whitespace().next().and_then(|word| u64::from_str_radix(word, 16).ok())
        {
            // Not only calls: a function's address that is loaded is called later.
            calls.slots.insert(slot);
        } else if code.starts_with("call") || code.starts_with('j') {
            calls.functions.extend(bracketed(code).filter(|name| *name != current).map(str::to_owned));
        }
    }
    all
}

/// Where a panic of ours leaves for the standard library.
fn is_panic(name: &str) -> bool {
    ["panicking", "rust_begin_unwind", "rust_panic", "handle_alloc_error"]
        .iter()
        .any(|part| name.contains(part))
}

/// The compiler's own helpers, and its memory functions, which are jumps to ours (`cli/src/memory_functions.rs`).
const OURS: [&str; 11] = [
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "bcmp",
    "strlen",
    "__udivti3",
    "__umodti3",
    "__divti3",
    "__modti3",
    "__multi3",
];

/// A function that is no Rust function, no label of our assembly and none of ours: of the host's libc.
fn is_hosts(name: &str) -> bool {
    !["_ZN", "_R", "osvrun_"].iter().any(|start| name.starts_with(start)) && !OURS.contains(&name)
}

#[test]
fn nothing_of_abi_core_calls_the_hosts_libc() {
    let (imports, functions) = (imports(), functions());
    // The host's libc is imported, or linked in.
    assert!(imports.values().any(|name| name.starts_with("mmap")) || functions.contains_key("abort"));
    let mut reached: BTreeMap<&str, &str> =
        functions.keys().filter(|name| name.contains("8abi_core")).map(|name| (name.as_str(), "")).collect();
    assert!(reached.len() > 3000, "{} functions of abi-core", reached.len());
    let mut waiting: Vec<&str> = reached.keys().copied().collect();
    let mut wrong = Vec::new();
    while let Some(name) = waiting.pop() {
        let Some(calls) = functions.get(name) else { continue };
        if is_panic(name) {
            continue;
        }
        for import in calls.slots.iter().filter_map(|slot| imports.get(slot)) {
            let way: Vec<&str> = std::iter::successors(Some(name), |name| reached.get(name).copied())
                .take_while(|name| !name.is_empty())
                .collect();
            wrong.push(format!("{import} is called by {}", way.join("\n  called by ")));
        }
        if is_hosts(name) {
            wrong.push(format!("{name} is called by {}", reached.get(name).unwrap_or(&"")));
        }
        for callee in &calls.functions {
            if !reached.contains_key(callee.as_str()) {
                reached.insert(callee, name);
                waiting.push(callee);
            }
        }
    }
    assert!(wrong.is_empty(), "{} calls:\n{}", wrong.len(), wrong.join("\n"));
}
