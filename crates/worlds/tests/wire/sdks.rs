//! Agreement with three foreign SDKs, in both directions, with both algorithms, over made-up fields: they
//! read and verify what we write, we read and verify what they write, and all compute the same signature.
//!
//! If an SDK is at fault, the fault has a name here, and the test requires that the SDK *does* disagree. So
//! the test fails if a listed fault no longer exists.

use std::collections::BTreeMap;

use wire::v2::{ApiKey, Fields, Message, SignType};

use crate::bridge::{Bridge, Sdk};
use crate::field_sets::{FieldSet, notifications};

const KEY: &str = "TESTONLYmd5key0123456789abcdefHK";
/// How many sets of fields each SDK gets. Each set goes in both directions with both algorithms.
const SETS: usize = 2_400;

/// How an SDK is known to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// It trims the values that it reads, so their signature is no longer valid.
    TrimsValues,
    /// It writes `]]>` into a CDATA section as it is, and that ends the section.
    WritesBrokenCdata,
    /// It splits the section only at the first `]]>`.
    SplitsCdataOnce,
}

/// The fault to expect when the SDK reads these fields.
fn fault_of_reading(sdk: Sdk, fields: &FieldSet) -> Option<Fault> {
    // The cause is `trim` of xml2js and `strip_whitespace` of xmltodict. Each uses its language's definition
    // of a blank.
    let is_blank = match sdk {
        // Its reader trims too, but not in CDATA, and all our texts are in CDATA.
        Sdk::AxiosPlugin => return None,
        Sdk::Tenpay => is_javascript_blank,
        Sdk::Wechatpy => is_python_blank,
    };
    fields.values().any(|value| value.trim_matches(is_blank) != value).then_some(Fault::TrimsValues)
}

/// The fault to expect when the SDK writes these fields.
fn fault_of_writing(sdk: Sdk, fields: &FieldSet) -> Option<Fault> {
    let (ends, fault) = match sdk {
        Sdk::AxiosPlugin | Sdk::Wechatpy => (1, Fault::WritesBrokenCdata),
        Sdk::Tenpay => (2, Fault::SplitsCdataOnce),
    };
    fields.values().any(|value| value.matches("]]>").count() >= ends).then_some(fault)
}

fn is_javascript_blank(character: char) -> bool {
    character.is_whitespace() && character != '\u{85}' || character == '\u{FEFF}'
}

fn is_python_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1C}'..='\u{1F}')
}

/// The fields of an order with this algorithm: HMAC-SHA256 orders name it.
fn with_sign_type(fields: &FieldSet, sign_type: SignType) -> FieldSet {
    let mut fields = fields.clone();
    if sign_type == SignType::HmacSha256 {
        fields.insert("sign_type".to_owned(), sign_type.as_str().to_owned());
    }
    fields
}

fn ours(fields: &FieldSet, sign_type: SignType) -> Message {
    let key = ApiKey::new(KEY).unwrap();
    let mut message = Message::new();
    for (name, value) in fields {
        message.set(name.clone(), value.clone()).unwrap();
    }
    message.sign(sign_type, &key);
    message
}

/// Whether they read and verify what we write.
fn they_read_ours(bridge: &mut Bridge, fields: &FieldSet, sign_type: SignType) -> bool {
    let message = ours(fields, sign_type);
    let expected: FieldSet =
        message.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    bridge.read(&message.to_xml(), sign_type, KEY) == Ok((true, expected))
}

/// Whether we read and verify what they write. It fails if our signature differs from theirs.
fn we_read_theirs(bridge: &mut Bridge, fields: &FieldSet, sign_type: SignType) -> bool {
    let built = bridge.build(fields, sign_type, KEY).expect("every SDK signs every set");
    assert_eq!(Some(&*built.sign), ours(fields, sign_type).get("sign"), "the signature of {fields:?}");
    let Ok(read) = Fields::parse(built.xml.as_bytes()) else { return false };
    let values: FieldSet = read
        .iter()
        .filter(|(name, _)| *name != "sign")
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    values == *fields && read.verify(sign_type, &ApiKey::new(KEY).unwrap()).is_ok()
}

/// Checks how many sets agree with each algorithm. The README of `wire` has the same numbers in a table.
fn agrees_but_for_its_faults(sdk: Sdk, sets_they_read: usize, sets_we_read: usize) {
    let mut bridge = Bridge::to(sdk);
    let sets = notifications(SETS);
    let mut agreed: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut faults: BTreeMap<Fault, usize> = BTreeMap::new();
    for set in &sets {
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            let fields = with_sign_type(set, sign_type);
            let ways = [
                (
                    "they read ours",
                    fault_of_reading(sdk, &fields),
                    they_read_ours(&mut bridge, &fields, sign_type),
                ),
                (
                    "we read theirs",
                    fault_of_writing(sdk, &fields),
                    we_read_theirs(&mut bridge, &fields, sign_type),
                ),
            ];
            for (way, fault, agree) in ways {
                match fault {
                    None => {
                        assert!(agree, "{}: {way}, {sign_type}: {fields:#?}", sdk.name());
                        *agreed.entry((way, sign_type.as_str())).or_default() += 1;
                    }
                    Some(fault) => {
                        assert!(!agree, "{}: {way} in spite of {fault:?}: {fields:#?}", sdk.name());
                        *faults.entry(fault).or_default() += 1;
                    }
                }
            }
        }
    }
    println!("{}: agreed {agreed:?}, at fault {faults:?}", sdk.name());
    let both = |way, sets| [((way, "MD5"), sets), ((way, "HMAC-SHA256"), sets)];
    let expected = [both("they read ours", sets_they_read), both("we read theirs", sets_we_read)].concat();
    assert_eq!(agreed, expected.into_iter().collect(), "{}, as the README says", sdk.name());
}

#[test]
fn wechatpay_axios_plugin_agrees_but_for_its_faults() {
    agrees_but_for_its_faults(Sdk::AxiosPlugin, 2_400, 1_574);
}

#[test]
fn tenpay_agrees_but_for_its_faults() {
    agrees_but_for_its_faults(Sdk::Tenpay, 1_849, 2_318);
}

#[test]
fn wechatpy_agrees_but_for_its_faults() {
    agrees_but_for_its_faults(Sdk::Wechatpy, 1_849, 1_574);
}

#[test]
fn they_decrypt_the_refund_notifications_that_we_encrypt() {
    let key = ApiKey::new(KEY).unwrap();
    for sdk in Sdk::ALL {
        let mut bridge = Bridge::to(sdk);
        let readable = notifications(300).into_iter().filter(|set| fault_of_reading(sdk, set).is_none());
        let mut opened = 0;
        for set in readable {
            let mut inside = Message::new();
            for (name, value) in &set {
                inside.set(name.clone(), value.clone()).unwrap();
            }
            let sealed = wire::v2::refund_notification::req_info(&inside, &key);
            let mut outside = Message::new();
            for (name, value) in [
                ("return_code", "SUCCESS"),
                ("appid", "wx5c1f9e2a7d3b6048"),
                ("mch_id", "1634117205"),
                ("nonce_str", "ibuaiVcKdpRxkhJA"),
                ("req_info", &sealed),
            ] {
                outside.set(name, value).unwrap();
            }
            // Some SDKs require the result_code that payments have.
            outside.set("result_code", "SUCCESS").unwrap();
            assert_eq!(bridge.open(&outside.to_xml(), KEY), Ok(set), "{}", sdk.name());
            opened += 1;
        }
        assert!(opened >= 200, "{} opened {opened}", sdk.name());
    }
}

#[test]
fn they_too_refuse_what_was_changed_after_signing() {
    let sets = notifications(20);
    for sdk in Sdk::ALL {
        let mut bridge = Bridge::to(sdk);
        for (set, sign_type) in sets.iter().zip([SignType::Md5, SignType::HmacSha256].into_iter().cycle()) {
            let xml = ours(&with_sign_type(set, sign_type), sign_type).to_xml();
            let changed = xml.replace("<total_fee>8800</total_fee>", "<total_fee>1</total_fee>");
            assert_ne!(xml, changed);
            assert!(!matches!(bridge.read(&changed, sign_type, KEY), Ok((true, _))), "{}", sdk.name());
        }
    }
}
