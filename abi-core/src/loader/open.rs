//! `dlopen(3)` and `dlclose(3)`.

use alloc::format;
use alloc::vec::Vec;

use super::Namespace;
use super::error::{LoadError, LoadResult, shown};
use super::load::{bind, discard, known_library, load_library, load_needed};
use super::object::{Object, ObjectId};
use super::plan::{Parts, Plan};
use super::search::kernel_library;
use crate::abi::{Errno, RTLD_DEEPBIND, RTLD_GLOBAL, RTLD_LAZY, RTLD_NODELETE, RTLD_NOLOAD, RTLD_NOW};
use crate::few::FewMap;
use crate::kernel::Context;

/// How a library's symbols that nothing defines are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// By the machine's policy.
    Program,
    /// As an error where Linux would need them at once.
    Lazy,
    /// As an error.
    Now,
}

/// What `dlopen` gives.
pub struct Opened {
    /// The handle; null if `RTLD_NOLOAD` found nothing.
    pub handle: usize,
    /// What to run before it returns, or null.
    pub plan: *mut Plan,
}

impl Context<'_> {
    /// dlopen(3), called from `caller`.
    pub fn dl_open(self, name: Option<&[u8]>, mode: i32, caller: usize) -> LoadResult<Opened> {
        let mut guard = self.thread.program.namespace.lock();
        let namespace = &mut *guard;
        if mode & (RTLD_LAZY | RTLD_NOW) == 0 {
            let text =
                format!("{}: invalid mode for dlopen(): Invalid argument", shown(name.unwrap_or_default()));
            return Err(LoadError { errno: Errno::EINVAL, ..LoadError::not_found(text) });
        }
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let handle = namespace.program().map_or(0, |program| program.link_map);
            return Ok(Opened { handle, plan: core::ptr::null_mut() });
        };
        if let Some(library) = kernel_library(name) {
            if mode & RTLD_NOLOAD != 0 && !namespace.has_kernel_library(library) {
                return Ok(Opened { handle: 0, plan: core::ptr::null_mut() });
            }
            let handle =
                namespace.kernel_link_map(self).map_err(|errno| LoadError::failed(name, "loading", errno))?;
            namespace.kernel_opened.insert(library, ());
            return Ok(Opened { handle, plan: core::ptr::null_mut() });
        }
        let from = namespace.at_address(caller).map(|(id, _)| id);
        let is_known = || {
            let id = known_library(self, namespace, name, from)?;
            // A program is opened by no name.
            namespace.object(id).filter(|object| object.kind_of_executable().is_none())
        };
        if mode & RTLD_NOLOAD != 0 && is_known().is_none() {
            return Ok(Opened { handle: 0, plan: core::ptr::null_mut() });
        }
        let first_new = namespace.objects.len();
        let opened = self.open_group(namespace, name, mode, from, first_new);
        if opened.is_err() {
            let new: Vec<ObjectId> = (first_new..namespace.objects.len()).map(ObjectId).collect();
            discard(self, namespace, &new);
        }
        namespace.link_all();
        // The words of dlerror(3) on Linux.
        opened.map_err(|mut error| {
            if let Some(file) = &error.absent {
                error.text =
                    format!("{}: cannot open shared object file: No such file or directory", shown(file));
            }
            error
        })
    }

    fn open_group(
        self,
        namespace: &mut Namespace,
        name: &[u8],
        mode: i32,
        from: Option<ObjectId>,
        first_new: usize,
    ) -> LoadResult<Opened> {
        let failed = |errno| LoadError::failed(name, "loading", errno);
        let Some(root) = load_library(self, namespace, name, from)? else {
            return Ok(Opened { handle: 0, plan: core::ptr::null_mut() });
        };
        let mut group = Vec::from([root]);
        load_needed(self, namespace, &mut group)?;
        for object in group.iter().filter_map(|id| namespace.object(*id)) {
            if let Some(kind) = object.kind_of_executable() {
                let text = format!("{}: cannot dynamically load {kind}", shown(&object.image.path));
                return Err(LoadError { errno: Errno::ENOEXEC, ..LoadError::not_found(text) });
            }
        }
        let new: Vec<ObjectId> = group.iter().copied().filter(|id| id.0 >= first_new).collect();
        for id in &new {
            namespace.add_tls(*id);
            let Some(object) = namespace.object_mut(*id) else { continue };
            if object.image.dynamic.as_ref().is_some_and(super::elf::Dynamic::is_never_opened) {
                let text = format!("{}: shared object cannot be dlopen()ed", shown(&object.image.path));
                return Err(LoadError { errno: Errno::EINVAL, ..LoadError::not_found(text) });
            }
            if object.image.dynamic.is_none() {
                return Err(LoadError::bad_file(&object.image.path, &"no PT_DYNAMIC: nothing to link with"));
            }
            object.local_scope.clone_from(&group);
            object.is_deep_bound = mode & RTLD_DEEPBIND != 0;
            object.is_permanent |=
                object.image.dynamic.as_ref().is_some_and(super::elf::Dynamic::is_permanent);
        }
        let strictness = if mode & RTLD_NOW != 0 { Strictness::Now } else { Strictness::Lazy };
        let mut parts = bind(self, namespace, &new, strictness)?.parts;
        namespace.tls.initialise_fresh(self, &self.thread.program).map_err(failed)?;
        let order: Vec<ObjectId> = namespace
            .initialisation_order(&group)
            .into_iter()
            .filter(|id| namespace.object(*id).is_some_and(|object| !object.is_initialised))
            .collect();
        for id in &order {
            parts.initialisers.extend(namespace.initialisers(*id)?);
        }
        let plan = parts.store(self).map_err(failed)?;
        // Nothing fails from here on.
        for id in order {
            if let Some(object) = namespace.object_mut(id) {
                object.is_initialised = true;
            }
        }
        if mode & RTLD_GLOBAL != 0 {
            let added: Vec<ObjectId> =
                group.iter().copied().filter(|id| !namespace.global.contains(id)).collect();
            namespace.global.extend(added);
        }
        let Some(object) = namespace.object_mut(root) else { return Err(failed(Errno::EINVAL)) };
        object.open_count += 1;
        object.is_permanent |= mode & RTLD_NODELETE != 0;
        Ok(Opened { handle: object.link_map, plan })
    }

    /// dlclose(3), first half: returns the finalisers of what goes away, or null if nothing does.
    pub fn dl_close(self, handle: usize) -> LoadResult<*mut Plan> {
        let mut guard = self.thread.program.namespace.lock();
        let namespace = &mut *guard;
        if handle != 0 && handle == namespace.kernel_map {
            return Ok(core::ptr::null_mut());
        }
        let id = namespace.by_handle(handle).ok_or_else(invalid_handle)?;
        let Some(object) = namespace.object_mut(id) else { return Err(invalid_handle()) };
        if object.open_count == 0 {
            return if object.is_permanent { Ok(core::ptr::null_mut()) } else { Err(invalid_handle()) };
        }
        object.open_count -= 1;
        if namespace.is_closing {
            return Ok(core::ptr::null_mut());
        }
        self.close_unreachable(namespace)
    }

    /// dlclose(3), second half: removes what still goes away after its finalisers ran. Returns the finalisers of what they
    /// closed, or null if that is nothing.
    pub fn dl_unload(self) -> LoadResult<*mut Plan> {
        let mut guard = self.thread.program.namespace.lock();
        let namespace = &mut *guard;
        let gone: Vec<ObjectId> = namespace
            .unreachable()
            .into_iter()
            .filter(|id| namespace.object(*id).is_some_and(|object| object.is_finalised))
            .collect();
        discard(self, namespace, &gone);
        namespace.link_all();
        self.close_unreachable(namespace)
    }

    /// Returns the finalisers of what goes away, or null if nothing does.
    fn close_unreachable(self, namespace: &mut Namespace) -> LoadResult<*mut Plan> {
        let gone = namespace.unreachable();
        namespace.is_closing = false;
        if gone.is_empty() {
            return Ok(core::ptr::null_mut());
        }
        let mut parts = Parts::default();
        for id in namespace.finalisation_order().into_iter().filter(|id| gone.contains(id)) {
            parts.initialisers.extend(namespace.finalisers(id)?);
        }
        for id in &gone {
            if let Some(object) = namespace.object_mut(*id) {
                object.is_finalised = true;
            }
        }
        let plan = parts.store(self).map_err(|errno| LoadError::failed(b"dlclose", "closing", errno))?;
        namespace.is_closing = true;
        Ok(plan)
    }

    /// Counts the destructors of thread-local objects that the object at `address` still has to run.
    pub fn dl_keep(self, address: usize, keep: Keep) {
        let mut namespace = self.thread.program.namespace.lock();
        let Some((id, _)) = namespace.at_address(address) else { return };
        let Some(object) = namespace.object_mut(id) else { return };
        object.thread_destructors = match keep {
            Keep::Longer => object.thread_destructors + 1,
            Keep::NoLonger => object.thread_destructors.saturating_sub(1),
        };
    }
}

/// Whether a destructor was registered, or has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It needs its object's code.
    Longer,
    /// It needs it no more.
    NoLonger,
}

/// The error for what is not a handle.
pub(super) fn invalid_handle() -> LoadError {
    LoadError { errno: Errno::EINVAL, ..LoadError::not_found("invalid handle".into()) }
}

impl Namespace {
    /// Tells whether a library that is the kernel itself counts as loaded: all programs have a libc and a loader.
    fn has_kernel_library(&self, library: &'static str) -> bool {
        let is_needed =
            |object: &Object| object.image.needed().any(|name| kernel_library(name) == Some(library));
        matches!(library, "libc.so.6" | "ld-linux-x86-64.so.2")
            || self.kernel_opened.contains_key(library)
            || self.iter().any(|(_, object)| is_needed(object))
    }

    /// Returns the objects that nothing open or permanent needs any more.
    fn unreachable(&self) -> Vec<ObjectId> {
        let is_root =
            |object: &Object| object.is_permanent || object.open_count > 0 || object.thread_destructors > 0;
        let roots = self.iter().filter(|(_, object)| is_root(object));
        let mut todo: Vec<ObjectId> = roots.map(|(id, _)| id).collect();
        let mut reached = FewMap::new();
        while let Some(id) = todo.pop() {
            if let (None, Some(object)) = (reached.insert(id, ()), self.object(id)) {
                todo.extend(object.needed.iter().chain(&object.bound_to));
            }
        }
        self.iter().map(|(id, _)| id).filter(|id| !reached.contains_key(id)).collect()
    }

    /// Returns the object of a handle.
    pub fn by_handle(&self, handle: usize) -> Option<ObjectId> {
        self.iter().find(|(_, object)| handle != 0 && object.link_map == handle).map(|(id, _)| id)
    }
}
