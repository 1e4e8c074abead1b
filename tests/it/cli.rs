//! The program as an operator meets it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use calamine::{Reader as _, Xlsx};
use serde_json::json;
use yijian::config::{Config, Overrides};

use crate::readme::Demo;
use crate::support::{Client, postgres_database};

fn yijian(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
    command.current_dir(folder).args(arguments).env("LOG_FILTER", "error").envs(environment.iter().copied());
    command.output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_wrong_setting_stops_the_start_with_one_line_that_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for (variable, value) in [
        ("DATABASE_URL", "mysql://root@localhost/yijian"),
        ("DATABASE_URL", "postgers://localhost/yijian"),
        ("DATABASE_URL", "yijian.db"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("DATABASE_CONNECTIONS", "0"),
        ("LISTEN", "8080"),
        ("HTTP_WORKERS", "many"),
        ("APP_ROLE", "boss"),
        ("SIGNING_SECRET", "short secret"),
        ("DATA_SECRET", "short secret"),
        ("WECHAT_BASE_URL", "ftp://api.weixin.qq.com"),
        ("RATE_LIMIT_PER_MINUTE", "-1"),
        ("TRUST_PROXY", "perhaps"),
        ("LOG_FORMAT", "xml"),
        ("PUBLIC_URL", "desk.example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://desk.example.com/yijian"),
    ] {
        let output = yijian(folder.path(), &["migrate"], &[(variable, value)]);
        let said = text(&output.stderr);
        assert!(!output.status.success(), "{variable}={value} was taken");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(said.contains(variable), "{said}");
        assert!(!said.contains("short secret"), "{said}");
    }
    let mut unreadable = Command::new(env!("CARGO_BIN_EXE_yijian"));
    unreadable.current_dir(folder.path()).arg("migrate").env("DATABASE_URL", OsStr::from_bytes(b"\xff\xfe"));
    let output = unreadable.output().expect("it runs");
    assert!(!output.status.success() && text(&output.stderr).contains("DATABASE_URL"), "{}", text(&output.stderr));
    let one = yijian(folder.path(), &["migrate"], &[("WECHAT_APP_ID", "wx0123456789abcdef")]);
    assert!(text(&one.stderr).contains("WECHAT_APP_SECRET"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let refused = yijian(folder.path(), &["serve"], &[("LISTEN", &address)]);
    assert!(text(&refused.stderr).contains("LISTEN"), "{}", text(&refused.stderr));
    assert!(!folder.path().join("yijian.db").exists(), "a typo made a database");
}

#[test]
fn settings_come_from_a_file_the_environment_and_the_command_line_in_this_order() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(".env"), "DATA_DIR=./from-file\n").expect("a file");
    assert!(yijian(folder.path(), &["migrate"], &[]).status.success());
    assert!(folder.path().join("from-file/yijian.db").exists());
    assert!(yijian(folder.path(), &["migrate"], &[("DATA_DIR", "from-env")]).status.success());
    assert!(folder.path().join("from-env/yijian.db").exists());
    assert!(yijian(folder.path(), &["migrate", "--data-dir", "from-flag"], &[("DATA_DIR", "unused")]).status.success());
    assert!(folder.path().join("from-flag/yijian.db").exists() && !folder.path().join("unused").exists());
    std::fs::write(folder.path().join(".env"), "SIGNING_SECRET is a secret\n").expect("a file");
    let refused = yijian(folder.path(), &["migrate"], &[]);
    assert!(!refused.status.success() && !text(&refused.stderr).contains("is a secret"));
}

#[test]
fn a_database_url_is_shown_without_its_password() {
    let settings = |url: &str| {
        let url = url.to_owned();
        Config::from_lookup(&Overrides::default(), |name| (name == "DATABASE_URL").then(|| url.clone()))
            .expect("settings")
    };
    for url in
        ["postgres://yijian:geheim@db.example/mall?sslmode=verify-full", "postgresql://yijian:geheim@db.example/mall"]
    {
        let shown = format!("{0} {0:?}", settings(url).database_url);
        assert!(shown.contains("db.example/mall") && !shown.contains("geheim"), "{shown}");
    }
}

#[test]
fn staff_are_made_listed_renewed_and_disabled() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| yijian(folder.path(), arguments, &[]);
    let mall = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/mall.json");
    assert_eq!(text(&run(&["site", "import", mall]).stdout), "xinghe\t星河汇购物中心\n");
    let made = run(&["staff", "create", "mei", "--role", "agent", "--site", "xinghe", "--name", "小梅"]);
    let line = text(&made.stdout);
    let password = line.trim_end().strip_prefix("mei\t").expect("name and password");
    assert!(password.len() >= 20, "{line}");
    for (arguments, code) in [
        (&["staff", "create", "mei", "--role", "agent", "--site", "xinghe"][..], "username_taken"),
        (&["staff", "create", "Mei Li", "--role", "agent", "--site", "xinghe"], "username_malformed"),
        (&["staff", "create", "wang", "--role", "technician", "--site", "xinghe"], "staff_department_needed"),
        (&["staff", "create", "wang", "--role", "technician"], "staff_site_needed"),
        (&["staff", "create", "wang", "--role", "customer", "--site", "xinghe"], "staff_role_needed"),
        (&["staff", "create", "wang", "--role", "agent", "--site", "elsewhere"], "site_not_found"),
        (&["staff", "disable", "nobody"], "staff_not_found"),
        (&["staff", "reset-password", "nobody"], "staff_not_found"),
    ] {
        let refused = run(arguments);
        assert!(!refused.status.success() && text(&refused.stderr).contains(code), "{}", text(&refused.stderr));
    }
    let renewed = run(&["staff", "reset-password", "mei"]);
    assert!(text(&renewed.stdout).starts_with("mei\t") && !text(&renewed.stdout).contains(password));
    assert!(text(&run(&["staff", "list"]).stdout).contains("mei\tagent\t小梅\tactive"));
    assert!(run(&["staff", "disable", "mei"]).status.success());
    assert!(text(&run(&["staff", "list"]).stdout).contains("mei\tagent\t小梅\tdisabled"));
}

#[test]
fn systems_are_made_listed_renewed_and_disabled() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| yijian(folder.path(), arguments, &[]);
    let mall = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/mall.json");
    assert!(run(&["site", "import", mall]).status.success());
    let made = text(&run(&["client", "create", "热线平台", "--site", "xinghe", "--scope", "tickets:read"]).stdout);
    let (id, secret) = made.trim_end().split_once('\t').expect("id and secret");
    assert!(secret.len() >= 20, "{made}");
    let nobody = "0198c0de-0000-7000-8000-000000000001";
    for (arguments, says) in [
        (&["create", " ", "--site", "xinghe", "--scope", "tickets:read"][..], "(client_name_malformed)"),
        (&["create", "热线", "--site", "nowhere", "--scope", "tickets:read"], "(site_not_found)"),
        (&["create", "热线", "--scope", "tickets:read"], "--site"),
        (&["create", "热线", "--site", "xinghe"], "--scope"),
        (&["rotate", nobody], "(client_not_found)"),
        (&["disable", nobody], "(client_not_found)"),
    ] {
        let refused = run(&[&["client"], arguments].concat());
        assert!(!refused.status.success() && text(&refused.stderr).contains(says), "{}", text(&refused.stderr));
    }
    let renewed = text(&run(&["client", "rotate", id]).stdout);
    assert!(renewed.starts_with(&format!("{id}\t")) && !renewed.contains(secret), "{renewed}");
    let is = |state: &str| text(&run(&["client", "list"]).stdout) == format!("{id}\ttickets:read\t热线平台\t{state}\n");
    assert!(is("active"));
    assert!(run(&["client", "disable", id]).status.success());
    assert!(is("disabled"));
}

#[test]
fn a_database_that_cannot_be_opened_is_named_without_its_password() {
    let folder = tempfile::tempdir().expect("a folder");
    for (url, shown) in [
        ("sqlite:/proc/nothing/yijian.db", "sqlite:/proc/nothing/yijian.db"),
        ("postgres://yijian:geheim@127.0.0.1:1/mall", "127.0.0.1:1/mall"),
    ] {
        let output = yijian(folder.path(), &["migrate", "--database-url", url], &[]);
        let said = text(&output.stderr);
        let last = said.trim_end().lines().last().unwrap_or_default();
        assert!(!output.status.success() && last.starts_with("yijian: DATABASE_URL: cannot open "), "{said}");
        assert!(last.contains(shown) && !said.contains("geheim"), "{said}");
    }
}

#[test]
fn a_backup_of_postgresql_is_left_to_its_own_programs() {
    let Some(server) = postgres_database() else { return };
    let (folder, database) = (tempfile::tempdir().expect("a folder"), server.create(None));
    let output = yijian(folder.path(), &["backup", "copy.db", "--database-url", &database.url], &[]);
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.trim_end().ends_with("(backup_needs_sqlite)"), "{said}");
    assert!(!folder.path().join("copy.db").exists());
}

/// The address is there in every demo; the machine's own clock is not for it to move.
#[actix_web::test]
async fn only_a_clock_moved_by_hand_can_be_moved() {
    let demo = Demo::start(&[]);
    let client = Client::new(demo.address.parse().expect("an address"), None);
    client.post("/demo/clock", json!({ "advance_seconds": 60 })).await.refused(422, "clock_not_manual");
}

#[test]
fn migrating_twice_changes_nothing_and_the_document_needs_no_database() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(text(&yijian(folder.path(), &["migrate"], &[]).stdout).contains("0001"));
    assert_eq!(text(&yijian(folder.path(), &["migrate"], &[]).stdout), "up to date\n");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let document = yijian(elsewhere.path(), &["openapi"], &[]);
    assert_eq!(text(&document.stdout), std::fs::read_to_string("openapi/openapi.json").expect("the document"));
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
}

#[test]
fn nobody_has_to_read_to_the_end() {
    use std::io::Read as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
    command.arg("openapi").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut pipe = child.stdout.take().expect("a pipe");
    pipe.read_exact(&mut [0; 10]).expect("the beginning");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn a_folder_that_is_not_there_is_no_empty_mall() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["backup", "copy.db"][..],
        &["sla", "verify"],
        &["sla", "rebuild"],
        &["rates", "verify"],
        &["report", "--site", "xinghe", "--kind", "monthly", "--out", "month.html"],
        &["staff", "list"],
        &["staff", "disable", "mei"],
    ] {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--data-dir", "typo"]);
        let output = yijian(folder.path(), &arguments, &[]);
        let said = text(&output.stderr);
        assert!(
            !output.status.success() && said.contains("DATABASE_URL: there is no database"),
            "{arguments:?}: {said}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was made");
}

/// A demo's clock was moved by a month: its numbers are those of that time.
#[actix_web::test]
async fn what_is_counted_in_a_demo_is_counted_at_its_time() {
    let mut demo = Demo::start(&["--stories", "--manual-clock"]);
    let client = Client::new(demo.address.parse().expect("an address"), None);
    let moved = client.post("/demo/clock", json!({ "advance_seconds": 31 * 86_400 })).await;
    let now = moved.is(200).json["now"].as_str().expect("a time").to_owned();
    assert!(demo.stop(), "it ended well");
    let run = |arguments: &[&str]| {
        let output = yijian(demo.folder.path(), &[arguments, &["--data-dir", "."]].concat(), &[]);
        assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    };
    // Of a day that the machine's clock has not reached, there would be nothing to report.
    let report = ["report", "--site", "xinghe", "--kind", "daily", "--day", &now[..10], "--out", "day.html"];
    run(&report);
    assert!(run(&["rates", "verify"]).contains(" 0 differences"));
    run(&["rates", "rebuild"]);
    assert!(run(&["rates", "verify"]).contains(" 0 differences"));
    let page = std::fs::read_to_string(demo.folder.path().join("day.html")).expect("a page");
    assert!(page.contains(&now[..10]), "made on that day");
}

/// Making them takes longer than all the rest of a start.
#[test]
fn a_demo_keeps_the_keys_of_its_payments_to_itself() {
    let mut demo = Demo::start(&[]);
    assert!(demo.stop(), "it ended well");
    let file = demo.folder.path().join("demo-pay-keys.json");
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    let keys = std::fs::read(&file).expect("keys");
    let mut demo = Demo::start_in(demo.into_folder(), &[]);
    assert!(demo.stop(), "it ended well");
    let file = demo.folder.path().join("demo-pay-keys.json");
    assert_eq!(std::fs::read(&file).expect("keys"), keys);
    for garbage in ["", "[]", "[\"AA==\", \"AA==\"]"] {
        std::fs::write(&file, garbage).expect("written");
        let refused = yijian(demo.folder.path(), &["demo", "--data-dir", ".", "--listen", "127.0.0.1:0"], &[]);
        let said = text(&refused.stderr);
        assert!(
            !refused.status.success() && said.contains("demo-pay-keys.json has no keys in it; remove it"),
            "{said}"
        );
    }
}

#[test]
fn a_stop_leaves_everything_in_the_one_file() {
    let mut demo = Demo::start(&["--stories"]);
    assert!(demo.stop(), "it ended well");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let copy = elsewhere.path().join("yijian.db");
    std::fs::copy(demo.folder.path().join("yijian.db"), &copy).expect("a copy");
    let output = yijian(elsewhere.path(), &["sla", "verify", "--data-dir", "."], &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("clocks, "), "{}", text(&output.stdout));
    assert!(!text(&output.stdout).starts_with("0 clocks"), "{}", text(&output.stdout));
    for (out, wants) in [
        ("month.xlsx", None),
        ("month.html", Some("--out must end in .xlsx")),
        ("month.doc", Some("--out must end in")),
    ] {
        let arguments =
            ["report", "--site", "xinghe", "--kind", "monthly", "--tickets", "--out", out, "--data-dir", "."];
        let output = yijian(elsewhere.path(), &arguments, &[]);
        let said = text(&output.stderr);
        assert_eq!(output.status.success(), wants.is_none(), "{out}: {said}");
        assert!(wants.is_none_or(|wants| said.contains(wants)), "{out}: {said}");
        assert_eq!(elsewhere.path().join(out).exists(), wants.is_none(), "{out}");
    }
    // What goes wrong leaves a file as it was, and nothing beside it.
    std::fs::write(elsewhere.path().join("kept.csv"), "kept").expect("a file");
    let report = |more: &[&str]| {
        let mut arguments = vec!["report", "--site", "xinghe", "--data-dir", "."];
        arguments.extend(more);
        yijian(elsewhere.path(), &arguments, &[])
    };
    for (more, says) in [
        (&["--table", "bogus", "--out", "kept.csv"][..], "table_not_found"),
        (&["--day", "2190-01-01", "--out", "kept.csv"], "--day period_future"),
        (&["--day", "1926-01-01", "--out", "kept.csv"], "--day period_before_site"),
        (&["--site", "nowhere", "--out", "kept.csv"], ""),
        (&["--language", "fr", "--out", "kept.csv"], "zh-CN or en"),
        (&["--out", "no/such/folder.csv"], "no/such/folder.csv"),
    ] {
        let refused = report(more);
        assert!(!refused.status.success() && text(&refused.stderr).contains(says), "{}", text(&refused.stderr));
    }
    assert_eq!(std::fs::read_to_string(elsewhere.path().join("kept.csv")).expect("a file"), "kept");
    for (language, begins) in [("en", "\u{feff}Kind,"), ("zh-CN", "\u{feff}类型,")] {
        let written = report(&["--language", language, "--table", "kinds", "--out", "kept.csv"]);
        assert!(written.status.success(), "{}", text(&written.stderr));
        assert!(std::fs::read_to_string(elsewhere.path().join("kept.csv")).expect("a file").starts_with(begins));
    }
    let english = report(&["--language", "en", "--tickets", "--out", "month.xlsx"]);
    assert!(english.status.success(), "{}", text(&english.stderr));
    let mut book: Xlsx<_> = calamine::open_workbook(elsewhere.path().join("month.xlsx")).expect("a workbook");
    assert_eq!(book.sheet_names(), ["Tickets"]);
    assert_eq!(
        book.worksheet_range("Tickets").expect("a sheet").get_value((0, 0)).expect("a heading").to_string(),
        "Ticket"
    );
    let files = std::fs::read_dir(elsewhere.path()).expect("a folder").map(|file| file.expect("a file").file_name());
    let left: Vec<_> = files.filter(|name| name.to_string_lossy().ends_with(".part")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[actix_web::test]
async fn a_backup_of_a_live_database_is_whole() {
    let demo = Demo::start(&[]);
    let address = demo.address.parse().expect("an address");
    let signed_in = |json: &serde_json::Value| json["access_token"].as_str().map(ToOwned::to_owned);
    let reply = Client::new(address, None).post("/api/v1/auth/wechat", json!({ "code": "demo:xiaolin" })).await;
    let lin = Client::new(address, signed_in(&reply.json));
    let sites = lin.get("/api/v1/sites").await.json["items"][0]["id"].clone();
    let places = lin.get(&format!("/api/v1/sites/{}/locations", sites.as_str().expect("an id"))).await;
    let body = json!({ "location_id": places.json["items"][0]["id"], "description": "灯不亮" });
    let before = lin.post("/api/v1/repairs", body.clone()).await;
    let target = demo.folder.path().join("copy.db");
    let target_text = target.to_str().expect("a path");
    let arguments = ["backup", target_text, "--data-dir", demo.folder.path().to_str().expect("a path")];
    let run = || {
        let arguments = arguments.map(ToOwned::to_owned);
        let folder = demo.folder.path().to_owned();
        std::thread::spawn(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            yijian(&folder, &arguments, &[])
        })
    };
    let copying = run();
    for _ in 0..20 {
        lin.post("/api/v1/repairs", body.clone()).await.is(201);
    }
    let copied = copying.join().expect("it runs");
    assert!(copied.status.success(), "{}", text(&copied.stderr));
    assert!(text(&run().join().expect("it runs").stderr).contains("backup_target_exists"));
    let nowhere = yijian(demo.folder.path(), &["backup", "/proc/nothing/copy.db", "--data-dir", "."], &[]);
    let said = text(&nowhere.stderr);
    assert!(!nowhere.status.success() && said.contains("No such file or directory"), "it says why: {said}");
    assert!(said.trim_end().ends_with("(backup_failed)"), "{said}");
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode(&target), mode(&demo.folder.path().join("yijian.db"))), (0o600, 0o600));
    let url = format!("sqlite:{target_text}").parse().expect("a URL");
    let sizes = yijian::db::PoolSizes { connections: 1, write_queue: 1 };
    let copy = yijian::db::Db::open(&url, sizes).expect("it opens");
    let check = |conn: &mut yijian::db::DbConn| {
        use diesel::prelude::*;
        #[derive(QueryableByName)]
        struct Word {
            #[diesel(sql_type = diesel::sql_types::Text)]
            word: String,
        }
        let check = "SELECT integrity_check AS word FROM pragma_integrity_check";
        let id = "SELECT lower(hex(id)) AS word FROM tickets ORDER BY seq LIMIT 1";
        let mut ask = |sql: &str| diesel::sql_query(sql).get_result::<Word>(conn).map(|found| found.word);
        Ok((ask(check)?, ask(id)?))
    };
    let (whole, first) = copy.read(check).await.expect("it reads");
    assert_eq!((whole.as_str(), first), ("ok", before.id().replace('-', "")));
    assert!(copy.is_current().await.expect("it answers"));
}
