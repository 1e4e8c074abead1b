//! Colours as people name them, and how alike two sets of them are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A colour, or what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// 黑
    Black,
    /// 白
    White,
    /// 灰
    Grey,
    /// 红
    Red,
    /// 橙
    Orange,
    /// 黄
    Yellow,
    /// 绿
    Green,
    /// 蓝
    Blue,
    /// 藏青
    Navy,
    /// 紫
    Purple,
    /// 粉
    Pink,
    /// 棕
    Brown,
    /// 米
    Beige,
    /// 金
    Gold,
    /// 银
    Silver,
    /// 透明
    Transparent,
    /// 花, 格子, 条纹
    Patterned,
    /// 彩
    Multicoloured,
}

use Colour::{
    Beige, Black, Blue, Brown, Gold, Green, Grey, Multicoloured, Navy, Orange, Patterned, Pink, Purple, Red, Silver,
    Transparent, White, Yellow,
};

impl Colour {
    /// Every colour, in the order of their bits.
    pub const ALL: [Self; 18] = [
        Black,
        White,
        Grey,
        Red,
        Orange,
        Yellow,
        Green,
        Blue,
        Navy,
        Purple,
        Pink,
        Brown,
        Beige,
        Gold,
        Silver,
        Transparent,
        Patterned,
        Multicoloured,
    ];

    /// What people call it: what says one of these says no more than the colour.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Black => &["黑", "黑色", "black"],
            White => &["白", "白色", "white"],
            Grey => &["灰", "灰色", "grey", "gray"],
            Red => &["红", "红色", "red"],
            Orange => &["橙", "橙色", "橘色", "orange"],
            Yellow => &["黄", "黄色", "yellow"],
            Green => &["绿", "绿色", "green"],
            Blue => &["蓝", "蓝色", "blue"],
            Navy => &["藏青", "藏青色", "深蓝", "深蓝色", "navy"],
            Purple => &["紫", "紫色", "purple"],
            Pink => &["粉", "粉色", "粉红", "粉红色", "pink"],
            Brown => &["棕", "棕色", "咖啡色", "brown"],
            Beige => &["米", "米色", "beige"],
            Gold => &["金", "金色", "gold"],
            Silver => &["银", "银色", "silver"],
            Transparent => &["透明", "透明色", "transparent"],
            Patterned => &["花", "花色", "格子", "条纹", "patterned"],
            Multicoloured => &["彩", "彩色", "multicoloured"],
        }
    }

    /// Colours this one is easily taken for. It holds both ways.
    fn neighbours(self) -> Colours {
        Colours::of(match self {
            Black => &[Grey, Navy, Brown],
            White => &[Silver, Beige, Transparent, Grey],
            Grey => &[Black, Silver, White],
            Red => &[Orange, Pink, Purple, Brown],
            Orange => &[Red, Yellow, Brown],
            Yellow => &[Orange, Gold, Beige],
            Green => &[Blue],
            Blue => &[Green, Navy, Purple],
            Navy => &[Black, Blue, Purple],
            Purple => &[Red, Pink, Blue, Navy],
            Pink => &[Red, Purple, Beige, Gold],
            Brown => &[Black, Red, Orange, Beige, Gold],
            Beige => &[White, Yellow, Pink, Brown, Gold],
            Gold => &[Yellow, Pink, Brown, Beige, Silver],
            Silver => &[White, Grey, Gold, Transparent],
            Transparent => &[White, Silver],
            Patterned => &[Multicoloured],
            Multicoloured => &[Patterned],
        })
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of colours. The empty one says nothing of a thing's colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Colour>", into = "Vec<Colour>")]
pub struct Colours(u32);

impl Colours {
    /// The set of these.
    pub fn of(colours: &[Colour]) -> Self {
        Self(colours.iter().fold(0, |bits, colour| bits | colour.bit()))
    }

    /// The set of stored bits. None if one of them is no colour.
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits < 1 << Colour::ALL.len() { Some(Self(bits)) } else { None }
    }

    /// Its bits, for storage.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether it says nothing.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its colours in the order of [`Colour::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Colour> {
        Colour::ALL.into_iter().filter(move |colour| self.0 & colour.bit() != 0)
    }

    /// Whether all of it is what half of all things are: black, white, grey or silver.
    pub fn is_common(self) -> bool {
        self.0 & !(Black.bit() | White.bit() | Grey.bit() | Silver.bit()) == 0
    }

    /// How alike two sets are: 100 for the same, 0 if nothing of one could be taken for anything of the other. None if
    /// one of them says nothing.
    ///
    /// The smaller set counts double: who names one colour of a thing of two is not wrong.
    pub fn likeness(self, other: Self) -> Option<u8> {
        if self.is_empty() || other.is_empty() {
            return None;
        }
        if self == other {
            return Some(100);
        }
        let (few, many) = if self.0.count_ones() <= other.0.count_ones() { (self, other) } else { (other, self) };
        u8::try_from((2 * few.found_in(many) + many.found_in(few)) / 3).ok()
    }

    /// How much of this set is in another, 0 to 100: a neighbour counts for half.
    fn found_in(self, other: Self) -> u32 {
        let same = self.0 & other.0;
        let rest = Self(self.0 & !other.0);
        let near = rest.iter().filter(|colour| colour.neighbours().0 & other.0 != 0).count();
        let near = u32::try_from(near).unwrap_or(0);
        (100 * same.count_ones() + 50 * near) / self.0.count_ones().max(1)
    }
}

impl From<Vec<Colour>> for Colours {
    fn from(list: Vec<Colour>) -> Self {
        Self::of(&list)
    }
}

impl From<Colours> for Vec<Colour> {
    fn from(set: Colours) -> Self {
        set.iter().collect()
    }
}
