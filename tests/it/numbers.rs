//! The numbers that people read out at the desk and on the telephone.

use yijian::sites::model::Kind;
use yijian::{claims, found_items, improvements, lost_reports, police, rentals, tickets};

/// Who reads out "L five" means one thing.
#[test]
fn no_two_sorts_of_things_share_a_letter() {
    let mut numbers = vec![
        claims::model::number(5),
        found_items::model::number(5),
        improvements::model::number(5),
        lost_reports::model::number(5),
        police::model::number(5),
        rentals::model::number(5),
    ];
    numbers.extend(Kind::ALL.iter().map(|kind| tickets::model::number(*kind, 5)));
    assert!(numbers.iter().all(|number| &number[1..] == "000005"), "{numbers:?}");
    let known = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), known, "{numbers:?}");
}
