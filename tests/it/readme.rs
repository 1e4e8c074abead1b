//! What the README tells people to type works.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{Database, postgres_database};

/// The program, serving the demo mall; ends with the test.
pub struct Demo {
    child: Child,
    pub address: String,
    pub folder: tempfile::TempDir,
}

impl Demo {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), arguments)
    }

    pub fn start_in(folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(env!("CARGO_BIN_EXE_yijian"))
            .args(["demo", "--no-limits", "--listen", &address, "--data-dir"])
            .arg(folder.path())
            .args(arguments)
            .env("LOG_FILTER", "error")
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let demo = Self { child, address, folder };
        demo.wait_until_ready();
        demo
    }

    /// Asks until it answers: a start takes as long as it takes, but not for ever.
    fn wait_until_ready(&self) {
        let asked = Command::new("curl")
            .args([
                "--silent",
                "--fail",
                "--retry",
                "60",
                "--retry-delay",
                "1",
                "--retry-connrefused",
                "--retry-all-errors",
            ])
            .arg(format!("http://{}/readyz", self.address))
            .stdout(Stdio::null())
            .status();
        assert!(asked.expect("curl").success(), "the demo does not answer");
    }

    /// As a power cut would end it.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it is gone");
    }

    /// As an operator ends it; returns whether it ended well.
    pub fn stop(&mut self) -> bool {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        asked.expect("a signal").success() && self.child.wait().expect("it ends").success()
    }

    /// Gives its data; ends it if it still runs.
    pub fn into_folder(mut self) -> tempfile::TempDir {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
        std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Already gone is fine.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// The fenced blocks of the README that are marked like this.
fn blocks(mark: &str) -> Vec<String> {
    let readme = std::fs::read_to_string("README.md").expect("README.md");
    let fence = format!("```sh {mark}\n");
    let rests = readme.split(&fence).skip(1);
    rests.map(|rest| rest.split("```").next().expect("an end").to_owned()).collect()
}

/// Runs a script against a demo, and after it the checks that it must pass.
fn run(demo: &Demo, story: &str, checks: &str) -> String {
    let script = format!("set -euo pipefail\n{story}\n{checks}");
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("YIJIAN", format!("http://{}", demo.address))
        .env("CREDENTIALS", demo.folder.path().join("demo-credentials.json"))
        .output()
        .expect("bash");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    told
}

fn run_journey(demo: &Demo) -> String {
    let checks = r#"
        [ "$TICKET" = "$AGAIN" ] && [ "$SEEN" = "$OTHER" ]
        [ "$(call "$LIN" "/tickets/$TICKET/timeline" | jq '.items | length')" = 8 ]
        [ "$(call "$LIN" "/tickets/$OTHER" | jq -r .status)" = cancelled ]
        [ "$(call "$LI" "/tickets/$COMPLAINT/timeline" | jq -r '.items[-2].reason')" = follow_up_satisfied ]
        [ "$(call "$LI" "/tickets/$BACK" | jq -r '"\(.status) \(.rating_score)"')" = "resolved 2" ]
        [ "$(call "$MEI" "/tickets/$TWIN" | jq -r .parent_id)" = "$DARK" ]
        [ "$(call "$LI" "/spot_checks/$ROUND" | jq -r '"\(.status) \(.correct)"')" = "done 1" ]
        [ "$(call "$MEI" "/tickets/$THIRD" | jq -r .parent_id)" = "$FIRST" ]
    "#;
    run(demo, &blocks("journey").concat(), checks)
}

/// The story of a missed promise: it takes the shorthand of the first journey, and a clock moved by hand.
fn run_breach(demo: &Demo) -> String {
    let shorthand = blocks("journey").into_iter().next().expect("shorthand");
    let checks = r#"
        is() { call "$LI" "/tickets/$URGENT/$1" | jq -e "$2" > /dev/null || { echo "not so: $2" >&2; exit 1; }; }
        late='.items[] | select(.kind == "first_response")'
        is clocks "$late | .verdict == \"excused\" and .excused and .state == \"running\" and .used_seconds == 31 * 60"
        is clocks "$late | .breach_cause == \"deadline\" and .segments[0].from == .started_at and .segments[0].counts"
        told='[[50, "assignee"], [80, "department_lead"], [100, "supervisor"]]'
        is clocks "$late | [.alerts[] | [.percent, .tell]] == $told"
        is clocks '.items[] | select(.kind == "resolution") | .verdict == "open_in_time" and .target_seconds == 14400'
        is timeline '[.items[].action] == ["open", "breach", "excuse"]'
        is timeline '.items[1].at < .items[2].at and .items[2].reason == "全场停电，系统离线"'
    "#;
    run(demo, &format!("{shorthand}{}", blocks("journey --manual-clock").concat()), checks)
}

fn check_breach(told: &str) {
    for part in [
        "first_response  within 30 minutes\nresolution  within 240 minutes\n",
        "clock_warning  R000001  first_response  80 %\n",
        "clock_breached  R000001  first_response  100 %\n",
        "\"verdict\": \"open_late\"",
        "\"used_seconds\": 1860",
        "\"verdict\": \"excused\",\n  \"excuse\": \"全场停电，系统离线\"",
    ] {
        assert!(told.contains(part), "no {part} in\n{told}");
    }
}

fn check_story(told: &str) {
    for part in [
        "\"equipment\": \"F1 中庭云朵吊灯\"",
        "灯不亮",
        "王师傅",
        "waiting_parts",
        "resolved\nclosed\n",
        "微信用户  rate  resolved → closed",
        "安保",
        "\"code\": \"action_not_allowed_now\"",
        "\"grade\": \"major_safety\"",
        "客服将在",
        "complaint_major  C00000",
        "second: false  unsatisfied\n",
        "\"code\": \"second_follow_up_missing\"",
        "请您确认是否同意",
        "second: true  satisfied\nclosed\njustified\n",
        "\"incident\": true",
        "  resolved  已疏通下水道并消杀",
        "re_complaint  same_person_and_category  proposed\nconfirmed\n",
        "bad_rating\nrework  same_equipment  confirmed\nmerged\n已并入另一张工单",
        "\"name\": \"市场监督管理局 12315\"",
        "  12315 转办：预付卡余额不退\nC00000",
        "\"correct\": true\n}\nrecords_correct  1 of 1\n",
        "<title>服务台看板 · 星河汇购物中心</title>",
    ] {
        assert!(told.contains(part), "no {part} in\n{told}");
    }
}

#[test]
fn the_readmes_journey_works_on_sqlite() {
    check_story(&run_journey(&Demo::start(&[])));
}

#[test]
fn the_readmes_journey_works_on_postgres_by_changing_one_variable() {
    let Some(server) = postgres_database() else { return };
    let database: Database = server.create(None);
    check_story(&run_journey(&Demo::start(&["--database-url", &database.url])));
}

#[test]
fn the_readmes_missed_promise_is_told_and_excused_on_sqlite() {
    check_breach(&run_breach(&Demo::start(&["--manual-clock"])));
}

#[test]
fn the_readmes_missed_promise_is_told_and_excused_on_postgres() {
    let Some(server) = postgres_database() else { return };
    let database: Database = server.create(None);
    check_breach(&run_breach(&Demo::start(&["--manual-clock", "--database-url", &database.url])));
}

/// What `--stories` puts on the desk, beside what the journey tells.
fn check_stories(demo: &Demo) {
    let shorthand = blocks("journey").into_iter().next().expect("shorthand");
    let checks = r#"
        LI=$(sign_in li)
        is() { call "$LI" "$1" | jq -e "$2" > /dev/null || { echo "not so: $1 $2" >&2; exit 1; }; }
        is '/tickets?status=merged' '.items | length == 1 and .[0].parent_id != null'
        AGAIN=$(call "$LI" '/tickets?kind=complaint&limit=100' | jq -r '.items[] | select(.rating_score == 2).id')
        is "/tickets/$AGAIN/related" '.repeats | map([.kind, .status]) == [["re_complaint", "confirmed"]]'
        is "/follow_ups?ticket_id=$AGAIN" '.items | map(.cause) == ["bad_rating"]'
        is '/tickets?from_regulator=true' '.items | length == 1'
        DARK=$(call "$LI" '/tickets?kind=repair&status=new' | jq -r '.items[0].id')
        is "/tickets/$DARK/related" '.repeats | map([.kind, .status]) == [["rework", "confirmed"]]'
        is "/tickets/$AGAIN/timeline" '[.items[].action] | contains(["survey", "rate"])'
        complaint() { # the oldest of these words
          call "$LI" '/tickets?kind=complaint&limit=100' | jq -r --arg says "$1" '[.items[] | select(.description | startswith($says)).id][-1]'
        }
        FALL=$(complaint 老人在扶梯出口滑倒)
        is "/complaints/$FALL" '.status == "resolved" and .severity == "major" and .complaint.grade == "major_safety"'
        is "/complaints/$FALL" '.complaint.internal.graded_at != null and .complaint.is_agreed and .complaint.offer != null'
        is "/complaints/$FALL" '.complaint.internal.investigation | [.facts, .cause, .responsibility, .measures] | all'
        is "/follow_ups?ticket_id=$FALL" '.items | map([.second, .status, .result]) == [[true, "open", null], [false, "done", "unsatisfied"]]'
        VISIT=$(call "$LI" "/follow_ups?ticket_id=$FALL&status=open" | jq -r '.items[0].id')
        json "$LI" "/follow_ups/$VISIT/attempt" '{"way": "visit", "reached": true}' > /dev/null
        PAID=$(complaint 收银价比标价贵)
        is "/complaints/$PAID" '.status == "closed" and .complaint.outcome == "justified" and .complaint.compensation_fen == 2000'
        is "/complaints/$PAID" '.complaint.internal.approved_by_id != null'
        is "/follow_ups?ticket_id=$PAID" '.items | map([.status, .result]) == [["done", "satisfied"]]'
        is "/tickets/$AGAIN/related" ".repeats[0].earlier.id == \"$PAID\""
        STINK=$(complaint 门口有股下水道的怪味)
        is "/complaints/$STINK" '.status == "accepted" and .complaint.grade == "normal" and .complaint.internal.graded_at != null'
        is "/tickets?parent_id=$STINK" '.items | map(.status) == ["accepted", "accepted"]'
        PART=$(call "$LI" "/tickets?parent_id=$STINK" | jq -r '.items[0].id')
        is "/tickets/$PART/timeline" '[.items[].action] == ["open", "attach", "accept", "reply"]'
        NOISE=$(complaint 扶梯一直吱吱响)
        is "/tickets/$NOISE/related" '.cluster.is_proposed and (.cluster.tickets | length == 2)'
    "#;
    run(demo, &shorthand, checks);
}

#[test]
fn the_stories_lie_on_the_desk_on_sqlite() {
    check_stories(&Demo::start(&["--stories"]));
}

#[test]
fn the_stories_lie_on_the_desk_on_postgres() {
    let Some(server) = postgres_database() else { return };
    let database: Database = server.create(None);
    check_stories(&Demo::start(&["--stories", "--database-url", &database.url]));
}

#[test]
fn the_demo_goes_on_where_it_was_and_minds_its_secrets() {
    use std::os::unix::fs::PermissionsExt as _;
    let demo = Demo::start(&["--manual-clock"]);
    let secrets = ["secrets.json", "demo-credentials.json"].map(|file| demo.folder.path().join(file));
    for path in &secrets {
        let mode = std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    let before = std::fs::read(&secrets[1]).expect("credentials");
    let clock = |demo: &Demo, seconds: u32| {
        let url = format!("http://{}/demo/clock", demo.address);
        let body = format!("{{\"advance_seconds\": {seconds}}}");
        let output =
            Command::new("curl").args(["-sf", &url, "-H", "Content-Type: application/json", "-d", &body]).output();
        let json: serde_json::Value = serde_json::from_slice(&output.expect("curl").stdout).expect("JSON");
        json["now"].as_str().expect("a time").parse::<jiff::Timestamp>().expect("a time")
    };
    let day = clock(&demo, 86_400);
    assert!(clock(&demo, 0) == day, "time stands still");
    let demo = Demo::start_in(demo.into_folder(), &["--manual-clock"]);
    assert!(clock(&demo, 0) >= day, "time does not run backwards");
    assert_eq!(std::fs::read(demo.folder.path().join("demo-credentials.json")).expect("credentials"), before);
}

#[test]
fn a_database_that_is_not_a_demos_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let yijian = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
        command.args(arguments).arg("--data-dir").arg(folder.path()).env("LOG_FILTER", "error");
        command.output().expect("it runs")
    };
    assert!(yijian(&["staff", "create", "boss", "--role", "admin"]).status.success());
    let refused = yijian(&["demo", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not a demo's"));
    assert!(!Path::new(&folder.path().join("demo-credentials.json")).exists());
}
