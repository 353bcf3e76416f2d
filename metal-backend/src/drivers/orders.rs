//! Orders to osvrun over the control channel, which it answers by their numbers.
//!
//! Several may be under way: one that takes long holds up nobody else's.

use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::few::FewMap;
use abi_core::sync::Mutex;

use crate::sched::{self, Wait};

/// The number of orders nobody waits for.
pub(super) const UNASKED: u32 = 0;

/// An order under way: what was noted of it, and the answer once it is there.
struct Order<N, A> {
    note: N,
    answer: Option<A>,
}

/// The orders under way by their numbers, and the number given last.
struct UnderWay<N, A> {
    last: u32,
    orders: FewMap<u32, Order<N, A>>,
}

/// Orders of one kind.
pub(super) struct Orders<N, A> {
    under_way: Mutex<UnderWay<N, A>>,
    /// Counts answers; those who wait sleep on it.
    answered: AtomicU32,
}

impl<N, A> Orders<N, A> {
    /// Makes the book of a kind's orders.
    pub(super) const fn new() -> Self {
        Self {
            under_way: Mutex::new(UnderWay { last: UNASKED, orders: FewMap::new() }),
            answered: AtomicU32::new(0),
        }
    }

    /// Has `send` send an order with its number, and waits for the answer; `None` if it could not be sent.
    pub(super) fn carry_out(&self, note: N, send: impl FnOnce(u32) -> bool) -> Option<A> {
        let number = self.begin(note);
        if !send(number) {
            self.under_way.lock().orders.remove(&number);
            return None;
        }
        loop {
            let seen = self.answered.load(Ordering::SeqCst);
            if let Some(answer) = self.take(number) {
                return Some(answer);
            }
            // Any outcome means: look again.
            let _ = sched::wait(&self.answered, seen, None, Wait::SleepingDeep);
        }
    }

    fn begin(&self, note: N) -> u32 {
        let mut under_way = self.under_way.lock();
        loop {
            under_way.last = under_way.last.wrapping_add(1);
            let number = under_way.last;
            if number != UNASKED && !under_way.orders.contains_key(&number) {
                under_way.orders.insert(number, Order { note, answer: None });
                return number;
            }
        }
    }

    /// Returns an order's answer and forgets the order, once it is answered.
    fn take(&self, number: u32) -> Option<A> {
        let mut under_way = self.under_way.lock();
        let answer = under_way.orders.get_mut(&number)?.answer.take()?;
        under_way.orders.remove(&number);
        Some(answer)
    }

    /// Keeps what osvrun answered: a number, and what `read` makes of the rest and of the order's note.
    pub(super) fn answer(&self, payload: &[u8], read: impl FnOnce(&N, &[u8]) -> A) {
        let Some((number, rest)) = payload.split_first_chunk() else { return };
        {
            let mut under_way = self.under_way.lock();
            let Some(order) = under_way.orders.get_mut(&u32::from_le_bytes(*number)) else { return };
            order.answer = Some(read(&order.note, rest));
        }
        self.answered.fetch_add(1, Ordering::SeqCst);
        sched::wake((&raw const self.answered) as usize, usize::MAX);
    }
}
