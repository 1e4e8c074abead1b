//! What people wrote, without what reaches somebody: telephone numbers, identity cards, bank cards, e-mail addresses. Pure.
//!
//! Seven digits or more are somebody's number, however they are written and parted; but a day, a time, an amount, and what
//! calls itself an order or a ticket stay readable. What has the shape of a mobile number or an identity card is masked
//! whatever it calls itself.

use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};

/// A digit and where it stands; `value` is that of the digit, none for figures that we do not read.
#[derive(Clone, Copy)]
struct Digit {
    at: usize,
    value: Option<u8>,
}

/// Digits that stand together.
type Group = Vec<Digit>;

/// More signs than this between two digits part two numbers.
const GAP: usize = 3;
/// Fewer digits than this reach nobody.
const FEW: usize = 7;
/// What stands before the number of a thing.
const NAMES: [&str; 12] =
    ["订单", "订单号", "单号", "工单", "编号", "流水号", "发票号", "票号", "order", "order no", "no", "no."];
/// Spaces, dashes, dots, strokes and brackets, as keyboards have them.
const PARTS: &str = " \t\u{a0}\u{3000}-‐‑‒–—―−－﹣~～.．。·•・/／\\_＿*+＋()（）[]";
/// What stands right before the number of somebody.
const PEOPLE: [&str; 6] = ["qq", "tel", "phone", "mobile", "wx", "vx"];
/// What names at WeChat begin with.
const WECHAT: [char; 5] = ['w', 'x', 'i', 'd', '_'];

/// Words of people with the numbers and addresses of people in them made unreadable. Of a number the first three and the
/// last two digits stay, of an address its first letter and its host.
#[must_use]
pub fn masked(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let mut hidden: HashSet<usize> = addresses(&signs).into_iter().flatten().collect();
    for number in runs(&signs).into_iter().flat_map(|run| numbers(&signs, &run)) {
        let inner = number.len().saturating_sub(5);
        hidden.extend(number.iter().skip(3).take(inner).map(|digit| digit.at));
    }
    signs.iter().enumerate().map(|(at, sign)| if hidden.contains(&at) { '*' } else { *sign }).collect()
}

/// What is before the `@` of e-mail addresses but the first letter, and names at WeChat.
fn addresses(signs: &[char]) -> Vec<Range<usize>> {
    let is_word = |sign: &&char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | '%' | '+' | '-');
    let mail = signs.iter().enumerate().filter(|(_, sign)| matches!(sign, '@' | '＠')).filter_map(|(at, _)| {
        let before = signs.iter().take(at).rev().take_while(is_word).count();
        let mut host = signs.iter().skip(at + 1).take_while(is_word);
        (before > 0 && host.any(|sign| *sign == '.')).then(|| at + 1 - before..at)
    });
    let names = signs.windows(WECHAT.len()).enumerate().filter(|(_, window)| **window == WECHAT).map(|(at, _)| {
        let from = at + WECHAT.len();
        from..from + signs.iter().skip(from).take_while(is_word).count()
    });
    mail.chain(names).collect()
}

/// Groups of digits that stand so close to each other that they may be one number.
fn runs(signs: &[char]) -> Vec<Vec<Group>> {
    let mut runs: Vec<Vec<Group>> = Vec::new();
    let mut gap = usize::MAX;
    for (at, sign) in signs.iter().enumerate() {
        if let Some(digit) = digit(*sign, at) {
            match (gap, runs.last_mut()) {
                (0, Some(run)) if !run.is_empty() => {
                    if let Some(group) = run.last_mut() {
                        group.push(digit);
                    }
                }
                (1..=GAP, Some(run)) => run.push(vec![digit]),
                _ => runs.push(vec![vec![digit]]),
            }
            gap = 0;
        } else {
            gap = if parts(*sign) { gap.saturating_add(1) } else { usize::MAX };
        }
    }
    runs
}

fn digit(sign: char, at: usize) -> Option<Digit> {
    let value = match sign {
        '0'..='9' => sign.to_digit(10),
        '０'..='９' => Some(u32::from(sign) - u32::from('０')),
        '〇' | '零' | '○' => Some(0),
        '一' | '幺' | '壹' => Some(1),
        '二' | '贰' => Some(2),
        '三' | '叁' => Some(3),
        '四' | '肆' => Some(4),
        '五' | '伍' => Some(5),
        '六' | '陆' => Some(6),
        '七' | '柒' => Some(7),
        '八' | '捌' => Some(8),
        '九' | '玖' => Some(9),
        other if other.is_numeric() => None,
        _ => return None,
    };
    Some(Digit { at, value: value.and_then(|value| u8::try_from(value).ok()) })
}

/// What people put between the digits of a number. Not what ends a thought, nor the colon of a time.
fn parts(sign: char) -> bool {
    // The range is of what nobody sees.
    PARTS.contains(sign) || matches!(sign, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// The numbers of people in a run.
fn numbers(signs: &[char], run: &[Group]) -> Vec<Group> {
    let mut found = Vec::new();
    // A group that is long enough stands for itself; shorter ones may be the pieces of one number.
    let belong = |one: &Group, next: &Group| {
        (one.len() < FEW && next.len() < FEW) || is_mobile(&[one.as_slice(), next.as_slice()].concat())
    };
    for pieces in run.chunk_by(belong) {
        let whole: Group = pieces.concat();
        if is_mobile(&whole) || is_identity(&whole) {
            found.push(whole);
        } else if !is_of_a_thing(signs, &whole) {
            found.extend(without_moments(signs, pieces).into_iter().filter(|number| number.len() >= FEW));
        }
    }
    found
}

/// The pieces joined to numbers, days, times and amounts left out.
fn without_moments(signs: &[char], pieces: &[Group]) -> Vec<Group> {
    let (mut numbers, mut rest) = (vec![Group::new()], pieces);
    while let Some((first, after)) = rest.split_first() {
        let taken = moment(signs, rest);
        if taken > 0 {
            numbers.push(Group::new());
            rest = rest.get(taken..).unwrap_or_default();
        } else {
            if let Some(number) = numbers.last_mut() {
                number.extend(first);
            }
            rest = after;
        }
    }
    numbers
}

/// How many pieces at the beginning are a day, a time or an amount; 0 if it is none.
fn moment(signs: &[char], pieces: &[Group]) -> usize {
    let value = |place: usize, long: RangeInclusive<usize>| {
        let piece = pieces.get(place).filter(|piece| long.contains(&piece.len()))?;
        let figures = piece.iter().map(|digit| digit.value.map(u32::from)).collect::<Option<Vec<_>>>()?;
        Some(figures.iter().fold(0, |sum, figure| sum * 10 + figure))
    };
    // The one sign between two pieces.
    let between = |place: usize| {
        let (one, next) = (pieces.get(place)?.last()?, pieces.get(place + 1)?.first()?);
        signs.get(one.at + 1).filter(|_| next.at == one.at + 2).copied()
    };
    let parts_days = |sign| matches!(sign, '-' | '/' | '.' | '－' | '–' | '—');
    let dated = between(0).is_some_and(|sign| between(1) == Some(sign) && parts_days(sign));
    let is_year = |year: Option<u32>| year.is_some_and(|year| (1900..2100).contains(&year));
    let is_day = |month: Option<u32>, day: Option<u32>| {
        month.zip(day).is_some_and(|(month, day)| (1..=12).contains(&month) && (1..=31).contains(&day))
    };
    let [one, two, three] = [0, 1, 2].map(|place| value(place, 1..=2));
    if dated
        && ((is_year(value(0, 4..=4)) && is_day(two, three))
            || (is_year(value(2, 4..=4)) && (is_day(one, two) || is_day(two, one))))
    {
        return 3;
    }
    let timed = between(0) == Some('.') && between(1) != Some('.');
    let is_time = one.is_some_and(|hour| hour <= 24) && value(1, 2..=2).is_some_and(|minute| minute < 60);
    if timed && is_time {
        return 2;
    }
    // 12345.67 yuan.
    if timed && pieces.len() == 2 && value(0, 4..=6).is_some() && two.is_some() { 2 } else { 0 }
}

/// Eleven digits that a Chinese mobile telephone has, with or without what is dialled before them.
fn is_mobile(number: &[Digit]) -> bool {
    let figures: Vec<u8> = number.iter().map(|digit| digit.value.unwrap_or(u8::MAX)).collect();
    let local = [&[][..], &[8, 6], &[0, 8, 6], &[0, 0, 8, 6], &[0]].iter().find_map(|before| {
        let local = figures.strip_prefix(*before)?;
        (local.len() == 11).then_some(local)
    });
    matches!(local, Some([1, 3..=9, ..]))
}

/// Seventeen digits, the last of eighteen being a letter, or eighteen: a place, and a day of birth.
fn is_identity(number: &[Digit]) -> bool {
    let figures: Vec<u8> = number.iter().filter_map(|digit| digit.value).collect();
    matches!(figures.len(), 17 | 18) && is_stamp(figures.get(6..).unwrap_or_default(), 19..=20)
}

/// Whether it begins with a day, as in 20261122.
fn is_stamp(figures: &[u8], centuries: RangeInclusive<u8>) -> bool {
    let two = |at: usize| figures.get(at).zip(figures.get(at + 1)).map(|(ten, one)| ten * 10 + one);
    let within = |at, range: RangeInclusive<u8>| two(at).is_some_and(|value| range.contains(&value));
    within(0, centuries) && within(2, 0..=99) && within(4, 1..=12) && within(6, 1..=31)
}

/// Whether it is the number of an order, a ticket or a day rather than somebody's: it says so, begins with letters, or
/// with the day it was made.
fn is_of_a_thing(signs: &[char], number: &[Digit]) -> bool {
    let Some(first) = number.first() else { return false };
    let figures: Vec<u8> = number.iter().filter_map(|digit| digit.value).collect();
    if is_stamp(&figures, 20..=20) && number.iter().zip(first.at..).all(|(digit, at)| digit.at == at) {
        return true;
    }
    let before: Vec<char> = signs.iter().take(first.at).copied().collect();
    let letters = before.iter().rev().take_while(|sign| sign.is_ascii_alphabetic()).count();
    let word: String = before.iter().collect::<String>().to_lowercase();
    // One letter and eight digits are a passport.
    if letters > 0 && !(letters == 1 && number.len() == 8) && !PEOPLE.iter().any(|people| word.ends_with(people)) {
        return true;
    }
    let word = word.trim_end_matches([' ', ':', '：', '#', '＃', '为', '是']);
    NAMES.iter().any(|name| word.ends_with(name))
}
