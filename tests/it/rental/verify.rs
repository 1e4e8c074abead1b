//! `yijian rental verify`: what contradicts itself shows.

use std::process::{Command, Output};

use yijian::rentals::audit;

use super::{Lending, prove, rental, sql, text, umbrella};
use crate::both;
use crate::support::{Backend, People, SECRET, TestApp};

async fn faults(t: &TestApp) -> Vec<String> {
    let mut faults = audit::run(&t.app).await.expect("an audit").faults;
    faults.sort();
    faults
}

/// The command itself, on the same folder.
fn verify(t: &TestApp) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yijian"));
    command.current_dir(&t.folder).args(["rental", "verify"]);
    command.env("DATA_DIR", &t.folder).env("SIGNING_SECRET", SECRET).env("DATA_SECRET", SECRET);
    command.env("LOG_FILTER", "error").output().expect("it runs")
}

both! {
    async fn each_thing_that_was_tampered_with_is_named(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        let lent = umbrella(&lending, &p.lin, "gate-1").await;
        assert_eq!(lent.is(201).json["number"], "B000001");
        let code = text(&lent.json["unit"]["code"]);
        prove(&t).await;
        let shows = async |spoil: &'static str, mend: &'static str, expected: Vec<String>| {
            sql(&t, spoil).await.expect(spoil);
            assert_eq!(faults(&t).await, expected, "{spoil}");
            sql(&t, mend).await.expect(mend);
        };
        shows(
            "UPDATE rental_units SET status = 'in_repair' WHERE status = 'lent'",
            "UPDATE rental_units SET status = 'lent' WHERE status = 'in_repair'",
            vec![format!("B000001: is lent, and {code} is in_repair"), format!("{code}: is in_repair, and its rentals say otherwise")],
        ).await;
        shows(
            "UPDATE rentals SET charged_fen = 100, paid_fen = 7, deposit_fen = 3",
            "UPDATE rentals SET charged_fen = 0, paid_fen = 0, deposit_fen = 0",
            ["charged says 100 fen, its entries 0", "deposit says 3 fen, its entries 0", "paid says 7 fen, its entries 0"]
                .map(|line| format!("B000001: {line}")).into(),
        ).await;
        shows(
            "UPDATE rentals SET ended_at = created_at",
            "UPDATE rentals SET ended_at = NULL",
            vec!["B000001: is lent, and its end says otherwise".to_owned(), format!("{code}: is lent, and its rentals say otherwise")],
        ).await;
        shows(
            "UPDATE rental_units SET fault = 'broken' WHERE code = 'U-0001'",
            "UPDATE rental_units SET fault = NULL WHERE code = 'U-0001'",
            vec!["U-0001: is available, and broken: broken".to_owned()],
        ).await;
        shows(
            "UPDATE rental_units SET station_id = (SELECT id FROM stations WHERE code = 'gate-1') WHERE status = 'lent'",
            "UPDATE rental_units SET station_id = NULL WHERE status = 'lent'",
            vec![format!("{code}: is lent, at the wrong station")],
        ).await;
        prove(&t).await;
    }

    async fn the_command_fails_if_anything_differs(t: TestApp) {
        if t.backend == Backend::Postgres {
            return;
        }
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        rental(&umbrella(&lending, &p.lin, "gate-1").await);
        let good = verify(&t);
        let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(good.status.success() && said(&good).ends_with(" 1 rentals, 0 faults\n"), "{good:?}");
        sql(&t, "UPDATE rentals SET charged_fen = 100").await.expect("a spoilt rental");
        let bad = verify(&t);
        assert_eq!(bad.status.code(), Some(1), "{bad:?}");
        assert!(said(&bad).starts_with("B000001: charged says 100 fen, its entries 0\n"), "{bad:?}");
        assert!(said(&bad).ends_with(" 1 rentals, 1 faults\n"), "{bad:?}");
    }

    /// What the service sees to, the database sees to as well.
    async fn the_database_has_no_two_open_rentals_of_one_thing(t: TestApp) {
        let (p, lending) = (People::sign_in(&t).await, Lending::of(&t).await);
        rental(&umbrella(&lending, &p.lin, "gate-1").await);
        // The id of the site is no rental's yet.
        let again = |ended: &str| -> &'static str {
            let insert = format!(
                "INSERT INTO rentals (id, site_id, unit_id, type_id, status, borrower_id, policy, from_station_id, fee_fen, \
                 charged_fen, paid_fen, deposit_fen, open_reports, version, created_at, updated_at, ended_at) \
                 SELECT site_id, site_id, unit_id, type_id, status, borrower_id, policy, from_station_id, 0, 0, 0, 0, 0, 1, \
                 created_at, updated_at, {ended} FROM rentals"
            );
            Box::leak(insert.into_boxed_str())
        };
        sql(&t, again("NULL")).await.expect_err("a second one for the same thing");
        prove(&t).await;
        sql(&t, again("created_at")).await.expect("one that is over is no second one");
    }
}
