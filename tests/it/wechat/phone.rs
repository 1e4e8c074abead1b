//! The telephone number behind a code.

use serde_json::json;
use yijian::wechat::Simulator;
use yijian::wechat::WeChatError;

use super::{PHONE, stage, unavailable};

#[actix_web::test]
async fn a_phone_code_gives_the_number_once_within_five_minutes() {
    let stage = stage();
    let open_id = Simulator::open_id("ann");
    let (first, second) = (stage.simulator.phone_code("ann", PHONE), stage.simulator.phone_code("ann", PHONE));
    stage.pass(299);
    assert_eq!(stage.wechat.phone_number(&first, &open_id).await.as_deref(), Ok("+8613812341234"));
    assert_eq!(stage.wechat.phone_number(&first, &open_id).await, Err(WeChatError::InvalidCode));
    stage.pass(1);
    assert_eq!(stage.wechat.phone_number(&second, &open_id).await, Err(WeChatError::InvalidCode));
}

#[actix_web::test]
async fn somebody_elses_phone_code_is_refused() {
    let stage = stage();
    let code = stage.simulator.phone_code("ann", PHONE);
    assert_eq!(stage.wechat.phone_number(&code, &Simulator::open_id("bob")).await, Err(WeChatError::InvalidCode));
    assert!(stage.wechat.phone_number(&code, &Simulator::open_id("ann")).await.is_ok());
}

#[actix_web::test]
async fn numbers_from_everywhere_become_e164() {
    let stage = stage();
    for number in ["+8613812341234", "+447911123456", "+12025550123", "+85261234567", "+3584123456"] {
        let code = stage.simulator.phone_code("ann", number);
        let told = stage.wechat.phone_number(&code, &Simulator::open_id("ann")).await;
        assert_eq!(told.as_deref(), Ok(number));
    }
}

#[actix_web::test]
async fn the_country_code_may_be_a_number_or_a_string() {
    let stage = stage();
    for country in [json!(44), json!("44"), json!("+44")] {
        let told = stage
            .ask_phone_given(json!({
                "phoneNumber": "+447911123456",
                "purePhoneNumber": "7911123456",
                "countryCode": country,
                "watermark": { "timestamp": 1_637_744_274, "appid": Simulator::APP_ID },
            }))
            .await;
        assert_eq!(told.as_deref(), Ok("+447911123456"), "{country}");
    }
}

#[actix_web::test]
async fn what_is_no_number_is_refused() {
    let stage = stage();
    for (country, number) in [
        (json!("86"), json!("")),
        (json!(""), json!(PHONE)),
        (json!(null), json!(PHONE)),
        (json!("0086"), json!(PHONE)),
        (json!(1234), json!("5551234")),
        (json!("86"), json!("138 1234 1234")),
        (json!("86"), json!("138****1234")),
        (json!("86"), json!("12345678901234")),
    ] {
        let info = json!({
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": { "appid": Simulator::APP_ID },
        });
        let refused = unavailable("the number is no phone number");
        assert_eq!(stage.ask_phone_given(info.clone()).await, Err(refused), "{info}");
    }
}

#[actix_web::test]
async fn a_number_for_another_mini_program_is_refused() {
    let stage = stage();
    let info = json!({ "purePhoneNumber": PHONE, "countryCode": "86", "watermark": { "appid": "wxelse" } });
    let refused = unavailable("the number belongs to another mini-program");
    assert_eq!(stage.ask_phone_given(info).await, Err(refused));
}
