//! How figures stand to each other, and to their targets.

use plotters::coord::CoordTranslate;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordi64;
use plotters::style::RGBColor;

use super::super::table::{Cell, Language, Table, Verdict, WHOLE};
use super::super::words::{brief, parts, read, shortened};
use super::canvas::{BLUE, Canvas, FAINT, GREY, Held, INK, ORANGE, TRACK, Type, cut, letters, room};
use super::{Drawn, Width};

/// A row as a bar.
struct Bar<'a> {
    label: String,
    value: Option<i64>,
    target: Option<i64>,
    verdict: Option<Verdict>,
    words: String,
    aim: String,
    cell: &'a Cell,
}

pub fn draw(table: &Table, value: usize, target: Option<usize>, language: Language, width: Width) -> Option<Drawn> {
    let bars: Vec<Bar<'_>> = table.rows.iter().filter_map(|row| bar(row, (value, target), language, width)).collect();
    let longest = bars.iter().filter_map(|bar| bar.value.max(bar.target)).max().filter(|longest| *longest > 0)?;
    let to_target = bars.iter().any(|bar| bar.target.is_some());
    let whole =
        to_target && bars.iter().any(|bar| matches!(bar.cell, Cell::Share(_) | Cell::TimeShare(_) | Cell::Percent(_)));
    let scale = if whole { WHOLE } else { longest };
    let (size, wide) = (letters(width), width == Width::Wide);

    // On a telephone the words stand above their bars.
    let label_room = bars.iter().map(|bar| room(&bar.label, size)).max()?;
    let words_room = bars.iter().map(|bar| room(&bar.words, size)).max()? + 14;
    let aim_room = bars.iter().map(|bar| room(&bar.aim, size)).max()? + 14;
    let (row_height, thick) = if wide { (34, 18) } else { (44, 12) };
    let count = i32::try_from(bars.len()).ok()?;
    let canvas = Canvas::new(width, count * row_height + 4);
    let (left, right) =
        if wide { (label_room + 14, words_room + if to_target { aim_room } else { 0 }) } else { (0, 0) };
    let plane: Cartesian2d<RangedCoordi64, RangedCoordi64> =
        Cartesian2d::new(0..scale, 0..1, (left..canvas.width - right, 0..1));
    let along = |value: i64| plane.translate(&(value, 0)).0;
    let edge = canvas.width;

    let canvas = canvas.draw(|pen| {
        for (row, bar) in (0..).zip(&bars) {
            let top = row * row_height + 2;
            let middle = if wide { top + row_height / 2 } else { top + row_height - thick };
            let (above, below) = (middle - thick / 2, middle + thick / 2);
            if to_target {
                pen.block((left, above), (along(scale), below), TRACK)?;
            }
            let end = along(bar.value.unwrap_or(0).clamp(0, scale));
            pen.block((left, above), (end, below), bar.colour())?;
            if let Some(target) = bar.target {
                let at = along(target.clamp(0, scale));
                pen.block((at - 2, above - 4), (at + 1, below + 4), INK)?;
            }
            let (words, aim) = (Type::new(bar.ink(), Held::Left).bold(), Type::new(FAINT, Held::Left));
            if wide {
                pen.text((0, middle), &bar.label, Type::new(INK, Held::Left))?;
                pen.text((if to_target { edge - right + 14 } else { end + 10 }, middle), &bar.words, words)?;
                pen.text((edge - aim_room + 14, middle), &bar.aim, aim)?;
            } else {
                let line = top + size / 2 + 6;
                let words_end = if to_target { edge - aim_room + 4 } else { edge };
                let label = cut(&bar.label, size, words_end - room(&bar.words, size) - size);
                pen.text((0, line), &label, Type::new(INK, Held::Left))?;
                pen.text((words_end, line), &bar.words, Type { held: Held::Right, ..words })?;
                pen.text((edge, line), &bar.aim, Type { held: Held::Right, ..aim })?;
            }
        }
        Some(())
    })?;
    let said: Vec<String> = bars.iter().map(|bar| [&*bar.label, &*bar.words, &*bar.aim].join(" ")).collect();
    Some(Drawn { canvas, summary: said.join("; ") })
}

fn bar(row: &[Cell], (value, target): (usize, Option<usize>), language: Language, width: Width) -> Option<Bar<'_>> {
    let cell = row.get(value)?;
    let verdict = row.iter().find_map(|cell| match cell {
        Cell::Verdict(verdict) => Some(*verdict),
        _ => None,
    });
    let target = target.and_then(|target| row.get(target)).filter(|target| target.measure().is_some());
    let mut words: Vec<String> = verdict.iter().map(|verdict| verdict.symbol().to_owned()).collect();
    words.push(cell.measure().map_or_else(|| "–".to_owned(), |_| read(cell, language)));
    // Two times beside it would take the room of all bars; the table has them.
    if width == Width::Wide && !matches!(cell, Cell::TimeShare(_)) {
        words.extend(parts(cell, language).map(|parts| format!("({parts})")));
    }
    Some(Bar {
        label: shortened(&read(row.first()?, language), 36),
        value: cell.measure(),
        target: target.and_then(Cell::measure),
        verdict,
        words: words.join(" "),
        aim: target
            .map_or_else(String::new, |target| format!("{} {}", language.phrases().target, brief(target, language))),
        cell,
    })
}

impl Bar<'_> {
    const fn colour(&self) -> RGBColor {
        match self.verdict {
            None | Some(Verdict::Met | Verdict::Usual) => BLUE,
            Some(Verdict::Missed | Verdict::Worse) => ORANGE,
            Some(Verdict::Pending | Verdict::TooFew) => GREY,
        }
    }

    const fn ink(&self) -> RGBColor {
        match self.verdict {
            Some(Verdict::Missed | Verdict::Worse) => ORANGE,
            _ => INK,
        }
    }
}
