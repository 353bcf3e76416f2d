//! Our own kernel as a backend.
