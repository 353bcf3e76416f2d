//! An ordinary Linux process as a backend.
