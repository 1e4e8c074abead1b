//! The list that goes along with a hand-over: as JSON, as CSV, and as a page to print and sign.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, html};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::PoliceHandoverView;
use crate::error::Error;
use crate::found_items::model::{Numbered, number};
use crate::lost_found::categories::{ItemCategory, ValueClass};
use crate::sheets::csv::harmless;
use crate::sites::model::Names;
use crate::values::Instant;

/// One line of the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListedItem {
    #[schema(example = "F000123")]
    number: String,
    category: ItemCategory,
    value_class: ValueClass,
    brand: Option<String>,
    description: String,
    /// In fen.
    cash_fen: Option<i64>,
    seal_number: Option<String>,
    /// When it was found, in the site's time: `2026-11-22 10:30`.
    #[schema(example = "2026-11-22 10:30")]
    found: String,
    location: Option<String>,
}

impl ListedItem {
    pub(super) fn new(one: Numbered, names: &Names, zone: &TimeZone) -> Self {
        let Numbered { seq, item } = one;
        Self {
            number: number(seq),
            category: ItemCategory(item.kind()),
            value_class: item.value_class,
            brand: item.brand,
            description: item.description,
            cash_fen: item.cash_fen,
            seal_number: item.seal_number,
            found: local(item.found_at, zone),
            location: names.of(Some(item.location_id)).map(|place| place.name.to_string()),
        }
    }

    fn yuan(&self) -> String {
        self.cash_fen.map_or_else(String::new, |fen| format!("{}.{:02}", fen / 100, fen % 100))
    }

    fn cells(&self) -> [String; 8] {
        [
            self.number.clone(),
            self.category.0.zh.clone(),
            self.brand.clone().unwrap_or_default(),
            self.description.clone(),
            self.yuan(),
            self.seal_number.clone().unwrap_or_default(),
            self.found.clone(),
            self.location.clone().unwrap_or_default(),
        ]
    }
}

/// An instant as people at the site read it.
pub(super) fn local(at: Instant, zone: &TimeZone) -> String {
    at.0.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

const HEADINGS: [&str; 8] = ["编号", "类别", "品牌", "描述", "现金（元）", "封签号", "拾到时间", "拾到地点"];

/// The list as CSV: UTF-8 with a byte order mark, so that office programs read the Chinese; a cell that one of them would
/// take for a formula begins with an apostrophe.
///
/// # Errors
/// [`Error::Internal`] if it cannot be written.
pub fn csv(handover: &PoliceHandoverView) -> Result<Vec<u8>, Error> {
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    writer.write_record(HEADINGS).map_err(Error::internal)?;
    for item in &handover.items {
        writer.write_record(item.cells().map(harmless)).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|_| Error::internal("the list was not written"))
}

/// The list as a page to print, with room for signatures. It loads nothing and runs nothing.
#[must_use]
pub fn page(handover: &PoliceHandoverView) -> String {
    let style = "body{font:12pt/1.5 serif;margin:2cm}table{border-collapse:collapse;width:100%}\
                 th,td{border:1px solid #000;padding:.2em .4em;text-align:left;vertical-align:top}\
                 .sign{display:flex;justify-content:space-between;margin-top:3em}\
                 thead{display:table-header-group}tr{break-inside:avoid}";
    let count = handover.items.len();
    let markup = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                title { "拾得物移交清单 " (handover.number) }
                style { (maud::PreEscaped(style)) }
            }
            body {
                h1 { "拾得物移交清单" }
                p { (handover.site_name) " · " (handover.number) " · " (handover.handed_over) }
                p { "移交至：" (handover.station) "　接收民警：" (handover.officer)
                    @if let Some(reference) = &handover.reference { "　回执号：" (reference) } }
                table {
                    thead { tr { @for heading in HEADINGS { th scope="col" { (heading) } } } }
                    tbody { @for item in &handover.items { tr { @for cell in item.cells() { td { (cell) } } } } }
                }
                p { "共 " (count) " 件" }
                div class="sign" {
                    span { "移交人：" (handover.handed_by_name) }
                    span { "见证人：" (handover.witness_name.as_deref().unwrap_or("")) }
                    span { "接收人签字：＿＿＿＿＿＿＿＿" }
                }
            }
        }
    };
    markup.into_string()
}
