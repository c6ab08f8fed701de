//! Coupons (protocol §4.2, §7.4): a part of the price that the payer does not pay.
//!
//! The switch `coupon` sets their sum in the smallest unit of the price, and `coupon-count` their number. A
//! single coupon is a recharge coupon. Of several, the first is a recharge coupon for half of the sum,
//! rounded down, and the others are discounts. The merchant is paid a recharge coupon like cash. A discount
//! is not settled and lowers `settlement_total_fee`.
//!
//! The documents do not say how coupons of a price in a foreign currency are counted. Here a coupon is in the
//! currency of the price, and the payer pays the rest at the day's rate.

use serde::{Deserialize, Serialize};

use super::message::Fields;

/// A coupon of a payment, or the part of it that a refund returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Coupon {
    pub(super) id: String,
    pub(super) kind: CouponKind,
    /// In the smallest unit of the price.
    pub(super) fee: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum CouponKind {
    /// The merchant paid for it beforehand, so it is settled like cash.
    Recharge,
    /// A discount, which nobody settles.
    Discount,
}

impl CouponKind {
    fn as_str(self) -> &'static str {
        match self {
            CouponKind::Recharge => "CASH",
            CouponKind::Discount => "NO_CASH",
        }
    }
}

/// The coupons of a payment: at most `count`, together `sum`. At least 1 is left to pay.
pub(super) fn of_payment(sum: u64, count: u32, total_fee: u64, first_id: u64) -> Vec<Coupon> {
    let sum = sum.min(total_fee.saturating_sub(1));
    let discounts = u64::from(count.saturating_sub(1));
    let recharge = if discounts == 0 { sum } else { sum / 2 };
    let rest = sum - recharge;
    // Each discount takes its share of the rest. The shares add up to the rest.
    let discount = |n: u64| rest * (n + 1) / discounts.max(1) - rest * n / discounts.max(1);
    let parts = [(CouponKind::Recharge, recharge)]
        .into_iter()
        .chain((0..discounts).map(|n| (CouponKind::Discount, discount(n))));
    let there = parts.filter(|(_, fee)| *fee > 0);
    let numbered = there.zip(first_id..);
    numbered.map(|((kind, fee), id)| Coupon { id: id.to_string(), kind, fee }).collect()
}

/// The part of each coupon that a refund returns. Together the refunds then reach `reached` of `total_fee`;
/// `before` is what earlier refunds returned.
///
/// The parts are computed from the sum reached so far. So every coupon is returned in full when the order is,
/// and a refund of a price in CNY never returns more cash than was paid.
pub(super) fn of_refund<'r>(
    paid: &[Coupon],
    before: impl Iterator<Item = &'r Coupon> + Clone,
    reached: u64,
    total_fee: u64,
) -> Vec<Coupon> {
    let share = |fee: u64| {
        u64::try_from(u128::from(fee) * u128::from(reached) / u128::from(total_fee.max(1))).unwrap_or(fee)
    };
    let returned = |id: &str| before.clone().filter(|part| part.id == id).map(|part| part.fee).sum::<u64>();
    let mut left_for_all = share(sum(paid)).saturating_sub(before.clone().map(|part| part.fee).sum());
    // First each coupon's own share, rounded down. Then what rounding left over goes to the coupons that are
    // not full yet.
    let mut fees: Vec<u64> = Vec::new();
    for coupon in paid {
        let fee = share(coupon.fee).saturating_sub(returned(&coupon.id)).min(left_for_all);
        left_for_all -= fee;
        fees.push(fee);
    }
    for (coupon, fee) in paid.iter().zip(&mut fees).rev() {
        let more = coupon.fee.saturating_sub(returned(&coupon.id) + *fee).min(left_for_all);
        left_for_all -= more;
        *fee += more;
    }
    let parts = paid.iter().zip(fees).filter(|(_, fee)| *fee > 0);
    parts.map(|(coupon, fee)| Coupon { fee, ..coupon.clone() }).collect()
}

pub(super) fn sum(coupons: &[Coupon]) -> u64 {
    coupons.iter().map(|coupon| coupon.fee).sum()
}

/// The sum of the coupons that are settled like cash.
pub(super) fn recharged(coupons: &[Coupon]) -> u64 {
    sum(coupons).saturating_sub(unsettled(coupons))
}

/// The sum of the coupons that nobody settles.
pub(super) fn unsettled(coupons: &[Coupon]) -> u64 {
    coupons.iter().filter(|coupon| coupon.kind == CouponKind::Discount).map(|coupon| coupon.fee).sum()
}

/// `coupon_fee`, `coupon_count` and the list, for queries and notifications. Nothing without coupons.
pub(super) fn payment_fields(coupons: &[Coupon]) -> Fields {
    if coupons.is_empty() {
        return Fields::default();
    }
    let head = Fields::default()
        .text("coupon_fee", sum(coupons).to_string())
        .text("coupon_count", coupons.len().to_string());
    coupons.iter().enumerate().fold(head, |fields, (n, coupon)| {
        fields
            .text(format!("coupon_type_{n}"), coupon.kind.as_str())
            .text(format!("coupon_id_{n}"), &coupon.id)
            .text(format!("coupon_fee_{n}"), coupon.fee.to_string())
    })
}

/// The coupons of a refund. `behind` is empty in the answer to a refund, and the index of the refund, such as
/// `_0`, in a query.
pub(super) fn refund_list(coupons: &[Coupon], behind: &str) -> Fields {
    coupons.iter().enumerate().fold(Fields::default(), |fields, (m, coupon)| {
        fields
            .text(format!("coupon_type{behind}_{m}"), coupon.kind.as_str())
            .text(format!("coupon_refund_id{behind}_{m}"), &coupon.id)
            .text(format!("coupon_refund_fee{behind}_{m}"), coupon.fee.to_string())
    })
}

/// The coupons as JSON, for orders placed with `version` (protocol §3.1). `named` is the name of an item's
/// promotion, if there is one.
pub(super) fn promotion_detail(coupons: &[Coupon], named: Option<&str>) -> Option<String> {
    let of_coupons = coupons.iter().map(|coupon| {
        serde_json::json!({
            "promotion_id": coupon.id, "name": named.unwrap_or("Simulator coupon"), "scope": "GLOBAL",
            "type": match coupon.kind { CouponKind::Recharge => "COUPON", CouponKind::Discount => "DISCOUNT" },
            "amount": coupon.fee, "activity_id": coupon.id,
            "wxpay_contribute": 0, "merchant_contribute": coupon.fee, "other_contribute": 0,
        })
    });
    // The merchant already took the promotion off the price of the item, so nothing is left to take off the
    // order.
    let of_item = named.filter(|_| coupons.is_empty()).map(|name| {
        serde_json::json!({
            "promotion_id": "1", "name": name, "scope": "SINGLE", "type": "DISCOUNT", "amount": 200,
            "goods_detail": [{ "goods_id": "g1", "quantity": 1, "price": 201 }],
        })
    });
    let promotions: Vec<serde_json::Value> = of_coupons.chain(of_item).collect();
    (!promotions.is_empty()).then(|| serde_json::json!({ "promotion_detail": promotions }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupon_never_pays_everything_and_the_smallest_is_one_coupon() {
        assert_eq!(sum(&of_payment(9000, 2, 8800, 1)), 8799);
        assert_eq!(of_payment(1, 2, 8800, 1).len(), 1);
        assert!(of_payment(5, 2, 1, 1).is_empty());
    }

    #[test]
    fn refunds_return_every_coupon_in_full_and_never_more_cash_than_was_paid() {
        let cases = [(100, 99), (100, 1), (101, 50), (7, 6)];
        for ((total, coupon), count) in cases.into_iter().flat_map(|case| [(case, 1), (case, 2), (case, 5)]) {
            let paid = of_payment(coupon, count, total, 1);
            let mut before: Vec<Coupon> = Vec::new();
            let mut cash = 0;
            for reached in 1..=total {
                let parts = of_refund(&paid, before.iter(), reached, total);
                cash += 1 - sum(&parts);
                before.extend(parts);
                assert!(cash <= total - coupon, "{total} {coupon} {reached}");
            }
            assert_eq!((sum(&before), cash), (coupon, total - coupon));
        }
    }
}
