//! The payer's side, steps 3 and 4 of protocol §0: what a scan shows (protocol §3.2, §3.4), and what happens
//! when the payer pays or the bank refuses (protocol §11.2).

use serde::Serialize;

use super::Gateway;
use super::coupon;
use super::fault::FaultName;
use super::ids;
use super::ledger::TradeIndex;
use super::trade::{Payment, Progress, Trade, TradeState};

/// An amount, as the phone's interface spells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The amount in the smallest unit of the currency.
    pub minor: u64,
    /// The currency by its ISO 4217 code.
    pub currency: String,
}

/// What WeChat shows after a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// Whether the code can be paid, and if not, why.
    pub state: CodeState,
    /// A sentence for the payer, in English; empty when the code can be paid.
    pub message: String,
    /// The same sentence in Chinese, as WeChat shows it.
    pub message_zh: String,
    /// The merchant's name. This and the fields below are there only for a code that the gateway knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant: Option<String>,
    /// The goods, as the order describes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The price of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// What coupons take off the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<Amount>,
    /// What the payer pays, in CNY.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cny: Option<Amount>,
    /// The rate of the price's currency to CNY, × 10^8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u64>,
    /// The merchant's number of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// Until when it can be paid, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable_until_ms: Option<i64>,
}

/// Whether a code can be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeState {
    /// It can be paid now.
    Payable,
    /// The code is too old, or a newer code replaced it.
    Expired,
    /// The order is closed.
    Closed,
    /// The order is paid.
    Paid,
    /// The payer's bank refused. The order cannot be paid any more.
    Failed,
    /// Another account scanned the code first.
    OtherAccount,
    /// The gateway knows no such code.
    Unknown,
}

impl CodeState {
    fn messages(self) -> (&'static str, &'static str) {
        match self {
            CodeState::Payable => ("", ""),
            CodeState::Expired => (
                "This QR code has expired. Ask the merchant for a new one.",
                "二维码已过期，请商家刷新后再试",
            ),
            CodeState::Closed => {
                ("This order is closed. Place a new order with the merchant.", "订单已关闭，请重新下单")
            }
            CodeState::Paid => ("This order has been paid already.", "该订单已支付"),
            CodeState::Failed => {
                ("The payment failed. Place a new order with the merchant.", "支付失败，请重新下单支付")
            }
            CodeState::OtherAccount => (
                "The order information is wrong. Ask the merchant to place the order again.",
                "订单信息有误，请商家重新下单",
            ),
            CodeState::Unknown => ("This is not a WeChat Pay code that can be read.", "无法识别该二维码"),
        }
    }
}

/// A successful payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paid {
    /// The gateway's number of the payment.
    pub transaction_id: String,
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The merchant's name.
    pub merchant: String,
    /// The price of the order.
    pub amount: Amount,
    /// What coupons took off the price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<Amount>,
    /// What the payer paid, in CNY.
    pub cny: Amount,
    /// When it was paid, in milliseconds since 1970.
    pub paid_at_ms: i64,
}

impl Gateway {
    /// Scans a code with a payer's account. Only the first account that scans a payable code may pay it.
    pub fn scan(&mut self, now_ms: i64, code_url: &str, payer: &str) -> Scan {
        let trade_index = self.ledger.order_with_code(code_url);
        let state = trade_index
            .map_or(CodeState::Unknown, |trade_index| self.code_state(now_ms, trade_index, code_url, payer));
        if let (CodeState::Payable, Some(trade_index)) = (state, trade_index) {
            self.ledger.at_mut(trade_index).payer.get_or_insert_with(|| payer.to_owned());
        }
        self.shown(state, trade_index)
    }

    fn shown(&self, state: CodeState, trade_index: Option<TradeIndex>) -> Scan {
        let trade = trade_index.map(|trade_index| self.ledger.at(trade_index));
        let (message, message_zh) = state.messages();
        let off =
            |trade: &Trade| coupon::sum(&coupon::of_payment(self.switches.coupon, 1, trade.total_fee, 0));
        Scan {
            state,
            message: message.to_owned(),
            message_zh: message_zh.to_owned(),
            merchant: trade.map(|trade| self.merchant_name(trade)),
            body: trade.map(|trade| trade.body.clone()),
            amount: trade.map(|trade| Amount { minor: trade.total_fee, currency: trade.fee_type.clone() }),
            coupon: trade.and_then(|trade| discount(off(trade), trade)),
            cny: trade
                .and_then(|trade| self.switches.rates.to_fen(trade.total_fee - off(trade), &trade.fee_type))
                .map(cny),
            rate: trade.and_then(|trade| self.switches.rates.of(&trade.fee_type)),
            out_trade_no: trade.map(|trade| trade.out_trade_no.clone()),
            payable_until_ms: trade.map(|trade| trade.payable_until_ms()),
        }
    }

    fn code_state(&self, now_ms: i64, trade_index: TradeIndex, code_url: &str, payer: &str) -> CodeState {
        let trade = self.ledger.at(trade_index);
        match trade.state(now_ms) {
            TradeState::Success | TradeState::Refund => CodeState::Paid,
            TradeState::Closed => CodeState::Closed,
            TradeState::PayError => CodeState::Failed,
            TradeState::NotPay => {
                let is_newest = trade.newest_code().is_some_and(|code| code.code_url == code_url);
                if !is_newest || now_ms > trade.payable_until_ms() {
                    CodeState::Expired
                } else if trade.payer.as_deref().is_some_and(|first| first != payer) {
                    CodeState::OtherAccount
                } else {
                    CodeState::Payable
                }
            }
        }
    }

    /// Pays a code that a scan shows as payable, and schedules the notification. Otherwise returns what a
    /// scan shows.
    pub fn pay(&mut self, now_ms: i64, code_url: &str, payer: &str) -> Result<Paid, Box<Scan>> {
        let scan = self.scan(now_ms, code_url, payer);
        match (scan.state, self.ledger.order_with_code(code_url)) {
            (CodeState::Payable, Some(trade_index)) => Ok(self.take_payment(now_ms, trade_index, payer)),
            _ => Err(Box::new(scan)),
        }
    }

    /// The payer's bank refuses. Nothing is paid, and the order cannot be paid any more.
    pub fn refuse(&mut self, now_ms: i64, code_url: &str, payer: &str) -> Scan {
        let scan = self.scan(now_ms, code_url, payer);
        match (scan.state, self.ledger.order_with_code(code_url)) {
            (CodeState::Payable, Some(trade_index)) => {
                self.ledger.at_mut(trade_index).progress = Progress::Failed;
                self.shown(CodeState::Failed, Some(trade_index))
            }
            _ => scan,
        }
    }

    /// Takes the money and makes the notification, with the faults of both.
    pub(super) fn take_payment(&mut self, now_ms: i64, trade_index: TradeIndex, payer: &str) -> Paid {
        let payment = self.new_payment(now_ms, trade_index, payer);
        self.ledger.add_payment(trade_index, payment.clone());
        self.notify_payment(now_ms, trade_index, &payment);
        let trade = self.ledger.at(trade_index);
        let paid = Paid {
            transaction_id: payment.transaction_id,
            out_trade_no: trade.out_trade_no.clone(),
            merchant: self.merchant_name(trade),
            amount: Amount { minor: trade.total_fee, currency: trade.fee_type.clone() },
            coupon: discount(coupon::sum(&payment.coupons), trade),
            cny: cny(payment.cash_fee),
            paid_at_ms: now_ms,
        };
        if self.faults.strikes(FaultName::SecondPayment, None, Some(&paid.out_trade_no)).is_some() {
            let second = self.new_payment(now_ms, trade_index, payer);
            self.ledger.add_payment(trade_index, second.clone());
            self.notify_payment(now_ms, trade_index, &second);
        }
        paid
    }

    fn new_payment(&mut self, now_ms: i64, trade_index: TradeIndex, payer: &str) -> Payment {
        let trade = self.ledger.at(trade_index);
        let settled_in = self
            .merchant_of(trade)
            .map_or_else(|| trade.fee_type.clone(), |merchant| merchant.fee_type.clone());
        let rates = &self.switches.rates;
        let coupons = match self.switches.coupon {
            0 => Vec::new(),
            sum => {
                let count = self.switches.coupon_count.0;
                coupon::of_payment(sum, count, trade.total_fee, self.ids.coupon_id())
            }
        };
        let left = trade.total_fee - coupon::sum(&coupons);
        Payment {
            transaction_id: self.ids.transaction_id(now_ms),
            openid: ids::openid(&trade.appid, payer),
            bank_type: "OTHERS".to_owned(),
            cash_fee: rates.to_fen(left, &trade.fee_type).unwrap_or(left),
            // An order priced in CNY still has the rate of the merchant's own currency (protocol §1.5).
            rate: if settled_in == "CNY" { None } else { rates.of(&settled_in) },
            paid_at_ms: now_ms,
            coupons,
            promotion: Some(self.switches.promotion_name.clone()).filter(|name| !name.is_empty()),
        }
    }
}

fn discount(minor: u64, trade: &Trade) -> Option<Amount> {
    (minor > 0).then(|| Amount { minor, currency: trade.fee_type.clone() })
}

fn cny(fen: u64) -> Amount {
    Amount { minor: fen, currency: "CNY".to_owned() }
}
