//! The least backend that runs a program: `tiny-backend FILE.so`.
//!
//! One thread, the memory of a Linux process, its standard streams; no disk, no network, no signals. A starting point
//! for a backend of your own: [`backend`] has every part of the floor, in the order of `abi_core::backend`, and
//! [`linux`] the few system calls below it. The program comes in a boot archive, as on a machine without folders.

mod backend;
mod linux;

use std::error::Error;

use abi_core::boot::archive::Plan;
use abi_core::boot::{BootInfo, Root, start};
use abi_core::heap::KernelHeap;

abi_core::register_backend!(backend::BACKEND);

/// The host's allocator keeps thread-locals, which a guest's thread has none of.
#[global_allocator]
static HEAP: KernelHeap = KernelHeap::new();

/// The program's path inside.
const PROGRAM: &[u8] = b"/program.so";

/// Packs one file into a boot archive.
fn archive(file: &[u8]) -> Result<&'static [u8], Box<dyn Error>> {
    let mut plan = Plan::new(Vec::new());
    plan.add(PROGRAM, 0o100_755, 0, file.len() as u64);
    let (head, places) = plan.head();
    let image = linux::pages(usize::try_from(plan.image_bytes())?).ok_or("no memory")?;
    image[..head.len()].copy_from_slice(&head);
    for place in places {
        image[usize::try_from(place)?..][..file.len()].copy_from_slice(file);
    }
    Ok(image)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: tiny-backend FILE.so")?;
    let info = BootInfo {
        program: PROGRAM.into(),
        args: vec![PROGRAM.into()],
        cwd: b"/".into(),
        root: Root::Archive,
        archive: Some(archive(&std::fs::read(path)?)?),
        ..BootInfo::default()
    };
    backend::reserve().ok_or("no addresses to be had")?;
    start(info).map_err(|error| format!("the thread did not start: {error:?}"))?;
    backend::run()
}
