//! A strict, deterministic backend for unit tests.
//!
//! [`MockBackend::new`] makes one of its own for a test; the one registered for the test program serves what reaches
//! for [`super::backend`] by itself (contended locks). Misuse of the floor panics. Time stands still until
//! [`MockBackend::advance`] moves it; the console is buffers; there is no disk or network, and no entropy but
//! what [`MockBackend::set_sources`] gives.

mod devices;
mod memory;
mod parking;

use std::sync::{Mutex, OnceLock};

use super::Backend;

/// How a mock differs from the default.
#[derive(Debug, Clone, Copy)]
pub struct MockConfig {
    /// Bytes of the arena, a multiple of 2 MiB.
    pub arena_bytes: usize,
    /// Whether `ZeroOnDemand` maps at once, as the hosted backend does.
    pub is_eager: bool,
    /// Private pages that may exist at once; more are `Exhausted`.
    pub max_pages: usize,
    /// How many mappings there may be.
    pub most_mappings: usize,
}

impl MockConfig {
    /// The default: 64 MiB, lazy, no limit.
    pub const DEFAULT: Self =
        Self { arena_bytes: 64 << 20, is_eager: false, max_pages: usize::MAX, most_mappings: usize::MAX };
}

/// A backend for unit tests.
pub struct MockBackend {
    config: MockConfig,
    arena: OnceLock<memory::Arena>,
    pub(super) memory: Mutex<memory::MemoryState>,
    parking: parking::ParkingLot,
    devices: Mutex<devices::Devices>,
}

impl MockBackend {
    /// Makes a backend.
    pub const fn with_config(config: MockConfig) -> Self {
        Self {
            config,
            arena: OnceLock::new(),
            memory: Mutex::new(memory::MemoryState::new()),
            parking: parking::ParkingLot::new(),
            devices: Mutex::new(devices::Devices::new()),
        }
    }

    /// Makes a backend for a test; it is never freed.
    pub fn leaked(config: MockConfig) -> &'static Self {
        std::boxed::Box::leak(std::boxed::Box::new(Self::with_config(config)))
    }

    /// Makes a backend with the default configuration; it is never freed.
    pub fn new() -> &'static Self {
        Self::leaked(MockConfig::DEFAULT)
    }
}

impl Backend for MockBackend {
    fn name(&self) -> &'static str {
        "mock"
    }
}

static TEST_BACKEND: MockBackend = MockBackend::with_config(MockConfig::DEFAULT);
crate::register_backend!(TEST_BACKEND);
