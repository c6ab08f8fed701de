//! What is different about an order of API v3: a close that proves nothing, and refund notifications that do.

use gateway::{
    Answer, CallName, Dialect, Failure, OutRefundNo, Outcome, Question, RefundNotification, Trade,
};
use order::{
    CloseReason, ExceptionKind, Input, PageStatus, RefundOrder, RefundStatus, State, Terms, WebhookKind,
};
use wire::v3::notification::Delivery;
use wire::v3::{Edition, KeyRing, Notice, PlatformKey, PublicKey, Verdict};

use crate::life::{DAY, Life, MINUTE, SECOND, T0_MS, terms};
use crate::wechat::{CODE_URL, MCH_ID, NUMBER, PAYMENT, REFUND_ID, hkd};

const SERIAL: &str = "PUB_KEY_ID_0116980023152026030100000000000042";

fn global() -> Terms {
    let category = Some("5499".parse().unwrap());
    Terms { dialect: Dialect::V3(gateway::v3::Terms { edition: Edition::Global, category }), ..terms() }
}

impl Life {
    /// The call in flight ends like this.
    fn told(&mut self, result: Result<Answer, Failure>) {
        let call = self.call.take().expect("a call in flight");
        let outcome = Outcome { call: call.call.name(), result };
        self.give(Input::Answered { attempt: call.attempt, outcome, raw: None });
    }

    fn reported(&mut self, inside: &str) {
        self.give(Input::RefundReported { notification: refund_notification(inside), raw: None });
    }

    fn refund_statuses(&self) -> Vec<RefundStatus> {
        self.order.refunds().map(|refund| refund.status).collect()
    }
}

/// An order of API v3 whose time to pay has ended and whose close is in flight.
fn closing() -> Life {
    let mut life = Life::placing_on(global());
    life.told(Ok(Answer::Placed(CODE_URL.parse().unwrap())));
    while life.calling() != Some(CallName::Close) {
        if life.call.is_none() {
            life.sleep();
        } else {
            life.told(Ok(Answer::Trade(Trade::Open)));
        }
    }
    life
}

/// A paid order of API v3, with a refund that WeChat Pay has accepted.
fn refunding() -> Life {
    let mut life = Life::placing_on(global());
    life.told(Ok(Answer::Placed(CODE_URL.parse().unwrap())));
    life.notify(&crate::wechat::notification(PAYMENT, T0_MS));
    life.give(Input::RefundRequested(RefundOrder::new("R1".parse().unwrap(), hkd(3000))));
    life.told(Ok(Answer::RefundAccepted(REFUND_ID.parse().unwrap())));
    assert_eq!(life.refund_statuses(), [RefundStatus::Processing]);
    life
}

/// The number under which WeChat Pay knows the order's refund.
fn at_gateway(life: &Life) -> OutRefundNo {
    life.order.refunds().next().unwrap().number_at_gateway().clone()
}

/// A notification of a refund, verified.
fn refund_notification(inside: &str) -> RefundNotification {
    let pem = include_str!("../../../../tests/vectors/v3/keys/test-only-public-key-public-key.pem");
    let key = PlatformKey::public_key(SERIAL.parse().unwrap(), PublicKey::from_pem(pem).unwrap());
    let event = if inside.contains("SUCCESS") { "REFUND.SUCCESS" } else { "REFUND.CLOSED" };
    let body = format!(
        r#"{{"event_type":"{event}","resource_type":"encrypt-resource","resource":{{"original_type":"refund",
        "algorithm":"AEAD_AES_256_GCM","nonce":"gcm0039nonce","ciphertext":"AAECAwQFBgcICQoLDA0ODw=="}}}}"#
    );
    let signature = format!("{}=", "A".repeat(343));
    let headers = [
        ("Wechatpay-Timestamp", "1772337600"),
        ("Wechatpay-Nonce", "N0"),
        ("Wechatpay-Serial", SERIAL),
        ("Wechatpay-Signature", &*signature),
    ];
    let delivery = Delivery { headers: &headers, body: body.as_bytes() };
    let claim = delivery.claim(1_772_337_600, &KeyRing::fixed(vec![key]).unwrap()).unwrap();
    let sealed = claim.judge(Verdict::Valid).unwrap().sealed().unwrap();
    match sealed.opened(Some(inside.as_bytes()), Edition::Global).unwrap() {
        Notice::Refund(notice) => (*notice).into(),
        Notice::Payment(_) => panic!("of a refund"),
    }
}

fn inside(number: &OutRefundNo, status: &str) -> String {
    format!(
        r#"{{"mchid":"{MCH_ID}","out_trade_no":"{NUMBER}","transaction_id":"{PAYMENT}","out_refund_no":"{number}",
        "id":"{REFUND_ID}","refund_status":"{status}","amount":{{"refund":3000,"total":8800,"currency":"HKD"}}}}"#
    )
}

#[test]
fn an_order_is_closed_when_a_query_says_so_and_not_when_the_close_was_taken() {
    let mut life = closing();
    let asked_at = life.elapsed();
    life.told(Ok(Answer::CloseTaken));
    assert!(matches!(life.state(), State::Closing { .. }));
    assert_eq!(life.webhooks(), []);
    assert_eq!(life.sleep_until_call(), CallName::Query);
    assert!(life.elapsed() <= asked_at + 10 * SECOND);
    life.told(Ok(Answer::Trade(Trade::Closed)));
    assert!(matches!(life.state(), State::Closed { reason: CloseReason::Expired, .. }));
    assert_eq!(life.webhooks(), [WebhookKind::OrderClosed]);
}

#[test]
fn a_payment_that_came_before_the_close_is_found_by_the_query_after_it() {
    let mut life = closing();
    life.told(Ok(Answer::CloseTaken));
    life.notify(&crate::wechat::notification(PAYMENT, T0_MS + 29 * MINUTE));
    assert_eq!(life.status(), PageStatus::Paid);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn an_order_that_stays_open_after_its_close_is_closed_again_ever_more_rarely_until_a_person_is_told() {
    let mut life = closing();
    let began = life.elapsed();
    let mut closes = 0;
    while matches!(life.state(), State::Closing { .. }) {
        match life.sleep_until_call() {
            CallName::Close => {
                closes += 1;
                life.told(Ok(Answer::CloseTaken));
            }
            _ => life.told(Ok(Answer::Trade(Trade::Open))),
        }
        assert!(closes < 100, "as often as that");
    }
    assert!(life.elapsed() - began >= DAY);
    assert_eq!(life.exceptions(), [ExceptionKind::Unresolved]);
}

#[test]
fn a_refunds_notification_is_evidence() {
    let mut life = refunding();
    let number = at_gateway(&life);
    life.at(20 * SECOND).reported(&inside(&number, "SUCCESS"));
    assert_eq!(life.refund_statuses(), [RefundStatus::Refunded]);
    assert_eq!(life.calling(), None, "nothing is asked");
    assert!(life.webhooks().contains(&WebhookKind::RefundUpdated));
    // Once more changes nothing, and neither does the contrary.
    life.reported(&inside(&number, "SUCCESS"));
    life.reported(&inside(&number, "CLOSED"));
    assert_eq!(life.refund_statuses(), [RefundStatus::Refunded]);
    assert_eq!(life.exceptions(), []);
}

#[test]
fn a_refunds_notification_is_compared_with_the_ledger() {
    for (from, to) in [
        ("\"refund\":3000", "\"refund\":3001"),
        ("\"total\":8800", "\"total\":8801"),
        ("\"HKD\"", "\"USD\""),
        (MCH_ID, "1634117206"),
        (NUMBER, "HK20260301A0002"),
    ] {
        let mut life = refunding();
        let good = inside(&at_gateway(&life), "SUCCESS");
        let other = good.replace(from, to);
        assert_ne!(good, other);
        life.reported(&other);
        assert_eq!(life.refund_statuses(), [RefundStatus::Processing], "{to}");
        assert_eq!(life.exceptions(), [ExceptionKind::AboutSomethingElse], "{to}");
    }
}

#[test]
fn a_refunds_notification_that_leaves_something_out_is_the_reason_to_ask() {
    for part in [
        format!(r#""transaction_id":"{PAYMENT}","#),
        format!(r#""id":"{REFUND_ID}","#),
        r#","amount":{"refund":3000,"total":8800,"currency":"HKD"}"#.into(),
    ] {
        let mut life = refunding();
        let good = inside(&at_gateway(&life), "SUCCESS");
        life.at(20 * SECOND).reported(&good.replace(&part, ""));
        assert_eq!(life.refund_statuses(), [RefundStatus::Processing], "{part}");
        assert_eq!(life.calling(), Some(CallName::RefundQuery), "{part}");
        assert!(matches!(life.question(), Question::QueryRefund { .. }));
    }
}

#[test]
fn a_refund_made_elsewhere_is_learned_from_its_notification() {
    let mut life = refunding();
    life.reported(&inside(&"BY-HAND".parse().unwrap(), "SUCCESS"));
    assert_eq!(life.refund_statuses(), [RefundStatus::Processing, RefundStatus::Refunded]);
    assert_eq!(life.exceptions(), [ExceptionKind::RefundedElsewhere]);
    assert_eq!(life.calling(), None);
}

#[test]
fn a_list_of_refunds_that_cannot_be_asked_for_is_not_asked_for_again() {
    let none = || Err(Failure::NotWritten("query each refund by its number".into()));
    let mut life = Life::placing_on(global());
    life.told(Ok(Answer::Placed(CODE_URL.parse().unwrap())));
    life.notify(&crate::wechat::notification(PAYMENT, T0_MS));
    life.settle();
    life.give(Input::RefundNotified { out_refund_no: "BY-HAND".parse().unwrap(), raw: None });
    assert!(matches!(life.question(), Question::ListRefunds { .. }));
    life.told(none());
    assert_eq!(life.exceptions(), [ExceptionKind::RefundedElsewhere]);
    life.settle();
    assert!(life.order.is_settled());

    let mut life = refunding();
    life.give(Input::RefundNotified { out_refund_no: "BY-HAND".parse().unwrap(), raw: None });
    while !matches!(life.call.as_ref().map(|call| &call.call.question), Some(Question::ListRefunds { .. })) {
        life.sleep();
    }
    life.told(none());
    assert_eq!(life.exceptions(), [], "a refund of ours explains it");
}
