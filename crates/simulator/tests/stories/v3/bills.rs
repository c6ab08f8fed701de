//! Bills and settlements.

use serde_json::json;

use super::shop::{NOTIFY_URL, Shop};
use crate::shop::{APPID, DAY_MS, MCH_ID};

fn sha1(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_global_statement_comes_with_its_hash_and_the_hash_is_signed() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let target = format!("/v3/global/statements?date=20260301&mchid={MCH_ID}");
    assert_eq!(shop.get(&target).code(), "NO_STATEMENT_EXIST");
    shop.now_ms += DAY_MS;
    let statement = shop.raw("GET", &target, "");
    assert_eq!(statement.status, 200);
    let hash = statement.headers["Wechatpay-Statement-Sha1"].clone();
    assert_eq!(hash, sha1(&statement.body));
    assert!(shop.is_signed(&statement.headers, format!("{{\"sha1\":\"{hash}\"}}").as_bytes()));
    assert!(!shop.is_signed(&statement.headers, &statement.body));
    let text = String::from_utf8(statement.body).unwrap();
    assert!(text.contains("`A1") && text.lines().next().unwrap().split(',').count() == 38);
}

#[test]
fn a_mainland_bill_is_a_link_that_is_signed_as_given_and_ends_after_five_minutes() {
    let mut shop = Shop::mainland("{}");
    let order = json!({
        "mchid": MCH_ID, "appid": APPID, "description": "茶", "out_trade_no": "CN0001",
        "notify_url": NOTIFY_URL, "amount": { "total": 10000 },
    });
    let code = shop.call("POST", "/v3/pay/transactions/native", &order).json()["code_url"]
        .as_str()
        .unwrap()
        .to_owned();
    shop.gateway.pay(shop.now_ms, &code, "me").unwrap();
    shop.now_ms += DAY_MS;
    for packed in [false, true] {
        let gzip = if packed { "&tar_type=GZIP" } else { "" };
        let link = shop.get(&format!("/v3/bill/tradebill?bill_date=2026-03-01&bill_type=ALL{gzip}")).json();
        let target =
            link["download_url"].as_str().unwrap().strip_prefix("http://127.0.0.1:8788").unwrap().to_owned();
        let file = shop.raw("GET", &target, "");
        assert_eq!((file.status, file.serial()), (200, ""), "the file is not signed");
        let plain = if packed { unpacked(&file.body) } else { file.body };
        assert_eq!(link["hash_value"], sha1(&plain), "the hash is that of the plain file");
        assert!(String::from_utf8_lossy(&plain).contains("`CN0001"));
        let decoded = target.replace("%3D", "=");
        let authorization = shop.authorization(("GET", &decoded, ""), &|text| text);
        assert_eq!(
            shop.send("GET", &target, "", Some(authorization)).status,
            401,
            "signed decoded, sent encoded"
        );
        shop.now_ms += 5 * 60_000;
        assert_eq!(shop.raw("GET", &target, "").status, 403);
    }
    let flows = shop.get("/v3/bill/fundflowbill?bill_date=2026-03-01");
    assert_eq!(flows.code(), "NO_STATEMENT_EXIST");
    shop.fault("bill-closed");
    assert_eq!(shop.get("/v3/bill/tradebill?bill_date=2026-03-01").code(), "NOAUTH");
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn takings_are_settled_the_next_morning() {
    let mut shop = Shop::new();
    shop.paid_order("A1");
    let unsettled =
        shop.get(&format!("/v3/global/settle/settlements?settle_state=UNSETTLE&mchid={MCH_ID}")).json();
    assert_eq!(unsettled["data"][0]["amount"]["pay"], 8800);
    shop.now_ms += DAY_MS;
    let target = format!(
        "/v3/global/settle/settlements?settle_state=SETTLED&settle_start_date=20260301&settle_end_date=20260301&mchid={MCH_ID}"
    );
    let settled = shop.get(&target).json();
    assert_eq!(
        (&settled["total_count"], &settled["data"][0]["amount"]["settled"]),
        (&json!(1), &json!(8712))
    );
}
