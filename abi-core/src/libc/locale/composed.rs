//! Letters that sets have as a base and a mark behind it, and iconv(3) puts together.

use core::ops::RangeInclusive;

/// How a set's letters are put together.
#[derive(Debug, PartialEq, Eq)]
pub struct Composition {
    /// The characters that wait for a mark.
    bases: RangeInclusive<u32>,
    /// Marks, with pairs of what stands before them and what both are together. Of a letter that is made in several ways the
    /// first is that by which it is written.
    marks: &'static [(char, &'static str)],
}

/// Those that wait for a second mark.
const HALF_DONE: [u32; 3] = [0xfb2a, 0xfb2b, 0xfb49];

impl Composition {
    /// Tells whether the next character may be a mark of this one, which is read.
    pub fn waits(&self, c: u32) -> bool {
        self.bases.contains(&c)
    }

    /// The same of one that was put together.
    pub fn waits_again(c: u32) -> bool {
        HALF_DONE.contains(&c)
    }

    /// Finds a base, a mark and what they are together, by the first two or by the last.
    #[inline(never)]
    fn find(&self, parts: (u32, u32), both: u32) -> Option<(u32, u32, u32)> {
        for &(mark, pairs) in self.marks {
            let mut letters = pairs.chars();
            while let (Some(base), Some(made)) = (letters.next(), letters.next()) {
                let found = (base.into(), mark.into(), made.into());
                if (found.0, found.1) == parts || found.2 == both {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Puts a character and a mark together.
    pub fn composed(&self, base: u32, mark: u32) -> Option<u32> {
        Some(self.find((base, mark), 0)?.2)
    }

    /// Returns the character and the mark that this one is.
    pub fn parts(&self, c: u32) -> Option<(u32, u32)> {
        self.find((0, 0), c).map(|found| (found.0, found.1))
    }
}

/// Vietnamese letters, of CP1258
pub static VIETNAMESE: Composition = Composition {
    bases: 0x41..=0x1b0,
    marks: &[
        ('\u{300}', "AÀEÈIÌNǸOÒUÙWẀYỲaàeèiìnǹoòuùwẁyỳ\u{a8}\u{1fed}ÂẦĂẰÊỀÔỒƠỜÜǛƯỪâầăằêềôồơờüǜưừ"),
        (
            '\u{301}',
            "AÁCĆEÉGǴIÍKḰLĹMḾNŃOÓPṔRŔSŚUÚWẂYÝZŹaácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzź\u{a8}\u{385}ÂẤĂẮÅǺÆǼÇḈÊẾÏḮÔỐƠỚØǾÜǗƯỨ\
             âấăắåǻæǽçḉêếïḯôốơớøǿüǘưứ\u{a8}\u{1fee}",
        ),
        ('\u{303}', "AÃEẼIĨNÑOÕUŨVṼYỸaãeẽiĩnñoõuũvṽyỹÂẪĂẴÊỄÓṌÔỖƠỠÖṎÚṸƯỮâẫăẵêễóṍôỗơỡöṏúṹưữ"),
        ('\u{309}', "AẢEẺIỈOỎUỦYỶaảeẻiỉoỏuủyỷÂẨĂẲÊỂÔỔƠỞƯỬâẩăẳêểôổơởưử"),
        (
            '\u{323}',
            "AẠBḄDḌEẸHḤIỊKḲLḶMṂNṆOỌRṚSṢTṬUỤVṾWẈYỴZẒaạbḅdḍeẹhḥiịkḳlḷmṃnṇoọrṛsṣtṭuụvṿwẉyỵzẓÂẬĂẶÊỆÔỘƠỢƯỰâậăặêệôộơợưự",
        ),
    ],
};

/// Hebrew letters, of CP1255
pub static HEBREW: Composition = Composition {
    bases: 0x5d0..=0x5f2,
    marks: &[
        ('\u{5c1}', "\u{5e9}\u{fb2a}\u{fb49}\u{fb2c}"),
        ('\u{5c2}', "\u{5e9}\u{fb2b}\u{fb49}\u{fb2d}"),
        ('\u{5b4}', "\u{5d9}\u{fb1d}"),
        ('\u{5b7}', "\u{5f2}\u{fb1f}\u{5d0}\u{fb2e}"),
        ('\u{5b8}', "\u{5d0}\u{fb2f}"),
        ('\u{5b9}', "\u{5d5}\u{fb4b}"),
        (
            '\u{5bc}',
            "\u{5d0}\u{fb30}\u{5d1}\u{fb31}\u{5d2}\u{fb32}\u{5d3}\u{fb33}\u{5d4}\u{fb34}\u{5d5}\u{fb35}\
             \u{5d6}\u{fb36}\u{5d8}\u{fb38}\u{5d9}\u{fb39}\u{5da}\u{fb3a}\u{5db}\u{fb3b}\u{5dc}\u{fb3c}\
             \u{5de}\u{fb3e}\u{5e0}\u{fb40}\u{5e1}\u{fb41}\u{5e3}\u{fb43}\u{5e4}\u{fb44}\u{5e6}\u{fb46}\
             \u{5e7}\u{fb47}\u{5e8}\u{fb48}\u{5e9}\u{fb49}\u{5ea}\u{fb4a}\u{fb2a}\u{fb2c}\u{fb2b}\u{fb2d}",
        ),
        ('\u{5bf}', "\u{5d1}\u{fb4c}\u{5db}\u{fb4d}\u{5e4}\u{fb4e}"),
    ],
};
