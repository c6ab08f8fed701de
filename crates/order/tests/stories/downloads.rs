//! Files that were bought: who may have them, how often, and what is told of it.

use order::{
    Download, ExceptionKind, Input, MAX_DOWNLOADS, Order, RefundOrder, Rejected, WebhookKind, What, Who,
};
use wire::OutRefundNo;

use crate::life::{DAY, Life, SECOND, T0_MS};
use crate::wechat::{PAYMENT, hkd, paid, refund_listed};

const SIZE: u64 = 1000;

fn part(line: u16, first: u64, bytes: u64) -> Download {
    Download { line, file: format!("{line}.pdf"), is_from_start: first == 0, bytes, size: SIZE }
}

fn ask(life: &mut Life, download: Download) -> Result<(), Rejected> {
    life.try_give(Input::DownloadBegins(download))
}

fn whole(life: &mut Life, line: u16) -> Result<(), Rejected> {
    ask(life, part(line, 0, SIZE))
}

fn times(life: &Life) -> Vec<(u16, u32)> {
    life.order.downloads().iter().map(|known| (known.line, known.times)).collect()
}

fn delivered(life: &Life) -> Vec<&What> {
    let events = life.events.iter().map(|event| &event.what);
    events.filter(|what| matches!(what, What::Delivered { .. })).collect()
}

fn refund(minor: u64) -> Input {
    Input::RefundRequested(RefundOrder::new(OutRefundNo::new("R1").unwrap(), hkd(minor)))
}

#[test]
fn only_a_paid_order_delivers() {
    for mut life in [Life::placing(), Life::awaiting()] {
        assert_eq!(whole(&mut life, 1), Err(Rejected::NotPaid));
        assert_eq!(life.order.may_deliver(), Err(Rejected::NotPaid));
        assert_eq!(times(&life), []);
    }
    let mut cancelled = Life::awaiting();
    cancelled.give(Input::CancelRequested { by: Who::Shopper });
    assert_eq!(whole(&mut cancelled, 1), Err(Rejected::NotPaid));
    assert_eq!(whole(&mut Life::paid(), 1), Ok(()));
}

#[test]
fn an_order_is_delivered_once_and_each_later_download_is_counted() {
    let mut life = Life::paid();
    life.settle();
    for line in [2, 2, 1, 2] {
        life.now_ms += SECOND;
        whole(&mut life, line).unwrap();
    }
    assert_eq!(times(&life), [(2, 3), (1, 1)]);
    assert_eq!(delivered(&life), [&What::Delivered { line: 2, file: "2.pdf".into() }]);
    assert_eq!(life.webhooks(), [WebhookKind::OrderPaid, WebhookKind::OrderDelivered]);
    let [book, _] = life.order.downloads() else { panic!() };
    assert_eq!(book.last_at_ms - book.first_at_ms, 3 * SECOND);
    life.settle();
    assert!(life.order.is_settled(), "an order that is delivered rests");
}

#[test]
fn a_line_goes_out_so_many_times_and_no_other_line_pays_for_it() {
    let mut life = Life::paid();
    for _ in 0..MAX_DOWNLOADS {
        whole(&mut life, 1).unwrap();
    }
    assert_eq!(whole(&mut life, 1), Err(Rejected::DownloadsUsedUp));
    assert_eq!(times(&life), [(1, MAX_DOWNLOADS)]);
    assert_eq!(whole(&mut life, 2), Ok(()));
}

#[test]
fn the_merchant_can_allow_as_many_again() {
    let mut life = Life::paid();
    for _ in 0..MAX_DOWNLOADS {
        whole(&mut life, 1).unwrap();
    }
    life.give(Input::DownloadsAllowed);
    for _ in 0..MAX_DOWNLOADS {
        whole(&mut life, 1).unwrap();
    }
    assert_eq!(whole(&mut life, 1), Err(Rejected::DownloadsUsedUp));
    assert!(
        life.events.iter().any(|event| event.what == What::DownloadsAllowed && event.who == Who::Merchant)
    );
}

#[test]
fn a_download_that_goes_on_is_counted_once_even_if_it_is_the_last() {
    let mut life = Life::paid();
    for _ in 1..MAX_DOWNLOADS {
        whole(&mut life, 1).unwrap();
    }
    ask(&mut life, part(1, 0, 400)).unwrap();
    for first in [400, 600, 800] {
        assert_eq!(ask(&mut life, part(1, first, 200)), Ok(()));
    }
    assert_eq!(times(&life), [(1, MAX_DOWNLOADS)]);
    assert_eq!(whole(&mut life, 1), Err(Rejected::DownloadsUsedUp));
}

#[test]
fn no_sequence_of_ranges_gets_more_than_two_files_for_each_download() {
    // All but the first byte, again and again; then every second byte; then all at once.
    const SMALL: u64 = 20;
    let tricks: [fn(u64) -> (u64, u64); 4] = [
        |_| (1, SMALL - 1),
        |at| (1 + at % (SMALL - 1), 1),
        |at| if at % 2 == 0 { (0, 1) } else { (1, SMALL - 1) },
        |at| (if at % 3 == 0 { 0 } else { 10 }, 10),
    ];
    for trick in tricks {
        let mut life = Life::paid();
        let mut sent = 0;
        for at in 0..500 {
            let (first, bytes) = trick(at);
            let download = Download { size: SMALL, ..part(1, first, bytes) };
            if ask(&mut life, download).is_ok() {
                sent += bytes;
            }
        }
        let most = 2 * u64::from(MAX_DOWNLOADS) * SMALL;
        assert!(sent <= most, "{sent} bytes of {most}");
        assert_eq!(times(&life), [(1, MAX_DOWNLOADS)]);
    }
}

#[test]
fn money_that_goes_back_ends_the_deliveries() {
    let mut life = Life::paid();
    whole(&mut life, 1).unwrap();
    life.give(refund(8799));
    assert_eq!(whole(&mut life, 1), Ok(()), "a part of the money stays");

    let mut life = Life::paid();
    life.give(refund(8800));
    assert_eq!(whole(&mut life, 1), Err(Rejected::MoneyWentBack), "from the moment of asking");
    assert_eq!(life.order.may_deliver(), Err(Rejected::MoneyWentBack));
}

#[test]
fn money_that_somebody_else_gave_back_ends_them_until_it_is_known_how_much() {
    let mut life = Life::awaiting();
    life.sleep_until_call();
    life.answer(&paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    assert_eq!(whole(&mut life, 1), Err(Rejected::MoneyWentBack));
    life.sleep_until_call();
    life.answer(&refund_listed("50000000000000000000000000001", 5000, "SUCCESS").signed());
    assert_eq!(whole(&mut life, 1), Ok(()), "a part of it");

    let mut life = Life::awaiting();
    life.sleep_until_call();
    life.answer(&paid(PAYMENT, T0_MS).and("trade_state", "REFUND").signed());
    life.sleep_until_call();
    life.answer(&refund_listed("50000000000000000000000000001", 8800, "SUCCESS").signed());
    assert_eq!(whole(&mut life, 1), Err(Rejected::MoneyWentBack), "all of it");
}

#[test]
fn a_file_that_is_missing_waits_for_a_person_and_is_settled_when_it_goes_out() {
    let missing = || Input::FileMissing { file: "1.pdf".into() };
    let mut life = Life::paid();
    life.give(missing());
    life.give(missing());
    assert_eq!(life.exceptions(), [ExceptionKind::FileMissing], "once");
    assert_eq!(times(&life), [], "nothing is counted");
    assert!(life.webhooks().contains(&WebhookKind::OrderException));
    whole(&mut life, 2).unwrap();
    assert!(life.order.exceptions()[0].is_open(), "another file settles nothing");
    whole(&mut life, 1).unwrap();
    assert!(!life.order.exceptions()[0].is_open());
    life.give(missing());
    assert_eq!(life.exceptions().len(), 2, "it may happen again");
    assert_eq!(Life::awaiting().try_give(missing()), Err(Rejected::NotPaid), "nobody invents one");
}

#[test]
fn what_was_counted_is_stored_and_an_order_without_files_is_stored_as_before() {
    let mut life = Life::paid();
    assert!(!life.order.save().unwrap().contains("downloads"));
    whole(&mut life, 1).unwrap();
    ask(&mut life, part(1, 700, 300)).unwrap();
    life.now_ms += DAY;
    whole(&mut life, 3).unwrap();
    let stored = life.order.save().unwrap();
    let (first, second) = (life.now_ms - DAY, life.now_ms);
    let expected =
        format!(r#""downloads":"1 1 10 {first} {first} 700,3 1 10 {second} {second} 1000,","last_event""#);
    assert!(stored.contains(&expected), "{stored}");
    assert_eq!(Order::load(&stored).unwrap(), life.order);
    for damaged in ["1 1 10 5 5 700", "1 1 10 5 5,", "70000 1 10 5 5 1,", "1 1 10 5 5 -1,", "x"] {
        let broken = stored.replacen(&expected, &format!(r#""downloads":"{damaged}","last_event""#), 1);
        let read = Order::load(&broken);
        assert_eq!(read.is_err(), damaged != "1 1 10 5 5 700", "{damaged}");
    }
}
