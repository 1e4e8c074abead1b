//! When it comes thick: rows against columns, as by weekday and hour.

use plotters::style::RGBColor;

use super::super::table::{Cell, Language, Table};
use super::super::words::{read, shortened};
use super::canvas::{Canvas, FAINT, Held, INK, PAPER, Type, letters, room};
use super::{Drawn, Width};

/// From little to much, each with the ink that is read on it.
const SHADES: [(RGBColor, RGBColor); 7] = [
    (RGBColor(0xf3, 0xf6, 0xf9), FAINT),
    (RGBColor(0xdc, 0xe9, 0xf5), INK),
    (RGBColor(0xb9, 0xd4, 0xeb), INK),
    (RGBColor(0x8d, 0xb8, 0xdd), INK),
    (RGBColor(0x35, 0x76, 0xb0), PAPER),
    (RGBColor(0x18, 0x5a, 0x9d), PAPER),
    (RGBColor(0x0a, 0x36, 0x66), PAPER),
];

/// A square: the names of its row and column, and what is in it.
struct Square<'a> {
    row: i32,
    column: i32,
    names: (&'a str, &'a str),
    cell: &'a Cell,
}

pub fn draw(table: &Table, language: Language, width: Width) -> Option<Drawn> {
    let names: Vec<String> =
        table.rows.iter().map(|row| row.first().map_or_else(String::new, |cell| read(cell, language))).collect();
    let headings: Vec<&str> = table.columns.iter().skip(1).map(|column| column.heading.as_str()).collect();
    let squares: Vec<Square<'_>> = (0..)
        .zip(table.rows.iter().zip(&names))
        .flat_map(|(row, (cells, name))| {
            (0..).zip(cells.iter().skip(1).zip(&headings)).map(move |(column, (cell, heading))| Square {
                row,
                column,
                names: (name, heading),
                cell,
            })
        })
        .collect();
    let busiest = squares.iter().max_by_key(|square| square.cell.measure())?;
    let most = busiest.cell.measure().filter(|most| *most > 0)?;

    // A telephone is taller than wide: there what is more goes down.
    let wide = width == Width::Wide;
    let turned = !wide && headings.len() > names.len();
    let mut down: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut across = headings;
    if turned {
        std::mem::swap(&mut down, &mut across);
    }
    let (size, step_down) = (letters(width), if wide { 34 } else { 24 });
    let count = |names: &[&str]| i32::try_from(names.len()).ok();
    let left = down.iter().map(|name| room(&shortened(name, 12), size)).max()? + 10;
    let canvas = Canvas::new(width, (size + 12) + count(&down)? * step_down);
    let step_across = (canvas.width - left) / count(&across)?.max(1);
    let fits = u16::try_from(step_across * 2 / size).ok()?;
    let at = |row: i32, column: i32| (left + column * step_across, size + 12 + row * step_down);

    let canvas = canvas.draw(|pen| {
        for (column, name) in (0..).zip(&across) {
            let (x, _) = at(0, column);
            let look = Type::new(FAINT, Held::Middle);
            pen.text((x + step_across / 2, size / 2 + 2), &shortened(name, fits), look)?;
        }
        for (row, name) in (0..).zip(&down) {
            let (_, y) = at(row, 0);
            let look = Type::new(FAINT, Held::Right);
            pen.text((left - 10, y + step_down / 2), &shortened(name, 12), look)?;
        }
        for square in &squares {
            let (row, column) = if turned { (square.column, square.row) } else { (square.row, square.column) };
            let ((x, y), value) = (at(row, column), square.cell.measure().unwrap_or(0));
            let (fill, ink) = shade(value, most);
            pen.block((x + 1, y + 1), (x + step_across - 1, y + step_down - 1), fill)?;
            if value > 0 {
                let look = Type::new(ink, Held::Middle).small(size - 1);
                pen.text((x + step_across / 2, y + step_down / 2), &read(square.cell, language), look)?;
            }
        }
        Some(())
    })?;
    let (row, column) = busiest.names;
    let summary = format!("{} {row} {column}: {}", language.phrases().highest, read(busiest.cell, language));
    Some(Drawn { canvas, summary })
}

/// Nothing is the lightest; the rest is spread over the other shades.
fn shade(value: i64, most: i64) -> (RGBColor, RGBColor) {
    let steps = i64::try_from(SHADES.len()).unwrap_or(1) - 2;
    let step = if value <= 0 { 0 } else { 1 + (value * steps + most / 2) / most };
    let [lightest, ..] = SHADES;
    usize::try_from(step).ok().and_then(|step| SHADES.get(step)).copied().unwrap_or(lightest)
}
