//! In which order objects are initialised and finalised.
//!
//! Both orders come from one search through what objects need, as glibc's: initialisers run for an object after those of
//! what it needs, finalisers the other way round. Where objects need one another, where the search starts decides.

use alloc::vec::Vec;

use super::Namespace;
use super::elf::Dynamic;
use super::object::{Object, ObjectId};

/// Which dependencies an order heeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edges {
    /// `DT_NEEDED`.
    Needed,
    /// Those, and the opened libraries that an object's symbols were found in.
    NeededAndBound,
}

impl Namespace {
    /// Returns objects so that each comes after what it needs: the order of initialisers. One that asks to be first
    /// (`DF_1_INITFIRST`) is: the last loaded of several.
    pub fn initialisation_order(&self, objects: &[ObjectId]) -> Vec<ObjectId> {
        let mut order = self.dependencies_first(objects, Edges::Needed);
        if let Some(first) = self.first_to_initialise(objects) {
            order.retain(|id| *id != first);
            order.insert(0, first);
        }
        order
    }

    /// Returns the object of `objects` whose initialisers come before all others, even `DT_PREINIT_ARRAY`.
    pub fn first_to_initialise(&self, objects: &[ObjectId]) -> Option<ObjectId> {
        let asks = |object: &Object| object.image.dynamic.as_ref().is_some_and(Dynamic::is_initialised_first);
        objects
            .iter()
            .copied()
            .filter(|id| self.object(*id).is_some_and(|o| !o.is_initialised && asks(o)))
            .max()
    }

    /// Returns the initialised objects whose finalisers were not handed out yet, so that each comes before what it needs.
    pub fn finalisation_order(&self) -> Vec<ObjectId> {
        let loaded: Vec<ObjectId> = self.iter().map(|(id, _)| id).collect();
        let mut order = self.dependencies_first(&loaded, Edges::NeededAndBound);
        order.reverse();
        if loaded.iter().any(|id| self.opened_and_bound(*id).next().is_some()) {
            // What a file says it needs outweighs where its symbols happened to be.
            order = self.dependencies_first(&order, Edges::Needed);
            order.reverse();
        }
        order.retain(|id| self.object(*id).is_some_and(|o| o.is_initialised && !o.is_finalised));
        order
    }

    fn dependencies_first(&self, objects: &[ObjectId], edges: Edges) -> Vec<ObjectId> {
        let mut order = Vec::new();
        let mut seen = Vec::new();
        for id in objects.iter().rev() {
            self.visit(*id, objects, edges, &mut seen, &mut order);
        }
        order
    }

    fn visit(
        &self,
        id: ObjectId,
        among: &[ObjectId],
        edges: Edges,
        seen: &mut Vec<ObjectId>,
        order: &mut Vec<ObjectId>,
    ) {
        // An explicit stack: a chain of libraries may be long.
        let mut stack = Vec::from([(id, 0)]);
        if seen.contains(&id) {
            return;
        }
        seen.push(id);
        while let Some((id, next)) = stack.pop() {
            match self.dependency(id, edges, next) {
                Some(dependency) => {
                    stack.push((id, next + 1));
                    if among.contains(&dependency) && !seen.contains(&dependency) {
                        seen.push(dependency);
                        stack.push((dependency, 0));
                    }
                }
                None => order.push(id),
            }
        }
    }

    /// Returns the `index`th object that `id` depends on.
    fn dependency(&self, id: ObjectId, edges: Edges, index: usize) -> Option<ObjectId> {
        let mut needed = self.object(id)?.needed.iter().copied();
        match edges {
            Edges::Needed => needed.nth(index),
            Edges::NeededAndBound => needed.chain(self.opened_and_bound(id)).nth(index),
        }
    }

    /// Returns the opened libraries that symbols of `id` were found in.
    fn opened_and_bound(&self, id: ObjectId) -> impl Iterator<Item = ObjectId> {
        let bound = self.object(id).map(|object| object.bound_to.as_slice()).unwrap_or_default();
        bound.iter().copied().filter(|id| self.object(*id).is_some_and(|o| !o.local_scope.is_empty()))
    }
}
