//! What the merchant's other systems and people do at the gateway without this program: orders, and refunds
//! by hand.

use gateway::{Answer, Call, Place, Question};
use simulator::gateway::{ByHand, Power};

use super::World;
use super::api::Api;
use super::merchant::{self, REFUND_NOTIFY_URL, V3_NOTIFY_URL};

/// A refund made in the merchant platform.
#[derive(Debug)]
pub(super) struct MadeByHand {
    /// Its number, made up by the platform.
    pub(super) out_refund_no: String,
}

impl World {
    /// Another system of the merchant's places an order under the number, and a shopper gets its code.
    ///
    /// # Panics
    /// When the gateway refuses it.
    pub(super) fn place_elsewhere(&mut self, minor: u64) {
        self.elsewhere = true;
        self.tell(|| format!("another system of the merchant's places an order of {minor}"));
        let terms = merchant::terms(self.placed_by, self.number, self.price(minor), self.now_ms);
        let place = Place {
            description: terms.description,
            total: terms.amount,
            notify_url: terms.notify_url,
            made_at_ms: self.now_ms,
            expires_at_ms: terms.time_expire_at_ms,
        };
        let call = Call {
            merchant: terms.merchant,
            out_trade_no: terms.out_trade_no,
            dialect: terms.dialect,
            question: Question::Place(Box::new(place)),
        };
        let reply = self.send(&call).expect("a request");
        let (_, outcome) = self.read(&call, &reply, 0);
        let Ok(Answer::Placed(code_url)) = outcome.result else { panic!("no code: {outcome:?}") };
        self.shopper.codes.push(code_url.as_str().to_owned());
    }

    /// A person gives money back in the merchant platform: some or all of one of the payments.
    pub(super) fn refund_by_hand(&mut self) {
        let Some(trade) = self.gateway.order(self.now_ms, self.number) else { return };
        if trade.payments.is_empty() {
            return;
        }
        let payment = self.dice.below(2).min(trade.payments.len() as u64 - 1);
        let payment = usize::try_from(payment).ok().and_then(|at| trade.payments.get(at));
        let notify_url = if self.placed_by == Api::V2 { REFUND_NOTIFY_URL } else { V3_NOTIFY_URL };
        let asked = ByHand {
            out_trade_no: self.number.into(),
            transaction_id: payment.map(|payment| payment.transaction_id.clone()),
            minor: self.dice.pick(&[None, Some(1), Some(2_000)]),
            notify: self.dice.pick(&[Power::On, Power::On, Power::Off]),
            notify_url: Some(notify_url.into()),
        };
        let made = self.gateway.refund_by_hand(self.now_ms, &asked);
        self.tell(|| match &made {
            Ok(made) => format!(
                "a person refunds {} of {} by hand as {}, told: {}",
                made.amount.minor, made.transaction_id, made.out_refund_no, made.notified
            ),
            Err(why) => format!("a person cannot refund by hand: {why:?}"),
        });
        if let Ok(made) = made {
            self.note_by_hand(made.out_refund_no);
        }
    }

    /// A refund was made by hand under this number.
    pub(super) fn note_by_hand(&mut self, out_refund_no: String) {
        self.by_hand.push(MadeByHand { out_refund_no });
    }
}
