//! The table of moves, compared with a second one that was written by itself.

use proptest::prelude::*;
use yijian::tickets::lifecycle::{Action, Part, Refused, Status, allowed, step};

use Action as A;
use Part::{Assignee, Department, Desk, Filer, Requester, System};

const PARTS: [Part; 6] = [Desk, Department, Assignee, Requester, System, Filer];
const STATUSES: [Status; 9] = [
    Status::New,
    Status::Accepted,
    Status::Assigned,
    Status::InProgress,
    Status::Paused,
    Status::Resolved,
    Status::Closed,
    Status::Cancelled,
    Status::Merged,
];

/// Who may do what from where, one column for each status in the order of [`STATUSES`]; the letter says whither, `d`
/// is the department that had it or else the desk.
#[rustfmt::skip]
const TABLE: &[(Action, &[Part], &str)] = &[
    //                                                            n a s i p r c x m
    (A::Accept,   &[Desk, System],                               "a........"),
    (A::Assign,   &[Desk],                                       "sssss...."),
    (A::Grab,     &[Department],                                 "..s......"),
    (A::Transfer, &[Desk, Department],                           "..sss...."),
    (A::Return,   &[Department, Assignee],                       "..aaa...."),
    (A::Start,    &[Desk],                                       ".i......."),
    (A::Start,    &[Assignee],                                   "..i......"),
    (A::Pause,    &[Desk, Assignee],                             "...p....."),
    (A::Resume,   &[Desk, Assignee, System],                     "....i...."),
    (A::Reply,    &[Desk, Department, Assignee, Requester, System], "nasipr..."),
    (A::Note,     &[Desk, Department, Assignee],                 "nasiprcxm"),
    (A::Resolve,  &[Desk],                                       ".rrrr...."),
    (A::Resolve,  &[System],                                     "rrrrr...."),
    (A::Resolve,  &[Assignee],                                   "..rrr...."),
    (A::Close,    &[Desk, Requester, System],                    ".....c..."),
    (A::Reopen,   &[Desk, Requester],                            ".....dd.."),
    (A::Cancel,   &[Requester],                                  "xxx......"),
    (A::Cancel,   &[Desk, System],                               "xxxxx...."),
    (A::Merge,    &[Desk],                                       "mmmmm...."),
    (A::Attach,   &[Desk],                                       "nasip...."),
    (A::Detach,   &[Desk, System],                               "nasip...."),
    (A::Regrade,  &[Desk],                                       "nasip...."),
    (A::Urge,     &[Requester],                                  "nasip...."),
    (A::Rate,     &[Requester, System],                          ".....cc.."),
    (A::Unmerge,  &[Desk],                                       "........n"),
    (A::Investigate, &[Desk, Department, Assignee],              "nasiprc.."),
    (A::Offer,    &[Desk, Assignee, System],                     "nasip...."),
    (A::Agree,    &[Desk, Requester],                            "nasipr..."),
    (A::Conclude, &[Desk],                                       "nasiprc.."),
    (A::About,    &[Desk],                                       "nasiprc.."),
    (A::Regulator, &[Desk],                                      "nasiprc.."),
];

fn status(letter: char, has_department: bool) -> Status {
    let letter = match letter {
        'd' if has_department => 's',
        'd' => 'a',
        letter => letter,
    };
    STATUSES["nasiprcxm".find(letter).expect("a letter of the table")]
}

/// The letters of the second table for this; none if it is never theirs.
fn letters(from: Status, parts: &[Part], action: Action) -> Vec<char> {
    let column = STATUSES.iter().position(|s| *s == from).expect("a status");
    let lines = TABLE.iter().filter(|(known, by, _)| *known == action && by.iter().any(|part| parts.contains(part)));
    lines.map(|(_, _, row)| row.chars().nth(column).expect("a column")).collect()
}

/// What the second table says.
fn expected(from: Status, has_department: bool, parts: &[Part], action: Action) -> Result<Status, Refused> {
    let letters = letters(from, parts, action);
    match letters.iter().find(|letter| **letter != '.') {
        Some(letter) => Ok(status(*letter, has_department)),
        None if letters.is_empty() => Err(Refused::NotYours),
        None => Err(Refused::NotNow(expected_allowed(from, parts))),
    }
}

fn expected_allowed(from: Status, parts: &[Part]) -> Vec<Action> {
    let may = |action: &&Action| letters(from, parts, **action).iter().any(|letter| *letter != '.');
    sorted(Action::ALL.iter().filter(may).copied().collect())
}

fn sorted(mut actions: Vec<Action>) -> Vec<Action> {
    actions.sort();
    actions
}

fn parts_of(bits: u8) -> Vec<Part> {
    PARTS.iter().enumerate().filter(|(i, _)| bits & (1 << i) != 0).map(|(_, part)| *part).collect()
}

#[test]
fn the_second_table_knows_every_status() {
    assert_eq!(STATUSES, Status::ALL, "a new status needs a column here");
}

#[test]
fn every_move_by_everyone_is_as_the_second_table_says() {
    for from in STATUSES {
        for parts in (0..64).map(parts_of) {
            let got = allowed(from, &parts);
            assert_eq!(sorted(got.clone()), expected_allowed(from, &parts), "{from:?} {parts:?}");
            for (action, has_department) in Action::ALL.iter().flat_map(|a| [(*a, true), (*a, false)]) {
                let stepped = step(from, has_department, &parts, action).map_err(|refused| match refused {
                    Refused::NotNow(instead) => {
                        assert_eq!(instead, got, "a refusal names what is possible");
                        Refused::NotNow(sorted(instead))
                    }
                    refused @ Refused::NotYours => refused,
                });
                let wanted = expected(from, has_department, &parts, action);
                assert_eq!(stepped, wanted, "{action:?} from {from:?} by {parts:?}, department: {has_department}");
            }
        }
    }
}

#[test]
fn what_only_stands_on_a_timeline_is_nobodys_move() {
    for action in [A::Open, A::Follow, A::ViewContact, A::Escalate, A::FollowUp, A::Repeat, A::Survey] {
        for from in STATUSES {
            assert_eq!(step(from, true, &PARTS, action), Err(Refused::NotYours), "{action:?}");
        }
    }
}

proptest! {
    /// However people push it about, a ticket stands somewhere, and only what is allowed moves it.
    #[test]
    fn a_random_walk_never_leaves_the_table(
        walk in prop::collection::vec((0_u8..32, 0..Action::ALL.len(), any::<bool>()), 1..60)
    ) {
        let mut at = Status::New;
        for (bits, action, has_department) in walk {
            let (parts, action) = (parts_of(bits), Action::ALL[action]);
            let may = allowed(at, &parts);
            match step(at, has_department, &parts, action) {
                Ok(to) => {
                    prop_assert!(may.contains(&action), "{action:?} from {at:?} was made but not allowed");
                    prop_assert!(Status::ALL.contains(&to));
                    let was_over = !at.is_open();
                    prop_assert!(!was_over || !to.is_open() || [A::Reopen, A::Unmerge].contains(&action), "{action:?} revived {at:?}");
                    let is_final = matches!(at, Status::Cancelled | Status::Merged);
                    prop_assert!(!is_final || (to == at && action == A::Note) || action == A::Unmerge, "{action:?} on {at:?}");
                    at = to;
                }
                Err(_) => prop_assert!(!may.contains(&action), "{action:?} from {at:?} was allowed but refused"),
            }
            let is_over = matches!(at, Status::Resolved | Status::Closed | Status::Cancelled | Status::Merged);
            prop_assert_eq!(at.is_open(), !is_over);
        }
    }

    /// More parts never allow less.
    #[test]
    fn being_more_to_a_ticket_takes_nothing_away(bits in 0_u8..64, more in 0_u8..64, from in 0..STATUSES.len()) {
        let (few, many) = (allowed(STATUSES[from], &parts_of(bits)), allowed(STATUSES[from], &parts_of(bits | more)));
        prop_assert!(few.iter().all(|action| many.contains(action)));
    }
}
