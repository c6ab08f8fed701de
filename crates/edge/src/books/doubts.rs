//! The orders of the doubts are asked, a few at a time, and WeChat, before anything is called a difference.

use books::{Ask, Context, Cursor, Difference, Kind, Known, Progress, Side, Stage, Verdict, judge, pause_ms};
use gateway::{Answer, Call, OutRefundNo, OutTradeNo, Question, Trade};
use order::GatewayCall;
use wire::v2::ProductId;

use super::desk::Desk;
use super::report;
use super::store::Waiting;
use crate::failure::{Defect, Failure};
use crate::number_and_token::has_our_form;
use crate::object::ask::ask_order;
use crate::object::gateway_call;
use crate::object::protocol::ObjectRequest;
use crate::platform::clock::now_ms;
use crate::platform::timer::{TimeLimit, TooLate, together};

/// How many doubts one slice looks at.
const A_SLICE: i64 = 60;
/// How many at the same time.
const AT_ONCE: usize = 6;
/// How long an order may take to answer.
const TIME_LIMIT_MS: u32 = 10_000;
/// An order that does not answer is asked again after a minute; so often, that is for six hours.
const PAUSE_MS: i64 = 60_000;
const MAX_FAILURES: u32 = 360;

/// Looks at the doubts that are due.
pub(super) async fn settle(desk: &Desk, progress: Progress) -> Result<(), Failure> {
    let store = desk.store()?;
    let due = store.due_doubts(now_ms(), A_SLICE)?;
    for some in due.chunks(AT_ONCE) {
        let asked = together(some.iter().map(|waiting| known(desk, waiting))).await;
        for (waiting, known) in some.iter().zip(asked) {
            if !desk.is_current(&progress)? {
                return Ok(());
            }
            look(desk, &progress, waiting, known).await?;
        }
    }
    if !desk.is_current(&progress)? {
        return Ok(());
    }
    let mut next = progress;
    match store.next_doubt()? {
        Some(due_at_ms) => {
            next.due_at_ms = due_at_ms;
            store.keep(&next)
        }
        None if next.cursor != Cursor::default() => {
            next.go_on(Stage::Compare, now_ms());
            store.keep(&next)
        }
        None => report::finish(desk, next),
    }
}

/// The order as an order number of ours. Another number has no order here.
fn number_of(waiting: &Waiting) -> Option<OutTradeNo> {
    let number = &*waiting.doubt.number;
    OutTradeNo::new(number).ok().filter(|_| has_our_form(number))
}

/// What the order knows. `Err`: it did not answer.
async fn known(desk: &Desk, waiting: &Waiting) -> Result<Option<Known>, String> {
    let Some(number) = number_of(waiting) else { return Ok(None) };
    let asked = ask_order(&desk.env, &number, ObjectRequest::Facts);
    let answer = match TimeLimit::of(TIME_LIMIT_MS).within(asked).await {
        Ok(answer) => answer.map_err(|failure| failure.to_string())?,
        Err(TooLate) => return Err("it took too long".into()),
    };
    match (answer.status(), answer.text()) {
        (404, _) => Ok(None),
        (200, Some(body)) => {
            Known::read(&body).map(Some).ok_or_else(|| "what it says has another form".into())
        }
        (status, _) => Err(format!("status {status}")),
    }
}

async fn look(
    desk: &Desk,
    progress: &Progress,
    waiting: &Waiting,
    known: Result<Option<Known>, String>,
) -> Result<(), Failure> {
    let (store, day) = (desk.store()?, progress.day_text());
    let doubt = &waiting.doubt;
    let known = match known {
        Ok(known) => known,
        Err(why) => {
            worker::console_warn!("the books: order {} does not answer: {why}", doubt.number);
            let failed = waiting.failed.saturating_add(1);
            if failed >= MAX_FAILURES {
                let difference = Difference::about(doubt, Kind::NotAnswered).because(why);
                return store.settle(&day, waiting, &[difference], None);
            }
            let again = Waiting { failed, doubt: doubt.clone(), ..*waiting };
            return store.look_again(&again, now_ms().saturating_add(PAUSE_MS));
        }
    };
    let is_ours = desk.config()?.order_secret.api_of(&doubt.number).is_some();
    let context = Context {
        day: progress.day,
        known: known.as_ref(),
        is_ours,
        looked: waiting.looked,
        // What cannot be read counts as not seen: the difference is told rather than hidden.
        was_in_a_bill: &|key| store.was_seen(key).unwrap_or(false),
        whole_since_ms: progress.whole_since.start_epoch_ms(),
    };
    match judge(doubt, &context) {
        Verdict::Agrees | Verdict::OfAnotherDay => store.settle(&day, waiting, &[], None),
        Verdict::Differ(differences) => store.settle(&day, waiting, &differences, None),
        Verdict::Tomorrow => {
            let tomorrow = books::next(progress.day).map(books::dashed);
            store.settle(&day, waiting, &[], tomorrow.as_deref())
        }
        Verdict::Ask(ask) => {
            let mut again =
                Waiting { looked: waiting.looked.saturating_add(1), doubt: doubt.clone(), ..*waiting };
            let mut due_at_ms = now_ms().saturating_add(pause_ms(waiting.looked));
            match ask {
                Ask::Order => tell(desk, waiting, ObjectRequest::QueryNow).await,
                Ask::Refund => {
                    let refund =
                        doubt.out_refund_no.as_deref().and_then(|number| OutRefundNo::new(number).ok());
                    if let Some(refund) = refund {
                        tell(desk, waiting, ObjectRequest::NotifyRefund(refund)).await;
                    }
                }
                Ask::WeChat => {
                    again.doubt.wechat_says = query(desk, waiting).await?;
                    if again.doubt.wechat_says.is_some() {
                        due_at_ms = now_ms();
                    }
                }
            }
            if !desk.is_current(progress)? {
                return Ok(());
            }
            store.look_again(&again, due_at_ms)
        }
    }
}

/// Tells the order to ask WeChat. What comes of it is seen at the next look.
async fn tell(desk: &Desk, waiting: &Waiting, request: ObjectRequest) {
    let Some(number) = number_of(waiting) else { return };
    if let Ok(Err(failure)) =
        TimeLimit::of(TIME_LIMIT_MS).within(ask_order(&desk.env, &number, request)).await
    {
        worker::console_warn!("the books: order {number} was not told: {failure}");
    }
}

/// What WeChat says about the order, in words. `None`: it does not answer.
async fn query(desk: &Desk, waiting: &Waiting) -> Result<Option<Box<str>>, Failure> {
    let doubt = &waiting.doubt;
    let (Ok(out_trade_no), Some(total)) = (OutTradeNo::new(&doubt.number), doubt.amount) else {
        return Ok(None);
    };
    debug_assert_eq!(doubt.side, Side::OursPaid);
    let config = desk.config()?;
    let product_id = ProductId::new("unknown").map_err(Defect::Text)?;
    let dialect = config.dialect_of(&out_trade_no, product_id);
    let call = Call {
        merchant: config.merchant.clone(),
        out_trade_no,
        dialect,
        question: Question::Query { total },
    };
    let call = GatewayCall { attempt: 0, host_index: waiting.looked, call };
    let (outcome, _) = gateway_call::make(&call, &desk.env).await;
    Ok(match outcome.result {
        Ok(Answer::Trade(Trade::Paid(paid))) => {
            let id = &paid.payment.transaction_id;
            Some(format!("that it is paid, by the payment {id}").into())
        }
        Ok(Answer::Trade(Trade::Open | Trade::PaymentFailed | Trade::Closed)) => {
            Some("that it is not paid".into())
        }
        Ok(_) => Some("nothing clear".into()),
        Err(failure) => {
            let why = failure.summary();
            worker::console_warn!("the books: a query about {}: {why}", doubt.number);
            // A signed refusal is an answer, such as that there is no such order.
            matches!(failure, gateway::Failure::Refused(_)).then(|| why.to_string().into())
        }
    })
}
