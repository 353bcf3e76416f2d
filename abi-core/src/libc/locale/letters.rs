//! What `//TRANSLIT` writes for a character that a set does not have, beside what `charset` says: letters without their
//! marks, in a locale of UTF-8 such as C.UTF-8, and forms of ASCII anywhere.

use super::known::columns_of;

/// Characters of ASCII that show.
const ASCII: &str =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/// Characters from one on, a byte each; `_` where there is none.
const PLAIN: [(u32, &str); 2] = [
    (
        0xa1,
        "!c___|___a_!_____23'__._1o_____AAAAAA_CEEEEIIIIDNOOOOO_OUUUUY__aaaaaa_ceeeeiiiidnooooo/ouuuuy_yA\
         aAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi__JjKkqLlLlLlLlLlNnNnNn_NnOoOoOo__RrRrRrSsSsSsS\
         sTtTtTtUuUuUuUuUuUuWwYyYZzZzZz_bBBb___CcDDDd___EFfG__IIKkl__Nn_Oo__Pp_____tTtTUu_VYyZz__________\
         ____________AaIiOoUuUuUuUuUu_AaAa__GgGgKkOoOo__j___Gg__NnAa__OoAaAaEeEeIiIiOoOoRrRrUuUuSsTt__Hh_\
         d__ZzAaEeOoOoOoOoYylntj__ACcLTsz__BU_EeJj__RrYy___b_cdd___e___jggG___hhi_Illl___mnnN_______rrr_R\
         _s_____tu_v___Yzz_______B_GHj_Lq_______________h_jr___wy",
    ),
    (
        0x1e00,
        "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRr\
         SsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwya_ss__AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe\
         EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYy__VvYy",
    ),
];

/// Those that take more than one.
const LONGER: [(u32, &str); 24] = [
    (0xa3, "GBP"),
    (0xa5, "JPY"),
    (0xb1, "+-"),
    (0xde, "TH"),
    (0xfe, "th"),
    (0x195, "hv"),
    (0x1a2, "OI"),
    (0x1a3, "oi"),
    (0x1e2, "AE"),
    (0x1e3, "ae"),
    (0x1fc, "AE"),
    (0x1fd, "ae"),
    (0x238, "db"),
    (0x239, "qp"),
    (0x276, "OE"),
    (0x2a3, "dz"),
    (0x2a5, "dz"),
    (0x2a6, "ts"),
    (0x2aa, "ls"),
    (0x2ab, "lz"),
    (0x2dd, "''"),
    (0x1e9e, "SS"),
    (0x1efa, "LL"),
    (0x1efb, "ll"),
];

/// Returns what stands for a form of a character of ASCII: a wide one, or one of mathematics.
pub fn of_ascii(c: u32) -> Option<&'static [u8]> {
    let plain = match c {
        0xff01..=0xff5e => c - 0xff01 + u32::from(b'!'),
        0x1d400..=0x1d6a3 if columns_of(c) >= 0 => match (c - 0x1d400) % 52 {
            letter @ ..26 => u32::from(b'A') + letter,
            letter => u32::from(b'a') + letter - 26,
        },
        0x1d7ce..=0x1d7ff => u32::from(b'0') + (c - 0x1d7ce) % 10,
        // What joins, and choices of a form.
        0x2060..=0x2063 | 0xfe00..=0xfe0f | 0xfeff => return Some(b""),
        _ => return None,
    };
    let at = (plain - u32::from(b' ')) as usize;
    ASCII.as_bytes().get(at..=at)
}

/// Returns a letter without its marks; of a mark, nothing.
pub fn without_marks(c: u32) -> Option<&'static [u8]> {
    if matches!(c, 0x300..=0x36f) {
        return Some(b"");
    }
    if let Ok(at) = LONGER.binary_search_by_key(&c, |(known, _)| *known) {
        return Some(LONGER[at].1.as_bytes());
    }
    PLAIN.iter().find_map(|(first, letters)| {
        let at = c.checked_sub(*first)? as usize;
        letters.as_bytes().get(at..=at).filter(|letter| *letter != b"_")
    })
}
