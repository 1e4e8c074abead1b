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
    /// [`Cell::Share`] or [`Cell::Percent`].
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
    /// How many of how many.
    Share(Share),
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
    /// How a rate stands to its target.
    Verdict(Verdict),
}

/// A part of a whole, kept as its two counts. The page shows them beside it; in CSV and XLSX, where a column holds one
/// figure, they are columns of their own if readers shall see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub numerator: u32,
    /// Of how many. Of none there is no share: it is shown like [`Cell::Empty`].
    pub denominator: u32,
}

/// How a rate stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was reached.
    Met,
    /// It was not.
    Missed,
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
        /// The columns, all of one kind. Four at most can be told apart.
        values: Vec<usize>,
        /// A line across, of the same kind.
        target: Option<Cell>,
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
        matches!(self, Self::Count | Self::Share | Self::Duration | Self::Money)
    }
}

impl Share {
    /// 0 to 1; None of none.
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| f64::from(self.numerator) / f64::from(self.denominator))
    }
}

impl Cell {
    /// What a picture measures: counts, seconds, fen, and the hundredths of a percent.
    pub(super) fn measure(&self) -> Option<i64> {
        match self {
            Self::Count(count) | Self::Fen(count) => Some((*count).clamp(-MOST, MOST)),
            Self::Duration(seconds) => i64::try_from(*seconds).ok().map(|seconds| seconds.min(MOST)),
            Self::Share(share) => {
                (i64::from(share.numerator) * WHOLE).checked_div(share.denominator.into()).map(|part| part.min(WHOLE))
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
            Self::Share(_) | Self::Percent(_) => u32::try_from(size).map_or(Self::Empty, Self::Percent),
            _ => Self::Count(size),
        }
    }
}

/// A whole, as [`Cell::measure`] measures shares.
pub(super) const WHOLE: i64 = 10_000;

/// More than any figure of a mall, and far from where arithmetic ends.
const MOST: i64 = 10_i64.pow(14);
