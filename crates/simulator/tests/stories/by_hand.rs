//! Refunds that a person makes in the merchant platform.

use simulator::gateway::{ByHand, Call, Delivery, Gateway, Merchant, NotMade, Power, Switches, TradeState};

use crate::faults::with_fault;
use crate::shop::{APPID, KEY, MCH_ID, Shop, key};

fn of(number: &str) -> ByHand {
    ByHand { out_trade_no: number.to_owned(), ..ByHand::default() }
}

fn part(number: &str, minor: u64) -> ByHand {
    ByHand { minor: Some(minor), ..of(number) }
}

/// A shop whose merchant platform has an address for refunds.
fn notified_shop() -> Shop {
    let mut merchant = Merchant::new(APPID, MCH_ID, KEY).unwrap();
    merchant.set_refund_notify_url("https://pay.example.com/refunds").unwrap();
    let mut shop = Shop::new();
    shop.gateway = Gateway::new(vec![merchant], Switches::default(), 1);
    shop
}

fn due(shop: &mut Shop) -> Vec<Delivery> {
    shop.later(3000);
    shop.gateway.due(shop.now_ms)
}

#[test]
fn a_refund_by_hand_is_seen_by_every_query_and_notified() {
    let mut shop = notified_shop();
    let paid = shop.paid_order("A1");
    shop.receive();
    let made = shop.gateway.refund_by_hand(shop.now_ms, &part("A1", 3300)).unwrap();
    assert_eq!((made.amount.minor, made.notified), (3300, true));
    assert_eq!(made.transaction_id, paid.transaction_id);
    assert_eq!(shop.query("A1")["trade_state"], "REFUND");
    for asked in [
        ("out_trade_no", "A1"),
        ("transaction_id", paid.transaction_id.as_str()),
        ("out_refund_no", made.out_refund_no.as_str()),
        ("refund_id", made.refund_id.as_str()),
    ] {
        let found = shop.call(Call::RefundQuery, &[asked]);
        assert_eq!(
            (found["out_refund_no_0"].as_str(), found["refund_fee_0"].as_str()),
            (&*made.out_refund_no, "3300"),
            "{asked:?}"
        );
    }
    let notification = due(&mut shop);
    assert_eq!(notification[0].url, "https://pay.example.com/refunds");
    let inside = wire::v2::refund_notification::read(notification[0].body.as_bytes(), &[&key()]).unwrap();
    assert_eq!(inside.out_refund_no.as_str(), made.out_refund_no);
    assert!(format!("{inside:?}").contains("VENDOR_PLATFORM"), "{inside:?}");
    let view = shop.gateway.order(shop.now_ms, "A1").unwrap();
    assert_eq!((view.refunds[0].source, view.payments[0].left_minor), ("VENDOR_PLATFORM", 5500));
}

#[test]
fn a_refund_by_hand_without_an_amount_returns_all_that_is_left() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    shop.refund_with("A1", "R1", "3300", &[]);
    let made = shop.gateway.refund_by_hand(shop.now_ms, &of("A1")).unwrap();
    assert_eq!(made.amount.minor, 5500);
    shop.later(crate::shop::MINUTE_MS);
    assert_eq!(shop.refund_with("A1", "R2", "1", &[])["err_code_des"], "订单已全额退款");
}

#[test]
fn a_refund_by_hand_can_be_silent_or_notified_elsewhere() {
    let mut shop = notified_shop();
    shop.paid_order("A1");
    shop.receive();
    let quiet = ByHand { notify: Power::Off, ..part("A1", 1) };
    assert!(!shop.gateway.refund_by_hand(shop.now_ms, &quiet).unwrap().notified);
    assert!(due(&mut shop).is_empty());
    let elsewhere = ByHand { notify_url: Some("https://elsewhere.example/r".to_owned()), ..part("A1", 1) };
    shop.gateway.refund_by_hand(shop.now_ms, &elsewhere).unwrap();
    assert_eq!(due(&mut shop)[0].url, "https://elsewhere.example/r");
}

#[test]
fn the_second_payment_of_an_order_can_be_refunded_by_hand() {
    let mut shop = with_fault(r#"{"name":"second-payment","times":1}"#);
    shop.paid_order("A1");
    let second = shop.gateway.order(shop.now_ms, "A1").unwrap().payments[1].transaction_id.clone();
    let asked = ByHand { transaction_id: Some(second.clone()), ..of("A1") };
    let made = shop.gateway.refund_by_hand(shop.now_ms, &asked).unwrap();
    assert_eq!((made.transaction_id, made.amount.minor), (second, 8800));
    assert_eq!(shop.state("A1"), TradeState::Success);
}

#[test]
fn a_refused_refund_by_hand_says_why() {
    let mut shop = Shop::new();
    let refused = |shop: &mut Shop, asked: &ByHand| match shop.gateway.refund_by_hand(shop.now_ms, asked) {
        Err(NotMade::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(shop.gateway.refund_by_hand(shop.now_ms, &of("A1")), Err(NotMade::UnknownOrder));
    shop.order("A1");
    assert!(refused(&mut shop, &of("A1")).contains("no such payment"));
    shop.paid_order("A2");
    let unknown = ByHand { transaction_id: Some("42".to_owned()), ..of("A2") };
    assert!(refused(&mut shop, &unknown).contains("no such payment"));
    assert_eq!(refused(&mut shop, &part("A2", 8801)), "退款金额大于可退金额");
    assert!(refused(&mut shop, &part("A2", 0)).contains("at least 1"));
    let nowhere = ByHand { notify_url: Some("nowhere".to_owned()), ..of("A2") };
    assert!(refused(&mut shop, &nowhere).contains("full http"));
    shop.gateway.refund_by_hand(shop.now_ms, &of("A2")).unwrap();
    assert_eq!(refused(&mut shop, &of("A2")), "订单已全额退款");
}

#[test]
fn a_refund_by_hand_survives_a_restart() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let made = shop.gateway.refund_by_hand(shop.now_ms, &part("A1", 3300)).unwrap();
    let saved = shop.gateway.save().unwrap();
    shop.gateway = Gateway::new(vec![Merchant::new(APPID, MCH_ID, KEY).unwrap()], Switches::default(), 9);
    shop.gateway.load(shop.now_ms, &saved).unwrap();
    let view = shop.gateway.order(shop.now_ms, "A1").unwrap();
    assert_eq!(
        (view.refunds[0].out_refund_no.as_str(), view.refunds[0].source),
        (&*made.out_refund_no, "VENDOR_PLATFORM")
    );
}
