//! Several merchants, the smaller calls, and the settlements of a day.

use simulator::gateway::{Call, Gateway, Merchant, Mode, Request, Switches};
use wire::v2::{ApiKey, Fields, Message, SignType};

use crate::shop::{DAY_MS, MINUTE_MS, Shop};

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
fn reports_and_the_sandbox_key_are_answered_at_old_and_new_paths() {
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
fn the_income_of_a_day_is_settled_on_the_next_day() {
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
    let notification = shop.receive().remove(0);
    assert_eq!(Fields::parse(notification.as_bytes()).unwrap().get("sub_mch_id"), Some("1635004477"));

    let refund = [("sub_mch_id", "1635004477"), ("notify_url", "https://pay.example.com/refunds")];
    assert_eq!(shop.refund_with("A1", "R1", "8800", &refund)["sub_mch_id"], "1635004477");
    shop.later(MINUTE_MS);
    let notification = shop.receive().remove(0);
    assert_eq!(Fields::parse(notification.as_bytes()).unwrap().get("sub_mch_id"), Some("1635004477"));
}

#[test]
fn an_institution_orders_for_its_own_merchants_alone_and_an_ordinary_merchant_for_none() {
    for mode in [Mode::Institution { sub_mch_ids: vec!["1635004477".to_owned()] }, Mode::Common] {
        let mut merchant = Merchant::new(crate::shop::APPID, crate::shop::MCH_ID, crate::shop::KEY).unwrap();
        merchant.mode = mode;
        let mut shop = Shop::new();
        shop.gateway = Gateway::new(vec![merchant], Switches::default(), 1);
        let strangers = body(&shop, &[("out_trade_no", "A1"), ("sub_mch_id", "1635004499")]);
        let said = String::from_utf8(shop.send(Call::QueryOrder, &strangers).body).unwrap();
        assert!(said.contains("商户号mch_id或sub_mch_id不存在"), "{said}");
    }
}

#[test]
fn a_merchant_set_up_for_one_algorithm_is_refused_with_the_other() {
    let mut merchant = Merchant::new(crate::shop::APPID, crate::shop::MCH_ID, crate::shop::KEY).unwrap();
    merchant.sign_type = Some(SignType::HmacSha256);
    let mut shop = Shop::new();
    shop.gateway = Gateway::new(vec![merchant], Switches::default(), 1);
    shop.order("A1");
    shop.sign_type = SignType::Md5;
    let asked = body(&shop, &[("out_trade_no", "A1")]);
    let said = String::from_utf8(shop.send(Call::QueryOrder, &asked).body).unwrap();
    assert!(said.contains("签名错误"), "{said}");
    let report = shop.gateway.exchanges().next_back().unwrap().signature.clone().unwrap();
    assert!(report.hint.unwrap().contains("set up for HMAC-SHA256 only"));
}

#[test]
fn another_merchants_money_is_in_no_query_no_bill_and_no_settlement() {
    let other = ("wx2b7c4d1e9f305a68", "1634220018", "ANOTHERkeyOfThePaperShop01234567");
    let ours = Merchant::new(crate::shop::APPID, crate::shop::MCH_ID, crate::shop::KEY).unwrap();
    let theirs = Merchant::new(other.0, other.1, other.2).unwrap();
    let mut shop = Shop::new();
    shop.gateway = Gateway::new(vec![ours, theirs], Switches::default(), 1);
    let paid = shop.paid_order("A1");
    let refund = shop.refund_with("A1", "R1", "3300", &[]);
    shop.later(DAY_MS);

    let mut say = |call: Call, fields: &[(&str, &str)]| {
        let mut asked = Message::new();
        let common = [("appid", other.0), ("mch_id", other.1), ("nonce_str", "n")];
        for (name, value) in common.iter().chain(fields) {
            asked.set((*name).to_owned(), *value).unwrap();
        }
        asked.sign(SignType::Md5, &ApiKey::new(other.2).unwrap());
        String::from_utf8(shop.send(call, &asked.to_xml()).body).unwrap()
    };
    let transaction = ("transaction_id", paid.transaction_id.as_str());
    assert!(say(Call::QueryOrder, &[transaction]).contains("ORDERNOTEXIST"));
    let another = [transaction, ("out_refund_no", "R2"), ("total_fee", "8800"), ("refund_fee", "100")];
    assert!(say(Call::Refund, &another).contains("ORDERNOTEXIST"));
    for number in [("refund_id", refund["refund_id"].as_str()), ("out_refund_no", "R1"), transaction] {
        assert!(say(Call::RefundQuery, &[number]).contains("REFUNDNOTEXIST"), "{number:?}");
    }
    assert!(say(Call::DownloadBill, &[("bill_date", "20260301")]).contains("No Bill Exist"));
    let span = [("usetag", "1"), ("date_start", "20260301"), ("date_end", "20260301")];
    assert!(say(Call::SettlementQuery, &span).contains("<record_num>0</record_num>"));
}
