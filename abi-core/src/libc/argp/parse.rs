//! argp_parse(3)

use core::ffi::{c_char, c_int, c_uint, c_void};
use core::ptr::{null, null_mut};

use super::built_in;
use super::help::{self, show};
use super::{Argp, ArgpOption, Parser, State, UNKNOWN, children, flag, key, option, options};
use crate::abi::{EINVAL, ENOMEM};
use crate::exports::stdio_printf::print_to;
use crate::libc::files::text_of;
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::malloc::{free, malloc};
use crate::libc::state::state as libc_state;
use crate::libc::stdlib::getopt::{Dashes, End, LongOption, Options, next as next_option};

/// Bits of a long option's number for its key; those above count the groups.
const KEY_BITS: u32 = 24;
/// What getopt(3) gives for an argument with `IN_ORDER`.
const GETOPT_ARG: c_int = 1;

/// A table with its parser's state.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub(super) argp: *const Argp,
    parser: Option<Parser>,
    /// How many short options there are up to this group's last.
    short_end: usize,
    /// How many arguments it has taken.
    args: c_uint,
    parent: Option<usize>,
    child_number: usize,
    pub(super) input: *mut c_void,
    inputs: *mut *mut c_void,
    hook: *mut c_void,
}

/// The parser's books.
pub(super) struct Books {
    pub(super) groups: GuestVec<Group>,
    /// Short options as getopt(3) wants them, and how many letters before them say how to parse.
    short: GuestVec<u8>,
    short_start: usize,
    long: GuestVec<LongOption>,
    /// Does getopt still look for options?
    looks: bool,
}

impl Drop for Books {
    fn drop(&mut self) {
        for group in self.groups.iter() {
            // SAFETY: a block of `collect`, or null.
            unsafe { free(group.inputs.cast()) };
        }
    }
}

impl Books {
    /// Collects a table and those below it.
    unsafe fn collect(
        &mut self,
        argp: &Argp,
        parent: Option<usize>,
        number: usize,
    ) -> Result<(), OutOfMemory> {
        let own = options(argp);
        let count = children(argp).count();
        let mut below = parent;
        if !argp.options.is_null() || argp.parser.is_some() {
            let mut real: Option<&ArgpOption> = None;
            let group = self.groups.len() + 1;
            for item in own {
                let is_alias = item.has(option::ALIAS);
                real = if is_alias { real.or(Some(item)) } else { Some(item) };
                let Some(real) = real.filter(|real| !real.has(option::DOC)) else { continue };
                let takes =
                    if real.arg.is_null() { 0 } else { 1 + usize::from(real.has(option::ARG_OPTIONAL)) };
                if let Some(short) = item.short() {
                    self.short.push(short)?;
                    self.short.extend(&b"::"[..takes])?;
                }
                let Some(long) = item.long() else { continue };
                // SAFETY: names of this list.
                let is_known = self.long.iter().any(|known| unsafe { text_of(known.name) } == long);
                if !is_known {
                    let own_key = if item.key == 0 { real.key } else { item.key };
                    let value = (own_key & ((1 << KEY_BITS) - 1)) + ((group as c_int) << KEY_BITS);
                    self.long.push(LongOption::new(item.name, takes as c_int, value))?;
                }
            }
            let inputs = if count == 0 {
                null_mut()
            } else {
                // SAFETY: a new block.
                let block = unsafe { malloc(count * size_of::<usize>()) }.cast::<*mut c_void>();
                if block.is_null() {
                    return Err(OutOfMemory);
                }
                for index in 0..count {
                    // SAFETY: inside the block.
                    unsafe { block.add(index).write(null_mut()) };
                }
                block
            };
            below = Some(self.groups.len());
            self.groups.push(Group {
                argp,
                parser: argp.parser,
                short_end: self.short.len(),
                args: 0,
                parent,
                child_number: number,
                input: null_mut(),
                inputs,
                hook: null_mut(),
            })?;
        }
        for (index, child) in children(argp).enumerate() {
            // SAFETY: a table of the program's.
            unsafe { self.collect(&*child.argp, below, index)? };
        }
        Ok(())
    }

    /// Gives a key to one group's parser.
    unsafe fn give(&mut self, state: *mut State, index: usize, key: c_int, argument: *mut c_char) -> c_int {
        let Some(&Group { parser: Some(parser), hook, input, inputs, args, .. }) = self.groups.get(index)
        else {
            return UNKNOWN;
        };
        // SAFETY: the program's parser and our state.
        unsafe {
            (*state).hook = hook;
            (*state).input = input;
            (*state).child_inputs = inputs;
            (*state).arg_num = args;
            let result = parser(key, argument, state);
            self.groups[index].hook = (*state).hook;
            result
        }
    }

    /// Gives a key to one group after another, while none fails.
    unsafe fn give_all(
        &mut self,
        state: *mut State,
        groups: impl Iterator<Item = usize>,
        key: c_int,
    ) -> c_int {
        let mut error = 0;
        for index in groups {
            if error != 0 && error != UNKNOWN {
                break;
            }
            // SAFETY: as in `give`.
            error = unsafe { self.give(state, index, key, null_mut()) };
        }
        error
    }

    /// Lets every parser begin.
    unsafe fn start(&mut self, state: *mut State, input: *mut c_void) -> c_int {
        let mut error = 0;
        for index in 0..self.groups.len() {
            let Group { parent, child_number, .. } = self.groups[index];
            // SAFETY: the parents' blocks have a place for each child.
            unsafe {
                self.groups[index].input = match parent {
                    None => input,
                    Some(parent) if self.groups[parent].inputs.is_null() => null_mut(),
                    Some(parent) => *self.groups[parent].inputs.add(child_number),
                };
                if self.groups[index].parser.is_none() && !self.groups[index].inputs.is_null() {
                    *self.groups[index].inputs = self.groups[index].input;
                }
                error = self.give(state, index, key::INIT, null_mut());
            }
            if error == UNKNOWN {
                error = 0;
            }
            if error != 0 {
                break;
            }
        }
        error
    }

    /// Gives an argument to the first group that takes it.
    unsafe fn parse_argument(&mut self, state: *mut State, argument: *mut c_char) -> c_int {
        // SAFETY: our state.
        let state_of = || unsafe { &mut *state };
        state_of().next -= 1;
        let index = state_of().next;
        let (mut error, mut last_key, mut taker) = (UNKNOWN, key::ARG, 0);
        for group in 0..self.groups.len() {
            taker = group;
            state_of().next += 1;
            last_key = key::ARG;
            // SAFETY: as in `give`.
            error = unsafe { self.give(state, group, key::ARG, argument) };
            if error == UNKNOWN {
                state_of().next -= 1;
                last_key = key::ARGS;
                // SAFETY: as above.
                error = unsafe { self.give(state, group, key::ARGS, null_mut()) };
            }
            if error != UNKNOWN {
                break;
            }
        }
        if error == 0 {
            if last_key == key::ARGS {
                state_of().next = state_of().argc;
            }
            if state_of().next > index {
                self.groups[taker].args += (state_of().next - index) as c_uint;
            } else {
                // It went back: what it left may be options.
                self.looks = true;
            }
        }
        error
    }

    /// Gives an option to its group.
    unsafe fn parse_option(&mut self, state: *mut State, number: c_int, argument: *mut c_char) -> c_int {
        let group = number >> KEY_BITS;
        let error = if group == 0 {
            let letters = &self.short[self.short_start..];
            let at = letters.iter().position(|&letter| c_int::from(letter) == number);
            let at = at.map_or(usize::MAX, |at| at + self.short_start);
            match self.groups.iter().position(|group| group.short_end > at) {
                // SAFETY: as in `give`.
                Some(group) => unsafe { self.give(state, group, number, argument) },
                None => UNKNOWN,
            }
        } else {
            let own_key = number << (32 - KEY_BITS) >> (32 - KEY_BITS);
            // SAFETY: as above.
            unsafe { self.give(state, group as usize - 1, own_key, argument) }
        };
        if error == UNKNOWN {
            let text = b"(PROGRAM ERROR) Option should have been recognized!?";
            // SAFETY: names of our list.
            unsafe {
                let long = self.long.iter().find(|long| group != 0 && long.value == number);
                match long {
                    Some(long) => help::error(state, &[b"--", text_of(long.name), b": ", text]),
                    None => help::error(state, &[b"-", &[number as u8], b": ", text]),
                }
            }
        }
        error
    }

    /// Parses the next argument; returns the error and whether an argument was not known.
    unsafe fn parse_next(&mut self, state: *mut State) -> (c_int, bool) {
        // SAFETY: our state.
        let of = unsafe { &mut *state };
        let getopt = &libc_state().stdlib.getopt;
        if of.quoted != 0 && of.next < of.quoted {
            of.quoted = 0;
        }
        let mut number = -1;
        if self.looks && of.quoted == 0 {
            getopt.index.set(of.next);
            getopt.set_wrong(-1);
            let dashes = if of.flags & flag::LONG_ONLY == 0 { Dashes::Two } else { Dashes::One };
            let call = Options {
                argc: of.argc,
                argv: of.argv,
                short: self.short.as_ptr().cast(),
                long: self.long.as_ptr(),
                index: null_mut(),
                dashes,
                end: End::Last,
            };
            // SAFETY: the program's arguments and our lists, which end as getopt wants.
            number = unsafe { next_option(&call) };
            of.next = getopt.index.get();
            if number == -1 {
                self.looks = false;
                // SAFETY: below argc.
                if of.next > 1 && unsafe { text_of(*of.argv.add(of.next as usize - 1)) } == b"--" {
                    of.quoted = of.next;
                }
            } else if number == c_int::from(b'?') && getopt.option.get() != -1 {
                return (UNKNOWN, false);
            }
        }
        let mut argument = getopt.argument.get();
        let is_argument = number == -1 || number == GETOPT_ARG;
        if number == -1 {
            if of.next >= of.argc || of.flags & flag::NO_ARGS != 0 {
                return (UNKNOWN, true);
            }
            // SAFETY: below argc.
            argument = unsafe { *of.argv.add(of.next as usize) };
            of.next += 1;
        }
        // SAFETY: as in `give`.
        let error = unsafe {
            if is_argument {
                self.parse_argument(state, argument)
            } else {
                self.parse_option(state, number, argument)
            }
        };
        (error, is_argument)
    }

    /// Ends: tells every parser.
    unsafe fn finish(
        &mut self,
        state: *mut State,
        mut error: c_int,
        is_argument_unknown: bool,
        end_index: *mut c_int,
    ) -> c_int {
        // SAFETY: our state.
        let of = unsafe { &mut *state };
        let count = self.groups.len();
        if error == UNKNOWN && is_argument_unknown {
            error = 0;
        }
        // SAFETY: as in `give`, and the caller's place.
        unsafe {
            if error == 0 {
                if of.next == of.argc {
                    for index in 0..count {
                        if self.groups[index].args == 0 && (error == 0 || error == UNKNOWN) {
                            error = self.give(state, index, key::NO_ARGS, null_mut());
                        }
                    }
                    if error == 0 || error == UNKNOWN {
                        error = self.give_all(state, (0..count).rev(), key::END);
                    }
                    if error == UNKNOWN {
                        error = 0;
                    }
                    if !end_index.is_null() {
                        *end_index = of.next;
                    }
                } else if !end_index.is_null() {
                    *end_index = of.next;
                } else {
                    if of.flags & flag::NO_ERRS == 0 && !of.err_stream.is_null() {
                        print_to(of.err_stream, &[text_of(of.name), b": Too many arguments\n"]);
                    }
                    error = UNKNOWN;
                }
            }
            if error == 0 {
                error = self.give_all(state, (0..count).rev(), key::SUCCESS);
                if error == UNKNOWN {
                    error = 0;
                }
            } else {
                if error == UNKNOWN {
                    show(state, of.err_stream, help::STD_ERR);
                }
                for index in 0..count {
                    self.give(state, index, key::ERROR, null_mut());
                }
            }
            for index in (0..count).rev() {
                self.give(state, index, key::FINI, null_mut());
            }
        }
        if error == UNKNOWN { EINVAL } else { error }
    }
}

/// argp_parse(3)
///
/// # Safety
/// As its manual says.
pub unsafe extern "C" fn argp_parse(
    argp: *const Argp,
    argc: c_int,
    argv: *mut *mut c_char,
    flags: c_uint,
    end_index: *mut c_int,
    input: *mut c_void,
) -> c_int {
    let help_argp =
        Argp { options: built_in::HELP.0.as_ptr(), parser: Some(built_in::parse_help), ..built_in::EMPTY };
    let version_argp = Argp {
        options: built_in::VERSION.0.as_ptr(),
        parser: Some(built_in::parse_version),
        ..built_in::EMPTY
    };
    let mut around = [built_in::NO_CHILD; 4];
    let own = &libc_state().argp;
    let mut used = 0;
    let mut add = |argp: *const Argp| {
        around[used].argp = argp;
        used += 1;
    };
    if !argp.is_null() {
        add(argp);
    }
    add(&raw const help_argp);
    if !own.program_version().is_null() || own.program_version_hook().is_some() {
        add(&raw const version_argp);
    }
    let top = Argp { children: around.as_ptr(), ..built_in::EMPTY };
    let root = if flags & flag::NO_HELP == 0 { &raw const top } else { argp };
    // SAFETY: the program's tables and arguments, and what lives on this stack until the end.
    unsafe { run(root, argc, argv, flags, end_index, input) }
}

unsafe fn run(
    root: *const Argp,
    argc: c_int,
    argv: *mut *mut c_char,
    flags: c_uint,
    end_index: *mut c_int,
    input: *mut c_void,
) -> c_int {
    let (short, long) = (GuestVec::new(), GuestVec::new());
    let mut books = Books { groups: GuestVec::new(), short, short_start: 0, long, looks: true };
    let order: &[u8] = match flags {
        _ if flags & flag::IN_ORDER != 0 => b"-",
        _ if flags & flag::NO_ARGS != 0 => b"+",
        _ => b"",
    };
    let prepared = books.short.extend(order).and_then(|()| {
        books.short_start = order.len();
        // SAFETY: the caller's tables.
        match unsafe { root.as_ref() } {
            // SAFETY: as above.
            Some(root) => unsafe { books.collect(root, None, 0) },
            None => Ok(()),
        }
    });
    let prepared = prepared
        .and_then(|()| books.short.push(0))
        .and_then(|()| books.long.push(LongOption::new(null(), 0, 0)));
    if prepared.is_err() {
        return ENOMEM;
    }
    let exit = &libc_state().exit;
    // SAFETY: the caller's arguments; everything else lives on this stack.
    unsafe {
        let first = if argv.is_null() || argc < 1 { null_mut() } else { *argv };
        let base = text_of(first).iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let name = if first.is_null() { exit.short_name.get() } else { first.add(base) };
        let mut state = State {
            root,
            argc,
            argv,
            next: 1,
            flags,
            arg_num: 0,
            quoted: 0,
            input: null_mut(),
            child_inputs: null_mut(),
            hook: null_mut(),
            name,
            err_stream: libc_state().stdio.stderr.get(),
            out_stream: libc_state().stdio.stdout.get(),
            books: (&raw mut books).cast(),
        };
        let state = &raw mut state;
        let mut error = books.start(state, input);
        if error != 0 {
            return error;
        }
        let getopt = &libc_state().stdlib.getopt;
        getopt.reports.set(1);
        if flags & flag::NO_ERRS != 0 {
            getopt.reports.set(0);
            if flags & flag::PARSE_ARGV0 != 0 {
                (*state).argv = argv.wrapping_sub(1);
                (*state).argc += 1;
            }
        }
        // The first call of getopt(3) for these arguments begins anew.
        getopt.restart();
        let mut is_argument_unknown = false;
        while error == 0 {
            (error, is_argument_unknown) = books.parse_next(state);
        }
        books.finish(state, error, is_argument_unknown, end_index)
    }
}
