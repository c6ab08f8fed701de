//! Close order (protocol §5): only unpaid orders, and not within five minutes.

use super::check::Accepted;
use super::ledger::Ledger;
use super::message::Fields;
use super::refusal::Refusal;
use super::switches::{EarlyClose, Switches};
use super::trade::{EARLIEST_CLOSE_MS, Progress, TradeState};

pub(super) fn close_order(
    ledger: &mut Ledger,
    switches: &Switches,
    now_ms: i64,
    call: &Accepted,
) -> Result<Fields, Refusal> {
    let trade_index = ledger.order_numbered(&call.merchant.mch_id, call.asked.required("out_trade_no"));
    let trade = ledger.at_mut(trade_index.ok_or_else(Refusal::order_does_not_exist)?);
    match trade.state(now_ms) {
        TradeState::Success | TradeState::Refund => Err(Refusal::new("ORDERPAID", "order paid")),
        TradeState::Closed => Err(Refusal::new("ORDERCLOSED", "order closed")),
        TradeState::NotPay | TradeState::PayError => {
            let is_early = now_ms - trade.placed_at_ms < EARLIEST_CLOSE_MS;
            if is_early && switches.early_close == EarlyClose::Refused {
                // Documents forbid it and name no code; this is the one an SDK lists for states that do not allow closing.
                return Err(Refusal::new("TRADE_STATE_ERROR", "订单创建后5分钟内不能关闭"));
            }
            trade.progress = Progress::Closed;
            Ok(Fields::default().text("result_msg", "OK"))
        }
    }
}
