//! Loading a program with its libraries.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem::offset_of;
use core::sync::atomic::Ordering;

use super::elf::{ElfImage, FileKind, LookupClass, Reference};
use super::error::{LoadError, LoadResult, STATUS_NOT_FOUND, shown};
use super::map::{map_image, unmap};
use super::object::{Object, ObjectId};
use super::open::Strictness;
use super::plan::{Plan, store_word};
use super::relocate::Relocator;
use super::scope::Definition;
use super::search::{self, Places, folder_of, folders, is_kernel_library};
use super::{Namespace, ld_conf, link_map, map};
use crate::abi::Errno;
use crate::boot::LibcChoice;
use crate::fs::ImageKind;
use crate::kernel::Context;
use crate::libc::malloc::{MallocState, Overrides};
use crate::libc::state::Initial;

/// Interpreters the kernel stands for.
const GLIBC_LOADER: &[u8] = b"ld-linux-x86-64.so.2";

/// How a program starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At `e_entry`, with the start stack.
    Entry(usize),
    /// By a call of `main`, when the initialisers have run.
    Main(usize),
}

/// A loaded program.
#[derive(Debug, Clone, Copy)]
pub struct Loaded {
    /// How it starts.
    pub start: Start,
    /// What guest code runs first.
    pub plan: *mut Plan,
    /// Where its program headers are, and how many.
    pub program_headers: (usize, usize),
    /// Its `e_entry`.
    pub entry: usize,
}

/// Opens and parses a program; says why not if this door can't run it.
pub fn open_program(cx: Context<'_>, path: &[u8]) -> LoadResult<ElfImage> {
    let source = cx.open_image(path, ImageKind::Program).map_err(|errno| match errno {
        Errno::ENOENT | Errno::ENOTDIR => {
            LoadError { errno, ..LoadError::not_found(format!("{}: not found", shown(path))) }
        }
        Errno::EACCES | Errno::EISDIR => {
            let what = "may not be run: it is no file, has no x bit (chmod +x), or can't be read";
            LoadError::failed(path, what, Errno::EACCES)
        }
        errno => LoadError { errno, ..LoadError::failed(path, "can't be run", errno) },
    })?;
    let path = source.path();
    let image = ElfImage::parse(&path, source)?;
    door_of(&image, cx.kernel.boot.libc)?;
    Ok(image)
}

/// Which way a program reaches the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// By calls of the kernel's libc.
    Native,
    /// By system calls of a libc of its own.
    OwnLibc,
}

/// Says which door a file goes through; an error if none.
pub fn door_of(image: &ElfImage, choice: LibcChoice) -> LoadResult<Door> {
    let refused = |what: &str| Err(LoadError::bad_file(&image.path, &what));
    let only_own = |what: &str| match choice {
        LibcChoice::Native => refused(what),
        LibcChoice::Auto | LibcChoice::Own => Ok(Door::OwnLibc),
    };
    match (&image.interpreter, &image.dynamic) {
        (Some(interpreter), Some(_)) if interpreter.ends_with(GLIBC_LOADER) => match choice {
            LibcChoice::Own => Ok(Door::OwnLibc),
            // Go's runtime sets its handlers by system call and stops its threads by signals that must come on them.
            LibcChoice::Auto if image.is_go() => Ok(Door::OwnLibc),
            LibcChoice::Auto | LibcChoice::Native => Ok(Door::Native),
        },
        (Some(_), _) => only_own("PT_INTERP: its interpreter is not glibc's: it runs with its own libc only"),
        (None, None) => only_own("no PT_DYNAMIC: a static program runs with its own libc only"),
        (None, Some(dynamic)) if dynamic.is_pie() || image.kind == FileKind::Fixed => {
            only_own("DT_FLAGS_1: a static program runs with its own libc only")
        }
        (None, Some(_)) => match image.symbols.find(&Reference::new(b"main", None, LookupClass::Call)) {
            Some(_) if choice == LibcChoice::Own => refused("a shared object has no libc of its own"),
            Some(_) => Ok(Door::Native),
            None => refused("a shared object without a main function"),
        },
    }
}

/// Returns the value of a variable.
fn variable<'a>(env: &'a [Vec<u8>], name: &[u8]) -> Option<&'a [u8]> {
    env.iter().find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
}

/// Brings a program and its libraries into memory, relocated. `program.libc` must be set.
pub fn load_program(cx: Context<'_>, image: ElfImage, env: &[Vec<u8>]) -> LoadResult<Loaded> {
    let mut namespace = cx.thread.program.namespace.lock();
    let namespace = &mut *namespace;
    let path = image.path.clone();
    let failed = |errno| LoadError::failed(&path, "loading", errno);
    if let Some(list) = variable(env, b"LD_LIBRARY_PATH") {
        namespace.library_path = folders(list, folder_of(&path));
    }
    if image.asks_for_executable_stacks() {
        cx.allow_executable_stacks(&path).map_err(failed)?;
    }
    let root = add_object(cx, namespace, image, None)?;
    namespace.global.push(root);
    let preload = variable(env, b"LD_PRELOAD").unwrap_or_default();
    for name in preload.split(|byte| matches!(byte, b' ' | b':')).filter(|name| !name.is_empty()) {
        match load_library(cx, namespace, name, Some(root)) {
            Ok(Some(id)) if !namespace.global.contains(&id) => namespace.global.push(id),
            Ok(_) => {}
            Err(error) => crate::log::note(format_args!("{} (ignored from LD_PRELOAD)", error.text)),
        }
    }
    let mut group = core::mem::take(&mut namespace.global);
    let added = load_needed(cx, namespace, &mut group);
    namespace.global = group;
    added?;
    for id in namespace.global.clone() {
        namespace.add_tls(id);
        if let Some(object) = namespace.object_mut(id) {
            object.is_permanent = true;
        }
    }
    let mut random = [0; 16];
    super::random_bytes(cx, &mut random);
    let guards = (super::elf::u64_at(&random, 0) as usize & !0xff, super::elf::u64_at(&random, 8) as usize);
    namespace.tls.fix(guards).map_err(failed)?;
    let all = namespace.global.clone();
    let relocator = bind(cx, namespace, &all, Strictness::Program)?;
    take_allocator(cx, namespace).map_err(failed)?;
    let mut parts = relocator.parts;
    let first = namespace.first_to_initialise(&all);
    if first.is_none() {
        parts.initialisers = namespace.preinitialisers(root)?;
    }
    for id in namespace.initialisation_order(&all) {
        let initialisers = namespace.initialisers(id)?;
        // A program with an entry point runs its own from `__libc_start_main`.
        let is_program = id == root && namespace.object(id).is_some_and(|o| o.image.interpreter.is_some());
        if is_program { &mut parts.program_initialisers } else { &mut parts.initialisers }
            .extend(initialisers);
        if let Some(object) = namespace.object_mut(id) {
            object.is_initialised = true;
        }
        if Some(id) == first {
            parts.initialisers.extend(namespace.preinitialisers(root)?);
        }
    }
    let plan = parts.store(cx).map_err(failed)?;
    namespace.link_all();
    finish(namespace, root, plan)
}

fn finish(namespace: &Namespace, root: ObjectId, plan: *mut Plan) -> LoadResult<Loaded> {
    let Some(program) = namespace.object(root) else { return Err(LoadError::not_found(String::new())) };
    let image = &program.image;
    let entry = program.address(image.entry);
    let start = if image.interpreter.is_some() {
        Start::Entry(entry)
    } else {
        match namespace.find_in(root, &Reference::new(b"main", None, LookupClass::Call)) {
            Some(Definition::Object(_, symbol)) => Start::Main(program.symbol_address(&symbol)),
            _ => return Err(LoadError::bad_file(&image.path, &"a shared object without a main function")),
        }
    };
    let headers = (program.program_headers(), usize::from(image.program_headers.1));
    Ok(Loaded { start, plan, program_headers: headers, entry })
}

/// Tells the library of an allocator that the program or one of its libraries brings.
fn take_allocator(cx: Context<'_>, namespace: &Namespace) -> Result<(), Errno> {
    const START: usize = offset_of!(Initial, malloc) + offset_of!(MallocState, overrides);
    const PLACES: [(&[u8], usize); 5] = [
        (b"malloc", offset_of!(Overrides, malloc)),
        (b"calloc", offset_of!(Overrides, calloc)),
        (b"realloc", offset_of!(Overrides, realloc)),
        (b"free", offset_of!(Overrides, free)),
        (b"memalign", offset_of!(Overrides, memalign)),
    ];
    let libc = cx.thread.program.libc.load(Ordering::Acquire);
    for (name, offset) in PLACES {
        if let Some(Definition::Object(id, symbol)) = namespace.find_global(name)
            && let Some(object) = namespace.object(id)
        {
            store_word(libc + START + offset, object.symbol_address(&symbol))?;
        }
    }
    Ok(())
}

/// Maps a parsed file as a new object.
pub(super) fn add_object(
    cx: Context<'_>,
    namespace: &mut Namespace,
    image: ElfImage,
    loader: Option<ObjectId>,
) -> LoadResult<ObjectId> {
    let mapped = map_image(cx, &image)?;
    log::debug!("{} at {:#x}", shown(&image.path), mapped.start);
    super::debugger::object_loaded(&image.path, mapped.bias);
    let mut object = Object::new(image, mapped.bias, (mapped.start, mapped.len_bytes));
    object.loader = loader;
    match link_map::make_for(cx, &object, namespace.objects.is_empty()) {
        Ok(link_map) => object.link_map = link_map,
        Err(errno) => {
            unmap(cx, mapped);
            return Err(LoadError::failed(&object.image.path, "mapping", errno));
        }
    }
    Ok(namespace.insert(object))
}

/// Finds or loads the library `name`; `None` if it is the kernel itself.
pub(super) fn load_library(
    cx: Context<'_>,
    namespace: &mut Namespace,
    name: &[u8],
    needed_by: Option<ObjectId>,
) -> LoadResult<Option<ObjectId>> {
    if is_kernel_library(name) {
        return Ok(None);
    }
    if let Some(id) = named(namespace, name) {
        return Ok(Some(id));
    }
    let image = search::find(&cx, name, &places(cx, namespace, needed_by))?;
    // The same file by another name is the same object.
    let id = match same_file(namespace, &image) {
        Some(id) => id,
        None => add_library(cx, namespace, image, needed_by)?,
    };
    if let Some(object) = namespace.object_mut(id) {
        object.names.push(name.to_vec());
    }
    Ok(Some(id))
}

fn add_library(
    cx: Context<'_>,
    namespace: &mut Namespace,
    image: ElfImage,
    loader: Option<ObjectId>,
) -> LoadResult<ObjectId> {
    if image.asks_for_executable_stacks() {
        let failed = |errno| LoadError::failed(&image.path, "making stacks executable", errno);
        cx.allow_executable_stacks(&image.path).map_err(failed)?;
    }
    add_object(cx, namespace, image, loader)
}

fn named(namespace: &Namespace, name: &[u8]) -> Option<ObjectId> {
    namespace.iter().find(|(_, object)| object.names.iter().any(|n| n == name)).map(|(id, _)| id)
}

fn same_file(namespace: &Namespace, image: &ElfImage) -> Option<ObjectId> {
    let real = image.source.path();
    namespace.iter().find(|(_, object)| object.image.source.path() == real).map(|(id, _)| id)
}

/// Finds the library `name` if it is loaded.
pub(super) fn known_library(
    cx: Context<'_>,
    namespace: &Namespace,
    name: &[u8],
    needed_by: Option<ObjectId>,
) -> Option<ObjectId> {
    named(namespace, name).or_else(|| {
        let image = search::find(&cx, name, &places(cx, namespace, needed_by)).ok()?;
        same_file(namespace, &image)
    })
}

/// Returns where what `needed_by` needs is looked for (ld.so(8)).
pub(super) fn places(cx: Context<'_>, namespace: &Namespace, needed_by: Option<ObjectId>) -> Places {
    let mut places = Places::default();
    let own = needed_by.and_then(|id| namespace.object(id));
    let list = |object: &Object, offset: Option<u64>| {
        offset.map(|offset| folders(object.image.string(offset), folder_of(&object.image.source.path())))
    };
    let runpath = own.and_then(|object| list(object, object.image.dynamic.as_ref().and_then(|d| d.runpath)));
    if runpath.is_none() {
        let mut next = own;
        while let Some(object) = next {
            let dynamic = object.image.dynamic.as_ref();
            if dynamic.is_some_and(|dynamic| dynamic.runpath.is_none()) {
                places.folders.extend(list(object, dynamic.and_then(|d| d.rpath)).unwrap_or_default());
            }
            next = object.loader.and_then(|id| namespace.object(id));
        }
    }
    places.folders.extend(namespace.library_path.iter().cloned());
    places.folders.extend(runpath.unwrap_or_default());
    places.system.clone_from(namespace.system_folders.get_or_init(|| ld_conf::folders(&cx)));
    if let Some(object) = own {
        places.origin = folder_of(&object.image.source.path()).to_vec();
        places.needed_by.clone_from(&object.image.path);
    }
    places
}

/// Loads what the objects of `group` need, breadth first, and adds it to the group.
pub(super) fn load_needed(
    cx: Context<'_>,
    namespace: &mut Namespace,
    group: &mut Vec<ObjectId>,
) -> LoadResult<()> {
    let mut next = 0;
    while let Some(id) = group.get(next).copied() {
        next += 1;
        let Some(object) = namespace.object(id) else { continue };
        let names: Vec<Vec<u8>> = object.image.needed().map(<[u8]>::to_owned).collect();
        let mut needed = Vec::new();
        for name in names {
            if let Some(library) = load_library(cx, namespace, &name, Some(id))? {
                needed.push(library);
                if !group.contains(&library) {
                    group.push(library);
                }
            }
        }
        if let Some(object) = namespace.object_mut(id) {
            object.needed = needed;
        }
    }
    Ok(())
}

/// Relocates `objects` and binds what is missing.
pub(super) fn bind<'a>(
    cx: Context<'a>,
    namespace: &mut Namespace,
    objects: &[ObjectId],
    strictness: Strictness,
) -> LoadResult<Relocator<'a>> {
    let libc = cx.thread.program.libc.load(Ordering::Acquire);
    let mut relocator = Relocator::new(cx, libc, strictness);
    for id in objects.iter().rev() {
        relocator.relocate(namespace, *id)?;
        relocator.parts.seals.extend(namespace.seal(*id));
    }
    for id in objects.iter().rev() {
        relocator.copy_data(namespace, *id)?;
    }
    if strictness == Strictness::Program {
        namespace.missing.unknown = core::mem::take(&mut relocator.unknown);
    }
    if !relocator.refused.is_empty() {
        // dlerror(3) has one line.
        let lines = if strictness == Strictness::Program { usize::MAX } else { 1 };
        let refused: Vec<String> = relocator.refused.into_iter().take(lines).collect();
        let text = refused.join("\nosvrun: ");
        return Err(LoadError::new(STATUS_NOT_FOUND, Errno::ELIBBAD, text));
    }
    namespace
        .missing
        .bind(cx, &relocator.pending)
        .map_err(|errno| LoadError::failed(&cx.thread.program.path, "binding missing symbols", errno))?;
    Ok(relocator)
}

/// Unmaps and forgets objects.
pub(super) fn discard(cx: Context<'_>, namespace: &mut Namespace, objects: &[ObjectId]) {
    for id in objects {
        let Some(object) = namespace.objects.get_mut(id.0).and_then(Option::take) else { continue };
        let (start, len_bytes) = object.range;
        unmap(cx, map::Mapped { bias: object.bias, start, len_bytes });
        link_map::release(cx, object.link_map, object.image.path.len());
        namespace.changes.1 += 1;
        namespace.global.retain(|other| other != id);
        if let Some(module) = object.tls_module {
            namespace.tls.remove(module);
        }
    }
    for slot in namespace.objects.iter_mut().flatten() {
        slot.bound_to.retain(|other| !objects.contains(other));
        slot.local_scope.retain(|other| !objects.contains(other));
        if slot.loader.is_some_and(|loader| objects.contains(&loader)) {
            slot.loader = None;
        }
    }
    while matches!(namespace.objects.last(), Some(None)) {
        namespace.objects.pop();
    }
}
