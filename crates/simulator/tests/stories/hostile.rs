//! The hostile messages, by name.

use std::collections::BTreeSet;

use simulator::gateway::{Harm, Hostile};
use wire::v2::{Fields, SignType};

use crate::shop::{NOON_MS, Shop, key};

fn all(sign_type: SignType) -> Vec<Hostile> {
    let mut shop = Shop::new();
    shop.sign_type = sign_type;
    shop.order("A1");
    let (url, messages) = shop.gateway.hostile(NOON_MS, "A1").unwrap();
    assert_eq!(url, "https://pay.example.com/wechat/notify");
    messages
}

#[test]
fn every_hostile_sample_of_the_project_has_its_message_by_the_same_name() {
    let messages = all(SignType::HmacSha256);
    let names: BTreeSet<&str> = messages.iter().map(|message| message.name).collect();
    assert_eq!(names.len(), messages.len());
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/hostile");
    for file in std::fs::read_dir(samples).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let name = file.trim_end_matches(".xml").split_once('-').unwrap().1.to_owned();
        assert!(names.contains(name.as_str()), "{name}");
    }
}

#[test]
fn there_are_43_hostile_messages_and_two_oddities() {
    let messages = all(SignType::HmacSha256);
    let hostile = messages.iter().filter(|message| message.harm == Harm::Hole).count();
    assert_eq!((hostile, messages.len() - hostile), (43, 2), "as the README says");
}

#[test]
fn only_the_oddities_are_as_good_as_genuine() {
    for sign_type in [SignType::Md5, SignType::HmacSha256] {
        for message in all(sign_type) {
            let paid = Fields::parse(&message.body).is_ok_and(|fields| {
                let expected = [
                    ("result_code", "SUCCESS"),
                    ("out_trade_no", "A1"),
                    ("total_fee", "8800"),
                    ("fee_type", "HKD"),
                    ("mch_id", crate::shop::MCH_ID),
                    ("appid", crate::shop::APPID),
                    ("trade_type", "NATIVE"),
                ];
                let fits = expected.iter().all(|(name, value)| fields.get(name) == Some(*value));
                let names_no_other = fields.get("sign_type").is_none_or(|named| named == sign_type.as_str());
                fits && names_no_other && fields.verify(sign_type, &key()).is_ok()
            });
            // This strict reader accepts the byte order mark, but not the lower-case signature.
            assert_eq!(paid, message.name == "utf8-bom", "{}", message.name);
            assert_eq!(
                message.harm == Harm::None,
                ["utf8-bom", "lowercase-signature"].contains(&message.name)
            );
        }
    }
}
