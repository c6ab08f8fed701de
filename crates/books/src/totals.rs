//! The sums of a day on both sides, per currency.

use wire::Money;

use crate::json::Object;

/// The most currencies that a report adds up one by one. A merchant has one, rarely two.
const MAX_CURRENCIES: usize = 16;

/// The sums of one currency, in its smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfCurrency {
    /// The three letters.
    pub currency: Box<str>,
    /// The payments in the bill.
    pub wechat_paid_minor: u64,
    /// The refunds in the bill.
    pub wechat_refunded_minor: u64,
    /// The payments in our index.
    pub our_paid_minor: u64,
}

/// Counts and sums of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Payments in the bill.
    pub bill_payments: u32,
    /// Refunds in the bill.
    pub bill_refunds: u32,
    /// Payments in our index.
    pub our_payments: u32,
    /// The sums, one row per currency.
    pub sums: Vec<OfCurrency>,
}

impl Totals {
    pub(crate) fn bill_paid(&mut self, amount: Money) {
        self.bill_payments = self.bill_payments.saturating_add(1);
        self.add(amount, |sums| &mut sums.wechat_paid_minor);
    }

    pub(crate) fn bill_refunded(&mut self, amount: Money) {
        self.bill_refunds = self.bill_refunds.saturating_add(1);
        self.add(amount, |sums| &mut sums.wechat_refunded_minor);
    }

    pub(crate) fn ours_paid(&mut self, amount: Money) {
        self.our_payments = self.our_payments.saturating_add(1);
        self.add(amount, |sums| &mut sums.our_paid_minor);
    }

    fn add(&mut self, amount: Money, which: impl Fn(&mut OfCurrency) -> &mut u64) {
        let currency = amount.currency.as_str();
        let known = self.sums.iter().position(|sums| &*sums.currency == currency);
        let place = known.unwrap_or_else(|| {
            if self.sums.len() < MAX_CURRENCIES {
                self.sums.push(OfCurrency {
                    currency: currency.into(),
                    wechat_paid_minor: 0,
                    wechat_refunded_minor: 0,
                    our_paid_minor: 0,
                });
            }
            self.sums.len().saturating_sub(1)
        });
        if let Some(sums) = self.sums.get_mut(place).filter(|sums| &*sums.currency == currency) {
            let sum = which(sums);
            *sum = sum.saturating_add(amount.minor);
        }
    }

    /// Writes the counts and sums into a report.
    pub(crate) fn write(&self, json: &mut Object) {
        let mut sums = Vec::new();
        for of in &self.sums {
            let mut one = Object::new();
            one.text("currency", &of.currency);
            for (name, sum) in [
                ("wechat_paid_minor", of.wechat_paid_minor),
                ("wechat_refunded_minor", of.wechat_refunded_minor),
                ("our_paid_minor", of.our_paid_minor),
            ] {
                one.number(name, i64::try_from(sum).unwrap_or(i64::MAX));
            }
            sums.push(one.end());
        }
        json.number("bill_payments", i64::from(self.bill_payments));
        json.number("bill_refunds", i64::from(self.bill_refunds));
        json.number("our_payments", i64::from(self.our_payments));
        json.raw("sums", &format!("[{}]", sums.join(",")));
    }

    /// The stored form.
    pub(crate) fn stored(&self) -> String {
        let mut text = format!("{} {} {}", self.bill_payments, self.bill_refunds, self.our_payments);
        for of in &self.sums {
            for part in [
                of.currency.to_string(),
                of.wechat_paid_minor.to_string(),
                of.wechat_refunded_minor.to_string(),
                of.our_paid_minor.to_string(),
            ] {
                text.push(' ');
                text.push_str(&part);
            }
        }
        text
    }

    /// Reads the stored form.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut totals = Self::default();
        for count in [&mut totals.bill_payments, &mut totals.bill_refunds, &mut totals.our_payments] {
            *count = parts.next()?.parse().ok()?;
        }
        while let Some(currency) = parts.next() {
            let mut sum = || parts.next()?.parse().ok();
            let (wechat_paid_minor, wechat_refunded_minor, our_paid_minor) = (sum()?, sum()?, sum()?);
            let currency = currency.into();
            totals.sums.push(OfCurrency {
                currency,
                wechat_paid_minor,
                wechat_refunded_minor,
                our_paid_minor,
            });
        }
        Some(totals)
    }
}
