//! Coupons of a payment or a refund (protocol §9.6). They only inform.

use crate::Currency;
use crate::v3::json::JsonFields;

/// How many coupons are read.
const MAX_PROMOTIONS: usize = 100;

/// A coupon that paid a part, or got a part back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// `promotion_id` or `coupon_id`.
    pub id: Option<Box<str>>,
    /// Its name. Somebody else may have typed it: escape it before you show it.
    pub name: Option<Box<str>>,
    /// `type`: `COUPON`, `DISCOUNT`, `CASH`, `NOCASH`.
    pub kind: Option<Box<str>>,
    /// `scope`: `GLOBAL`, `SINGLE`.
    pub scope: Option<Box<str>>,
    /// `amount` or `refund_amount`, in minor units.
    pub amount_minor: Option<u64>,
    /// The currency of the amount.
    pub currency: Option<Currency>,
}

impl Promotion {
    pub(crate) fn read_all(list: &[JsonFields<'_, '_>]) -> Vec<Self> {
        list.iter().take(MAX_PROMOTIONS).map(Self::read).collect()
    }

    fn read(fields: &JsonFields<'_, '_>) -> Self {
        Self {
            id: fields.text("promotion_id").or_else(|| fields.text("coupon_id")),
            name: fields.text("name"),
            kind: fields.text("type"),
            scope: fields.text("scope"),
            amount_minor: fields
                .informative_amount("amount")
                .or_else(|| fields.informative_amount("refund_amount")),
            currency: fields.informative("currency"),
        }
    }
}
