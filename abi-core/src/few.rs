//! A map of few entries: a sorted vector, whose code is short and of which there is little for each type.

use alloc::vec::Vec;
use core::borrow::Borrow;

/// A map of few entries: insertion and removal move all that come after.
#[derive(Debug, Clone)]
pub struct FewMap<K, V>(Vec<(K, V)>);

impl<K: Ord, V> FewMap<K, V> {
    /// Makes an empty one.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns where a key is, or where it would be.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(own, _)| own.borrow().cmp(key))
    }

    /// Returns a key's value.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    /// As [`Self::get`], to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| &mut self.0[at].1)
    }

    /// Tells whether a key has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Gives a key a value; returns the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => Some(core::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes a key's value away.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Returns the values in their keys' order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Returns the entries in order, their values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }
}

impl<K: Ord, V: Default> FewMap<K, V> {
    /// Returns a key's value, made now if there was none.
    pub fn or_default(&mut self, key: K) -> &mut V {
        let at = self.place(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }
}

impl<K: Ord, V> Default for FewMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_its_keys() {
        let mut map = FewMap::new();
        for key in [5, 1, 3, 1] {
            *map.or_default(key) += key;
        }
        assert_eq!((map.len(), map.insert(3, 30), map.insert(2, 20)), (3, Some(3), None));
        assert!(map.keys().eq(&[1, 2, 3, 5]) && map.values().eq(&[2, 20, 30, 5]));
        assert_eq!(
            (map.remove(&2), map.remove(&4), map.get(&5), map.contains_key(&2)),
            (Some(20), None, Some(&5), false)
        );
        map.iter_mut().for_each(|(key, value)| *value += key);
        assert!(map.get_mut(&1) == Some(&mut 3) && !map.is_empty());
    }
}
