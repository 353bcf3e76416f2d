//! How much entropy a sample holds: never more than its source claims, and never more than it looks like.

use crate::backend::EntropySource;

/// Bits that one moment is worth, if it is worth anything.
const BITS_PER_MOMENT: u32 = 1;

/// Returns what `sample` looks like: its length times the bits by which its commonest byte is rarer than in a constant.
/// A source that is stuck looks like nothing.
fn looks_like_bits(sample: &[u8]) -> u32 {
    let mut counts = [0u8; 256];
    let mut commonest = 1;
    for &byte in sample {
        let count = &mut counts[usize::from(byte)];
        *count = count.saturating_add(1);
        commonest = commonest.max(*count);
    }
    let len = sample.len() as u32;
    len * (len / u32::from(commonest)).max(1).ilog2()
}

/// What the last moments of a source were.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    last: u64,
    /// The last difference, and the difference of the last two.
    differences: [u64; 2],
}

impl Moments {
    /// Returns the entropy of a moment: none, where it comes as regularly as those before it in any of three orders.
    fn bits(&mut self, moment: u64) -> u32 {
        let first = moment.abs_diff(self.last);
        let second = first.abs_diff(self.differences[0]);
        let third = second.abs_diff(self.differences[1]);
        *self = Self { last: moment, differences: [first, second] };
        if first.min(second).min(third) > 1 { BITS_PER_MOMENT } else { 0 }
    }
}

/// What is remembered of one source between samples.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Estimate {
    moments: Moments,
    /// The first bytes of the sample before.
    last: [u8; 8],
}

impl Estimate {
    /// Returns the entropy of a sample of `source`, in bits.
    pub(super) fn bits(&mut self, source: &dyn EntropySource, sample: &[u8]) -> u32 {
        if source.gives_moments() {
            return self.bits_of_moments(sample);
        }
        let claimed = sample.len() as u32 * u32::from(source.credited_bits_per_byte().min(8));
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(sample) {
            *to = *from;
        }
        // The same again is no news.
        let is_new = core::mem::replace(&mut self.last, first) != first;
        if is_new { claimed.min(looks_like_bits(sample)) } else { 0 }
    }

    /// Returns the entropy of a sample that is moments of a fast clock, eight bytes each.
    pub(super) fn bits_of_moments(&mut self, sample: &[u8]) -> u32 {
        let (moments, _) = sample.as_chunks();
        moments.iter().map(|moment| self.moments.bits(u64::from_le_bytes(*moment))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stuck_looks_like_nothing() {
        assert_eq!(looks_like_bits(&[]), 0);
        assert_eq!(looks_like_bits(&[7; 64]), 0);
        let counting: std::vec::Vec<u8> = (0..64).collect();
        assert_eq!(looks_like_bits(&counting), 64 * 6);
        let half: std::vec::Vec<u8> = (0..64).map(|i| i / 2).collect();
        assert_eq!(looks_like_bits(&half), 64 * 5);
    }

    #[test]
    fn moments_count_once_they_are_irregular() {
        let mut moments = Moments::default();
        let mut bits = |list: &[u64]| list.iter().map(|&moment| moments.bits(moment)).sum::<u32>();
        bits(&[1000, 2000, 3000]);
        assert_eq!(bits(&[4000, 5000, 6000, 7000]), 0, "a steady beat");
        bits(&[8000, 9010, 10030]);
        assert_eq!(bits(&[11060, 12100, 13150]), 0, "a steadily slower one");
        assert_eq!(bits(&[13150, 13150, 13150]), 0, "none at all");
        assert!(bits(&[14007, 15391, 15822, 17950, 18003, 21764]) >= 5);
    }
}
