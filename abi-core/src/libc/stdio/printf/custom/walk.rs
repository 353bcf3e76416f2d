//! Walking a format with what the program has registered, or to tell the types of its arguments.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use super::super::args::{Class, Value};
use super::super::engine::{Failure, Field, Fortify, Output, convert, convert_nothing};
use super::super::parse::{FLAG_LONG_LONG, FLAG_POINTER, type_of};
use super::super::sink::Unit;
use super::super::spec::{Cursor, Source, Spec, SpecError};
use super::super::text;
use super::{AS_WITHOUT, PrintfInfo, Registered, bit};
use crate::boundary::variadic::VaList;
use crate::libc::guest_heap::free;
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::stdio::{memory, open, wide};

impl From<OutOfMemory> for Failure {
    fn from(_: OutOfMemory) -> Self {
        Self::Memory
    }
}

/// `PA_FLOAT` and `PA_DOUBLE`
const FLOATS: core::ops::RangeInclusive<i32> = 6..=7;

/// One specification, and which arguments are its own.
#[derive(Clone, Copy)]
pub struct Item<U> {
    spec: Spec,
    info: PrintfInfo,
    /// Where the format goes on.
    rest: Cursor<U>,
    width: Option<usize>,
    precision: Option<usize>,
    /// The first argument.
    first: usize,
    /// How many there are.
    count: usize,
    /// Of one argument: its type and size.
    kind: i32,
    size: i32,
}

impl<U: Unit> Item<U> {
    /// Reads what follows a `%`; `next` is the number of the next argument.
    unsafe fn read(
        registered: Option<&Registered>,
        mut cursor: Cursor<U>,
        next: &mut usize,
    ) -> Result<Self, SpecError> {
        let mut spec = Spec::default();
        let mut user = 0;
        // SAFETY: the cursor only passes units that are not the NUL; what is before a letter is still the format's.
        let (letter, is_long_long) = unsafe {
            cursor.head(&mut spec)?;
            match registered.and_then(|registered| registered.modifier(&mut cursor)) {
                Some(bit) => user = bit,
                None => cursor.length(&mut spec),
            }
            let letter = (*cursor.0).code();
            let is_long_long = (*cursor.0.sub(1)).as_ascii() == b'l';
            cursor.conversion(&mut spec);
            (letter, is_long_long)
        };
        let mut info = PrintfInfo::new::<U>(&spec, letter, user);
        if is_long_long && info.bits & bit::LONG_DOUBLE != 0 {
            info.bits |= bit::LONG;
        }
        let mut index = |source| match source {
            Source::Next => {
                *next += 1;
                Some(*next - 1)
            }
            Source::Position(position) => Some(position as usize - 1),
            _ => None,
        };
        let (width, precision) = (index(spec.width), index(spec.precision));
        let mut item =
            Self { spec, info, rest: cursor, width, precision, first: 0, count: 0, kind: 0, size: 0 };
        let told = registered.and_then(|registered| registered.argument(item.info.letter)).map(|tell| {
            // SAFETY: the program's own function, with room for one argument.
            unsafe { tell(&raw const item.info, 1, &raw mut item.kind, &raw mut item.size) }
        });
        if let Some(count) = told.and_then(|count| usize::try_from(count).ok()) {
            item.count = count;
        } else {
            item.count = usize::from(spec.class().is_some());
            item.kind = type_of(&spec, is_long_long);
        }
        if spec.position > 0 {
            item.first = spec.position as usize - 1;
        } else {
            item.first = *next;
            *next += item.count;
        }
        Ok(item)
    }

    /// Returns the number of the argument after the last that it names.
    fn end(&self) -> usize {
        let after = |index: Option<usize>| index.map_or(0, |index| index + 1);
        let own = if self.count > 0 { self.first.saturating_add(self.count) } else { 0 };
        own.max(after(self.width)).max(after(self.precision))
    }

    /// Stores the types and sizes of its arguments, as far as there is room.
    pub unsafe fn store_types(
        &self,
        registered: Option<&Registered>,
        types: &mut [c_int],
        sizes: &mut [c_int],
    ) {
        for index in [self.width, self.precision].into_iter().flatten() {
            if let Some(kind) = types.get_mut(index) {
                *kind = 0;
            }
        }
        let (Some(types), Some(sizes)) = (types.get_mut(self.first..), sizes.get_mut(self.first..)) else {
            return;
        };
        if self.count == 1 && !types.is_empty() {
            (types[0], sizes[0]) = (self.kind, self.size);
        } else if self.count > 1
            && let Some(tell) = registered.and_then(|registered| registered.argument(self.info.letter))
        {
            // SAFETY: the program's own function, with the room that is said.
            unsafe { tell(&raw const self.info, types.len(), types.as_mut_ptr(), sizes.as_mut_ptr()) };
        }
    }
}

/// A format's specifications, how many arguments they have, and why what follows is left out, if something is.
pub type Items<U> = (GuestVec<Item<U>>, usize, Option<SpecError>);

/// Reads all specifications; returns them with how many arguments they have. What comes after one that can't be read is left
/// out, and the error returned.
///
/// # Safety
/// The format is NUL-terminated.
pub unsafe fn items<U: Unit>(
    registered: Option<&Registered>,
    mut cursor: Cursor<U>,
) -> Result<Items<U>, OutOfMemory> {
    let mut items = GuestVec::new();
    let (mut next, mut end) = (0, 0);
    // SAFETY: the cursor stops at the NUL.
    unsafe {
        while cursor.peek() != 0 {
            let is_spec = cursor.peek() == b'%';
            cursor.advance();
            if !is_spec {
                continue;
            }
            let item = match Item::read(registered, cursor, &mut next) {
                Ok(item) => item,
                Err(error) => return Ok((items, end, Some(error))),
            };
            cursor = item.rest;
            end = end.max(item.end());
            items.push(item)?;
        }
    }
    Ok((items, end, None))
}

/// An argument in memory: what a conversion gets the address of (`union printf_arg`).
type Slot = u128;

/// Takes all arguments, in their order. Those of the program's types are in `blocks`, and their slots hold the address.
unsafe fn take_all(
    registered: &Registered,
    list: &mut VaList,
    types: &[i32],
    sizes: &[i32],
    blocks: &mut GuestVec<Slot>,
) -> Result<GuestVec<Slot>, OutOfMemory> {
    let slots_of = |index: usize| (sizes[index].max(0) as usize).div_ceil(size_of::<Slot>());
    let is_user = |kind: i32| kind & FLAG_POINTER == 0 && registered.user_type(kind).is_some();
    let needed = (0..types.len()).filter(|&i| is_user(types[i])).map(slots_of).sum::<usize>();
    *blocks = GuestVec::filled(0, needed)?;
    let mut block = blocks.as_mut_ptr();
    let mut values = GuestVec::new();
    for (index, &kind) in types.iter().enumerate() {
        // SAFETY: the caller passed what the format and the program's functions say; the blocks have room for all.
        values.push(unsafe {
            if kind & FLAG_POINTER == 0
                && let Some(take) = registered.user_type(kind)
            {
                take(block.cast(), list);
                let address = block as usize as Slot;
                block = block.add(slots_of(index));
                address
            } else if kind == FLAG_LONG_LONG | 7 {
                let mut bytes = [0; size_of::<Slot>()];
                bytes[..10].copy_from_slice(&list.next_f80());
                Slot::from_le_bytes(bytes)
            } else if FLOATS.contains(&kind) {
                Slot::from(list.next_f64().to_bits())
            } else {
                Slot::from(list.next_u64())
            }
        })?;
    }
    Ok(values)
}

fn value_of(slot: Slot, class: Class) -> Value {
    match class {
        Class::Word => Value::Word(slot as u64),
        Class::Double => Value::Double(f64::from_bits(slot as u64)),
        Class::LongDouble => {
            let mut bytes = [0; 10];
            bytes.copy_from_slice(&slot.to_le_bytes()[..10]);
            Value::LongDouble(bytes)
        }
    }
}

/// Writes a format.
///
/// # Safety
/// As for `format`.
pub unsafe fn run<U: Unit>(
    registered: &Registered,
    output: &mut Output<'_, U>,
    template: Cursor<U>,
    list: &mut VaList,
    fortify: Fortify,
    saved_errno: i32,
) -> Result<(), Failure> {
    // SAFETY: the format is NUL-terminated, and its arguments are there.
    unsafe {
        let (items, count, error) = items(Some(registered), template)?;
        if let Some(error) = error {
            return Err(error.into());
        }
        // A number that the format skips is passed as an int.
        let unnamed = if fortify == Fortify::Yes { -1 } else { 0 };
        let (mut types, mut sizes) = (GuestVec::filled(unnamed, count)?, GuestVec::filled(0, count)?);
        for item in items.iter() {
            item.store_types(Some(registered), &mut types, &mut sizes);
        }
        if types.contains(&-1) {
            text::fatal(b"*** invalid %N$ use detected ***\n");
        }
        let mut blocks = GuestVec::new();
        let slots = take_all(registered, list, &types, &sizes, &mut blocks)?;
        let mut literal = template;
        for item in items.iter() {
            plain(output, &mut literal)?;
            literal = item.rest;
            write(registered, output, item, &slots, template, fortify, saved_errno)?;
        }
        plain(output, &mut literal)
    }
}

/// Writes the text up to the next specification.
unsafe fn plain<U: Unit>(output: &mut Output<'_, U>, cursor: &mut Cursor<U>) -> Result<(), Failure> {
    let start = cursor.0;
    // SAFETY: the cursor stops at the NUL.
    unsafe {
        while !matches!(cursor.peek(), 0 | b'%') {
            cursor.advance();
        }
        output.put(core::slice::from_raw_parts(start, cursor.0.offset_from(start) as usize))
    }
}

/// Writes one specification.
unsafe fn write<U: Unit>(
    registered: &Registered,
    output: &mut Output<'_, U>,
    item: &Item<U>,
    slots: &[Slot],
    template: Cursor<U>,
    fortify: Fortify,
    saved_errno: i32,
) -> Result<(), Failure> {
    let mut info = item.info;
    let number = |index: Option<usize>| index.and_then(|index| slots.get(index)).map(|&slot| slot as i32);
    if let Some(width) = number(item.width) {
        info.width = i32::try_from(width.unsigned_abs()).map_err(|_| Failure::Overflow)?;
        if width < 0 {
            info.bits |= bit::LEFT;
            info.pad = i32::from(b' ');
        }
    }
    if let Some(precision) = number(item.precision) {
        info.precision = precision.max(-1);
    }
    if let Some(convert) = registered.conversion(info.letter) {
        // SAFETY: the arguments are those that the program has said.
        let written =
            unsafe { call(convert, output, &info, slots.get(item.first..).unwrap_or(&[]), item.count)? };
        if written {
            return Ok(());
        }
    }
    let left = info.bits & bit::LEFT != 0;
    let field = Field {
        spec: item.spec,
        width: info.width as usize,
        precision: usize::try_from(info.precision).ok(),
        left,
        zero: item.spec.flags.zero && !left,
    };
    // SAFETY: the argument is of the class, or of what the program has said instead.
    unsafe {
        if item.spec.conversion == b'n' && fortify == Fortify::Yes && text::is_writable(template.0.cast()) {
            text::fatal(b"*** %n in writable segment detected ***\n");
        }
        match (item.spec.class(), slots.get(item.first)) {
            (Some(class), Some(&slot)) if item.count > 0 => convert(output, &field, value_of(slot, class)),
            _ => convert_nothing(output, &field, saved_errno),
        }
    }
}

/// Calls a conversion of the program's; false if that leaves the specification to the library.
unsafe fn call<U: Unit>(
    convert: super::Convert,
    output: &mut Output<'_, U>,
    info: &PrintfInfo,
    slots: &[Slot],
    count: usize,
) -> Result<bool, Failure> {
    let mut args = GuestVec::<*const c_void>::new();
    for slot in slots.iter().take(count) {
        args.push((&raw const *slot).cast())?;
    }
    // SAFETY: the stream is open as long as the call; what it has gathered is `len` units long.
    let (result, put) = unsafe {
        if let Some(fp) = output.stream()? {
            (convert(fp, info, args.as_ptr()), Ok(()))
        } else {
            let (mut block, mut len) = (null_mut::<u8>(), 0);
            let unit = if U::IS_WIDE { wide::UNIT_BYTES } else { 1 };
            let fp = memory::open_growing(&raw mut block, &raw mut len, unit);
            if fp.is_null() {
                return Err(Failure::Memory);
            }
            let result = convert(fp, info, args.as_ptr());
            open::close(fp);
            let put = output.put_uncounted(core::slice::from_raw_parts(block.cast(), len));
            free(block.cast());
            (result, put)
        }
    };
    put?;
    match usize::try_from(result) {
        Ok(units) => output.count(units).map(|()| true),
        Err(_) if result == AS_WITHOUT => Ok(false),
        Err(_) => Err(Failure::Sink),
    }
}
