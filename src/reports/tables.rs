//! The tables of a report, from its figures. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::model::ReportKind;
use super::service::Material;
use super::words::Words;
use super::worse::Suspect;
use crate::http::texts::Language;
use crate::masks::masked;
use crate::rates::measures::{Counts, Measure, Rate, RateUnit};
use crate::rates::targets::RateVerdict;
use crate::sheets::table::{Cell, Column, Kind as Holds, Picture, Report, Section, Share, Table, Verdict};
use crate::sites::model::Kind;
use crate::values::Instant;

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
        section(
            say("指标与目标", "Rates against targets"),
            Some(counted.to_owned()),
            vec![rates(material, words), means(material, words)],
        ),
        section(say("趋势", "Trend"), None, vec![over_time(material, words)]),
        section(say("类型", "Kinds"), None, vec![kinds(material, words)]),
        section(say("超时原因", "Why it was late"), None, vec![lateness(material, words)]),
        section(say("时段", "When it comes in"), None, vec![hours(material, words)]),
        section(say("部门", "Departments"), None, vec![departments(material, words)]),
        section(
            say("部门用时", "Whose minutes"),
            Some(
                say(
                    "已完成工单的全部时间按去向拆分，各部门与服务台相加等于总用时。",
                    "All the time of finished tickets, by where they lay; departments and desk add up to the whole.",
                )
                .to_owned(),
            ),
            vec![minutes(material, words)],
        ),
        section(say("变差的店铺", "Shops that get worse"), Some(statistics(words)), vec![shops(material, words)]),
        section(say("热点", "Hot topics"), Some(statistics(words)), vec![topics(material, words)]),
        section(say("人员", "People"), None, vec![people(material, words), pauses(material, words)]),
        section(
            say("低分与原话", "Low scores, in their words"),
            Some(some_of(material, words)),
            vec![low_scores(material, words)],
        ),
    ];
    if material.kind == ReportKind::Daily {
        let received = sum(&material.by_kind, None).of(Measure::Received);
        let listed = listed(words, material.log.len(), received);
        sections.insert(1, section(say("当日工单", "Tickets of the day"), Some(listed), vec![log(material, words)]));
    }
    Report {
        title: words.title(material.kind).to_owned(),
        subtitle: format!("{} · {days}", material.site),
        made: local(material, material.now),
        language: words.of_sheets(),
        sections,
    }
}

fn statistics(words: Words) -> String {
    words
        .say(
            "当月与自身过去最多 12 个整月比较（至少 3 个月）：中位数与绝对中位差（MAD），按全场工单量的增减折算预期；高出 3.5 个稳健标准差且不少于 5 件视为变差。",
            "The month against its own whole months before, twelve at most and three at least: median and median absolute deviation, with more expected when more comes in; over 3.5 robust deviations above that, and at least five cases, is worse.",
        )
        .to_owned()
}

fn listed(words: Words, listed: usize, of: i64) -> String {
    match words.0 {
        Language::Chinese => format!("共 {of} 张，列出 {listed} 张。"),
        Language::English => format!("{listed} of {of} are listed."),
    }
}

fn some_of(material: &Material, words: Words) -> String {
    let counts = sum(&material.by_kind, None);
    let low = counts.of(Measure::Rated) - counts.of(Measure::Satisfied);
    let with_words = words.say("有原话的在前。", " Those with words come first.");
    listed(words, material.low_scores.len(), low) + with_words
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
    let count = |n: i64| n.max(0).unsigned_abs();
    Cell::Share(Share { numerator: count(numerator), denominator: count(denominator) })
}

fn rate(counts: &Counts, rate: Rate) -> Cell {
    let of = counts.share(rate);
    part(rate, of.numerator, of.denominator)
}

/// A rate as a cell: most of them count, one of them measures time.
fn part(rate: Rate, numerator: i64, denominator: i64) -> Cell {
    if rate.unit() == RateUnit::Seconds { time_share(numerator, denominator) } else { share(numerator, denominator) }
}

fn time_share(seconds: i64, whole: i64) -> Cell {
    match share(seconds, whole) {
        Cell::Share(share) => Cell::TimeShare(share),
        cell => cell,
    }
}

fn aim(material: &Material, rate: Rate, kind: Option<Kind>) -> Option<Cell> {
    material.targets.of(rate, kind).map(|target| Cell::Percent(target.share.unsigned_abs()))
}

fn verdict(verdict: RateVerdict) -> Cell {
    match verdict {
        RateVerdict::Met => Cell::Verdict(Verdict::Met),
        RateVerdict::Missed => Cell::Verdict(Verdict::Missed),
        RateVerdict::TooFew => Cell::Verdict(Verdict::TooFew),
        RateVerdict::NoTarget => Cell::Empty,
    }
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
        vec![
            text(name),
            part(which, of.numerator, of.denominator),
            aim(material, which, kind).unwrap_or(Cell::Empty),
            verdict(material.targets.judge(which, kind, of)),
            part(which, before.numerator, before.denominator),
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
        (say("进行中", "Pending"), Holds::Count),
        (say("剔除", "Excluded"), Holds::Count),
    ];
    let picture = Picture::Bars { value: 1, target: Some(2) };
    table("rates", say("指标与目标", "Rates"), columns, lines.map(row).collect(), Some(picture))
}

/// What is no share: the mean of what people gave, and of how long things took.
fn means(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let (now, before) = (sum(&material.by_kind, None), sum(&material.by_kind_before, None));
    let both = |of: fn(&Counts) -> Cell| [of(&now), of(&before)];
    let row = |name: &str, [now, before]: [Cell; 2]| vec![text(name), now, before];
    let rows = vec![
        row(say("平均评分（1–5）", "Mean score (1 to 5)"), both(|c| c.mean_score().map_or(Cell::Empty, hundredths))),
        row(
            say("平均首次响应", "Mean first answer"),
            both(|c| duration(c.of(Measure::ResponseSeconds), c.of(Measure::Responded))),
        ),
        row(
            say("平均解决用时", "Mean time to solve"),
            both(|c| duration(c.of(Measure::SolvingSeconds), c.of(Measure::Timed))),
        ),
        row(
            say("平均全程用时", "Mean time from report to end"),
            both(|c| duration(c.of(Measure::SpanSeconds), c.of(Measure::Finished))),
        ),
    ];
    let columns = vec![
        (say("均值", "Mean"), Holds::Text),
        (say("本期", "Now"), Holds::Duration),
        (say("上期", "Before"), Holds::Duration),
    ];
    table("means", say("均值", "Means"), columns, rows, None)
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
    let shown = [Rate::FirstResponse, Rate::Timeliness, Rate::Resolution];
    let columns = vec![
        (say("日期", "Day"), Holds::Day),
        (words.rate(Rate::FirstResponse), Holds::Share),
        (words.rate(Rate::Timeliness), Holds::Share),
        (words.rate(Rate::Resolution), Holds::Share),
        (say("受理", "Received"), Holds::Count),
        (say("解决", "Solved"), Holds::Count),
    ];
    let rows: Vec<_> = material.over_time.iter().map(row).collect();
    let values = (1..).zip(shown.map(|rate| aim(material, rate, None))).collect();
    // One point is no line.
    let picture = (rows.len() > 1).then_some(Picture::Lines { values });
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
    let known: i64 = reasons.iter().map(|(_, count)| count).sum();
    let unknown = sum(&material.by_kind, None).of(Measure::ResolutionLate) - known;
    let mut rows: Vec<_> =
        reasons.into_iter().map(|(word, count)| vec![text(words.reason(word)), Cell::Count(count)]).collect();
    if unknown > 0 {
        rows.push(vec![text(say("未填写（含未完成）", "None given, or still open")), Cell::Count(unknown)]);
    }
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

/// What departments leave undone, the worst first: who is busy is another table.
fn departments(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let row = |(key, counts): &(&String, &Counts)| {
        vec![
            text(named(material, key, words)),
            rate(counts, Rate::Resolution),
            aim(material, Rate::Resolution, None).unwrap_or(Cell::Empty),
            verdict(material.targets.judge(Rate::Resolution, None, counts.share(Rate::Resolution))),
            rate(counts, Rate::DepartmentAccept),
            rate(counts, Rate::DepartmentTimeliness),
            Cell::Count(counts.of(Measure::Received)),
            Cell::Count(counts.of(Measure::Unsolved)),
        ]
    };
    let mut in_order: Vec<_> = material.by_department.iter().collect();
    // Crosswise, as fractions are compared; who had nothing to solve stands last.
    in_order.sort_by(|(_, a), (_, b)| {
        let (a, b) = (a.share(Rate::Resolution), b.share(Rate::Resolution));
        let none = |share: &crate::rates::measures::Share| share.denominator == 0;
        none(&a).cmp(&none(&b)).then((a.numerator * b.denominator).cmp(&(b.numerator * a.denominator)))
    });
    let columns = vec![
        (say("部门", "Department"), Holds::Text),
        (words.rate(Rate::Resolution), Holds::Share),
        (say("目标", "Target"), Holds::Share),
        (say("结论", "Verdict"), Holds::Verdict),
        (words.rate(Rate::DepartmentAccept), Holds::Share),
        (words.rate(Rate::DepartmentTimeliness), Holds::Share),
        (say("工单", "Tickets"), Holds::Count),
        (say("未解决", "Unsolved"), Holds::Count),
    ];
    let picture = Picture::Bars { value: 1, target: Some(2) };
    table("departments", say("部门", "Departments"), columns, in_order.iter().map(row).collect(), Some(picture))
}

/// Where the time went.
fn minutes(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let whole: i64 = material.by_department.values().map(|counts| counts.of(Measure::HopSeconds)).sum();
    let mut in_order: Vec<_> =
        material.by_department.iter().map(|(key, counts)| (key, counts.of(Measure::HopSeconds))).collect();
    in_order.sort_by_key(|(_, seconds)| std::cmp::Reverse(*seconds));
    let row = |(key, seconds): (&String, i64)| {
        vec![text(named(material, key, words)), Cell::Duration(seconds.unsigned_abs()), time_share(seconds, whole)]
    };
    let columns = vec![
        (say("部门", "Department"), Holds::Text),
        (say("用时", "Time"), Holds::Duration),
        (say("占比", "Share"), Holds::Share),
    ];
    let picture = Picture::Bars { value: 1, target: None };
    let rows = in_order.into_iter().map(row).collect();
    table("minutes", say("部门用时", "Whose minutes"), columns, rows, Some(picture))
}

fn trend_cells(suspect: &Suspect) -> [Cell; 5] {
    let Suspect { trend, tickets, .. } = suspect;
    let verdict = match trend.is_worse {
        Some(true) => Verdict::Worse,
        Some(false) => Verdict::Usual,
        None => Verdict::TooFew,
    };
    [
        Cell::Count(trend.now),
        hundredths(trend.expected),
        hundredths(trend.deviations),
        Cell::Verdict(verdict),
        if tickets.is_empty() { Cell::Empty } else { text(tickets.join(" ")) },
    ]
}

#[expect(clippy::cast_possible_truncation, reason = "counts of a month and their deviations")]
fn hundredths(number: f64) -> Cell {
    Cell::Hundredths((number * 100.0).round() as i64)
}

fn trend_columns(words: Words) -> [(&'static str, Holds); 5] {
    [
        (words.say("当月", "Month"), Holds::Count),
        (words.say("预期（过去中位数）", "Expected (median before)"), Holds::Decimal),
        (words.say("偏离（稳健标准差）", "Robust deviations"), Holds::Decimal),
        (words.say("结论", "Verdict"), Holds::Verdict),
        (words.say("最近工单", "Newest tickets"), Holds::Text),
    ]
}

fn shops(material: &Material, words: Words) -> Table {
    let row = |suspect: &Suspect| {
        std::iter::once(text(named(material, &suspect.key, words))).chain(trend_cells(suspect)).collect()
    };
    let rows = material.shops.iter().map(row).collect();
    let columns = std::iter::once((words.say("店铺", "Shop"), Holds::Text)).chain(trend_columns(words)).collect();
    let picture = Some(Picture::Bars { value: 1, target: None });
    table("shops", words.say("店铺投诉", "Complaints by shop"), columns, rows, picture)
}

fn topics(material: &Material, words: Words) -> Table {
    let row = |suspect: &Suspect| {
        let (category, place) = suspect.key.split_once('/').unwrap_or((&suspect.key, ""));
        let place = if place.is_empty() { "—".to_owned() } else { named(material, place, words) };
        [text(named(material, category, words)), text(place)].into_iter().chain(trend_cells(suspect)).collect()
    };
    let rows = material.topics.iter().map(row).collect();
    let columns = [(words.say("类别", "Category"), Holds::Text), (words.say("位置", "Place"), Holds::Text)];
    let columns = columns.into_iter().chain(trend_columns(words)).collect();
    table("topics", words.say("热点类别与位置", "Topics by category and place"), columns, rows, None)
}

fn people(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let row = |(key, counts): (&String, &Counts)| {
        vec![
            text(named(material, key, words)),
            Cell::Count(counts.of(Measure::Counted)),
            rate(counts, Rate::Resolution),
            rate(counts, Rate::Timeliness),
            duration(counts.of(Measure::ResponseSeconds), counts.of(Measure::Responded)),
            duration(counts.of(Measure::SolvingSeconds), counts.of(Measure::Timed)),
            rate(counts, Rate::Satisfaction),
            counts.mean_score().map_or(Cell::Empty, hundredths),
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
        (say("平均分", "Mean score"), Holds::Decimal),
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
