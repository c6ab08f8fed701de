//! What the merchant may do with refunds: make one, try it again now, withdraw it.

use std::rc::Rc;

use api::{Problem, ProblemCode};
use gateway::{RefundAccount, RefundReason};
use order::{Input, Order, RefundOrder};
use serde::Deserialize;
use wire::{Money, OutRefundNo, TransactionId};

use crate::config::Config;
use crate::failure::Failure;
use crate::json;
use crate::object::merchant::input;
use crate::object::protocol::{RetryRefund, WithdrawRefund};
use crate::object::runner::Runner;
use crate::platform::environment;
use crate::platform::http::{self, Response};

/// The body of a refund. The amount is in the currency of the payment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    out_refund_no: String,
    /// If it is left out: all that is left of the payment.
    #[serde(default)]
    amount_minor: Option<u64>,
    #[serde(default)]
    reason: Option<String>,
    /// The payment to refund. If it is left out: the payment that confirmed the order, or the only payment.
    #[serde(default)]
    transaction_id: Option<String>,
    #[serde(default)]
    refund_account: Option<RefundAccount>,
}

/// Makes a refund. The same number again means the same refund.
pub(crate) fn request(runner: &Rc<Runner>, key: Option<String>, body: &[u8]) -> Result<Response, Failure> {
    if runner.with_order(|_| ())?.is_none() {
        return http::no_such_order();
    }
    if let Some(problem) = no_certificate(runner)? {
        return http::problem(&problem);
    }
    let wanted = match json::read::<Wanted>(body) {
        Ok(wanted) => wanted,
        Err(error) => {
            let detail = format!(
                "Send {{\"out_refund_no\":\"…\",\"amount_minor\":1}} as JSON, without \"amount_minor\" for all that is left, and with \"reason\", \"transaction_id\" and \"refund_account\" where you need them: {error}."
            );
            return http::problem(&Problem::new(ProblemCode::InvalidBody, detail));
        }
    };
    let refund = runner.with_order(|order| wanted.refund_of(order))?;
    match refund {
        None => http::no_such_order(),
        Some(Ok(refund)) => input(runner, key, Input::RefundRequested(refund)),
        Some(Err(refusal)) => http::problem(&Problem::new(ProblemCode::InvalidBody, format!("{refusal}."))),
    }
}

impl Wanted {
    fn refund_of(&self, order: &Order) -> Result<RefundOrder, wire::InvalidText> {
        let of = self.transaction_id.as_deref().map(TransactionId::new).transpose()?;
        let payment = match &of {
            Some(of) => order.receipts().iter().find(|receipt| receipt.transaction_id == *of),
            None => order.payment().or(order.receipts().first()),
        };
        let currency = payment.map_or(order.terms().amount.currency, |receipt| receipt.total.currency);
        let number = OutRefundNo::new(&self.out_refund_no)?;
        let amount_minor = self.amount_minor.or_else(|| order.refund_of_the_rest(of.as_ref(), &number));
        Ok(RefundOrder {
            of,
            reason: self.reason.as_deref().map(RefundReason::new).transpose()?,
            account: self.refund_account,
            ..RefundOrder::new(number, Money::new(amount_minor.unwrap_or(0), currency))
        })
    }
}

/// Tries a refund again, or asks about it, as soon as WeChat Pay's pace allows.
pub(crate) fn retry(
    runner: &Rc<Runner>,
    key: Option<String>,
    retry: &RetryRefund,
) -> Result<Response, Failure> {
    if let Some(problem) = no_certificate(runner)? {
        return http::problem(&problem);
    }
    with_number(&retry.out_refund_no, |out_refund_no| {
        input(runner, key, Input::RefundRetried { out_refund_no, account: retry.refund_account })
    })
}

/// Withdraws a refund that WeChat Pay has not accepted.
pub(crate) fn withdraw(
    runner: &Rc<Runner>,
    key: Option<String>,
    refund: &WithdrawRefund,
) -> Result<Response, Failure> {
    with_number(&refund.out_refund_no, |out_refund_no| {
        input(runner, key, Input::RefundWithdrawn { out_refund_no })
    })
}

fn with_number(
    text: &str,
    act: impl FnOnce(OutRefundNo) -> Result<Response, Failure>,
) -> Result<Response, Failure> {
    match OutRefundNo::new(text) {
        Ok(number) => act(number),
        Err(refusal) => http::problem(&Problem::new(ProblemCode::InvalidBody, format!("{refusal}."))),
    }
}

/// WeChat Pay takes refunds only over mutual TLS (protocol §7.2). Without the certificate each refund would
/// fail, so it is refused before it is stored. A simulator on this machine, which only a demo may use, does
/// not need the certificate.
fn no_certificate(runner: &Rc<Runner>) -> Result<Option<Problem>, Failure> {
    let config: Rc<Config> = runner.config()?;
    let simulated = config.gateways.iter().all(|host| host.starts_with("http://"));
    if simulated || environment::certificate(runner.env()).is_some() {
        return Ok(None);
    }
    Ok(Some(Problem::new(
        ProblemCode::NotPossible,
        "Refunds need the merchant's API certificate, and this Worker has no binding WECHAT_CERT. Download apiclient_cert.pem and apiclient_key.pem in WeChat Pay's merchant platform (Account Center, API security), upload them by `npx wrangler mtls-certificate upload`, and name the certificate in wrangler.toml.",
    )))
}
