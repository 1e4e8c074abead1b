//! The worked cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use yijian::sla::calendar::Calendar;
use yijian::sla::ledger::{Clock, Happening};
use yijian::sla::spec::CalendarSpec;

#[derive(Deserialize)]
struct File {
    calendars: BTreeMap<String, CalendarSpec>,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    calendar: String,
    start: Timestamp,
    #[serde(flatten)]
    work: Work,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Work {
    Add { secs: i64, due: Timestamp, due_utc: Timestamp },
    Workdays { n: u32, due: Timestamp },
    Ledger { target: i64, events: Vec<Row> },
}

#[derive(Deserialize)]
struct Row {
    at: Timestamp,
    event: String,
    arg: Option<i64>,
    used: i64,
    state: String,
    due: Option<Timestamp>,
    breached_at: Option<Timestamp>,
}

#[test]
fn every_worked_case_comes_out_as_worked() {
    let file: File = serde_json::from_str(include_str!("../../data/sla_vectors.json")).unwrap();
    let compile = |spec| Arc::new(Calendar::compile(spec).unwrap());
    let calendars: BTreeMap<&str, _> = file.calendars.iter().map(|(name, spec)| (&**name, compile(spec))).collect();
    assert_eq!(file.vectors.len(), 24);
    for Vector { name, calendar, start, work } in file.vectors {
        let calendar = &calendars[&*calendar];
        match work {
            Work::Add { secs, due, due_utc } => {
                let got = calendar.add(start, secs).unwrap();
                assert_eq!((got.at, got.at, got.provisional), (due, due_utc, false), "{name}");
                assert_eq!(calendar.elapsed(start, got.at), secs, "{name}");
            }
            Work::Workdays { n, due } => {
                assert_eq!(calendar.add_working_days(start, n).unwrap().at, due, "{name}");
            }
            Work::Ledger { target, events } => {
                let mut clock = Clock::start(Arc::clone(calendar), start, target).unwrap();
                for row in events {
                    let what = match &*row.event {
                        "pause" => Happening::Pause { reason: None },
                        "resume" => Happening::Resume { reason: None },
                        "stop" => Happening::Stop,
                        "reopen" => Happening::Reopen,
                        "target" => Happening::Retarget { seconds: row.arg.unwrap() },
                        unknown => panic!("{unknown}"),
                    };
                    assert!(clock.apply(row.at, &what).changed, "{name} {}", row.at);
                    let view = clock.observe(row.at);
                    let state = serde_json::to_value(view.phase).unwrap();
                    let got = (view.used_seconds, state.as_str().unwrap(), view.due_at, view.breach.map(|b| b.at));
                    assert_eq!(got, (row.used, &*row.state, row.due, row.breached_at), "{name} {}", row.at);
                }
            }
        }
    }
}
