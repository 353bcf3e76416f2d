//! `sortlist` of resolv.conf(5): which of a host's IPv4 addresses are told first.

use super::super::address::{Address, parse_exact};
use super::state::ResState;

/// How many addresses are sorted: those behind them stay.
const MOST_SORTED: usize = 35;

/// Returns the mask of an address's class.
fn class_mask(address: [u8; 4]) -> u32 {
    u32::from_be_bytes(match address[0] {
        0..128 => [255, 0, 0, 0],
        128..192 => [255, 255, 0, 0],
        _ => [255, 255, 255, 0],
    })
}

impl ResState {
    /// Returns how many pairs there are.
    fn sort_count(&self) -> usize {
        ((self.bits >> 4 & 0xf) as usize).min(self.sort_list.len())
    }

    /// Adds the pairs of address and mask (`10.1.0.0/255.255.0.0`) that stand in a text.
    pub(super) fn add_sorted(&mut self, text: &[u8]) {
        let text = text.split(|byte| matches!(byte, b';' | b'\n')).next().unwrap_or_default();
        for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            let mut parts = word.splitn(2, |byte| matches!(byte, b'/' | b'&'));
            let address = parts.next().and_then(parse_exact);
            let mask = parts.next().and_then(parse_exact).map(u32::from_be_bytes);
            let count = self.sort_count();
            if let (Some(address), Some(place)) = (address, self.sort_list.get_mut(count)) {
                let mask = mask.unwrap_or_else(|| class_mask(address));
                // Both are as on the wire.
                *place = [u32::from_be_bytes(address).to_be(), mask.to_be()];
                self.bits = self.bits & !0xf0 | (count as u32 + 1) << 4;
            }
        }
    }

    /// Puts addresses first that are in the first pair's net, and so on.
    pub(super) fn sort(&self, addresses: &mut [Address]) {
        let pairs = &self.sort_list[..self.sort_count()];
        let place = |address: &Address| match address {
            Address::V4(bytes) => {
                let address = u32::from_ne_bytes(*bytes);
                pairs.iter().position(|[net, mask]| address & mask == *net).unwrap_or(pairs.len())
            }
            Address::V6(_) => pairs.len(),
        };
        let count = addresses.len().min(MOST_SORTED);
        let addresses = &mut addresses[..count];
        for end in 1..count {
            let mut at = end;
            while at > 0 && place(&addresses[at - 1]) > place(&addresses[at]) {
                addresses.swap(at - 1, at);
                at -= 1;
            }
        }
    }
}
