//! `long double` values.

use core::arch::asm;
use core::cmp::Ordering;
use core::num::FpCategory;

/// A `long double` as it lies in memory.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug, Default)]
pub struct Long {
    significand: u64,
    /// Sign and exponent.
    top: u16,
    pad: [u16; 3],
}

macro_rules! operation {
    ($($(#[$doc:meta])* $name:ident $instruction:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, other: Self) -> Self {
                let mut result = Self::default();
                // SAFETY: the operands and the result are readable and writable; the x87 stack is left as it was.
                unsafe {
                    asm!("fld tbyte ptr [{a}]", "fld tbyte ptr [{b}]", $instruction, "fstp tbyte ptr [{to}]",
                        a = in(reg) &raw const self, b = in(reg) &raw const other, to = in(reg) &raw mut result,
                        out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _, out("st(4)") _,
                        out("st(5)") _, out("st(6)") _, out("st(7)") _, options(nostack));
                }
                result
            }
        )*
    };
}

impl Long {
    /// Makes a value of its parts.
    pub const fn new(is_negative: bool, exponent: u16, significand: u64) -> Self {
        Self { significand, top: exponent | (is_negative as u16) << 15, pad: [0; 3] }
    }
    /// Zero.
    pub const ZERO: Self = Self::new(false, 0, 0);
    /// One.
    pub const ONE: Self = Self::new(false, 0x3fff, 1 << 63);
    /// Infinity.
    pub const INFINITY: Self = Self::new(false, 0x7fff, 1 << 63);
    /// Not a number.
    pub const NAN: Self = Self::new(false, 0x7fff, 3 << 62);

    /// The significand, its integer bit first.
    pub const fn significand(self) -> u64 {
        self.significand
    }
    /// The biased exponent.
    pub const fn exponent(self) -> u16 {
        self.top & 0x7fff
    }
    /// Tells whether the sign bit is set.
    pub const fn is_negative(self) -> bool {
        self.top >> 15 != 0
    }
    /// Tells whether this is not a number.
    pub const fn is_nan(self) -> bool {
        self.exponent() == 0x7fff && self.significand << 1 != 0
    }
    /// Tells whether this is a signalling NaN.
    pub const fn is_signaling(self) -> bool {
        self.is_nan() && self.significand >> 62 & 1 == 0
    }
    /// Tells whether this is an infinity.
    pub const fn is_infinite(self) -> bool {
        self.exponent() == 0x7fff && self.significand << 1 == 0
    }
    /// Tells whether this is neither infinite nor a NaN.
    pub const fn is_finite(self) -> bool {
        self.exponent() != 0x7fff
    }
    /// Tells whether this is a zero.
    pub const fn is_zero(self) -> bool {
        self.exponent() == 0 && self.significand == 0
    }
    /// The kind of number.
    pub const fn classify(self) -> FpCategory {
        match (self.exponent(), self.significand) {
            (0x7fff, s) if s << 1 == 0 => FpCategory::Infinite,
            (0x7fff, _) => FpCategory::Nan,
            (0, 0) => FpCategory::Zero,
            (0, _) => FpCategory::Subnormal,
            _ => FpCategory::Normal,
        }
    }
    /// The value with another sign.
    #[must_use]
    pub const fn with_sign(self, is_negative: bool) -> Self {
        Self::new(is_negative, self.exponent(), self.significand)
    }
    /// The negative.
    #[must_use]
    pub const fn negated(self) -> Self {
        self.with_sign(!self.is_negative())
    }
    /// Converts a `double`.
    pub fn from_f64(x: f64) -> Self {
        let mut result = Self::default();
        // SAFETY: the operand and the result are ours; the x87 stack is left as it was.
        unsafe {
            asm!("fld qword ptr [{x}]", "fstp tbyte ptr [{to}]", x = in(reg) &raw const x,
                to = in(reg) &raw mut result, out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _, options(nostack));
        }
        result
    }
    /// Rounds to a `double`.
    pub fn to_f64(self) -> f64 {
        let mut result = 0f64;
        // SAFETY: the operand and the result are ours; the x87 stack is left as it was.
        unsafe {
            asm!("fld tbyte ptr [{x}]", "fstp qword ptr [{to}]", x = in(reg) &raw const self,
                to = in(reg) &raw mut result, out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _, options(nostack));
        }
        result
    }
    /// Rounds to a `float`.
    pub fn to_f32(self) -> f32 {
        let mut result = 0f32;
        // SAFETY: the operand and the result are ours; the x87 stack is left as it was.
        unsafe {
            asm!("fld tbyte ptr [{x}]", "fstp dword ptr [{to}]", x = in(reg) &raw const self,
                to = in(reg) &raw mut result, out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _, options(nostack));
        }
        result
    }

    operation! {
        /// Adds.
        plus "faddp";
        /// Subtracts.
        minus "fsubp";
        /// Multiplies.
        times "fmulp";
        /// Divides.
        over "fdivp";
        /// The square root of `self`.
        root "fstp st(0)\nfsqrt";
        /// `self` rounded in the current direction.
        rounded "fstp st(0)\nfrndint";
    }
}

macro_rules! loop_until_done {
    ($($(#[$doc:meta])* $name:ident $instruction:literal;)*) => {
        impl Long {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(self, other: Self) -> Self {
                let mut result = Self::ZERO;
                // SAFETY: the operands and the result are ours; the x87 stack is left as it was.
                unsafe {
                    asm!("fld tbyte ptr [{b}]", "fld tbyte ptr [{a}]", "2:", $instruction, "fnstsw ax", "test ah, 4",
                        "jnz 2b", "fstp st(1)", "fstp tbyte ptr [{to}]",
                        a = in(reg) &raw const self, b = in(reg) &raw const other, to = in(reg) &raw mut result,
                        out("ax") _, out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                        out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _, options(nostack));
                }
                result
            })*
        }
    };
}
loop_until_done! {
    /// a - b × (a / b cut to an integer), exactly.
    truncating_remainder "fprem";
    /// a - b × (a / b rounded to an integer), exactly.
    rounding_remainder "fprem1";
}

impl Long {
    /// Converts a whole number; what does not fit raises FE_INVALID and gives the least number.
    pub fn to_integer(self) -> i64 {
        let mut result = 0i64;
        // SAFETY: the operand and the result are ours; the x87 stack is left as it was.
        unsafe {
            asm!("fld tbyte ptr [{x}]", "fistp qword ptr [{to}]", x = in(reg) &raw const self,
                to = in(reg) &raw mut result, out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
                out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _, options(nostack));
        }
        result
    }

    /// Rounds toward zero by clearing the bits of the fraction.
    #[must_use]
    pub const fn truncated(self) -> Self {
        let exponent = self.exponent() as i32 - 0x3fff;
        match exponent {
            i32::MIN..=-1 => Self::ZERO.with_sign(self.is_negative()),
            63.. => self,
            _ => Self::new(
                self.is_negative(),
                self.exponent(),
                self.significand & !(u64::MAX >> 1 >> exponent),
            ),
        }
    }
}

/// Compares two values; `None` if one is not a number.
pub fn compare(a: &Long, b: &Long) -> Option<Ordering> {
    super::exact::compare(*a, *b)
}

/// `fpclassify`'s number for a kind.
pub const fn class_number(class: FpCategory) -> i32 {
    match class {
        FpCategory::Nan => 0,
        FpCategory::Infinite => 1,
        FpCategory::Zero => 2,
        FpCategory::Subnormal => 3,
        FpCategory::Normal => 4,
    }
}
