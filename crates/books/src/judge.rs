//! Whether a doubt is a difference, by what the order itself knows. Whoever may know better is asked first.

use wire::Money;
use wire::v2::WxDate;

use crate::known::{Known, Refund};
use crate::{Difference, Doubt, Kind, MIDNIGHT_MS, Side, day_of, end_ms};

/// How often somebody is asked about one doubt.
pub const LOOKS: u32 = 3;

/// How long to wait for what was asked, before the next look.
const PAUSES_MS: [i64; 3] = [30_000, 120_000, 600_000];

/// How long to wait after `looked` looks.
#[must_use]
pub fn pause_ms(looked: u32) -> i64 {
    let place = usize::try_from(looked).unwrap_or(usize::MAX);
    PAUSES_MS.get(place).or(PAUSES_MS.last()).copied().unwrap_or(0)
}

/// What is known around a doubt.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The day of the bill.
    pub day: WxDate,
    /// What the order knows. `None`: there is no such order, or it is archived.
    pub known: Option<&'c Known>,
    /// Whether the order's number was made by this Worker.
    pub is_ours: bool,
    /// How often somebody was asked about it.
    pub looked: u32,
    /// Whether a bill had this payment or refund: that of another day, or this one.
    pub was_in_a_bill: &'c dyn Fn(&str) -> bool,
    /// Since when every day was compared. Of an earlier refund nobody knows which bill had it.
    pub whole_since_ms: i64,
}

/// Who may know better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The order is told to query WeChat now. It may learn of a payment.
    Order,
    /// The order is told that there is a refund. It asks WeChat about it.
    Refund,
    /// WeChat is queried about the order, to have its word beside the bill's.
    WeChat,
}

/// What a doubt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both sides agree.
    Agrees,
    /// Both sides agree, and the payment or refund belongs to another day. Its bill may lack it.
    OfAnotherDay,
    /// Somebody must be asked first. Then look again.
    Ask(Ask),
    /// The bill of the next day may have it.
    Tomorrow,
    /// They differ.
    Differ(Vec<Difference>),
}

impl Verdict {
    fn differs(difference: Difference) -> Self {
        Self::Differ(vec![difference])
    }
}

/// What this doubt is, by what is known.
#[must_use]
pub fn judge(doubt: &Doubt, context: &Context<'_>) -> Verdict {
    match doubt.side {
        Side::BillPaid => bill_paid(doubt, context),
        Side::BillRefunded => bill_refunded(doubt, context),
        Side::OursPaid => ours_paid(doubt, context),
        Side::OursRefunded => ours_refunded(doubt, context),
    }
}

/// Asks, unless that was done often enough.
fn ask_or(context: &Context<'_>, ask: Ask, difference: impl FnOnce() -> Difference) -> Verdict {
    if context.looked < LOOKS { Verdict::Ask(ask) } else { Verdict::differs(difference()) }
}

/// The order of a row of the bill, or the difference that there is none.
fn order_of<'c>(doubt: &Doubt, context: &Context<'c>, elsewhere: Kind) -> Result<&'c Known, Verdict> {
    match context.known.filter(|known| !known.is_stray()) {
        Some(known) => Ok(known),
        None if context.is_ours && context.known.is_none() => {
            let words =
                "The number was made here, and there is no such order: it is archived, or it is lost.";
            let kind = if doubt.side == Side::BillPaid { Kind::MissingHere } else { elsewhere };
            Err(Verdict::differs(Difference::about(doubt, kind).because(words)))
        }
        None => Err(Verdict::differs(Difference::about(doubt, elsewhere))),
    }
}

fn bill_paid(doubt: &Doubt, context: &Context<'_>) -> Verdict {
    let known = match order_of(doubt, context, Kind::MadeElsewhere) {
        Ok(known) => known,
        Err(verdict) => return verdict,
    };
    let Some(payment) = known.payment(&doubt.transaction_id) else {
        return ask_or(context, Ask::Order, || Difference::about(doubt, Kind::MissingHere));
    };
    // A payment that does not fit its order is compared with what the order costs.
    let ours = if payment.fits { payment.total } else { known.amount() };
    if let Some(kind) = differ(ours, doubt.amount, Kind::Amount) {
        return Verdict::differs(Difference::about(doubt, kind).ours(ours));
    }
    if context.looked > 0 {
        return Verdict::differs(Difference::about(doubt, Kind::MissingHere).mended(true));
    }
    if day_of(payment.paid_at_ms) == Some(context.day) { Verdict::Agrees } else { Verdict::OfAnotherDay }
}

/// The kind of the difference between two amounts.
fn differ(ours: Money, wechat: Option<Money>, kind: Kind) -> Option<Kind> {
    match wechat {
        Some(wechat) if ours.currency != wechat.currency => Some(Kind::Currency),
        Some(wechat) if ours.minor == wechat.minor => None,
        _ => Some(kind),
    }
}

fn bill_refunded(doubt: &Doubt, context: &Context<'_>) -> Verdict {
    let known = match order_of(doubt, context, Kind::RefundMadeElsewhere) {
        Ok(known) => known,
        Err(verdict) => return verdict,
    };
    let number = doubt.out_refund_no.as_deref().unwrap_or_default();
    let Some(refund) = known.refund(number) else {
        return ask_or(context, Ask::Refund, || Difference::about(doubt, Kind::RefundMadeElsewhere));
    };
    let about = |kind| Difference::about(doubt, kind).ours(refund.amount);
    if let Some(kind) = differ(refund.amount, doubt.amount, Kind::RefundAmount) {
        return Verdict::differs(about(kind));
    }
    if refund.transaction_id != doubt.transaction_id {
        let words = format!("Our books have it for the payment {}.", refund.transaction_id);
        return Verdict::differs(about(Kind::RefundState).because(words));
    }
    if refund.made_elsewhere {
        // The order has learned of it, now or earlier.
        return Verdict::differs(about(Kind::RefundMadeElsewhere).mended(true));
    }
    if !agree(doubt, refund) {
        let words = || format!("WeChat says {}, and we say {}.", state(doubt), refund.status);
        return ask_or(context, Ask::Refund, || about(Kind::RefundState).because(words()));
    }
    if context.looked > 0 {
        let words = format!("WeChat says {}; now we say {}, too.", state(doubt), refund.status);
        return Verdict::differs(about(Kind::RefundState).mended(true).because(words));
    }
    Verdict::OfAnotherDay
}

fn state(doubt: &Doubt) -> &str {
    doubt.state.as_deref().unwrap_or("nothing")
}

/// Whether the bill and we agree that the money of a refund has left the merchant's account. The bill has the
/// state of the moment when it was made; what was on its way then may have arrived since.
fn agree(doubt: &Doubt, refund: &Refund) -> bool {
    match state(doubt) {
        "SUCCESS" | "PROCESSING" => refund.counts(),
        "CHANGE" => refund.counts(),
        "FAIL" => !refund.is_refunded(),
        // No document lists the states; an unknown one is shown to a person.
        _ => false,
    }
}

fn ours_paid(doubt: &Doubt, context: &Context<'_>) -> Verdict {
    if (context.was_in_a_bill)(&doubt.transaction_id) {
        return Verdict::Agrees;
    }
    let until_midnight_ms = end_ms(context.day).saturating_sub(doubt.paid_at_ms);
    if !doubt.carried && until_midnight_ms <= MIDNIGHT_MS {
        return Verdict::Tomorrow;
    }
    // The index may be wrong; the order is the truth.
    let known = context.known.and_then(|known| known.payment(&doubt.transaction_id));
    if context.known.is_some() && known.is_none() {
        let words = "Only our index has this payment; its order does not know it.";
        return Verdict::differs(Difference::about(doubt, Kind::MissingThere).because(words));
    }
    if doubt.wechat_says.is_none() && context.looked < LOOKS {
        return Verdict::Ask(Ask::WeChat);
    }
    let says = doubt.wechat_says.as_deref().unwrap_or("nothing: it did not answer");
    let words = format!("Asked about the order, WeChat says {says}.");
    Verdict::differs(Difference::about(doubt, Kind::MissingThere).because(words))
}

/// The refunds of an order that ended on this day and are in no bill until now.
fn ours_refunded(doubt: &Doubt, context: &Context<'_>) -> Verdict {
    let Some(known) = context.known else { return Verdict::Agrees };
    let ended = |refund: &&Refund| {
        // At the latest the bill of the day on which it ended has it.
        let due = day_of(refund.since_ms.saturating_add(MIDNIGHT_MS));
        refund.is_refunded()
            && !refund.made_elsewhere
            && due == Some(context.day)
            && refund.requested_at_ms >= context.whole_since_ms
            && !(context.was_in_a_bill)(&refund.number_at_wechat)
    };
    let lacking: Vec<_> = known
        .refunds
        .iter()
        .filter(ended)
        .map(|refund| {
            let about = Doubt {
                transaction_id: refund.transaction_id.clone(),
                out_refund_no: Some(refund.number_at_wechat.clone()),
                amount: Some(refund.amount),
                ..doubt.clone()
            };
            Difference::about(&about, Kind::RefundMissingThere)
        })
        .collect();
    if lacking.is_empty() { Verdict::Agrees } else { Verdict::Differ(lacking) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "Hsofdzih6lk5bu2sjsxzitzb5wztbw";

    fn day() -> WxDate {
        "20260301".parse().unwrap()
    }

    fn at(hour: i64) -> i64 {
        day().start_epoch_ms() + hour * 3_600_000
    }

    fn hkd(minor: u64) -> Money {
        Money::new(minor, wire::Currency::HKD)
    }

    /// An order of HK$88.00 with these payments and refunds.
    fn order(state: &str, payments: &str, refunds: &str) -> Known {
        Known::read(&format!("order\t{state}\t8800\tHKD\n{payments}{refunds}")).unwrap()
    }

    fn payment(id: &str, minor: u64, fits: bool, at_ms: i64) -> String {
        format!("payment\t{id}\t{minor}\tHKD\t{at_ms}\t{}\n", u8::from(fits))
    }

    fn refund(number: &str, minor: u64, status: &str, since_ms: i64, elsewhere: bool) -> String {
        let elsewhere = u8::from(elsewhere);
        format!("refund\t{number}\t{elsewhere}\t42\t{minor}\tHKD\t{status}\t{since_ms}\t{since_ms}\n")
    }

    fn doubt(side: Side, amount: Money) -> Doubt {
        let is_refund = side == Side::BillRefunded;
        Doubt {
            side,
            number: NUMBER.into(),
            transaction_id: "42".into(),
            out_refund_no: is_refund.then(|| "H-R1".into()),
            amount: Some(amount),
            state: is_refund.then(|| "SUCCESS".into()),
            paid_at_ms: at(12),
            line: 2,
            carried: false,
            wechat_says: None,
        }
    }

    fn judged(doubt: &Doubt, known: Option<&Known>, looked: u32) -> Verdict {
        let context = Context {
            day: day(),
            known,
            is_ours: true,
            looked,
            was_in_a_bill: &|key| key == "seen",
            whole_since_ms: at(0),
        };
        judge(doubt, &context)
    }

    /// The kind of the only difference, and whether it is mended.
    fn kind(verdict: &Verdict) -> (Kind, bool) {
        match verdict {
            Verdict::Differ(differences) if differences.len() == 1 => {
                (differences[0].kind, differences[0].mended)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_payment_that_only_the_index_lacked_is_no_difference() {
        let known = order("paid", &payment("42", 8800, true, at(12)), "");
        assert_eq!(judged(&doubt(Side::BillPaid, hkd(8800)), Some(&known), 0), Verdict::Agrees);
        let yesterday = order("paid", &payment("42", 8800, true, at(-1)), "");
        assert_eq!(judged(&doubt(Side::BillPaid, hkd(8800)), Some(&yesterday), 0), Verdict::OfAnotherDay);
    }

    #[test]
    fn an_unknown_payment_is_asked_for_and_then_it_is_mended_or_missing_here() {
        let unpaid = order("closed", "", "");
        let paid = doubt(Side::BillPaid, hkd(8800));
        for looked in 0..LOOKS {
            assert_eq!(judged(&paid, Some(&unpaid), looked), Verdict::Ask(Ask::Order));
        }
        assert_eq!(kind(&judged(&paid, Some(&unpaid), LOOKS)), (Kind::MissingHere, false));
        let learned = order("paid", &payment("42", 8800, true, at(12)), "");
        assert_eq!(kind(&judged(&paid, Some(&learned), 1)), (Kind::MissingHere, true));
    }

    #[test]
    fn another_amount_or_currency_is_told_with_both_sides() {
        let known = order("paid", &payment("42", 8800, true, at(12)), "");
        let Verdict::Differ(differences) = judged(&doubt(Side::BillPaid, hkd(8801)), Some(&known), 0) else {
            panic!("a difference");
        };
        let Difference { kind, ours, wechat, .. } = &differences[0];
        assert_eq!((*kind, *ours, *wechat), (Kind::Amount, Some(hkd(8800)), Some(hkd(8801))));
        let cny = Money::new(8800, wire::Currency::CNY);
        assert_eq!(
            super::tests::kind(&judged(&doubt(Side::BillPaid, cny), Some(&known), 0)).0,
            Kind::Currency
        );
        // A payment that does not fit its order: both sides know it, and it is not what the order costs.
        let unfit = order("closed", &payment("42", 8700, false, at(12)), "");
        assert_eq!(
            super::tests::kind(&judged(&doubt(Side::BillPaid, hkd(8700)), Some(&unfit), 0)).0,
            Kind::Amount
        );
    }

    #[test]
    fn money_without_an_order_of_ours_was_made_elsewhere_and_a_lost_order_is_missing_here() {
        let paid = doubt(Side::BillPaid, hkd(8800));
        assert_eq!(kind(&judged(&paid, None, 0)).0, Kind::MissingHere);
        let foreign = Context {
            day: day(),
            known: None,
            is_ours: false,
            looked: 0,
            was_in_a_bill: &|_| false,
            whole_since_ms: 0,
        };
        assert_eq!(kind(&judge(&paid, &foreign)).0, Kind::MadeElsewhere);
        let stray = order("stray", &payment("42", 8800, true, at(12)), "");
        assert_eq!(kind(&judged(&paid, Some(&stray), 0)).0, Kind::MadeElsewhere);
        assert_eq!(kind(&judge(&doubt(Side::BillRefunded, hkd(1)), &foreign)).0, Kind::RefundMadeElsewhere);
    }

    #[test]
    fn a_refund_agrees_or_differs_in_amount_state_or_origin() {
        let paid = payment("42", 8800, true, at(12));
        let with =
            |status: &str, elsewhere| order("paid", &paid, &refund("H-R1", 800, status, at(13), elsewhere));
        let bill = doubt(Side::BillRefunded, hkd(800));
        for status in ["refunded", "processing", "abnormal"] {
            assert_eq!(judged(&bill, Some(&with(status, false)), 0), Verdict::OfAnotherDay, "{status}");
        }
        let other = doubt(Side::BillRefunded, hkd(801));
        assert_eq!(kind(&judged(&other, Some(&with("refunded", false)), 0)).0, Kind::RefundAmount);
        let closed = with("closed", false);
        assert_eq!(judged(&bill, Some(&closed), 0), Verdict::Ask(Ask::Refund));
        assert_eq!(kind(&judged(&bill, Some(&closed), LOOKS)), (Kind::RefundState, false));
        assert_eq!(kind(&judged(&bill, Some(&with("refunded", false)), 1)), (Kind::RefundState, true));
        assert_eq!(kind(&judged(&bill, Some(&with("refunded", true)), 0)), (Kind::RefundMadeElsewhere, true));
        let none = order("paid", &paid, "");
        assert_eq!(judged(&bill, Some(&none), 2), Verdict::Ask(Ask::Refund));
        assert_eq!(kind(&judged(&bill, Some(&none), LOOKS)), (Kind::RefundMadeElsewhere, false));
        let failed = Doubt { state: Some("FAIL".into()), ..bill.clone() };
        assert_eq!(judged(&failed, Some(&closed), 0), Verdict::OfAnotherDay);
        assert_eq!(judged(&failed, Some(&with("refunded", false)), 0), Verdict::Ask(Ask::Refund));
        let other_payment = Doubt { transaction_id: "43".into(), ..bill };
        assert_eq!(kind(&judged(&other_payment, Some(&with("refunded", false)), 0)).0, Kind::RefundState);
    }

    #[test]
    fn a_payment_that_the_bill_lacks_is_asked_of_wechat_before_it_is_said() {
        let known = order("paid", &payment("42", 8800, true, at(12)), "");
        let ours = doubt(Side::OursPaid, hkd(8800));
        assert_eq!(judged(&ours, Some(&known), 0), Verdict::Ask(Ask::WeChat));
        let answered = Doubt { wechat_says: Some("that it is paid".into()), ..ours.clone() };
        let Verdict::Differ(told) = judged(&answered, Some(&known), 1) else { panic!("a difference") };
        assert_eq!(told[0].kind, Kind::MissingThere);
        assert!(told[0].detail.as_ref().unwrap().contains("that it is paid"));
        // WeChat does not answer for ever.
        assert_eq!(kind(&judged(&ours, Some(&known), LOOKS)).0, Kind::MissingThere);
        // Only the index has it.
        assert_eq!(kind(&judged(&ours, Some(&order("closed", "", "")), 0)).0, Kind::MissingThere);
    }

    #[test]
    fn a_payment_of_midnight_is_looked_for_in_the_bills_of_both_days() {
        let known = order("paid", &payment("42", 8800, true, at(24) - 1), "");
        let late = Doubt { paid_at_ms: at(24) - 1, ..doubt(Side::OursPaid, hkd(8800)) };
        assert_eq!(judged(&late, Some(&known), 0), Verdict::Tomorrow);
        let carried = Doubt { carried: true, ..late };
        assert_eq!(judged(&carried, Some(&known), 0), Verdict::Ask(Ask::WeChat));
        let seen = Doubt { transaction_id: "seen".into(), ..carried };
        assert_eq!(judged(&seen, Some(&known), 0), Verdict::Agrees);
        let early =
            Doubt { paid_at_ms: at(0), transaction_id: "seen".into(), ..doubt(Side::OursPaid, hkd(8800)) };
        assert_eq!(judged(&early, Some(&known), 0), Verdict::Agrees);
    }

    #[test]
    fn a_refund_that_ended_today_is_in_the_bill_of_today_or_was_in_an_earlier_one() {
        let paid = payment("42", 8800, true, at(12));
        let ours = doubt(Side::OursRefunded, hkd(0));
        let of = |number: &str, status: &str, hour| {
            judged(&ours, Some(&order("paid", &paid, &refund(number, 800, status, at(hour), false))), 0)
        };
        assert_eq!(kind(&of("H-R1", "refunded", 13)).0, Kind::RefundMissingThere);
        assert_eq!(of("seen", "refunded", 13), Verdict::Agrees);
        assert_eq!(of("H-R1", "processing", 13), Verdict::Agrees);
        // It ended on another day: its bill is asked then. Of what was asked for before the first day nobody
        // knows.
        assert_eq!(of("H-R1", "refunded", 25), Verdict::Agrees);
        assert_eq!(of("H-R1", "refunded", -1), Verdict::Agrees);
        assert_eq!(judged(&ours, None, 0), Verdict::Agrees);
    }
}
