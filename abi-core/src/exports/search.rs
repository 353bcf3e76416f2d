//! `search.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use crate::abi::{EINVAL, ENOMEM, ESRCH};
use crate::libc::malloc::{calloc, free, malloc};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::string::mem::memcpy;
use crate::libc::string::mem::strcmp;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

/// A node of a treap: a search tree by key, a heap by priority, so that its depth is logarithmic as a rule. Callers
/// read the key, the first field.
#[repr(C)]
struct Node {
    key: *const c_void,
    children: [*mut Node; 2],
    priority: u32,
}

fn priority_of(address: usize) -> u32 {
    ((address as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

unsafe extern "C" fn tsearch(key: *const c_void, root: *mut *mut Node, compare: Compare) -> *mut Node {
    if root.is_null() {
        return null_mut();
    }
    let found = tfind(key, root, compare);
    if !found.is_null() {
        return found;
    }
    let new = malloc(size_of::<Node>()).cast::<Node>();
    if new.is_null() {
        return null_mut();
    }
    *new = Node { key, children: [null_mut(); 2], priority: priority_of(new as usize) };
    // Down to the first node of lower priority, whose place the new one takes.
    let mut place = root;
    while !(*place).is_null() && (**place).priority >= (*new).priority {
        let side = usize::from(compare(key, (**place).key) > 0);
        place = &raw mut (**place).children[side];
    }
    // What hangs there is split by the key.
    let mut rest = *place;
    *place = new;
    let mut ends = [&raw mut (*new).children[0], &raw mut (*new).children[1]];
    while !rest.is_null() {
        let side = usize::from(compare(key, (*rest).key) < 0);
        *ends[side] = rest;
        ends[side] = &raw mut (*rest).children[1 - side];
        rest = *ends[side];
    }
    *ends[0] = null_mut();
    *ends[1] = null_mut();
    new
}

unsafe extern "C" fn tfind(key: *const c_void, root: *const *mut Node, compare: Compare) -> *mut Node {
    if root.is_null() {
        return null_mut();
    }
    let mut node = *root;
    while !node.is_null() {
        match compare(key, (*node).key) {
            0 => return node,
            order => node = (*node).children[usize::from(order > 0)],
        }
    }
    null_mut()
}

/// Returns the parent of what it deleted; of the root, something that is not NULL.
unsafe extern "C" fn tdelete(key: *const c_void, root: *mut *mut Node, compare: Compare) -> *mut Node {
    if root.is_null() {
        return null_mut();
    }
    let (mut place, mut parent) = (root, root.cast::<Node>());
    loop {
        let node = *place;
        if node.is_null() {
            return null_mut();
        }
        let order = compare(key, (*node).key);
        if order == 0 {
            let [mut left, mut right] = (*node).children;
            while !left.is_null() && !right.is_null() {
                let side = usize::from((*left).priority < (*right).priority);
                let upper = if side == 0 { left } else { right };
                *place = upper;
                place = &raw mut (*upper).children[1 - side];
                if side == 0 {
                    left = *place;
                } else {
                    right = *place;
                }
            }
            *place = if left.is_null() { right } else { left };
            free(node.cast());
            return parent;
        }
        parent = node;
        place = &raw mut (*node).children[usize::from(order > 0)];
    }
}

/// `VISIT`: preorder, postorder, endorder, leaf.
unsafe fn walk(node: *const Node, level: c_int, visit: &dyn Fn(*const Node, c_int, c_int)) {
    if node.is_null() {
        return;
    }
    let [left, right] = (*node).children;
    if left.is_null() && right.is_null() {
        visit(node, 3, level);
        return;
    }
    visit(node, 0, level);
    walk(left, level + 1, visit);
    visit(node, 1, level);
    walk(right, level + 1, visit);
    visit(node, 2, level);
}

unsafe extern "C" fn twalk(root: *const Node, action: unsafe extern "C" fn(*const c_void, c_int, c_int)) {
    // SAFETY: the program's own function.
    walk(root, 0, &|node, kind, level| unsafe { action(node.cast(), kind, level) });
}

unsafe extern "C" fn twalk_r(
    root: *const Node,
    action: unsafe extern "C" fn(*const c_void, c_int, *mut c_void),
    argument: *mut c_void,
) {
    // SAFETY: the program's own function.
    walk(root, 0, &|node, kind, _| unsafe { action(node.cast(), kind, argument) });
}

unsafe extern "C" fn tdestroy(root: *mut Node, free_key: unsafe extern "C" fn(*mut c_void)) {
    if root.is_null() {
        return;
    }
    let ([left, right], key) = ((*root).children, (*root).key);
    tdestroy(left, free_key);
    tdestroy(right, free_key);
    free_key(key.cast_mut());
    free(root.cast());
}

/// `ENTRY`
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    key: *mut c_char,
    data: *mut c_void,
}

/// `struct hsearch_data`
#[repr(C)]
pub struct HashTable {
    entries: *mut Entry,
    size: u32,
    filled: u32,
}

unsafe extern "C" fn hcreate_r(count: usize, table: *mut HashTable) -> c_int {
    if table.is_null() {
        set_errno(EINVAL);
        return 0;
    }
    if !(*table).entries.is_null() {
        return 0;
    }
    let size =
        count.saturating_add(count / 3).max(4).checked_next_power_of_two().filter(|&size| size <= 1 << 31);
    let entries = match size {
        Some(size) => calloc(size, size_of::<Entry>()).cast::<Entry>(),
        None => null_mut(),
    };
    if entries.is_null() {
        set_errno(ENOMEM);
        return 0;
    }
    *table = HashTable { entries, size: size.unwrap_or(0) as u32, filled: 0 };
    1
}

unsafe extern "C" fn hdestroy_r(table: *mut HashTable) {
    if table.is_null() {
        set_errno(EINVAL);
        return;
    }
    free((*table).entries.cast());
    (*table).entries = null_mut();
}

unsafe extern "C" fn hsearch_r(
    item: Entry,
    action: c_int,
    result: *mut *mut Entry,
    table: *mut HashTable,
) -> c_int {
    *result = null_mut();
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut here = item.key;
    while *here != 0 {
        hash = (hash ^ u64::from(*here as u8)).wrapping_mul(0x100_0000_01b3);
        here = here.add(1);
    }
    let size = (*table).size as usize;
    for step in 0..size {
        let entry = (*table).entries.add((hash as usize).wrapping_add(step) & (size - 1));
        if (*entry).key.is_null() {
            if action == 0 {
                set_errno(ESRCH);
                return 0;
            }
            if (*table).filled + 1 >= (*table).size {
                break;
            }
            *entry = item;
            (*table).filled += 1;
            *result = entry;
            return 1;
        }
        if strcmp((*entry).key, item.key) == 0 {
            *result = entry;
            return 1;
        }
    }
    set_errno(if action == 0 { ESRCH } else { ENOMEM });
    0
}

unsafe extern "C" fn hcreate(count: usize) -> c_int {
    hcreate_r(count, state().stdlib.hash_table.get().cast())
}

unsafe extern "C" fn hdestroy() {
    hdestroy_r(state().stdlib.hash_table.get().cast());
}

unsafe extern "C" fn hsearch(item: Entry, action: c_int) -> *mut Entry {
    let mut result = null_mut();
    hsearch_r(item, action, &mut result, state().stdlib.hash_table.get().cast());
    result
}

unsafe extern "C" fn lfind(
    key: *const c_void,
    base: *const c_void,
    count: *const usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    for i in 0..*count {
        let element = base.add(i * size);
        if compare(key, element) == 0 {
            return element.cast_mut();
        }
    }
    null_mut()
}

unsafe extern "C" fn lsearch(
    key: *const c_void,
    base: *mut c_void,
    count: *mut usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    let found = lfind(key, base, count, size, compare);
    if !found.is_null() {
        return found;
    }
    let end = base.add(*count * size);
    memcpy(end, key, size);
    *count += 1;
    end
}

/// An element of a list: forward and backward links come first.
#[repr(C)]
struct Link {
    next: *mut Link,
    previous: *mut Link,
}

unsafe extern "C" fn insque(element: *mut Link, after: *mut Link) {
    if after.is_null() {
        *element = Link { next: null_mut(), previous: null_mut() };
        return;
    }
    let next = (*after).next;
    (*after).next = element;
    *element = Link { next, previous: after };
    if !next.is_null() {
        (*next).previous = element;
    }
}

unsafe extern "C" fn remque(element: *mut Link) {
    let Link { next, previous } = *element;
    if !next.is_null() {
        (*next).previous = previous;
    }
    if !previous.is_null() {
        (*previous).next = next;
    }
}

pure_exports! { "libc.so.6";
    full tsearch = tsearch;
    full __tsearch = tsearch;
    full tfind = tfind;
    full __tfind = tfind;
    full tdelete = tdelete;
    full __tdelete = tdelete;
    full twalk = twalk;
    full __twalk = twalk;
    full twalk_r = twalk_r;
    full tdestroy = tdestroy;
    full __tdestroy = tdestroy;
    full hcreate = hcreate;
    full hcreate_r = hcreate_r;
    full hdestroy = hdestroy;
    full hdestroy_r = hdestroy_r;
    full hsearch = hsearch;
    full hsearch_r = hsearch_r;
    full lfind = lfind;
    full lsearch = lsearch;
    full insque = insque;
    full remque = remque;
}
