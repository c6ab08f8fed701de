//! Properties that must hold for all messages, not only for those that somebody thought of.

use proptest::prelude::*;
use wire::v2::bill::{Bill, BillColumn};
use wire::v2::notification::Unverified;
use wire::v2::{ApiKey, Fields, Message, SignType, VerifiedNotification, WxDate, WxTime};

use crate::field_sets::{FieldSet, field_set, holds_a_field, value};

fn key() -> ApiKey {
    ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
}

fn message(fields: &FieldSet) -> Message {
    let mut message = Message::new();
    for (name, value) in fields {
        message.set(name.clone(), value.clone()).unwrap();
    }
    message
}

fn sign_type() -> impl Strategy<Value = SignType> {
    prop::sample::select(vec![SignType::Md5, SignType::HmacSha256])
}

/// The name of a field of a notification, numbered or not.
fn known_name() -> impl Strategy<Value = String> {
    let plain = [
        "appid",
        "mch_id",
        "sub_mch_id",
        "fee_type",
        "total_fee",
        "sign_type",
        "key",
        "rate",
        "out_trade_no",
    ];
    let numbered = ["coupon_fee", "coupon_id", "coupon_type", "refund_fee", "coupon_refund_fee"];
    prop_oneof![
        prop::sample::select(plain.to_vec()).prop_map(str::to_owned),
        (prop::sample::select(numbered.to_vec()), 0..20_u8).prop_map(|(stem, n)| format!("{stem}_{n}")),
    ]
}

/// A short genuine notification.
fn notification(sign_type: SignType) -> String {
    let mut message = Message::new();
    for (name, value) in [
        ("appid", "wx1"),
        ("attach", "茶 & cups"),
        ("mch_id", "1"),
        ("openid", "o1"),
        ("out_trade_no", "A1"),
        ("result_code", "SUCCESS"),
        ("return_code", "SUCCESS"),
        ("time_end", "20260301120345"),
        ("total_fee", "8800"),
        ("trade_type", "NATIVE"),
        ("transaction_id", "42"),
    ] {
        message.set(name, value).unwrap();
    }
    message.sign(sign_type, &key()).to_xml()
}

/// A product name with everything that has a meaning in a bill.
fn product() -> impl Strategy<Value = String> {
    let pieces = [
        "tea",
        " ",
        ",",
        "`",
        "\n",
        "\r\n",
        "总交易单数",
        "`1",
        "`2026-03-01 ",
        ",`",
        "中",
        "\n`2026-03-02 12:00:00,`A9",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..6).prop_map(|pieces| pieces.concat())
}

/// A bill of payments with these products. Each costs one dollar more than the one before.
fn bill_of(products: &[String]) -> String {
    let mut text = "交易时间,商户订单号,货币种类,商品名称,手续费,费率,订单金额,费率备注\n".to_owned();
    for (n, product) in products.iter().enumerate() {
        text += &format!("`2026-03-01 12:03:45,`A{n},`HKD,`{product},`0.01000,`1.00%,`{}.00,`\n", n + 1);
    }
    let sum = products.len() * (products.len() + 1) / 2;
    text + &format!("总交易单数,订单总金额\n`{},`{sum}.00\n", products.len())
}

fn verified(body: &[u8], sign_type: SignType) -> Option<VerifiedNotification> {
    Unverified::parse(body).ok()?.verify(sign_type, &[&key()]).ok()
}

#[test]
fn every_change_of_one_byte_of_a_signed_body_is_refused_or_changes_no_meaning() {
    let body = notification(SignType::Md5);
    let genuine = verified(body.as_bytes(), SignType::Md5).expect("genuine");
    let mut changed = body.clone().into_bytes();
    let (mut changes, mut same) = (0, 0);
    for position in 0..changed.len() {
        let original = changed[position];
        for byte in (0..=u8::MAX).filter(|byte| *byte != original) {
            changed[position] = byte;
            changes += 1;
            if let Some(read) = verified(&changed, SignType::Md5) {
                assert_eq!(read, genuine, "byte {position} as {byte:#04x}");
                same += 1;
            }
        }
        changed[position] = original;
    }
    assert_eq!(changes, 120_615, "as the README of wire says");
    // A line feed between elements may become another blank. No other change is accepted.
    assert_eq!(same, 3 * body.matches('\n').count());
}

proptest! {
    #[test]
    fn writing_and_reading_is_identity(fields in field_set()) {
        let xml = message(&fields).to_xml();
        let read = Fields::parse(xml.as_bytes()).unwrap();
        let read: FieldSet = read.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        prop_assert_eq!(read, fields);
    }

    #[test]
    fn carriage_returns_survive_too(value in value(), at in any::<prop::sample::Index>()) {
        let mut text: Vec<char> = value.chars().collect();
        text.insert(at.index(text.len() + 1), '\r');
        let text: String = text.into_iter().collect();
        // A carriage return may split a name, but never creates one.
        let mut message = Message::new();
        message.set("attach", text.clone()).unwrap();
        let xml = message.to_xml();
        let read = Fields::parse(xml.as_bytes()).unwrap();
        prop_assert_eq!(read.get("attach"), Some(&*text));
    }

    #[test]
    fn a_signed_message_verifies_only_with_its_key_and_algorithm(fields in field_set(), sign_type in sign_type()) {
        let xml = message(&fields).sign(sign_type, &key()).to_xml();
        let read = Fields::parse(xml.as_bytes()).unwrap();
        prop_assert_eq!(read.verify(sign_type, &key()), Ok(()));
        let other_key = ApiKey::new("ATTACKERkeyATTACKERkeyATTACKER99").unwrap();
        prop_assert!(read.verify(sign_type, &other_key).is_err());
        let other_type = if sign_type == SignType::Md5 { SignType::HmacSha256 } else { SignType::Md5 };
        prop_assert!(read.verify(other_type, &key()).is_err());
    }

    #[test]
    fn an_inserted_or_removed_byte_is_refused_or_changes_no_meaning(
        sign_type in sign_type(), at in any::<prop::sample::Index>(), byte in any::<u8>(), take in any::<bool>(),
    ) {
        let body = notification(sign_type).into_bytes();
        let genuine = verified(&body, sign_type);
        prop_assert!(genuine.is_some());
        let mut changed = body.clone();
        if take {
            changed.remove(at.index(body.len()));
        } else {
            changed.insert(at.index(body.len() + 1), byte);
        }
        let read = verified(&changed, sign_type);
        prop_assert!(read.is_none() || read == genuine);
    }

    #[test]
    fn the_order_of_elements_does_not_matter(fields in field_set(), sign_type in sign_type()) {
        let mut message = message(&fields);
        message.sign(sign_type, &key());
        let mut turned_round = Message::new();
        for (name, value) in message.iter().collect::<Vec<_>>().into_iter().rev() {
            turned_round.echo(name.to_owned(), value).unwrap();
        }
        let (one, other) = (message.to_xml(), turned_round.to_xml());
        let (one, other) = (Fields::parse(one.as_bytes()).unwrap(), Fields::parse(other.as_bytes()).unwrap());
        prop_assert_eq!(one.iter().collect::<Vec<_>>(), other.iter().collect::<Vec<_>>());
        prop_assert_eq!(other.verify(sign_type, &key()), Ok(()));
    }

    #[test]
    fn without_splices_the_signed_text_can_be_cut_in_only_one_way(fields in field_set()) {
        let text: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let text = text.join("&");
        // Cuts wherever a field could begin: at an ampersand, followed by a name and an equals sign.
        let mut cuts = vec![0];
        cuts.extend(text.match_indices('&').map(|(at, _)| at).filter(|at| {
            let name = text[at + 1..].split_once('=').map_or("", |(name, _)| name);
            !name.contains('&') && holds_a_field(&format!("&{name}="))
        }));
        cuts.push(text.len());
        let cut: FieldSet = cuts
            .windows(2)
            .map(|ends| &text[ends[0]..ends[1]])
            .map(|field| field.strip_prefix('&').unwrap_or(field).split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        prop_assert_eq!(cut, fields);
    }

    #[test]
    fn a_value_that_could_be_another_field_is_never_written(
        before in "[a-z& ]{0,6}", name in "[A-Za-z_][A-Za-z0-9_]{0,8}", after in "[ -~]{0,6}",
    ) {
        let spliced = format!("{before}&{name}={after}");
        prop_assert!(Message::new().set("attach", spliced).is_err());
    }

    #[test]
    fn reading_refuses_a_known_field_inside_a_value_and_accepts_other_names(
        before in "[a-z& ]{0,6}", known in known_name(), other in "[A-Z][A-Z0-9]{0,8}", after in "[ -%\\x27-~]{0,6}",
    ) {
        let refused = |name: &str| {
            let mut message = Message::new();
            message.echo("attach", format!("{before}&{name}={after}")).unwrap();
            let xml = message.to_xml();
            Fields::parse(xml.as_bytes()).unwrap().refuse_splices().is_err()
        };
        prop_assert!(refused(&known));
        prop_assert!(!refused(&other));
    }

    #[test]
    fn a_field_merged_into_the_value_before_it_keeps_the_signature_and_is_detected(
        sign_type in sign_type(), at in any::<prop::sample::Index>(), more in any::<prop::sample::Index>(),
    ) {
        let body = notification(sign_type);
        let genuine = Fields::parse(body.as_bytes()).unwrap();
        let fields: Vec<_> = genuine.iter().filter(|(name, _)| *name != "sign").collect();
        // From `first` on, one or more fields move into the value of the field before them.
        let first = 1 + at.index(fields.len() - 1);
        let end = first + 1 + more.index(fields.len() - first);
        let merged: String = fields[first..end].iter().map(|(name, value)| format!("&{name}={value}")).collect();
        let mut forged = Message::new();
        for (place, (name, value)) in fields.iter().enumerate().filter(|(place, _)| !(first..end).contains(place)) {
            let value = if place + 1 == first { format!("{value}{merged}") } else { (*value).to_owned() };
            forged.echo((*name).to_owned(), value).unwrap();
        }
        forged.echo("sign", genuine.get("sign").unwrap()).unwrap();
        let xml = forged.to_xml();
        let read = Fields::parse(xml.as_bytes()).unwrap();
        prop_assert_eq!(read.verify(sign_type, &key()), Ok(()));
        prop_assert!(read.refuse_splices().is_err());
    }

    #[test]
    fn a_bill_is_read_correctly_or_reported_as_incomplete(products in prop::collection::vec(product(), 0..5)) {
        let text = bill_of(&products);
        let bill = Bill::parse(&text).unwrap();
        match bill.rows() {
            Ok(rows) => {
                let read = rows.iter().map(|row| row.get(BillColumn::Body).unwrap().unwrap_or_default());
                prop_assert_eq!(read.collect::<Vec<_>>(), products);
            }
            // Only a text that looks like the end of a value or the beginning of a row cannot be
            // distinguished from one.
            Err(_) => prop_assert!(products.iter().any(|name| name.contains(",`") || name.contains("`2026-"))),
        }
    }

    #[test]
    fn a_bill_that_lost_a_row_is_reported_as_incomplete(
        products in prop::collection::vec("[a-z]{1,5}", 1..6), lost in any::<prop::sample::Index>(), half in any::<bool>(),
    ) {
        let text = bill_of(&products);
        let mut lines: Vec<&str> = text.lines().collect();
        let lost = 1 + lost.index(products.len());
        if half {
            lines[lost] = &lines[lost][..lines[lost].len() / 2];
        } else {
            lines.remove(lost);
        }
        let text = lines.join("\n");
        let bill = Bill::parse(&text).unwrap();
        prop_assert_eq!(bill.sound_rows().len(), products.len() - 1);
        prop_assert!(bill.rows().is_err());
    }

    #[test]
    fn no_body_makes_the_reader_panic(body in any::<Vec<u8>>()) {
        worlds::fuzzed::xml(&body);
        worlds::fuzzed::notification(&body);
        worlds::fuzzed::refund_notification(&body);
        worlds::fuzzed::bill(&body);
    }

    #[test]
    fn times_are_written_as_they_were_read(seconds in -62_135_625_600_i64..253_402_271_999) {
        let time = WxTime::from_epoch_ms(seconds * 1_000).unwrap();
        prop_assert_eq!(time.epoch_ms(), seconds * 1_000);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
        prop_assert_eq!(WxTime::parse_dashed(&time.to_dashed()), Ok(time));
        prop_assert_eq!(time.date().to_string().parse::<WxDate>(), Ok(time.date()));
        prop_assert!(time.date().start_epoch_ms() <= time.epoch_ms());
    }

    #[test]
    fn only_canonical_amounts_are_read(minor in any::<u64>(), text in "[0-9+. -]{1,21}") {
        let read = |text: &str| {
            let body = notification(SignType::Md5).replace("<total_fee>8800", &format!("<total_fee>{text}"));
            let fields = Fields::parse(body.as_bytes()).unwrap();
            let mut message = Message::new();
            for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
                message.echo(name.to_owned(), value).unwrap();
            }
            let body = message.sign(SignType::Md5, &key()).to_xml();
            let verified = verified(body.as_bytes(), SignType::Md5)?;
            Some(verified.payment()?.total)
        };
        prop_assert_eq!(read(&minor.to_string()), Some(wire::StatedMoney { minor, currency: None }));
        if let Some(total) = read(&text) {
            prop_assert_eq!(total.minor.to_string(), text);
        }
    }
}
