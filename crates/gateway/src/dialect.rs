//! Which generation of the API an order uses.

use std::net::IpAddr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use wire::v2::{ProductId, SignType};
use wire::v3::{CategoryCode, Edition};

use crate::{v2, v3};

/// The generation of the API that an order was placed with, and the values that only this generation needs.
/// An order keeps its dialect for life: the protocol reference does not say whether one generation can close
/// what another placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "api", rename_all = "snake_case")]
pub enum Dialect {
    /// API v2.
    V2(v2::Terms),
    /// API v3.
    V3(v3::Terms),
}

/// The stored form. What serde derives for an enum of this form is larger and slower.
#[derive(Deserialize)]
struct Stored {
    api: Api,
    sign_type: Option<SignType>,
    product_id: Option<ProductId>,
    spbill_create_ip: Option<IpAddr>,
    edition: Option<Edition>,
    category: Option<CategoryCode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Api {
    V2,
    V3,
}

impl<'de> Deserialize<'de> for Dialect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let read = match (stored.api, stored.sign_type, stored.product_id, stored.spbill_create_ip) {
            (Api::V2, Some(sign_type), Some(product_id), Some(spbill_create_ip)) => {
                Some(Self::V2(v2::Terms { sign_type, product_id, spbill_create_ip }))
            }
            (Api::V2, ..) => None,
            (Api::V3, ..) => {
                stored.edition.map(|edition| Self::V3(v3::Terms { edition, category: stored.category }))
            }
        };
        read.ok_or_else(|| D::Error::custom("a value of the dialect is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str = r#"{"api":"v2","sign_type":"MD5","product_id":"tea","spbill_create_ip":"203.0.113.10"}"#;
    const GLOBAL: &str = r#"{"api":"v3","edition":"global","category":"5499"}"#;
    const MAINLAND: &str = r#"{"api":"v3","edition":"mainland"}"#;

    #[test]
    fn a_dialect_is_stored_in_the_form_that_stored_orders_have() {
        let global = v3::Terms { edition: Edition::Global, category: Some("5499".parse().unwrap()) };
        let mainland = v3::Terms { edition: Edition::Mainland, category: None };
        let md5 = v2::Terms {
            sign_type: SignType::Md5,
            product_id: "tea".parse().unwrap(),
            spbill_create_ip: "203.0.113.10".parse().unwrap(),
        };
        for (dialect, text) in
            [(Dialect::V2(md5), V2), (Dialect::V3(global), GLOBAL), (Dialect::V3(mainland), MAINLAND)]
        {
            assert_eq!(serde_json::to_string(&dialect).unwrap(), text);
            assert_eq!(serde_json::from_str::<Dialect>(text).unwrap(), dialect);
        }
    }

    #[test]
    fn a_dialect_without_one_of_its_values_is_not_read() {
        for (text, field) in [
            (V2, r#","sign_type":"MD5""#),
            (V2, r#","product_id":"tea""#),
            (V2, r#","spbill_create_ip":"203.0.113.10""#),
            (V2, r#""api":"v2","#),
            (MAINLAND, r#","edition":"mainland""#),
        ] {
            let shorter = text.replacen(field, "", 1);
            assert_ne!(shorter, text);
            assert!(serde_json::from_str::<Dialect>(&shorter).is_err(), "{shorter}");
        }
        assert!(serde_json::from_str::<Dialect>(&GLOBAL.replace("v3", "v4")).is_err());
        assert!(serde_json::from_str::<Dialect>(&GLOBAL.replace("global", "other")).is_err());
    }
}
