//! How figures go, day by day.

use plotters::coord::CoordTranslate;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordi64;
use plotters::style::RGBColor;

use super::super::table::{Cell, Language, Table, WHOLE};
use super::super::words::{brief, read, shortened};
use super::canvas::{Canvas, FAINT, Held, Ink, LINES, Pen, Point, RULE, Type, cut, letters, room};
use super::{Drawn, Width};

/// A column as a line.
struct Line<'a> {
    name: &'a str,
    ink: Ink,
    target: Option<(&'a Cell, i64)>,
    /// A row's place, its cell and what that measures; rows without a value are left out.
    values: Vec<(i64, &'a Cell, i64)>,
}

/// What stands at the right end of a line.
struct End {
    at: i32,
    words: String,
    colour: RGBColor,
}

pub fn draw(table: &Table, values: &[(usize, Option<Cell>)], language: Language, width: Width) -> Option<Drawn> {
    let lines: Vec<Line<'_>> = values.iter().zip(LINES).filter_map(|(column, ink)| line(table, column, ink)).collect();
    let like = lines.iter().find_map(|line| line.values.first())?.1;
    let targets = lines.iter().filter_map(|line| Some(line.target?.1));
    let sizes = || lines.iter().flat_map(|line| &line.values).map(|value| value.2).chain(targets.clone());
    let axis = Axis::over(like, sizes().min()?, sizes().max()?);
    let (size, wide) = (letters(width), width == Width::Wide);
    let aim = |line: &Line<'_>| {
        let (target, _) = line.target?;
        Some(format!("{} {}", language.phrases().target, brief(target, language)))
    };

    let marks: Vec<(i64, String)> = axis.marks().map(|mark| (mark, brief(&like.of_size(mark), language))).collect();
    let left = marks.iter().map(|(_, words)| room(words, size)).max()? + 10;
    let ends: Vec<(i64, String, RGBColor)> = lines
        .iter()
        .filter_map(|line| {
            let (_, cell, at) = line.values.last()?;
            let name = (wide && lines.len() > 1).then(|| shortened(line.name, 26));
            // A single line has no name above it that could say so.
            let aim = aim(line).filter(|_| wide || lines.len() < 2).map(|aim| format!("({aim})"));
            let words: Vec<String> = name.into_iter().chain([read(cell, language)]).chain(aim).collect();
            Some((*at, words.join(" "), line.ink.colour))
        })
        .collect();
    let right = ends.iter().map(|(_, words, _)| room(words, size)).max()? + 12;

    // On a telephone the lines' names stand above, one below the other.
    let names = if wide || lines.len() < 2 { 0 } else { i32::try_from(lines.len()).ok()? * (size + 7) + 4 };
    let (top, tall) = (names + size, if wide { 220 } else { 190 });
    let canvas = Canvas::new(width, top + tall + size * 2 + 4);
    let canvas_width = canvas.width;
    let rows = i64::try_from(table.rows.len()).ok()?;
    let (x, y) = (left..canvas.width - right, top + tall..top);
    let grid: Cartesian2d<RangedCoordi64, RangedCoordi64> =
        Cartesian2d::new(0..(rows - 1).max(1), axis.low..axis.high, (x.clone(), y));
    let place = |row: i64, value: i64| grid.translate(&(row, value));

    let canvas = canvas.draw(|pen| {
        for (mark, words) in &marks {
            let (_, at) = place(0, *mark);
            pen.line(&[(x.start, at), (x.end, at)], RULE, 1)?;
            pen.text((left - 10, at), words, Type::new(FAINT, Held::Right))?;
        }
        along(pen, table, language, |row| place(row, axis.low), &x)?;
        let aimed = lines.iter().filter_map(|line| Some((line.ink, line.target?.1)));
        let turns = i32::try_from(aimed.clone().count()).ok()?;
        for (turn, (ink, target)) in (0..).zip(aimed) {
            dashed(pen, &x, place(0, target).1, ink, (turn, turns))?;
        }
        for line in &lines {
            course(pen, line, rows, place)?;
        }
        for end in spread(&ends, |value| place(0, value).1, (top + tall, size + 3)) {
            pen.text((x.end + 10, end.at), &end.words, Type::new(end.colour, Held::Left).bold())?;
        }
        if names > 0 {
            for (row, line) in (0..).zip(&lines) {
                let at = row * (size + 7) + size / 2 + 2;
                pen.line(&[(0, at), (20, at)], line.ink.colour, 2)?;
                pen.mark((10, at), 4, line.ink)?;
                let aim = aim(line).map_or_else(String::new, |aim| format!(" ({aim})"));
                let name = cut(line.name, size, canvas_width - 28 - room(&aim, size)) + &aim;
                pen.text((28, at), &name, Type::new(line.ink.colour, Held::Left).bold())?;
            }
        }
        Some(())
    })?;
    let summary: Vec<String> = lines.iter().filter_map(|line| in_words(table, line, language)).collect();
    Some(Drawn { canvas, summary: summary.join("; ") })
}

fn line<'a>(table: &'a Table, (column, target): &'a (usize, Option<Cell>), ink: Ink) -> Option<Line<'a>> {
    let cells = (0..).zip(&table.rows).filter_map(|(place, row)| Some((place, row.get(*column)?)));
    let values: Vec<_> = cells.filter_map(|(place, cell)| Some((place, cell, cell.measure()?))).collect();
    (!values.is_empty()).then_some(())?;
    let target = target.as_ref().and_then(|target| Some((target, target.measure()?)));
    Some(Line { name: &table.columns.get(*column)?.heading, ink, target, values })
}

/// Draws a line, with gaps where rows have no value, and a dot on each value as long as dots can be told apart.
fn course(pen: &Pen<'_>, line: &Line<'_>, rows: i64, place: impl Fn(i64, i64) -> Point) -> Option<()> {
    for stretch in line.values.chunk_by(|one, next| one.0 + 1 == next.0) {
        let points: Vec<Point> = stretch.iter().map(|(row, _, value)| place(*row, *value)).collect();
        if points.len() > 1 {
            pen.line(&points, line.ink.colour, 2)?;
        }
        for point in points.iter().filter(|_| rows <= 45 || points.len() == 1) {
            pen.mark(*point, 3, line.ink)?;
        }
    }
    let (row, _, value) = line.values.last()?;
    pen.mark(place(*row, *value), 4, line.ink)
}

/// What a line aims at, in its colour. Lines that aim at the same take turns, so that neither hides the other.
fn dashed(pen: &Pen<'_>, x: &std::ops::Range<i32>, at: i32, ink: Ink, (turn, turns): (i32, i32)) -> Option<()> {
    let mut start = x.start + turn * 20;
    while start < x.end {
        pen.line(&[(start, at), ((start + 12).min(x.end), at)], ink.colour, 1)?;
        start += turns * 20;
    }
    Some(())
}

/// Writes the labels of the rows that there is room for: the first, and then every so many.
fn along(
    pen: &Pen<'_>,
    table: &Table,
    language: Language,
    place: impl Fn(i64) -> Point,
    x: &std::ops::Range<i32>,
) -> Option<()> {
    let size = if x.end - x.start > 400 { letters(Width::Wide) } else { letters(Width::Narrow) };
    let labels: Vec<String> = table.rows.iter().map(|row| label(row.first(), language)).collect();
    let widest = labels.iter().map(|words| room(words, size)).max()? + size;
    let fit = usize::try_from((x.end - x.start) / widest).ok()?.max(1);
    let step = [1, 2, 7, 14, 28, 91].into_iter().find(|step| labels.len().div_ceil(*step) <= fit + 1).unwrap_or(182);
    for (row, words) in (0..).zip(&labels).step_by(step) {
        let (at, low) = place(row);
        pen.line(&[(at, low), (at, low + 4)], FAINT, 1)?;
        // The first does not stick out on the left.
        pen.text((at, low + size + 3), words, Type::new(FAINT, Held::Middle))?;
    }
    Some(())
}

/// What a row is called below the picture: days without their year.
fn label(cell: Option<&Cell>, language: Language) -> String {
    match cell {
        Some(Cell::Day(day)) => day.strftime("%m-%d").to_string(),
        Some(cell) => shortened(&read(cell, language), 12),
        None => String::new(),
    }
}

/// Moves labels apart that would lie upon each other: down, but not below `lowest`, and then up.
fn spread(ends: &[(i64, String, RGBColor)], at: impl Fn(i64) -> i32, (lowest, gap): (i32, i32)) -> Vec<End> {
    let mut ends: Vec<End> = ends
        .iter()
        .map(|(value, words, colour)| End { at: at(*value), words: words.clone(), colour: *colour })
        .collect();
    ends.sort_by_key(|end| end.at);
    let mut free = i32::MIN;
    for end in &mut ends {
        end.at = end.at.max(free);
        free = end.at + gap;
    }
    let mut free = lowest;
    for end in ends.iter_mut().rev() {
        end.at = end.at.min(free);
        free = end.at - gap;
    }
    ends
}

/// The least, the most and the last of a line.
fn in_words(table: &Table, line: &Line<'_>, language: Language) -> Option<String> {
    let phrases = language.phrases();
    let said = |what: &str, (row, cell, _): &(i64, &Cell, i64)| {
        let row = usize::try_from(*row).ok().and_then(|row| table.rows.get(row));
        format!("{what} {} ({})", read(cell, language), label(row.and_then(|row| row.first()), language))
    };
    let lowest = said(phrases.lowest, line.values.iter().min_by_key(|value| value.2)?);
    let highest = said(phrases.highest, line.values.iter().max_by_key(|value| value.2)?);
    let latest = said(phrases.latest, line.values.last()?);
    Some(format!("{}: {}", line.name, [lowest, highest, latest].join(phrases.between)))
}

/// The scale at the left.
struct Axis {
    low: i64,
    high: i64,
    step: i64,
}

impl Axis {
    fn over(like: &Cell, low: i64, high: i64) -> Self {
        if matches!(like, Cell::Share(_) | Cell::TimeShare(_) | Cell::Percent(_)) {
            // What matters of a rate happens near its top.
            let low = (low - 100).max(0) / 500 * 500;
            let steps = [(1_000, 200), (2_500, 500), (5_000, 1_000)];
            let step = steps.iter().find(|(span, _)| WHOLE - low <= *span).map_or(2_000, |(_, step)| *step);
            return Self { low: low / step * step, high: WHOLE, step };
        }
        let low = low.min(0);
        let least = ((high - low) / 5).max(1);
        let units: &[i64] = match like {
            Cell::Duration(_) => &[60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400],
            _ => &[1, 2, 5],
        };
        let decades = (0..15).flat_map(|power| units.iter().map(move |unit| unit * 10_i64.pow(power)));
        let step = decades.filter(|step| *step >= least).min().unwrap_or(least);
        Self { low: low.div_euclid(step) * step, high: (high.max(1) + step - 1) / step * step, step }
    }

    fn marks(&self) -> impl Iterator<Item = i64> {
        let (low, step) = (self.low, self.step);
        (0..).map(move |mark| low + mark * step).take_while(|mark| *mark <= self.high)
    }
}
