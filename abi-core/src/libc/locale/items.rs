//! What nl_langinfo(3) tells: the items of the C locale, which C.UTF-8 has too but for its characters.
//!
//! Items are numbered by category (`_NL_ITEM_CATEGORY`) and place in it (`_NL_ITEM_INDEX`), as in `langinfo.h`.

use core::ffi::CStr;

use super::object::{CATEGORIES, LC_ALL, Locale};

/// An item's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Bytes.
    Text(&'static CStr),
    /// Wide characters with a 0 behind them.
    Wide(&'static [i32]),
    /// A number.
    Word(u32),
}

/// `_NL_LOCALE_NAME`
const LOCALE_NAME: usize = 0xffff;
/// A monetary format's number that is not given.
const NOT_GIVEN: &CStr = c"\xff";
/// The place of `_NL_..._CODESET` in each category.
const CODESETS: [usize; 13] = [14, 5, 110, 18, 45, 4, usize::MAX, 2, 6, 12, 4, 1, 15];

const DAYS: usize = 7;
const MONTHS: usize = 12;
/// From `ABDAY_1`: days, months, halves of the day, formats.
const TIME: [&CStr; 44] = [
    c"Sun",
    c"Mon",
    c"Tue",
    c"Wed",
    c"Thu",
    c"Fri",
    c"Sat",
    c"Sunday",
    c"Monday",
    c"Tuesday",
    c"Wednesday",
    c"Thursday",
    c"Friday",
    c"Saturday",
    c"Jan",
    c"Feb",
    c"Mar",
    c"Apr",
    c"May",
    c"Jun",
    c"Jul",
    c"Aug",
    c"Sep",
    c"Oct",
    c"Nov",
    c"Dec",
    c"January",
    c"February",
    c"March",
    c"April",
    c"May",
    c"June",
    c"July",
    c"August",
    c"September",
    c"October",
    c"November",
    c"December",
    c"AM",
    c"PM",
    c"%a %b %e %H:%M:%S %Y",
    c"%m/%d/%y",
    c"%H:%M:%S",
    c"%I:%M:%S %p",
];
/// Where the short and the long names of months are in [`TIME`].
const SHORT_MONTHS: usize = 2 * DAYS;
const LONG_MONTHS: usize = SHORT_MONTHS + MONTHS;
/// `_DATE_FMT`
const DATE_FORMAT: &CStr = c"%a %b %e %H:%M:%S %Z %Y";

/// Room of a wide text of [`WIDE_TIME`].
const WIDE_ROOM: usize = DATE_FORMAT.count_bytes() + 1;
/// [`TIME`] in wide characters, and [`DATE_FORMAT`] behind it; each in as much room as the longest.
static WIDE_TIME: [[i32; WIDE_ROOM]; TIME.len() + 1] = {
    let mut wide = [[0; WIDE_ROOM]; TIME.len() + 1];
    let mut row = 0;
    while row <= TIME.len() {
        let text = if row < TIME.len() { TIME[row] } else { DATE_FORMAT }.to_bytes();
        let mut at = 0;
        while at < text.len() {
            wide[row][at] = text[at] as i32;
            at += 1;
        }
        row += 1;
    }
    wide
};
const DIGITS: [&CStr; 10] = [c"0", c"1", c"2", c"3", c"4", c"5", c"6", c"7", c"8", c"9"];
static WIDE_DIGITS: [[i32; 2]; 10] = {
    let mut wide = [[0; 2]; 10];
    let mut digit = 0;
    while digit < 10 {
        wide[digit][0] = b'0' as i32 + digit as i32;
        digit += 1;
    }
    wide
};

/// Returns an item; an empty text if there is none of this number.
pub fn find(locale: &Locale, category: usize, index: usize) -> Item {
    if category >= CATEGORIES.len() || category == LC_ALL {
        return Item::Text(c"");
    }
    if index == LOCALE_NAME {
        return Item::Text(locale.name(category));
    }
    if index == CODESETS[category] {
        return Item::Text(if locale.is_utf8_in(category) { c"UTF-8" } else { c"ANSI_X3.4-1968" });
    }
    match category {
        0 => characters(locale, index),
        1 => match index {
            0 => Item::Text(c"."),
            3 => Item::Word(b'.'.into()),
            4 => Item::Word(0),
            _ => Item::Text(c""),
        },
        2 => time(index),
        3 if index == 0 => Item::Word(0),
        4 => money(index),
        5 => Item::Text(match index {
            0 => c"^[yY]",
            1 => c"^[nN]",
            _ => c"",
        }),
        // The paper's height and width in millimetres.
        7 if index < 2 => Item::Word([297, 210][index]),
        8 if index == 0 => Item::Text(c"%p%t%g%t%m%t%f"),
        9 if index == 0 => Item::Text(c"%a%N%f%N%d%N%b%N%s %h %e %r%N%C-%z %T%N%c%N"),
        9 if index == 6 => Item::Word(0),
        10 if index == 0 => Item::Text(c"+%c %a %l"),
        // Metric.
        11 if index == 0 => Item::Text(c"\x01"),
        _ => Item::Text(c""),
    }
}

/// A date as these items have it: its digits.
const fn date(year: u32, month: u32, day: u32) -> u32 {
    (year * 100 + month) * 100 + day
}

fn characters(locale: &Locale, index: usize) -> Item {
    match index {
        // `_NL_CTYPE_MB_CUR_MAX`
        13 => Item::Word(if locale.is_utf8() { 6 } else { 1 }),
        19 | 30 => Item::Word(1),
        20..=29 => Item::Text(DIGITS[index - 20]),
        31..=40 => Item::Wide(&WIDE_DIGITS[index - 31]),
        41..=50 => Item::Text(DIGITS[index - 41]),
        51..=60 => Item::Word(u32::from(b'0') + (index - 51) as u32),
        _ => Item::Text(c""),
    }
}

/// From `_NL_WABDAY_1` the wide texts come in the order of the others, after them the months' alternative names.
fn time(index: usize) -> Item {
    const WIDE: usize = 52;
    match index {
        0..44 => Item::Text(TIME[index]),
        50 => Item::Word(0),
        WIDE..96 => Item::Wide(&WIDE_TIME[index - WIDE]),
        96..=100 => Item::Wide(&[0]),
        101 => Item::Text(c"\x07"),
        // A Sunday.
        102 => Item::Word(date(1997, 11, 30)),
        103 => Item::Text(c"\x04"),
        104 | 106 => Item::Text(c"\x01"),
        105 => Item::Text(c"\x02"),
        108 => Item::Text(DATE_FORMAT),
        109 => Item::Wide(&WIDE_TIME[TIME.len()]),
        111..=122 => Item::Text(TIME[LONG_MONTHS + index - 111]),
        123..=134 => Item::Wide(&WIDE_TIME[LONG_MONTHS + index - 123]),
        135..=146 => Item::Text(TIME[SHORT_MONTHS + index - 135]),
        147..=158 => Item::Wide(&WIDE_TIME[SHORT_MONTHS + index - 147]),
        _ => Item::Text(c""),
    }
}

fn money(index: usize) -> Item {
    match index {
        15 => Item::Text(c"-"),
        7..=21 | 24..=37 => Item::Text(NOT_GIVEN),
        38 | 40 => Item::Word(date(1, 1, 1)),
        39 | 41 => Item::Word(date(9999, 12, 31)),
        43 | 44 => Item::Word(0),
        _ => Item::Text(c""),
    }
}
