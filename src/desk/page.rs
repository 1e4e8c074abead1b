//! The page of the board: one document that loads nothing but its events.

use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::pass::Pass;
use super::words::{Words, words};
use crate::vault::policy_hash;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page may do: its own style, its own script, its own events.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let (style, script) = (policy_hash(STYLE), policy_hash(SCRIPT));
    format!(
        "default-src 'none'; style-src {style}; script-src {script}; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
});

/// The page, empty: the script fills it with what the events say, as text and never as markup.
pub(super) fn page(site: &str, pass: &Pass) -> String {
    let words = words(pass.language);
    let markup = html! {
        (DOCTYPE)
        html lang=(words.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="dark";
                title { (words.title) " · " (site) }
                style { (PreEscaped(STYLE)) }
            }
            body data-words=(serde_json::to_string(words).unwrap_or_default()) data-until=(pass.expires_at) {
                header {
                    h1 { span #site { (site) } " " span.title { (words.title) } }
                    p #line role="status" {}
                    p.clock { span #day {} " " time #clock {} }
                }
                noscript { p.over { (words.no_script) } }
                p.over #over role="alert" hidden {}
                main {
                    section.numbers aria-label=(words.numbers) { dl #numbers {} }
                    (lines("coming", "due", words.deadlines, words))
                    (lines("gone", "late", words.breaches, words))
                    section.rates aria-labelledby="rates-h" {
                        h2 #rates-h { (words.today) }
                        ul #rates {}
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

/// A list of deadlines; how many there are in all comes behind its heading.
fn lines(class: &str, id: &str, heading: &str, words: &Words) -> Markup {
    html! {
        section.lines.(class) aria-labelledby={ (id) "-h" } {
            h2 id={ (id) "-h" } { (heading) " " span.sum id={ (id) "-all" } {} }
            table {
                thead { tr { @for column in words.columns { th scope="col" { (column) } } } }
                tbody id=(id) {}
            }
        }
    }
}
