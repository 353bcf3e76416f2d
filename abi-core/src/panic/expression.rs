//! Expressions of call frame information (DWARF 5, 2.5): they say where a frame lies that no offset tells, such as the one
//! that a signal's handler returns through.

use gimli::{Encoding, EndianSlice, Expression, LittleEndian, Operation};

use crate::boundary::user::peek;

/// Bytes of an object.
pub(super) type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// Numbers under way; compilers need three.
const DEPTH: usize = 8;

struct Stack {
    values: [u64; DEPTH],
    depth: usize,
}

impl Stack {
    fn push(&mut self, value: u64) -> Option<()> {
        *self.values.get_mut(self.depth)? = value;
        self.depth += 1;
        Some(())
    }
    fn pop(&mut self) -> Option<u64> {
        self.depth = self.depth.checked_sub(1)?;
        self.values.get(self.depth).copied()
    }
}

/// Computes an expression over registers in DWARF's order, with `first` given; `None` if it asks for what is not there, or
/// for what call frame information has no use for.
pub(super) fn compute(
    expression: Expression<Bytes<'_>>,
    encoding: Encoding,
    registers: &[u64],
    first: Option<u64>,
) -> Option<u64> {
    let mut stack = Stack { values: [0; DEPTH], depth: 0 };
    if let Some(first) = first {
        stack.push(first)?;
    }
    let mut operations = expression.operations(encoding);
    while let Some(operation) = operations.next().ok()? {
        let value = match operation {
            Operation::RegisterOffset { register, offset, .. } => {
                registers.get(usize::from(register.0))?.wrapping_add_signed(offset)
            }
            Operation::UnsignedConstant { value } => value,
            Operation::SignedConstant { value } => value as u64,
            Operation::Deref { size: 8, .. } => peek(stack.pop()? as usize)?,
            Operation::PlusConstant { value } => stack.pop()?.wrapping_add(value),
            operation => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                match operation {
                    Operation::Plus => left.wrapping_add(right),
                    Operation::Minus => left.wrapping_sub(right),
                    Operation::And => left & right,
                    Operation::Shl => left.checked_shl(u32::try_from(right).ok()?).unwrap_or(0),
                    Operation::Ge => u64::from(left as i64 >= right as i64),
                    _ => return None,
                }
            }
        };
        stack.push(value)?;
    }
    stack.pop()
}

#[cfg(test)]
mod tests {
    use gimli::Format;

    use super::*;

    const ENCODING: Encoding = Encoding { address_size: 8, format: Format::Dwarf32, version: 1 };

    fn computed(bytes: &[u8], registers: &[u64]) -> Option<u64> {
        compute(Expression(EndianSlice::new(bytes, LittleEndian)), ENCODING, registers, None)
    }

    #[test]
    fn a_jump_table_s_expression_says_how_much_was_pushed() {
        // rsp + 8 + ((rip & 15) >= 11) << 3
        let bytes = [0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22];
        let mut registers = [0; 17];
        registers[7] = 0x1000;
        registers[16] = 0x2006;
        assert_eq!(computed(&bytes, &registers), Some(0x1008));
        registers[16] = 0x200b;
        assert_eq!(computed(&bytes, &registers), Some(0x1010));
    }

    #[test]
    fn what_is_not_there_is_no_number() {
        assert_eq!(computed(&[], &[]), None);
        assert_eq!(computed(&[0x22], &[]), None);
        assert_eq!(computed(&[0x77, 8], &[1, 2]), None);
        assert_eq!(computed(&[0x30; 9], &[]), None);
    }
}
