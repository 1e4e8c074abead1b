//! How a figure reads, in either language.

use super::table::{Cell, Language, Share, Verdict};

/// What a report says by itself.
pub(super) struct Phrases {
    pub lang: &'static str,
    pub made: &'static str,
    pub contents: &'static str,
    pub figures: &'static str,
    pub nothing: &'static str,
    pub target: &'static str,
    pub lowest: &'static str,
    pub highest: &'static str,
    pub latest: &'static str,
    pub between: &'static str,
    pub numerator: &'static str,
    pub denominator: &'static str,
}

const CHINESE: Phrases = Phrases {
    lang: "zh-CN",
    made: "制表时间",
    contents: "目录",
    figures: "查看数据表",
    nothing: "本期没有数据",
    target: "目标",
    lowest: "最低",
    highest: "最高",
    latest: "最近",
    between: "，",
    numerator: "分子",
    denominator: "分母",
};

const ENGLISH: Phrases = Phrases {
    lang: "en",
    made: "Made",
    contents: "Contents",
    figures: "Show the figures",
    nothing: "Nothing in this period",
    target: "target",
    lowest: "lowest",
    highest: "highest",
    latest: "latest",
    between: ", ",
    numerator: "numerator",
    denominator: "denominator",
};

impl Language {
    pub(super) const fn phrases(self) -> &'static Phrases {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }
}

impl Verdict {
    /// Its sign, so that colour is never all there is to go by.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Met | Self::Usual => "✓",
            Self::Missed => "✗",
            Self::Worse => "▲",
            Self::Pending => "…",
            Self::TooFew => "○",
        }
    }

    /// Its word.
    pub const fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Met, Language::Chinese) => "达标",
            (Self::Missed, Language::Chinese) => "未达标",
            (Self::Usual, Language::Chinese) => "正常",
            (Self::Worse, Language::Chinese) => "变差",
            (Self::Pending, Language::Chinese) => "未到期",
            (Self::TooFew, Language::Chinese) => "样本不足",
            (Self::Met, Language::English) => "met",
            (Self::Missed, Language::English) => "missed",
            (Self::Usual, Language::English) => "as usual",
            (Self::Worse, Language::English) => "worse",
            (Self::Pending, Language::English) => "pending",
            (Self::TooFew, Language::English) => "too few",
        }
    }
}

/// A cell as people read it.
pub fn read(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => grouped(*count),
        Cell::Hundredths(number) => hundredths(*number),
        Cell::Share(share) | Cell::TimeShare(share) => percent(*share, 1),
        Cell::Percent(part) => percent(Share { numerator: (*part).into(), denominator: 10_000 }, 1),
        Cell::Duration(seconds) => span(*seconds, language),
        Cell::Day(day) => day.to_string(),
        Cell::Moment(moment) => moment.strftime("%Y-%m-%d %H:%M").to_string(),
        Cell::Fen(fen) => {
            let (sign, fen) = signed(*fen);
            format!("{sign}¥{}.{:02}", grouped_digits(&(fen / 100).to_string()), fen % 100)
        }
        Cell::Verdict(verdict) => format!("{} {}", verdict.symbol(), verdict.word(language)),
    }
}

/// What a share is made of, unless it is one of none.
pub(super) fn parts(cell: &Cell, language: Language) -> Option<String> {
    match cell {
        Cell::Share(Share { numerator, denominator }) if *denominator > 0 => Some(format!("{numerator}/{denominator}")),
        Cell::TimeShare(Share { numerator, denominator }) if *denominator > 0 => {
            let spent = |seconds: u64| span(seconds, language);
            Some(format!("{} / {}", spent(*numerator), spent(*denominator)))
        }
        _ => None,
    }
}

/// A cell where there is little room: a whole percent without its decimal place.
pub(super) fn brief(cell: &Cell, language: Language) -> String {
    let words = read(cell, language);
    words.strip_suffix(".0%").map(|whole| format!("{whole}%")).unwrap_or(words)
}

/// A cell as programs read it: no separators, no units, times to the second.
pub fn plain(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Count(count) => count.to_string(),
        Cell::Hundredths(number) | Cell::Fen(number) => hundredths(*number),
        Cell::Share(share) | Cell::TimeShare(share) => percent(*share, 2),
        Cell::Percent(part) => percent(Share { numerator: (*part).into(), denominator: 10_000 }, 2),
        Cell::Duration(seconds) => format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        Cell::Moment(moment) => moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Cell::Empty | Cell::Text(_) | Cell::Day(_) | Cell::Verdict(_) => read(cell, language),
    }
}

/// A share in percent, to `places` decimal places. What is not all never reads 100 %, what is not nothing never 0 %.
fn percent(Share { numerator, denominator }: Share, places: u32) -> String {
    if denominator == 0 {
        return String::new();
    }
    let (part, of, one) = (u128::from(numerator), u128::from(denominator), 10_u128.pow(places));
    let all = 100 * one;
    let rounded = (part * all * 2 + of) / (of * 2);
    let shown = match part {
        0 => 0,
        part if part < of => rounded.clamp(1, all - 1),
        _ => rounded,
    };
    format!("{}.{:0width$}%", shown / one, shown % one, width = places as usize)
}

fn span(seconds: u64, language: Language) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    match (language, minutes, hours) {
        (Language::Chinese, 0, _) => format!("{seconds}秒"),
        (Language::English, 0, _) => format!("{seconds} s"),
        (Language::Chinese, _, 0) => format!("{minutes}分钟"),
        (Language::English, _, 0) => format!("{minutes} min"),
        (Language::Chinese, _, ..48) => two(hours, "小时", minutes % 60, "分", ""),
        (Language::English, _, ..48) => two(hours, " h", minutes % 60, " min", " "),
        (Language::Chinese, ..) => two(days, "天", hours % 24, "小时", ""),
        (Language::English, ..) => two(days, " d", hours % 24, " h", " "),
    }
}

fn two(large: u64, of_large: &str, small: u64, of_small: &str, gap: &str) -> String {
    if small == 0 { format!("{large}{of_large}") } else { format!("{large}{of_large}{gap}{small}{of_small}") }
}

fn hundredths(number: i64) -> String {
    let (sign, number) = signed(number);
    format!("{sign}{}.{:02}", number / 100, number % 100)
}

fn signed(amount: i64) -> (&'static str, u64) {
    (if amount < 0 { "-" } else { "" }, amount.unsigned_abs())
}

fn grouped(count: i64) -> String {
    let (sign, count) = signed(count);
    format!("{sign}{}", grouped_digits(&count.to_string()))
}

fn grouped_digits(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// How wide a text is in half squares: a Chinese character takes two, a letter or digit one.
pub(super) fn breadth(text: &str) -> u16 {
    text.chars().fold(0, |sum: u16, sign| sum.saturating_add(if sign < '\u{1100}' { 1 } else { 2 }))
}

/// A text cut to `room` half squares, with a sign that something is left out.
pub(super) fn shortened(text: &str, room: u16) -> String {
    if breadth(text) <= room {
        return text.to_owned();
    }
    let mut short = String::new();
    for sign in text.chars() {
        if breadth(&short) + breadth(sign.encode_utf8(&mut [0; 4])) + 2 > room {
            break;
        }
        short.push(sign);
    }
    short.push('…');
    short
}
