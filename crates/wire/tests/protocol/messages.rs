//! Each of the 117 messages gets the verdict and the stage that `tests/vectors/messages.json` states.

use crate::vectors::{self, Sample, samples};
use wire::Expected;
use wire::Stage;
use wire::v2::notification::{NotificationError, Outcome, Unverified};
use wire::v2::{Fields, notify_reply, refund_notification};

/// The verdict of a merchant who knows the orders of the vectors, on a body at the notify URL.
fn verdict_on_payment(sample: &Sample) -> Result<&'static str, Stage> {
    let stage = |error: NotificationError| error.stage();
    let unverified = Unverified::parse(&sample.body).map_err(stage)?;
    let known = samples()
        .into_iter()
        .filter_map(|other| other.order)
        .find(|order| order.out_trade_no == *unverified.out_trade_no());
    // The merchant has one key for all orders. An institution has its own key.
    let key = match &known {
        Some(order) if order.merchant.sub_mch_id.is_some() => vectors::key_named("K3"),
        Some(_) | None => vectors::merchants_key(),
    };
    let sign_type = known.as_ref().map_or(wire::v2::SignType::Md5, |order| order.sign_type);
    let verified = unverified.verify(sign_type, &[&key]).map_err(stage)?;
    let order = known.ok_or(Stage::Business)?;
    let expected = Expected {
        merchant: &order.merchant,
        out_trade_no: &order.out_trade_no,
        total: order.total,
        // The vectors do not record the order's `attach`.
        attach: verified.payment().and_then(|payment| payment.attach.as_deref()),
    };
    match verified.check(&expected) {
        Ok(Some(_)) => Ok("accept"),
        Ok(None) => Ok("accept-not-paid"),
        Err(_) => Err(Stage::Business),
    }
}

fn verdict_on_refund(sample: &Sample) -> Result<&'static str, Stage> {
    refund_notification::read(&sample.body, &[&vectors::merchants_key()])
        .map(|_| "accept")
        .map_err(|error| error.stage())
}

fn verdict_on_signed(sample: &Sample) -> Result<&'static str, Stage> {
    let fields = Fields::parse(&sample.body).map_err(|error| error.stage())?;
    match sample.sign_type {
        Some(sign_type) => {
            fields.verify(sign_type, sample.key()).map(|()| "accept").map_err(|error| error.stage())
        }
        None => Ok("accept"),
    }
}

#[test]
fn all_messages_get_the_verdict_and_the_stage_that_the_manifest_gives_them() {
    let samples = samples();
    assert_eq!(samples.len(), 117);
    let mut wrong = Vec::new();
    for sample in &samples {
        let verdict = match (sample.direction.as_str(), sample.number()) {
            ("gateway->notify_url", "90" | "94") => verdict_on_refund(sample),
            ("gateway->notify_url", _) => verdict_on_payment(sample),
            // The decrypted refund notifications, the nested answer and the bills have their own tests.
            ("inside req_info", _) | (_, "a3" | "a6" | "ac" | "ad" | "ae" | "af") => Ok("accept"),
            _ => verdict_on_signed(sample),
        };
        let verdict = verdict.map_or_else(|stage| format!("reject at {stage}"), str::to_owned);
        if verdict != sample.verdict {
            wrong.push(format!("{}: {verdict}, not {}", sample.file, sample.verdict));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_numbers_of_accepted_and_refused_messages_are_those_of_the_manifest() {
    let count = |verdict: &str| samples().iter().filter(|sample| sample.verdict.starts_with(verdict)).count();
    assert_eq!((count("accept"), count("accept-not-paid"), count("reject at")), (77, 1, 40));
    for stage in ["encoding", "parse", "splice", "signature", "business"] {
        assert!(count(&format!("reject at {stage}")) > 0, "{stage}");
    }
}

#[test]
fn a_body_of_more_than_64_kib_is_refused_at_size_before_anything_else() {
    let mut body = vectors::sample("genuine/60").body;
    body.resize(wire::v2::MAX_BODY_BYTES + 1, 0xFF);
    assert_eq!(Unverified::parse(&body).unwrap_err().stage(), Stage::Size);
}

#[test]
fn the_genuine_and_the_forged_cut_of_one_message_have_one_signature() {
    let cuts = ["hostile/90a", "hostile/90b"].map(vectors::sample);
    let [genuine, forged] = cuts.each_ref().map(|sample| Fields::parse(&sample.body).unwrap());
    assert_eq!(genuine.get("sign"), forged.get("sign"));
    for fields in [&genuine, &forged] {
        // The plain algorithm accepts both. Only the splice check notices that something is wrong.
        assert_eq!(fields.verify(wire::v2::SignType::Md5, &vectors::merchants_key()), Ok(()));
        assert!(fields.refuse_splices().is_err());
    }
}

#[test]
fn a_real_field_merged_into_the_value_before_it_is_detected() {
    let sample = vectors::sample("genuine/72");
    let (sign_type, key) = (sample.sign_type.unwrap(), sample.key());
    let genuine = Fields::parse(&sample.body).unwrap();
    assert_eq!(genuine.refuse_splices(), Ok(()), "&B= is no field");
    let signed: Vec<_> = genuine.iter().filter(|(name, _)| *name != "sign").collect();
    for (gone, (name, value)) in signed.iter().enumerate().skip(1) {
        let mut forged = wire::v2::Message::new();
        for (place, (kept, text)) in signed.iter().enumerate().filter(|(place, _)| *place != gone) {
            let merged = if place + 1 == gone { format!("&{name}={value}") } else { String::new() };
            forged.echo((*kept).to_owned(), format!("{text}{merged}")).unwrap();
        }
        forged.echo("sign", genuine.get("sign").unwrap()).unwrap();
        let body = forged.to_xml();
        let fields = Fields::parse(body.as_bytes()).unwrap();
        // By the documents, a message without `fee_type` is about CNY, and its signature is still valid.
        assert_eq!((fields.get(name), fields.verify(sign_type, key)), (None, Ok(())), "{name}");
        assert_eq!(Unverified::parse(body.as_bytes()).unwrap_err().stage(), Stage::Splice, "{name}");
    }
}

#[test]
fn every_field_of_a_payment_is_read() {
    let verified = |beginning: &str| {
        let sample = vectors::sample(beginning);
        let unverified = Unverified::parse(&sample.body).unwrap();
        unverified.verify(sample.sign_type.unwrap(), &[sample.key()]).unwrap()
    };

    let plain = verified("genuine/60");
    let payment = plain.payment().unwrap();
    let total = payment.total.or_in(wire::Currency::CNY);
    assert_eq!(total.to_string(), "88.00 HKD");
    assert_eq!(payment.cash.unwrap().to_string(), "80.96 CNY");
    assert_eq!(payment.rate.unwrap().to_cny(total), payment.cash);
    assert_eq!(payment.time_end.to_string(), "20260301120345");
    assert_eq!((payment.bank_type.as_deref(), payment.is_subscribe), (Some("OTHERS"), Some(false)));
    assert_eq!(plain.unknown().iter().count(), 0);

    let with_coupons = verified("genuine/63");
    let payment = with_coupons.payment().unwrap();
    assert_eq!(payment.coupons.len(), 2);
    let coupons: u64 = payment.coupons.iter().filter_map(|coupon| coupon.fee_minor).sum();
    assert_eq!(Some(coupons), payment.coupon_total_minor);
    assert_eq!(payment.total.minor - coupons, payment.cash.unwrap().minor);
    assert_eq!(with_coupons.unknown().iter().count(), 0);

    let with_new_fields = verified("genuine/65");
    assert!(with_new_fields.unknown().iter().count() > 0);

    let institution = verified("genuine/66");
    assert_eq!(institution.merchant().sub_mch_id.as_ref().unwrap().as_str(), "1635004477");
    assert_eq!(
        institution.payment().unwrap().sub_openid.as_ref().unwrap().as_str(),
        "oSubOpenId-000000000000000001"
    );

    let special = verified("genuine/70");
    assert_eq!(special.payment().unwrap().attach.as_deref(), Some("  lead, trail & <tag> ]]> 中文 +%20 ;  "));

    let failed = verified("genuine/71");
    assert!(matches!(failed.outcome(), Outcome::NotPaid { .. }));
    assert_eq!(failed.payment(), None);
}

#[test]
fn a_key_that_is_being_replaced_still_verifies_and_no_key_verifies_nothing() {
    let sample = vectors::sample("genuine/60");
    let unverified = Unverified::parse(&sample.body).unwrap();
    let (old, new) = (vectors::key_named("K1"), vectors::key_named("K3"));
    for keys in [vec![&old, &new], vec![&new, &old], vec![&old]] {
        assert!(unverified.verify(wire::v2::SignType::Md5, &keys).is_ok());
    }
    for keys in [vec![&new], vec![]] {
        assert_eq!(unverified.verify(wire::v2::SignType::Md5, &keys).unwrap_err().stage(), Stage::Signature);
    }
}

#[test]
fn refund_notifications_decrypt_to_the_plaintext_beside_them() {
    for beginning in ["genuine/90", "genuine/94"] {
        let sample = vectors::sample(beginning);
        let hint = refund_notification::read(&sample.body, &[&vectors::merchants_key()]).unwrap();
        let inside = String::from_utf8(vectors::read(sample.plaintext.as_deref().unwrap())).unwrap();
        let inside = inside.replace("<root>", "<xml>").replace("</root>", "</xml>");
        let fields = Fields::parse(inside.as_bytes()).unwrap();
        assert_eq!(fields.get("out_refund_no"), Some(hint.out_refund_no.as_str()));
        assert_eq!(fields.get("refund_status"), Some(hint.refund_status.as_str()));
        assert_eq!(fields.get("refund_fee"), Some(&*hint.refund_minor.unwrap().to_string()));
        assert_eq!(fields.get("total_fee"), Some(&*hint.total_minor.unwrap().to_string()));
        assert_eq!(fields.get("success_time"), hint.success_time.map(wire::v2::WxTime::to_dashed).as_deref());
        assert_eq!(hint.unknown.iter().count(), 0);
    }
}

#[test]
fn only_the_reply_success_stops_the_deliveries() {
    assert_eq!(vectors::sample("genuine/75").body, notify_reply::SUCCESS.as_bytes());
    assert!(notify_reply::is_success(&vectors::sample("genuine/75").body));
    assert!(!notify_reply::is_success(&vectors::sample("genuine/76").body));
}
