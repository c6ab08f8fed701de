//! Bills: when they are ready, what they list, and in which forms they come.

use std::io::Read;

use simulator::gateway::{Call, Gateway, Merchant, Mode, Switches};
use wire::v2::Fields;

use crate::faults::with_fault;
use crate::shop::{APPID, DAY_MS, HOUR_MS, KEY, MCH_ID, Shop, map};

fn body(shop: &Shop, fields: &[(&str, &str)]) -> String {
    shop.message(fields).to_xml()
}

/// The lines of the bill of the shop's first day.
fn bill_lines(shop: &mut Shop, bill_type: &str) -> Vec<String> {
    let asked = body(shop, &[("bill_date", "20260301"), ("bill_type", bill_type)]);
    let bill = String::from_utf8(shop.send(Call::DownloadBill, &asked).body).unwrap();
    bill.trim_start_matches('\u{feff}').split("\r\n").map(str::to_owned).collect()
}

/// The lines of a bill, made with these switches, of a day with one payment and one refund.
fn day(switches: &str, bill_type: &str) -> Vec<String> {
    let mut shop = Shop::with(switches);
    shop.order_with("A1", &[("attach", "cart"), ("device_info", "WEB"), ("body", "tea")]);
    let code = shop.gateway.order(shop.now_ms, "A1").unwrap().code_url;
    shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    shop.refund_with("A1", "R1", "3300", &[]);
    shop.later(DAY_MS);
    bill_lines(&mut shop, bill_type)
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
fn the_totals_of_a_bill_add_up_all_payments_and_all_refunds() {
    let mut shop = Shop::new();
    for number in ["A1", "A2", "A3"] {
        shop.paid_order(number);
    }
    for (number, refund, fee) in [("A1", "R1", "3300"), ("A2", "R2", "1100"), ("A3", "R3", "2200")] {
        shop.refund_with(number, refund, fee, &[]);
    }
    shop.later(DAY_MS);
    let lines = bill_lines(&mut shop, "ALL");
    assert_eq!(lines[8], "`6,`264.00,`66.00,`0.00,`1.98000,`264.00,`66.00");
}

#[test]
fn a_bill_covers_a_day_in_china_and_lists_no_closed_refund() {
    let mut shop = with_fault(r#"{"name":"refund-closed"}"#);
    shop.later(12 * HOUR_MS - 1);
    shop.paid_order("LAST");
    shop.refund_with("LAST", "R1", "3300", &[]);
    shop.later(1);
    shop.paid_order("NEXT");
    shop.later(DAY_MS);
    let bill = bill_lines(&mut shop, "ALL");
    assert!(bill[1].contains(",`LAST,") && bill[3].starts_with("`1,`88.00,`0.00,"), "{bill:?}");
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
fn a_bill_can_be_downloaded_packed() {
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
fn a_day_without_trades_has_no_bill() {
    let mut shop = Shop::new();
    shop.later(3 * DAY_MS);
    let asked = body(&shop, &[("bill_date", "20260302")]);
    let answer = shop.send(Call::DownloadBill, &asked).body;
    let answer = map(&Fields::parse(&answer).unwrap());
    assert_eq!((answer["return_msg"].as_str(), answer["error_code"].as_str()), ("No Bill Exist", "20002"));
}

#[test]
fn a_cross_border_bill_is_written_as_the_documents_print_it() {
    let all = day(r#"{"bill-layout":"cross-border"}"#, "ALL");
    assert_eq!(
        all[0],
        "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,\
         代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率"
    );
    let paid = &all[1];
    assert!(paid.starts_with("`2026-03-01 12:00:00,`wx5c1f9e2a7d3b6048,`1634117205,`0,`WEB,`42"), "{paid}");
    assert!(
        paid.ends_with("`NATIVE,`SUCCESS,`OTHERS,`HKD,`88.00,`0.0,`0,`0,`0,`0,`,`,`tea,`cart,`0.88,`1.00%"),
        "{paid}"
    );
    assert!(all[2].contains(",`R1,`33.00,`0,`ORIGINAL,`SUCCESS,`tea,`cart,`-0.33,`1.00%"), "{}", all[2]);
    assert_eq!(all[3], "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额");
    assert_eq!(all[4], "`2,`88.00,`33.00,`0.0,`0.55");

    let paid = day(r#"{"bill-layout":"cross-border"}"#, "SUCCESS");
    assert!(
        paid[0].ends_with("货币种类,总金额,代金券或立减优惠金额,商品名称,商户数据包,手续费,费率"),
        "{}",
        paid[0]
    );
    assert_eq!(paid[3], "`1,`88.00,`0.0,`0.0,`0.88");
    let refunds = day(r#"{"bill-layout":"cross-border"}"#, "REFUND");
    assert!(
        refunds[0].contains("代金券或立减优惠金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号"),
        "{}",
        refunds[0]
    );
}

#[test]
fn every_bill_has_its_documented_columns_in_both_languages_and_a_value_in_each() {
    for (layout, counts, chinese, english) in [
        ("mainland", [27, 20, 29], "应结订单金额,代金券金额", "Settlement order amount,Coupon amount"),
        ("cross-border", [24, 18, 26], "总金额,代金券或立减优惠金额", "Total amount,Coupon amount"),
        ("red-envelope", [24, 18, 26], "总金额,企业红包金额", "Total amount,Coupon amount"),
        (
            "global",
            [38, 38, 38],
            "订单金额(标价币种),用户支付币种",
            "Order amount (pricing currency),Payment currency",
        ),
    ] {
        for (language, named, trades) in
            [("chinese", chinese, "总交易单数,"), ("english", english, "Total transactions,")]
        {
            for (bill_type, count) in ["ALL", "SUCCESS", "REFUND"].into_iter().zip(counts) {
                let switches = format!(r#"{{"bill-layout":"{layout}","bill-language":"{language}"}}"#);
                let lines = day(&switches, bill_type);
                let what = format!("{layout} {language} {bill_type}");
                assert!(lines[0].contains(named), "{what}: {}", lines[0]);
                let (totals, rows) = (lines.len() - 3, &lines[1..lines.len() - 3]);
                assert!(lines[totals].starts_with(trades), "{what}: {}", lines[totals]);
                for line in rows.iter().chain([&lines[0]]) {
                    assert_eq!(line.split(',').count(), count, "{what}: {line}");
                }
                assert_eq!(lines[totals].split(',').count(), lines[totals + 1].split(",`").count(), "{what}");
            }
        }
    }
}

#[test]
fn a_global_bill_tells_what_the_payer_paid_and_at_which_rate() {
    let lines = day(r#"{"bill-layout":"global","coupon":1000}"#, "ALL");
    let value = |line: &str, name: &str| {
        let column = lines[0].split(',').position(|known| known == name).unwrap();
        line.split(',').nth(column).unwrap().trim_start_matches('`').to_owned()
    };
    for (name, of_payment, of_refund) in [
        ("充值券金额", "5.00", "0.00"),
        ("优惠券金额", "5.00", "0.00"),
        ("用户支付金额", "71.76", "0.00"),
        ("应结订单金额", "83.00", "0.00"),
        ("支付汇率", "0.92000000", ""),
        ("退款汇率", "", "0.92000000"),
        ("申请退款金额", "0.00", "33.00"),
        ("用户退款金额", "0.00", "26.91"),
        ("退款应结订单金额", "0.00", "31.12"),
        ("充值券退款金额", "0.00", "1.87"),
        ("优惠券退款金额", "0.00", "1.88"),
    ] {
        assert_eq!(
            (value(&lines[1], name).as_str(), value(&lines[2], name).as_str()),
            (of_payment, of_refund),
            "{name}"
        );
    }
}

#[test]
fn a_second_payment_is_listed_in_the_bill() {
    let mut shop = with_fault(r#"{"name":"second-payment","times":1}"#);
    shop.paid_order("A1");
    shop.later(DAY_MS);
    let lines = bill_lines(&mut shop, "SUCCESS");
    assert_eq!(lines[4], "`2,`176.00,`0.00,`0.00,`1.76000,`176.00,`0.00");
}

#[test]
fn the_name_of_the_goods_may_have_a_line_feed() {
    let lines = day(r#"{"bill-goods":"tea\nset, large"}"#, "ALL");
    assert!(lines[1].contains(",`tea\nset  large,`cart,"), "{}", lines[1]);
}

#[test]
fn a_packed_bill_may_come_in_several_members() {
    let mut shop = Shop::with(r#"{"bill-gzip-members":3}"#);
    shop.paid_order("A1");
    shop.later(DAY_MS);
    let plain = body(&shop, &[("bill_date", "20260301")]);
    let packed = body(&shop, &[("bill_date", "20260301"), ("tar_type", "GZIP")]);
    let (plain, packed) =
        (shop.send(Call::DownloadBill, &plain).body, shop.send(Call::DownloadBill, &packed).body);
    let members = packed.windows(3).filter(|bytes| *bytes == [0x1F, 0x8B, 0x08]).count();
    assert_eq!(members, 3);
    let (mut first, mut all) = (Vec::new(), Vec::new());
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut first).unwrap();
    flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut all).unwrap();
    assert!(first.len() < plain.len());
    assert_eq!(all, plain);
    let switches: Switches = serde_json::from_str(r#"{"bill-gzip-members":0}"#).unwrap();
    assert!(switches.check().unwrap_err().contains("1 to 64"));
}

#[test]
fn a_failed_bill_has_an_error_code() {
    for (fault, text, number) in [
        ("system-error", "系统错误", "20003"),
        ("bill-closed", "当前商户号账单API权限已经关闭", "20007"),
        ("refused-signature", "签名错误", "20001"),
    ] {
        let mut shop = with_fault(&format!(r#"{{"name":"{fault}"}}"#));
        let asked = body(&shop, &[("bill_date", "20260301")]);
        let answer = map(&Fields::parse(&shop.send(Call::DownloadBill, &asked).body).unwrap());
        assert_eq!(
            (answer["return_code"].as_str(), answer["return_msg"].as_str(), answer["error_code"].as_str()),
            ("FAIL", text, number)
        );
    }
}

#[test]
fn an_institution_gets_the_bill_of_one_of_its_merchants_or_of_all() {
    let mut institution = Merchant::new(APPID, MCH_ID, KEY).unwrap();
    institution.mode =
        Mode::Institution { sub_mch_ids: vec!["1635004477".to_owned(), "1635004478".to_owned()] };
    let mut shop = Shop::new();
    shop.gateway = Gateway::new(vec![institution], Switches::default(), 1);
    for (number, sub_mch_id) in [("A1", "1635004477"), ("A2", "1635004478")] {
        let code = shop.order_with(number, &[("sub_mch_id", sub_mch_id)])["code_url"].clone();
        shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    }
    shop.later(DAY_MS);
    let mut said = |fields: &[(&str, &str)]| {
        let asked = body(&shop, fields);
        String::from_utf8(shop.send(Call::DownloadBill, &asked).body).unwrap()
    };
    let all = said(&[("bill_date", "20260301")]);
    assert!(all.contains(",`1635004477,") && all.contains(",`1635004478,"), "{all}");
    let one = said(&[("bill_date", "20260301"), ("sub_mch_id", "1635004478")]);
    assert!(!one.contains(",`1635004477,") && one.contains(",`1635004478,"), "{one}");
}

#[test]
fn a_bill_can_say_something_else_than_the_gateways_own_books() {
    let mut shop = Shop::with(
        r#"{"bill-edits":[
            {"number":"LOST","times":0},{"number":"TWICE","times":2},{"number":"OTHER","minor":1,"currency":"CNY"},
            {"number":"LATER","later-ms":86400000},{"number":"R1","minor":5}]}"#,
    );
    for number in ["LOST", "TWICE", "OTHER", "LATER", "SAME"] {
        shop.paid_order(number);
    }
    shop.refund_with("SAME", "R1", "3300", &[]);
    shop.later(2 * DAY_MS);
    let lines = bill_lines(&mut shop, "ALL");
    let of = |number: &str| lines.iter().filter(|line| line.contains(&format!(",`{number},"))).count();
    assert_eq!(["LOST", "TWICE", "OTHER", "LATER", "SAME", "R1"].map(of), [0, 2, 1, 0, 2, 1], "{lines:?}");
    let other = lines.iter().find(|line| line.contains(",`OTHER,")).unwrap();
    assert!(other.contains(",`CNY,`0.01,"), "{other}");
    // The totals are those of the lines.
    assert!(lines.iter().any(|line| line.starts_with("`5,`264.01,`0.05,")), "{lines:?}");
    let asked = body(&shop, &[("bill_date", "20260302")]);
    let next = String::from_utf8(shop.send(Call::DownloadBill, &asked).body).unwrap();
    assert!(next.contains(",`LATER,"), "{next}");
}
