//! Thread-local storage: static blocks below the thread control block, dynamic ones by the DTV (psABI variant II).
//!
//! The DTV is a row of words: how many modules it has room for, then the block of each module from 1 on, 0 where
//! it has none yet. A module is *static* when its block lies at a fixed distance below the thread pointer.

mod access;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::offset_of;
use core::sync::atomic::Ordering;

use goblin::elf::program_header::PT_TLS;

use super::map::map_anonymous;
use super::object::{Object, ObjectId};
use super::plan::store_word;
use crate::abi::{Errno, Result};
use crate::backend::Access;
use crate::boundary::user::{UserPtr, copy_in, copy_out};
use crate::kernel::Context;
use crate::libc::tcb::Tcb;
use crate::mm::Placement;
use crate::sync::Mutex;
use crate::task::{Program, Thread};

pub use access::{free_blocks, tls_get_addr};

/// Room below the thread pointer for initial-exec libraries that are opened later.
const SURPLUS_BYTES: usize = 8192;
/// The least alignment of a thread control block.
const TCB_ALIGN: usize = 64;
/// Modules a new DTV has room for beyond those there are.
const DTV_SPARE: usize = 16;
const PAGE_BYTES: usize = 4096;

/// A thread's own part of the loader's book-keeping. All zero at the start.
#[repr(C)]
pub struct TlsFields {
    /// The mapping the control block and the static blocks lie in.
    pub mapping: usize,
    /// Its length in bytes.
    pub mapping_bytes: usize,
}

/// One object's thread-local storage.
#[derive(Debug, Clone, Copy)]
pub struct TlsModule {
    /// Where its initial bytes are.
    pub image: usize,
    /// How many of them there are.
    pub file_bytes: usize,
    /// Length of a block.
    pub memory_bytes: usize,
    /// Alignment of a block, a power of two.
    pub align: usize,
    /// Where in its alignment a block starts.
    pub skew: usize,
    /// How far below the thread pointer the block starts, if it is static.
    pub block: Option<usize>,
    /// Whether a thread may have a block of it that is not static.
    pub has_own_blocks: bool,
    /// Which of the modules that were made static later it is, from 1; 0 for the others.
    turn: usize,
}

/// A program's thread-local storage.
#[derive(Default)]
pub struct TlsLayout {
    /// Modules by number, the first one is 1; `None` where one was unloaded.
    modules: Vec<Option<TlsModule>>,
    /// Bytes below the thread pointer in use.
    used_bytes: usize,
    /// Bytes below the thread pointer that every thread has; 0 until fixed.
    static_bytes: usize,
    /// Alignment of the thread pointer.
    align: usize,
    /// How many modules were made static since then.
    turns: usize,
    /// Static modules made since they were last initialised in the running threads.
    fresh: Vec<usize>,
    /// The stack protector's canary and the pointer guard.
    guards: (usize, usize),
    /// Memory for the arguments of TLS descriptors: where the next one goes, and the end.
    arguments: (usize, usize),
}

impl TlsLayout {
    /// Adds an object's module; returns its number.
    pub fn add(&mut self, object: &Object) -> Option<usize> {
        let segment = object.image.segment(PT_TLS)?;
        let align = (segment.p_align as usize).max(1);
        self.modules.push(Some(TlsModule {
            image: object.address(segment.p_vaddr),
            file_bytes: segment.p_filesz as usize,
            memory_bytes: segment.p_memsz as usize,
            align,
            skew: segment.p_vaddr as usize & (align - 1),
            block: None,
            has_own_blocks: false,
            turn: 0,
        }));
        Some(self.modules.len())
    }

    /// Forgets a module.
    pub fn remove(&mut self, module: usize) {
        if let Some(slot) = self.modules.get_mut(module.wrapping_sub(1)) {
            *slot = None;
        }
        self.fresh.retain(|fresh| *fresh != module);
        // What lies deepest is free for the next one.
        if self.static_bytes != 0 {
            self.used_bytes = self.static_modules().filter_map(|(_, module)| module.block).max().unwrap_or(0);
        }
    }

    /// Returns a module.
    pub fn module(&self, module: usize) -> Option<TlsModule> {
        *self.modules.get(module.wrapping_sub(1))?
    }

    /// Returns how many module numbers were given out.
    pub fn module_count(&self) -> usize {
        self.modules.len()
    }

    /// Changes with everything that a thread's storage is laid out by.
    pub fn version(&self) -> LayoutVersion {
        (self.modules.len(), self.turns)
    }

    /// Returns the static modules with their numbers.
    fn static_modules(&self) -> impl Iterator<Item = (usize, TlsModule)> {
        let numbered = self.modules.iter().enumerate();
        numbered.filter_map(|(index, module)| Some((index + 1, (*module).filter(|m| m.block.is_some())?)))
    }

    /// Makes every module there is static and fixes how much each thread gets.
    pub fn fix(&mut self, guards: (usize, usize)) -> Result<()> {
        self.align = TCB_ALIGN;
        for index in 0..self.modules.len() {
            let Some(module) = self.modules[index] else { continue };
            self.align = self.align.max(module.align);
            let block = block_after(self.used_bytes, &module).ok_or(Errno::ENOMEM)?;
            self.used_bytes = block;
            self.modules[index] = Some(TlsModule { block: Some(block), ..module });
        }
        self.static_bytes = self.used_bytes.checked_add(SURPLUS_BYTES).ok_or(Errno::ENOMEM)?;
        self.guards = guards;
        Ok(())
    }

    /// Returns how many bytes each thread has for static modules with its control block, and their alignment.
    pub fn static_storage(&self) -> (usize, usize) {
        (self.static_bytes.next_multiple_of(self.align.max(1)) + size_of::<Tcb>(), self.align)
    }

    /// Makes a module static, if it is not yet; returns how far below the thread pointer its block starts.
    pub fn make_static(&mut self, number: usize) -> Result<usize> {
        let module = self.module(number).ok_or(Errno::EINVAL)?;
        if let Some(block) = module.block {
            return Ok(block);
        }
        if module.has_own_blocks {
            return Err(Errno::EBUSY); // Threads know its variables by other addresses.
        }
        let block = block_after(self.used_bytes, &module).ok_or(Errno::ENOMEM)?;
        if block > self.static_bytes || module.align > self.align {
            return Err(Errno::ENOMEM);
        }
        self.used_bytes = block;
        self.turns += 1;
        self.fresh.push(number);
        self.modules[number - 1] = Some(TlsModule { block: Some(block), turn: self.turns, ..module });
        Ok(block)
    }

    /// A thread asks for its block of a module: if that is not static, it never gets so.
    pub fn give_block(&mut self, number: usize) -> Option<TlsModule> {
        let module = self.modules.get_mut(number.wrapping_sub(1))?.as_mut()?;
        module.has_own_blocks |= module.block.is_none();
        Some(*module)
    }

    /// Returns the function and the argument of a TLS descriptor.
    pub fn descriptor(&mut self, cx: Context<'_>, module: usize, offset: usize) -> Result<(usize, usize)> {
        if let Some(block) = self.module(module).ok_or(Errno::EINVAL)?.block {
            return Ok((access::static_descriptor as *const () as usize, offset.wrapping_sub(block)));
        }
        if self.arguments.0 == self.arguments.1 {
            let access = Access::READ | Access::WRITE;
            let page = map_anonymous(cx, Placement::Anywhere, PAGE_BYTES, access, "[loader]")?;
            self.arguments = (page, page + PAGE_BYTES);
        }
        let argument = self.arguments.0;
        store_word(argument, module)?;
        store_word(argument + 8, offset)?;
        self.arguments.0 += 16;
        Ok((access::dynamic_descriptor as *const () as usize, argument))
    }

    /// Fills the blocks of modules that became static while threads run.
    pub fn initialise_fresh(&mut self, cx: Context<'_>, program: &Arc<Program>) -> Result<()> {
        for number in core::mem::take(&mut self.fresh) {
            let Some(module) = self.module(number) else { continue };
            let threads = cx.kernel.tasks.threads.lock().clone();
            for thread in threads.iter().filter(|thread| Arc::ptr_eq(&thread.program, program)) {
                match thread.tcb.load(Ordering::Acquire) {
                    0 => {}
                    tcb => renew(&module, tcb)?,
                }
            }
        }
        Ok(())
    }
}

/// How many areas of ended threads are kept.
const KEPT_AREAS: usize = 64;

/// What [`allocate`] maps for a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Area {
    start: usize,
    len_bytes: usize,
    /// The number of the program whose memory it is.
    owner: u32,
}

/// Areas of ended threads, ready for new ones.
pub struct AreaCache(Mutex<Vec<Area>>);

impl AreaCache {
    /// Makes an empty cache.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Forgets a program's areas, which are unmapped with all of its memory.
    pub fn forget(&self, owner: u32) {
        self.0.lock().retain(|area| area.owner != owner);
    }

    fn take(&self, len_bytes: usize, owner: u32) -> Option<usize> {
        let mut areas = self.0.lock();
        let at = areas.iter().rposition(|area| area.len_bytes == len_bytes && area.owner == owner)?;
        Some(areas.swap_remove(at).start)
    }

    /// Keeps an area; false if enough are kept.
    fn keep(&self, area: Area) -> bool {
        let mut areas = self.0.lock();
        let has_room = areas.len() < KEPT_AREAS;
        if has_room {
            areas.push(area);
        }
        has_room
    }
}

impl Default for AreaCache {
    fn default() -> Self {
        Self::new()
    }
}

/// Stores zeros.
fn clear(start: usize, end: usize) -> Result<()> {
    static ZEROS: [u8; 512] = [0; 512];
    let mut at = start;
    while at < end {
        let len = (end - at).min(ZEROS.len());
        copy_out(at, &ZEROS[..len])?;
        at += len;
    }
    Ok(())
}

/// Returns how far below the thread pointer the next block starts when `used_bytes` are taken.
fn block_after(used_bytes: usize, module: &TlsModule) -> Option<usize> {
    let least = used_bytes.checked_add(module.memory_bytes)?;
    // The thread pointer is aligned, so the block's start is congruent to the segment when -block is.
    let slack = 0usize.wrapping_sub(module.skew).wrapping_sub(least) & (module.align - 1);
    least.checked_add(slack)
}

/// Stores a static module's initial bytes below the thread pointer `tp`.
fn fill(module: &TlsModule, tp: usize) -> Result<()> {
    let Some(block) = module.block else { return Ok(()) };
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(module.file_bytes).map_err(|_| Errno::ENOMEM)?;
    bytes.resize(module.file_bytes, 0);
    copy_in(&mut bytes, module.image)?;
    copy_out(tp - block, &bytes)
}

/// As [`fill`], where another module may have been before.
fn renew(module: &TlsModule, tp: usize) -> Result<()> {
    if let Some(block) = module.block {
        clear(tp - block + module.file_bytes, tp - block + module.memory_bytes)?;
    }
    fill(module, tp)
}

/// Makes a thread's static TLS area and control block (guest memory), with canary, guard, DTV and libc state set.
pub fn allocate(cx: Context<'_>, program: &Arc<Program>) -> Result<*mut Tcb> {
    let namespace = program.namespace.lock();
    let layout = &namespace.tls;
    let align = layout.align.max(TCB_ALIGN);
    let capacity = layout.modules.len() + DTV_SPARE;
    let slack = if align > PAGE_BYTES { align } else { 0 };
    let above = size_of::<Tcb>().next_multiple_of(16) + (capacity + 1) * 8;
    let below = layout.static_bytes.next_multiple_of(align);
    let len_bytes = (below + above + slack).next_multiple_of(PAGE_BYTES);
    let tp_of = |mapping: usize| (mapping + layout.static_bytes).next_multiple_of(align);
    let kept = cx.kernel.tasks.areas.take(len_bytes, program.number);
    // What lies below the blocks is cleared when a module gets it. An area that the program made inaccessible is left alone.
    let kept = kept.filter(|start| clear(tp_of(*start) - layout.used_bytes, start + len_bytes).is_ok());
    let mapping = if let Some(start) = kept {
        start
    } else {
        let access = Access::READ | Access::WRITE;
        map_anonymous(cx, Placement::Anywhere, len_bytes, access, "[tls]")?
    };
    let tp = tp_of(mapping);
    let dtv = dtv_of(tp);
    let made = (|| {
        store_word(dtv, capacity)?;
        for (number, module) in layout.static_modules() {
            fill(&module, tp)?;
            if let Some(block) = module.block {
                store_word(dtv + number * 8, tp - block)?;
            }
        }
        let words = [
            (offset_of!(Tcb, self_pointer), tp),
            (offset_of!(Tcb, self_pointer_again), tp),
            (offset_of!(Tcb, dtv), dtv),
            (offset_of!(Tcb, canary), layout.guards.0),
            (offset_of!(Tcb, pointer_guard), layout.guards.1),
            (offset_of!(Tcb, libc), program.libc.load(Ordering::Acquire)),
            (offset_of!(Tcb, tls) + offset_of!(TlsFields, mapping), mapping),
            (offset_of!(Tcb, tls) + offset_of!(TlsFields, mapping_bytes), len_bytes),
        ];
        words.iter().try_for_each(|(offset, word)| store_word(tp + offset, *word))
    })();
    *cx.thread.tls_layout.lock() = layout.version();
    match made {
        Ok(()) => Ok(tp as *mut Tcb),
        Err(errno) => {
            let _ = cx.kernel.mm.unmap(mapping, len_bytes);
            Err(errno)
        }
    }
}

/// Fills the blocks of modules that became static after a thread's storage was made. The thread is in the table of
/// threads and does not run yet; what becomes static later [`TlsLayout::initialise_fresh`] fills.
pub fn catch_up(thread: &Thread) -> Result<()> {
    let namespace = thread.program.namespace.lock();
    let made_for = *thread.tls_layout.lock();
    if made_for == namespace.tls.version() {
        return Ok(());
    }
    let tp = thread.tcb.load(Ordering::Acquire);
    let later = namespace.tls.static_modules().filter(|(_, module)| module.turn > made_for.1);
    // Its DTV gets their places when they are first asked for.
    later.map(|(_, module)| module).try_for_each(|module| renew(&module, tp))
}

/// Where a thread's first DTV lies.
const fn dtv_of(tp: usize) -> usize {
    tp + size_of::<Tcb>().next_multiple_of(16)
}

/// How many modules a thread's storage was made for, and how many of them were made static later.
pub type LayoutVersion = (usize, usize);

/// Gives back what [`allocate`] made for a thread of `program`, once it no longer runs on it.
pub fn release(cx: Context<'_>, program: &Program, tcb: *mut Tcb) {
    let field = |offset| UserPtr::<usize>::new(tcb as usize + offset_of!(Tcb, tls) + offset).read();
    if let (Ok(mapping), Ok(len_bytes)) =
        (field(offset_of!(TlsFields, mapping)), field(offset_of!(TlsFields, mapping_bytes)))
        && !cx.kernel.tasks.areas.keep(Area { start: mapping, len_bytes, owner: program.number })
    {
        // A mapping that is not there any more was removed by the program.
        let _ = cx.kernel.mm.unmap(mapping, len_bytes);
    }
}

impl super::Namespace {
    /// Gives an object its TLS module.
    pub fn add_tls(&mut self, id: ObjectId) {
        let Some(module) = self.objects.get(id.0).and_then(|slot| self.tls.add(slot.as_deref()?)) else {
            return;
        };
        if let Some(object) = self.object_mut(id) {
            object.tls_module = Some(module);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(memory_bytes: usize, align: usize, skew: usize) -> TlsModule {
        TlsModule {
            image: 0,
            file_bytes: 0,
            memory_bytes,
            align,
            skew,
            block: None,
            has_own_blocks: false,
            turn: 0,
        }
    }

    #[test]
    fn blocks_are_aligned_and_do_not_overlap() {
        let mut used = 0;
        for (len, align, skew) in [(10, 1, 0), (24, 16, 8), (100, 64, 0), (3, 4, 2), (40000, 4096, 16)] {
            let block = block_after(used, &module(len, align, skew)).expect("it fits");
            assert!(block >= used + len);
            assert_eq!((1usize << 40).wrapping_sub(block) % align, skew);
            assert!(block < used + len + align);
            used = block;
        }
    }

    #[test]
    fn a_block_larger_than_memory_is_refused() {
        assert_eq!(block_after(8, &module(usize::MAX - 4, 1, 0)), None);
    }
}
