//! `argp.h`: options described by tables, parsed ([`parse`]) and explained ([`help`]).

mod built_in;
pub mod entries;
mod format;
pub mod help;
mod list;
pub mod parse;
mod wrap;

use core::ffi::{CStr, c_char, c_int, c_uint, c_void};

use super::files::text_of;
use super::state::DataObject;
use super::stdio::file::File;

/// `ARGP_ERR_UNKNOWN`, `E2BIG`: a parser's answer to a key it does not know.
pub const UNKNOWN: c_int = 7;

/// Keys that a parser gets besides those of options.
pub mod key {
    use core::ffi::c_int;

    /// An argument.
    pub const ARG: c_int = 0;
    /// All arguments that are left.
    pub const ARGS: c_int = 0x100_0006;
    /// There are no more arguments.
    pub const END: c_int = 0x100_0001;
    /// There were none.
    pub const NO_ARGS: c_int = 0x100_0002;
    /// Before parsing.
    pub const INIT: c_int = 0x100_0003;
    /// After all.
    pub const SUCCESS: c_int = 0x100_0004;
    /// After a failure.
    pub const ERROR: c_int = 0x100_0005;
    /// The last of all.
    pub const FINI: c_int = 0x100_0007;
    /// A filter's text before the options.
    pub const PRE_DOC: c_int = 0x200_0001;
    /// A filter's text after the options.
    pub const POST_DOC: c_int = 0x200_0002;
    /// A filter's header.
    pub const HEADER: c_int = 0x200_0003;
    /// A filter's last text.
    pub const EXTRA: c_int = 0x200_0004;
    /// A filter's note about arguments.
    pub const DUP_ARGS_NOTE: c_int = 0x200_0005;
    /// A filter's arguments in the usage.
    pub const ARGS_DOC: c_int = 0x200_0006;
}

/// Flags of an option.
pub mod option {
    use core::ffi::c_int;

    /// `OPTION_ARG_OPTIONAL`
    pub const ARG_OPTIONAL: c_int = 1;
    /// `OPTION_HIDDEN`
    pub const HIDDEN: c_int = 2;
    /// `OPTION_ALIAS`
    pub const ALIAS: c_int = 4;
    /// `OPTION_DOC`
    pub const DOC: c_int = 8;
    /// `OPTION_NO_USAGE`
    pub const NO_USAGE: c_int = 16;
}

/// Flags of argp_parse(3).
pub mod flag {
    use core::ffi::c_uint;

    /// `ARGP_PARSE_ARGV0`
    pub const PARSE_ARGV0: c_uint = 1;
    /// `ARGP_NO_ERRS`
    pub const NO_ERRS: c_uint = 2;
    /// `ARGP_NO_ARGS`
    pub const NO_ARGS: c_uint = 4;
    /// `ARGP_IN_ORDER`
    pub const IN_ORDER: c_uint = 8;
    /// `ARGP_NO_HELP`
    pub const NO_HELP: c_uint = 16;
    /// `ARGP_NO_EXIT`
    pub const NO_EXIT: c_uint = 32;
    /// `ARGP_LONG_ONLY`
    pub const LONG_ONLY: c_uint = 64;
}

/// `struct argp_option`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ArgpOption {
    /// The long name.
    pub name: *const c_char,
    /// The key: a short option if it is a printing character.
    pub key: c_int,
    /// What its argument is called; NULL for none.
    pub arg: *const c_char,
    /// [`option`]
    pub flags: c_int,
    /// What it does.
    pub doc: *const c_char,
    /// The group it is listed in.
    pub group: c_int,
}

impl ArgpOption {
    /// Tells whether this ends a table.
    pub const fn is_end(&self) -> bool {
        self.key == 0 && self.name.is_null() && self.doc.is_null() && self.group == 0
    }

    /// Tells whether a flag is set.
    pub const fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }

    /// Returns its short option, if it has one.
    pub fn short(&self) -> Option<u8> {
        let key = u8::try_from(self.key).ok()?;
        (!self.has(option::DOC) && matches!(key, 0x20..=0x7e)).then_some(key)
    }

    /// Returns the long name.
    pub fn long(&self) -> Option<&[u8]> {
        // SAFETY: a string of the program's, or NULL.
        (!self.name.is_null()).then(|| unsafe { text_of(self.name) })
    }

    /// Tells whether it is listed.
    pub const fn is_visible(&self) -> bool {
        !self.has(option::HIDDEN)
    }
}

/// A parser: key, argument, state.
pub type Parser = unsafe extern "C" fn(c_int, *mut c_char, *mut State) -> c_int;
/// A filter of help texts: key, text, input.
pub type Filter = unsafe extern "C" fn(c_int, *const c_char, *mut c_void) -> *mut c_char;

/// `struct argp`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Argp {
    /// The options, up to an empty one; or NULL.
    pub options: *const ArgpOption,
    /// Their parser.
    pub parser: Option<Parser>,
    /// What the arguments are called, a line for each pattern.
    pub args_doc: *const c_char,
    /// What the program does; after a vertical tab, what comes after the options.
    pub doc: *const c_char,
    /// Further tables, up to an empty one; or NULL.
    pub children: *const Child,
    /// Changes help texts.
    pub filter: Option<Filter>,
    /// The domain of translations.
    pub domain: *const c_char,
}

/// `struct argp_child`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Child {
    /// The table.
    pub argp: *const Argp,
    /// Flags, of which there are none.
    pub flags: c_int,
    /// What stands above its options.
    pub header: *const c_char,
    /// The group of its options.
    pub group: c_int,
}

/// `struct argp_state`
#[repr(C)]
pub struct State {
    /// The outermost table.
    pub root: *const Argp,
    /// Number of arguments.
    pub argc: c_int,
    /// The arguments.
    pub argv: *mut *mut c_char,
    /// The next one to be parsed.
    pub next: c_int,
    /// [`flag`]
    pub flags: c_uint,
    /// How many arguments the parser has taken.
    pub arg_num: c_uint,
    /// The first argument after `--`, or 0.
    pub quoted: c_int,
    /// The parser's input.
    pub input: *mut c_void,
    /// The inputs of its children.
    pub child_inputs: *mut *mut c_void,
    /// The parser's own.
    pub hook: *mut c_void,
    /// The program's name in messages.
    pub name: *mut c_char,
    /// Where messages go.
    pub err_stream: *mut File,
    /// Where help goes.
    pub out_stream: *mut File,
    /// The parser's books ([`parse`]).
    pub books: *mut c_void,
}

const _: () = {
    assert!(size_of::<ArgpOption>() == 48 && size_of::<Argp>() == 56);
    assert!(size_of::<Child>() == 32 && size_of::<State>() == 96);
};

/// The children of a table.
pub(super) fn children(argp: &Argp) -> impl Iterator<Item = &'static Child> {
    let mut next = argp.children;
    core::iter::from_fn(move || {
        // SAFETY: a table of the program's that lives as long as the call; its last entry has no argp.
        let child = unsafe { next.as_ref() }.filter(|child| !child.argp.is_null())?;
        next = next.wrapping_add(1);
        Some(child)
    })
}

/// The options of a table, without the empty one.
pub(super) fn options(argp: &Argp) -> &'static [ArgpOption] {
    if argp.options.is_null() {
        return &[];
    }
    // SAFETY: a table of the program's that lives as long as the call; its last entry is empty.
    unsafe {
        let mut count = 0;
        while !(*argp.options.add(count)).is_end() {
            count += 1;
        }
        core::slice::from_raw_parts(argp.options, count)
    }
}

/// The program's data.
#[repr(C)]
pub struct ArgpState {
    /// `argp_program_version`
    pub version: DataObject<*const c_char>,
    /// `argp_program_version_hook`
    pub version_hook: DataObject<Option<unsafe extern "C" fn(*mut File, *mut State)>>,
    /// `argp_program_bug_address`
    pub bug_address: DataObject<*const c_char>,
    /// `argp_err_exit_status`
    pub exit_status: DataObject<c_int>,
}

impl ArgpState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            version: DataObject::new(core::ptr::null()),
            version_hook: DataObject::new(None),
            bug_address: DataObject::new(core::ptr::null()),
            // EX_USAGE
            exit_status: DataObject::new(64),
        }
    }
}

/// Returns the value of a data object that the program may define itself, and its version then counts.
fn value_of<T: Copy>(name: &CStr, own: &DataObject<T>) -> T {
    // SAFETY: a lookup in the program's scope; an object of that name has this type.
    unsafe {
        let found = super::dl::dlsym(core::ptr::null_mut(), name.as_ptr()).cast::<T>();
        if found.is_null() { own.get() } else { found.read() }
    }
}

impl ArgpState {
    /// Returns `argp_program_version`.
    pub(super) fn program_version(&self) -> *const c_char {
        value_of(c"argp_program_version", &self.version)
    }

    /// Returns `argp_program_version_hook`.
    pub(super) fn program_version_hook(&self) -> Option<unsafe extern "C" fn(*mut File, *mut State)> {
        value_of(c"argp_program_version_hook", &self.version_hook)
    }

    /// Returns `argp_program_bug_address`.
    pub(super) fn program_bug_address(&self) -> *const c_char {
        value_of(c"argp_program_bug_address", &self.bug_address)
    }

    /// Returns `argp_err_exit_status`.
    pub(super) fn error_status(&self) -> c_int {
        value_of(c"argp_err_exit_status", &self.exit_status)
    }
}

impl Default for ArgpState {
    fn default() -> Self {
        Self::new()
    }
}
