//! Sources of randomness.

use abi_core::backend::{Entropy, EntropySource};

use super::MetalBackend;
use crate::drivers::random;

impl Entropy for MetalBackend {
    fn sources(&self) -> &[&'static dyn EntropySource] {
        random::sources()
    }
}
