//! Which generation of the API an order uses.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use wire::v2::{ProductId, SignType};

use crate::v2;

/// The generation of the API that an order was placed with, and the values that only this generation needs.
/// An order keeps its dialect for life: the protocol reference does not say whether one generation can close
/// what another placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "api", rename_all = "snake_case", from = "Stored")]
pub enum Dialect {
    /// API v2.
    V2(v2::Terms),
}

/// The stored form. What serde derives for an enum of this form is larger and slower.
#[derive(Deserialize)]
struct Stored {
    api: Api,
    sign_type: SignType,
    product_id: ProductId,
    spbill_create_ip: IpAddr,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Api {
    V2,
}

impl From<Stored> for Dialect {
    fn from(Stored { api, sign_type, product_id, spbill_create_ip }: Stored) -> Self {
        match api {
            Api::V2 => Self::V2(v2::Terms { sign_type, product_id, spbill_create_ip }),
        }
    }
}
