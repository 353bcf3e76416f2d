//! Pages.

use core::ptr::{read_volatile, write_volatile};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use abi_core::backend::{Access, PageRange, ThreadSpec};

use super::{Outcome, check};
use crate::paging::{ARENA_START, PAGE_BYTES, frames, kernel_map, objects, space};
use crate::sched::{self, Wait};

const READ_WRITE: Access = Access::READ.union(Access::WRITE);

fn pages(at: usize, count: usize) -> PageRange {
    PageRange { start: ARENA_START + at * PAGE_BYTES, len_bytes: count * PAGE_BYTES }
}

fn get(address: usize) -> u64 {
    // SAFETY: the tests touch only what they mapped.
    unsafe { read_volatile(address as *const u64) }
}

fn set(address: usize, value: u64) {
    // SAFETY: as for `get`.
    unsafe { write_volatile(address as *mut u64, value) };
}

pub(super) fn nothing_is_writable_and_executable() -> Outcome {
    check(kernel_map::writable_and_executable() == 0, "some mapping is")
}

pub(super) fn mapped_pages_hold_what_was_written() -> Outcome {
    let range = pages(500, 100);
    space::map_zero(range, READ_WRITE).map_err(|_| "no memory")?;
    for page in 0..100 {
        let at = range.start + page * PAGE_BYTES;
        check(get(at) == 0 && get(at + PAGE_BYTES - 8) == 0, "a fresh page is not zero")?;
        set(at, page as u64);
    }
    space::protect(range, Access::empty()).map_err(|_| "protect")?;
    space::protect(range, Access::READ).map_err(|_| "protect")?;
    for page in 0..100 {
        check(get(range.start + page * PAGE_BYTES) == page as u64, "contents changed")?;
    }
    space::unmap(range).map_err(|_| "unmap")
}

pub(super) fn moved_pages_keep_their_contents() -> Outcome {
    let (from, to) = (pages(1000, 70), pages(5000, 70));
    space::map_zero(from, READ_WRITE).map_err(|_| "no memory")?;
    (0..70).for_each(|page| set(from.start + page * PAGE_BYTES, 1000 + page as u64));
    space::move_pages(from, to).map_err(|_| "move")?;
    for page in 0..70 {
        check(get(to.start + page * PAGE_BYTES) == 1000 + page as u64, "contents changed")?;
    }
    space::unmap(to).map_err(|_| "unmap")
}

pub(super) fn objects_alias_and_outlive_their_name() -> Outcome {
    let (one, two) = (pages(9000, 3), pages(12000, 2));
    let object = objects::create(3 * PAGE_BYTES);
    space::map_object(one, READ_WRITE, object, 0).map_err(|_| "no memory")?;
    space::map_object(two, READ_WRITE, object, PAGE_BYTES).map_err(|_| "no memory")?;
    set(one.start + PAGE_BYTES, 77);
    check(get(two.start) == 77, "two mappings show different pages")?;
    let (view, _) = objects::bytes(object, PAGE_BYTES).map_err(|_| "no view")?;
    check(get(view.as_ptr() as usize) == 77, "the kernel sees another page")?;
    objects::destroy(object);
    space::unmap(one).map_err(|_| "unmap")?;
    check(get(two.start) == 77, "the last mapping lost its page")?;
    space::unmap(two).map_err(|_| "unmap")
}

pub(super) fn unmapping_gives_everything_back() -> Outcome {
    let range = pages(1 << 20, 600);
    let once = || {
        space::map_zero(range, READ_WRITE).map_err(|_| "no memory")?;
        space::map_zero(range, READ_WRITE).map_err(|_| "no memory")?;
        space::unmap(PageRange { start: ARENA_START, len_bytes: 1 << 40 }).map_err(|_| "unmap")
    };
    once()?;
    let (before, _) = frames::counts();
    for _ in 0..20 {
        once()?;
    }
    check(frames::counts().0 == before, "frames are missing")
}

static READER_STATE: AtomicU32 = AtomicU32::new(0);
static READER_AT: AtomicUsize = AtomicUsize::new(0);
static READER_SAW: AtomicUsize = AtomicUsize::new(0);

/// What [`READER_AT`] holds to end the reader.
const STOP: usize = usize::MAX;

extern "C" fn reader(_: usize, _: usize) -> ! {
    loop {
        match READER_AT.load(Ordering::SeqCst) {
            STOP => sched::exit(Some(&READER_GONE)),
            0 => {
                // Only over 0, so that it does not hide what it saw.
                let _ = READER_STATE.compare_exchange(0, 4, Ordering::SeqCst, Ordering::Relaxed);
            }
            at => {
                READER_SAW.store(get(at) as usize, Ordering::SeqCst);
                READER_STATE.store(1, Ordering::SeqCst);
            }
        }
        core::hint::spin_loop();
    }
}

static READER_GONE: AtomicU32 = AtomicU32::new(1);

pub(super) fn other_processors_forget_old_translations() -> Outcome {
    let range = pages(20000, 2);
    space::map_zero(range, READ_WRITE).map_err(|_| "no memory")?;
    set(range.start, 1);
    READER_AT.store(range.start, Ordering::SeqCst);
    let spec = ThreadSpec::new(reader, 0, core::ptr::null_mut());
    sched::spawn(&spec).map_err(|_| "no thread")?;
    while READER_STATE.load(Ordering::SeqCst) != 1 {
        sched::yield_now();
    }
    let mut outcome = Ok(());
    for round in 2..300u64 {
        // Another frame is moved to the address the reader keeps reading.
        set(range.start + PAGE_BYTES, round);
        let (spare, place) = (pages(20001, 1), pages(20000, 1));
        READER_AT.store(0, Ordering::SeqCst);
        READER_STATE.store(0, Ordering::SeqCst);
        // It may still be reading at the address it had: 1 then, and 4 once it knows that there is none.
        while READER_STATE.load(Ordering::SeqCst) != 4 {
            if READER_STATE.load(Ordering::SeqCst) == 1 {
                READER_STATE.store(0, Ordering::SeqCst);
            }
            sched::yield_now();
        }
        space::move_pages(spare, place).map_err(|_| "move")?;
        READER_AT.store(range.start, Ordering::SeqCst);
        while READER_STATE.load(Ordering::SeqCst) != 1 {
            sched::yield_now();
        }
        if READER_SAW.load(Ordering::SeqCst) as u64 != round {
            outcome = Err("the reader saw the page that was there before");
            break;
        }
        space::map_zero(spare, READ_WRITE).map_err(|_| "no memory")?;
    }
    READER_AT.store(STOP, Ordering::SeqCst);
    while READER_GONE.load(Ordering::SeqCst) == 1 {
        let _ = sched::wait(&READER_GONE, 1, None, Wait::SleepingDeep);
    }
    space::unmap(range).map_err(|_| "unmap")?;
    outcome
}
