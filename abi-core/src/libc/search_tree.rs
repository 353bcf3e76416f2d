//! Trees of tsearch(3): red-black, balanced on the way down when a key is added (Guibas and Sedgewick 1978), and on the way
//! up when one is deleted, so that a tree has the shape that glibc gives it, which twalk(3) shows.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use super::malloc::{free, malloc};

/// Says how two keys are ordered.
pub type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

/// A node. Callers read the key, the first field.
#[repr(C)]
pub struct Node {
    key: *const c_void,
    /// What is less, and what is greater.
    children: [*mut Node; 2],
    is_red: bool,
}

/// Where a node hangs.
type Place = *mut *mut Node;

const LESS: usize = 0;
const GREATER: usize = 1;

/// The deepest tree there can be: twice the logarithm of as many nodes as memory has room for.
const MOST_LEVELS: usize = 96;

unsafe fn is_red(node: *const Node) -> bool {
    !node.is_null() && (*node).is_red
}

/// Has the child at `side` of the node at `place` take the node's place, with the node below it.
unsafe fn rotate_up(place: Place, side: usize) {
    let node = *place;
    let child = (*node).children[side];
    (*node).children[side] = (*child).children[1 - side];
    (*child).children[1 - side] = node;
    *place = child;
}

/// The way down to a place: the places above it, and the sides that were taken there.
#[derive(Clone, Copy)]
struct Above {
    parent: Place,
    grandparent: Place,
    side: usize,
    parents_side: usize,
}

/// Makes the node at `place` red and its children black, if they are both red or it `is_new`; two red nodes in a row are
/// turned apart.
unsafe fn split(place: Place, above: Above, is_new: bool) {
    let node = *place;
    let children = (*node).children;
    let has_two_red = children.iter().all(|&child| is_red(child));
    if !is_new && !has_two_red {
        return;
    }
    (*node).is_red = true;
    for child in children {
        if !child.is_null() {
            (*child).is_red = false;
        }
    }
    if above.parent.is_null() || !is_red(*above.parent) {
        return;
    }
    // The root is black: what is red has a parent.
    let grandparent = *above.grandparent;
    if above.side != above.parents_side {
        rotate_up(above.parent, above.side);
    }
    rotate_up(above.grandparent, above.parents_side);
    (*grandparent).is_red = true;
    (**above.grandparent).is_red = false;
}

/// tsearch(3)
pub unsafe extern "C" fn tsearch(key: *const c_void, root: Place, compare: Compare) -> *mut Node {
    if root.is_null() {
        return null_mut();
    }
    if !(*root).is_null() {
        (**root).is_red = false;
    }
    let (mut place, mut next) = (root, root);
    let mut above = Above { parent: null_mut(), grandparent: null_mut(), side: LESS, parents_side: LESS };
    let mut side = LESS;
    while !(*next).is_null() {
        let node = *place;
        let order = compare(key, (*node).key);
        if order == 0 {
            return node;
        }
        // Where this turns nodes, what is above is not looked at again before it is known anew.
        split(place, above, false);
        side = usize::from(order > 0);
        next = &raw mut (*node).children[side];
        if (*next).is_null() {
            break;
        }
        above = Above { parent: place, grandparent: above.parent, side, parents_side: above.side };
        place = next;
    }
    let new = malloc(size_of::<Node>()).cast::<Node>();
    if new.is_null() {
        return null_mut();
    }
    *new = Node { key, children: [null_mut(); 2], is_red: true };
    *next = new;
    if next != place {
        let above = Above { parent: place, grandparent: above.parent, side, parents_side: above.side };
        split(next, above, true);
    }
    new
}

/// tfind(3)
pub unsafe extern "C" fn tfind(key: *const c_void, root: *const *mut Node, compare: Compare) -> *mut Node {
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

/// The places from the root down to one.
struct Path {
    places: [Place; MOST_LEVELS],
    len: usize,
}

impl Path {
    fn push(&mut self, place: Place) {
        self.places[self.len] = place;
        self.len += 1;
    }
}

/// tdelete(3): returns the parent of what it deleted; of the root, something that is not NULL.
pub unsafe extern "C" fn tdelete(key: *const c_void, root: Place, compare: Compare) -> *mut Node {
    if root.is_null() || (*root).is_null() {
        return null_mut();
    }
    let (mut place, mut parent) = (root, *root);
    let mut path = Path { places: [null_mut(); MOST_LEVELS], len: 0 };
    loop {
        let order = compare(key, (**place).key);
        if order == 0 {
            break;
        }
        path.push(place);
        parent = *place;
        place = &raw mut (*parent).children[usize::from(order > 0)];
        if (*place).is_null() {
            return null_mut();
        }
    }
    // A node with two children takes over the next key, whose node goes instead.
    let node = *place;
    if (*node).children.iter().all(|child| !child.is_null()) {
        path.push(place);
        place = &raw mut (*node).children[GREATER];
        while !(**place).children[LESS].is_null() {
            path.push(place);
            place = &raw mut (**place).children[LESS];
        }
    }
    let gone = *place;
    let [less, greater] = (*gone).children;
    let rest = if less.is_null() { greater } else { less };
    *place = rest;
    (*node).key = (*gone).key;
    if !(*gone).is_red {
        restore(path, rest);
    }
    free(gone.cast());
    parent
}

/// Gives the paths through `node`, which hangs below the end of `path`, the black node that they have lost.
unsafe fn restore(mut path: Path, mut node: *mut Node) {
    while path.len > 0 && !is_red(node) {
        let mut place = path.places[path.len - 1];
        let parent = *place;
        let side = usize::from(node != (*parent).children[LESS]);
        let other = 1 - side;
        if is_red((*parent).children[other]) {
            // The parent is black: turned, the node has a black sibling.
            rotate_up(place, other);
            (**place).is_red = false;
            (*parent).is_red = true;
            let below = &raw mut (**place).children[side];
            path.push(below);
            place = below;
        }
        // It has a child more in each of its paths than the node, so it is there.
        let sibling = (*parent).children[other];
        let (near, far) = ((*sibling).children[side], (*sibling).children[other]);
        if !is_red(near) && !is_red(far) {
            (*sibling).is_red = true;
            node = parent;
            path.len -= 1;
            continue;
        }
        if is_red(far) {
            (*far).is_red = false;
        } else {
            rotate_up(&raw mut (*parent).children[other], side);
        }
        rotate_up(place, other);
        (**place).is_red = (*parent).is_red;
        (*parent).is_red = false;
        return;
    }
    if !node.is_null() {
        (*node).is_red = false;
    }
}

/// `VISIT`: preorder, postorder, endorder, leaf.
unsafe fn walk(node: *const Node, level: c_int, visit: &dyn Fn(*const Node, c_int, c_int)) {
    if node.is_null() {
        return;
    }
    let [less, greater] = (*node).children;
    if less.is_null() && greater.is_null() {
        visit(node, 3, level);
        return;
    }
    visit(node, 0, level);
    walk(less, level + 1, visit);
    visit(node, 1, level);
    walk(greater, level + 1, visit);
    visit(node, 2, level);
}

/// twalk(3)
pub unsafe extern "C" fn twalk(root: *const Node, action: unsafe extern "C" fn(*const c_void, c_int, c_int)) {
    // SAFETY: the program's own function.
    walk(root, 0, &|node, kind, level| unsafe { action(node.cast(), kind, level) });
}

/// twalk_r(3)
pub unsafe extern "C" fn twalk_r(
    root: *const Node,
    action: unsafe extern "C" fn(*const c_void, c_int, *mut c_void),
    argument: *mut c_void,
) {
    // SAFETY: the program's own function.
    walk(root, 0, &|node, kind, _| unsafe { action(node.cast(), kind, argument) });
}

/// tdestroy(3)
pub unsafe extern "C" fn tdestroy(root: *mut Node, free_key: unsafe extern "C" fn(*mut c_void)) {
    if root.is_null() {
        return;
    }
    let ([less, greater], key) = ((*root).children, (*root).key);
    tdestroy(less, free_key);
    tdestroy(greater, free_key);
    free_key(key.cast_mut());
    free(root.cast());
}
