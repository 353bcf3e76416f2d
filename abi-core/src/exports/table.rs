//! What an export is, and the macros that make rows.

use crate::boundary::door::Level;

/// What an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A library function: the program's own code for faults and signals.
    Pure,
    /// A function that enters the kernel.
    Kernel,
    /// A [`crate::libc::state::DataObject`] at an offset of `Initial`; size in bytes of the C object.
    Data {
        /// Offset of the `DataObject` in `Initial`, which `LibcState` starts with.
        offset_bytes: u16,
        /// Size of the C object.
        size_bytes: u16,
    },
    /// A constant table of this size at the row's address.
    Constant {
        /// Size of the C object.
        size_bytes: u16,
    },
}

/// Checks that an offset or a size fits in a row: there are thousands of rows.
#[doc(hidden)]
pub const fn short(bytes: usize) -> u16 {
    assert!(bytes <= u16::MAX as usize, "a row has 16 bits for it");
    bytes as u16
}

/// One export.
#[derive(Debug, Clone, Copy)]
pub struct Export {
    /// The symbol.
    pub name: &'static str,
    /// The library that has it in glibc (`libc.so.6`).
    pub library: &'static str,
    /// What it is.
    pub kind: Kind,
    /// How much it does.
    pub level: Level,
    /// What is missing, or why it is not there.
    pub note: &'static str,
    /// Its address; null for data, and for what a call of is a missing symbol.
    pub address: *const (),
}

impl Export {
    /// Whether a program finds something there.
    pub fn is_there(&self) -> bool {
        self.level != Level::Unsupported || !self.address.is_null()
    }
}

/// Makes a [`Level`] from its name in a row.
#[doc(hidden)]
#[macro_export]
macro_rules! export_level {
    (full) => {
        $crate::boundary::door::Level::Full
    };
    (partial) => {
        $crate::boundary::door::Level::Partial
    };
    (stub) => {
        $crate::boundary::door::Level::Stub
    };
    (unsupported) => {
        $crate::boundary::door::Level::Unsupported
    };
}

/// Declares exports that enter the kernel. Each row is `level("note") fn name(cx, argument: Type, …) -> Type { body }`
/// with at most six integer or pointer arguments; the body gives a `Result`, returned as C does (-1 or NULL with errno).
///
/// Each row makes a C function of its name in this module, which libc code may call, and a row of `KERNEL`.
#[macro_export]
macro_rules! kernel_exports {
    ($library:literal; $(
        $(#[$attr:meta])*
        $level:ident $(($note:literal))? fn $name:ident($cx:ident $(, $arg:ident: $ty:ty)* $(,)?) -> $ret:ty $body:block
    )*) => {
        $(
            $(#[$attr])*
            #[unsafe(naked)]
            pub unsafe extern "C" fn $name($($arg: $ty),*) -> $ret {
                core::arch::naked_asm!("lea rax, [rip + {row}]", "jmp {enter}",
                    row = sym $name::ROW, enter = sym $crate::boundary::door::enter_kernel)
            }

            #[doc(hidden)]
            #[allow(unused_imports, reason = "not every row needs what its file imports")]
            pub mod $name {
                use super::*;

                fn run($($arg: $ty),*) -> $crate::abi::Result<$ret> {
                    let $cx = $crate::kernel::Context::current();
                    $body
                }

                extern "C" fn body($($arg: $ty),*) -> $ret {
                    $crate::boundary::door::c_result(run($($arg),*))
                }

                extern "C" fn direct($($arg: $ty),*) -> isize {
                    $crate::boundary::register::syscall_result(run($($arg),*))
                }

                #[allow(unused_variables, unused_mut, unused_assignments, reason = "a row may have no arguments")]
                fn arguments(out: &mut dyn core::fmt::Write, call: &$crate::trace::Call) -> core::fmt::Result {
                    let mut index = 0;
                    $(
                        $crate::trace::argument::<$ty>(out, stringify!($name), stringify!($arg), call, index)?;
                        index += 1;
                    )*
                    Ok(())
                }

                pub static ROW: $crate::boundary::door::Row =
                    $crate::boundary::door::Row {
                        body: body as *const (),
                        direct: direct as *const (),
                        is_int: size_of::<$ret>() == size_of::<core::ffi::c_int>(),
                        name: stringify!($name),
                        header: file!(),
                        level: $crate::export_level!($level),
                        note: concat!($($note)?),
                        arguments,
                        result: $crate::trace::result::<$ret>,
                    };
            }
        )*

        /// This file's exports that enter the kernel.
        pub const KERNEL: &[$crate::exports::Export] = &[$($crate::exports::Export {
            name: stringify!($name),
            library: $library,
            kind: $crate::exports::Kind::Kernel,
            level: $name::ROW.level,
            note: $name::ROW.note,
            address: $name as *const (),
        }),*];
    };
}

/// Declares library functions: rows `level("note") name = path;`, where the path names an `extern "C"` function with
/// that symbol's signature (other symbols' rows may share it: `full fopen64 = fopen;`).
#[macro_export]
macro_rules! pure_exports {
    ($library:literal; $($level:ident $(($note:literal))? $name:ident = $path:path;)*) => {
        /// This file's library functions.
        pub const PURE: &[$crate::exports::Export] = &[$($crate::exports::Export {
            name: stringify!($name),
            library: $library,
            kind: $crate::exports::Kind::Pure,
            level: $crate::export_level!($level),
            note: concat!($($note)?),
            address: $path as *const (),
        }),*];
    };
}

/// Declares data objects: rows `level name = path.to.object: Type;`, a field of `Initial` of type `DataObject<Type>`.
#[macro_export]
macro_rules! data_exports {
    ($library:literal; $($level:ident $(($note:literal))? $name:ident = $($field:ident).+ : $ty:ty;)*) => {
        /// This file's data objects.
        pub const DATA: &[$crate::exports::Export] = &[$($crate::exports::Export {
            name: stringify!($name),
            library: $library,
            kind: $crate::exports::Kind::Data {
                offset_bytes: $crate::exports::short(core::mem::offset_of!($crate::libc::state::Initial, $($field).+)),
                size_bytes: $crate::exports::short(core::mem::size_of::<$ty>()),
            },
            level: $crate::export_level!($level),
            note: concat!($($note)?),
            address: core::ptr::null(),
        }),*];
    };
}

/// Declares what this system rules out: rows `name: "why";`. A call of one is a missing symbol.
#[macro_export]
macro_rules! unsupported_exports {
    ($library:literal; $($name:ident: $note:literal;)*) => {
        /// This file's unsupported symbols.
        pub const UNSUPPORTED: &[$crate::exports::Export] = &[$($crate::exports::Export {
            name: stringify!($name),
            library: $library,
            kind: $crate::exports::Kind::Kernel,
            level: $crate::boundary::door::Level::Unsupported,
            note: $note,
            address: core::ptr::null(),
        }),*];
    };
}
