//! The tables of a report, from its figures. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::model::ReportKind;
use super::service::Material;
use super::trends::{MONTHS_BEFORE, Trend, trend};
use super::words::{Words, masked};
use crate::http::texts::Language;
use crate::rates::measures::{Counts, Measure, Rate};
use crate::rates::targets::RateVerdict;
use crate::sheets::table::{Cell, Column, Kind as Holds, Picture, Report, Section, Share, Table, Verdict};
use crate::sites::model::Kind;
use crate::values::Instant;

/// So many shops, topics and people are listed.
const MOST: usize = 20;

/// The whole report.
pub(super) fn report(material: &Material, words: Words) -> Report {
    let say = |chinese, english| words.say(chinese, english);
    let period = &material.period;
    let days =
        if period.from == period.to { period.from.to_string() } else { format!("{} – {}", period.from, period.to) };
    let counted = say(
        "每张工单计入受理当天；未完成且已超时计为未达，未完成且未超时为“进行中”，不计入比率；已撤销、合并与免责的剔除并单列。",
        "Each ticket counts for the day on which the desk heard of it. Open and late counts against; open and in time is in no rate; withdrawn, merged and excused tickets are left out and shown.",
    );
    let mut sections = vec![
        section(say("指标与目标", "Rates against targets"), Some(counted.to_owned()), vec![rates(material, words)]),
        section(say("趋势", "Trend"), None, vec![over_time(material, words)]),
        section(say("类型", "Kinds"), None, vec![kinds(material, words)]),
        section(say("超时原因", "Why it was late"), None, vec![lateness(material, words)]),
        section(say("时段", "When it comes in"), None, vec![hours(material, words)]),
        section(
            say("部门用时", "Whose minutes"),
            Some(
                say(
                    "已完成工单的全部时间按去向拆分，各部门与服务台相加等于总用时。",
                    "All the time of finished tickets, by where they lay; departments and desk add up to the whole.",
                )
                .to_owned(),
            ),
            vec![departments(material, words)],
        ),
        section(say("变差的店铺", "Shops that get worse"), Some(statistics(words)), vec![shops(material, words)]),
        section(say("热点", "Hot topics"), Some(statistics(words)), vec![topics(material, words)]),
        section(say("人员", "People"), None, vec![people(material, words), pauses(material, words)]),
        section(say("低分与原话", "Low scores, in their words"), None, vec![low_scores(material, words)]),
    ];
    if material.kind == ReportKind::Daily {
        sections.insert(1, section(say("当日工单", "Tickets of the day"), None, vec![log(material, words)]));
    }
    Report {
        title: words.title(material.kind).to_owned(),
        subtitle: format!("{} · {days}", material.site),
        made: local(material, material.now),
        language: match words.0 {
            Language::Chinese => crate::sheets::table::Language::Chinese,
            Language::English => crate::sheets::table::Language::English,
        },
        sections,
    }
}

fn statistics(words: Words) -> String {
    words
        .say(
            "当月与自身过去 12 个月比较：中位数与绝对中位差（MAD）；高出 3.5 个稳健标准差且不少于 5 件视为变差。",
            "The month against its own twelve months before: median and median absolute deviation; more than 3.5 robust deviations above, and at least five cases, is worse.",
        )
        .to_owned()
}

fn section(heading: &str, note: Option<String>, tables: Vec<Table>) -> Section {
    Section { heading: heading.to_owned(), note, tables }
}

fn table(key: &str, name: &str, columns: Vec<(&str, Holds)>, rows: Vec<Vec<Cell>>, picture: Option<Picture>) -> Table {
    let columns = columns.into_iter().map(|(heading, kind)| Column::new(heading, kind)).collect();
    Table { key: key.to_owned(), name: name.to_owned(), columns, rows, picture }
}

fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn share(numerator: i64, denominator: i64) -> Cell {
    let count = |n: i64| u32::try_from(n.max(0)).unwrap_or(u32::MAX);
    Cell::Share(Share { numerator: count(numerator), denominator: count(denominator) })
}

fn rate(counts: &Counts, rate: Rate) -> Cell {
    let of = counts.share(rate);
    share(of.numerator, of.denominator)
}

fn duration(seconds: i64, of: i64) -> Cell {
    if of <= 0 { Cell::Empty } else { u64::try_from(seconds / of).map_or(Cell::Empty, Cell::Duration) }
}

fn local(material: &Material, at: Instant) -> jiff::civil::DateTime {
    at.0.to_zoned(material.zone.clone()).datetime()
}

fn sum(counts: &BTreeMap<Kind, Counts>, only: Option<Kind>) -> Counts {
    let mut all = Counts::default();
    counts.iter().filter(|(kind, _)| only.is_none_or(|only| only == **kind)).for_each(|(_, one)| all.merge(one, 1));
    all
}

fn named(material: &Material, key: &str, words: Words) -> String {
    let desk = || words.say("服务台", "The desk").to_owned();
    if key.is_empty() { desk() } else { material.names.get(key).cloned().unwrap_or_else(|| "—".to_owned()) }
}

/// Every target, and every rate that has none, for all tickets.
fn rates(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let aimed = material.targets.rates.iter().map(|target| (target.rate, target.kind));
    let other = Rate::ALL.iter().filter(|rate| material.targets.rates.iter().all(|target| target.rate != **rate));
    let lines = aimed.chain(other.map(|rate| (*rate, None)));
    let row = |(which, kind): (Rate, Option<Kind>)| {
        let of = sum(&material.by_kind, kind).share(which);
        let before = sum(&material.by_kind_before, kind).share(which);
        let name = kind
            .map_or_else(|| words.rate(which).to_owned(), |kind| format!("{}·{}", words.kind(kind), words.rate(which)));
        let verdict = match material.targets.judge(which, kind, of) {
            RateVerdict::Met => Cell::Verdict(Verdict::Met),
            RateVerdict::Missed => Cell::Verdict(Verdict::Missed),
            RateVerdict::TooFew => Cell::Verdict(Verdict::TooFew),
            RateVerdict::NoTarget => Cell::Empty,
        };
        let target = material.targets.of(which, kind);
        vec![
            text(name),
            share(of.numerator, of.denominator),
            target.map_or(Cell::Empty, |target| Cell::Percent(target.share.unsigned_abs())),
            verdict,
            share(before.numerator, before.denominator),
            Cell::Count(of.numerator),
            Cell::Count(of.denominator),
            Cell::Count(of.pending),
            Cell::Count(of.excluded),
        ]
    };
    let columns = vec![
        (say("指标", "Rate"), Holds::Text),
        (say("本期", "Now"), Holds::Share),
        (say("目标", "Target"), Holds::Share),
        (say("结论", "Verdict"), Holds::Verdict),
        (say("上期", "Before"), Holds::Share),
        (say("分子", "Numerator"), Holds::Count),
        (say("分母", "Denominator"), Holds::Count),
        (say("进行中", "Pending"), Holds::Count),
        (say("剔除", "Excluded"), Holds::Count),
    ];
    let picture = Picture::Bars { value: 1, target: Some(2) };
    table("rates", say("指标与目标", "Rates"), columns, lines.map(row).collect(), Some(picture))
}

fn over_time(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let row = |(first_day, counts): (&String, &Counts)| {
        let day: Option<Date> = first_day.parse().ok();
        vec![
            day.map_or(Cell::Empty, Cell::Day),
            rate(counts, Rate::FirstResponse),
            rate(counts, Rate::Timeliness),
            rate(counts, Rate::Resolution),
            Cell::Count(counts.of(Measure::Received)),
            Cell::Count(counts.of(Measure::Solved)),
        ]
    };
    let columns = vec![
        (say("日期", "Day"), Holds::Day),
        (words.rate(Rate::FirstResponse), Holds::Share),
        (words.rate(Rate::Timeliness), Holds::Share),
        (words.rate(Rate::Resolution), Holds::Share),
        (say("受理", "Received"), Holds::Count),
        (say("解决", "Solved"), Holds::Count),
    ];
    let target = material.targets.of(Rate::Resolution, None).map(|target| Cell::Percent(target.share.unsigned_abs()));
    let rows: Vec<_> = material.over_time.iter().map(row).collect();
    // One point is no line.
    let picture = (rows.len() > 1).then(|| Picture::Lines { values: vec![1, 2, 3], target });
    table("trend", say("趋势", "Trend"), columns, rows, picture)
}

fn kinds(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let row = |(kind, counts): (&Kind, &Counts)| {
        let before = sum(&material.by_kind_before, Some(*kind)).of(Measure::Received);
        vec![
            text(words.kind(*kind)),
            Cell::Count(counts.of(Measure::Received)),
            Cell::Count(before),
            Cell::Count(counts.of(Measure::Solved)),
            Cell::Count(counts.of(Measure::Unsolved)),
            Cell::Count(counts.of(Measure::Solving)),
            Cell::Count(counts.of(Measure::Excluded)),
        ]
    };
    let columns = vec![
        (say("类型", "Kind"), Holds::Text),
        (say("受理", "Received"), Holds::Count),
        (say("上期受理", "Before"), Holds::Count),
        (say("解决", "Solved"), Holds::Count),
        (say("未解决", "Unsolved"), Holds::Count),
        (say("进行中", "Pending"), Holds::Count),
        (say("剔除", "Excluded"), Holds::Count),
    ];
    let rows = material.by_kind.iter().map(row).collect();
    table("kinds", say("类型", "Kinds"), columns, rows, Some(Picture::Bars { value: 1, target: None }))
}

fn lateness(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let mut reasons: Vec<(&String, i64)> =
        material.by_lateness.iter().map(|(word, counts)| (word, counts.of(Measure::ResolutionLate))).collect();
    reasons.retain(|(_, count)| *count > 0);
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rows = reasons.into_iter().map(|(word, count)| vec![text(words.reason(word)), Cell::Count(count)]).collect();
    let columns = vec![(say("原因", "Reason"), Holds::Text), (say("超时工单", "Late tickets"), Holds::Count)];
    let name = say("超时原因", "Why it was late");
    table("lateness", name, columns, rows, Some(Picture::Bars { value: 1, target: None }))
}

fn hours(material: &Material, words: Words) -> Table {
    let received = |weekday: usize, hour: usize| {
        let counts = material.by_hour.get(&format!("{}-{hour:02}", weekday + 1));
        Cell::Count(counts.map_or(0, |counts| counts.of(Measure::Received)))
    };
    let row = |(weekday, name): (usize, &str)| {
        std::iter::once(text(name)).chain((0..24).map(|hour| received(weekday, hour))).collect()
    };
    let rows = words.weekdays().into_iter().enumerate().map(row).collect();
    let hours: Vec<String> = (0..24).map(|hour| format!("{hour:02}")).collect();
    let mut columns = vec![(words.say("星期", "Weekday"), Holds::Text)];
    columns.extend(hours.iter().map(|hour| (hour.as_str(), Holds::Count)));
    table("hours", words.say("受理时段", "Received by hour"), columns, rows, Some(Picture::Heat))
}

fn departments(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let whole: i64 = material.by_department.values().map(|counts| counts.of(Measure::HopSeconds)).sum();
    let row = |(key, counts): (&String, &Counts)| {
        let seconds = counts.of(Measure::HopSeconds);
        vec![
            text(named(material, key, words)),
            Cell::Duration(seconds.unsigned_abs()),
            share(seconds, whole),
            rate(counts, Rate::DepartmentAccept),
            rate(counts, Rate::DepartmentTimeliness),
            rate(counts, Rate::Resolution),
            Cell::Count(counts.of(Measure::Received)),
            Cell::Count(counts.of(Measure::Unsolved)),
        ]
    };
    let mut in_order: Vec<_> = material.by_department.iter().collect();
    in_order.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.of(Measure::HopSeconds)));
    let columns = vec![
        (say("部门", "Department"), Holds::Text),
        (say("用时", "Time"), Holds::Duration),
        (say("占比", "Share"), Holds::Share),
        (words.rate(Rate::DepartmentAccept), Holds::Share),
        (words.rate(Rate::DepartmentTimeliness), Holds::Share),
        (words.rate(Rate::Resolution), Holds::Share),
        (say("工单", "Tickets"), Holds::Count),
        (say("未解决", "Unsolved"), Holds::Count),
    ];
    let rows = in_order.into_iter().map(row).collect();
    table("departments", say("部门", "Departments"), columns, rows, Some(Picture::Bars { value: 1, target: None }))
}

/// What is counted in each of the months, the last one first, of everything that has any.
fn trends(months: &[BTreeMap<String, Counts>], measure: Measure) -> Vec<(&String, Trend)> {
    let Some((now, before)) = months.split_first() else { return Vec::new() };
    let of = |month: &BTreeMap<String, Counts>, key: &String| month.get(key).map_or(0, |counts| counts.of(measure));
    let known = now.keys().map(|key| (key, of(now, key))).filter(|(_, count)| *count > 0);
    let mut trends: Vec<_> = known
        .map(|(key, count)| (key, trend(count, &before.iter().map(|month| of(month, key)).collect::<Vec<_>>())))
        .collect();
    trends.sort_by(|(_, a), (_, b)| b.is_worse.cmp(&a.is_worse).then(b.deviations.total_cmp(&a.deviations)));
    trends.truncate(MOST);
    trends
}

fn trend_cells(trend: &Trend) -> [Cell; 4] {
    let verdict = if trend.is_worse { Verdict::Missed } else { Verdict::Met };
    [
        Cell::Count(trend.now),
        text(format!("{:.1}", trend.median)),
        text(format!("{:+.1}", trend.deviations)),
        Cell::Verdict(verdict),
    ]
}

fn trend_columns(words: Words) -> [(&'static str, Holds); 4] {
    [
        (words.say("当月", "Month"), Holds::Count),
        (words.say("过去中位数", "Median before"), Holds::Text),
        (words.say("偏离（稳健标准差）", "Robust deviations"), Holds::Text),
        (words.say("结论", "Verdict"), Holds::Verdict),
    ]
}

fn shops(material: &Material, words: Words) -> Table {
    let row = |(key, trend): (&String, Trend)| {
        std::iter::once(text(named(material, key, words))).chain(trend_cells(&trend)).collect()
    };
    let rows = trends(&material.shops, Measure::Complaints).into_iter().map(row).collect();
    let columns = std::iter::once((words.say("店铺", "Shop"), Holds::Text)).chain(trend_columns(words)).collect();
    let picture = Some(Picture::Bars { value: 1, target: None });
    table("shops", words.say("店铺投诉", "Complaints by shop"), columns, rows, picture)
}

fn topics(material: &Material, words: Words) -> Table {
    let row = |(key, trend): (&String, Trend)| {
        let (category, place) = key.split_once('/').unwrap_or((key, ""));
        let place = if place.is_empty() { "—".to_owned() } else { named(material, place, words) };
        [text(named(material, category, words)), text(place)].into_iter().chain(trend_cells(&trend)).collect()
    };
    let rows = trends(&material.topics, Measure::Received).into_iter().map(row).collect();
    let columns = [(words.say("类别", "Category"), Holds::Text), (words.say("位置", "Place"), Holds::Text)];
    let columns = columns.into_iter().chain(trend_columns(words)).collect();
    debug_assert!(material.topics.len() <= usize::try_from(MONTHS_BEFORE + 1).unwrap_or(usize::MAX));
    table("topics", words.say("热点类别与位置", "Topics by category and place"), columns, rows, None)
}

fn people(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let row = |(key, counts): (&String, &Counts)| {
        let mean = (counts.of(Measure::Rated) > 0).then(|| {
            let hundredths = counts.of(Measure::ScoreSum) * 100 / counts.of(Measure::Rated);
            text(format!("{}.{:02}", hundredths / 100, hundredths % 100))
        });
        vec![
            text(named(material, key, words)),
            Cell::Count(counts.of(Measure::Counted)),
            rate(counts, Rate::Resolution),
            rate(counts, Rate::Timeliness),
            duration(counts.of(Measure::ResponseSeconds), counts.of(Measure::Responded)),
            duration(counts.of(Measure::SolvingSeconds), counts.of(Measure::Timed)),
            rate(counts, Rate::Satisfaction),
            mean.unwrap_or(Cell::Empty),
            rate(counts, Rate::Rework),
            Cell::Count(counts.of(Measure::FollowUpsMade)),
            rate(counts, Rate::RecordsCorrect),
        ]
    };
    let mut in_order: Vec<_> = material.by_person.iter().collect();
    in_order.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.of(Measure::Counted)));
    let columns = vec![
        (say("人员", "Person"), Holds::Text),
        (say("工单", "Tickets"), Holds::Count),
        (words.rate(Rate::Resolution), Holds::Share),
        (words.rate(Rate::Timeliness), Holds::Share),
        (say("平均首次响应", "Mean first answer"), Holds::Duration),
        (say("平均解决用时", "Mean time to solve"), Holds::Duration),
        (words.rate(Rate::Satisfaction), Holds::Share),
        (say("平均分", "Mean score"), Holds::Text),
        (words.rate(Rate::Rework), Holds::Share),
        (say("回访", "Follow-ups made"), Holds::Count),
        (words.rate(Rate::RecordsCorrect), Holds::Share),
    ];
    table("people", say("人员绩效", "People"), columns, in_order.into_iter().map(row).collect(), None)
}

fn pauses(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let mut in_order: Vec<_> = material.by_pause.iter().collect();
    in_order.sort_by_key(|(_, counts)| std::cmp::Reverse((counts.of(Measure::PausesLate), counts.of(Measure::Pauses))));
    let row = |(key, counts): (&String, &Counts)| {
        let (person, reason) = key.split_once('/').unwrap_or((key, ""));
        vec![
            text(if person.is_empty() { "—".to_owned() } else { named(material, person, words) }),
            text(words.reason(reason)),
            Cell::Count(counts.of(Measure::Pauses)),
            Cell::Count(counts.of(Measure::PausesLate)),
            share(counts.of(Measure::PausesLate), counts.of(Measure::Pauses)),
        ]
    };
    let columns = vec![
        (say("人员", "Person"), Holds::Text),
        (say("暂停原因", "Why it waited"), Holds::Text),
        (say("暂停次数", "Pauses"), Holds::Count),
        (say("临近到期（剩余不足一成）", "With a tenth or less left"), Holds::Count),
        (say("占比", "Share"), Holds::Share),
    ];
    table("pauses", say("暂停核查", "Pauses"), columns, in_order.into_iter().map(row).collect(), None)
}

fn low_scores(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let id = |id: Option<crate::values::Id>| id.and_then(|id| material.names.get(&id.to_string()).cloned());
    let rows = material.low_scores.iter().map(|one| {
        vec![
            text(one.ticket.number()),
            one.score.map_or(Cell::Empty, |score| Cell::Count(score.into())),
            text(one.words.as_deref().map(masked).unwrap_or_default()),
            text(words.kind(one.ticket.kind)),
            id(one.ticket.category_id).map_or(Cell::Empty, Cell::Text),
            id(one.ticket.shop_id).map_or(Cell::Empty, Cell::Text),
            Cell::Moment(local(material, one.ticket.received_at)),
        ]
    });
    let columns = vec![
        (say("工单", "Ticket"), Holds::Text),
        (say("评分", "Score"), Holds::Count),
        (say("原话", "Their words"), Holds::Text),
        (say("类型", "Kind"), Holds::Text),
        (say("类别", "Category"), Holds::Text),
        (say("店铺", "Shop"), Holds::Text),
        (say("受理时间", "Received"), Holds::Moment),
    ];
    table("low_scores", say("低分", "Low scores"), columns, rows.collect(), None)
}

/// A ticket as a line of a list, its words without the numbers of people.
fn log(material: &Material, words: Words) -> Table {
    let rows = material.log.iter().map(|ticket| {
        let name = |id: Option<crate::values::Id>| id.and_then(|id| material.names.get(&id.to_string())).cloned();
        super::export::row(ticket, words, local(material, ticket.received_at), name)
    });
    let columns = super::export::columns(words);
    let name = words.say("当日工单", "Tickets of the day");
    Table { key: "tickets".to_owned(), name: name.to_owned(), columns, rows: rows.collect(), picture: None }
}
