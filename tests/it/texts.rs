//! Every problem has its words, in both languages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Codes that no test can see: belts, should the lock that goes before ever be forgotten.
const UNSEEN: [(&str, &str); 6] = [
    ("account_being_created", "whoever loses the race finds the other's account at the second attempt"),
    ("ticket_changed_meanwhile", "each step locks its ticket before it reads it"),
    ("follow_up_changed_meanwhile", "each change of a follow-up locks its ticket before it reads it"),
    ("lost_report_changed_meanwhile", "whoever asks locks the report before they read it, and a job tries again"),
    ("rental_changed_meanwhile", "each change of a rental locks it before it reads it"),
    ("rental_unit_changed", "each change of a thing locks it before it reads it"),
];

/// Files in which codes stand outside of any constructor; there every `snake_case` literal is a code.
const LISTS: [&str; 5] = ["http/input.rs", "http/edge.rs", "http/paging.rs", "text.rs", "attachments/api.rs"];

/// `snake_case` literals in [`LISTS`] that are no codes.
const NO_CODES: [&str; 1] = ["whole_number"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All Rust files with their paths below `src`, without comments.
fn files() -> Vec<(String, String)> {
    files_below(&source())
}

fn files_below(root: &Path) -> Vec<(String, String)> {
    let (mut folders, mut files) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let code = std::fs::read_to_string(&path).expect("a file");
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                let name = path.strip_prefix(root).expect("below it").to_string_lossy().into_owned();
                files.push((name, lines.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    files
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !text.starts_with('_')
}

/// The literal that begins here, without the mark that the types of `text` put behind a code.
fn literal(rest: &str) -> Option<&str> {
    let text = rest.trim_start().strip_prefix('"')?.split('"').next()?;
    Some(text.strip_suffix('|').unwrap_or(text)).filter(|text| is_code(text))
}

/// The literal behind the constant that begins here.
fn constant<'a>(code: &'a str, rest: &str) -> Option<&'a str> {
    let name = rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next().filter(|name| name.len() > 1)?;
    literal(code.split_once(&format!("const {name}: &str = "))?.1)
}

/// The literals, or constants of the same file, right behind each `opening`.
fn after<'a>(code: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(opening).filter_map(move |(at, _)| {
        let rest = &code[at + opening.len()..];
        literal(rest).or_else(|| constant(code, rest))
    })
}

/// The second argument of each call: a literal behind the first comma.
fn second<'a>(code: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(call).filter_map(move |(at, _)| {
        let (first, rest) = code[at + call.len()..].split_once(',')?;
        if first.contains(';') { None } else { literal(rest) }
    })
}

/// Every literal in which a code can stand.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2).map(|text| text.strip_suffix('|').unwrap_or(text)).filter(|text| is_code(text))
}

/// The codes that the program raises, each with a file that does.
fn raised() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // The rooms of WeChat have codes of their own, which are WeChat's.
    for (file, code) in files().into_iter().filter(|(file, _)| !file.starts_with("wechat/")) {
        let mut codes: Vec<&str> = Vec::new();
        for opening in ["rule(", "conflict(", "NotFound(", "Forbidden(", "Unauthenticated(", "code: "] {
            codes.extend(after(&code, opening));
        }
        for call in ["Problem::new(", "::field("] {
            codes.extend(second(&code, call));
        }
        // `match refused { … => "photo_damaged", … }` inside a constructor.
        for inner in code.split("Error::rule(match ").skip(1) {
            let (arms, _) = inner.split_once("})").expect("the end of a match");
            codes.extend(after(arms, "=> "));
        }
        if LISTS.contains(&file.as_str()) {
            codes.extend(literals(&code).filter(|text| text.contains('_') && !NO_CODES.contains(text)));
        }
        found.extend(codes.into_iter().map(|code| (code.to_owned(), file.clone())));
    }
    found
}

/// One message of a text file.
#[derive(Debug, Default)]
struct Message {
    title: String,
    detail: String,
    line: usize,
}

fn texts(language: &str) -> BTreeMap<String, Message> {
    let path = source().join("http/texts").join(language).join("problems.ftl");
    let text = std::fs::read_to_string(path).expect("texts");
    let mut messages: BTreeMap<String, Message> = BTreeMap::new();
    let mut last = String::new();
    for (line, text) in text.lines().enumerate().filter(|(_, text)| !text.starts_with('#') && !text.trim().is_empty()) {
        let (name, value) = text.split_once(" = ").unwrap_or_else(|| panic!("{language}:{}: {text}", line + 1));
        let value = value.trim().to_owned();
        if name == "    .detail" {
            let message = messages.get_mut(&last).expect("a title before its detail");
            assert!(message.detail.is_empty(), "{last} has two details");
            message.detail = value;
        } else {
            assert!(is_code(name), "{language}:{}: {name} is no code", line + 1);
            let message = Message { title: value, detail: String::new(), line };
            assert!(messages.insert(name.to_owned(), message).is_none(), "{name} stands twice in {language}");
            name.clone_into(&mut last);
        }
    }
    messages
}

/// The `$names` that a sentence mentions.
fn values(text: &str) -> BTreeSet<&str> {
    text.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap_or_default()).collect()
}

#[test]
fn the_scan_finds_codes_of_every_sort() {
    let raised = raised();
    let known = [
        "ticket_not_found",
        "role_staff_needed",
        "token_missing",
        "member_is_staff",
        "username_taken",
        "rate_limited",
        "not_found",
        "cursor_mismatch",
        "photo_damaged",
        "field_missing",
        "text_blank",
        "id_malformed",
        "method_not_allowed",
        "form_takes_one_file",
        "mall_file_invalid",
        "action_not_allowed_now",
    ];
    for code in known {
        assert!(raised.contains_key(code), "{code} was not found");
    }
}

#[test]
fn every_code_has_a_title_and_an_advice_in_both_languages() {
    let raised = raised();
    for language in ["en", "zh-CN"] {
        let texts = texts(language);
        for (code, file) in &raised {
            let message = texts.get(code).unwrap_or_else(|| panic!("{language}: no words for {code} ({file})"));
            assert!(!message.title.is_empty() && !message.detail.is_empty(), "{language}: {code} is incomplete");
        }
        for (code, message) in &texts {
            assert!(!message.detail.is_empty(), "{language}: {code} has no advice");
        }
    }
}

#[test]
fn no_words_are_left_over() {
    let everything = files();
    for language in ["en", "zh-CN"] {
        for code in texts(language).keys() {
            let is_used = everything.iter().any(|(_, source)| literals(source).any(|literal| literal == code));
            assert!(is_used, "{language}: nothing raises {code}");
        }
    }
}

#[test]
fn both_languages_say_the_same_things_in_the_same_order() {
    let (english, chinese) = (texts("en"), texts("zh-CN"));
    assert_eq!(english.keys().collect::<Vec<_>>(), chinese.keys().collect::<Vec<_>>());
    let in_order = |texts: &BTreeMap<String, Message>| {
        let mut ids: Vec<(usize, String)> = texts.iter().map(|(id, message)| (message.line, id.clone())).collect();
        ids.sort();
        ids.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    assert_eq!(in_order(&english), in_order(&chinese));
    for (id, message) in &english {
        let other = &chinese[id];
        assert_eq!(values(&message.detail), values(&other.detail), "{id}");
        assert!(message.title.is_ascii() && !other.title.is_ascii(), "{id}");
    }
}

/// A string in a test that is the code, or begins or ends with it, as what the command line says does.
fn names(test: &str, code: &str) -> bool {
    let goes_on = |neighbour: Option<char>| neighbour.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    test.match_indices(code).any(|(at, _)| {
        let (before, after) = (test[..at].chars().next_back(), test[at + code.len()..].chars().next());
        let is_quoted = before == Some('"') || after == Some('"') || (before, after) == (Some('('), Some(')'));
        is_quoted && !goes_on(before) && !goes_on(after)
    })
}

#[test]
fn every_code_is_seen_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    // This file names codes for other reasons.
    let suite: Vec<_> = files_below(&root).into_iter().filter(|(file, _)| file != "it/texts.rs").collect();
    assert!(suite.len() > 100, "the tests are there");
    let is_seen = |code: &str| suite.iter().any(|(_, test)| names(test, code));
    let texts = texts("en");
    let unseen: Vec<&String> =
        texts.keys().filter(|code| !UNSEEN.iter().any(|(known, _)| known == code) && !is_seen(code)).collect();
    assert!(unseen.is_empty(), "no test names {unseen:?}");
    for (code, reason) in UNSEEN {
        assert!(texts.contains_key(code), "{code} is gone, and so is its excuse: {reason}");
        assert!(!is_seen(code), "a test names {code}, which needs no excuse any more: {reason}");
    }
}

#[test]
fn a_code_within_another_word_is_not_named() {
    for (test, is_named) in [
        (r#"refused(409, "code_taken")"#, true),
        (r#""--day code_taken""#, true),
        (r#"ends_with("(code_taken)")"#, true),
        (r#"refused(409, "category_code_taken")"#, false),
        (r#"refused(409, "code_taken_before")"#, false),
        ("async fn code_taken(t: TestApp)", false),
    ] {
        assert_eq!(names(test, "code_taken"), is_named, "{test}");
    }
}
