//! Closing an order that nobody paid. The answer is empty.

use super::super::Gateway;
use super::super::reply::CallRecord;
use super::super::switches::{CloseUnknown, EarlyClose};
use super::super::trade::{MIN_AGE_TO_CLOSE_MS, Progress, TradeState};
use super::Edition;
use super::caller::Caller;
use super::problem::Problem;
use super::route::Number;

impl Gateway {
    pub(super) fn close_v3(
        &mut self,
        now_ms: i64,
        edition: Edition,
        caller: &Caller,
        number: &Number,
        record: &mut CallRecord,
    ) -> Result<(), Problem> {
        self.pay_before_close(now_ms, record);
        let Some(trade_index) = self.order_v3(caller, number) else {
            return match self.switches.v3_close_unknown {
                CloseUnknown::Accepted => Ok(()),
                CloseUnknown::Refused => Err(Problem::no_order()),
            };
        };
        let early_is_refused = edition == Edition::Global && self.switches.early_close == EarlyClose::Refused;
        let trade = self.ledger.at_mut(trade_index);
        match trade.state(now_ms) {
            TradeState::Success | TradeState::Refund => Err(Problem::new(400, "ORDER_PAID", "该订单已支付")),
            TradeState::Closed => Err(Problem::new(400, "ORDER_CLOSED", "该订单已关闭")),
            TradeState::NotPay | TradeState::PayError => {
                if early_is_refused && now_ms - trade.placed_at_ms < MIN_AGE_TO_CLOSE_MS {
                    return Err(Problem::invalid("订单创建后5分钟内不能关闭"));
                }
                trade.progress = Progress::Closed;
                Ok(())
            }
        }
    }
}
