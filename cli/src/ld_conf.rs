//! `/etc/ld.so.conf`: the folders that `ldconfig(8)` is told of, which come before the system's own.

use std::fs;
use std::path::{Path, PathBuf};

/// How deep files may include one another.
const MOST_INCLUDES: usize = 8;

/// Returns the folders of `etc/ld.so.conf` below `root` that exist there, as absolute paths without `root`.
pub(crate) fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    read(root, Path::new("/etc/ld.so.conf"), MOST_INCLUDES, &mut found);
    found
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn read(root: &Path, file: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(text) = fs::read_to_string(below(root, file)) else { return };
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match line.split_once(char::is_whitespace) {
            Some(("include", patterns)) if depth > 0 => {
                for pattern in patterns.split_whitespace() {
                    let beside = file.parent().unwrap_or(Path::new("/"));
                    for included in matching(root, &beside.join(pattern)) {
                        read(root, &included, depth - 1, found);
                    }
                }
            }
            Some(("hwcap" | "include", _)) => {}
            _ => {
                for folder in line.split([' ', '\t', ',', ':']).filter(|folder| folder.starts_with('/')) {
                    // Old files give a library type behind an equals sign.
                    let folder = PathBuf::from(folder.split('=').next().unwrap_or(folder));
                    if !found.contains(&folder) && below(root, &folder).is_dir() {
                        found.push(folder);
                    }
                }
            }
        }
    }
}

/// Returns the files that a pattern with stars in its last part stands for, sorted.
fn matching(root: &Path, pattern: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name().and_then(|name| name.to_str()))
    else {
        return Vec::new();
    };
    if !name.contains('*') {
        return vec![pattern.to_owned()];
    }
    let entries = fs::read_dir(below(root, folder)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: Vec<PathBuf> = names
        .filter(|entry| !entry.starts_with('.') && matches(name, entry))
        .map(|entry| folder.join(entry))
        .collect();
    files.sort();
    files
}

/// Tells whether a name fits a pattern in which a star stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches(after, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        assert!(matches("*.conf", "a.conf") && matches("a*b*", "axxb"));
        assert!(!matches("*.conf", "a.conf.old") && !matches("a", "ab"));
    }

    #[test]
    fn included_files_are_read_in_their_order() {
        let root = std::env::temp_dir().join(format!("osvrun-ld-conf-{}", std::process::id()));
        for folder in ["etc/ld.so.conf.d", "opt/one", "opt/two", "opt/three"] {
            fs::create_dir_all(root.join(folder)).expect("the temporary folder can be written");
        }
        let write = |name: &str, text: &str| fs::write(root.join(name), text).expect("it can be written");
        write("etc/ld.so.conf", "include ld.so.conf.d/*.conf # more\n/opt/three\n/opt/absent\n");
        write("etc/ld.so.conf.d/b.conf", "/opt/one\n");
        write("etc/ld.so.conf.d/a.conf", "/opt/two:/opt/one\n");
        write("etc/ld.so.conf.d/c.txt", "/opt\n");
        let found = folders(&root);
        fs::remove_dir_all(&root).expect("it is ours");
        assert_eq!(found, ["/opt/two", "/opt/one", "/opt/three"].map(PathBuf::from));
    }
}
