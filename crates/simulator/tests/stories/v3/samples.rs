//! Published requests, signed by somebody else: the front end takes and refuses them as their list says.

use serde_json::Value;
use simulator::gateway::{Gateway, Merchant, Mode, RequestV3, Switches};

const NOON_S: i64 = 1_772_337_600;

fn merchants() -> Vec<Merchant> {
    let certificate = include_str!("../../v3-samples/test-only-merchant-certificate.pem");
    let merchant = |appid: &str, mch_id: &str, currency: &str, key: &str| {
        let mut merchant = Merchant::new(appid, mch_id, "TESTONLYmd5key0123456789abcdefHK").unwrap();
        currency.clone_into(&mut merchant.fee_type);
        merchant.set_v3(key, Some(certificate)).unwrap();
        merchant
    };
    let hong_kong = merchant("wx5c1f9e2a7d3b6048", "1634117205", "HKD", "TESTONLYapiv3key0123456789abcdHK");
    let mut institution =
        merchant("wx90aa17be44c05d21", "1634990001", "SGD", "TESTONLYapiv3key0123456789abcdHK");
    institution.mode = Mode::Institution { sub_mch_ids: vec!["1635004477".to_owned()] };
    let mainland = merchant("wx3a7c5e9d1b2f4a68", "1698002315", "CNY", "TESTONLYapiv3key0123456789abcdCN");
    vec![hong_kong, institution, mainland]
}

/// The sample, the moment it is judged at, and what it is answered on an empty book of orders: 401 when the
/// signature or the clock is wrong.
const SAMPLES: [(&str, i64, u16, &str); 12] = [
    (include_str!("../../v3-samples/10-request-native-global.json"), NOON_S, 200, ""),
    (include_str!("../../v3-samples/11-request-native-institution.json"), NOON_S + 5, 200, ""),
    (include_str!("../../v3-samples/12-request-query-by-number.json"), NOON_S + 60, 404, "ORDERNOTEXIST"),
    (
        include_str!("../../v3-samples/13-request-query-by-id-institution.json"),
        NOON_S + 61,
        404,
        "ORDERNOTEXIST",
    ),
    (include_str!("../../v3-samples/14-request-close.json"), NOON_S + 1900, 204, ""),
    (include_str!("../../v3-samples/15-request-refund.json"), NOON_S + 4000, 404, "ORDERNOTEXIST"),
    (
        include_str!("../../v3-samples/16-request-refund-query.json"),
        NOON_S + 4070,
        404,
        "RESOURCE_NOT_EXISTS",
    ),
    (include_str!("../../v3-samples/17-request-certificates.json"), NOON_S + 10, 200, ""),
    (include_str!("../../v3-samples/18-request-native-mainland.json"), NOON_S + 7, 200, ""),
    (include_str!("../../v3-samples/19-request-bill-file-mainland.json"), NOON_S + 90_000, 403, "NOAUTH"),
    (include_str!("../../v3-samples/22-request-hostile-no-final-line-feed.json"), NOON_S, 401, "SIGN_ERROR"),
    (include_str!("../../v3-samples/23-request-hostile-clock.json"), NOON_S, 401, "SIGN_ERROR"),
];

#[test]
fn published_requests_are_taken_and_refused_as_their_list_says() {
    for (text, now_s, status, code) in SAMPLES {
        let sample: Value = serde_json::from_str(text).unwrap();
        let field = |name: &str| sample[name].as_str().unwrap();
        let headers: Vec<(String, String)> = serde_json::from_value(sample["headers"].clone()).unwrap();
        let request = RequestV3 {
            method: field("method"),
            target: field("target"),
            headers: &headers,
            body: field("body").as_bytes(),
            origin: "https://api.example.com",
        };
        let mut gateway = Gateway::new(merchants(), Switches::default(), 1);
        let reply = gateway.call_v3(now_s * 1000, &request);
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, status, "{} {}: {body}", field("method"), field("target"));
        assert!(body.contains(code), "{body}");
        let is_signed = reply.headers.iter().any(|(name, _)| *name == "Wechatpay-Signature");
        assert_eq!(is_signed, status != 401, "only a call whose signature verified gets a signed answer");
    }
}

#[test]
fn a_call_that_names_the_public_key_is_answered_under_it() {
    let sample: Value = serde_json::from_str(SAMPLES[8].0).unwrap();
    let headers: Vec<(String, String)> = serde_json::from_value(sample["headers"].clone()).unwrap();
    let mut gateway = Gateway::new(merchants(), Switches::default(), 1);
    let request = RequestV3 {
        method: "POST",
        target: "/v3/pay/transactions/native",
        headers: &headers,
        body: sample["body"].as_str().unwrap().as_bytes(),
        origin: "",
    };
    let reply = gateway.call_v3((NOON_S + 7) * 1000, &request);
    let serial = reply.headers.iter().find(|(name, _)| *name == "Wechatpay-Serial").unwrap();
    assert_eq!(serial.1, "PUB_KEY_ID_0116980023152026030100000000000042");
}
