//! What the fuzz targets check, as plain functions: `cargo xtask fuzz` feeds them with new inputs, the
//! ordinary tests with the kept corpus. None may panic on any input; what must hold beyond that is asserted.

use wire::v2::bill::{Bill, BillColumn, MAX_BILL_ROWS, MAX_QUOTED_BYTES, MAX_REPORTED_BAD_ROWS};
use wire::v2::{
    ApiKey, BillAnswer, BillType, Call, CallError, CloseOrder, DownloadBill, ExchangeRate, Fields,
    MAX_FIELDS, MAX_NAME_BYTES, Message, OrderRef, QueryOrder, Refund, RefundQuery, RefundRef,
    SettlementQuery, SignType, UnifiedOrder, WxDate, answer, notification, refund_notification,
};
use wire::{Currency, Merchant, Money, OutRefundNo, OutTradeNo, Stage};

#[path = "fuzzed_v3.rs"]
pub mod v3;

/// One body that takes the bytes of a fuzz target.
pub type Body = fn(&[u8]);

/// The targets by name; the names are those of the corpus folders and of the binaries.
pub const TARGETS: [(&str, Body); 8] = [
    ("xml", xml),
    ("notification", notification),
    ("refund_notification", refund_notification),
    ("bill", bill),
    ("v3_answer", v3::answer),
    ("v3_notification", v3::notification),
    ("v3_headers", v3::headers),
    ("v3_keys", v3::keys),
];

/// A key that signed no message of the seeds.
fn key() -> ApiKey {
    ApiKey::new("FUZZINGonlyKEY0123456789abcdefGH").expect("a key")
}

/// The key of the seeds' refund notifications.
fn seeds_key() -> ApiKey {
    ApiKey::new("TESTONLYmd5key0123456789abcdefHK").expect("a key")
}

/// Reading XML: what is accepted is flat, bounded, sorted, and survives being written and read again.
pub fn xml(data: &[u8]) {
    let fields = match Fields::parse(data) {
        Ok(fields) => fields,
        Err(error) => {
            assert!(error.stage() <= Stage::Parse);
            return;
        }
    };
    assert!(fields.len() <= MAX_FIELDS);
    let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
    assert!(names.is_sorted_by(|one, next| one < next), "sorted and unique");
    assert!(names.iter().all(|name| (1..=MAX_NAME_BYTES).contains(&name.len()) && name.is_ascii()));
    // Nothing without a signature verifies, whatever it is.
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        assert!(fields.verify(sign_type, &key()).is_err(), "nobody knows the key");
    }

    let Some(message) = again(&fields) else { return };
    let xml = message.to_xml();
    if xml.len() > wire::v2::MAX_BODY_BYTES {
        return;
    }
    let read = Fields::parse(xml.as_bytes()).expect("what we write can be read");
    let expected: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
    assert_eq!(read.iter().collect::<Vec<_>>(), expected, "writing and reading is identity");
}

/// Notifications and answers: nothing unsigned is believed, and whatever fields are signed verify.
pub fn notification(data: &[u8]) {
    let verdict = notification::Unverified::parse(data);
    if let Ok(unverified) = &verdict {
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            assert!(unverified.verify(sign_type, &[&key()]).is_err(), "nobody knows the key");
        }
    }
    let Ok(fields) = Fields::parse(data) else { return };
    let Some(mut message) = again(&fields) else { return };
    let xml = message.sign(SignType::Md5, &key()).to_xml();
    if xml.len() > wire::v2::MAX_BODY_BYTES {
        return;
    }
    let Ok(signed) = Fields::parse(xml.as_bytes()) else { return };
    let sign_type_fits = signed.get("sign_type").is_none_or(|named| named == "MD5");
    assert_eq!(signed.verify(SignType::Md5, &key()).is_ok(), sign_type_fits, "what is signed verifies");
    if sign_type_fits
        && signed.refuse_splices().is_ok()
        && let Err(error) = notification::verify(&signed, SignType::Md5, &[&key()])
    {
        let failed = signed.get("return_code") == Some("FAIL");
        assert_eq!(error.stage(), if failed { Stage::Signature } else { Stage::Business });
    }
    answers(xml.as_bytes());
}

/// The answers of all signed calls, read from one genuine body.
fn answers(body: &[u8]) {
    let fields = Fields::parse(body).expect("written by us");
    let named = |name: &str| fields.get(name).unwrap_or("1");
    let (Ok(appid), Ok(mch_id)) = (named("appid").parse(), named("mch_id").parse()) else { return };
    let merchant = Merchant {
        sub_mch_id: fields.get("sub_mch_id").and_then(|id| id.parse().ok()),
        ..Merchant::common(appid, mch_id)
    };
    fn read(call: &impl Call, body: &[u8], merchant: &Merchant) {
        if let Err(error) = answer(call, body, merchant, SignType::Md5, &key()) {
            let _: (wire::v2::Advice, String) = (error.advice(), error.to_string());
            assert!(!matches!(error, CallError::NotUnderstood(_) | CallError::Unsigned));
        }
    }
    let number: OutTradeNo = "A1".parse().expect("a number");
    let total = Money::new(8800, Currency::HKD);
    let order = OrderRef::OutTradeNo(number.clone());
    let out_refund_no: OutRefundNo = "R1".parse().expect("a number");
    read(
        &UnifiedOrder::new(
            number.clone(),
            "tea".parse().expect("a body"),
            total,
            "203.0.113.10".parse().expect("an address"),
            "https://pay.example.com/notify".parse().expect("an address"),
            "SKU".parse().expect("a product"),
        ),
        body,
        &merchant,
    );
    read(&QueryOrder { order: order.clone(), total }, body, &merchant);
    read(&CloseOrder { out_trade_no: number }, body, &merchant);
    let refund = Refund {
        order: order.clone(),
        out_refund_no: out_refund_no.clone(),
        total,
        refund: total,
        refund_desc: None,
        refund_account: None,
        notify_url: None,
    };
    read(&refund, body, &merchant);
    for which in [RefundRef::All, RefundRef::OutRefundNo { number: out_refund_no, amount: total }] {
        read(&RefundQuery { order: order.clone(), total, which, offset: None }, body, &merchant);
    }
    read(&ExchangeRate { currency: Currency::HKD, date: day() }, body, &merchant);
}

fn day() -> WxDate {
    "20260301".parse().expect("a day")
}

fn settlement() -> SettlementQuery {
    SettlementQuery { settled: true, offset: 0, limit: 10, date_start: day(), date_end: day() }
}

fn bill_of_a_day() -> DownloadBill {
    DownloadBill { bill_date: day(), bill_type: BillType::default(), packed: false, device_info: None }
}

/// Refund notifications: any body, and any fields inside a well-encrypted one; settlement answers, nested as
/// they are.
pub fn refund_notification(data: &[u8]) {
    let _ = refund_notification::read(data, &[&seeds_key()]);
    let merchant = Merchant::common("wx1".parse().expect("an appid"), "1".parse().expect("a mch_id"));
    let _ = answer(&settlement(), data, &merchant, SignType::Md5, &key());

    let Ok(fields) = Fields::parse(data) else { return };
    let Some(inside) = again(&fields) else { return };
    let sealed = refund_notification::req_info(&inside, &key());
    let mut outside = Message::new();
    for (name, value) in
        [("return_code", "SUCCESS"), ("appid", "wx1"), ("mch_id", "1"), ("req_info", &*sealed)]
    {
        outside.set(name, value).expect("plain values");
    }
    let xml = outside.to_xml();
    match refund_notification::read(xml.as_bytes(), &[&key()]) {
        Ok(hint) => assert_eq!(fields.get("out_refund_no"), Some(hint.out_refund_no.as_str())),
        Err(error) if xml.len() > wire::v2::MAX_BODY_BYTES => assert_eq!(error.stage(), Stage::Size),
        Err(error) => assert_eq!(error.stage(), Stage::Business, "what was sealed opens: {error}"),
    }
}

/// Bills: as text and packed, every row as wide as the header, every typed value without panic, and nothing
/// passed over: a bill whose rows are given has no bad row, and as many rows as it says.
pub fn bill(data: &[u8]) {
    let merchant = Merchant::common("wx1".parse().expect("an appid"), "1".parse().expect("a mch_id"));
    let text = match answer(&bill_of_a_day(), data, &merchant, SignType::Md5, &key()) {
        Ok(BillAnswer::Bill(text)) => text,
        Ok(BillAnswer::Refused(refusal)) => {
            let _: (wire::v2::Advice, String) = (refusal.advice(), refusal.to_string());
            return;
        }
        Ok(BillAnswer::NoBill) | Err(_) => return,
    };
    let Ok(bill) = Bill::parse(&text) else { return };
    assert!(bill.sound_rows().len() <= MAX_BILL_ROWS);
    match bill.rows() {
        Ok(rows) => {
            let stated = bill.totals().first().and_then(|(_, count)| count.parse().ok());
            assert_eq!(stated, Some(rows.len()), "the first total is the number of rows");
        }
        Err(faults) => {
            assert!(faults.bad_rows.len() <= MAX_REPORTED_BAD_ROWS);
            assert!(faults.bad_rows.iter().all(|bad| bad.text.len() <= MAX_QUOTED_BYTES));
            assert!(faults.to_string().starts_with("the bill is not whole: "));
        }
    }
    let mut lines_read = 0;
    for row in bill.sound_rows() {
        assert!(row.line() > lines_read, "rows come in the bill's order");
        lines_read = row.line();
        assert_eq!(row.iter().count(), bill.columns().len());
        let _ = (
            row.trade_time(),
            row.trade_state(),
            row.refund_state(),
            row.transaction_id(),
            row.out_trade_no(),
            row.refund_id(),
            row.out_refund_no(),
        );
        for (amount, column) in
            [(row.order_total(), BillColumn::OrderTotal), (row.refund_asked(), BillColumn::RefundAsked)]
        {
            assert!(
                amount.is_err() || row.has(column) || row.has(BillColumn::Refund),
                "no amount without a column"
            );
        }
        if let Ok(Some(charge)) = row.decimal(BillColumn::Charge) {
            assert_eq!(charge.to_string().parse(), Ok(charge), "a decimal is written as it was read");
            for decimals in [0, 2, 8, 255] {
                let _ = charge.to_minor(decimals);
            }
        }
    }
    assert!(bill.totals().iter().all(|(name, _)| bill.total(name).is_some()));
}

/// The fields as a message to be written, without `sign`. `None` if one of them is named `key`, which is
/// never written.
fn again(fields: &Fields<'_>) -> Option<Message> {
    let mut message = Message::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
        message.echo(name.to_owned(), value).ok()?;
    }
    Some(message)
}
