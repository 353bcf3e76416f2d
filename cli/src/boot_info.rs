//! From the command line to what the machine is started with; the same for both worlds.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use abi_core::boot::{BootInfo, LibcChoice, Mount, Root, Writes};
use host_backend::inherited;
use nix::sys::stat::Mode;

use crate::check;
use crate::options::{RunOptions, Signals};

/// Why the machine cannot be started: an exit status and a line to print.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The exit status.
    pub(crate) status: u8,
    /// What is wrong.
    pub(crate) message: String,
}

/// What parts programs that run in one machine.
const AND: &str = "--and";

/// A mistake on the command line.
pub(crate) fn usage(message: String) -> Refusal {
    Refusal { status: crate::FAILED, message }
}

/// Collects what the machine is started with.
pub(crate) fn collect(options: &RunOptions) -> Result<BootInfo, Refusal> {
    if options.program.is_empty() {
        return Err(usage("no program given; see osvrun --help".into()));
    }
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let root = root(&options.root, &here)?;
    let cwd = options.cwd.as_ref().map_or_else(|| here.clone(), |cwd| here.join(cwd));
    let mut programs = Vec::new();
    for line in options.program.split(|word| word == AND) {
        let name = line.first().ok_or_else(|| usage(format!("{AND}: give a program on each side")))?;
        if !programs.is_empty() && name.as_bytes().starts_with(b"--") {
            let name = name.to_string_lossy();
            return Err(usage(format!("{AND} {name}: options of osvrun stand before the first program")));
        }
        let path = program_path(name, &root, &here)?.into_os_string().into_vec();
        programs.push((path, line.iter().map(|arg| arg.as_bytes().to_vec()).collect()));
    }
    let (program, args) = programs.pop().unwrap_or_default();
    if options.wait_for.is_some() && programs.is_empty() {
        return Err(usage(format!("--wait-for: only a program after {AND} can wait for another")));
    }
    Ok(BootInfo {
        program,
        args,
        earlier: programs,
        wait_for: options.wait_for,
        env: environment(&options.env)?,
        cwd: cwd.into_os_string().into_vec(),
        needs_cwd: options.cwd.is_some(),
        root,
        mounts: options.mount.iter().map(|mount| parse_mount(mount, &here)).collect::<Result<_, _>>()?,
        archive: None,
        missing: options.missing,
        libc: options.libc,
        has_signals_on_threads: options.signals == Signals::Linux,
        trace: options.trace.unwrap_or_default(),
        is_quiet: options.quiet,
        random: None,
        verbosity: options.verbose,
        ignored_signals: inherited::ignored(),
        blocked_signals: inherited::blocked(),
        umask: umask(),
        panic_in: options.panic_in.as_ref().map(|call| call.clone().into_bytes()),
    })
}

/// Returns this process's umask(2), which can only be had by setting it.
fn umask() -> u32 {
    let mask = nix::sys::stat::umask(Mode::empty());
    nix::sys::stat::umask(mask);
    mask.bits()
}

/// Finds a program; returns the folder that is the guest's root, and the program's path below it.
pub(crate) fn find_program(name: &OsStr, root_option: &OsStr) -> Result<(PathBuf, PathBuf), Refusal> {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let root = root(root_option, &here)?;
    let path = program_path(name, &root, &here)?;
    let base = if let Root::Folder(base) = root { OsString::from_vec(base) } else { "/".into() };
    Ok((base.into(), path))
}

fn root(given: &OsStr, here: &Path) -> Result<Root, Refusal> {
    match given.as_bytes() {
        b"host" => Ok(Root::Folder(b"/".to_vec())),
        b"none" => Ok(Root::None),
        _ => {
            let folder = here.join(given);
            let folder = folder
                .canonicalize()
                .map_err(|error| usage(format!("--root {}: {error}", folder.display())))?;
            Ok(Root::Folder(folder.into_os_string().into_vec()))
        }
    }
}

/// Finds the program: a name without a slash in PATH, as the shell does, then in the working directory. Returns the
/// guest's path.
fn program_path(name: &OsStr, root: &Root, here: &Path) -> Result<PathBuf, Refusal> {
    // Without a root the program is the host's, and in the machine by its path there.
    let base = if let Root::Folder(base) = root { base.as_slice() } else { b"/" };
    let base = Path::new(OsStr::from_bytes(base));
    if name.as_bytes().contains(&b'/') {
        // What is wrong with the file, the loader says.
        return Ok(without_dots(&here.join(name)));
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin"));
    std::env::split_paths(&path)
        .map(|folder| here.join(folder).join(name))
        .chain([here.join(name)])
        .find(|file| is_executable(&base.join(file.strip_prefix("/").unwrap_or(file))))
        .map(|file| without_dots(&file))
        .ok_or_else(|| {
            let message = format!("{}: found neither in PATH nor in the working directory", name.display());
            Refusal { status: 127, message }
        })
}

/// Removes `.` and double slashes; `..` stays, since the folder before it may be a link.
fn without_dots(path: &Path) -> PathBuf {
    path.components().collect()
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Returns the names in an argument that may be files: the argument, and what follows its `=`.
fn named_files(word: &OsStr) -> impl Iterator<Item = &OsStr> {
    let bytes = word.as_bytes();
    let after = bytes.iter().position(|&byte| byte == b'=').and_then(|at| bytes.get(at + 1..));
    [Some(bytes), after].into_iter().flatten().filter(|name| !name.is_empty()).map(OsStr::from_bytes)
}

/// Shows the working directory, the program, its libraries and the files its arguments name where the guest's own `/tmp`
/// would hide them.
pub(crate) fn show_hidden(info: &mut BootInfo, words: &[OsString]) {
    let tmp = Path::new("/tmp");
    if !matches!(&info.root, Root::Folder(base) if base == b"/") {
        return;
    }
    let cwd = Path::new(OsStr::from_bytes(&info.cwd));
    let mut shown = vec![cwd.to_owned()];
    shown.extend(words.iter().skip(1).flat_map(|word| named_files(word)).map(|name| cwd.join(name)));
    // Elsewhere libraries are found as they are; only a program below /tmp is looked into.
    let programs = info.earlier.iter().map(|(program, _)| program).chain([&info.program]);
    for program in programs.map(|program| Path::new(OsStr::from_bytes(program))) {
        if program.starts_with(tmp) {
            shown.push(program.to_owned());
            shown.extend(check::libraries(Path::new("/"), program, LibcChoice::Auto).unwrap_or_default());
        }
    }
    // Named through links, a file is not looked for: what it leads to may be anything.
    let plain = shown.iter().map(|file| without_parents(file));
    let mut shown: Vec<PathBuf> = plain
        .filter(|file| file.starts_with(tmp) && file != tmp)
        .filter_map(|file| file.canonicalize().ok().filter(|real| *real == file))
        .collect();
    shown.sort();
    shown.dedup_by(|file, above| file.starts_with(above));
    let bytes = |file: PathBuf| file.into_os_string().into_vec();
    let mounts = shown.into_iter().map(|file| Mount {
        host: bytes(file.clone()),
        guest: bytes(file),
        writes: Writes::Kept,
    });
    // Mounts that were asked for come later and cover these.
    info.mounts.splice(..0, mounts);
}

/// Shows programs and their libraries where the guest's root has nothing of the host's.
pub(crate) fn show_programs(info: &mut BootInfo) {
    if info.root != Root::None {
        return;
    }
    let programs = info.earlier.iter().map(|(program, _)| program).chain([&info.program]);
    let mut files: Vec<PathBuf> = Vec::new();
    for program in programs.map(|program| PathBuf::from(OsStr::from_bytes(program))) {
        files.extend(check::looked_for(Path::new("/"), &program, info.libc).unwrap_or_default());
        files.push(program);
    }
    files.sort();
    files.dedup();
    let is_there = |file: PathBuf| {
        let real = file.canonicalize().ok().filter(|real| real.is_file())?;
        let (host, guest) = (real.into_os_string().into_vec(), file.into_os_string().into_vec());
        Some(Mount { host, guest, writes: Writes::Kept })
    };
    let mounts: Vec<Mount> = files.into_iter().filter_map(is_there).collect();
    info.mounts.splice(..0, mounts);
}

/// Says in a few lines what `--hosted` is about to run.
pub(crate) fn summary(info: &BootInfo) -> String {
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut lines = Vec::new();
    for (program, args) in info.earlier.iter().map(|(p, a)| (p, a)).chain([(&info.program, &info.args)]) {
        let args: Vec<String> = args.iter().skip(1).map(|arg| format!(" {}", shown(arg))).collect();
        lines.push(format!("program\t{}{}", shown(program), args.concat()));
    }
    lines.push(format!("cwd\t{}", shown(&info.cwd)));
    lines.push(match &info.root {
        Root::Folder(folder) => format!("root\t{} (read-only, writes stay in memory)", shown(folder)),
        Root::None | Root::Archive => "root\tnone".to_owned(),
    });
    for mount in &info.mounts {
        let writes = match mount.writes {
            Writes::Through => "writes go through",
            Writes::Refused => "read-only",
            Writes::Kept => "writes stay in memory",
        };
        lines.push(format!("mount\t{} at {} ({writes})", shown(&mount.host), shown(&mount.guest)));
    }
    let libc = match info.libc {
        LibcChoice::Auto => "osvrun's, its own where that lacks something",
        LibcChoice::Native => "osvrun's",
        LibcChoice::Own => "its own",
    };
    lines.push(format!("libc\t{libc}\n"));
    lines.join("\n")
}

/// Takes each `..` back to the folder above, as if no folder were a link.
fn without_parents(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// The host's environment with the additions.
fn environment(additions: &[OsString]) -> Result<Vec<Vec<u8>>, Refusal> {
    let pair = |name: &OsStr, value: &OsStr| [name.as_bytes(), b"=", value.as_bytes()].concat();
    let mut all: Vec<(OsString, Vec<u8>)> = std::env::vars_os()
        .map(|(name, value)| {
            let line = pair(&name, &value);
            (name, line)
        })
        .collect();
    for addition in additions {
        let bytes = addition.as_bytes();
        let name = bytes.iter().position(|&byte| byte == b'=').filter(|&at| at > 0);
        let Some(name) = name.map(|at| OsStr::from_bytes(&bytes[..at])) else {
            return Err(usage(format!("--env {}: give NAME=VALUE", addition.display())));
        };
        all.retain(|(given, _)| given != name);
        all.push((name.to_owned(), bytes.to_vec()));
    }
    Ok(all.into_iter().map(|(_, line)| line).collect())
}

/// Reads `HOST:GUEST[:ro]`.
fn parse_mount(given: &OsStr, here: &Path) -> Result<Mount, Refusal> {
    let bad = |why: &str| usage(format!("--mount {}: {why}", given.display()));
    let mut parts = given.as_bytes().split(|&byte| byte == b':');
    let (Some(host), Some(guest)) = (parts.next(), parts.next()) else {
        return Err(bad("give HOST:GUEST or HOST:GUEST:ro"));
    };
    let writes = match (parts.next(), parts.next()) {
        (None, _) | (Some(b"rw"), None) => Writes::Through,
        (Some(b"ro"), None) => Writes::Refused,
        _ => return Err(bad("only :ro or :rw may follow")),
    };
    if !guest.starts_with(b"/") {
        return Err(bad("the guest's path must be absolute"));
    }
    let host = here.join(OsStr::from_bytes(host)).canonicalize().map_err(|error| bad(&error.to_string()))?;
    Ok(Mount { host: host.into_os_string().into_vec(), guest: guest.to_vec(), writes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_have_two_or_three_parts() {
        let mount = parse_mount(OsStr::new("/tmp:/data:ro"), Path::new("/")).expect("parses");
        assert_eq!((mount.guest.as_slice(), mount.writes), (&b"/data"[..], Writes::Refused));
        assert!(parse_mount(OsStr::new("/tmp"), Path::new("/")).is_err());
        assert!(parse_mount(OsStr::new("/tmp:data"), Path::new("/")).is_err());
        assert!(parse_mount(OsStr::new("/tmp:/data:xx"), Path::new("/")).is_err());
    }

    #[test]
    fn additions_replace_the_hosts_variables() {
        let env = environment(&["PATH=/nowhere".into(), "NEW=1".into()]).expect("parses");
        assert_eq!(env.iter().filter(|line| line.starts_with(b"PATH=")).count(), 1);
        assert!(env.contains(&b"PATH=/nowhere".to_vec()));
        assert!(environment(&["=x".into()]).is_err());
        assert!(environment(&["x".into()]).is_err());
    }

    #[test]
    fn arguments_name_files_with_and_without_an_option() {
        let names: Vec<_> = named_files(OsStr::new("--file=x")).collect();
        assert_eq!(names, ["--file=x", "x"]);
    }
}
