//! A report as one page that needs nothing else: no script, nothing loaded, all words escaped.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::charts::{self, Width};
use super::table::{Cell, Kind, Language, Report, Table, Verdict};
use super::words::{Phrases, breadth, parts, read};

/// The style of the page, exactly as it stands between its `<style>` tags: its SHA-256 is what a content security policy
/// asks for.
pub const STYLE: &str = include_str!("page.css");

/// Tables of more columns stand close together on paper.
const DENSE: usize = 7;

/// The page.
pub fn page(report: &Report) -> String {
    let phrases = report.language.phrases();
    let mut number = 0..;
    let markup = html! {
        (DOCTYPE)
        html lang=(phrases.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                title { (report.title) " · " (report.subtitle) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (report.title) }
                    p.subtitle { (report.subtitle) }
                    p.made { (phrases.made) " " (read(&Cell::Moment(report.made), report.language)) }
                }
                @if report.sections.len() > 2 {
                    nav aria-label=(phrases.contents) {
                        ul { @for (place, section) in report.sections.iter().enumerate() {
                            li { a href={ "#s" (place) } { (section.heading) } }
                        } }
                    }
                }
                main {
                    @for (place, section) in report.sections.iter().enumerate() {
                        section id={ "s" (place) } aria-labelledby={ "s" (place) "-h" } {
                            h2 id={ "s" (place) "-h" } { (section.heading) }
                            @if let Some(note) = &section.note { p.note { (note) } }
                            @for table in &section.tables {
                                (shown(table, &section.heading, number.next().unwrap_or(0), report.language))
                            }
                        }
                    }
                }
            }
        }
    };
    markup.into_string()
}

/// A table, or its picture with the table folded away behind it.
fn shown(table: &Table, heading: &str, number: u32, language: Language) -> Markup {
    let phrases = language.phrases();
    let draw = |width, suffix| charts::svg(table, language, width, &format!("p{number}{suffix}"));
    // A section of one table need not say its name twice.
    let name = (table.name != heading).then_some(&table.name);
    let (Some(wide), Some(narrow)) = (draw(Width::Wide, "w"), draw(Width::Narrow, "n")) else {
        return html! {
            @if let Some(name) = name { h3 { (name) } }
            (figures(table, phrases, language))
        };
    };
    html! {
        figure {
            @if let Some(name) = name { figcaption { (name) } }
            div.wide { (PreEscaped(wide)) }
            div.narrow { (PreEscaped(narrow)) }
        }
        details {
            summary { (phrases.figures) }
            (figures(table, phrases, language))
        }
    }
}

fn figures(table: &Table, phrases: &Phrases, language: Language) -> Markup {
    let classes: Vec<&str> =
        table.columns.iter().enumerate().map(|(place, column)| class(table, place, column.kind)).collect();
    // What may have to be scrolled sideways must be reachable by keyboard.
    html! {
        div.table role="region" tabindex="0" aria-label=(table.name) {
            table class=[(table.columns.len() > DENSE).then_some("dense")] {
                thead { tr { @for (column, class) in table.columns.iter().zip(&classes) {
                    th scope="col" class=(class) { (column.heading) }
                } } }
                tbody {
                    @for row in &table.rows {
                        tr { @for (place, (cell, class)) in table.cells(row).zip(&classes).enumerate() {
                            @if place == 0 {
                                th scope="row" class=(class) { (read(cell, language)) }
                            } @else {
                                td class=(class) { (content(cell, language)) }
                            }
                        } }
                    }
                    @if table.rows.is_empty() {
                        tr { td.nothing colspan=(table.columns.len()) { (phrases.nothing) } }
                    }
                }
            }
        }
    }
}

fn content(cell: &Cell, language: Language) -> Markup {
    if let Some(parts) = parts(cell, language) {
        return html! { (read(cell, language)) " " span.counts { (parts) } };
    }
    match cell {
        Cell::Empty | Cell::Share(_) | Cell::TimeShare(_) => html! { span.none { "–" } },
        Cell::Verdict(verdict) => html! { span.verdict.(colour(*verdict)) { (read(cell, language)) } },
        _ => html! { (read(cell, language)) },
    }
}

/// How a column behaves: figures stand on the right, short things stay on a line, and long words get their room.
fn class(table: &Table, place: usize, kind: Kind) -> &'static str {
    let broad = |cell: &Cell| if let Cell::Text(text) = cell { breadth(text) } else { 0 };
    let broadest = || table.rows.iter().filter_map(|row| row.get(place)).map(broad).max().unwrap_or(0);
    match kind {
        kind if kind.is_figure() => "figure",
        Kind::Moment => "moment",
        Kind::Text => match broadest() {
            0..=12 => "line",
            13..=24 => "words",
            _ => "long",
        },
        _ => "line",
    }
}

const fn colour(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met | Verdict::Usual => "met",
        Verdict::Missed | Verdict::Worse => "missed",
        Verdict::Pending | Verdict::TooFew => "open",
    }
}
