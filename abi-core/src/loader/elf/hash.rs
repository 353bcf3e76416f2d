//! The two symbol hash tables: System V's (gABI) and GNU's.

use alloc::format;
use alloc::vec::Vec;

use super::super::error::ElfError;
use super::View;
use super::raw::{Bytes, u32_at, u64_at};

/// Hashes a name as `DT_HASH` does (gABI, "Hash Table").
pub fn sysv_hash(name: &[u8]) -> u32 {
    name.iter().fold(0u32, |hash, byte| {
        let hash = (hash << 4).wrapping_add(u32::from(*byte));
        let high = hash & 0xf000_0000;
        (hash ^ (high >> 24)) & !high
    })
}

/// Hashes a name as `DT_GNU_HASH` does.
pub fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381u32, |hash, byte| hash.wrapping_mul(33).wrapping_add(u32::from(*byte)))
}

/// A `DT_GNU_HASH` table.
#[derive(Debug)]
pub(super) struct GnuHash {
    bloom: Bytes,
    bloom_shift: u32,
    buckets: Bytes,
    first_symbol: u32,
    chains: Vec<u32>,
}

impl GnuHash {
    /// Reads the table at `address`.
    pub(super) fn read(view: &View<'_>, address: u64) -> Result<Self, ElfError> {
        let field = "DT_GNU_HASH";
        let head = view.at(field, address, 16)?;
        let at = view.locate(address).map_or(0, |(offset, _)| offset);
        let (bucket_count, first_symbol) = (u32_at(&head, 0), u32_at(&head, 4));
        let (bloom_count, bloom_shift) = (u32_at(&head, 8), u32_at(&head, 12));
        if !bloom_count.is_power_of_two() {
            return Err(ElfError::new(
                field,
                at + 8,
                format!("{bloom_count} bloom words, not a power of two"),
            ));
        }
        let bloom = view.at(field, address + 16, u64::from(bloom_count) * 8)?;
        let buckets_at = address + 16 + u64::from(bloom_count) * 8;
        let buckets = view.at(field, buckets_at, u64::from(bucket_count) * 4)?;
        let last = buckets.chunks_exact(4).map(|word| u32_at(word, 0)).max().unwrap_or(0);
        let chains_at = buckets_at + u64::from(bucket_count) * 4;
        let chains = Self::read_chains(view, chains_at, first_symbol, last)?;
        Ok(Self { bloom, bloom_shift, buckets, first_symbol, chains })
    }

    /// Reads the chains up to the end of the one that starts at symbol `last`.
    fn read_chains(
        view: &View<'_>,
        address: u64,
        first_symbol: u32,
        last: u32,
    ) -> Result<Vec<u32>, ElfError> {
        let field = "DT_GNU_HASH";
        let mut chains = Vec::new();
        if last < first_symbol {
            return Ok(chains);
        }
        let known = u64::from(last - first_symbol) + 1;
        let bytes = view.at(field, address, known * 4)?;
        chains.extend(bytes.chunks_exact(4).map(|word| u32_at(word, 0)));
        while chains.last().is_some_and(|word| word & 1 == 0) {
            let at = address + chains.len() as u64 * 4;
            let left = view.locate(at).map_or(0, |(_, left)| left & !3);
            if left == 0 {
                return Err(ElfError::new(field, 0, "a chain does not end within its segment"));
            }
            for word in view.at(field, at, left.min(256))?.chunks_exact(4) {
                chains.push(u32_at(word, 0));
                if u32_at(word, 0) & 1 != 0 {
                    break;
                }
            }
        }
        Ok(chains)
    }

    /// Returns how many symbols the table implies.
    pub(super) fn symbol_count(&self) -> u64 {
        u64::from(self.first_symbol) + self.chains.len() as u64
    }

    /// Returns the first symbol for which `accept` holds among those whose hash is `hash`.
    pub(super) fn find<T>(&self, hash: u32, mut accept: impl FnMut(u32) -> Option<T>) -> Option<T> {
        let words = self.bloom.len() / 8;
        let word = u64_at(&self.bloom, ((hash as usize / 64) & words.wrapping_sub(1)) * 8);
        let second = hash.checked_shr(self.bloom_shift).unwrap_or(0);
        if word >> (hash % 64) & word >> (second % 64) & 1 == 0 {
            return None;
        }
        let bucket_count = self.buckets.len() / 4;
        let bucket = (hash as usize).checked_rem(bucket_count)?;
        let first = u32_at(&self.buckets, bucket * 4).checked_sub(self.first_symbol)? as usize;
        for (i, chain_hash) in self.chains.get(first..)?.iter().enumerate() {
            if chain_hash | 1 == hash | 1
                && let Some(found) = accept(self.first_symbol.saturating_add((first + i) as u32))
            {
                return Some(found);
            }
            if chain_hash & 1 != 0 {
                return None;
            }
        }
        None
    }
}

/// A `DT_HASH` table.
#[derive(Debug)]
pub(super) struct SysvHash {
    buckets: Bytes,
    chains: Bytes,
}

impl SysvHash {
    /// Reads the table at `address`.
    pub(super) fn read(view: &View<'_>, address: u64) -> Result<Self, ElfError> {
        let field = "DT_HASH";
        let head = view.at(field, address, 8)?;
        let (bucket_count, chain_count) = (u64::from(u32_at(&head, 0)), u64::from(u32_at(&head, 4)));
        let buckets = view.at(field, address + 8, bucket_count * 4)?;
        let chains = view.at(field, address + 8 + bucket_count * 4, chain_count * 4)?;
        Ok(Self { buckets, chains })
    }

    /// Returns how many symbols there are.
    pub(super) fn symbol_count(&self) -> u64 {
        self.chains.len() as u64 / 4
    }

    /// Returns the first symbol for which `accept` holds among those that may have this hash.
    pub(super) fn find<T>(&self, hash: u32, mut accept: impl FnMut(u32) -> Option<T>) -> Option<T> {
        let bucket = (hash as usize).checked_rem(self.buckets.len() / 4)?;
        let mut index = u32_at(&self.buckets, bucket * 4);
        // A damaged table may have a circle: no chain is longer than the table.
        for _ in 0..self.symbol_count() {
            if index == 0 {
                return None;
            }
            if let Some(found) = accept(index) {
                return Some(found);
            }
            index = u32_at(&self.chains, index as usize * 4);
        }
        None
    }
}
