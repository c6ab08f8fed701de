//! Platform certificates, their change, and the public key in their place.

use simulator::gateway::Rotation;

use super::shop::Shop;

#[test]
fn the_list_of_certificates_opens_with_the_apiv3_key_and_verifies_the_answer_that_brought_it() {
    let mut shop = Shop::new();
    let list = shop.get("/v3/global/certificates");
    let serial = list.serial().to_owned();
    let keys = shop.platform_keys();
    assert!(keys.contains_key(&serial) && keys.len() == 2, "one certificate, and the public key");
    let one = &list.json()["data"][0];
    assert_eq!(one["encrypt_certificate"]["associated_data"], "certificate");
    assert!(
        one["effective_time"].as_str().unwrap() < "2026-03-01"
            && one["expire_time"].as_str().unwrap() > "2030"
    );
}

#[test]
fn a_certificate_is_changed_step_by_step_and_every_answer_verifies_all_the_time() {
    let mut shop = Shop::new();
    shop.order("A1");
    let serials = |shop: &mut Shop| {
        let mut seen: Vec<String> = (0..16).map(|_| shop.query("A1").serial().to_owned()).collect();
        seen.sort();
        seen.dedup();
        seen
    };
    let old = serials(&mut shop);
    assert_eq!(old.len(), 1);
    assert_eq!(shop.gateway.rotate(shop.now_ms, Some(Rotation::Mixed)), Rotation::Mixed);
    // `query` checks each answer against the list that is served at that moment.
    assert_eq!(serials(&mut shop).len(), 2);
    assert_eq!(shop.gateway.rotate(shop.now_ms, None), Rotation::Switched);
    let new = serials(&mut shop);
    assert!(new.len() == 1 && new != old);
    shop.gateway.rotate(shop.now_ms, None);
    assert_eq!(shop.platform_keys().len(), 2, "the old one has left the list");
    shop.paid_order("A2");
    let delivery = shop.deliveries(200).remove(0);
    assert!(shop.is_signed_delivery(&delivery));
}

#[test]
fn a_caller_chooses_the_key_of_its_answer_and_a_wrong_choice_is_refused() {
    let mut shop = Shop::new();
    let id = shop.keys.public_key_id.clone();
    shop.headers.push(("Wechatpay-Serial".to_owned(), id.clone()));
    assert_eq!(shop.query("A1").serial(), id);
    shop.headers.pop();
    shop.headers.push(("Wechatpay-Serial".to_owned(), "PUB_KEY_ID_0".to_owned()));
    let answer = shop.query("A1");
    assert_eq!((answer.status, answer.code().as_str()), (400, "PARAM_ERROR"));
}

#[test]
fn a_merchant_may_have_certificates_or_the_public_key_alone() {
    let mut shop = Shop::with(r#"{"v3-platform-key":"public-key"}"#);
    let id = shop.keys.public_key_id.clone();
    assert_eq!(shop.query("A1").serial(), id);
    let list = shop.get("/v3/global/certificates");
    assert_eq!((list.status, list.code().as_str()), (404, "RESOURCE_NOT_EXISTS"));
    shop.paid_order("A1");
    let told = shop.deliveries(200).remove(0);
    assert!(shop.is_signed_delivery(&told));
    let mut shop = Shop::with(r#"{"v3-platform-key":"certificate"}"#);
    assert_ne!(shop.query("A1").serial(), id);
    shop.headers.push(("Wechatpay-Serial".to_owned(), id));
    assert_eq!(shop.raw("GET", "/v3/global/certificates", "").status, 400);
}

#[test]
fn notifications_move_to_the_public_key_all_at_once_or_by_and_by() {
    for (switch, certificates, public_keys) in [("certificate", 1, 0), ("public-key", 0, 1), ("mixed", 1, 1)]
    {
        let mut shop = Shop::with(&format!(r#"{{"v3-notify-key":"{switch}"}}"#));
        let id = shop.keys.public_key_id.clone();
        let mut seen = [0, 0];
        for n in 0..24 {
            shop.paid_order(&format!("N{n}"));
            for delivery in shop.deliveries(200) {
                assert!(shop.is_signed_delivery(&delivery));
                let by_public_key = delivery.headers.iter().any(|(_, value)| *value == id);
                seen[usize::from(by_public_key)] = 1;
            }
        }
        assert_eq!(seen, [certificates, public_keys], "{switch}");
    }
}
