//! The names of character sets: those that glibc knows, in capital letters.

use super::charset::Charset;
use super::legacy;
use super::pages;
use super::shifting::Shifting;

/// The longest name.
const LONGEST: usize = 32;

const UTF16: Charset = Charset::Utf16 { is_big: false, has_mark: true };
const UTF16_LITTLE: Charset = Charset::Utf16 { is_big: false, has_mark: false };
const UTF16_BIG: Charset = Charset::Utf16 { is_big: true, has_mark: false };
const UTF32: Charset = Charset::Utf32 { is_big: false, has_mark: true };
const UTF32_LITTLE: Charset = Charset::Utf32 { is_big: false, has_mark: false };
const UTF32_BIG: Charset = Charset::Utf32 { is_big: true, has_mark: false };
const UNICODE: Charset = Charset::Ucs2 { is_big: false, has_mark: true };
const UCS2: Charset = Charset::Ucs2 { is_big: false, has_mark: false };
const UCS2_BIG: Charset = Charset::Ucs2 { is_big: true, has_mark: false };

/// What names, separated by blanks, stand for.
const NAMES: &[(&str, Charset)] = &[
    (
        "ANSI_X3.4-1968 ANSI_X3.4-1986 ASCII US-ASCII US ISO646-US ISO_646.IRV:1991 ISO-IR-6 IBM367 CP367 CSASCII \
         OSF00010020",
        Charset::Ascii,
    ),
    ("UTF-8 UTF8 ISO-IR-193 ISO-10646/UTF8 ISO-10646/UTF-8 OSF05010001", Charset::Utf8),
    ("UTF-16 UTF16", UTF16),
    ("UTF-16LE UTF16LE", UTF16_LITTLE),
    ("UTF-16BE UTF16BE", UTF16_BIG),
    ("UTF-32 UTF32", UTF32),
    ("UTF-32LE UTF32LE", UTF32_LITTLE),
    ("UTF-32BE UTF32BE", UTF32_BIG),
    ("UNICODE CSUNICODE", UNICODE),
    ("UCS-2 UCS2 ISO-10646/UCS2 OSF00010100 OSF00010101 OSF00010102 UCS-2LE UNICODELITTLE", UCS2),
    ("UCS-2BE UNICODEBIG", UCS2_BIG),
    (
        "UCS-4 UCS4 UCS-4BE CSUCS4 ISO-10646 ISO-10646/UCS4 10646-1:1993 10646-1:1993/UCS4 OSF00010104 OSF00010105 \
         OSF00010106",
        Charset::Ucs4 { is_big: true },
    ),
    ("UCS-4LE", Charset::Ucs4 { is_big: false }),
    ("WCHAR_T", Charset::Wide),
    (
        "ISO-8859-1 8859_1 CP819 CSISOLATIN1 IBM819 ISO-IR-100 ISO8859-1 ISO88591 ISO_8859-1 ISO_8859-1:1987 L1 LATIN1 \
         OSF00010001",
        Charset::Latin1,
    ),
    (
        "ISO-8859-15 ISO-IR-203 ISO8859-15 ISO885915 ISO_8859-15 ISO_8859-15:1998 LATIN-9 LATIN9",
        Charset::Latin9,
    ),
    ("CP1252 MS-ANSI WINDOWS-1252", Charset::Windows1252),
    ("IBM437 437 CP437 CSPC8CODEPAGE437 OSF100201B5", Charset::Page(pages::CP437)),
    ("CP737", Charset::Page(pages::CP737)),
    ("CP775 IBM775 CSPC775BALTIC", Charset::Page(pages::CP775)),
    ("IBM850 850 CP850 CSPC850MULTILINGUAL OSF10020352", Charset::Page(pages::CP850)),
    ("IBM852 852 CP852 CSPCP852 OSF10020354", Charset::Page(pages::CP852)),
    ("IBM855 855 CP855 CSIBM855 OSF10020357", Charset::Page(pages::CP855)),
    ("IBM857 857 CP857 CSIBM857 OSF10020359", Charset::Page(pages::CP857)),
    ("IBM858 858 CP858 CSPC858MULTILINGUAL", Charset::Page(pages::CP858)),
    ("IBM860 860 CP860 CSIBM860", Charset::Page(pages::CP860)),
    ("IBM861 861 CP861 CPIBM861 OSF1002035D", Charset::Page(pages::CP861)),
    ("IBM862 862 CP862 CSPC862LATINHEBREW OSF1002035E", Charset::Page(pages::CP862)),
    ("IBM863 863 CP863 CSIBM863 OSF1002035F", Charset::Page(pages::CP863)),
    ("IBM865 865 CP865 CSIBM865", Charset::Page(pages::CP865)),
    ("IBM869 869 CP869 CP-GR CSIBM869 OSF10020365", Charset::Page(pages::CP869)),
    (
        "ISO-8859-2 8859_2 CP912 CSISOLATIN2 IBM912 ISO-IR-101 ISO8859-2 ISO88592 ISO_8859-2 ISO_8859-2:1987 L2 LATIN2 \
         OSF00010002",
        Charset::Legacy(legacy::LATIN2),
    ),
    (
        "ISO-8859-3 8859_3 CSISOLATIN3 ISO-IR-109 ISO8859-3 ISO88593 ISO_8859-3 ISO_8859-3:1988 L3 LATIN3 OSF00010003",
        Charset::Legacy(legacy::LATIN3),
    ),
    (
        "ISO-8859-4 8859_4 CSISOLATIN4 ISO-IR-110 ISO8859-4 ISO88594 ISO_8859-4 ISO_8859-4:1988 L4 LATIN4 OSF00010004",
        Charset::Legacy(legacy::LATIN4),
    ),
    (
        "ISO-8859-5 8859_5 CP915 CSISOLATINCYRILLIC CYRILLIC IBM915 ISO-IR-144 ISO8859-5 ISO88595 ISO_8859-5 \
         ISO_8859-5:1988 OSF00010005",
        Charset::Legacy(legacy::CYRILLIC),
    ),
    (
        "ISO-8859-6 8859_6 ARABIC ASMO-708 CP1089 CSISOLATINARABIC ECMA-114 IBM1089 ISO-IR-127 ISO8859-6 ISO88596 \
         ISO_8859-6 ISO_8859-6:1987 OSF00010006",
        Charset::Legacy(legacy::ARABIC),
    ),
    (
        "ISO-8859-7 8859_7 CP813 CSISOLATINGREEK ECMA-118 ELOT_928 GREEK GREEK8 IBM813 ISO-IR-126 ISO8859-7 ISO88597 \
         ISO_8859-7 ISO_8859-7:1987 ISO_8859-7:2003 OSF00010007",
        Charset::Legacy(legacy::GREEK),
    ),
    (
        "ISO-8859-8 8859_8 CP916 CSISOLATINHEBREW HEBREW IBM916 ISO-IR-138 ISO8859-8 ISO88598 ISO_8859-8 ISO_8859-8:1988 \
         OSF00010008",
        Charset::Legacy(legacy::HEBREW),
    ),
    (
        "ISO-8859-9 8859_9 CP920 CSISOLATIN5 ECMA-128 IBM920 ISO-IR-148 ISO8859-9 ISO88599 ISO_8859-9 ISO_8859-9:1989 L5 \
         LATIN5 OSF00010009 TS-5881",
        Charset::Legacy(legacy::LATIN5),
    ),
    (
        "ISO-8859-10 CSISOLATIN6 ISO-IR-157 ISO8859-10 ISO885910 ISO_8859-10 ISO_8859-10:1992 L6 LATIN6 OSF0001000A",
        Charset::Legacy(legacy::LATIN6),
    ),
    ("ISO-8859-11 ISO8859-11 ISO885911", Charset::Legacy(legacy::THAI)),
    ("TIS-620 ISO-IR-166 TIS620 TIS620-0 TIS620.2529-1 TIS620.2533-0", Charset::Legacy(legacy::TIS_620)),
    ("ISO-8859-13 BALTIC ISO-IR-179 ISO8859-13 ISO885913 L7 LATIN7", Charset::Legacy(legacy::LATIN7)),
    (
        "ISO-8859-14 ISO-CELTIC ISO-IR-199 ISO8859-14 ISO885914 ISO_8859-14 ISO_8859-14:1998 L8 LATIN8",
        Charset::Legacy(legacy::LATIN8),
    ),
    (
        "ISO-8859-16 ISO-IR-226 ISO8859-16 ISO885916 ISO_8859-16 ISO_8859-16:2001 L10 LATIN10",
        Charset::Legacy(legacy::LATIN10),
    ),
    ("KOI8-R CSKOI8R KOI8R", Charset::Legacy(legacy::RUSSIAN)),
    ("KOI8-RU", Charset::Page(pages::KOI8_RU)),
    ("KOI8-T", Charset::Page(pages::KOI8_T)),
    ("KOI8-U KOI8U", Charset::Legacy(legacy::UKRAINIAN)),
    ("CP1250 MS-EE WINDOWS-1250", Charset::Legacy(legacy::CP1250)),
    ("CP1251 MS-CYRL WINDOWS-1251", Charset::Legacy(legacy::CP1251)),
    ("CP1253 MS-GREEK WINDOWS-1253", Charset::Legacy(legacy::CP1253)),
    ("CP1254 MS-TURK WINDOWS-1254", Charset::Legacy(legacy::CP1254)),
    ("CP1255 MS-HEBR WINDOWS-1255", Charset::Legacy(legacy::CP1255)),
    ("CP1256 MS-ARAB WINDOWS-1256", Charset::Legacy(legacy::CP1256)),
    ("CP1257 WINBALTRIM WINDOWS-1257", Charset::Legacy(legacy::CP1257)),
    ("CP1258 WINDOWS-1258", Charset::Legacy(legacy::CP1258)),
    ("IBM874 874 CP874 WINDOWS-874", Charset::Legacy(legacy::CP874)),
    ("IBM866 866 CP866 CSIBM866", Charset::Legacy(legacy::CP866)),
    ("MACINTOSH CSMACINTOSH MAC", Charset::Legacy(legacy::MACINTOSH)),
    ("GBK CP936 GB13000 MS936 WINDOWS-936", Charset::Legacy(legacy::GBK)),
    ("GB18030", Charset::Legacy(legacy::GB18030)),
    ("EUC-CN CN-GB CSGB2312 EUCCN GB2312", Charset::Legacy(legacy::EUC_CN)),
    ("BIG5 BIG-5 BIG-FIVE BIGFIVE CN-BIG5 CP950", Charset::Legacy(legacy::BIG5)),
    ("EUC-JP CSEUCPKDFMTJAPANESE EUCJP OSF00030010 UJIS", Charset::Legacy(legacy::EUC_JP)),
    (
        "SJIS CSSHIFTJIS MS_KANJI SHIFT-JIS SHIFT_JIS CP932 CSWINDOWS31J MS932 SJIS-OPEN SJIS-WIN WINDOWS-31J",
        Charset::Legacy(legacy::SHIFT_JIS),
    ),
    ("EUC-KR CSEUCKR EUCKR OSF0004000A", Charset::Legacy(legacy::EUC_KR)),
    ("UHC CP949 MSCP949 OSF100203B5", Charset::Legacy(legacy::UHC)),
    ("ISO-2022-JP CSISO2022JP ISO2022JP", Charset::Shifting(Shifting::Jp)),
    ("ISO-2022-KR CSISO2022KR ISO2022KR", Charset::Shifting(Shifting::Kr)),
    ("UTF-7 UTF7", Charset::Shifting(Shifting::Utf7)),
];

/// What follows a name behind its second slash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Suffixes {
    /// `TRANSLIT`: write otherwise what the set lacks.
    pub transliterates: bool,
    /// `IGNORE`: leave out what the set lacks, and what is no character.
    pub ignores: bool,
}

const fn is_filler(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b'/')
}

/// Cuts the suffixes off a name, the last one first.
fn split(mut name: &[u8]) -> (&[u8], Suffixes) {
    let mut suffixes = Suffixes::default();
    loop {
        while let [rest @ .., last] = name
            && is_filler(*last)
        {
            name = rest;
        }
        let slashes = name.split(|&byte| byte == b'/').count() - 1;
        let Some(at) = name.iter().rposition(|&byte| matches!(byte, b',' | b'/')).filter(|_| slashes >= 2)
        else {
            return (name, suffixes);
        };
        let suffix = &name[at + 1..];
        suffixes.transliterates |= suffix.eq_ignore_ascii_case(b"TRANSLIT");
        suffixes.ignores |= suffix.eq_ignore_ascii_case(b"IGNORE");
        name = &name[..at];
    }
}

/// Finds a character set by name; letters' case does not matter, nor do characters that no name has. The empty name is the
/// locale's set.
pub fn by_name(name: &[u8], is_utf8_locale: bool) -> Option<(Charset, Suffixes)> {
    let (name, suffixes) = split(name);
    let (mut key, mut len) = ([0u8; LONGEST], 0);
    let is_kept =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b',' | b':' | b'/');
    for &byte in name.iter().filter(is_kept) {
        *key.get_mut(len)? = byte.to_ascii_uppercase();
        len += 1;
    }
    let key = &key[..len];
    if key.is_empty() {
        return Some((if is_utf8_locale { Charset::Utf8 } else { Charset::Ascii }, suffixes));
    }
    let is_meant = |names: &str| names.split(' ').any(|known| known.as_bytes() == key);
    let (_, charset) = NAMES.iter().find(|(names, _)| is_meant(names))?;
    Some((*charset, suffixes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_with_their_suffixes() {
        let found = |name: &[u8]| by_name(name, true);
        let plain = Suffixes::default();
        assert_eq!(found(b"utf 8/"), Some((Charset::Utf8, plain)));
        assert_eq!(found(b"ISO-10646/UCS4/"), Some((Charset::Ucs4 { is_big: true }, plain)));
        assert_eq!(found(b"//"), Some((Charset::Utf8, plain)));
        let both = Suffixes { transliterates: true, ignores: true };
        assert_eq!(found(b"latin1//IGNORE,translit//"), Some((Charset::Latin1, both)));
        assert_eq!(found(b"utf_8"), None);
        assert_eq!(found(b"UTF-8/IGNORE"), None);
    }
}
