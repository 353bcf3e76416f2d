//! Stacks that code runs on: for programs and libraries that ask for it (`PT_GNU_STACK` with `PF_X`), as trampolines of
//! nested functions do.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use super::Stack;
use crate::abi::Result;
use crate::backend::Access;
use crate::kernel::Context;
use crate::loader::error::shown;

impl Context<'_> {
    /// Makes every stack of the calling thread's program executable, and those it gets later: `file` asks for it.
    pub fn allow_executable_stacks(self, file: &[u8]) -> Result<()> {
        let program = &self.thread.program;
        if program.has_executable_stacks.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        log::info!("{}: asks for executable stacks", shown(file));
        let mm = &self.kernel.mm;
        let main = *program.start_stack.lock();
        if let Some((range, access)) = main.and_then(|stack| mm.region_of(stack.auxv)) {
            mm.protect(range.start, range.len_bytes, access | Access::EXECUTE)?;
        }
        for stack in self.thread_stacks() {
            mm.protect(stack.start, stack.len_bytes, self.stack_access())?;
        }
        Ok(())
    }

    /// Returns the stacks that the kernel made for threads of this program, those of ended ones included.
    fn thread_stacks(self) -> Vec<Stack> {
        let program = &self.thread.program;
        let threads = self.kernel.tasks.threads.lock();
        let own = threads.iter().filter(|thread| Arc::ptr_eq(&thread.program, program));
        let mut stacks: Vec<Stack> = own.filter_map(|thread| *thread.stack.lock()).collect();
        drop(threads);
        stacks.retain(|stack| !stack.is_programs);
        let kept = self.kernel.tasks.stacks.lock();
        stacks.extend(kept.iter().filter(|stack| stack.owner == program.number));
        stacks
    }

    /// Returns what may be done with a stack of the calling thread's program.
    pub(crate) fn stack_access(self) -> Access {
        let mut access = Access::READ | Access::WRITE;
        access.set(Access::EXECUTE, self.thread.program.has_executable_stacks.load(Ordering::Acquire));
        access
    }
}
