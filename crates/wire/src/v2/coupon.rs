//! Coupons. The wire numbers them: `coupon_fee_0`, `coupon_fee_1` … and in a list of refunds
//! `coupon_refund_fee_0_1` (protocol §4.2, §7.4, §7.5).

use crate::v2::field_reader::FieldReader;
use crate::v2::xml::MAX_COUPONS;

/// A coupon that paid a part, or got a part back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Coupon {
    /// `coupon_id_$n` or `coupon_refund_id_$n`.
    pub id: Option<Box<str>>,
    /// `coupon_type_$n`.
    pub kind: Option<CouponKind>,
    /// `coupon_fee_$n` or `coupon_refund_fee_$n`, in minor units of the order's currency.
    pub fee_minor: Option<u64>,
}

/// What a coupon is worth to the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CouponKind {
    /// `CASH`: a recharge coupon, settled to the merchant.
    Cash,
    /// `NO_CASH`: not settled.
    NoCash,
    /// Another one.
    Other(Box<str>),
}

/// The names of a coupon's fields.
pub(crate) struct CouponNames {
    pub(crate) id: &'static str,
    pub(crate) fee: &'static str,
    /// The text before the coupon's number: `""`, or `"3_"` for the fourth refund.
    pub(crate) prefix: String,
}

impl CouponNames {
    /// Coupons that paid an order.
    pub(crate) fn of_payment() -> Self {
        Self { id: "coupon_id", fee: "coupon_fee", prefix: String::new() }
    }

    /// Coupons that got a part back in one refund.
    pub(crate) fn of_refund() -> Self {
        Self { id: "coupon_refund_id", fee: "coupon_refund_fee", prefix: String::new() }
    }

    /// The same for the refund with this number in a list.
    pub(crate) fn of_listed_refund(refund: usize) -> Self {
        Self { prefix: format!("{refund}_"), ..Self::of_refund() }
    }
}

/// Reads coupons from number 0 up to the first missing one, at most [`MAX_COUPONS`]. Further coupons stay
/// among the unknown fields. Coupons only inform, so a wrong count is not an error.
pub(crate) fn read_coupons(reader: &mut FieldReader<'_, '_>, names: &CouponNames) -> Vec<Coupon> {
    let mut coupons = Vec::new();
    // Most messages have no coupons. This check saves building the names.
    if !reader.has_beginning("coupon_") {
        return coupons;
    }
    for number in 0..MAX_COUPONS {
        let place = format!("_{}{number}", names.prefix);
        let coupon = Coupon {
            id: reader.text(&format!("{}{place}", names.id)),
            kind: reader.informative_by(&format!("coupon_type{place}"), |text| Some(CouponKind::new(text))),
            fee_minor: reader.informative_amount(&format!("{}{place}", names.fee)),
        };
        if (&coupon.id, &coupon.kind, &coupon.fee_minor) == (&None, &None, &None) {
            break;
        }
        coupons.push(coupon);
    }
    coupons
}

impl CouponKind {
    /// Reads the text of the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text {
            "CASH" => Self::Cash,
            "NO_CASH" => Self::NoCash,
            _ => Self::Other(text.into()),
        }
    }

    /// The text of the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cash => "CASH",
            Self::NoCash => "NO_CASH",
            Self::Other(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::Fields;

    fn coupon(id: Option<&str>, kind: Option<CouponKind>, fee_minor: Option<u64>) -> Coupon {
        Coupon { id: id.map(Box::from), kind, fee_minor }
    }

    #[test]
    fn numbered_coupons_become_a_list_and_what_does_not_parse_stays_unknown() {
        let fields = Fields::parse(
            b"<xml><coupon_id_0>A</coupon_id_0><coupon_type_0>CASH</coupon_type_0><coupon_fee_0>100</coupon_fee_0>\
            <coupon_id_1>B</coupon_id_1><coupon_fee_1>1.00</coupon_fee_1><coupon_type_1>GIFT</coupon_type_1>\
            <coupon_id_3>far</coupon_id_3></xml>",
        )
        .unwrap();
        let mut reader = FieldReader::of(&fields);
        assert_eq!(
            read_coupons(&mut reader, &CouponNames::of_payment()),
            [
                coupon(Some("A"), Some(CouponKind::Cash), Some(100)),
                coupon(Some("B"), Some(CouponKind::Other("GIFT".into())), None),
            ]
        );
        assert_eq!(
            reader.rest().iter().collect::<Vec<_>>(),
            [("coupon_fee_1", "1.00"), ("coupon_id_3", "far")]
        );
    }

    #[test]
    fn coupons_beyond_the_limit_stay_unknown() {
        let body: String =
            (0..MAX_COUPONS + 5).map(|n| format!("<coupon_fee_{n}>1</coupon_fee_{n}>")).collect();
        let body = format!("<xml>{body}</xml>");
        let fields = Fields::parse(body.as_bytes()).unwrap();
        let mut reader = FieldReader::of(&fields);
        assert_eq!(read_coupons(&mut reader, &CouponNames::of_payment()).len(), MAX_COUPONS);
        assert_eq!(reader.rest().iter().len(), 5);
    }

    #[test]
    fn coupons_of_a_listed_refund_have_two_numbers() {
        let fields = Fields::parse(
            b"<xml><coupon_refund_id_1_0>A</coupon_refund_id_1_0><coupon_refund_fee_1_0>7</coupon_refund_fee_1_0>\
            <coupon_type_1_0>NO_CASH</coupon_type_1_0><coupon_refund_fee_0_0>9</coupon_refund_fee_0_0></xml>",
        )
        .unwrap();
        let read =
            |refund| read_coupons(&mut FieldReader::of(&fields), &CouponNames::of_listed_refund(refund));
        assert_eq!(read(1), [coupon(Some("A"), Some(CouponKind::NoCash), Some(7))]);
        assert_eq!(read(0), [coupon(None, None, Some(9))]);
        assert_eq!(read(2), []);
    }

    #[test]
    fn kinds_keep_their_text() {
        for text in ["CASH", "NO_CASH", "OTHER"] {
            assert_eq!(CouponKind::new(text).as_str(), text);
        }
    }
}
