//! Several merchants, and what the day's books say.

use std::io::Read;

use simulator::gateway::{Call, Gateway, Merchant, Mode, Request, Switches};
use wire::{ApiKey, Fields, Message, SignType};

use crate::shop::{DAY_MS, HOUR_MS, Shop, map};

fn body(shop: &Shop, fields: &[(&str, &str)]) -> String {
    shop.message(fields).to_xml()
}

#[test]
fn the_bill_of_a_day_lists_its_payments_and_refunds_from_ten_oclock_on() {
    let mut shop = Shop::new();
    let paid = shop.paid_order("A1");
    shop.refund_with("A1", "R1", "3300", &[]);
    shop.later(DAY_MS - 12 * HOUR_MS); // midnight
    let asked = body(&shop, &[("bill_date", "20260301"), ("bill_type", "ALL")]);
    let said = |shop: &mut Shop| String::from_utf8(shop.send(Call::DownloadBill, &asked).body).unwrap();
    assert!(said(&mut shop).contains("Bill Creating"));
    shop.later(10 * HOUR_MS);
    let text = said(&mut shop);
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    assert_eq!(lines[0].split(',').count(), 27);
    assert!(lines[1].contains(&format!("`{},`A1,", paid.transaction_id)));
    assert!(lines[2].contains("`R1,`33.00,"));
    assert_eq!(lines[4], "`2,`88.00,`33.00,`0.00,`0.55000,`88.00,`33.00");
}

#[test]
fn a_bill_of_payments_or_of_refunds_has_its_own_rows_and_columns() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.refund_with("A1", "R1", "3300", &[]);
    shop.later(DAY_MS);
    let mut lines = |bill_type: &str| {
        let asked = body(&shop, &[("bill_date", "20260301"), ("bill_type", bill_type)]);
        let bill = String::from_utf8(shop.send(Call::DownloadBill, &asked).body).unwrap();
        bill.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let paid = lines("SUCCESS");
    assert_eq!(
        paid[0],
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,\
         应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注"
    );
    assert_eq!((paid.len(), paid[1].split(',').count()), (4, 20));
    let refunds = lines("REFUND");
    assert_eq!(
        refunds[0],
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,\
         应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,\
         商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
    );
    assert_eq!((refunds.len(), refunds[1].split(',').count()), (4, 29));
    assert!(refunds[1].contains(",`2026-03-01 12:00:00,`2026-03-01 12:00:03,`5030080741"), "{}", refunds[1]);
    assert!(lines("RECHARGE_REFUND")[0].contains("return_code"));
}

#[test]
fn a_bill_may_be_asked_for_packed() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.later(DAY_MS);
    let plain = body(&shop, &[("bill_date", "20260301")]);
    let packed = body(&shop, &[("bill_date", "20260301"), ("tar_type", "GZIP")]);
    let (plain, packed) =
        (shop.send(Call::DownloadBill, &plain).body, shop.send(Call::DownloadBill, &packed).body);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
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
fn a_day_without_trades_has_no_bill() {
    let mut shop = Shop::new();
    shop.later(3 * DAY_MS);
    let asked = body(&shop, &[("bill_date", "20260302")]);
    let answer = shop.send(Call::DownloadBill, &asked).body;
    let answer = map(&Fields::parse(&answer).unwrap());
    assert_eq!((answer["return_msg"].as_str(), answer["error_code"].as_str()), ("No Bill Exist", "20002"));
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
