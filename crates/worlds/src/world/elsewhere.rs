//! What the merchant's other systems and people do at the gateway without this program: orders, and refunds
//! by hand.

use simulator::gateway::{ByHand, Call, Power, Request};
use wire::Nonce;
use wire::v2::{SignType, UnifiedOrder};

use super::World;
use super::merchant::{self, NUMBER, REFUND_NOTIFY_URL, price};

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
        let terms = merchant::terms(self.now_ms);
        let of_v2 = merchant::of_the_dialect("tea-gift-set");
        let call = UnifiedOrder::new(
            terms.out_trade_no,
            terms.description,
            price(minor),
            of_v2.spbill_create_ip,
            terms.notify_url,
            of_v2.product_id,
        );
        let (key, nonce) = (merchant::key(), Nonce::new("ELSEWHERE").expect("a nonce"));
        let sign_type = SignType::HmacSha256;
        let body = wire::v2::request(&call, &terms.merchant, sign_type, &key, &nonce).expect("a request");
        let request = Request { method: "POST", body: body.as_bytes(), client_certificate: false };
        let reply = self.gateway.call(self.now_ms, Call::UnifiedOrder, &request);
        let answer = wire::v2::answer(&call, &reply.body, &terms.merchant, sign_type, &key).expect("a code");
        self.shopper.codes.push(answer.code_url.as_str().to_owned());
    }

    /// A person gives money back in the merchant platform: some or all of one of the payments.
    pub(super) fn refund_by_hand(&mut self) {
        let Some(trade) = self.gateway.order(self.now_ms, NUMBER) else { return };
        if trade.payments.is_empty() {
            return;
        }
        let payment = self.dice.below(2).min(trade.payments.len() as u64 - 1);
        let payment = usize::try_from(payment).ok().and_then(|at| trade.payments.get(at));
        let asked = ByHand {
            out_trade_no: NUMBER.into(),
            transaction_id: payment.map(|payment| payment.transaction_id.clone()),
            minor: self.dice.pick(&[None, Some(1), Some(2_000)]),
            notify: self.dice.pick(&[Power::On, Power::On, Power::Off]),
            notify_url: Some(REFUND_NOTIFY_URL.into()),
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
