//! The gateway as a state machine: the time goes in, answers and notifications come out. It reads no clock,
//! draws its random values from a seed, and does no input or output.
//!
//! A caller hands each call to [`Gateway::call`] and plays the shopper with [`Gateway::scan`],
//! [`Gateway::pay`] and [`Gateway::refuse`]. It carries out the deliveries that [`Gateway::due`] hands out
//! and gives their receipts to [`Gateway::delivered`]. [`Gateway::next_due_at_ms`] says when the next
//! delivery is due.
//!
//! | modules | concept |
//! | --- | --- |
//! | `call`, `check`, `answer`, `reply`, `refusal` | from a call to its answer |
//! | `unified_order`, `query_order`, `refund`, `refund_query` | the calls about one order |
//! | `bill`, `bill_layout`, `bill_row`, `settlement`, `small_calls` | the other calls |
//! | `ledger`, `trade`, `coupon`, `merchant`, `saved_state` | what the gateway knows and keeps |
//! | `phone`, `by_hand` | what people do: pay, and refund by hand |
//! | `notification`, `notification_message`, `refund_notification` | what is delivered, and when |
//! | `switches`, `fault`, `tamper`, `refusal_faults`, `mismatched_answers` | what goes wrong |
//! | `pages`, `hostile` | answers and messages that are not WeChat Pay's |
//! | `message`, `signature`, `rates`, `china_time`, `ids`, `random` | the forms of messages and values |
//! | `journal`, `order_view` | what developers see |
//! | `v3` | the front end of API v3, over the same orders (feature `v3`) |
//!
//! The imports between these modules have no circle.

mod answer;
mod bill;
mod bill_layout;
mod bill_row;
mod by_hand;
mod call;
mod check;
mod china_time;
mod coupon;
mod fault;
mod hostile;
mod ids;
mod journal;
mod ledger;
mod merchant;
mod message;
mod mismatched_answers;
mod notification;
mod notification_message;
mod order_view;
mod pages;
mod phone;
mod query_order;
mod random;
mod rates;
mod refund;
mod refund_notification;
mod refund_query;
mod refusal;
mod refusal_faults;
mod reply;
mod saved_state;
mod settlement;
mod signature;
mod small_calls;
mod switches;
mod tamper;
mod trade;
mod unified_order;
#[cfg(feature = "v3")]
mod v3;

use std::sync::Arc;

pub use by_hand::{ByHand, MadeByHand, NotMade};
pub use call::Call;
pub use check::Request;
pub use fault::{Fault, FaultName};
pub use hostile::{Harm, Hostile};
pub use journal::Exchange;
pub use merchant::{AccountV3, BadMerchant, Merchant, MerchantKey, Mode, sign_type};
pub use notification::{Delivered, Delivery, Kind, Notification, REPLY_LIMIT_MS, Receipt, Standing};
pub use order_view::{OrderView, PaymentView, RefundView};
pub use phone::{Amount, CodeState, Paid, Scan};
pub use rates::{Rates, decimals, major_units};
pub use reply::{Reply, Transmission};
pub use signature::SignatureReport;
pub use switches::{
    BillEdit, BillLanguage, BillLayout, Certificate, CloseUnknown, Coupons, DeviceInfo, EarlyClose,
    ErrorCodes, ExtraFields, FieldOrder, Members, Mismatch, NotifyKey, NotifySignType, OtherGeneration,
    PlatformKey, Power, RateField, RedirectTo, Reentry, ReentryV3, RefundTakes, RefusalText, Speed, Switches,
    Times, TransactionField,
};
pub use trade::{Generation, TradeState};
#[cfg(feature = "v3")]
pub use v3::{MerchantKeys, RequestV3, Rotation};

use fault::{FaultName as Name, Faults};
use ids::Ids;
use journal::Journal;
use ledger::Ledger;
use notification::Outbox;
use trade::Trade;

/// WeChat Pay for a few merchants: their orders, their notifications, and the faults in force.
pub struct Gateway {
    merchants: Vec<Arc<Merchant>>,
    switches: Switches,
    faults: Faults,
    ledger: Ledger,
    outbox: Outbox,
    ids: Ids,
    journal: Journal,
    #[cfg(feature = "v3")]
    v3: v3::FrontEnd,
}

impl Gateway {
    /// A gateway that knows these merchants and draws its identifiers from `seed`.
    #[must_use]
    pub fn new(merchants: Vec<Merchant>, switches: Switches, seed: u64) -> Gateway {
        Gateway {
            merchants: merchants.into_iter().map(Arc::new).collect(),
            faults: Faults::new(&switches.faults),
            switches,
            ledger: Ledger::default(),
            outbox: Outbox::default(),
            ids: Ids::new(seed),
            journal: Journal::default(),
            #[cfg(feature = "v3")]
            v3: v3::FrontEnd::default(),
        }
    }

    /// The switches in force. Each fault shows how many of its `times` are left.
    #[must_use]
    pub fn switches(&self) -> Switches {
        Switches { faults: self.faults.left(), ..self.switches.clone() }
    }

    /// Sets every switch. Each fault starts again with all its `times`.
    pub fn switch(&mut self, switches: Switches) {
        self.faults = Faults::new(&switches.faults);
        self.switches = switches;
    }

    /// The deliveries that are due. Each counts as under way until [`Gateway::delivered`] gets its receipt.
    pub fn due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let due = self.outbox.take_due(now_ms);
        let (lost, sent): (Vec<_>, Vec<_>) = due
            .into_iter()
            .map(|delivery| (self.why_lost(delivery.notification), delivery))
            .partition(|(why_lost, _)| why_lost.is_some());
        for (why_lost, delivery) in lost {
            let receipt = Receipt::Nothing { why: why_lost.unwrap_or_default() };
            self.delivered(now_ms, delivery.notification, &receipt);
        }
        let sent = sent.into_iter().map(|(_, delivery)| delivery);
        #[cfg(feature = "v3")]
        let sent = sent.map(|mut delivery| {
            if delivery.content_type == "application/json" {
                self.sign_delivery_v3(now_ms, &mut delivery);
            }
            delivery
        });
        sent.collect()
    }

    fn why_lost(&mut self, notification: u64) -> Option<String> {
        let notification = self.outbox.find(notification)?;
        if self.switches.notifications == Power::Off {
            return Some("notifications are switched off".to_owned());
        }
        let lost = self.faults.strikes(Name::NotificationLost, None, Some(&notification.out_trade_no));
        lost.map(|_| "lost on the way (fault notification-lost)".to_owned())
    }

    /// Takes the receipt of a delivery. Schedules the next delivery unless the merchant has received this
    /// one.
    pub fn delivered(&mut self, now_ms: i64, notification: u64, receipt: &Receipt) {
        let speed = self.switches.notify_speed.0;
        if let Some(notification) = self.outbox.find(notification) {
            notification.record(now_ms, receipt, speed);
        }
    }

    /// When the next delivery is due, in milliseconds since 1970; `None` while no delivery is waiting.
    #[must_use]
    pub fn next_due_at_ms(&self) -> Option<i64> {
        self.outbox.next_due_at_ms()
    }

    /// Every notification, oldest first.
    #[must_use]
    pub fn notifications(&self) -> &[Notification] {
        self.outbox.all()
    }

    /// The last 500 exchanges, oldest first.
    pub fn exchanges(&self) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.journal.exchanges()
    }

    /// The merchants that may call, as configured.
    #[must_use]
    pub fn merchants(&self) -> &[Arc<Merchant>] {
        &self.merchants
    }

    fn merchant_of(&self, trade: &Trade) -> Option<&Arc<Merchant>> {
        self.merchants
            .iter()
            .find(|merchant| merchant.mch_id == trade.mch_id && merchant.appid == trade.appid)
    }

    fn merchant_name(&self, trade: &Trade) -> String {
        self.merchant_of(trade).map_or_else(|| trade.mch_id.clone(), |merchant| merchant.name.clone())
    }
}
