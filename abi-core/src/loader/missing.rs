//! Stand-ins for symbols that nothing defines.
//!
//! A missing function gets a stub of a few instructions that names itself to [`report`]; something that may be data gets
//! an inaccessible page, so that the fault tells which it was.

use alloc::string::String;
use alloc::vec::Vec;
use core::arch::naked_asm;

use super::Namespace;
use super::error::shown;
use super::map::map_anonymous;
use crate::abi::Errno;
use crate::backend::Access;
use crate::boot::MissingPolicy;
use crate::boundary::user::copy_out;
use crate::kernel::Context;
use crate::mm::Placement;

const STUB_BYTES: usize = 16;
const PAGE_BYTES: usize = 4096;

/// How a missing symbol is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is called.
    Function,
    /// It may be data: its address is taken.
    Unknown,
}

/// The missing symbols of a program.
#[derive(Default)]
pub struct MissingSymbols {
    /// Names; a stub's number is an index here.
    names: Vec<Vec<u8>>,
    /// Inaccessible pages: first address, first index.
    pages: Vec<(usize, usize, usize)>,
    /// Those of the program as it was loaded that are not even known, in the order they were met.
    pub unknown: Vec<Vec<u8>>,
}

/// References to missing symbols that one load found: (symbol, how it is used, where its address goes, addend).
#[derive(Default)]
pub struct Pending(pub Vec<(Vec<u8>, Use, usize, i64)>);

impl MissingSymbols {
    /// Makes the stand-ins and stores their addresses.
    pub fn bind(&mut self, cx: Context<'_>, pending: &Pending) -> Result<(), Errno> {
        for kind in [Use::Function, Use::Unknown] {
            let mut names: Vec<&[u8]> =
                pending.0.iter().filter(|p| p.1 == kind).map(|p| p.0.as_slice()).collect();
            names.sort_unstable();
            names.dedup();
            if names.is_empty() {
                continue;
            }
            let first = self.names.len();
            self.names.extend(names.iter().map(|name| name.to_vec()));
            let (start, step) = match kind {
                Use::Function => (make_stubs(cx, first, names.len())?, STUB_BYTES),
                Use::Unknown => (self.make_pages(cx, first, names.len())?, PAGE_BYTES),
            };
            for (name, _, place, addend) in pending.0.iter().filter(|p| p.1 == kind) {
                let index = names.binary_search(&name.as_slice()).unwrap_or(0);
                let address = (start + index * step).wrapping_add(*addend as usize);
                copy_out(*place, &address.to_le_bytes())?;
            }
        }
        Ok(())
    }

    fn make_pages(&mut self, cx: Context<'_>, first: usize, count: usize) -> Result<usize, Errno> {
        let len_bytes = count * PAGE_BYTES;
        let start = map_anonymous(cx, Placement::Anywhere, len_bytes, Access::empty(), "[missing]")?;
        self.pages.push((start, first, count));
        Ok(start)
    }

    /// Returns the missing symbol whose page holds `address`.
    pub fn at_address(&self, address: usize) -> Option<&[u8]> {
        self.pages.iter().find_map(|(start, first, count)| {
            let page = address.wrapping_sub(*start) / PAGE_BYTES;
            (page < *count).then(|| self.names.get(first + page).map(Vec::as_slice))?
        })
    }
}

/// Makes `count` stubs for the symbols from number `first` on; returns the address of the first one.
fn make_stubs(cx: Context<'_>, first: usize, count: usize) -> Result<usize, Errno> {
    let target = match cx.kernel.boot.missing {
        MissingPolicy::Enosys => answer_enosys as *const () as usize,
        MissingPolicy::Abort | MissingPolicy::Fail => missing_called as *const () as usize,
    };
    let mut code = Vec::with_capacity((count + 1) * STUB_BYTES);
    code.extend_from_slice(&target.to_le_bytes());
    code.resize(STUB_BYTES, 0xcc);
    for index in 0..count {
        // mov eax, imm32; jmp [rip + disp32]
        code.push(0xb8);
        code.extend_from_slice(&((first + index) as u32).to_le_bytes());
        code.extend_from_slice(&[0xff, 0x25]);
        let next = code.len() + 4;
        code.extend_from_slice(&(-(next as i32)).to_le_bytes());
        code.resize((index + 2) * STUB_BYTES, 0xcc);
    }
    let access = Access::READ | Access::WRITE;
    let start = map_anonymous(cx, Placement::Anywhere, code.len(), access, "[missing]")?;
    copy_out(start, &code)?;
    let len_bytes = code.len().next_multiple_of(PAGE_BYTES);
    cx.kernel.mm.protect(start, len_bytes, Access::READ | Access::EXECUTE)?;
    Ok(start + STUB_BYTES)
}

/// Where a stub goes: eax is the symbol's number, the return address is on the stack.
#[unsafe(naked)]
unsafe extern "C" fn missing_called() {
    naked_asm!(
        "mov edi, eax",
        "mov rsi, [rsp]",
        "jmp {report}",
        report = sym crate::exports::start::internal::__osvrun_missing,
    )
}

/// Where a stub goes under `--missing=enosys`.
extern "C" fn answer_enosys() -> isize {
    crate::libc::set_errno(crate::abi::ENOSYS);
    -1
}

/// Ends the program because it called missing symbol number `index` from `caller`.
pub fn report(cx: Context<'_>, index: usize, caller: usize) -> ! {
    let namespace = cx.thread.program.namespace.lock();
    let name = namespace.missing.names.get(index).map(Vec::as_slice).unwrap_or_default().to_vec();
    let place = namespace.describe(caller);
    drop(namespace);
    report_name(&name, &place, "\n  with --missing=enosys such calls fail and the program goes on")
}

/// Ends the program because it used the missing symbol `name` at `place`, with what can be done about it.
fn report_name(name: &[u8], place: &str, hint: &str) -> ! {
    let note = crate::exports::find(name).map_or("", |export| export.note);
    let open = if note.is_empty() { "" } else { "\n  not supported: " };
    crate::panic::stop_program(format_args!(
        "missing symbol: {} (called from {place}){open}{note}{hint}",
        shown(name)
    ))
}

/// Ends the program if `address`, which code at `rip` touched, is the stand-in of a missing symbol.
pub fn report_if_touched(address: usize, rip: usize) {
    let Some(namespace) = crate::task::current().program.namespace.try_lock() else { return };
    let Some(name) = namespace.missing.at_address(address).map(<[u8]>::to_vec) else { return };
    // A call of it faults at its own address; what called it is on the stack, which the backtrace shows.
    let place = namespace.describe(rip);
    drop(namespace);
    report_name(&name, &place, "")
}

impl Namespace {
    /// Says what lies at `address`: `app.so+0x1139 in main`.
    pub fn describe(&self, address: usize) -> String {
        use core::fmt::Write;
        let mut text = String::new();
        let Some((_, object)) = self.at_address(address) else {
            let _ = write!(text, "{address:#x}");
            return text;
        };
        let linked = (address - object.bias) as u64;
        let _ = write!(text, "{}+{linked:#x}", shown(object.file_name()));
        let mut room = [0; 256];
        if let Some(name) = object.image.function_at(linked.saturating_sub(1), &mut room) {
            let _ = write!(text, " in {}", shown(name));
        }
        text
    }
}
