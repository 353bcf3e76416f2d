//! `tested.txt`, what `osvrun symbols --tested` tells: the exports that some guest or program of
//! `differential/` calls: what its dynamic symbols name, in a kind that gets the kernel's libc; what it only looks up by name (`dlsym`) does not count.
//! `COVERAGE.md` sums that up with the levels of exports and system calls.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use goblin::elf::{Elf, reloc::R_X86_64_COPY};
use osvrun_tests::guest::{self, Guest};
use osvrun_tests::{differential, paths, run};

/// What an object wants of others: undefined symbols, and data that it has a copy of.
fn wanted(object: &Path) -> BTreeSet<String> {
    let bytes = std::fs::read(object).expect("it was built");
    let elf = Elf::parse(&bytes).expect("gcc makes sound files");
    let undefined = elf.dynsyms.iter().filter(goblin::elf::Sym::is_import);
    let copies = elf.dynrelas.iter().filter(|relocation| relocation.r_type == R_X86_64_COPY);
    let copied = copies.filter_map(|relocation| elf.dynsyms.get(relocation.r_sym));
    undefined
        .chain(copied)
        .filter_map(|symbol| elf.dynstrtab.get_at(symbol.st_name))
        .map(str::to_owned)
        .collect()
}

/// What a guest and its libraries want; nothing if it always has its own libc.
fn wanted_by(guest: &Guest) -> BTreeSet<String> {
    let Some(&kind) = guest.kinds.iter().find(|kind| !kind.has_own_libc()) else { return BTreeSet::new() };
    if guest.flags.iter().any(|flag| flag == "-static") {
        return BTreeSet::new();
    }
    let mut objects = vec![guest.build(kind).expect("it compiles")];
    if let Some(folder) = guest.build_libs().expect("they compile") {
        objects.extend(guest.libs.iter().map(|lib| folder.join(format!("lib{lib}.so"))));
    }
    objects.iter().flat_map(|object| wanted(object)).collect()
}

/// Returns a table of osvrun's (`symbols`, `syscalls`), without the columns' separators.
fn rows(table: &str) -> Vec<[String; 4]> {
    let outcome = run::run(Command::new(paths::osvrun()).arg(table), b"").expect("osvrun runs");
    let text = String::from_utf8_lossy(&outcome.stdout);
    let row = |line: &str| {
        let mut columns = line.splitn(4, '\t').map(str::to_owned);
        std::array::from_fn(|_| columns.next().unwrap_or_default())
    };
    text.lines().map(row).collect()
}

const LEVELS: [&str; 4] = ["full", "partial", "stub", "unsupported"];

/// A row of a table in Markdown.
fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Names with what is missing, those that are full left out.
fn lacking<'a>(rows: impl Iterator<Item = (String, &'a String, &'a String)>) -> String {
    let rows = rows.filter(|(_, level, _)| *level != "full");
    rows.map(|(what, level, note)| line(&[what, level.clone(), note.replace('|', "\\|")])).collect()
}

/// The page that says how much there is.
fn page(symbols: &[[String; 4]], calls: &[[String; 4]], called: &BTreeSet<String>) -> String {
    let mut libraries: BTreeMap<&str, Vec<&[String; 4]>> = BTreeMap::new();
    for row in symbols {
        libraries.entry(&row[1]).or_default().push(row);
        libraries.entry("together").or_default().push(row);
    }
    let count = |rows: &[&[String; 4]], level| rows.iter().filter(|row| row[2] == level).count().to_string();
    let per_library: String = libraries
        .iter()
        .map(|(library, rows)| {
            let tested = rows.iter().filter(|row| called.contains(&row[0])).count();
            let levels = LEVELS.map(|level| count(rows, level));
            line(
                &[&[(*library).to_owned(), rows.len().to_string()], &levels[..], &[tested.to_string()]]
                    .concat(),
            )
        })
        .collect();
    let all: Vec<&[String; 4]> = calls.iter().collect();
    let per_call = line(&[&[all.len().to_string()], &LEVELS.map(|level| count(&all, level))[..]].concat());
    let symbols = lacking(symbols.iter().map(|row| (format!("`{}`, {}", row[0], row[1]), &row[2], &row[3])));
    let calls = lacking(calls.iter().map(|row| (format!("{} `{}`", row[0], row[1]), &row[2], &row[3])));
    format!(
        "# Coverage\n\n\
         What osvrun declares and at which level: *full*; *partial*, with what is missing; *stub*, which answers as a system \
         without the thing does; *unsupported*, ruled out, so that a call of it is a missing symbol or fails as documented. \
         A name is tested when a program of the tests calls it whose output on Linux is the measure. This page is written \
         by `OSVRUN_UPDATE=1 cargo test --test tested`; the rows are `osvrun symbols --tested` and `osvrun syscalls`.\n\n\
         ## C symbols\n\n| library | declared | full | partial | stub | unsupported | tested |\n\
         |---|---|---|---|---|---|---|\n{per_library}\n\
         ## System calls\n\n| declared | full | partial | stub | unsupported |\n|---|---|---|---|---|\n{per_call}\n\
         ## C symbols that are not full\n\n| name | level | what is missing |\n|---|---|---|\n{symbols}\n\
         ## System calls that are not full\n\n| call | level | what is missing |\n|---|---|---|\n{calls}"
    )
}

#[test]
fn the_list_has_what_the_programs_call() {
    let mut wanted: BTreeSet<String> =
        guest::all().expect("the guests can be read").iter().flat_map(wanted_by).collect();
    for source in differential::sources().expect("the programs can be read") {
        wanted.extend(self::wanted(&differential::build(&source, &[]).expect("it compiles")));
    }
    let symbols = rows("symbols");
    let names: BTreeSet<String> = symbols.iter().map(|row| row[0].clone()).collect();
    let called: BTreeSet<String> = names.intersection(&wanted).cloned().collect();
    let page = page(&symbols, &rows("syscalls"), &called);
    let called: String = called.iter().flat_map(|name| [name, "\n"]).collect();
    let page_path = paths::workspace().join("COVERAGE.md");
    let path = paths::tests().join("tested.txt");
    if std::env::var_os("OSVRUN_UPDATE").is_some() {
        std::fs::write(&path, &called).expect("the list can be written");
        std::fs::write(&page_path, &page).expect("the page can be written");
    }
    let list = std::fs::read_to_string(&path).expect("the list can be read");
    let (listed, called): (BTreeSet<&str>, BTreeSet<&str>) =
        (list.lines().collect(), called.lines().collect());
    let difference: Vec<String> = called
        .difference(&listed)
        .map(|name| format!("+{name}"))
        .chain(listed.difference(&called).map(|name| format!("-{name}")))
        .collect();
    assert!(
        difference.is_empty() && list.lines().is_sorted(),
        "tests/tested.txt is not what the guests call; OSVRUN_UPDATE=1 cargo test --test tested writes it anew:\n{}",
        difference.join("\n")
    );
    assert!(
        std::fs::read_to_string(page_path).is_ok_and(|there| there == page),
        "COVERAGE.md is not what osvrun declares; OSVRUN_UPDATE=1 cargo test --test tested writes it anew"
    );
}
