//! A table as CSV, made to be opened in a spreadsheet: UTF-8 with a byte order mark, so that the Chinese is read as such,
//! and lines as RFC 4180 has them.

use std::io::{self, Write};

use super::table::{Cell, Column, Language, Table};
use super::words::plain;
use crate::text::is_invisible;

/// A table as a CSV file.
///
/// # Errors
/// If memory cannot be written to, which does not happen.
pub fn table(table: &Table, language: Language) -> io::Result<Vec<u8>> {
    let table = table.in_single_figures(language);
    let mut lines = Lines::new(Vec::new(), &table.columns, language)?;
    for row in &table.rows {
        lines.row(row)?;
    }
    lines.end()
}

/// A CSV file that is written row by row.
pub struct Lines<W: Write> {
    out: ::csv::Writer<W>,
    columns: usize,
    language: Language,
}

impl<W: Write> Lines<W> {
    /// Begins a file with the headings.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn new(mut out: W, columns: &[Column], language: Language) -> io::Result<Self> {
        out.write_all(b"\xef\xbb\xbf")?;
        let mut out = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
        out.write_record(columns.iter().map(|column| harmless(column.heading.clone())))?;
        Ok(Self { out, columns: columns.len(), language })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn row(&mut self, row: &[Cell]) -> io::Result<()> {
        let cells = row.iter().chain(std::iter::repeat(&Cell::Empty)).take(self.columns);
        let written = cells.map(|cell| match cell {
            Cell::Text(text) => harmless(text.clone()),
            // Our own figures may begin with a minus.
            figure => plain(figure, self.language),
        });
        Ok(self.out.write_record(written)?)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn end(self) -> io::Result<W> {
        self.out.into_inner().map_err(::csv::IntoInnerError::into_error)
    }
}

/// What a formula begins with; wide and small signs too, as some programs make plain ones of them.
const SIGNS: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];

/// A text that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front. Nothing that cannot be
/// seen hides a sign: neither blanks and zero-width marks, nor a byte order mark or what controls.
pub(crate) fn harmless(text: String) -> String {
    let seen = text.trim_start_matches(|c: char| is_invisible(c) || c.is_control());
    if text.starts_with(['\t', '\r', '\n']) || seen.starts_with(SIGNS) { format!("'{text}") } else { text }
}
