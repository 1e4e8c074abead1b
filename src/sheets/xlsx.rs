//! A report as a workbook: dates are dates, shares are percents, and words are words, whatever they begin with.

use std::collections::HashSet;
use std::fmt;
use std::io::Write;
use std::path::Path;

use jiff::civil::{Date, DateTime, date};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::table::{Cell, Column, Kind, Language, Report, Verdict};
use super::words::{breadth, read};

/// As many rows as a sheet takes below its headings.
pub const ROWS_PER_SHEET: u32 = 1_048_575;

/// How many rows are written between two words of progress.
const STRIDE: u64 = 10_000;

/// As many characters as a cell takes.
const LONGEST: usize = 32_767;

/// A report as a workbook with a sheet for each table.
///
/// # Errors
/// If the library refuses what is to be written.
pub fn report(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let (mut book, looks) = (Workbook::new(), Looks::new());
    let mut names = Names::default();
    book.set_properties(&properties(&report.title, report.made)?);
    for table in report.tables() {
        let table = table.in_single_figures(report.language);
        let sheet = book.add_worksheet();
        head(sheet, &names.unique(&table.name), &table.columns, &looks)?;
        sheet.set_header(format!(
            "&L{}&R{}",
            for_header(&format!("{} · {}", report.title, table.name)),
            for_header(&report.subtitle)
        ));
        for (place, column) in (0..).zip(&table.columns) {
            let cells = table.rows.iter().filter_map(|row| row.get(usize::from(place)));
            let widest = cells.map(|cell| breadth(&read(cell, report.language))).max().unwrap_or(0);
            sheet.set_column_width(
                place,
                f64::from(breadth(&column.heading).saturating_add(2).max(widest).min(60)) + 2.0,
            )?;
        }
        for (line, row) in (1..).zip(&table.rows) {
            write_row(sheet, line, table.cells(row), &looks, report.language)?;
        }
        foot(sheet, table.rows.len().try_into().unwrap_or(ROWS_PER_SHEET), &table.columns)?;
    }
    book.save_to_buffer()
}

/// A large table that is written as it is read.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// Its name, and that of its sheets.
    pub name: &'a str,
    /// Its columns.
    pub columns: &'a [Column],
    /// The language of its words.
    pub language: Language,
    /// When it was made, in the site's time.
    pub made: DateTime,
    /// Where the sheets wait until they are packed: on a disk, not in memory. They go away by themselves.
    pub folder: &'a Path,
    /// As many rows as go on a sheet, [`ROWS_PER_SHEET`] as a rule; what is more goes on the next one.
    pub rows_per_sheet: u32,
}

/// How far a large table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// That many rows were written.
    Rows(u64),
    /// All of them were, and the file is packed: about half of the work.
    Packing,
}

/// Why a large table was not written.
#[derive(Debug)]
pub enum Failure<E> {
    /// A row could not be had, or somebody does not want the file any more.
    Source(E),
    /// It could not be written.
    Writing(XlsxError),
}

impl<E> From<XlsxError> for Failure<E> {
    fn from(error: XlsxError) -> Self {
        Self::Writing(error)
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Writing(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error> std::error::Error for Failure<E> {}

/// Writes a table of any length in little memory, and says how many rows it has. `progress` is told after every ten
/// thousand rows, and ends the work by an error.
///
/// # Errors
/// [`Failure`]: the first error of the rows, of `progress`, or of the writing.
pub fn stream<E>(
    plan: &Sheet<'_>,
    rows: impl IntoIterator<Item = Result<Vec<Cell>, E>>,
    out: impl Write + Send,
    mut progress: impl FnMut(Progress) -> Result<(), E>,
) -> Result<u64, Failure<E>> {
    let (mut book, looks) = (Workbook::new(), Looks::new());
    let (mut names, mut rows, mut written) = (Names::default(), rows.into_iter(), 0);
    let per_sheet = plan.rows_per_sheet.clamp(1, ROWS_PER_SHEET);
    book.set_tempdir(plan.folder)?.set_properties(&properties(plan.name, plan.made)?);
    let mut next = rows.next().transpose().map_err(Failure::Source)?;
    loop {
        let sheet = book.add_worksheet_with_constant_memory()?;
        head(sheet, &names.unique(plan.name), plan.columns, &looks)?;
        let mut lines = 0;
        while lines < per_sheet
            && let Some(row) = next.take()
        {
            lines += 1;
            written += 1;
            write_row(sheet, lines, row.iter().take(plan.columns.len()), &looks, plan.language)?;
            if written % STRIDE == 0 {
                progress(Progress::Rows(written)).map_err(Failure::Source)?;
            }
            next = rows.next().transpose().map_err(Failure::Source)?;
        }
        foot(sheet, lines, plan.columns)?;
        if next.is_none() {
            break;
        }
    }
    progress(Progress::Packing).map_err(Failure::Source)?;
    book.save_to_writer(out)?;
    Ok(written)
}

/// The headings of a sheet, which stay in sight, and how it is printed.
fn head(sheet: &mut Worksheet, name: &str, columns: &[Column], looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name(name)?.set_freeze_panes(1, 1)?.set_paper_size(A4).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?.set_footer("&R&P / &N");
    if columns.len() > 6 {
        sheet.set_landscape();
    }
    for (place, column) in (0..).zip(columns) {
        sheet.set_column_width(place, width(column))?;
        let look = if column.kind.is_figure() { &looks.figure_head } else { &looks.head };
        sheet.write_string_with_format(0, place, fitting(&column.heading), look)?;
    }
    Ok(())
}

const A4: u8 = 9;

fn foot(sheet: &mut Worksheet, lines: u32, columns: &[Column]) -> Result<(), XlsxError> {
    if let Some(last) = u16::try_from(columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        sheet.autofilter(0, 0, lines.min(ROWS_PER_SHEET), last)?;
    }
    Ok(())
}

fn write_row<'a>(
    sheet: &mut Worksheet,
    line: u32,
    row: impl Iterator<Item = &'a Cell>,
    looks: &Looks,
    language: Language,
) -> Result<(), XlsxError> {
    for (place, cell) in (0..).zip(row) {
        match cell {
            Cell::Empty => continue,
            // Never write(): words are words, whatever they look like.
            Cell::Text(text) => sheet.write_string(line, place, fitting(text))?,
            Cell::Count(count) => sheet.write_number_with_format(line, place, number(*count), &looks.count)?,
            Cell::Hundredths(hundredths) => {
                sheet.write_number_with_format(line, place, number(*hundredths) / 100.0, &looks.decimal)?
            }
            Cell::Share(share) | Cell::TimeShare(share) => match share.value() {
                Some(value) => sheet.write_number_with_format(line, place, value, &looks.share)?,
                None => continue,
            },
            Cell::Percent(percent) => {
                sheet.write_number_with_format(line, place, f64::from(*percent) / 10_000.0, &looks.share)?
            }
            Cell::Duration(seconds) => {
                let days = number(seconds.cast_signed()) / 86_400.0;
                sheet.write_number_with_format(line, place, days, &looks.duration)?
            }
            Cell::Day(day) => match serial(*day) {
                Some(serial) => sheet.write_number_with_format(line, place, serial, &looks.day)?,
                None => sheet.write_string(line, place, read(cell, language))?,
            },
            Cell::Moment(moment) => match serial(moment.date()) {
                Some(serial) => {
                    let [hour, minute, second] = [moment.hour(), moment.minute(), moment.second()].map(i32::from);
                    let past = f64::from((hour * 60 + minute) * 60 + second) / 86_400.0;
                    sheet.write_number_with_format(line, place, serial + past, &looks.moment)?
                }
                None => sheet.write_string(line, place, read(cell, language))?,
            },
            Cell::Fen(fen) => sheet.write_number_with_format(line, place, number(*fen) / 100.0, &looks.money)?,
            Cell::Verdict(verdict) => {
                sheet.write_string_with_format(line, place, read(cell, language), looks.verdict(*verdict))?
            }
        };
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a spreadsheet knows no other numbers; they are exact up to 2^53")]
const fn number(count: i64) -> f64 {
    count as f64
}

/// A day as a spreadsheet counts it. Before March 1900 spreadsheets count wrong.
fn serial(day: Date) -> Option<f64> {
    (day >= date(1900, 3, 1)).then(|| f64::from((day - date(1899, 12, 30)).get_days()))
}

/// A text as long as a cell takes, counted as spreadsheets count: in UTF-16.
fn fitting(text: &str) -> &str {
    // No text has more UTF-16 units than bytes.
    if text.len() <= LONGEST {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, sign)| {
        units += sign.len_utf16();
        units > LONGEST
    });
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// How wide a column is if nothing is known of its cells: as its kind asks, and its heading with the filter's arrow.
fn width(column: &Column) -> f64 {
    let usual: u16 = match column.kind {
        Kind::Count | Kind::Decimal | Kind::Share => 10,
        Kind::Day | Kind::Duration | Kind::Money | Kind::Verdict => 13,
        Kind::Moment => 20,
        Kind::Text => 24,
    };
    f64::from(usual.max(breadth(&column.heading).saturating_add(4)).min(60))
}

fn properties(title: &str, made: DateTime) -> Result<DocProperties, XlsxError> {
    let year = made.year().unsigned_abs();
    let day = ExcelDateTime::from_ymd(year, made.month().unsigned_abs(), made.day().unsigned_abs())?;
    let created = day.and_hms(made.hour().unsigned_abs().into(), made.minute().unsigned_abs(), 0)?;
    Ok(DocProperties::new().set_title(title).set_creation_datetime(&created))
}

/// A text for the head of a printed page, where `&` begins a command and 255 characters are all there is.
fn for_header(text: &str) -> String {
    text.chars().take(50).collect::<String>().replace('&', "&&")
}

/// The names of the sheets so far. Spreadsheets compare them without regard to case.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// A name like the wanted one that is allowed and not yet taken.
    fn unique(&mut self, wanted: &str) -> String {
        let allowed = wanted.replace(['[', ']', ':', '*', '?', '/', '\\'], " ");
        let mut base = allowed.trim_matches(|sign: char| sign == '\'' || sign.is_whitespace());
        // Spreadsheets keep that name for themselves.
        if base.is_empty() || base.eq_ignore_ascii_case("history") {
            base = "Sheet";
        }
        let mut tries = (1_u32..).map(|count| {
            let suffix = if count == 1 { String::new() } else { format!(" {count}") };
            let mut name = String::new();
            for sign in base.chars() {
                if name.encode_utf16().count() + sign.len_utf16() + suffix.len() > 31 {
                    break;
                }
                name.push(sign);
            }
            name.trim_end_matches('\'').to_owned() + &suffix
        });
        tries.find(|name| self.0.insert(name.to_lowercase())).unwrap_or_default()
    }
}

/// How cells look.
struct Looks {
    head: Format,
    figure_head: Format,
    count: Format,
    decimal: Format,
    share: Format,
    duration: Format,
    day: Format,
    moment: Format,
    money: Format,
    met: Format,
    missed: Format,
    open: Format,
}

impl Looks {
    fn new() -> Self {
        let as_number = |format: &str| Format::new().set_num_format(format);
        let coloured = |colour: u32| Format::new().set_font_color(Color::RGB(colour));
        let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF4));
        let head = head.set_border_bottom(FormatBorder::Thin);
        Self {
            figure_head: head.clone().set_align(FormatAlign::Right),
            head,
            count: as_number("#,##0"),
            decimal: as_number("0.00"),
            share: as_number("0.00%"),
            duration: as_number("[h]:mm:ss"),
            day: as_number("yyyy-mm-dd"),
            moment: as_number("yyyy-mm-dd hh:mm"),
            money: as_number("\"¥\"#,##0.00"),
            met: coloured(0x0018_5A9D),
            missed: coloured(0x00B3_400E),
            open: coloured(0x0055_606B),
        }
    }

    const fn verdict(&self, verdict: Verdict) -> &Format {
        match verdict {
            Verdict::Met | Verdict::Usual => &self.met,
            Verdict::Missed | Verdict::Worse => &self.missed,
            Verdict::Pending | Verdict::TooFew => &self.open,
        }
    }
}
