//! Network interfaces: none yet.

use abi_core::backend::{Network, Nic};

use super::MetalBackend;

impl Network for MetalBackend {
    fn interfaces(&self) -> &[&'static dyn Nic] {
        &[]
    }
}
