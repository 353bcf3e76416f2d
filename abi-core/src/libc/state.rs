//! A program's libc data: one [`LibcState`] in guest memory per program.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A C data object of the library (`stdout`, `environ`, `optind`). A program linked with a COPY relocation has its own
/// copy, and then everyone uses that one.
#[repr(C)]
pub struct DataObject<T> {
    /// The program's copy; null while the home is in use.
    copied_to: AtomicPtr<T>,
    /// The library's own place.
    home: UnsafeCell<T>,
}

impl<T: Copy> DataObject<T> {
    /// Makes an object with an initial value.
    pub const fn new(value: T) -> Self {
        Self { copied_to: AtomicPtr::new(core::ptr::null_mut()), home: UnsafeCell::new(value) }
    }
    /// Returns where the object is now: the symbol's address.
    #[inline]
    pub fn address(&self) -> *mut T {
        let copy = self.copied_to.load(Ordering::Relaxed);
        if copy.is_null() { self.home.get() } else { copy }
    }
    /// Returns the value.
    #[inline]
    pub fn get(&self) -> T {
        // SAFETY: the home, or the program's copy of the same size, which lives as long as the program.
        unsafe { self.address().read() }
    }
    /// Sets the value.
    #[inline]
    pub fn set(&self, value: T) {
        // SAFETY: as in `get`.
        unsafe { self.address().write(value) };
    }
    /// Makes the program's copy the object, moving the value there.
    ///
    /// # Safety
    /// `copy` points to room for a `T` that lives as long as the program.
    pub unsafe fn move_to(&self, copy: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { copy.write(self.get()) };
        self.copied_to.store(copy, Ordering::Relaxed);
    }
}

/// A program's libc data: what has a first value, and room that is zeros at first.
#[repr(C)]
pub struct LibcState {
    initial: Initial,
    /// Room for tables and answers.
    pub room: Room,
}

impl LibcState {
    /// Makes the state a program starts with; it starts with a copy of [`Initial::new`] in memory of zeros.
    #[cfg(any(test, fuzzing))]
    fn new() -> Self {
        // SAFETY: zeros are what `Room` starts as.
        Self { initial: Initial::new(), room: unsafe { core::mem::zeroed() } }
    }
}

impl core::ops::Deref for LibcState {
    type Target = Initial;

    #[inline]
    fn deref(&self) -> &Initial {
        &self.initial
    }
}

/// What starts as zeros, and so needs no place in osvrun's file or the kernel's image, and no copying.
#[repr(C)]
pub struct Room {
    /// Thread-specific keys.
    pub keys: [super::pthread::key::KeySlot; super::pthread::key::KEYS_MAX],
    /// utmp(5)
    pub logins: UnsafeCell<super::files::logins::Logins>,
    /// The heap's small blocks
    pub small_blocks: UnsafeCell<super::malloc::Classes>,
    /// `ecvt`'s text
    pub digits: UnsafeCell<[u8; crate::exports::stdlib_digits::ROOM]>,
    /// `__hostalias`'s text
    pub host_alias: UnsafeCell<[u8; 1025]>,
    /// getnetgrent(3)'s answer
    pub netgroup: UnsafeCell<[u8; 1024]>,
    /// `crypt`'s answer
    pub hashed: UnsafeCell<[u8; super::crypt::OUTPUT_BYTES]>,
    /// setkey(3)'s key
    pub des_key: UnsafeCell<[u8; 8]>,
    /// `crypt_gensalt`'s answer
    pub salt: UnsafeCell<[u8; super::crypt::OUTPUT_BYTES]>,
    /// getusershell(3)'s answer
    pub shell: UnsafeCell<[u8; 256]>,
    /// `inet_ntoa`'s text
    pub inet_text: UnsafeCell<[u8; 18]>,
    /// `inet_nsap_ntoa`'s text
    pub nsap_text: UnsafeCell<[u8; 768]>,
}

/// What of a program's libc data has a first value, with the data objects it can name.
#[repr(C)]
pub struct Initial {
    /// Options as tables.
    pub argp: super::argp::ArgpState,
    /// Exit handlers, program names.
    pub exit: super::exit::ExitState,
    /// The locale.
    pub locale: super::locale::LocaleState,
    /// The heap.
    pub malloc: super::malloc::MallocState,
    /// Mathematics.
    pub math: super::math::MathState,
    /// Small families.
    pub misc: super::misc::MiscState,
    /// Threads.
    pub pthread: super::pthread::PthreadState,
    /// Streams.
    pub stdio: super::stdio::StdioState,
    /// Environment, getopt.
    pub stdlib: super::stdlib::StdlibState,
    /// Time zone.
    pub time: super::time::TimeState,
}

impl Initial {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            argp: super::argp::ArgpState::new(),
            exit: super::exit::ExitState::new(),
            locale: super::locale::LocaleState::new(),
            malloc: super::malloc::MallocState::new(),
            math: super::math::MathState::new(),
            misc: super::misc::MiscState::new(),
            pthread: super::pthread::PthreadState::new(),
            stdio: super::stdio::StdioState::new(),
            stdlib: super::stdlib::StdlibState::new(),
            time: super::time::TimeState::new(),
        }
    }

    /// Completes the state once it lies where it stays: sets what points into it. The loader calls it before any of the
    /// program's code or relocations use the state.
    pub fn init_in_place(&self) {
        self.stdio.init_in_place();
        self.time.init_in_place();
    }
}

impl Default for Initial {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: C's rules apply to these objects: the program synchronises what it shares.
unsafe impl Sync for Initial {}
// SAFETY: as above.
unsafe impl Sync for Room {}

/// Returns the calling program's libc data.
#[cfg(not(any(test, fuzzing)))]
#[inline]
pub fn state() -> &'static LibcState {
    let state: *const LibcState;
    // SAFETY: FS is the thread control block, whose word at 0x88 was set when the thread was made.
    unsafe {
        core::arch::asm!("mov {}, fs:[0x88]", out(reg) state, options(nostack, preserves_flags, pure, readonly));
    }
    // SAFETY: it lives as long as the program.
    unsafe { &*state }
}

/// Returns the libc data of the unit tests.
#[cfg(any(test, fuzzing))]
pub fn state() -> &'static LibcState {
    std::thread_local! {
        static STATE: &'static LibcState = {
            let state = std::boxed::Box::leak(std::boxed::Box::new(LibcState::new()));
            state.init_in_place();
            state
        };
    }
    STATE.with(|state| *state)
}
