//! The order as JSON for its page.

use std::cell::RefCell;

use api::{Amount, CodeModules, FailureReason, Notice, OrderStatus, OrderView, PlacedOrder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use order::{FailureCause, Order, PageStatus};
use wire::Money;

use crate::config::Config;
use crate::http::PlatformFailure;

/// What the page gets.
pub(crate) fn view(order: &Order, now_ms: i64) -> OrderView {
    let view = order.view(now_ms);
    let code = view.code_url.as_ref().and_then(|code_url| modules(code_url.as_str()));
    OrderView {
        code,
        id: view.out_trade_no.to_string(),
        status: status(view.status),
        version: view.version,
        description: view.description.to_string(),
        amount: amount(view.amount),
        code_url: view.code_url.map(|code_url| code_url.to_string()),
        expires_at_ms: view.expires_at_ms,
        server_time_ms: now_ms,
        ask_again_in_ms: view.ask_again_in_ms,
        failure: view.failure.as_ref().map(failure),
        notices: view.notices.into_iter().map(notice).collect(),
    }
}

/// What the page that placed the order gets.
pub(crate) fn placed(order: &Order, now_ms: i64, config: &Config) -> Result<PlacedOrder, PlatformFailure> {
    let token = config
        .order_secret
        .status_token(&order.terms().out_trade_no)
        .ok_or_else(|| PlatformFailure("no status token could be made".into()))?;
    Ok(PlacedOrder { order: view(order, now_ms), token })
}

thread_local! {
    /// The last code this isolate has encoded: views of one order follow one another.
    static LAST: RefCell<Option<(String, CodeModules)>> = const { RefCell::new(None) };
}

fn modules(code_url: &str) -> Option<CodeModules> {
    LAST.with_borrow_mut(|last| {
        if let Some((_, modules)) = last.as_ref().filter(|(text, _)| text == code_url) {
            return Some(modules.clone());
        }
        let code = qr::Code::new(code_url.as_bytes())?;
        let modules =
            CodeModules { side: u8::try_from(code.side()).ok()?, modules: STANDARD.encode(code.packed()) };
        *last = Some((code_url.to_owned(), modules.clone()));
        Some(modules)
    })
}

fn amount(money: Money) -> Amount {
    Amount {
        minor: money.minor,
        currency: money.currency.as_str().to_owned(),
        decimals: money.currency.decimals().digits,
    }
}

fn status(status: PageStatus) -> OrderStatus {
    match status {
        PageStatus::Placing => OrderStatus::Placing,
        PageStatus::AwaitingPayment => OrderStatus::AwaitingPayment,
        PageStatus::Checking => OrderStatus::Checking,
        PageStatus::Paid => OrderStatus::Paid,
        PageStatus::Expired => OrderStatus::Expired,
        PageStatus::Cancelled => OrderStatus::Cancelled,
        PageStatus::Failed => OrderStatus::Failed,
    }
}

fn failure(cause: &FailureCause) -> FailureReason {
    match cause {
        FailureCause::Unreachable => FailureReason::GatewayUnreachable,
        FailureCause::Misconfigured { .. } => FailureReason::ShopMisconfigured,
        FailureCause::Refused { .. }
        | FailureCause::PaymentFailed
        | FailureCause::ClosedElsewhere
        | FailureCause::UnexpectedTrade => FailureReason::Refused,
    }
}

fn notice(notice: order::Notice) -> Notice {
    match notice {
        order::Notice::PaidLate => Notice::PaidLate,
        order::Notice::PaidTwice => Notice::PaidTwice,
        order::Notice::UnderReview => Notice::UnderReview,
    }
}
