//! Small promises of the public API that no message shows.

use wire::v2::notification::Unverified;
use wire::v2::{Fields, XmlError};
use wire::{Expected, MchId, Merchant, Mismatch, Money, Stage, TradeType};

use crate::vectors;

#[test]
fn stages_are_named_and_come_in_the_order_of_the_checks() {
    let stages =
        [Stage::Size, Stage::Encoding, Stage::Parse, Stage::Splice, Stage::Signature, Stage::Business];
    assert!(stages.is_sorted_by(|one, next| one < next));
    let names: Vec<_> = stages.iter().map(Stage::to_string).collect();
    assert_eq!(names, ["size", "encoding", "parse", "splice", "signature", "business"]);
}

#[test]
fn every_mismatch_of_a_genuine_payment_is_named() {
    let sample = vectors::sample("genuine/60");
    let order = sample.order.as_ref().unwrap();
    let verified = Unverified::parse(&sample.body)
        .unwrap()
        .verify(order.sign_type, &[&vectors::merchants_key()])
        .unwrap();
    let expected = Expected {
        merchant: &order.merchant,
        out_trade_no: &order.out_trade_no,
        total: order.total,
        attach: None,
    };
    assert_eq!(verified.check(&expected), Ok(verified.payment()));
    assert_eq!(verified.out_trade_no(), &order.out_trade_no);

    let other_merchant = Merchant { mch_id: MchId::new("1").unwrap(), ..order.merchant.clone() };
    let other_number = "A1".parse().unwrap();
    let other_currency = Money::new(order.total.minor, wire::Currency::CNY);
    let other_amount = Money::new(order.total.minor - 1, order.total.currency);
    let number = order.out_trade_no.to_string();
    for (expected, mismatch) in [
        (Expected { merchant: &other_merchant, ..expected }, Mismatch::Merchant),
        (Expected { out_trade_no: &other_number, ..expected }, Mismatch::OrderNumber { claimed: number }),
        (Expected { total: other_currency, ..expected }, Mismatch::Currency { claimed: order.total }),
        (Expected { total: other_amount, ..expected }, Mismatch::Amount { claimed: order.total }),
        (Expected { attach: Some("ours"), ..expected }, Mismatch::Attach),
    ] {
        assert_eq!(verified.check(&expected), Err(mismatch));
    }

    let mut another_trade = verified.payment().unwrap().payment();
    another_trade.trade_type = TradeType::Jsapi;
    let mismatch = Mismatch::TradeType { claimed: "JSAPI".into() };
    assert_eq!(expected.check(verified.merchant(), &another_trade), Err(mismatch));
}

#[test]
fn an_unverified_notification_gives_only_its_order_number() {
    let sample = vectors::sample("genuine/60");
    assert_eq!(Unverified::parse(&sample.body).unwrap().out_trade_no().as_str(), "HK20260301A0001");
    let without = b"<xml><return_code>SUCCESS</return_code></xml>";
    assert_eq!(Unverified::parse(without).unwrap_err().stage(), Stage::Business);
    let failed = b"<xml><return_code>FAIL</return_code><out_trade_no>A1</out_trade_no></xml>";
    assert_eq!(Unverified::parse(failed).unwrap_err().stage(), Stage::Signature);
    let fields = Fields::parse(failed).unwrap();
    let verdict =
        wire::v2::notification::verify(&fields, wire::v2::SignType::Md5, &[&vectors::merchants_key()]);
    assert_eq!(verdict.unwrap_err(), wire::v2::notification::NotificationError::ReturnCodeFail);
}

#[test]
fn a_genuine_notification_without_its_codes_is_malformed() {
    let signed = |replace: &str, by: &str| {
        let body = String::from_utf8(vectors::sample("genuine/60").body).unwrap();
        let body = body.replace(replace, by);
        let fields = Fields::parse(body.as_bytes()).unwrap();
        let mut message = wire::v2::Message::new();
        for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
            message.echo(name.to_owned(), value).unwrap();
        }
        let xml = message.sign(wire::v2::SignType::Md5, &vectors::merchants_key()).to_xml();
        let fields = Fields::parse(xml.as_bytes()).unwrap();
        wire::v2::notification::verify(&fields, wire::v2::SignType::Md5, &[&vectors::merchants_key()])
    };
    assert!(signed("", "").is_ok());
    let success = "<return_code><![CDATA[SUCCESS]]></return_code>";
    for other in ["<return_code>YES</return_code>", ""] {
        assert_eq!(signed(success, other).unwrap_err().stage(), Stage::Business, "{other}");
    }
    let success = "<result_code><![CDATA[SUCCESS]]></result_code>";
    for other in ["<result_code>OK</result_code>", ""] {
        assert_eq!(signed(success, other).unwrap_err().stage(), Stage::Business, "{other}");
    }
}

#[test]
fn no_error_reveals_what_was_in_the_message() {
    let secret = "oTestOpenId-A1b2C3d4E5f6G7h8";
    let body = format!("<xml><openid>{secret}</openid><{secret}>1</{secret}><a:b/></xml>");
    let error = Fields::parse(body.as_bytes()).unwrap_err();
    assert_eq!(error, XmlError::Prefix);
    assert!(!format!("{error} {error:?}").contains(secret));
}
