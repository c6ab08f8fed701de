//! The order as JSON for its page.

use std::cell::RefCell;

use api::{Amount, CodeModules, Download, FailureReason, Notice, OrderStatus, OrderView, PlacedOrder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use order::{FailureCause, Order, PageStatus, PageView};
use wire::{Money, OutTradeNo};

use crate::config::Config;
use crate::failure::{Defect, Failure};

/// The view that a page gets.
pub(crate) fn view(order: &Order, now_ms: i64, drawn: &Drawn, downloads: Vec<Download>) -> OrderView {
    OrderView { downloads, ..shown(order.view(now_ms), now_ms, drawn) }
}

fn shown(view: PageView, now_ms: i64, drawn: &Drawn) -> OrderView {
    let code = view.code_url.as_ref().and_then(|code_url| drawn.modules(code_url.as_str()));
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
        ask_again_in_ms: view.pace.map(|pace| pace.asking_ms),
        ask_again_when_live_in_ms: view.pace.map(|pace| pace.live_ms),
        failure: view.failure.as_ref().map(failure),
        notices: view.notices.into_iter().map(notice).collect(),
        downloads: Vec::new(),
    }
}

/// The view for the page that placed the order.
pub(crate) fn placed(order: OrderView, config: &Config) -> Result<PlacedOrder, Failure> {
    let number = OutTradeNo::new(&order.id).map_err(|_| Defect::NotDerived("status token"))?;
    let token = config.order_secret.status_token(&number).ok_or(Defect::NotDerived("status token"))?;
    Ok(PlacedOrder { order, token })
}

/// The QR code of an order, encoded once while the order is in memory.
#[derive(Default)]
pub(crate) struct Drawn(RefCell<Option<(String, CodeModules)>>);

impl Drawn {
    fn modules(&self, code_url: &str) -> Option<CodeModules> {
        let mut drawn = self.0.borrow_mut();
        if let Some((_, modules)) = drawn.as_ref().filter(|(text, _)| text == code_url) {
            return Some(modules.clone());
        }
        let code = qr::Code::new(code_url.as_bytes())?;
        let modules =
            CodeModules { side: u8::try_from(code.side()).ok()?, modules: STANDARD.encode(code.packed()) };
        *drawn = Some((code_url.to_owned(), modules.clone()));
        Some(modules)
    }
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

#[cfg(test)]
mod tests {
    use order::Pace;
    use wire::v2::Body;
    use wire::{CodeUrl, Currency};

    use super::*;

    const CODE_URL: &str = "weixin://wxpay/bizpayurl?pr=abcdefg";

    fn page_view() -> PageView {
        PageView {
            out_trade_no: OutTradeNo::new("HK20260301A0001").unwrap(),
            status: PageStatus::AwaitingPayment,
            version: 7,
            description: Body::new("Example Tea House - gift set").unwrap(),
            amount: Money::new(8800, Currency::HKD),
            code_url: Some(CodeUrl::new(CODE_URL).unwrap()),
            expires_at_ms: 1_772_339_400_000,
            pace: Some(Pace { asking_ms: 3_000, live_ms: 300_000 }),
            failure: None,
            notices: vec![],
        }
    }

    #[test]
    fn the_page_gets_all_that_the_order_shows_and_the_modules_of_its_own_code() {
        let own = qr::Code::new(CODE_URL.as_bytes()).unwrap();
        let expected = OrderView {
            id: "HK20260301A0001".into(),
            status: OrderStatus::AwaitingPayment,
            version: 7,
            description: "Example Tea House - gift set".into(),
            amount: Amount { minor: 8800, currency: "HKD".into(), decimals: 2 },
            code_url: Some(CODE_URL.into()),
            code: Some(CodeModules { side: 29, modules: STANDARD.encode(own.packed()) }),
            expires_at_ms: 1_772_339_400_000,
            server_time_ms: 1_772_337_600_000,
            ask_again_in_ms: Some(3_000),
            ask_again_when_live_in_ms: Some(300_000),
            failure: None,
            notices: vec![],
            downloads: vec![],
        };
        assert_eq!(shown(page_view(), 1_772_337_600_000, &Drawn::default()), expected);
    }

    #[test]
    fn a_later_code_of_an_order_never_gets_the_modules_of_the_one_before_it() {
        let drawn = Drawn::default();
        let first = drawn.modules("weixin://wxpay/bizpayurl?pr=1111111");
        let second = drawn.modules("weixin://wxpay/bizpayurl?pr=2222222");
        assert_ne!(first, second);
        assert_eq!(drawn.modules("weixin://wxpay/bizpayurl?pr=1111111"), first);
    }

    #[test]
    fn where_it_stands_is_told_as_it_is() {
        for (ours, told) in [
            (PageStatus::Placing, OrderStatus::Placing),
            (PageStatus::AwaitingPayment, OrderStatus::AwaitingPayment),
            (PageStatus::Checking, OrderStatus::Checking),
            (PageStatus::Paid, OrderStatus::Paid),
            (PageStatus::Expired, OrderStatus::Expired),
            (PageStatus::Cancelled, OrderStatus::Cancelled),
            (PageStatus::Failed, OrderStatus::Failed),
        ] {
            assert_eq!(shown(PageView { status: ours, ..page_view() }, 0, &Drawn::default()).status, told);
        }
    }

    #[test]
    fn the_shop_s_fault_wechat_s_silence_and_wechat_s_no_are_told_apart() {
        let (code, text) = ("NOAUTH".to_owned(), None);
        for (cause, told) in [
            (FailureCause::Unreachable, FailureReason::GatewayUnreachable),
            (
                FailureCause::Misconfigured { code: code.clone(), text: text.clone() },
                FailureReason::ShopMisconfigured,
            ),
            (FailureCause::Refused { code, text }, FailureReason::Refused),
            (FailureCause::PaymentFailed, FailureReason::Refused),
            (FailureCause::ClosedElsewhere, FailureReason::Refused),
            (FailureCause::UnexpectedTrade, FailureReason::Refused),
        ] {
            let view = shown(PageView { failure: Some(cause), ..page_view() }, 0, &Drawn::default());
            assert_eq!(view.failure, Some(told));
        }
    }

    #[test]
    fn a_late_a_second_and_a_misfitting_payment_are_each_told() {
        let notices = vec![order::Notice::PaidLate, order::Notice::PaidTwice, order::Notice::UnderReview];
        let view = shown(PageView { notices, ..page_view() }, 0, &Drawn::default());
        assert_eq!(view.notices, [Notice::PaidLate, Notice::PaidTwice, Notice::UnderReview]);
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        for (currency, decimals) in [("HKD", 2), ("JPY", 0)] {
            let currency = Currency::new(currency).unwrap();
            let view =
                shown(PageView { amount: Money::new(1980, currency), ..page_view() }, 0, &Drawn::default());
            let expected = Amount { minor: 1980, currency: currency.as_str().into(), decimals };
            assert_eq!(view.amount, expected);
        }
    }
}
