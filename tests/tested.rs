//! `tested.txt`, what `osvrun symbols --tested` tells: the exports that some guest or program of
//! `differential/` calls: what its dynamic symbols name, in a kind that gets the kernel's libc; what it only looks up by name (`dlsym`) does not count.

use std::collections::BTreeSet;
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

/// Every export.
fn exports() -> BTreeSet<String> {
    let outcome = run::run(Command::new(paths::osvrun()).arg("symbols"), b"").expect("osvrun runs");
    let rows = String::from_utf8_lossy(&outcome.stdout).into_owned();
    rows.lines().filter_map(|row| row.split_once('\t')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_list_has_what_the_programs_call() {
    let mut wanted: BTreeSet<String> =
        guest::all().expect("the guests can be read").iter().flat_map(wanted_by).collect();
    for source in differential::sources().expect("the programs can be read") {
        wanted.extend(self::wanted(&differential::build(&source, &[]).expect("it compiles")));
    }
    let called: Vec<String> = exports().intersection(&wanted).cloned().collect();
    let called = called.join("\n") + "\n";
    let path = paths::tests().join("tested.txt");
    if std::env::var_os("OSVRUN_UPDATE").is_some() {
        std::fs::write(&path, &called).expect("the list can be written");
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
}
