//! Locales, character classes and conversions.

/// A program's locale.
#[repr(C)]
pub struct LocaleState {}

impl LocaleState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {}
    }
}

impl Default for LocaleState {
    fn default() -> Self {
        Self::new()
    }
}

/// A thread's own part: its `uselocale` locale and the static buffers of string functions. All zero at the start.
#[repr(C)]
pub struct LocaleFields {
    /// Where `strtok` goes on.
    pub strtok: *mut core::ffi::c_char,
    /// Room for the texts of numbers without a name of their own.
    pub text: [u8; super::string::TEXT_BYTES],
}
