//! Tables as pictures: SVG without scripts and without styles, so that any content security policy lets it through.
//!
//! Each picture is drawn twice, for a desk and for a telephone: scaled down, the words of the one would be too small to
//! read on the other. Blue and a burnt orange are told apart by everybody, and no meaning hangs on colour alone.

mod bars;
mod canvas;
mod heat;
mod lines;

use super::table::{Language, Picture, Table};
use canvas::Canvas;

/// What a picture is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// A screen or paper, 960 points wide.
    Wide,
    /// A telephone, 360 points wide.
    Narrow,
}

/// A table as its picture; None if it has none, or nothing to show. `id` tells its parts from those of other pictures on
/// the same page.
pub fn svg(table: &Table, language: Language, width: Width, id: &str) -> Option<String> {
    let drawn = match table.picture.as_ref()? {
        Picture::Lines { values } => lines::draw(table, values, language, width),
        Picture::Bars { value, target } => bars::draw(table, *value, *target, language, width),
        Picture::Heat => heat::draw(table, language, width),
    };
    drawn.map(|drawn| drawn.named(id, &table.name))
}

/// A picture with what it says in words.
struct Drawn {
    canvas: Canvas,
    summary: String,
}

impl Drawn {
    fn named(self, id: &str, name: &str) -> String {
        self.canvas.finished(id, name, &self.summary)
    }
}
