//! Which `syscall` instructions trap often. Counted on the way through a signal handler, so without locks: two threads
//! may lose a count between them, which does no harm.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

const SLOTS: usize = 512;
/// In how many slots an instruction may be.
const TRIES: usize = 4;
/// The first count at which a shortcut is asked for. It is asked for again after eight times as many, since other code
/// may have come to lie there.
const OFTEN: u32 = 8;

struct Slot {
    /// The instruction's address, or 0.
    site: AtomicUsize,
    count: AtomicU32,
}

static COUNTS: [Slot; SLOTS] =
    [const { Slot { site: AtomicUsize::new(0), count: AtomicU32::new(0) } }; SLOTS];

/// Counts a trap of the instruction at `site`; tells whether it is time to ask for a shortcut.
pub(super) fn count(site: usize) -> bool {
    let first = site.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - SLOTS.ilog2());
    let slots = || (0..TRIES).map(|step| &COUNTS[(first + step) % SLOTS]);
    let found = slots().find(|slot| {
        let taken = slot.site.compare_exchange(0, site, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok() || taken == Err(site)
    });
    if let Some(slot) = found {
        return is_due(slot.count.fetch_add(1, Ordering::Relaxed) + 1);
    }
    // The one that trapped least makes room.
    if let Some(least) = slots().min_by_key(|slot| slot.count.load(Ordering::Relaxed)) {
        least.site.store(site, Ordering::Relaxed);
        least.count.store(1, Ordering::Relaxed);
    }
    false
}

fn is_due(count: u32) -> bool {
    count >= OFTEN && count.is_power_of_two() && count.trailing_zeros().is_multiple_of(OFTEN.trailing_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_for_ever_more_rarely() {
        let due: Vec<u32> = (0..5000).filter(|&count| is_due(count)).collect();
        assert_eq!(due, [8, 64, 512, 4096]);
    }

    #[test]
    fn each_instruction_has_its_own_count() {
        for site in [0x1000, 0x1002] {
            assert_eq!((0..8).map(|_| count(site)).filter(|&due| due).count(), 1);
        }
        // More than there is room for.
        for site in 0..10_000 {
            count(0x10_0000 + site);
        }
    }
}
