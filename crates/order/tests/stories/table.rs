//! State × input, as one table: what each input does in each state.
//!
//! A cell has the state afterwards, and the call in flight if the input began one. `=`: the state does not
//! change. `no`: the input is refused.

use gateway::{CallName, Failure};
use order::{Download, Input, RefundOrder, Who};
use wire::OutRefundNo;

use crate::life::{Life, MINUTE, SECOND, T0_MS};
use crate::wechat::{PAYMENT, SECOND_PAYMENT, closed, hkd, notification, refused, state};

/// An order in each state, with nothing due. The last query of the final ones is so long ago that the pace
/// allows another.
fn scenes() -> [(&'static str, Life); 9] {
    let mut asking = Life::placing();
    asking.answer(&refused("ORDERPAID").signed());
    asking.fail(Failure::no_answer());

    let mut cancelled = Life::awaiting();
    cancelled.at(MINUTE).give(Input::CancelRequested { by: Who::Shopper });

    let mut checking = Life::awaiting();
    checking.at(30 * MINUTE).give(Input::AlarmFired);
    checking.fail(Failure::no_answer());

    let mut closing = Life::awaiting();
    closing.at(30 * MINUTE).give(Input::AlarmFired);
    closing.answer(&state("NOTPAY").signed());

    let mut over = Life::awaiting();
    over.at(30 * MINUTE).give(Input::AlarmFired);
    over.answer(&state("NOTPAY").signed());
    over.answer(&closed().signed());

    let mut failed = Life::placing();
    failed.answer(&refused("NOAUTH").signed());

    let mut placing = Life::placing();
    placing.fail(Failure::no_answer());

    let mut paid = Life::paid();
    for life in [&mut paid, &mut over, &mut failed] {
        life.now_ms += 20 * SECOND;
    }
    [
        ("placing", placing),
        ("asking", asking),
        ("awaiting", Life::awaiting()),
        ("cancelled", cancelled),
        ("expiring", checking),
        ("closing", closing),
        ("paid", paid),
        ("closed", over),
        ("failed", failed),
    ]
}

fn inputs(now_ms: i64) -> Vec<(&'static str, Input)> {
    let notified =
        |message: crate::wechat::Wechat| Input::Notified { notification: message.verified(), raw: None };
    let refund = RefundOrder::new(OutRefundNo::new("R1").unwrap(), hkd(100));
    vec![
        ("payment", notified(notification(PAYMENT, now_ms - SECOND))),
        ("other payment", notified(notification(SECOND_PAYMENT, now_ms - SECOND))),
        ("mismatch", notified(notification(SECOND_PAYMENT, now_ms).and("total_fee", 1))),
        ("no payment", notified(notification(PAYMENT, now_ms).and("result_code", "FAIL"))),
        ("suspicion", Input::NotificationSuspected { raw: None }),
        ("unreadable", Input::NotificationUnreadable { why: "no total_fee".into(), raw: None }),
        ("refund hint", Input::RefundNotified { out_refund_no: OutRefundNo::new("R1").unwrap(), raw: None }),
        ("page", Input::PageWatching),
        ("cancel", Input::CancelRequested { by: Who::Shopper }),
        ("query", Input::QueryRequested),
        ("refund", Input::RefundRequested(refund)),
        ("retry", Input::RefundRetried { out_refund_no: OutRefundNo::new("R1").unwrap(), account: None }),
        ("withdraw", Input::RefundWithdrawn { out_refund_no: OutRefundNo::new("R1").unwrap() }),
        ("redeliver", Input::RedeliveryRequested { id: "none".into() }),
        ("done", Input::ExceptionDone { id: 1 }),
        ("forget", Input::PersonForgotten),
        ("download", Input::DownloadBegins(download())),
        ("missing", Input::FileMissing { file: "a.pdf".into() }),
        ("allow", Input::DownloadsAllowed),
        ("swept", Input::Swept { index_version: 0 }),
        ("delivered", Input::Delivered(vec![])),
        ("alarm", Input::AlarmFired),
        ("restart", Input::Restarted),
    ]
}

fn download() -> Download {
    Download { line: 1, file: "a.pdf".into(), is_from_start: true, bytes: 1, size: 1 }
}

fn cell(life: &mut Life, input: Input) -> String {
    let before = life.state().name();
    let calls_before = life.calls.len();
    if life.try_give(input).is_err() {
        return "no".into();
    }
    let after = if life.state().name() == before { "=" } else { life.state().name() };
    match life.calls.get(calls_before) {
        Some((_, call)) => format!("{after} {}", short(call.call.name())),
        None => after.into(),
    }
}

fn short(call: CallName) -> &'static str {
    match call {
        CallName::Place => "order",
        CallName::Query => "query",
        CallName::Close => "close",
        CallName::Refund => "refund",
        CallName::RefundQuery => "refund?",
    }
}

#[test]
fn what_each_input_makes_of_each_state() {
    let mut rows = vec![vec!["".to_owned()]];
    rows[0].extend(scenes().iter().map(|(name, _)| (*name).to_owned()));
    for (index, (input_name, _)) in inputs(T0_MS).into_iter().enumerate() {
        let mut row = vec![input_name.to_owned()];
        for (_, mut life) in scenes() {
            life.deliver_all();
            life.now_ms += SECOND / 2;
            let (_, input) = inputs(life.now_ms).swap_remove(index);
            row.push(cell(&mut life, input));
        }
        rows.push(row);
    }
    let table: String = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row.iter().map(|cell| format!("{cell:<13}")).collect();
            format!("{}\n", cells.join("| ").trim_end())
        })
        .collect();
    assert_eq!(table, include_str!("table.txt"), "\n{table}");
}
