//! How grave a complaint looks: a proposal with its reasons, for a person to decide on. Pure.

use serde_json::json;

use super::model::Grade;
use crate::text_enum;
use crate::values::Json;

text_enum! {
    /// Why the rules think that a complaint is grave.
    pub enum GradeSign {
        /// Its category is about people being in danger.
        Category = "category",
        /// It speaks of somebody being hurt.
        InjuryWords = "injury_words",
        /// It speaks of many people, or of the press.
        GroupWords = "group_words",
        /// As many at this place complained of the same within hours.
        Similar = "similar",
        /// Whoever wrote it down sees it in the press.
        MediaRisk = "media_risk",
    }
}

/// As many at one place about the same are a group. Ours.
pub const SIMILAR_ARE_A_GROUP: usize = 3;

/// Words of people who were hurt or could have been. The list is ours; a person decides.
const INJURY: &[&str] = &[
    "摔倒",
    "摔伤",
    "摔了",
    "跌倒",
    "跌伤",
    "滑倒",
    "滑了一跤",
    "绊倒",
    "受伤",
    "流血",
    "出血",
    "骨折",
    "扭伤",
    "划伤",
    "割伤",
    "夹伤",
    "夹到",
    "夹住",
    "砸到",
    "砸伤",
    "烫伤",
    "烧伤",
    "触电",
    "中毒",
    "误食",
    "吞下",
    "晕倒",
    "晕过去",
    "昏倒",
    "昏迷",
    "救护车",
    "急救",
    "送医",
    "去医院",
    "进医院",
    "到医院",
    "坠落",
    "坠楼",
    "被困",
    "着火",
    "起火",
    "冒烟",
    "爆炸",
    "injur",
    "bleed",
    "hurt",
    "fell ",
    "ambulance",
    "hospital",
];

/// Words of many people, or of a matter that spreads.
const GROUP: &[&str] = &[
    "集体",
    "群体",
    "联名",
    "大家都",
    "好多人",
    "很多人",
    "业主群",
    "维权",
    "拉横幅",
    "聚集",
    "围堵",
    "媒体",
    "记者",
    "曝光",
    "报道",
    "电视台",
    "发抖音",
    "上抖音",
    "发微博",
    "上微博",
    "发小红书",
    "上小红书",
    "热搜",
    "发朋友圈",
    "直播",
    "the press",
    "reporter",
    "social media",
];

/// What the rules look at.
pub struct Facts<'a> {
    /// The person's words.
    pub description: &'a str,
    /// Whether the category is about people being in danger.
    pub is_dangerous: bool,
    /// How many, this one included, complained of the same at this place within the last hours.
    pub similar: usize,
    /// Whether somebody ticked it.
    pub is_media_risk: bool,
}

/// A proposal.
#[derive(Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How grave.
    pub grade: Grade,
    /// Why.
    pub because: Vec<GradeSign>,
}

impl Proposal {
    /// The reasons as they are kept.
    #[must_use]
    pub fn reasons(&self) -> Json {
        Json(json!(self.because))
    }
}

/// What the rules think of a complaint: that somebody may be hurt counts before that many are concerned.
#[must_use]
pub fn propose(facts: &Facts<'_>) -> Proposal {
    let words = facts.description.to_lowercase();
    let speaks_of = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let reasons = [
        (facts.is_dangerous, GradeSign::Category, Grade::MajorSafety),
        (speaks_of(INJURY), GradeSign::InjuryWords, Grade::MajorSafety),
        (speaks_of(GROUP), GradeSign::GroupWords, Grade::MajorGroup),
        (facts.similar >= SIMILAR_ARE_A_GROUP, GradeSign::Similar, Grade::MajorGroup),
        (facts.is_media_risk, GradeSign::MediaRisk, Grade::MajorGroup),
    ];
    let found: Vec<_> = reasons.into_iter().filter(|(holds, ..)| *holds).collect();
    Proposal {
        grade: found.iter().map(|(.., grade)| *grade).max().unwrap_or(Grade::Normal),
        because: found.into_iter().map(|(_, because, _)| because).collect(),
    }
}
