//! What our index knows of one day: the orders that were paid, in a compact form. A hundred thousand of them
//! have some ten megabytes.

use wire::{Currency, Money};

/// A text of at most 32 bytes: an order number, or WeChat's number of a payment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Short {
    bytes: [u8; 32],
}

impl Short {
    /// `None` if it is longer. No number contains a zero byte, so the rest is filled with zeros.
    fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes })
    }

    fn text(&self) -> &str {
        let end = self.bytes.iter().position(|byte| *byte == 0).unwrap_or(self.bytes.len());
        self.bytes.get(..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

struct Paid {
    number: Short,
    transaction: Short,
    amount: Money,
    paid_at_ms: i64,
    seen: u8,
}

/// More orders in one day than a bill may have rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// The paid orders of a day.
#[derive(Default)]
pub struct Ours {
    paid: Vec<Paid>,
    unread: u32,
}

/// One paid order, as our index knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row<'o> {
    /// The order.
    pub number: &'o str,
    /// The payment.
    pub transaction_id: &'o str,
    /// What was paid.
    pub amount: Money,
    /// When, by WeChat's clock.
    pub paid_at_ms: i64,
}

/// What a payment of the bill is to our index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// The same payment with the same amount.
    Same,
    /// The same again: the bill has it twice.
    Again,
    /// Anything else. The order itself must be asked.
    Other,
}

impl Ours {
    /// No orders yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { paid: Vec::new(), unread: 0 }
    }

    /// Adds orders: one a line, with tabs between number, payment, minor units, currency and time; what comes
    /// after that is not read. Returns the last line.
    ///
    /// A line that cannot be read is left out. Its order is asked when the bill names it.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn add<'t>(&mut self, lines: &'t str) -> Result<Option<&'t str>, TooMany> {
        let mut last = None;
        for line in lines.lines().filter(|line| !line.is_empty()) {
            last = Some(line);
            match read(line) {
                Some(paid) if self.paid.len() < wire::v2::bill::MAX_BILL_ROWS => self.paid.push(paid),
                Some(_) => return Err(TooMany),
                None => self.unread = self.unread.saturating_add(1),
            }
        }
        Ok(last)
    }

    /// Says that all orders were added.
    pub fn sort(&mut self) {
        // A heapsort: the library's sort is twenty times as much code, for a list that is sorted once a day.
        let length = self.paid.len();
        for root in (0..length.div_ceil(2)).rev() {
            self.sift_down(root, length);
        }
        for end in (1..length).rev() {
            self.paid.swap(0, end);
            self.sift_down(0, end);
        }
        // Several databases may share the orders, and two of them may have the same one for a while.
        self.paid.dedup_by_key(|paid| (paid.number, paid.transaction));
    }

    fn key(&self, place: usize) -> Option<(Short, Short)> {
        self.paid.get(place).map(|paid| (paid.number, paid.transaction))
    }

    /// Lets the order at `root` sink until none below it, before `end`, is larger.
    fn sift_down(&mut self, mut root: usize, end: usize) {
        loop {
            let mut child = root.saturating_mul(2).saturating_add(1);
            if child >= end {
                return;
            }
            let other = child.saturating_add(1);
            if other < end && self.key(child) < self.key(other) {
                child = other;
            }
            if self.key(root) >= self.key(child) {
                return;
            }
            self.paid.swap(root, child);
            root = child;
        }
    }

    /// How many orders there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.paid.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paid.is_empty()
    }

    /// Compares a payment of the bill, and remembers that the bill has it.
    pub(crate) fn meet(&mut self, number: &str, transaction_id: &str, amount: Money) -> Match {
        let key = Short::new(number).zip(Short::new(transaction_id));
        let found = key.and_then(|key| {
            self.paid.binary_search_by_key(&key, |paid| (paid.number, paid.transaction)).ok()
        });
        let Some(paid) = found.and_then(|place| self.paid.get_mut(place)) else { return Match::Other };
        // The payment is in the bill, if with another amount.
        paid.seen = paid.seen.saturating_add(1);
        match (paid.amount == amount, paid.seen) {
            (true, 1) => Match::Same,
            (true, _) => Match::Again,
            (false, _) => Match::Other,
        }
    }

    /// The orders that no payment of the bill has met, by their numbers.
    pub(crate) fn unmet(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows().filter(|(_, seen)| *seen == 0).map(|(row, _)| row)
    }

    /// All of them, each with how often the bill has it.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Row<'_>, u8)> {
        self.paid.iter().map(|paid| {
            let row = Row {
                number: paid.number.text(),
                transaction_id: paid.transaction.text(),
                amount: paid.amount,
                paid_at_ms: paid.paid_at_ms,
            };
            (row, paid.seen)
        })
    }
}

fn read(line: &str) -> Option<Paid> {
    let mut parts = line.split('\t');
    let mut next = || parts.next();
    let (number, transaction) = (Short::new(next()?)?, Short::new(next()?)?);
    let (minor, currency) = (next()?.parse().ok()?, Currency::new(next()?).ok()?);
    let paid_at_ms = next()?.parse().ok()?;
    Some(Paid { number, transaction, amount: Money { minor, currency }, paid_at_ms, seen: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "B2\t42\t100\tHKD\t7\nA1\t41\t8800\tHKD\t5\nbroken\n";

    #[test]
    fn a_payment_is_met_once_and_the_others_are_left() {
        let mut ours = Ours::new();
        assert_eq!(ours.add(LINES), Ok(Some("broken")));
        assert_eq!(ours.add(LINES), Ok(Some("broken")), "from another database");
        ours.sort();
        assert_eq!((ours.len(), ours.is_empty()), (2, false));
        let hkd = |minor| Money::new(minor, Currency::HKD);
        assert_eq!(ours.meet("A1", "41", hkd(8800)), Match::Same);
        assert_eq!(ours.meet("A1", "41", hkd(8800)), Match::Again);
        assert_eq!(ours.meet("A1", "41", hkd(8801)), Match::Other);
        assert_eq!(ours.meet("A1", "43", hkd(8800)), Match::Other);
        assert_eq!(ours.meet("A1", "41", Money::new(8800, Currency::CNY)), Match::Other);
        assert_eq!(ours.meet(&"A".repeat(33), "41", hkd(8800)), Match::Other);
        let left: Vec<_> = ours.unmet().map(|row| (row.number, row.transaction_id, row.paid_at_ms)).collect();
        assert_eq!(left, [("B2", "42", 7)]);
    }

    #[test]
    fn each_of_many_orders_is_found_in_whatever_sequence_they_came() {
        for count in [1, 2, 3, 100, 1_000] {
            let mut ours = Ours::new();
            let number = |at: usize| format!("H{:05}", at * 7_919 % 99_991);
            for at in 0..count {
                ours.add(&format!("{}\t{at}\t1\tHKD\t0\n", number(at))).unwrap();
            }
            ours.sort();
            let one = Money::new(1, Currency::HKD);
            let met = (0..count).filter(|at| ours.meet(&number(*at), &at.to_string(), one) == Match::Same);
            assert_eq!(met.count(), count);
        }
    }

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Paid>() <= 96, "{}", size_of::<Paid>());
    }
}
