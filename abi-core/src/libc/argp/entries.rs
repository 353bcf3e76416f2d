//! The options of a table and those below it, in the order they are listed: by cluster, group and letter.

use core::cmp::Ordering;
use core::ffi::{c_char, c_int};

use super::{Argp, ArgpOption, children, option, options};
use crate::libc::files::text_of;
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

/// Options under one header.
#[derive(Clone, Copy)]
pub(super) struct Cluster {
    pub(super) header: *const c_char,
    /// The table whose filter the header goes through.
    pub(super) argp: *const Argp,
    group: c_int,
    index: usize,
    /// The cluster it is in, by its place.
    parent: Option<usize>,
    depth: usize,
}

/// An option with its aliases.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// The option, then its aliases.
    pub(super) options: &'static [ArgpOption],
    pub(super) group: c_int,
    pub(super) cluster: Option<usize>,
    pub(super) argp: *const Argp,
    /// Which of the list's short options are its own.
    short: (usize, usize),
}

/// All of them.
pub(super) struct Entries {
    pub(super) list: GuestVec<Entry>,
    pub(super) clusters: GuestVec<Cluster>,
    /// Short options, each at the entry that has it.
    shorts: GuestVec<u8>,
}

/// Groups come in the order 0, 1, 2 …, then … -2, -1.
fn compare_groups(one: c_int, other: c_int) -> Ordering {
    (one < 0).cmp(&(other < 0)).then(one.cmp(&other))
}

impl Entry {
    /// The option that the aliases stand for.
    pub(super) fn real(&self) -> &'static ArgpOption {
        &self.options[0]
    }

    /// The first long name that is listed.
    fn first_long(&self) -> Option<&'static [u8]> {
        self.options.iter().filter(|option| option.is_visible()).find_map(ArgpOption::long)
    }
}

impl Entries {
    /// Collects the options of a table.
    pub(super) unsafe fn of(argp: &Argp) -> Result<Self, OutOfMemory> {
        let mut this = Self { list: GuestVec::new(), clusters: GuestVec::new(), shorts: GuestVec::new() };
        // SAFETY: the program's tables.
        unsafe { this.collect(argp, None)? };
        Ok(this)
    }

    unsafe fn collect(&mut self, argp: &Argp, cluster: Option<usize>) -> Result<(), OutOfMemory> {
        let all = options(argp);
        let (mut at, mut group) = (0, 0);
        while let Some(first) = all.get(at) {
            let aliases = all[at + 1..].iter().take_while(|option| option.has(option::ALIAS)).count();
            group = match first.group {
                0 if first.name.is_null() && first.key == 0 => group + 1,
                0 => group,
                own => own,
            };
            let of_entry = &all[at..=at + aliases];
            let start = self.shorts.len();
            for short in of_entry.iter().filter_map(ArgpOption::short) {
                if !self.shorts.contains(&short) {
                    self.shorts.push(short)?;
                }
            }
            let short = (start, self.shorts.len());
            self.list.push(Entry { options: of_entry, group, cluster, argp, short })?;
            at += 1 + aliases;
        }
        for (index, child) in children(argp).enumerate() {
            let below = if child.group != 0 || !child.header.is_null() {
                let depth = cluster.map_or(0, |parent| self.clusters[parent].depth + 1);
                let (header, group, parent) = (child.header, child.group, cluster);
                self.clusters.push(Cluster { header, argp, group, index, parent, depth })?;
                Some(self.clusters.len() - 1)
            } else {
                cluster
            };
            // SAFETY: the program's tables.
            unsafe { self.collect(&*child.argp, below)? };
        }
        Ok(())
    }

    /// Calls `each` for the short options of an entry that are listed, with the alias that has it.
    pub(super) fn visible_shorts(&self, entry: &Entry) -> impl Iterator<Item = (u8, &'static ArgpOption)> {
        let own = &self.shorts[entry.short.0..entry.short.1];
        entry.options.iter().filter_map(move |option| {
            let short = option.short().filter(|short| option.is_visible() && own.contains(short))?;
            Some((short, option))
        })
    }

    /// The outermost cluster around one.
    fn base(&self, mut cluster: usize) -> usize {
        while let Some(parent) = self.clusters[cluster].parent {
            cluster = parent;
        }
        cluster
    }

    /// Is a cluster inside another one, or that one itself?
    pub(super) fn is_within(&self, mut inner: Option<usize>, outer: usize) -> bool {
        while let Some(cluster) = inner {
            if cluster == outer {
                return true;
            }
            inner = self.clusters[cluster].parent;
        }
        false
    }

    fn compare_clusters(&self, one: usize, other: usize) -> Ordering {
        let (mut a, mut b) = (one, other);
        // The one deeper down counts as its outer one, and comes after it.
        let up = |cluster: &mut usize, depth: usize| {
            while self.clusters[*cluster].depth > depth {
                *cluster = self.clusters[*cluster].parent.unwrap_or(*cluster);
            }
        };
        let (a_depth, b_depth) = (self.clusters[a].depth, self.clusters[b].depth);
        up(&mut a, b_depth);
        up(&mut b, a_depth);
        if a == b {
            return a_depth.cmp(&b_depth);
        }
        loop {
            match (self.clusters[a].parent, self.clusters[b].parent) {
                (Some(a_up), Some(b_up)) if a_up != b_up => (a, b) = (a_up, b_up),
                _ => break,
            }
        }
        let (a, b) = (&self.clusters[a], &self.clusters[b]);
        compare_groups(a.group, b.group).then(a.index.cmp(&b.index))
    }

    fn compare(&self, one: &Entry, other: &Entry) -> Ordering {
        let base_group = |entry: &Entry| match entry.cluster {
            Some(cluster) => self.clusters[self.base(cluster)].group,
            None => entry.group,
        };
        let in_clusters = match (one.cluster, other.cluster) {
            (Some(a), Some(b)) => self.compare_clusters(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let order = compare_groups(base_group(one), base_group(other))
            .then(in_clusters)
            .then(compare_groups(one.group, other.group));
        if order.is_ne() {
            return order;
        }
        let (mut a_long, mut b_long) = (one.first_long(), other.first_long());
        let is_doc = |entry: &Entry, long: &mut Option<&'static [u8]>| {
            entry.real().has(option::DOC) && long.as_mut().is_some_and(canonical)
        };
        let (a_doc, b_doc) = (is_doc(one, &mut a_long), is_doc(other, &mut b_long));
        let short = |entry: &Entry| self.visible_shorts(entry).next().map(|(short, _)| short);
        let first = |entry: &Entry, long: Option<&[u8]>| {
            short(entry).or_else(|| long.and_then(|long| long.first().copied())).unwrap_or(0)
        };
        let (a, b) = (first(one, a_long), first(other, b_long));
        a_doc
            .cmp(&b_doc)
            .then(a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()))
            .then(b.cmp(&a))
            .then(short(one).is_none().cmp(&short(other).is_none()))
            .then_with(|| {
                let lower =
                    |long: Option<&'static [u8]>| long.unwrap_or_default().iter().map(u8::to_ascii_lowercase);
                lower(a_long).cmp(lower(b_long))
            })
    }

    /// Puts them in order; equal ones stay as they are.
    pub(super) fn sort(&mut self) {
        // Few entries, and no memory for more than their list.
        for index in 1..self.list.len() {
            let mut at = index;
            while at > 0 && self.compare(&self.list[at], &self.list[at - 1]).is_lt() {
                self.list.swap(at, at - 1);
                at -= 1;
            }
        }
    }
}

/// Cuts what a documentation option's name begins with; is it one that does not look like an option?
fn canonical(name: &mut &'static [u8]) -> bool {
    let start = name.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(name.len());
    let is_not_option = name.get(start) != Some(&b'-');
    let skipped = name[start..].iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    *name = &name[start + skipped..];
    is_not_option
}

impl Cluster {
    /// The header's text; empty for none.
    pub(super) fn header(&self) -> &'static [u8] {
        // SAFETY: a string of the program's, or NULL.
        unsafe { text_of(self.header) }
    }
}
