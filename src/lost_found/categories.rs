//! What people lose in a mall: a shipped tree of two levels, groups and their leaves.
//!
//! A group can be chosen too when nobody knows better. What a category says of itself:
//!
//! - `public_photo` is false where a photo shows a person's data (cards, papers, name badges, labels of medicine, lock
//!   screens), where it is enough to make a copy (keys), and where its details are how an owner proves to be the owner
//!   (cash, jewellery, other small valuables).
//! - `may_ship` is false for what couriers in China do not take or we do not hand to them. The list of prohibited
//!   articles (禁止寄递物品指导目录, in the State Post Bureau's 《禁止寄递物品管理规定》 of 2016) has compressed gas and
//!   flammable liquids (lighters, sprays, perfume, alcohol) and controlled knives. Cash is kept out of parcels by postal
//!   law; power banks and e-cigarettes by the carriers' rules for lithium cells. Identity papers, bank cards and whatever
//!   spoils stay by our own policy. A wallet ships once what is in it was taken care of: staff look.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::text_enum;

/// A kind of thing: a group, or a leaf of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its stable name, in `snake_case`.
    pub code: String,
    /// The code of the group it is in. None for a group.
    pub parent: Option<String>,
    /// Its stable number, for storage. Never used again for another.
    pub number: u16,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// What owners and staff call it in Chinese, its name included.
    pub words: Vec<String>,
    /// How it is kept, if nobody says otherwise.
    pub value_class: ValueClass,
    /// Whether its photo may be shown to the public.
    pub public_photo: bool,
    /// Whether it may be sent to its owner by courier.
    pub may_ship: bool,
    /// Codes of leaves and groups it is easily taken for. It holds both ways.
    pub near: Vec<String>,
}

text_enum! {
    /// How a thing must be kept.
    pub enum ValueClass {
        /// On the shelf.
        Ordinary = "ordinary",
        /// In a sealed bag, under lock, by two.
        Valuable = "valuable",
        /// Money: counted, and as a valuable.
        Cash = "cash",
        /// Identity papers: under lock, to the police the same day.
        IdentityPaper = "identity_paper",
        /// What harms: apart from the rest, to the police the same day.
        Dangerous = "dangerous",
        /// Spoils within days.
        Perishable = "perishable",
    }
}

/// Likeness of a leaf and the group it is in.
pub const OWN_GROUP: u8 = 80;
/// Likeness of two categories of which one names the other as near.
pub const NEAR: u8 = 60;
/// Likeness of anything and `other`, which says nothing.
pub const ANYTHING: u8 = 50;
/// Likeness of two leaves of a group.
pub const SIBLINGS: u8 = 40;
/// Likeness of two categories whose groups are near.
pub const KINDRED: u8 = 30;

/// The group of what fits nowhere.
const OTHER: &str = "other";

/// The tree, and the likeness of every two of its categories.
struct Tree {
    all: Vec<Category>,
    /// Where the category of a number is in `all`.
    position: Vec<Option<usize>>,
    /// A row for each of `all`.
    likeness: Vec<Vec<u8>>,
}

/// Unreadable text would leave it empty; the tests see to it that it is not.
static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let all: Vec<Category> = serde_json::from_str(include_str!("categories.json")).unwrap_or_default();
    let size = all.iter().map(|category| usize::from(category.number) + 1).max().unwrap_or(0);
    let mut position = vec![None; size];
    for (index, category) in all.iter().enumerate() {
        if let Some(slot) = position.get_mut(usize::from(category.number)) {
            *slot = Some(index);
        }
    }
    let likeness = all.iter().map(|a| all.iter().map(|b| compare(&all, a, b)).collect()).collect();
    Tree { all, position, likeness }
});

/// Every category, each group before its leaves.
pub fn all() -> &'static [Category] {
    &TREE.all
}

/// The category of a code.
pub fn find(code: &str) -> Option<&'static Category> {
    all().iter().find(|category| category.code == code)
}

/// What fits nowhere else, and what nobody said anything of.
pub fn other() -> &'static Category {
    static UNKNOWN: LazyLock<Category> = LazyLock::new(|| Category {
        code: String::from(OTHER),
        parent: None,
        number: 900,
        zh: "其他".to_owned(),
        en: "other".to_owned(),
        words: Vec::new(),
        value_class: ValueClass::Ordinary,
        public_photo: false,
        may_ship: false,
        near: Vec::new(),
    });
    find(OTHER).unwrap_or(&UNKNOWN)
}

/// The category of a stored number; of one that is not known, [`other`].
pub fn stored(number: i32) -> &'static Category {
    u16::try_from(number).ok().and_then(by_number).unwrap_or_else(other)
}

/// A category as JSON knows it: by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemCategory(pub &'static Category);

impl Serialize for ItemCategory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.code)
    }
}

impl<'de> Deserialize<'de> for ItemCategory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<str>::deserialize(deserializer)?;
        find(&code).map(Self).ok_or_else(|| D::Error::custom("item_category_unknown|"))
    }
}

impl PartialSchema for ItemCategory {
    fn schema() -> RefOr<Schema> {
        let codes = all().iter().map(|category| category.code.clone());
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).into()
    }
}

impl ToSchema for ItemCategory {}

/// The category of a number.
pub fn by_number(number: u16) -> Option<&'static Category> {
    position(number).and_then(|index| all().get(index))
}

/// How alike two categories are, by their numbers: 100 for the same, 0 if one is never taken for the other or unknown.
pub fn likeness(a: u16, b: u16) -> u8 {
    let row = position(a).and_then(|index| TREE.likeness.get(index));
    row.zip(position(b)).and_then(|(row, index)| row.get(index)).copied().unwrap_or(0)
}

/// The numbers of all categories worth looking among for a thing of this one: those with any likeness, itself included.
pub fn families(category: &Category) -> Vec<u16> {
    let numbers = all().iter().map(|other| other.number);
    numbers.filter(|number| likeness(category.number, *number) > 0).collect()
}

fn position(number: u16) -> Option<usize> {
    TREE.position.get(usize::from(number)).copied().flatten()
}

fn compare(all: &[Category], a: &Category, b: &Category) -> u8 {
    let parent = |of: &Category| of.parent.as_ref().and_then(|code| all.iter().find(|category| category.code == *code));
    let (above_a, above_b) = (parent(a), parent(b));
    let (group_a, group_b) = (above_a.unwrap_or(a), above_b.unwrap_or(b));
    let names = |one: &Category, other: &Category| one.near.contains(&other.code);
    if a.code == b.code {
        100
    } else if above_a == Some(b) || above_b == Some(a) {
        OWN_GROUP
    } else if names(a, b) || names(b, a) {
        NEAR
    } else if group_a == group_b {
        SIBLINGS
    } else if [(a, group_b), (b, group_a), (group_a, group_b), (group_b, group_a)].iter().any(|(x, y)| names(x, y)) {
        KINDRED
    } else if a.code == OTHER || b.code == OTHER {
        ANYTHING
    } else {
        0
    }
}
