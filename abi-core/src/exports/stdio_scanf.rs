//! `stdio.h`: formatted input.

use core::ffi::{c_char, c_int};

use crate::boundary::variadic::VaList;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::libc::stdio::lock::Guard;
use crate::libc::stdio::scanf::source::{Stream, Text};
use crate::libc::stdio::scanf::{Dialect, scan};
use crate::{pure_exports, variadic};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

unsafe fn from_stream(fp: *mut File, template: *const c_char, list: *mut VaList, dialect: Dialect) -> c_int {
    // SAFETY: an open stream, kept by the guard; a template and the places it names.
    unsafe {
        let _guard = Guard::new(fp);
        if (*fp).mode > 0 {
            return -1;
        }
        scan(&mut Stream(fp), template.cast::<u8>(), list, dialect)
    }
}

unsafe fn from_text(
    text: *const c_char,
    template: *const c_char,
    list: *mut VaList,
    dialect: Dialect,
) -> c_int {
    // SAFETY: a string, a template and the places it names.
    unsafe { scan(&mut Text::new(text.cast::<u8>()), template.cast::<u8>(), list, dialect) }
}

/// Makes the six functions of a dialect.
macro_rules! dialect {
    ($dialect:ident: $vfscanf:ident $vscanf:ident $vsscanf:ident $fscanf:ident $scanf:ident $sscanf:ident) => {
        pub unsafe extern "C" fn $vfscanf(fp: *mut File, template: *const c_char, list: *mut VaList) -> c_int {
            // SAFETY: scanf(3)'s promises for a stream.
            unsafe { from_stream(fp, template, list, Dialect::$dialect) }
        }
        pub unsafe extern "C" fn $vscanf(template: *const c_char, list: *mut VaList) -> c_int {
            // SAFETY: stdin is an open stream; scanf(3)'s promises.
            unsafe { from_stream(state().stdio.stdin.get(), template, list, Dialect::$dialect) }
        }
        pub unsafe extern "C" fn $vsscanf(text: *const c_char, template: *const c_char, list: *mut VaList) -> c_int {
            // SAFETY: scanf(3)'s promises for a string.
            unsafe { from_text(text, template, list, Dialect::$dialect) }
        }
        variadic!(pub fn $fscanf, fixed 2, $vfscanf);
        variadic!(pub fn $scanf, fixed 1, $vscanf);
        variadic!(pub fn $sscanf, fixed 2, $vsscanf);
    };
}
dialect!(Gnu: vfscanf vscanf vsscanf fscanf scanf sscanf);
dialect!(C99: isoc99_vfscanf isoc99_vscanf isoc99_vsscanf isoc99_fscanf isoc99_scanf isoc99_sscanf);
dialect!(C23: isoc23_vfscanf isoc23_vscanf isoc23_vsscanf isoc23_fscanf isoc23_scanf isoc23_sscanf);

pure_exports! { "libc.so.6";
    full scanf = scanf;
    full fscanf = fscanf;
    full sscanf = sscanf;
    full _IO_sscanf = sscanf;
    full vscanf = vscanf;
    full vfscanf = vfscanf;
    full vsscanf = vsscanf;
    full __vfscanf = vfscanf;
    full __vsscanf = vsscanf;
    full _IO_vfscanf = vfscanf;
    full __isoc99_scanf = isoc99_scanf;
    full __isoc99_fscanf = isoc99_fscanf;
    full __isoc99_sscanf = isoc99_sscanf;
    full __isoc99_vscanf = isoc99_vscanf;
    full __isoc99_vfscanf = isoc99_vfscanf;
    full __isoc99_vsscanf = isoc99_vsscanf;
    full __isoc23_scanf = isoc23_scanf;
    full __isoc23_fscanf = isoc23_fscanf;
    full __isoc23_sscanf = isoc23_sscanf;
    full __isoc23_vscanf = isoc23_vscanf;
    full __isoc23_vfscanf = isoc23_vfscanf;
    full __isoc23_vsscanf = isoc23_vsscanf;
}
