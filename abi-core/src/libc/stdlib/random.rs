//! The pseudo-random sequences of `random(3)` and `drand48(3)`: the same numbers for the same seed as glibc gives.

/// Degrees and separations of the five generators: words of state and the lag of the second tap.
const KINDS: [(usize, usize); 5] = [(0, 0), (7, 3), (15, 1), (31, 3), (63, 1)];
/// Bytes of state each kind needs.
const BYTES: [usize; 5] = [8, 32, 64, 128, 256];

/// An additive feedback generator over words of state that may be the caller's (`struct random_data`).
#[repr(C)]
pub struct Generator {
    /// Front tap.
    pub front: *mut i32,
    /// Rear tap.
    pub rear: *mut i32,
    /// The first word; the word before it holds kind and position.
    pub state: *mut i32,
    /// Which of the five kinds.
    pub kind: i32,
    /// Its degree.
    pub degree: i32,
    /// Its separation.
    pub separation: i32,
    /// Past the last word.
    pub end: *mut i32,
}

impl Generator {
    /// Makes a generator without state.
    pub const fn new() -> Self {
        let null = core::ptr::null_mut();
        Self { front: null, rear: null, state: null, kind: 0, degree: 0, separation: 0, end: null }
    }

    /// Starts the sequence of a seed.
    ///
    /// # Safety
    /// The state's words are writable.
    pub unsafe fn seed(&mut self, seed: u32) {
        let seed = if seed == 0 { 1 } else { seed as i32 };
        // SAFETY: the caller's promise; all indices are below the degree.
        unsafe {
            *self.state = seed;
            if self.kind == 0 {
                return;
            }
            let mut word = i64::from(seed);
            for i in 1..self.degree as usize {
                // 16807 x mod 2^31 - 1, by Schrage's method, for words that may be negative.
                let (high, low) = (word / 127773, word % 127773);
                word = 16807 * low - 2836 * high;
                if word < 0 {
                    word += 2147483647;
                }
                *self.state.add(i) = word as i32;
            }
            self.front = self.state.add(self.separation as usize);
            self.rear = self.state;
            for _ in 0..self.degree * 10 {
                self.next();
            }
        }
    }

    /// Returns the next number, 31 bits.
    ///
    /// # Safety
    /// The state's words are writable.
    pub unsafe fn next(&mut self) -> i32 {
        // SAFETY: the caller's promise; the taps stay below the end.
        unsafe {
            if self.kind == 0 {
                let word = ((*self.state).wrapping_mul(1103515245).wrapping_add(12345)) & 0x7fff_ffff;
                *self.state = word;
                return word;
            }
            let sum = (*self.front).wrapping_add(*self.rear);
            *self.front = sum;
            self.front = self.front.add(1);
            if self.front >= self.end {
                self.front = self.state;
                self.rear = self.rear.add(1);
            } else {
                self.rear = self.rear.add(1);
                if self.rear >= self.end {
                    self.rear = self.state;
                }
            }
            (sum as u32 >> 1) as i32
        }
    }

    /// Stores kind and position in the word before the state.
    ///
    /// # Safety
    /// The generator has state.
    pub unsafe fn save(&self) {
        // SAFETY: the caller's promise.
        unsafe {
            *self.state.sub(1) = match self.kind {
                0 => 0,
                kind => kind + 5 * self.rear.offset_from(self.state) as i32,
            };
        }
    }

    fn set_kind(&mut self, kind: usize, state: *mut i32) {
        let (degree, separation) = KINDS[kind];
        self.kind = kind as i32;
        self.degree = degree as i32;
        self.separation = separation as i32;
        self.state = state;
        self.end = state.wrapping_add(degree);
    }

    /// Uses these bytes as state and seeds it; fails if they are too few.
    ///
    /// # Safety
    /// `bytes` are writable, and go on being so.
    pub unsafe fn init(&mut self, seed: u32, bytes: *mut u8, len_bytes: usize) -> bool {
        let Some(kind) = BYTES.iter().rposition(|&needed| needed <= len_bytes) else { return false };
        self.set_kind(kind, bytes.cast::<i32>().wrapping_add(1));
        // SAFETY: the caller's promise.
        unsafe {
            self.seed(seed);
            self.save();
        }
        true
    }

    /// Goes on with a state that was saved.
    ///
    /// # Safety
    /// `bytes` hold what `save` left.
    pub unsafe fn resume(&mut self, bytes: *mut u8) -> bool {
        let words = bytes.cast::<i32>();
        // SAFETY: the caller's promise.
        let saved = unsafe { *words };
        let (kind, rear) = (saved.rem_euclid(5) as usize, saved.div_euclid(5));
        let degree = KINDS[kind].0;
        if saved < 0 || (kind != 0 && rear as usize >= degree) {
            return false;
        }
        self.set_kind(kind, words.wrapping_add(1));
        if kind != 0 {
            self.rear = self.state.wrapping_add(rear as usize);
            self.front = self.state.wrapping_add((rear as usize + KINDS[kind].1) % degree);
        }
        true
    }
}

impl Default for Generator {
    fn default() -> Self {
        Self::new()
    }
}

/// rand_r(3): three steps of a linear congruence give 31 bits.
pub fn rand_r(seed: &mut u32) -> i32 {
    let mut next = *seed;
    let mut step = |bits: u32| {
        next = next.wrapping_mul(1103515245).wrapping_add(12345);
        (next >> 16) & ((1 << bits) - 1)
    };
    let mut result = step(11);
    result = result << 10 ^ step(10);
    result = result << 10 ^ step(10);
    *seed = next;
    result as i32
}

/// The 48-bit generator of `drand48(3)` (`struct drand48_data`).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Rand48 {
    /// The current value, low word first.
    pub x: [u16; 3],
    /// The one `seed48` returned.
    pub old_x: [u16; 3],
    /// The addend.
    pub c: u16,
    /// Not 0 once multiplier and addend are set.
    pub is_set: u16,
    /// The multiplier.
    pub a: u64,
}

/// The multiplier and addend that POSIX names.
const MULTIPLIER: u64 = 0x5_deec_e66d;
const ADDEND: u16 = 11;

impl Rand48 {
    /// Makes the generator as it is before any seed.
    pub const fn new() -> Self {
        Self { x: [0; 3], old_x: [0; 3], c: 0, is_set: 0, a: 0 }
    }

    /// Steps `x` with this generator's multiplier and addend; returns the 48 bits.
    pub fn step(&mut self, x: &mut [u16; 3]) -> u64 {
        if self.is_set == 0 {
            self.set_standard();
        }
        let value = u64::from(x[2]) << 32 | u64::from(x[1]) << 16 | u64::from(x[0]);
        let next = value.wrapping_mul(self.a).wrapping_add(u64::from(self.c)) & 0xffff_ffff_ffff;
        *x = [next as u16, (next >> 16) as u16, (next >> 32) as u16];
        next
    }

    /// Steps the generator's own value.
    pub fn advance(&mut self) -> u64 {
        let mut x = self.x;
        let next = self.step(&mut x);
        self.x = x;
        next
    }

    fn set_standard(&mut self) {
        self.a = MULTIPLIER;
        self.c = ADDEND;
        self.is_set = 1;
    }

    /// srand48(3)
    pub fn seed(&mut self, seed: u32) {
        self.x = [0x330e, seed as u16, (seed >> 16) as u16];
        self.set_standard();
    }

    /// seed48(3)
    pub fn seed48(&mut self, seed: [u16; 3]) {
        self.old_x = self.x;
        self.x = seed;
        self.set_standard();
    }

    /// lcong48(3)
    pub fn lcong48(&mut self, parameters: [u16; 7]) {
        let [x0, x1, x2, a0, a1, a2, c] = parameters;
        self.x = [x0, x1, x2];
        self.a = u64::from(a2) << 32 | u64::from(a1) << 16 | u64::from(a0);
        self.c = c;
        self.is_set = 1;
    }
}

impl Default for Rand48 {
    fn default() -> Self {
        Self::new()
    }
}

/// The 48 bits as a double in [0, 1).
pub fn as_fraction(bits: u64) -> f64 {
    bits as f64 / (1u64 << 48) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_gives_glibcs_numbers() {
        let mut words = [0i32; 32];
        let mut generator = Generator::new();
        // SAFETY: the words outlive the generator.
        unsafe {
            assert!(generator.init(1, words.as_mut_ptr().cast(), 128));
            let first = [generator.next(), generator.next(), generator.next()];
            assert_eq!(first, [1804289383, 846930886, 1681692777]);
        }
    }

    #[test]
    fn rand48_gives_posix_numbers() {
        let mut generator = Rand48::new();
        generator.seed(0);
        assert!((as_fraction(generator.advance()) - 0.17082803610628972).abs() < 1e-15);
    }
}
