//! What leaves the house as CSV, XLSX, SVG and HTML.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use jiff::civil::date;
use yijian::sheets::charts::{self, Width};
use yijian::sheets::table::{Cell, Column, Kind, Language, Picture, Report, Section, Share, Table, Verdict};
use yijian::sheets::{csv, page, words, xlsx};

const FORMULAS: [&str; 11] =
    ["=1+1", "+86 138", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝HYPERLINK(\"http://x\")", "＋1", "－1", "＠x"];

fn share(numerator: u64, denominator: u64) -> Cell {
    Cell::Share(Share { numerator, denominator })
}

fn time_share(numerator: u64, denominator: u64) -> Cell {
    Cell::TimeShare(Share { numerator, denominator })
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn table(name: &str, columns: &[(&str, Kind)], rows: Vec<Vec<Cell>>) -> Table {
    let columns = columns.iter().map(|(heading, kind)| Column::new(*heading, *kind)).collect();
    Table { key: "one".to_owned(), name: name.to_owned(), columns, rows, picture: None }
}

fn drawn(picture: Picture, mut table: Table) -> Table {
    table.picture = Some(picture);
    table
}

/// A row of each kind of cell, below headings in Chinese.
fn all_kinds() -> Table {
    let columns = [
        ("商户", Kind::Text),
        ("件数", Kind::Count),
        ("及时率", Kind::Share),
        ("时长", Kind::Duration),
        ("日期", Kind::Day),
        ("受理", Kind::Moment),
        ("赔付", Kind::Money),
        ("结论", Kind::Verdict),
        ("目标", Kind::Share),
    ];
    let row = vec![
        text("川味小馆, \"B1\""),
        Cell::Count(-12_345),
        share(2, 3),
        Cell::Duration(100 * 3600 + 62),
        Cell::Day(date(2026, 11, 22)),
        Cell::Moment(date(2026, 11, 22).at(10, 30, 15, 0)),
        Cell::Fen(-128_805),
        Cell::Verdict(Verdict::Missed),
        Cell::Percent(9_550),
    ];
    table("明细", &columns, vec![row, vec![text("空"), Cell::Empty, share(0, 0)]])
}

fn report(language: Language, tables: Vec<Table>) -> Report {
    Report {
        title: "客服月报".to_owned(),
        subtitle: "星河广场 · 2026-10".to_owned(),
        made: date(2026, 11, 1).at(8, 30, 0, 0),
        language,
        sections: vec![Section { heading: "明细".to_owned(), note: None, tables }],
    }
}

fn csv_of(table: &Table) -> String {
    String::from_utf8(csv::table(table, Language::Chinese).expect("CSV")).expect("UTF-8")
}

fn workbook(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook")
}

fn rates() -> Table {
    let columns = [("指标", Kind::Text), ("率", Kind::Share), ("目标", Kind::Share), ("结论", Kind::Verdict)];
    let rows = vec![
        vec![text("首响 <b>&\u{0}\u{b}"), share(96, 100), Cell::Percent(9_500), Cell::Verdict(Verdict::Met)],
        vec![text("办结"), share(80, 100), Cell::Percent(9_200), Cell::Verdict(Verdict::Missed)],
        vec![text("回访"), share(0, 0), Cell::Percent(8_500), Cell::Verdict(Verdict::TooFew)],
    ];
    drawn(Picture::Bars { value: 1, target: Some(2) }, table("指标", &columns, rows))
}

fn trend() -> Table {
    let columns = [("日期", Kind::Day), ("首响", Kind::Share), ("办结", Kind::Share), ("件数", Kind::Count)];
    let row = |day: i8| {
        let rate = if day == 13 { share(0, 0) } else { share(90 + u64::from(day.unsigned_abs()) % 10, 100) };
        vec![Cell::Day(date(2026, 10, day)), rate, share(85, 100), Cell::Count(day.into())]
    };
    let picture = Picture::Lines { values: vec![(1, Some(Cell::Percent(9_800))), (2, None)] };
    drawn(picture, table("走势", &columns, (1..=31).map(row).collect()))
}

fn heat() -> Table {
    let hours: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    let mut columns = vec![("星期", Kind::Text)];
    columns.extend(hours.iter().map(|hour| (hour.as_str(), Kind::Count)));
    let row = |day: &&str| {
        let busy = |hour: i64| if *day == "周六" && hour == 15 { 777 } else { hour };
        std::iter::once(text(day)).chain((0..24).map(|hour| Cell::Count(busy(hour)))).collect()
    };
    let days = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    drawn(Picture::Heat, table("时段", &columns, days.iter().map(row).collect()))
}

#[test]
fn csv_is_read_as_chinese_and_keeps_to_the_rfc() {
    let csv = csv_of(&all_kinds());
    let expected = "\u{feff}商户,件数,及时率,及时率 分子,及时率 分母,时长,日期,受理,赔付,结论,目标\r\n\
        \"川味小馆, \"\"B1\"\"\",-12345,66.67%,2,3,100:01:02,2026-11-22,2026-11-22 10:30:15,-1288.05,✗ 未达标,95.50%\r\n\
        空,,,0,0,,,,,,\r\n";
    assert_eq!(csv, expected);
}

#[test]
fn seconds_of_a_year_are_a_share_like_any_other() {
    let seconds =
        table("t", &[("a", Kind::Text), ("b", Kind::Share)], vec![vec![text("x"), share(302_000_000, 4_697_165_324)]]);
    assert!(csv_of(&seconds).contains("x,6.43%,302000000,4697165324"), "{}", csv_of(&seconds));
}

#[test]
fn csv_disarms_formulas_and_leaves_our_own_figures_alone() {
    let rows = FORMULAS.iter().map(|formula| vec![text(formula), Cell::Fen(-1), text("a=b")]).collect();
    let csv = csv_of(&table("t", &[("=标题", Kind::Text), ("金额", Kind::Money), ("c", Kind::Text)], rows));
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let records: Vec<::csv::StringRecord> = reader.records().map(|record| record.expect("a record")).collect();
    assert_eq!(&records[0][0], "'=标题");
    for (record, formula) in records.iter().skip(1).zip(FORMULAS) {
        assert_eq!(&record[0], format!("'{formula}"));
        assert_eq!((&record[1], &record[2]), ("-0.01", "a=b"));
    }
    for hidden in [
        "  \u{3000}=1+1",
        "\u{200b}=1+1",
        "\u{feff}@SUM(A1)",
        "\u{feff}\u{200b}\t＝1",
        "\u{2060}+1",
        "\u{202a}-1",
        "\0=1",
        "﹦1",
    ] {
        let csv = csv_of(&table("t", &[("a", Kind::Text)], vec![vec![text(hidden)]]));
        assert!(csv.contains(&format!("'{hidden}")), "{csv:?}");
    }
}

#[test]
fn a_workbook_holds_real_dates_percents_spans_and_money() {
    let bytes = xlsx::report(&report(Language::Chinese, vec![all_kinds()])).expect("XLSX");
    let mut book = workbook(bytes);
    let sheet = book.worksheet_range("明细").expect("the sheet");
    let row: Vec<Data> = sheet.rows().nth(1).expect("a row").to_vec();
    assert_eq!(row[0], Data::String("川味小馆, \"B1\"".to_owned()));
    assert_eq!(row[1], Data::Float(-12_345.0));
    assert_eq!(row[2], Data::Float(2.0 / 3.0));
    assert_eq!((&row[3], &row[4]), (&Data::Float(2.0), &Data::Float(3.0)), "what the share is made of");
    assert_eq!(row[8], Data::Float(-1288.05));
    assert_eq!(row[9], Data::String("✗ 未达标".to_owned()));
    assert_eq!(row[10], Data::Float(0.955));
    let Data::DateTime(span) = &row[5] else { panic!("{:?}", row[5]) };
    assert!(span.is_duration() && (span.as_f64() * 86_400.0 - 360_062.0).abs() < 1e-6);
    for (cell, serial) in [(&row[6], 46_348.0), (&row[7], 46_348.0 + 37_815.0 / 86_400.0)] {
        let Data::DateTime(day) = cell else { panic!("{cell:?}") };
        assert!(day.is_datetime() && (day.as_f64() - serial).abs() < 1e-9, "{day:?}");
    }
    let none: Vec<&Data> = sheet.rows().nth(2).expect("a row").iter().skip(1).collect();
    assert_eq!((none[2], none[3]), (&Data::Float(0.0), &Data::Float(0.0)), "a share of none");
    let empty = |place: &usize| *none[*place] == Data::Empty;
    assert!([0, 1].iter().chain(&[4, 5, 6, 7, 8, 9]).all(empty), "{none:?}");
}

#[test]
fn a_workbook_takes_words_for_words() {
    let rows = FORMULAS.iter().map(|formula| vec![text(formula), text("http://example.com"), text("1e5")]).collect();
    let columns = [("=标题", Kind::Text), ("网址", Kind::Text), ("数", Kind::Text)];
    let bytes = xlsx::report(&report(Language::Chinese, vec![table("公式", &columns, rows)])).expect("XLSX");
    let mut book = workbook(bytes);
    assert!(book.worksheet_formula("公式").expect("the sheet").used_cells().next().is_none());
    let sheet = book.worksheet_range("公式").expect("the sheet");
    for (row, formula) in sheet.rows().skip(1).zip(FORMULAS) {
        assert_eq!(row[0].to_string().replace("_x000D_", "\r").trim(), formula.trim());
        assert!(row.iter().all(|cell| matches!(cell, Data::String(_))), "{row:?}");
    }
}

#[test]
fn sheets_get_names_that_spreadsheets_take() {
    let names = ["明细", "明细", "a/b:c*d?[e]\\f", "History", "", "'quoted'", "Rate", "RATE"];
    let long = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十";
    let tables = names.into_iter().chain([long, long]).map(|name| table(name, &[("a", Kind::Text)], vec![])).collect();
    let book = workbook(xlsx::report(&report(Language::Chinese, tables)).expect("XLSX"));
    let short: String = long.chars().take(31).collect();
    let second: String = long.chars().take(29).chain(" 2".chars()).collect();
    let expected = ["明细", "明细 2", "a b c d  e  f", "Sheet", "Sheet 2", "quoted", "Rate", "RATE 2", &short, &second];
    assert_eq!(book.sheet_names(), expected);
}

#[test]
fn a_cell_takes_no_more_than_spreadsheets_do() {
    let long = "😀".repeat(20_000);
    let bytes =
        xlsx::report(&report(Language::Chinese, vec![table("长", &[("a", Kind::Text)], vec![vec![text(&long)]])]));
    let sheet = workbook(bytes.expect("XLSX")).worksheet_range("长").expect("the sheet");
    assert_eq!(sheet.get_value((1, 0)).expect("a cell").to_string().encode_utf16().count(), 32_766);
}

#[test]
fn a_large_table_goes_on_on_the_next_sheet_and_says_how_far_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = [Column::new("编号", Kind::Text), Column::new("时间", Kind::Moment)];
    let plan = xlsx::Sheet {
        name: "工单",
        columns: &columns,
        language: Language::Chinese,
        made: date(2026, 11, 1).at(0, 0, 0, 0),
        folder: folder.path(),
        rows_per_sheet: 10_000,
    };
    let row = |number: u32| {
        vec![text(&format!("=T{number}")), Cell::Moment(date(2026, 11, 1).at(9, 0, 0, 0)), text("too much")]
    };
    let rows = (0..25_000).map(|number| Ok::<_, String>(row(number)));
    let (mut out, mut told) = (Vec::new(), Vec::new());
    let written = xlsx::stream(&plan, rows, &mut out, |progress| {
        told.push(progress);
        Ok(())
    });
    assert_eq!(written.expect("XLSX"), 25_000);
    assert_eq!(told, [xlsx::Progress::Rows(10_000), xlsx::Progress::Rows(20_000), xlsx::Progress::Packing]);
    let mut book = workbook(out);
    assert_eq!(book.sheet_names(), ["工单", "工单 2", "工单 3"]);
    let sizes: Vec<_> = book.worksheets().iter().map(|(_, sheet)| sheet.get_size()).collect();
    assert_eq!(sizes, [(10_001, 2), (10_001, 2), (5_001, 2)]);
    let last = book.worksheet_range("工单 3").expect("the sheet");
    assert_eq!(last.get_value((5_000, 0)), Some(&Data::String("=T24999".to_owned())));
    assert!(matches!(last.get_value((5_000, 1)), Some(Data::DateTime(_))));
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is left behind");
}

#[test]
fn a_large_table_ends_with_the_first_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = [Column::new("a", Kind::Count)];
    let plan = xlsx::Sheet {
        name: "a",
        columns: &columns,
        language: Language::English,
        made: date(2026, 11, 1).at(0, 0, 0, 0),
        folder: folder.path(),
        rows_per_sheet: xlsx::ROWS_PER_SHEET,
    };
    let rows = [Ok(vec![Cell::Count(1)]), Err("the database went away")];
    let broken = xlsx::stream(&plan, rows, Vec::new(), |_| Ok(()));
    assert!(matches!(broken, Err(xlsx::Failure::Source("the database went away"))));
    let endless = (0..).map(|number| Ok(vec![Cell::Count(number)]));
    let cancelled = xlsx::stream(&plan, endless, Vec::new(), |_| Err("nobody wants it any more"));
    assert!(matches!(cancelled, Err(xlsx::Failure::Source("nobody wants it any more"))));
    let none = xlsx::stream(&plan, Vec::<Result<_, String>>::new(), Vec::new(), |_| Ok(()));
    assert_eq!(none.expect("a sheet with headings alone"), 0);
}

#[test]
fn pictures_are_sound_and_speak() {
    for table in [rates(), trend(), heat()] {
        for (width, points) in [(Width::Wide, "0 0 960 "), (Width::Narrow, "0 0 360 ")] {
            let svg = charts::svg(&table, Language::Chinese, width, "p0w").expect("a picture");
            let tree = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
            let root = tree.root_element();
            assert_eq!(root.attribute("role"), Some("img"));
            assert_eq!(root.attribute("aria-labelledby"), Some("p0w-t p0w-d"));
            assert!(root.attribute("viewBox").expect("a size").starts_with(points));
            assert!(root.attribute("font-family").expect("fonts").contains("Noto Sans CJK SC"));
            let of =
                |name: &str| tree.descendants().find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name)));
            assert_eq!(of("title").and_then(|title| title.text()), Some(table.name.as_str()));
            assert!(!of("desc").and_then(|desc| desc.text()).expect("words").is_empty());
            assert!(of("script").is_none() && !svg.contains("style="), "nothing a policy would refuse");
        }
    }
}

#[test]
fn pictures_say_what_is_in_their_rows() {
    let svg = |table: &Table, width| charts::svg(table, Language::Chinese, width, "p").expect("a picture");
    let bars = svg(&rates(), Width::Wide);
    for words in ["✓ 96.0% (96/100)", "✗ 80.0% (80/100)", "目标 92%", "\n首响 &lt;b&gt;&amp;\n"] {
        assert!(bars.contains(words), "{words} in {bars}");
    }
    let lines = svg(&trend(), Width::Wide);
    // The day without cases parts the first line in two.
    let strokes = |colour| lines.matches(&format!("stroke=\"{colour}\" stroke-width=\"2\"")).count();
    assert_eq!((strokes("#185A9D"), strokes("#B3400E")), (2, 1));
    // What the first line aims at is said and drawn in its colour; the other aims at nothing.
    assert!(lines.contains("首响 91.0% (目标 98%)") && !lines.contains("85.0% (目标"), "{lines}");
    let dashes = |colour| lines.matches(&format!("stroke=\"{colour}\" stroke-width=\"1\"")).count();
    assert!(dashes("#185A9D") > 9 && dashes("#B3400E") == 0, "{lines}");
    let narrow = svg(&trend(), Width::Narrow);
    assert!(narrow.contains("\n首响 (目标 98%)\n") && narrow.contains("\n办结\n"), "{narrow}");
    assert!(
        lines.contains("办结 85.0%") && lines.contains("最低 90.0% (10-10)，最高 99.0% (10-29)，最近 91.0% (10-31)")
    );
    let heat = svg(&heat(), Width::Narrow);
    assert!(heat.contains("最高 周六 15: 777"), "{heat}");
}

#[test]
fn what_cannot_be_drawn_is_shown_as_a_table() {
    let nothing = [
        drawn(Picture::Heat, table("a", &[("x", Kind::Text), ("y", Kind::Count)], vec![])),
        drawn(Picture::Bars { value: 1, target: None }, table("a", &[("x", Kind::Text)], vec![vec![text("x")]])),
        drawn(
            Picture::Bars { value: 1, target: None },
            table("a", &[("x", Kind::Text), ("y", Kind::Count)], vec![vec![text("x"), Cell::Count(0)]]),
        ),
        drawn(Picture::Lines { values: vec![(7, None)] }, trend()),
        drawn(Picture::Lines { values: vec![] }, trend()),
        table("a", &[("x", Kind::Text)], vec![vec![text("x")]]),
    ];
    for table in nothing {
        assert_eq!(charts::svg(&table, Language::Chinese, Width::Wide, "p"), None, "{table:?}");
        let page = page::page(&report(Language::Chinese, vec![table]));
        assert!(!page.contains("<svg") && !page.contains("<details") && page.contains("<table>"));
    }
}

#[test]
fn a_picture_stands_extreme_figures() {
    for figure in
        [Cell::Count(i64::MAX), Cell::Count(i64::MIN), Cell::Fen(i64::MIN), Cell::Duration(u64::MAX), Cell::Count(1)]
    {
        let rows = vec![vec![text("x"), figure.clone()], vec![text("y"), Cell::Count(0)]];
        let plain = table("a", &[("x", Kind::Text), ("y", Kind::Count)], rows);
        for picture in
            [Picture::Lines { values: vec![(1, None)] }, Picture::Bars { value: 1, target: None }, Picture::Heat]
        {
            for width in [Width::Wide, Width::Narrow] {
                let svg = charts::svg(&drawn(picture.clone(), plain.clone()), Language::English, width, "p");
                assert!(svg.is_none_or(|svg| roxmltree::Document::parse(&svg).is_ok()));
            }
        }
    }
}

#[test]
fn the_page_stands_alone_and_escapes_everything() {
    let bad = "<script>alert('x')</script> & \"茶\"";
    let mut report = report(Language::Chinese, vec![rates(), trend(), heat(), all_kinds()]);
    report.title = bad.to_owned();
    report.sections[0].heading = bad.to_owned();
    report.sections[0].note = Some(bad.to_owned());
    for table in &mut report.sections[0].tables {
        table.name = bad.to_owned();
        table.columns[0].heading = bad.to_owned();
        table.rows.push(vec![text(bad), text(bad)]);
    }
    let page = page::page(&report);
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">"));
    for outside in [" src=", "url(", "@import", "<link", " style=", " on"] {
        let found = page.split('<').find(|tag| tag.contains(outside) && !tag.starts_with("style"));
        assert!(found.is_none_or(|tag| tag.split('>').next().is_some_and(|tag| !tag.contains(outside))), "{found:?}");
    }
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next());
    assert_eq!(style, Some(page::STYLE), "what the policy's hash is made of");
    assert_eq!(page.matches("<svg").count(), 6, "three pictures, for desks and for telephones");
    assert_eq!(page.matches("<details>").count(), 3, "each with its table behind it");
    assert!(page.contains("2/3") && page.contains("66.7%"), "a rate with its counts");
    assert!(page.contains("✗ 未达标"), "a verdict in a sign and a word");
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no id twice");
}

#[test]
fn figures_read_well_in_both_languages() {
    let cases = [
        (Cell::Count(-1_234_567), "-1,234,567", "-1,234,567"),
        (Cell::Fen(123_456_789), "¥1,234,567.89", "¥1,234,567.89"),
        (Cell::Fen(-5), "-¥0.05", "-¥0.05"),
        (Cell::Duration(45), "45秒", "45 s"),
        (Cell::Duration(59 * 60), "59分钟", "59 min"),
        (Cell::Duration(3_600), "1小时", "1 h"),
        (Cell::Duration(9_300), "2小时35分", "2 h 35 min"),
        (Cell::Duration(3 * 86_400 + 7_200), "3天2小时", "3 d 2 h"),
        (share(9_999, 10_000), "99.9%", "99.9%"),
        (share(1, 100_000), "0.1%", "0.1%"),
        (share(3, 3), "100.0%", "100.0%"),
        (share(0, 3), "0.0%", "0.0%"),
        (share(0, 0), "", ""),
        (Cell::Percent(9_250), "92.5%", "92.5%"),
        (Cell::Moment(date(2026, 1, 2).at(3, 4, 5, 0)), "2026-01-02 03:04", "2026-01-02 03:04"),
        (Cell::Verdict(Verdict::TooFew), "○ 样本不足", "○ too few"),
        (Cell::Verdict(Verdict::Worse), "▲ 变差", "▲ worse"),
        (Cell::Verdict(Verdict::Usual), "✓ 正常", "✓ as usual"),
        (time_share(5_400, 36_000), "15.0%", "15.0%"),
    ];
    for (cell, chinese, english) in cases {
        assert_eq!(words::read(&cell, Language::Chinese), chinese);
        assert_eq!(words::read(&cell, Language::English), english);
    }
}

#[test]
fn a_share_of_a_time_is_made_of_times() {
    let columns = [("指标", Kind::Text), ("率", Kind::Share)];
    let table =
        table("指标", &columns, vec![vec![text("解决"), share(1, 2)], vec![text("暂停"), time_share(5_400, 200_000)]]);
    let csv = csv_of(&table);
    assert!(csv.contains("\r\n解决,50.00%,1,2\r\n暂停,2.70%,1:30:00,55:33:20\r\n"), "{csv}");
    let bars = drawn(Picture::Bars { value: 1, target: None }, table);
    for (language, parts) in [(Language::Chinese, "1小时30分 / 2天7小时"), (Language::English, "1 h 30 min / 2 d 7 h")]
    {
        let page = page::page(&report(language, vec![bars.clone()]));
        assert!(page.contains(&format!(">{parts}<")) && page.contains("\n2.7%\n"), "{page}");
        assert!(!page.contains("5400"), "{page}");
    }
    let mut book = workbook(xlsx::report(&report(Language::Chinese, vec![bars])).expect("XLSX"));
    let row: Vec<Data> = book.worksheet_range("指标").expect("the sheet").rows().nth(2).expect("a row").to_vec();
    let Data::DateTime(paused) = &row[2] else { panic!("{row:?}") };
    assert!(paused.is_duration() && (paused.as_f64() * 86_400.0 - 5_400.0).abs() < 1e-6, "{row:?}");
}

#[test]
fn a_report_gives_its_tables_by_key() {
    let report = report(Language::English, vec![all_kinds()]);
    assert_eq!(report.table("one"), Some(&all_kinds()));
    assert_eq!(report.table("two"), None);
}
