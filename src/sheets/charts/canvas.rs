//! Paper to draw on, in points: what the pictures have in common.

use std::fmt::Write as _;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontStyle, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::super::words::{breadth, shortened};
use super::Width;

pub const INK: RGBColor = RGBColor(0x1b, 0x22, 0x29);
pub const FAINT: RGBColor = RGBColor(0x55, 0x60, 0x6b);
pub const RULE: RGBColor = RGBColor(0xdd, 0xe2, 0xe7);
pub const TRACK: RGBColor = RGBColor(0xee, 0xf1, 0xf4);
pub const BLUE: RGBColor = RGBColor(0x18, 0x5a, 0x9d);
pub const ORANGE: RGBColor = RGBColor(0xb3, 0x40, 0x0e);
pub const GREY: RGBColor = RGBColor(0x76, 0x81, 0x8c);

pub const PAPER: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// How a line looks: its colour, and the mark on its values for those who see no colours.
#[derive(Clone, Copy)]
pub struct Ink {
    pub colour: RGBColor,
    square: bool,
    hollow: bool,
}

/// The lines of a picture.
pub const LINES: [Ink; 4] = [
    Ink { colour: BLUE, square: false, hollow: false },
    Ink { colour: ORANGE, square: true, hollow: false },
    Ink { colour: RGBColor(0x0b, 0x7a, 0x6a), square: false, hollow: true },
    Ink { colour: RGBColor(0x7a, 0x4f, 0xa3), square: true, hollow: true },
];

/// The fonts of the systems our readers have.
const FONTS: &str =
    "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC',system-ui,sans-serif";

/// The library draws a text smaller than it is asked to.
const LIBRARY_SCALE: f64 = 1.24;

/// A point, from the upper left.
pub type Point = (i32, i32);

/// Where a text is held.
#[derive(Clone, Copy)]
pub enum Held {
    Left,
    Middle,
    Right,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub struct Type {
    pub colour: RGBColor,
    pub held: Held,
    pub bold: bool,
    /// In points; None for the usual size.
    pub size: Option<i32>,
}

impl Type {
    pub const fn new(colour: RGBColor, held: Held) -> Self {
        Self { colour, held, bold: false, size: None }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn small(self, size: i32) -> Self {
        Self { size: Some(size), ..self }
    }
}

/// Paper of a given size. What the library could complain of cannot happen: it writes to memory.
pub struct Canvas {
    drawing: String,
    pub width: i32,
    pub height: i32,
    /// The size of its letters.
    pub size: i32,
}

/// What draws on a canvas.
pub struct Pen<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    size: i32,
}

impl Canvas {
    pub const fn new(width: Width, height: i32) -> Self {
        let (size, width) = (letters(width), breadth_of(width));
        Self { drawing: String::new(), width, height, size }
    }

    /// Draws; None if the library would not.
    pub fn draw(mut self, with: impl FnOnce(&Pen<'_>) -> Option<()>) -> Option<Self> {
        let size = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let pen = Pen { area: SVGBackend::with_string(&mut self.drawing, size).into_drawing_area(), size: self.size };
        with(&pen)?;
        pen.area.present().ok()?;
        drop(pen);
        Some(self)
    }

    /// The picture, which says what it is to those who do not see it.
    pub fn finished(self, id: &str, name: &str, summary: &str) -> String {
        let (width, height) = (self.width, self.height);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\" font-family=\"{FONTS}\"><title id=\"{id}-t\">"
        );
        escaped(&mut svg, name);
        let _ = write!(svg, "</title><desc id=\"{id}-d\">");
        escaped(&mut svg, summary);
        svg.push_str("</desc>\n");
        // The library's own head would fix the size.
        svg.push_str(self.drawing.split_once('\n').map_or("</svg>", |(_, drawing)| drawing));
        svg
    }
}

/// How large letters are.
pub const fn letters(width: Width) -> i32 {
    match width {
        Width::Wide => 15,
        Width::Narrow => 13,
    }
}

const fn breadth_of(width: Width) -> i32 {
    match width {
        Width::Wide => 960,
        Width::Narrow => 360,
    }
}

/// How much room a text takes, in points: a guess on the safe side, as only the reader's machine knows the font.
pub fn room(text: &str, size: i32) -> i32 {
    let hundredths: i32 = text
        .chars()
        .map(|sign| match sign {
            'i' | 'j' | 'l' | '.' | ',' | ':' | ' ' | '/' | '(' | ')' => 36,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 95,
            'A'..='Z' => 70,
            'a'..='z' => 54,
            '\0'..'\u{1100}' => 59,
            _ => 100,
        })
        .sum();
    hundredths * size / 100 + 1
}

/// As much of a text as there is room for.
pub fn cut(text: &str, size: i32, points: i32) -> String {
    (2..=breadth(text))
        .rev()
        .map(|squares| shortened(text, squares))
        .find(|cut| room(cut, size) <= points)
        .unwrap_or_default()
}

impl Pen<'_> {
    /// A text whose middle is at that height.
    pub fn text(&self, at: Point, words: &str, look: Type) -> Option<()> {
        let size = f64::from(look.size.unwrap_or(self.size)) * LIBRARY_SCALE;
        let style = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
        let held = match look.held {
            Held::Left => HPos::Left,
            Held::Middle => HPos::Center,
            Held::Right => HPos::Right,
        };
        let font = (FontFamily::Name("inherit"), size, style).into_font();
        let style = TextStyle::from(font).color(&look.colour).pos(Pos::new(held, VPos::Center));
        // The library centres small Latin letters; Chinese and digits are taller.
        self.area.draw_text(&legible(words), &style, (at.0, at.1 + 1)).ok()
    }

    pub fn line(&self, points: &[Point], colour: RGBColor, thick: u32) -> Option<()> {
        self.area.draw(&PathElement::new(points.to_vec(), colour.stroke_width(thick))).ok()
    }

    pub fn block(&self, from: Point, to: Point, colour: RGBColor) -> Option<()> {
        self.area.draw(&Rectangle::new([from, to], colour.filled())).ok()
    }

    /// A value on a line.
    pub fn mark(&self, at: Point, radius: i32, ink: Ink) -> Option<()> {
        let fill = |radius: i32, colour: RGBColor| {
            if ink.square {
                self.block((at.0 - radius, at.1 - radius), (at.0 + radius, at.1 + radius), colour)
            } else {
                self.area.draw(&Circle::new(at, radius, ShapeStyle::from(colour).filled())).ok()
            }
        };
        fill(radius, ink.colour)?;
        if ink.hollow { fill(radius - 2, PAPER) } else { Some(()) }
    }
}

/// A text without the characters that XML does not have.
fn legible(text: &str) -> String {
    text.trim_matches(|sign: char| sign.is_whitespace() || sign.is_control())
        .chars()
        .map(|sign| if sign.is_whitespace() { ' ' } else { sign })
        .filter(|sign| !sign.is_control() && !matches!(sign, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

fn escaped(out: &mut String, text: &str) {
    for sign in legible(text).chars() {
        match sign {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            sign => out.push(sign),
        }
    }
}
