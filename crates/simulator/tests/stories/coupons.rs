//! Payments with coupons, and what refunds return of each coupon.

use simulator::gateway::Call;
use wire::v2::{ApiKey, Fields};

use crate::shop::{Answer, DAY_MS, KEY, MINUTE_MS, Shop, map};

/// A paid order of 100.00 CNY, of which coupons pay 10.00.
fn shop_with_a_coupon() -> (Shop, Answer) {
    let mut shop = Shop::with(r#"{"coupon":1000}"#);
    let price = [("total_fee", "10000"), ("fee_type", "CNY"), ("version", "1.0"), ("device_info", "WEB")];
    let ordered = shop.order_with("A1", &price);
    shop.gateway.pay(shop.now_ms, &ordered["code_url"], "me").unwrap();
    (shop, ordered)
}

fn refunded(shop: &mut Shop, number: &str, fee: &str) -> Answer {
    let fees =
        [("total_fee", "10000"), ("refund_fee_type", "CNY"), ("notify_url", "https://pay.example.com/r")];
    shop.refund_with("A1", number, fee, &fees)
}

fn value(fields: &Answer, name: &str) -> u64 {
    fields.get(name).map_or(0, |text| text.parse().unwrap())
}

#[test]
fn a_payment_with_coupons_lists_them_in_the_query_and_in_the_notification() {
    let (mut shop, _) = shop_with_a_coupon();
    let notification = shop.receive().remove(0);
    let notification = map(&Fields::parse(notification.as_bytes()).unwrap());
    for fields in [shop.query("A1"), notification] {
        for (name, expected) in [
            ("total_fee", "10000"),
            ("settlement_total_fee", "9500"),
            ("cash_fee", "9000"),
            ("coupon_fee", "1000"),
            ("coupon_count", "2"),
            ("coupon_type_0", "CASH"),
            ("coupon_fee_0", "500"),
            ("coupon_type_1", "NO_CASH"),
            ("coupon_fee_1", "500"),
            ("device_info", "WEB"),
        ] {
            assert_eq!(fields[name], expected, "{name}");
        }
        assert_ne!(fields["coupon_id_0"], fields["coupon_id_1"]);
        assert!(fields["promotion_detail"].contains(&fields["coupon_id_1"]));
    }
}

#[test]
fn a_refund_gives_back_its_part_of_every_coupon() {
    let (mut shop, _) = shop_with_a_coupon();
    let paid = shop.query("A1");
    shop.receive();
    let first = refunded(&mut shop, "R1", "3333");
    assert_eq!((value(&first, "cash_refund_fee"), value(&first, "coupon_refund_fee")), (3000, 333));
    assert_eq!((first["coupon_type_0"].as_str(), value(&first, "coupon_refund_fee_0")), ("CASH", 166));
    assert_eq!(first["coupon_refund_id_1"], paid["coupon_id_1"]);
    assert_eq!((value(&first, "settlement_refund_fee"), value(&first, "settlement_total_fee")), (3166, 9500));

    shop.later(MINUTE_MS);
    let second = refunded(&mut shop, "R2", "6667");
    assert_eq!((value(&second, "cash_refund_fee"), value(&second, "coupon_refund_fee")), (6000, 667));

    let queried = shop.call(Call::RefundQuery, &[("out_trade_no", "A1")]);
    assert_eq!((value(&queried, "coupon_refund_fee_0"), value(&queried, "coupon_refund_fee_1")), (333, 667));
    assert_eq!(
        (queried["coupon_type_1_0"].as_str(), value(&queried, "coupon_refund_fee_1_0")),
        ("CASH", 334)
    );
    assert_eq!(
        (value(&queried, "coupon_refund_count_1"), value(&queried, "settlement_refund_fee_1")),
        (2, 6334)
    );

    shop.later(MINUTE_MS);
    let notification = shop.receive().remove(0);
    let notification =
        wire::v2::refund_notification::read(notification.as_bytes(), &[&ApiKey::new(KEY).unwrap()]).unwrap();
    assert_eq!(notification.settlement_refund_minor, Some(3166));
}

#[test]
fn the_payer_pays_the_rest_of_a_foreign_price_at_the_days_rate() {
    let mut shop = Shop::with(r#"{"coupon":800}"#);
    let code = shop.order("A1");
    let seen = shop.gateway.scan(shop.now_ms, &code, "me");
    let paid = shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    assert_eq!((seen.cny.unwrap().minor, seen.coupon.unwrap().minor), (7360, 800));
    assert_eq!((paid.cny.minor, paid.coupon.unwrap().minor), (7360, 800));
    assert_eq!(shop.query("A1")["settlement_total_fee"], "8400");
}

#[test]
fn the_bill_counts_coupons_apart_and_settles_without_discounts() {
    let (mut shop, _) = shop_with_a_coupon();
    refunded(&mut shop, "R1", "5000");
    shop.later(DAY_MS);
    let asked = shop.message(&[("bill_date", "20260301")]).to_xml();
    let bill = String::from_utf8(shop.send(Call::DownloadBill, &asked).body).unwrap();
    assert!(bill.contains("`WEB,"), "{bill}");
    assert!(bill.ends_with("\r\n`2,`95.00,`47.50,`2.50,`0.47500,`100.00,`50.00\r\n"), "{bill}");
}

#[test]
fn ten_refunds_of_three_coupons_each_fill_an_answer() {
    let mut shop = Shop::with(r#"{"coupon":1000,"coupon-count":3}"#);
    shop.paid_order("A1");
    for n in 0..12 {
        shop.refund_with("A1", &format!("R{n}"), "700", &[]);
        shop.later(MINUTE_MS);
    }
    let body = shop.message(&[("out_trade_no", "A1")]).to_xml();
    let answer = String::from_utf8(shop.send(Call::RefundQuery, &body).body).unwrap();
    assert!(answer.contains("<refund_count>10</refund_count>"), "{answer}");
    for n in 0..10 {
        for m in 0..3 {
            assert!(answer.contains(&format!("<coupon_refund_fee_{n}_{m}>")), "{n} {m}");
        }
    }
    assert!(answer.matches("</").count() > 200, "{answer}");
}

#[test]
fn coupons_add_up_to_their_sum_however_many_they_are() {
    for count in [1, 2, 3, 20] {
        let mut shop = Shop::with(&format!(r#"{{"coupon":1001,"coupon-count":{count}}}"#));
        let paid = shop.paid_order("A1");
        assert_eq!(paid.coupon.unwrap().minor, 1001);
        let found = shop.query("A1");
        assert_eq!(value(&found, "coupon_count"), count);
        let fees: u64 = (0..count).map(|n| value(&found, &format!("coupon_fee_{n}"))).sum();
        assert_eq!((fees, value(&found, "coupon_fee")), (1001, 1001));
        assert_eq!((0..count).filter(|n| found[&format!("coupon_type_{n}")] == "CASH").count(), 1);
    }
}
