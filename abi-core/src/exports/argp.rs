//! `argp.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_void};

use super::stdio_printf::{print_to, vfprintf};
use crate::boundary::variadic::VaList;
use crate::libc::argp::{Argp, ArgpOption, State, flag, help, parse};
use crate::libc::c_str;
use crate::libc::state::state as libc_state;
use crate::{data_exports, pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

unsafe extern "C" fn vargp_error(state: *mut State, template: *const c_char, list: *mut VaList) {
    let Some(stream) = help::error_stream(state) else { return };
    print_to(stream, &[help::name_of(state), b": "]);
    vfprintf(stream, template, list);
    print_to(stream, &[b"\n"]);
    help::show(state, stream, help::STD_ERR);
}

unsafe extern "C" fn vargp_failure(
    state: *mut State,
    status: c_int,
    error: c_int,
    template: *const c_char,
    list: *mut VaList,
) {
    let Some(stream) = help::error_stream(state) else { return };
    print_to(stream, &[help::name_of(state)]);
    if !template.is_null() {
        print_to(stream, &[b": "]);
        vfprintf(stream, template, list);
    }
    if error != 0 {
        print_to(stream, &[b": ", c_str(super::string::strerror(error)).to_bytes()]);
    }
    print_to(stream, &[b"\n"]);
    if status != 0 && (state.is_null() || (*state).flags & flag::NO_EXIT == 0) {
        crate::libc::exit::exit(status);
    }
}

/// argp_error(3), with a flag for the format.
unsafe extern "C" fn vargp_error_chk(
    state: *mut State,
    _flag: c_int,
    template: *const c_char,
    list: *mut VaList,
) {
    vargp_error(state, template, list);
}

unsafe extern "C" fn vargp_failure_chk(
    state: *mut State,
    status: c_int,
    error: c_int,
    _flag: c_int,
    template: *const c_char,
    list: *mut VaList,
) {
    vargp_failure(state, status, error, template, list);
}

variadic!(pub fn argp_error, fixed 2, vargp_error);
variadic!(pub fn argp_failure, fixed 4, vargp_failure);
variadic!(pub fn argp_error_chk, fixed 3, vargp_error_chk);
variadic!(pub fn argp_failure_chk, fixed 5, vargp_failure_chk);

unsafe extern "C" fn argp_usage(state: *mut State) {
    help::show(state, libc_state().stdio.stderr.get(), help::STD_USAGE);
}

unsafe extern "C" fn option_is_short(option: *const ArgpOption) -> c_int {
    c_int::from((*option).short().is_some())
}

unsafe extern "C" fn option_is_end(option: *const ArgpOption) -> c_int {
    c_int::from((*option).is_end())
}

unsafe extern "C" fn argp_input(argp: *const Argp, state: *mut State) -> *mut c_void {
    help::input_of(argp, state)
}

pure_exports! { "libc.so.6";
    partial("messages are not translated") argp_parse = parse::argp_parse;
    partial("messages are not translated") argp_help = help::argp_help;
    partial("messages are not translated") argp_state_help = help::show;
    full argp_usage = argp_usage;
    full __argp_usage = argp_usage;
    full argp_error = argp_error;
    full argp_failure = argp_failure;
    full __argp_error_chk = argp_error_chk;
    full __argp_failure_chk = argp_failure_chk;
    full _option_is_short = option_is_short;
    full __option_is_short = option_is_short;
    full _option_is_end = option_is_end;
    full __option_is_end = option_is_end;
    full _argp_input = argp_input;
}

data_exports! { "libc.so.6";
    full argp_program_version = argp.version: usize;
    full argp_program_version_hook = argp.version_hook: usize;
    full argp_program_bug_address = argp.bug_address: usize;
    full argp_err_exit_status = argp.exit_status: c_int;
}
