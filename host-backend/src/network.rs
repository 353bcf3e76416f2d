//! Network interfaces: none yet.

use abi_core::backend::{Network, Nic};

use crate::HostBackend;

impl Network for HostBackend {
    fn interfaces(&self) -> &[&'static dyn Nic] {
        &[]
    }
}
