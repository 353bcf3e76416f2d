//! The backend by itself: threads, sleeping and waking, pages, clocks. One process, one machine, tests in turn.
#![expect(unsafe_code, reason = "starts threads and maps pages")]
#![expect(clippy::multiple_unsafe_ops_per_block, reason = "each test is one use of the machine")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use abi_core::backend::{
    Access, Backend, Backing, Clock, Entropy, Memory, PageRange, Parking, ThreadId, ThreadSpec, Threads,
    WaitOutcome,
};
use abi_core::heap::KernelHeap;
use host_backend::{BACKEND, MachineOptions, registry};

#[global_allocator]
static HEAP: KernelHeap = KernelHeap::new();

abi_core::register_backend!(BACKEND);

type Body = fn() -> u32;

/// What a test's thread returned, 0 until it has.
static RESULT: AtomicU32 = AtomicU32::new(0);
/// Becomes 0 when the thread is gone.
static ALIVE: AtomicU32 = AtomicU32::new(0);
static SLEEPER: AtomicU32 = AtomicU32::new(0);
static WORD: AtomicU64 = AtomicU64::new(0);

extern "C" fn entry(body: usize, _: usize) -> ! {
    // SAFETY: `start` passes a `Body`.
    let body: Body = unsafe { core::mem::transmute(body) };
    RESULT.store(body(), Ordering::Release);
    BACKEND.exit_thread(Some(&ALIVE))
}

fn start(body: Body) -> ThreadId {
    ALIVE.store(1, Ordering::Release);
    let slot = (&raw const WORD).cast_mut().cast();
    // SAFETY: a static outlives the thread.
    unsafe { BACKEND.spawn(&ThreadSpec::new(entry, body as usize, slot)) }.expect("a thread starts")
}

fn join() -> u32 {
    while ALIVE.load(Ordering::Acquire) != 0 {
        let _ = BACKEND.wait_uninterruptible(&ALIVE, 1, None);
    }
    RESULT.load(Ordering::Acquire)
}

fn in_time(nanos: u64) -> Option<abi_core::backend::Monotonic> {
    Some(BACKEND.monotonic().saturating_add(Duration::from_nanos(nanos)))
}

fn threads_come_and_go() {
    for _ in 0..200 {
        start(|| 7);
        assert_eq!(join(), 7);
    }
    assert!(registry::lock().is_empty());
}

fn a_wait_ends_by_deadline_value_or_wake() {
    let word = AtomicU32::new(5);
    let before = BACKEND.monotonic();
    assert_eq!(BACKEND.wait(&word, 5, in_time(2_000_000)), WaitOutcome::TimedOut);
    assert!(BACKEND.monotonic().0 - before.0 >= 2_000_000);
    assert_eq!(BACKEND.wait(&word, 4, None), WaitOutcome::ValueChanged);
    SLEEPER.store(1, Ordering::Release);
    start(|| {
        while SLEEPER.load(Ordering::Acquire) == 1 {
            let _ = BACKEND.wait(&SLEEPER, 1, None);
        }
        9
    });
    SLEEPER.store(2, Ordering::Release);
    BACKEND.wake(&SLEEPER, 1);
    assert_eq!(join(), 9);
}

/// The interrupt may come before, within or after the way into the sleep: none may be lost.
fn no_interrupt_is_lost() {
    for round in 0..2000u32 {
        SLEEPER.store(0, Ordering::Release);
        let thread = start(|| {
            SLEEPER.store(1, Ordering::Release);
            loop {
                match BACKEND.wait(&ALIVE, 1, in_time(5_000_000_000)) {
                    WaitOutcome::Interrupted => return 1,
                    WaitOutcome::TimedOut => return 2,
                    _ => {}
                }
            }
        });
        while SLEEPER.load(Ordering::Acquire) == 0 {
            core::hint::spin_loop();
        }
        for _ in 0..round % 64 {
            core::hint::spin_loop();
        }
        BACKEND.interrupt(thread);
        assert_eq!(join(), 1, "round {round}");
    }
}

fn an_interrupt_waits_for_an_interruptible_wait() {
    SLEEPER.store(0, Ordering::Release);
    let thread = start(|| {
        SLEEPER.store(1, Ordering::Release);
        while SLEEPER.load(Ordering::Acquire) == 1 {
            core::hint::spin_loop();
        }
        let word = AtomicU32::new(0);
        let first = BACKEND.wait_uninterruptible(&word, 0, in_time(1_000_000));
        let second = BACKEND.wait(&word, 0, in_time(5_000_000_000));
        let third = BACKEND.wait(&word, 0, in_time(1_000_000));
        let expected = [WaitOutcome::TimedOut, WaitOutcome::Interrupted, WaitOutcome::TimedOut];
        if [first, second, third] == expected { 1 } else { 2 }
    });
    while SLEEPER.load(Ordering::Acquire) == 0 {
        core::hint::spin_loop();
    }
    BACKEND.interrupt(thread);
    SLEEPER.store(2, Ordering::Release);
    assert_eq!(join(), 1);
}

fn pages_are_mapped_moved_and_shared() {
    let arena = BACKEND.layout().arena;
    let range =
        |page: usize, count: usize| PageRange { start: arena.start + page * 4096, len_bytes: count * 4096 };
    let at = |page: usize| (arena.start + page * 4096) as *mut u8;
    let (read, write) = (Access::READ, Access::READ | Access::WRITE);
    // SAFETY: this test alone uses the arena.
    unsafe {
        BACKEND.map(range(0, 4), write, Backing::Zero).expect("maps");
        at(1).write(42);
        BACKEND.protect(range(1, 1), read).expect("protects");
        assert_eq!(at(1).read(), 42);
        // The host sees several mappings now.
        BACKEND.move_pages(range(0, 4), range(16, 4)).expect("moves");
        assert_eq!(at(17).read(), 42);
        BACKEND.discard(range(16, 4)).expect("discards");
        assert_eq!(at(17).read(), 0);
        BACKEND.unmap(range(16, 4)).expect("unmaps");

        let object = BACKEND.create_object(3 * 4096).expect("an object");
        BACKEND.map(range(0, 1), write, Backing::Object(object, 8192)).expect("maps");
        BACKEND.map(range(8, 3), write, Backing::Object(object, 0)).expect("maps");
        at(0).add(5).write(7);
        assert_eq!(at(10).add(5).read(), 7);
        let (view, len) = BACKEND.object_bytes(object, 8192 + 5).expect("a view");
        assert_eq!((view.as_ptr().read(), len), (7, 4096 - 5));
        assert!(BACKEND.object_bytes(object, 3 * 4096).is_err());
        BACKEND.resize_object(object, 5 << 20).expect("grows");
        assert_eq!(BACKEND.object_bytes(object, (4 << 20) + 1).expect("a view").0.as_ptr().read(), 0);
        BACKEND.unmap(range(0, 16)).expect("unmaps");
        BACKEND.destroy_object(object);
    }
}

fn fixed_ranges_are_claimed_once() {
    let range = PageRange { start: 0x40_0000, len_bytes: 0x10_0000 };
    assert!(BACKEND.claim(range).is_ok());
    assert!(BACKEND.claim(range).is_err());
    let image = BACKEND.layout().image;
    assert!(BACKEND.claim(PageRange { start: image.start, len_bytes: 4096 }).is_err());
    assert!(image.contains("a literal".as_ptr() as usize), "literals lie in the image");
}

fn clocks_go_on() {
    let (first, second) = (BACKEND.monotonic(), BACKEND.monotonic());
    assert!(second >= first);
    assert!(BACKEND.realtime() > Duration::from_secs(1_600_000_000));
    let thread = start(|| {
        let before = BACKEND.cpu_time(BACKEND.current());
        let mut sum = 0u64;
        for i in 0..3_000_000u64 {
            sum = core::hint::black_box(sum.wrapping_add(i));
        }
        u32::from(BACKEND.cpu_time(BACKEND.current()) > before) + 1
    });
    assert!(thread.0 != 0);
    assert_eq!(join(), 2);
}

fn sources_of_randomness_give_bytes() {
    let sources = BACKEND.sources();
    assert_eq!(sources[0].name(), "getrandom");
    let mut buf = [0; 64];
    assert_eq!(sources[0].poll(&mut buf), 64);
    assert_ne!(buf, [0; 64]);
}

fn folders_show_the_host() {
    let folders = BACKEND.folders().expect("hosted has folders");
    let stat = folders.stat(b"/etc/passwd").expect("is there");
    let file = folders.open(b"/etc/passwd", abi_core::backend::folders::OpenFor::Reading).expect("opens");
    let mut buf = vec![0; stat.size as usize + 10];
    assert_eq!(file.read_at(0, &mut buf).expect("reads") as u64, stat.size);
    let names = folders.list(b"/etc").expect("lists");
    assert!(names.iter().any(|entry| entry.name == b"passwd"));
    assert_eq!(folders.stat(b"/no/such").expect_err("is not there").0, libc::ENOENT);
}

fn main() -> ExitCode {
    host_backend::start(MachineOptions::default()).expect("the machine starts");
    let tests: [(&str, fn()); 9] = [
        ("threads_come_and_go", threads_come_and_go),
        ("a_wait_ends_by_deadline_value_or_wake", a_wait_ends_by_deadline_value_or_wake),
        ("no_interrupt_is_lost", no_interrupt_is_lost),
        ("an_interrupt_waits_for_an_interruptible_wait", an_interrupt_waits_for_an_interruptible_wait),
        ("pages_are_mapped_moved_and_shared", pages_are_mapped_moved_and_shared),
        ("fixed_ranges_are_claimed_once", fixed_ranges_are_claimed_once),
        ("clocks_go_on", clocks_go_on),
        ("sources_of_randomness_give_bytes", sources_of_randomness_give_bytes),
        ("folders_show_the_host", folders_show_the_host),
    ];
    let filter = std::env::args().nth(1).filter(|arg| !arg.starts_with('-'));
    let mut run = 0;
    for (name, test) in tests {
        if filter.as_ref().is_none_or(|filter| name.contains(filter.as_str())) {
            test();
            run += 1;
            say(&format!("test {name} ... ok\n"));
        }
    }
    say(&format!("test result: ok. {run} passed; 0 failed; 0 ignored\n"));
    ExitCode::SUCCESS
}

fn say(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().write_all(text.as_bytes());
}
