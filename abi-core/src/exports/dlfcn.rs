//! `dlfcn.h`: opening libraries while the program runs.

use crate::libc::dl::{dladdr, dladdr1, dlclose, dlerror, dlinfo, dlmopen, dlopen, dlsym, dlvsym};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pure_exports! { "libc.so.6";
    full dlopen = dlopen;
    partial("only LM_ID_BASE") dlmopen = dlmopen;
    full dlclose = dlclose;
    full dlsym = dlsym;
    full dlvsym = dlvsym;
    full dlerror = dlerror;
    full dladdr = dladdr;
    full dladdr1 = dladdr1;
    partial("no folders of libraries that the kernel stands for") dlinfo = dlinfo;
}

/// Rows that only the library itself calls: they are in no table.
pub mod internal {
    use core::ffi::c_int;

    use crate::abi::{Errno, Result};
    use crate::boundary::user::{UserPtr, UserStr, copy_out};
    use crate::kernel_exports;
    use crate::libc::dl::ERROR_BYTES;
    use crate::loader::error::LoadError;
    use crate::loader::open::Keep;
    use crate::loader::query::Found;

    /// Stores the text of an error for `dlerror`.
    fn refuse(error: &LoadError, text: UserPtr<u8>) -> Result<c_int> {
        let len = error.text.len().min(ERROR_BYTES - 1);
        copy_out(text.address(), &error.text.as_bytes()[..len])?;
        copy_out(text.address() + len, &[0])?;
        Ok(-1)
    }

    kernel_exports! { "libc.so.6";
        full fn __osvrun_dl_open(cx, name: UserStr, mode: c_int, caller: usize, out: UserPtr<usize>, text: UserPtr<u8>) -> c_int {
            let name = if name.is_null() { None } else { Some(name.read_path()?) };
            match cx.dl_open(name.as_deref(), mode, caller) {
                Ok(opened) => out.write_many(&[opened.handle, opened.plan as usize]).map(|()| 0),
                Err(error) => refuse(&error, text),
            }
        }
        full fn __osvrun_dl_close(cx, handle: usize, out: UserPtr<usize>, text: UserPtr<u8>) -> c_int {
            match cx.dl_close(handle) {
                Ok(plan) => out.write(plan as usize).map(|()| 0),
                Err(error) => refuse(&error, text),
            }
        }
        full fn __osvrun_dl_unload(cx, out: UserPtr<usize>, text: UserPtr<u8>) -> c_int {
            match cx.dl_unload() {
                Ok(plan) => out.write(plan as usize).map(|()| 0),
                Err(error) => refuse(&error, text),
            }
        }
        /// Keeps the object at an address while a destructor of a thread-local object needs it.
        full fn __osvrun_dl_keep(cx, address: usize, is_longer: c_int) -> c_int {
            cx.dl_keep(address, if is_longer != 0 { Keep::Longer } else { Keep::NoLonger });
            Ok(0)
        }
        full fn __osvrun_dl_done(cx, plan: usize) -> c_int { cx.dl_done(plan).map(|()| 0) }
        full fn __osvrun_dl_sym(cx, handle: usize, name: UserStr, version: UserStr, caller: usize, out: UserPtr<usize>, text: UserPtr<u8>) -> c_int {
            let name = name.read(1 << 16)?;
            let version = if version.is_null() { None } else { Some(version.read(1 << 16)?) };
            match cx.dl_sym(handle, &name, version.as_deref(), caller) {
                Ok(Found::Address(address)) => out.write_many(&[0, address, 0]).map(|()| 0),
                Ok(Found::Ifunc(resolver)) => out.write_many(&[1, resolver, 0]).map(|()| 0),
                Ok(Found::Thread(module, offset)) => out.write_many(&[2, module, offset]).map(|()| 0),
                Err(error) => refuse(&error, text),
            }
        }
        full fn __osvrun_dl_addr(cx, address: usize, out: UserPtr<usize>) -> c_int {
            let info = cx.dl_addr(address).ok_or(Errno::ENOENT)?;
            out.write_many(&info.words)?;
            out.add(4).write_many(&[info.link_map, info.symbol])?;
            Ok(0)
        }
        full fn __osvrun_dl_info(cx, handle: usize, module: UserPtr<usize>, folder: UserPtr<u8>, text: UserPtr<u8>) -> c_int {
            let Some((number, path)) = cx.dl_handle_info(handle) else {
                return refuse(&LoadError::not_found("invalid handle".into()), text);
            };
            module.write(number)?;
            if !folder.is_null() {
                let Some(path) = path else {
                    return refuse(&LoadError::not_found("the kernel is in no folder".into()), text);
                };
                copy_out(folder.address(), &path)?;
                copy_out(folder.address() + path.len(), &[0])?;
            }
            Ok(0)
        }
        /// Stores as much of the names of folders as there is room for, each with a NUL; returns how much there is.
        full fn __osvrun_dl_places(cx, handle: usize, out: UserPtr<u8>, room: usize) -> c_int {
            let mut names = cx.dl_places(handle).ok_or(Errno::EINVAL)?.join(&0);
            names.push(0);
            copy_out(out.address(), &names[..names.len().min(room)])?;
            c_int::try_from(names.len()).map_err(|_| Errno::EOVERFLOW)
        }
        full fn __osvrun_dl_phdr(cx, index: usize, out: UserPtr<usize>) -> c_int {
            out.write_many(&cx.dl_phdr_info(index).ok_or(Errno::ENOENT)?)?;
            Ok(0)
        }
        full fn __osvrun_dl_unwinder(cx, out: UserPtr<usize>) -> c_int {
            out.write_many(&cx.dl_unwinder().ok_or(Errno::ENOENT)?)?;
            Ok(0)
        }
        full fn __osvrun_dl_find(cx, address: usize, out: UserPtr<usize>) -> c_int {
            out.write_many(&cx.dl_find_object(address).ok_or(Errno::ENOENT)?)?;
            Ok(0)
        }
    }
}
