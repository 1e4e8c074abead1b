//! What somebody who writes a standard is shown.

use yijian::sla::calendar::SegmentKind::{Closed, Holiday, Makeup, Open};
use yijian::sla::calendar::Target;
use yijian::sla::ledger::{Happening, Phase};
use yijian::sla::preview::{deadline, ledger};

use super::{PAUSE, RESUME, at, calendar, closed, compile, event, interval};

#[test]
fn a_deadline_comes_with_its_reasons() {
    let shown = deadline(&calendar("office"), at("02-09 17:00"), Target::Seconds(7200)).unwrap();
    assert_eq!((shown.target_seconds, shown.due_at, shown.provisional), (7200, at("02-18 10:00"), false));
    let kinds: Vec<_> = shown.segments.iter().map(|segment| segment.kind).collect();
    assert_eq!(kinds, [Open, Closed, Holiday, Closed, Makeup]);
    let shown = deadline(&calendar("office"), at("03-08 10:00"), Target::WorkingDays(1)).unwrap();
    // Two hours and the afternoon of Friday, seven and a half on Monday.
    assert_eq!((shown.target_seconds, shown.due_at), (14 * 3600, at("03-11 18:00")));
}

#[test]
fn a_ledger_has_a_row_for_each_event_in_the_order_they_happen() {
    let events = [
        event("03-05 12:30", "", RESUME),
        event("03-05 12:00", "", PAUSE),
        event("03-05 13:00", "", Happening::Reopen),
        event("03-05 15:00", "", Happening::Stop),
    ];
    let rows = ledger(calendar("mall"), at("03-05 10:00"), Target::Seconds(14_400), &events).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.changed, row.state, row.used_seconds, row.due_at)).collect();
    let due = Some(at("03-05 14:30"));
    assert_eq!(
        told,
        [
            (true, Phase::Paused, 7200, None),
            (true, Phase::Running, 7200, due),
            (false, Phase::Running, 9000, due),
            (true, Phase::Stopped, 16_200, None),
        ]
    );
    assert_eq!(rows[3].breached_at, due);
    assert_eq!(rows[3].remaining_seconds, -1800);
    let json = serde_json::to_value(rows[0]).unwrap();
    assert_eq!(json["state"], "paused");
}

#[test]
fn where_nothing_opens_there_is_no_deadline() {
    let mut far = closed("Asia/Shanghai");
    far.overrides.insert("2030-01-01".to_owned(), vec![interval(&("10:00", "11:00"))]);
    let far = compile(&far);
    assert_eq!(deadline(&far, at("03-05 10:00"), Target::Seconds(1)), None);
    assert_eq!(deadline(&far, at("03-05 10:00"), Target::WorkingDays(1)), None);
    assert_eq!(ledger(far, at("03-05 10:00"), Target::Seconds(1), &[]), None);
}
