//! Several merchants, and what the day's books say.

use simulator::gateway::{Call, Gateway, Merchant, Mode, Request, Switches};
use wire::{ApiKey, Fields, Message, SignType};

use crate::shop::{DAY_MS, Shop};

fn body(shop: &Shop, fields: &[(&str, &str)]) -> String {
    shop.message(fields).to_xml()
}

#[test]
fn a_payment_code_names_the_account_that_pays() {
    let mut shop = Shop::new();
    let of_code = shop.call(Call::AuthCode, &[("auth_code", "134567890123456789")]);
    shop.paid_order("A1");
    assert_eq!(of_code["openid"], shop.query("A1")["openid"]);
    for wrong in ["99", "991234567890123456", "13456789012345678x"] {
        assert_eq!(shop.call(Call::AuthCode, &[("auth_code", wrong)])["err_code"], "AUTH_CODE_INVALID");
    }
}

#[test]
fn reports_and_the_sandbox_key_are_answered_at_every_address_they_have_had() {
    let mut shop = Shop::new();
    shop.sign_type = SignType::Md5;
    let report = body(&shop, &[("interface_url", "https://apihk.mch.weixin.qq.com/pay/unifiedorder")]);
    for (path, asked, field) in [
        ("/payitil/report", &report, "result_code"),
        ("/sandboxnew/pay/getsignkey", &body(&shop, &[]), "sandbox_signkey"),
        ("/xdc/apiv2getsignkey/sign/getsignkey", &body(&shop, &[]), "sandbox_signkey"),
    ] {
        let answer = shop.send(Call::at(path).unwrap(), asked).body;
        assert!(Fields::parse(&answer).unwrap().get(field).is_some(), "{path}");
    }
}

#[test]
fn the_rate_of_a_day_is_signed_with_md5_and_known_from_ten_oclock_on() {
    let mut shop = Shop::new();
    shop.sign_type = SignType::Md5;
    let mut asked = Message::new();
    for (name, value) in [
        ("appid", crate::shop::APPID),
        ("mch_id", crate::shop::MCH_ID),
        ("fee_type", "HKD"),
        ("date", "20260301"),
    ] {
        asked.set(name.to_owned(), value).unwrap();
    }
    asked.sign(SignType::Md5, &crate::shop::key());
    let answer = shop.send(Call::ExchangeRate, &asked.to_xml()).body;
    let answer = Fields::parse(&answer).unwrap();
    answer.verify(SignType::Md5, &crate::shop::key()).unwrap();
    assert_eq!((answer.get("rate"), answer.get("result_code")), (Some("92000000"), None));
}

#[test]
fn a_days_takings_are_unsettled_until_the_next_day_and_settled_from_then_on() {
    let mut shop = Shop::new();
    shop.sign_type = SignType::Md5;
    shop.paid_order("A1");
    let asked = |shop: &mut Shop, usetag: &str| {
        let span =
            [("usetag", usetag), ("date_start", "20260223"), ("date_end", "20260301"), ("sign_type", "")];
        let asked = body(shop, &span);
        String::from_utf8(shop.send(Call::SettlementQuery, &asked).body).unwrap()
    };
    assert!(asked(&mut shop, "2").contains("<unsettlement_fee>8712</unsettlement_fee>"));
    assert!(asked(&mut shop, "1").contains("<record_num>0</record_num>"));
    shop.later(DAY_MS);
    let settled = asked(&mut shop, "1");
    assert!(settled.contains("<record_num>1</record_num><setteinfo_0>"), "{settled}");
    assert!(settled.contains("<settlement_fee>8712</settlement_fee>"), "{settled}");
}

#[test]
fn a_second_payment_is_settled_as_well() {
    let mut shop = Shop::with(r#"{"faults":[{"name":"second-payment","times":1}]}"#);
    shop.sign_type = SignType::Md5;
    shop.paid_order("A1");
    let span = [("usetag", "2"), ("date_start", "20260301"), ("date_end", "20260301"), ("sign_type", "")];
    let asked = body(&shop, &span);
    let settled = String::from_utf8(shop.send(Call::SettlementQuery, &asked).body).unwrap();
    assert!(settled.contains("<pay_fee>17600</pay_fee>"), "{settled}");
}

#[test]
fn merchants_do_not_see_one_anothers_orders_and_keep_their_own_keys() {
    let japan = ("wx2b7c4d1e9f305a68", "1634220018", "ANOTHERkeyOfThePaperShop01234567");
    let mut merchants =
        vec![Merchant::new(crate::shop::APPID, crate::shop::MCH_ID, crate::shop::KEY).unwrap()];
    merchants.push(Merchant::new(japan.0, japan.1, japan.2).unwrap());
    let mut shop = Shop::new();
    shop.gateway = Gateway::new(merchants, Switches::default(), 1);
    shop.order("A1");

    let asked = |appid: &str, mch_id: &str, key: &str| {
        let mut asked = Message::new();
        for (name, value) in
            [("appid", appid), ("mch_id", mch_id), ("nonce_str", "n"), ("out_trade_no", "A1")]
        {
            asked.set(name.to_owned(), value).unwrap();
        }
        asked.sign(SignType::Md5, &ApiKey::new(key).unwrap());
        asked.to_xml()
    };
    let mut say = |body: String| String::from_utf8(shop.send(Call::QueryOrder, &body).body).unwrap();
    assert!(say(asked(japan.0, japan.1, japan.2)).contains("ORDERNOTEXIST"));
    assert!(say(asked(crate::shop::APPID, japan.1, japan.2)).contains("appid和mch_id不匹配"));
    assert!(say(asked(japan.0, japan.1, crate::shop::KEY)).contains("签名错误"));
}

#[test]
fn an_institution_names_its_merchant_in_every_call_and_gets_it_back() {
    let mut institution = Merchant::new(crate::shop::APPID, crate::shop::MCH_ID, crate::shop::KEY).unwrap();
    institution.mode = Mode::Institution { sub_mch_ids: vec!["1635004477".to_owned()] };
    let mut shop = Shop::new();
    shop.gateway = Gateway::new(vec![institution], Switches::default(), 1);

    let without = body(&shop, &[("out_trade_no", "A1")]);
    let request = Request { method: "POST", body: without.as_bytes(), client_certificate: false };
    let reply = shop.gateway.call(shop.now_ms, Call::QueryOrder, &request);
    assert!(String::from_utf8(reply.body).unwrap().contains("受理机构必须传入sub_mch_id"));

    let answer = shop.order_with("A1", &[("sub_mch_id", "1635004477")]);
    assert_eq!(answer["sub_mch_id"], "1635004477");
    shop.gateway.pay(shop.now_ms, &answer["code_url"], "me").unwrap();
    let told = shop.receive().remove(0);
    assert_eq!(Fields::parse(told.as_bytes()).unwrap().get("sub_mch_id"), Some("1635004477"));
}
