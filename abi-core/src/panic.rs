//! The report when a program or the kernel dies.
