//! The tables of a report that name somebody or something: departments, shops, topics, people, tickets. Pure.

use super::cells::{aim, duration, hundredths, local, named, rate, share, table, text, time_share, verdict};
use super::service::Material;
use super::words::Words;
use super::worse::Suspect;
use crate::masks::masked;
use crate::rates::measures::{Counts, Measure, Rate};
use crate::sheets::table::{Cell, Kind as Holds, Picture, Table, Verdict};

/// What departments leave undone, the worst first: who is busy is another table.
pub(super) fn departments(material: &Material, words: Words) -> Table {
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

/// Where the time went, and where that of the tickets that were resolved late.
pub(super) fn minutes(material: &Material, words: Words) -> Table {
    let say = |chinese, english| words.say(chinese, english);
    let whole = |of: Measure| material.by_department.values().map(|counts| counts.of(of)).sum::<i64>();
    let (all, late) = (whole(Measure::HopSeconds), whole(Measure::LateHopSeconds));
    let mut in_order: Vec<_> = material.by_department.iter().collect();
    in_order.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.of(Measure::HopSeconds)));
    let row = |(key, counts): (&String, &Counts)| {
        let (own, of_late) = (counts.of(Measure::HopSeconds), counts.of(Measure::LateHopSeconds));
        vec![
            text(named(material, key, words)),
            Cell::Duration(own.unsigned_abs()),
            time_share(own, all),
            Cell::Duration(of_late.unsigned_abs()),
            time_share(of_late, late),
        ]
    };
    let columns = vec![
        (say("部门", "Department"), Holds::Text),
        (say("用时", "Time"), Holds::Duration),
        (say("占比", "Share"), Holds::Share),
        (say("超时工单用时", "Time of late tickets"), Holds::Duration),
        (say("超时占比", "Share of that"), Holds::Share),
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

fn trend_columns(words: Words) -> [(&'static str, Holds); 5] {
    [
        (words.say("当月", "Month"), Holds::Count),
        (words.say("预期（过去中位数）", "Expected (median before)"), Holds::Decimal),
        (words.say("偏离（稳健标准差）", "Robust deviations"), Holds::Decimal),
        (words.say("结论", "Verdict"), Holds::Verdict),
        (words.say("最近工单", "Newest tickets"), Holds::Text),
    ]
}

pub(super) fn shops(material: &Material, words: Words) -> Table {
    let row = |suspect: &Suspect| {
        std::iter::once(text(named(material, &suspect.key, words))).chain(trend_cells(suspect)).collect()
    };
    let rows = material.shops.iter().map(row).collect();
    let columns = std::iter::once((words.say("店铺", "Shop"), Holds::Text)).chain(trend_columns(words)).collect();
    let picture = Some(Picture::Bars { value: 1, target: None });
    table("shops", words.say("店铺投诉", "Complaints by shop"), columns, rows, picture)
}

pub(super) fn topics(material: &Material, words: Words) -> Table {
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

pub(super) fn people(material: &Material, words: Words) -> Table {
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
            material.days_of_persons.get(key).map_or(Cell::Empty, |days| {
                Cell::Hundredths((counts.of(Measure::Finished) * 100).checked_div(*days).unwrap_or(0))
            }),
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
        (say("日均办结", "Finished a day"), Holds::Decimal),
    ];
    table("people", say("人员绩效", "People"), columns, in_order.into_iter().map(row).collect(), None)
}

pub(super) fn pauses(material: &Material, words: Words) -> Table {
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

pub(super) fn low_scores(material: &Material, words: Words) -> Table {
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
pub(super) fn log(material: &Material, words: Words) -> Table {
    let rows = material.log.iter().map(|ticket| {
        let name = |id: Option<crate::values::Id>| id.and_then(|id| material.names.get(&id.to_string())).cloned();
        super::export::row(ticket, words, local(material, ticket.received_at), name)
    });
    let columns = super::export::columns(words);
    let name = words.say("当日工单", "Tickets of the day");
    Table { key: "tickets".to_owned(), name: name.to_owned(), columns, rows: rows.collect(), picture: None }
}
