//! abi-core's floor on this kernel, one file per trait.
#![expect(unsafe_code, reason = "the floor's unsafe methods pass their callers' promises on")]

mod clock;
mod console;
mod entropy;
mod memory;
mod network;
mod parking;
pub mod power;
mod storage;
mod threads;

use abi_core::backend::{Backend, folders::Folders};

/// The metal backend.
#[derive(Debug)]
pub struct MetalBackend;

/// The one value of [`MetalBackend`], for `register_backend!`.
pub static BACKEND: MetalBackend = MetalBackend;

impl Backend for MetalBackend {
    fn name(&self) -> &'static str {
        "metal"
    }

    fn folders(&self) -> Option<&dyn Folders> {
        crate::drivers::host_folders::folders()
    }
}
