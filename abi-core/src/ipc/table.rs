//! Objects with a number and a key.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::abi::{self, Errno, Result};

/// How many places the numbers of objects tell apart.
const PLACES: i32 = 32_768;
/// The bits of a mode that IPC_SET changes and IPC_STAT shows.
pub const OWN_FLAGS: i32 = 0o777;

/// `struct ipc_perm`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Permissions {
    /// What it was made under.
    pub key: i32,
    /// The owner.
    pub uid: u32,
    /// The owner's group.
    pub gid: u32,
    /// The maker.
    pub cuid: u32,
    /// The maker's group.
    pub cgid: u32,
    /// Permission bits.
    pub mode: u32,
    /// Tells objects of one place apart.
    pub seq: u16,
    pad: [u16; 3],
    unused: [u64; 2],
}

/// An object.
pub(super) struct Entry<T> {
    pub(super) permissions: Permissions,
    /// When it was made or changed.
    pub(super) changed: i64,
    pub(super) object: Arc<T>,
}

impl<T> Entry<T> {
    /// IPC_SET: changes owner and mode.
    pub(super) fn set(&mut self, new: &Permissions, now: i64) {
        (self.permissions.uid, self.permissions.gid) = (new.uid, new.gid);
        let own = OWN_FLAGS as u32;
        self.permissions.mode = self.permissions.mode & !own | new.mode & own;
        self.changed = now;
    }
}

/// Objects of one kind, `MOST` at most.
pub(super) struct Table<T, const MOST: usize> {
    places: Vec<Option<Entry<T>>>,
    next_seq: u16,
}

impl<T, const MOST: usize> Default for Table<T, MOST> {
    fn default() -> Self {
        Self { places: Vec::new(), next_seq: 0 }
    }
}

impl<T, const MOST: usize> Table<T, MOST> {
    /// The shape of shmget(2) and its like: finds the object of a key, which must fit, or makes one, which is told its
    /// number.
    pub(super) fn get(
        &mut self,
        key: i32,
        flags: i32,
        now: i64,
        fits: impl FnOnce(&T) -> Result<()>,
        make: impl FnOnce(i32) -> Result<T>,
    ) -> Result<i32> {
        let of_key =
            |entry: &Option<Entry<T>>| entry.as_ref().is_some_and(|entry| entry.permissions.key == key);
        if key != abi::IPC_PRIVATE
            && let Some(index) = self.places.iter().position(of_key)
        {
            let both = abi::IPC_CREAT | abi::IPC_EXCL;
            if flags & both == both {
                return Err(Errno::EEXIST);
            }
            let entry = self.places[index].as_ref().ok_or(Errno::ENOENT)?;
            fits(&entry.object)?;
            return Ok(Self::id(index, &entry.permissions));
        }
        if key != abi::IPC_PRIVATE && flags & abi::IPC_CREAT == 0 {
            return Err(Errno::ENOENT);
        }
        let index = match self.places.iter().position(Option::is_none) {
            Some(index) => index,
            None if self.places.len() >= MOST => return Err(Errno::ENOSPC),
            None => {
                self.places.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
                self.places.push(None);
                self.places.len() - 1
            }
        };
        let permissions = Permissions {
            key,
            mode: (flags & OWN_FLAGS) as u32,
            seq: self.next_seq,
            ..Permissions::default()
        };
        let id = Self::id(index, &permissions);
        let entry = Entry { permissions, changed: now, object: Arc::new(make(id)?) };
        self.next_seq = (self.next_seq + 1) % 0x7fff;
        self.places[index] = Some(entry);
        Ok(id)
    }

    fn id(index: usize, permissions: &Permissions) -> i32 {
        i32::from(permissions.seq) * PLACES + index as i32
    }

    fn index(&self, id: i32) -> Result<usize> {
        let index = usize::try_from(id).map_err(|_| Errno::EINVAL)? % PLACES as usize;
        let entry = self.places.get(index).and_then(Option::as_ref).ok_or(Errno::EINVAL)?;
        if Self::id(index, &entry.permissions) == id { Ok(index) } else { Err(Errno::EINVAL) }
    }

    /// Finds an object by its number.
    pub(super) fn find(&mut self, id: i32) -> Result<&mut Entry<T>> {
        let index = self.index(id)?;
        self.places[index].as_mut().ok_or(Errno::EINVAL)
    }

    /// Finds an object by its number, or by its place (`is_place`); returns its number too.
    pub(super) fn find_either(&mut self, id: i32, is_place: bool) -> Result<(i32, &mut Entry<T>)> {
        if !is_place {
            return self.find(id).map(|entry| (id, entry));
        }
        let index = usize::try_from(id).map_err(|_| Errno::EINVAL)?;
        let entry = self.places.get_mut(index).and_then(Option::as_mut).ok_or(Errno::EINVAL)?;
        Ok((Self::id(index, &entry.permissions), entry))
    }

    /// Takes an object out.
    pub(super) fn remove(&mut self, id: i32) -> Result<Entry<T>> {
        let index = self.index(id)?;
        self.places[index].take().ok_or(Errno::EINVAL)
    }

    /// Takes out the objects for which `is_kept` is false.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&Entry<T>) -> bool) {
        for place in &mut self.places {
            if place.as_ref().is_some_and(|entry| !is_kept(entry)) {
                *place = None;
            }
        }
    }

    /// Returns all objects.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry<T>> {
        self.places.iter().flatten()
    }

    /// Returns the highest place in use; 0 if there is none.
    pub(super) fn highest(&self) -> i32 {
        self.places.iter().rposition(Option::is_some).unwrap_or(0) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_not_used_again_for_the_next_object_of_a_place() {
        let mut table = Table::<u32, 2>::default();
        let get = |table: &mut Table<u32, 2>, key, flags| table.get(key, flags, 0, |_| Ok(()), |_| Ok(7));
        let first = get(&mut table, 5, abi::IPC_CREAT).expect("made");
        assert_eq!(get(&mut table, 5, 0), Ok(first));
        assert_eq!(get(&mut table, 5, abi::IPC_CREAT | abi::IPC_EXCL), Err(Errno::EEXIST));
        assert_eq!(get(&mut table, 6, 0), Err(Errno::ENOENT));
        assert!(table.remove(first).is_ok());
        let second = get(&mut table, 5, abi::IPC_CREAT).expect("made");
        assert_ne!(first, second);
        assert!(table.find(first).is_err());
        assert!(table.find(second).is_ok());
        assert_eq!(get(&mut table, 5, 0), Ok(second));
        assert!(get(&mut table, abi::IPC_PRIVATE, 0).is_ok());
        assert_eq!(get(&mut table, abi::IPC_PRIVATE, 0), Err(Errno::ENOSPC));
    }
}
