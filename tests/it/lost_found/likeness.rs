//! Likeness, part by part.

use yijian::lost_found::categories::find;
use yijian::lost_found::colours::{Colour, Colours};
use yijian::lost_found::fingerprint::{Described, Fingerprint, View};
use yijian::lost_found::likeness::{AFTER, BEFORE, Likeness, WORTH_SHOWING, WORTH_TELLING};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const NOON: i64 = 1_700_000_000;

fn likeness(lost: &Described<'_>, found: &Described<'_>) -> Option<Likeness> {
    let (lost, found) = (Fingerprint::of(lost), Fingerprint::of(found));
    yijian::lost_found::likeness::likeness(&View::of(lost.as_bytes()).unwrap(), &View::of(found.as_bytes()).unwrap())
}

fn score(lost: &Described<'_>, found: &Described<'_>) -> u8 {
    likeness(lost, found).unwrap().score
}

fn lost() -> Described<'static> {
    Described {
        category: find("phone").unwrap().number,
        colours: Colours::of(&[Colour::Blue]),
        brand: Some("华为"),
        words: "我的蓝色手机丢了,屏幕左上角有裂痕,挂着小熊挂件",
        places: vec![vec![3, 31], vec![1, 12]],
        from: NOON,
        until: NOON + 2 * HOUR,
    }
}

fn found() -> Described<'static> {
    Described {
        brand: Some("HUAWEI"),
        words: "保洁拾获智能手机一部,屏碎,带熊的吊坠",
        places: vec![vec![3, 31]],
        from: NOON + 3 * HOUR,
        until: NOON + 3 * HOUR,
        ..lost()
    }
}

/// `found()` some seconds after noon.
fn found_at(seconds: i64) -> Described<'static> {
    Described { from: NOON + seconds, until: NOON + seconds, ..found() }
}

#[test]
fn the_same_in_other_words_is_told() {
    let Likeness { score, parts } = likeness(&lost(), &found()).unwrap();
    assert!(score >= 90, "{score}");
    assert_eq!((parts.category, parts.place, parts.colours, parts.brand), (100, Some(100), Some(100), Some(100)));
    assert!(parts.time >= 75 && parts.words >= Some(40), "{parts:?}");
}

#[test]
fn each_part_that_differs_lowers_the_score() {
    // Less than everything, or the score is as high as it gets.
    let lost = Described { words: "蓝色手机,屏幕左上角有裂痕", ..lost() };
    let found = || Described { words: "智能手机一部,屏碎", ..found() };
    let best = score(&lost, &found());
    let others = [
        Described { category: find("tablet").unwrap().number, ..found() },
        Described { colours: Colours::of(&[Colour::Red]), ..found() },
        Described { brand: Some("小米"), ..found() },
        Described { words: "锁屏是雪山照片,透明壳,关机", ..found() },
        Described { places: vec![vec![3, 39]], ..found() },
        Described { places: vec![vec![7, 71]], ..found() },
        Described { from: NOON + 4 * DAY, until: NOON + 4 * DAY, ..found() },
        Described { from: NOON - 2 * HOUR, until: NOON - 2 * HOUR, ..found() },
    ];
    for other in others {
        let worse = score(&lost, &other);
        assert!(worse < best, "{worse} < {best}: {other:?}");
    }
}

#[test]
fn what_cannot_be_is_none() {
    assert_eq!(likeness(&lost(), &Described { category: find("umbrella").unwrap().number, ..found() }), None);
    assert_eq!(likeness(&lost(), &Described { category: 9_999, ..found() }), None, "a category nobody knows");
    assert!(likeness(&lost(), &found_at(-BEFORE)).is_some());
    assert_eq!(likeness(&lost(), &found_at(-BEFORE - 1)), None);
    assert!(likeness(&lost(), &found_at(2 * HOUR + AFTER)).is_some());
    assert_eq!(likeness(&lost(), &found_at(2 * HOUR + AFTER + 1)), None);
    let (first, last) =
        (Described { from: i64::MIN, until: i64::MIN, ..found() }, Described { from: i64::MAX, ..lost() });
    assert_eq!(likeness(&lost(), &first), None);
    assert_eq!(likeness(&last, &first), None);
}

#[test]
fn silence_is_neutral_and_few_facts_are_not_told() {
    let bare = Described { colours: Colours::default(), brand: None, words: "", places: vec![], ..found() };
    let parts = likeness(&lost(), &bare).unwrap().parts;
    assert_eq!((parts.place, parts.colours, parts.brand, parts.words), (None, None, None, None));
    assert!(score(&lost(), &bare) < WORTH_TELLING, "kind and time alone");
    assert!(score(&lost(), &bare) >= WORTH_SHOWING, "but staff may look");
    let coloured = Described { colours: lost().colours, ..bare.clone() };
    assert!(score(&lost(), &coloured) < WORTH_TELLING, "kind, time and colour alone");
    let silent = Described { brand: None, words: "", ..found() };
    let contrary = Described { brand: Some("OPPO"), words: "", ..found() };
    assert!(score(&lost(), &silent) > score(&lost(), &contrary), "silence is better than contradiction");
}

#[test]
fn a_maker_in_the_words_agrees_but_does_not_contradict_much() {
    let named = Described { brand: None, words: "HUAWEI手机", ..found() };
    let other = Described { brand: None, words: "手机,里面夹着小米之家的票", ..found() };
    assert_eq!(likeness(&lost(), &named).unwrap().parts.brand, Some(100));
    assert_eq!(likeness(&lost(), &other).unwrap().parts.brand, Some(0));
    let contrary = Described { brand: Some("小米"), ..other.clone() };
    assert!(score(&lost(), &other) > score(&lost(), &contrary));
}

#[test]
fn a_place_counts_by_how_deep_it_is_and_how_many_were_named() {
    let only = |places: Vec<Vec<u64>>| Described { words: "", brand: None, places, ..lost() };
    let item = Described { words: "", brand: None, ..found() };
    let place = |places| score(&only(places), &item);
    let (zone, floor) = (place(vec![vec![3, 31]]), place(vec![vec![3]]));
    let (other_zone, elsewhere) = (place(vec![vec![3, 30]]), place(vec![vec![5, 51]]));
    assert!(zone > floor && floor > other_zone && other_zone > elsewhere, "{zone} {floor} {other_zone} {elsewhere}");
    let guesses = place(vec![vec![3, 31], vec![1, 11], vec![2, 22], vec![4, 44]]);
    assert!(zone > guesses && guesses > elsewhere);
}

#[test]
fn sooner_is_likelier() {
    let scores: Vec<u8> = [1, 12, 30, 60, 200].iter().map(|hours| score(&lost(), &found_at(hours * HOUR))).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] > scores[4], "{scores:?}");
}
