//! What a pass over the bill could not settle. It is stored until the order was asked.

use wire::{Currency, Money};

use crate::fields::Fields;

/// Where a doubt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A payment in the bill.
    BillPaid,
    /// A refund in the bill.
    BillRefunded,
    /// A payment in our index that the bill lacks.
    OursPaid,
    /// An order with refunds that the bill may lack.
    OursRefunded,
}

/// What a pass over the bill could not settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Where it comes from.
    pub side: Side,
    /// The order.
    pub number: Box<str>,
    /// The payment; empty for the refunds of an order of ours.
    pub transaction_id: Box<str>,
    /// The refund's number at WeChat.
    pub out_refund_no: Option<Box<str>>,
    /// How much. `None` for the refunds of an order of ours.
    pub amount: Option<Money>,
    /// The state of the refund in the bill.
    pub state: Option<Box<str>>,
    /// When it was paid, as our index says. 0 for what is in the bill.
    pub paid_at_ms: i64,
    /// The line of the bill; 0 for what is ours.
    pub line: u32,
    /// The bill of the day before lacked it, too.
    pub carried: bool,
    /// What WeChat answered when it was asked about the order.
    pub wechat_says: Option<Box<str>>,
}

impl Doubt {
    /// The stored form: one line.
    #[must_use]
    pub fn write(&self) -> String {
        let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
        let (minor, currency) = match self.amount {
            Some(amount) => (amount.minor.to_string(), amount.currency.to_string()),
            None => (String::new(), String::new()),
        };
        let fields = [
            self.side.as_str().to_owned(),
            self.number.to_string(),
            self.transaction_id.to_string(),
            text(&self.out_refund_no),
            minor,
            currency,
            text(&self.state),
            self.paid_at_ms.to_string(),
            self.line.to_string(),
            u8::from(self.carried).to_string(),
            text(&self.wechat_says),
        ];
        fields.join("\t")
    }

    /// Reads the stored form.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut fields = Fields::of(line);
        let some = |text: &str| (!text.is_empty()).then(|| text.into());
        let side = fields.text()?;
        Some(Self {
            side: Side::ALL.into_iter().find(|known| known.as_str() == side)?,
            number: fields.text()?.into(),
            transaction_id: fields.text()?.into(),
            out_refund_no: some(fields.text()?),
            amount: {
                let (minor, currency) = (fields.text()?.parse().ok(), Currency::new(fields.text()?).ok());
                minor.zip(currency).map(|(minor, currency)| Money { minor, currency })
            },
            state: some(fields.text()?),
            paid_at_ms: fields.number()?,
            line: fields.small()?,
            carried: fields.number()? == 1,
            wechat_says: some(fields.text()?),
        })
    }

    /// What tells it from other doubts of the same side.
    #[must_use]
    pub fn key(&self) -> &str {
        match self.side {
            Side::BillPaid | Side::OursPaid => &self.transaction_id,
            Side::BillRefunded => self.out_refund_no.as_deref().unwrap_or_default(),
            Side::OursRefunded => &self.number,
        }
    }
}

impl Side {
    const ALL: [Self; 4] = [Self::BillPaid, Self::BillRefunded, Self::OursPaid, Self::OursRefunded];

    /// The text under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BillPaid => "bill_paid",
            Self::BillRefunded => "bill_refunded",
            Self::OursPaid => "ours_paid",
            Self::OursRefunded => "ours_refunded",
        }
    }

    /// Whether it is in the bill. These doubts are settled first: a payment of the bill may be what another
    /// day lacks.
    #[must_use]
    pub const fn is_in_the_bill(self) -> bool {
        matches!(self, Self::BillPaid | Self::BillRefunded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_comes_back_from_its_stored_form() {
        let full = Doubt {
            side: Side::BillRefunded,
            number: "H1".into(),
            transaction_id: "42".into(),
            out_refund_no: Some("H1-R1".into()),
            amount: Some(Money::new(u64::MAX, Currency::HKD)),
            state: Some("SUCCESS".into()),
            paid_at_ms: -1,
            line: 7,
            carried: true,
            wechat_says: Some("that it is paid, 茶".into()),
        };
        let bare = Doubt {
            side: Side::OursRefunded,
            out_refund_no: None,
            amount: None,
            state: None,
            carried: false,
            wechat_says: None,
            ..full.clone()
        };
        for doubt in [full, bare] {
            assert_eq!(Doubt::read(&doubt.write()), Some(doubt));
        }
        assert_eq!(Doubt::read("bill_paid\tH1"), None);
    }
}
