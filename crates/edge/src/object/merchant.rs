//! What the merchant may do with an order: read its whole history, query it now, withdraw it, send a webhook
//! again, mark an exception as done. Refunds are in [`refund`](super::refund).

use std::rc::Rc;

use api::{Problem, ProblemCode};
use gateway::{Dialect, Money};
use order::{
    DetailsText, Downloads, Effects, Exception, Input, Message, Order, OutboxRow, Receipt, Refund, Rejected,
    Who,
};
use serde::Serialize;
use serde_json::value::RawValue;
use wire::v3::Edition;

use crate::failure::{Defect, Failure};
use crate::object::protocol::{AttentionDone, Redeliver};
use crate::object::runner::Runner;
use crate::object::store::KeptMessage;
use crate::platform::http::{self, Answer, Response};

/// An order with everything that a person may want to know about it. What was bought and said is added to it.
#[derive(Serialize)]
struct History<'a> {
    order: api::OrderView,
    api: &'static str,
    /// How often the files of each line were downloaded.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    downloads: &'a [Downloads],
    state: &'static str,
    placed_at_ms: i64,
    payments: &'a [Receipt],
    exceptions: &'a [Exception],
    refunds: Vec<&'a Refund>,
    /// The webhooks that wait to be accepted, and the webhooks that were given up.
    webhooks: Webhooks<'a>,
    settled: bool,
    alarm_at_ms: Option<i64>,
    events: Vec<Box<RawValue>>,
    /// Genuine messages that a person may have to read, in the form in which they came.
    messages: Vec<KeptMessage>,
}

/// Webhooks that the merchant's receiver has not accepted.
#[derive(Serialize)]
struct Webhooks<'a> {
    waiting: Vec<&'a OutboxRow>,
    given_up: &'a [OutboxRow],
}

/// The order and its event log.
pub(crate) fn history(runner: &Rc<Runner>) -> Result<Response, Failure> {
    let (events, messages, details) = (runner.events()?, runner.messages()?, runner.details()?);
    let Some(view) = runner.view()? else { return http::no_such_order() };
    let written = runner.with_order(|order| {
        serde_json::to_string(&History {
            order: view,
            api: api_of(&order.terms().dialect),
            downloads: order.downloads(),
            state: order.state().name(),
            placed_at_ms: order.made_at_ms(),
            payments: order.receipts(),
            exceptions: order.exceptions(),
            refunds: order.refunds().collect(),
            webhooks: Webhooks { waiting: waiting(order), given_up: order.given_up() },
            settled: order.is_settled(),
            alarm_at_ms: order.alarm_at_ms(),
            events,
            messages,
        })
    })?;
    let Some(json) = written.transpose().map_err(Defect::NotWritten)? else { return http::no_such_order() };
    let json = DetailsText::added_to(json, details.as_deref());
    Ok(Answer::new(200).text("application/json", json))
}

/// How an order talks to WeChat Pay for all its life, as `WECHAT_API` says it.
const fn api_of(dialect: &Dialect) -> &'static str {
    match dialect {
        Dialect::V2(_) => "v2",
        Dialect::V3(terms) => match terms.edition {
            Edition::Global => "v3-global",
            Edition::Mainland => "v3-mainland",
        },
    }
}

/// The webhooks of one order that the merchant's receiver has not accepted.
#[derive(Serialize)]
struct Undelivered<'a> {
    out_trade_no: &'a str,
    waiting: Vec<&'a OutboxRow>,
    given_up: &'a [OutboxRow],
}

/// The webhooks that wait, and those that were given up.
pub(crate) fn webhooks(runner: &Rc<Runner>) -> Result<Response, Failure> {
    let answered = runner.with_order(|order| {
        Answer::new(200).json(&Undelivered {
            out_trade_no: order.terms().out_trade_no.as_str(),
            waiting: waiting(order),
            given_up: order.given_up(),
        })
    })?;
    answered.unwrap_or_else(http::no_such_order)
}

fn waiting(order: &Order) -> Vec<&OutboxRow> {
    order.waiting().filter(|row| matches!(row.message, Message::Webhook(_))).collect()
}

/// What a bill can be compared with, in the form of `books::Known`.
pub(crate) fn facts(runner: &Rc<Runner>) -> Result<Response, Failure> {
    let told = runner.with_order(|order| {
        let money = |money: Money| format!("{}\t{}", money.minor, money.currency);
        let mut text = format!("order\t{}\t{}", order.state().name(), money(order.terms().amount));
        for Receipt { transaction_id, total, paid_at_ms, fits, .. } in order.receipts() {
            let (total, fits) = (money(*total), u8::from(*fits));
            text.push_str(&format!("\npayment\t{transaction_id}\t{total}\t{paid_at_ms}\t{fits}"));
        }
        for refund in order.refunds() {
            let number = refund.sent_as.as_ref().unwrap_or(&refund.out_refund_no);
            let (elsewhere, amount) = (u8::from(refund.made_elsewhere), money(refund.amount));
            let (payment, status) = (&refund.transaction_id, refund.status.name());
            let (asked_ms, since_ms) = (refund.requested_at_ms, refund.since_ms());
            text.push_str(&format!(
                "\nrefund\t{number}\t{elsewhere}\t{payment}\t{amount}\t{status}\t{asked_ms}\t{since_ms}"
            ));
        }
        text
    })?;
    told.map_or_else(http::no_such_order, |text| Ok(Answer::new(200).text("text/plain", text)))
}

/// Asks WeChat Pay now, or as soon as its pace allows.
pub(crate) fn query(runner: &Rc<Runner>, key: Option<String>) -> Result<Response, Failure> {
    input(runner, key, Input::QueryRequested)
}

/// Withdraws an unpaid order.
pub(crate) fn withdraw(runner: &Rc<Runner>, key: Option<String>) -> Result<Response, Failure> {
    input(runner, key, Input::CancelRequested { by: Who::Merchant })
}

/// The merchant allows as many downloads of each file again.
pub(crate) fn allow_downloads(runner: &Rc<Runner>, key: Option<String>) -> Result<Response, Failure> {
    input(runner, key, Input::DownloadsAllowed)
}

/// Sends a webhook once more after it was given up.
pub(crate) fn redeliver(
    runner: &Rc<Runner>,
    key: Option<String>,
    webhook: Redeliver,
) -> Result<Response, Failure> {
    input(runner, key, Input::RedeliveryRequested { id: webhook.id })
}

/// A person has dealt with an exception.
pub(crate) fn attention_done(
    runner: &Rc<Runner>,
    key: Option<String>,
    exception: &AttentionDone,
) -> Result<Response, Failure> {
    input(runner, key, Input::ExceptionDone { id: exception.id })
}

/// Removes a person's data: the shopper's words and the metadata.
pub(crate) fn forget_person(runner: &Rc<Runner>, key: Option<String>) -> Result<Response, Failure> {
    answer(runner, runner.forget_person(key)?)
}

/// Gives the order an input, in the name of this key of the merchant's. Answers with everything, or says why
/// the order refused.
pub(crate) fn input(runner: &Rc<Runner>, key: Option<String>, input: Input) -> Result<Response, Failure> {
    answer(runner, runner.step(input.with_key(key))?)
}

fn answer(runner: &Rc<Runner>, step: Option<Result<Effects, Rejected>>) -> Result<Response, Failure> {
    match step {
        None => http::no_such_order(),
        Some(Ok(effects)) => {
            runner.act_later(effects);
            history(runner)
        }
        Some(Err(rejected)) => http::problem(&refused(&rejected)),
    }
}

fn refused(rejected: &Rejected) -> Problem {
    let code = match rejected {
        Rejected::AlreadyPaid
        | Rejected::NothingToRefund
        | Rejected::RefundAmount
        | Rejected::RefundExceedsPayment { .. }
        | Rejected::RefundNumberTaken
        | Rejected::NoSuchRefund
        | Rejected::RefundIsOver { .. }
        | Rejected::NoSuchException
        | Rejected::NoSuchWebhook
        | Rejected::NotPaid
        | Rejected::MoneyWentBack
        | Rejected::DownloadsUsedUp
        | Rejected::TooManyRefunds(_) => ProblemCode::NotPossible,
        Rejected::OutcomeOfAnotherCall { .. } => ProblemCode::Internal,
    };
    Problem::new(code, format!("{rejected}."))
}
