//! A report, and its tables of the whole mall: rates, trend, kinds, lateness, hours. Pure.

use jiff::civil::Date;

use super::cells::{aim, duration, goal, hundredths, local, part, rate, section, sum, table, text, verdict};
use super::model::ReportKind;
use super::service::Material;
use super::whose::{departments, log, low_scores, minutes, pauses, people, shops, topics};
use super::words::Words;
use super::worse::MOST;
use crate::http::texts::Language;
use crate::rates::measures::{Counts, Measure, Rate};
use crate::sheets::table::{Cell, Kind as Holds, Picture, Report, Table};
use crate::sites::model::Kind;

/// Every table, by key.
const KEYS: [&str; 14] = [
    "rates",
    "means",
    "tickets",
    "trend",
    "kinds",
    "lateness",
    "hours",
    "departments",
    "minutes",
    "shops",
    "topics",
    "people",
    "pauses",
    "low_scores",
];

/// Whether a report of this length has a table.
pub(super) fn has(kind: ReportKind, key: &str) -> bool {
    KEYS.contains(&key) && (key != "tickets" || kind == ReportKind::Daily)
}

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
                    "已完成工单的全部时间按去向拆分，各部门与服务台相加等于总用时；其中超时解决的工单另列。",
                    "All the time of finished tickets, by where they lay; departments and desk add up to the whole. That of the tickets resolved late stands beside it.",
                )
                .to_owned(),
            ),
            vec![minutes(material, words)],
        ),
        section(say("变差的店铺", "Shops that get worse"), Some(statistics(words)), vec![shops(material, words)]),
        section(say("热点", "Hot topics"), Some(statistics(words)), vec![topics(material, words)]),
        section(
            say("人员", "People"),
            Some(per_day(material, words)),
            vec![people(material, words), pauses(material, words)],
        ),
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
    let how = words.say(
        "当月与自身过去最多 12 个整月比较（至少 3 个月）：中位数与绝对中位差（MAD），按全场工单量的增减折算预期；高出 3.5 个稳健标准差且不少于 5 件视为变差。",
        "The month against its own whole months before, twelve at most and three at least: median and median absolute deviation, with more expected when more comes in; over 3.5 robust deviations above that, and at least five cases, is worse.",
    );
    match words.0 {
        Language::Chinese => format!("{how}最多列出 {MOST} 项。"),
        Language::English => format!("{how} {MOST} at most are listed."),
    }
}

fn listed(words: Words, listed: usize, of: i64) -> String {
    match words.0 {
        Language::Chinese => format!("共 {of} 张，列出 {listed} 张。"),
        Language::English => format!("{listed} of {of} are listed."),
    }
}

fn per_day(material: &Material, words: Words) -> String {
    let aim = material.targets.handled_per_day;
    match words.0 {
        Language::Chinese => format!("日均办结：办结工单除以有工单的天数，参考值 {aim}，仅展示。"),
        Language::English => {
            format!("Finished a day: of the days on which any came in; {aim} is aimed at, and nothing follows from it.")
        }
    }
}

fn some_of(material: &Material, words: Words) -> String {
    let counts = sum(&material.by_kind, None);
    let low = counts.of(Measure::Rated) - counts.of(Measure::Satisfied);
    let with_words = words.say("有原话的在前。", " Those with words come first.");
    listed(words, material.low_scores.len(), low) + with_words
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
            goal(material, which, kind),
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
        (say("力争", "Striven for"), Holds::Share),
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
