//! What the library asks of the loader.

use alloc::vec;

use super::error::shown;
use super::plan::Parts;
use crate::abi::{Errno, Result};
use crate::backend::ExitStatus;
use crate::boundary::user::{UserPtr, copy_in};
use crate::kernel::Context;

/// The exit status of an abort.
const STATUS_ABORT: u8 = 134;
/// The longest message that [`Context::fatal`] prints.
const MAX_MESSAGE_BYTES: usize = 1024;

impl Context<'_> {
    /// Stores the address of a plan whose initialisers are the finalisers of all objects, in their order. They are
    /// handed out once.
    pub fn finalisers(self, list: UserPtr<usize>) -> Result<()> {
        let mut namespace = self.thread.program.namespace.lock();
        let mut parts = Parts::default();
        for id in namespace.finalisation_order() {
            parts.initialisers.extend(namespace.finalisers(id).map_err(|error| error.errno)?);
            if let Some(object) = namespace.object_mut(id) {
                // What is closed while finalisers run stays until the program's end.
                object.is_permanent = true;
                object.is_finalised = true;
            }
        }
        drop(namespace);
        list.write(parts.store(self)? as usize)
    }

    /// Gives back the memory of a plan that was carried out.
    pub fn dl_done(self, plan: usize) -> Result<()> {
        let len_bytes = UserPtr::<usize>::new(plan).read()?;
        self.kernel.mm.unmap(plan, len_bytes)
    }

    /// Stores what `loader::tls` needs to know of a module.
    pub fn tls_module(self, number: usize, info: UserPtr<usize>) -> Result<()> {
        let mut namespace = self.thread.program.namespace.lock();
        let module = namespace.tls.give_block(number).ok_or(Errno::EINVAL)?;
        let words = [
            module.image,
            module.file_bytes,
            module.memory_bytes,
            module.align,
            module.skew,
            module.block.unwrap_or(0),
            namespace.tls.module_count(),
        ];
        drop(namespace);
        info.write_many(&words)
    }

    /// Ends the program because its library found its state beyond repair.
    pub fn fatal(self, message: usize, len_bytes: usize) -> ! {
        let mut text = vec![0; len_bytes.min(MAX_MESSAGE_BYTES)];
        if copy_in(&mut text, message).is_err() {
            text.clear();
        }
        crate::log::note(format_args!("{}", shown(&text)));
        self.kernel.power_off(ExitStatus::Code(STATUS_ABORT))
    }
}
