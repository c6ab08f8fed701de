//! Checks the signature vectors in both directions, reading and writing. One is the documentation's own
//! example.

use crate::vectors;
use wire::v2::{ApiKey, Fields, Message, SignType};

#[test]
fn every_vector_signs_and_verifies_with_both_algorithms() {
    let vectors = vectors::json("signatures.json");
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() >= 6);
    for vector in vectors {
        let key = ApiKey::new(vector["key"].as_str().unwrap()).unwrap();
        for (sign_type, expected) in [(SignType::Md5, "md5"), (SignType::HmacSha256, "hmac_sha256")] {
            let mut message = Message::new();
            for (name, value) in vector["fields"].as_object().unwrap() {
                message.echo(name.clone(), value.as_str().unwrap()).unwrap();
            }
            message.sign(sign_type, &key);
            assert_eq!(message.get("sign"), vector[expected].as_str(), "{} {sign_type}", vector["name"]);

            let xml = message.to_xml();
            let verdict = Fields::parse(xml.as_bytes()).unwrap().verify(sign_type, &key);
            let named = message.get("sign_type").unwrap_or(sign_type.as_str());
            if named == sign_type.as_str() {
                assert_eq!(verdict, Ok(()), "{} {sign_type}", vector["name"]);
            } else {
                assert_eq!(verdict, Err(wire::v2::SignatureError::OtherSignType));
            }
        }
    }
}
