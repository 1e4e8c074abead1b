//! What a report is made of.

use jiff::civil::{Date, DateTime};

/// A report: sections of tables, some of them with a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it is: `客服月报`.
    pub title: String,
    /// Of what: the site and the period.
    pub subtitle: String,
    /// When it was made, in the site's time.
    pub made: DateTime,
    /// The language of everything in it.
    pub language: Language,
    /// Its parts, in order.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// What it is about.
    pub heading: String,
    /// What a reader must know to read it right: how it is counted, what is left out.
    pub note: Option<String>,
    /// Its tables, in order.
    pub tables: Vec<Table>,
}

/// A table. The first column says what a row is.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What asks for it, as in `?table=rates`; once in a report.
    pub key: String,
    /// Its heading, and the name of its sheet.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows. What a row is short of is [`Cell::Empty`].
    pub rows: Vec<Vec<Cell>>,
    /// How it is drawn, if it is. On the page the table then folds away behind its picture.
    pub picture: Option<Picture>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub heading: String,
    /// What stands in it, for widths and sides. A cell of another kind is still written as what it is.
    pub kind: Kind,
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Cell::Text`].
    Text,
    /// [`Cell::Count`].
    Count,
    /// [`Cell::Hundredths`].
    Decimal,
    /// [`Cell::Share`], [`Cell::TimeShare`] or [`Cell::Percent`].
    Share,
    /// [`Cell::Duration`].
    Duration,
    /// [`Cell::Day`].
    Day,
    /// [`Cell::Moment`].
    Moment,
    /// [`Cell::Fen`].
    Money,
    /// [`Cell::Verdict`].
    Verdict,
}

/// A figure or words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Words, which may be anybody's.
    Text(String),
    /// How many.
    Count(i64),
    /// A number with two decimals, in hundredths: 4.5 is 450.
    Hundredths(i64),
    /// How many of how many.
    Share(Share),
    /// How much of a time, both in seconds.
    TimeShare(Share),
    /// A percentage that nobody counted, such as a target, in hundredths of a percent: 95 % is 9 500.
    Percent(u32),
    /// A span of time, in seconds.
    Duration(u64),
    /// A day.
    Day(Date),
    /// A moment in the site's time.
    Moment(DateTime),
    /// An amount in fen.
    Fen(i64),
    /// What is to be thought of it.
    Verdict(Verdict),
}

/// A part of a whole, kept as its two counts. The page shows them beside it; in CSV and XLSX, where a column holds one
/// figure, they are columns of their own ([`Table::in_single_figures`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub numerator: u64,
    /// Of how many. Of none there is no share: it is shown like [`Cell::Empty`].
    pub denominator: u64,
}

/// How a rate stands to its target, or a figure to what it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The target was reached.
    Met,
    /// It was not.
    Missed,
    /// It is as it used to be.
    Usual,
    /// It is out of the ordinary, for the worse.
    Worse,
    /// Nobody knows yet.
    Pending,
    /// There were too few cases to say.
    TooFew,
}

/// How a table is drawn. The columns are counted from 0; column 0 has the labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// A line for each of the columns, from row to row; cells without a value leave a gap.
    Lines {
        /// The columns, all of one kind, each with what it aims at, if anything. Four at most can be told apart.
        values: Vec<(usize, Option<Cell>)>,
    },
    /// A bar for each row. If the row has a verdict, the bar shows it.
    Bars {
        /// The column with the lengths.
        value: usize,
        /// The column with a target for each.
        target: Option<usize>,
    },
    /// Each row and column a square, the darker the higher the count.
    Heat,
}

/// What a report is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

impl Report {
    /// All its tables, in order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.sections.iter().flat_map(|section| &section.tables)
    }

    /// The table of that key.
    pub fn table(&self, key: &str) -> Option<&Table> {
        self.tables().find(|table| table.key == key)
    }
}

impl Table {
    /// A row's cells, as many as there are columns.
    pub fn cells<'a>(&self, row: &'a [Cell]) -> impl Iterator<Item = &'a Cell> {
        row.iter().chain(std::iter::repeat(&Cell::Empty)).take(self.columns.len())
    }

    /// The table for a sheet, whose cells hold one figure each: behind a column with shares stand their two counts.
    #[must_use]
    pub fn in_single_figures(&self, language: Language) -> Self {
        let is_share = |cell: &Cell| matches!(cell, Cell::Share(_) | Cell::TimeShare(_));
        let has_shares = |place: usize| self.rows.iter().any(|row| row.get(place).is_some_and(is_share));
        let wide: Vec<bool> = (0..self.columns.len()).map(has_shares).collect();
        let phrases = language.phrases();
        let mut columns = Vec::with_capacity(self.columns.len());
        for (column, is_wide) in self.columns.iter().zip(&wide) {
            columns.push(column.clone());
            if *is_wide {
                let count = |name| Column::new(format!("{} {name}", column.heading), Kind::Count);
                columns.extend([count(phrases.numerator), count(phrases.denominator)]);
            }
        }
        let spread = |row: &Vec<Cell>| {
            let cells = self.cells(row).zip(&wide).flat_map(|(cell, is_wide)| {
                let counts = match cell {
                    Cell::Share(share) => {
                        [share.numerator, share.denominator].map(|count| Cell::Count(count.cast_signed()))
                    }
                    Cell::TimeShare(time) => [time.numerator, time.denominator].map(Cell::Duration),
                    _ => [Cell::Empty, Cell::Empty],
                };
                std::iter::once(cell.clone()).chain(counts.into_iter().filter(|_| *is_wide))
            });
            cells.collect()
        };
        let rows = self.rows.iter().map(spread).collect();
        Self { key: self.key.clone(), name: self.name.clone(), columns, rows, picture: None }
    }
}

impl Column {
    /// A column.
    pub fn new(heading: impl Into<String>, kind: Kind) -> Self {
        Self { heading: heading.into(), kind }
    }
}

impl Kind {
    /// Whether it stands on the right, so that digits stand under digits.
    pub const fn is_figure(self) -> bool {
        matches!(self, Self::Count | Self::Decimal | Self::Share | Self::Duration | Self::Money)
    }
}

impl Share {
    /// 0 to 1; None of none.
    #[expect(clippy::cast_precision_loss, reason = "tickets and seconds lie far below 2^52")]
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }
}

impl Cell {
    /// What a picture measures: counts, seconds, fen, and the hundredths of a percent.
    pub(super) fn measure(&self) -> Option<i64> {
        match self {
            Self::Count(count) | Self::Fen(count) | Self::Hundredths(count) => Some((*count).clamp(-MOST, MOST)),
            Self::Duration(seconds) => i64::try_from(*seconds).ok().map(|seconds| seconds.min(MOST)),
            Self::Share(share) | Self::TimeShare(share) => {
                let part = u128::from(share.numerator) * u128::from(WHOLE.unsigned_abs());
                part.checked_div(share.denominator.into())
                    .and_then(|part| i64::try_from(part).ok())
                    .map(|part| part.min(WHOLE))
            }
            Self::Percent(percent) => Some(i64::from(*percent).min(WHOLE)),
            _ => None,
        }
    }

    /// A cell of the same kind that measures `size`, for the marks along an axis.
    pub(super) fn of_size(&self, size: i64) -> Self {
        match self {
            Self::Fen(_) => Self::Fen(size),
            Self::Duration(_) => u64::try_from(size).map_or(Self::Empty, Self::Duration),
            Self::Share(_) | Self::TimeShare(_) | Self::Percent(_) => {
                u32::try_from(size).map_or(Self::Empty, Self::Percent)
            }
            _ => Self::Count(size),
        }
    }
}

/// A whole, as [`Cell::measure`] measures shares.
pub(super) const WHOLE: i64 = 10_000;

/// More than any figure of a mall, and far from where arithmetic ends.
const MOST: i64 = 10_i64.pow(14);
