//! `stdlib.h`: sorting and searching.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use crate::libc::malloc::{free, malloc};
use crate::libc::string::mem::memcpy;
use crate::pure_exports;

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;
type CompareWith = unsafe extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int;

struct Sort {
    size: usize,
    compare: CompareWith,
    argument: *mut c_void,
    temporary: *mut u8,
}

/// Moves elements of `SIZE` bytes, or of a size known only now if that is 0.
#[inline(always)]
unsafe fn copy<const SIZE: usize>(to: *mut u8, from: *const u8, size: usize) {
    match SIZE {
        8 => to.cast::<u64>().write_unaligned(from.cast::<u64>().read_unaligned()),
        4 => to.cast::<u32>().write_unaligned(from.cast::<u32>().read_unaligned()),
        16 => to.cast::<[u64; 2]>().write_unaligned(from.cast::<[u64; 2]>().read_unaligned()),
        _ => {
            memcpy(to.cast(), from.cast(), size);
        }
    }
}

impl Sort {
    unsafe fn sort(&self, base: *mut u8, count: usize) {
        match self.size {
            4 => self.merge_sort::<4>(base, count),
            8 => self.merge_sort::<8>(base, count),
            16 => self.merge_sort::<16>(base, count),
            _ => self.merge_sort::<0>(base, count),
        }
    }

    #[inline(always)]
    unsafe fn is_in_order(&self, left: *const u8, right: *const u8) -> bool {
        (self.compare)(left.cast(), right.cast(), self.argument) <= 0
    }

    /// Merge sort: stable, which programs have come to rely on.
    unsafe fn merge_sort<const SIZE: usize>(&self, base: *mut u8, count: usize) {
        let size = if SIZE == 0 { self.size } else { SIZE };
        let temporary = self.temporary;
        if count <= 2 {
            if count == 2 && !self.is_in_order(base, base.add(size)) {
                copy::<SIZE>(temporary, base, size);
                copy::<SIZE>(base, base.add(size), size);
                copy::<SIZE>(base.add(size), temporary, size);
            }
            return;
        }
        let (left_count, right_count) = (count / 2, count - count / 2);
        let middle = base.add(left_count * size);
        if left_count > 1 {
            self.merge_sort::<SIZE>(base, left_count);
        }
        self.merge_sort::<SIZE>(middle, right_count);
        let (mut left, mut right, end) = (base, middle, base.add(count * size));
        let mut to = temporary;
        while left < middle && right < end {
            let (left_now, right_now) = (left, right);
            let is_left = self.is_in_order(left_now, right_now);
            // Without a branch: which one it is cannot be predicted.
            let (left_step, right_step) = if is_left { (size, 0) } else { (0, size) };
            copy::<SIZE>(to, if is_left { left_now } else { right_now }, size);
            left = left_now.add(left_step);
            right = right_now.add(right_step);
            to = to.add(size);
        }
        // What is left of the right part is in its place.
        while left < middle {
            copy::<SIZE>(to, left, size);
            left = left.add(size);
            to = to.add(size);
        }
        memcpy(base.cast(), temporary.cast(), to as usize - temporary as usize);
    }

    unsafe fn swap(&self, a: *mut u8, b: *mut u8) {
        for i in 0..self.size {
            let byte = *a.add(i);
            *a.add(i) = *b.add(i);
            *b.add(i) = byte;
        }
    }

    unsafe fn sift(&self, base: *mut u8, mut root: usize, count: usize) {
        let at = |index: usize| base.wrapping_add(index * self.size);
        let less = |a, b| (self.compare)(at(a).cast(), at(b).cast(), self.argument) < 0;
        while 2 * root + 1 < count {
            let mut child = 2 * root + 1;
            if child + 1 < count && less(child, child + 1) {
                child += 1;
            }
            if !less(root, child) {
                return;
            }
            self.swap(at(root), at(child));
            root = child;
        }
    }

    /// Heap sort, for want of memory.
    unsafe fn heap_sort(&self, base: *mut u8, count: usize) {
        for root in (0..count / 2).rev() {
            self.sift(base, root, count);
        }
        for end in (1..count).rev() {
            self.swap(base, base.add(end * self.size));
            self.sift(base, 0, end);
        }
    }
}

pub unsafe extern "C" fn qsort_r(
    base: *mut c_void,
    count: usize,
    size: usize,
    compare: CompareWith,
    argument: *mut c_void,
) {
    if count <= 1 || size == 0 {
        return;
    }
    let mut room = [0u64; 128];
    let Some(len_bytes) = count.checked_mul(size) else { return };
    let is_small = len_bytes <= size_of_val(&room);
    let temporary = if is_small { room.as_mut_ptr().cast() } else { malloc(len_bytes).cast::<u8>() };
    let sort = Sort { size, compare, argument, temporary };
    if temporary.is_null() {
        sort.heap_sort(base.cast(), count);
        return;
    }
    sort.sort(base.cast(), count);
    if !is_small {
        free(temporary.cast());
    }
}

pub unsafe extern "C" fn qsort(base: *mut c_void, count: usize, size: usize, compare: Compare) {
    // A function of two arguments ignores the third.
    qsort_r(base, count, size, core::mem::transmute::<Compare, CompareWith>(compare), null_mut());
}

unsafe extern "C" fn bsearch(
    key: *const c_void,
    base: *const c_void,
    count: usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        let element = base.add(middle * size);
        match compare(key, element) {
            0 => return element.cast_mut(),
            order if order < 0 => high = middle,
            _ => low = middle + 1,
        }
    }
    null_mut()
}

pure_exports! { "libc.so.6";
    full qsort = qsort;
    full qsort_r = qsort_r;
    full bsearch = bsearch;
}
