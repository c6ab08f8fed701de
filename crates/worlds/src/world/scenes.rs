//! The fixed scenes in which something goes wrong at every point in turn.

use order::{ExceptionKind, Input, RefundOrder, Terms};
use simulator::gateway::{ByHand, Fault, FaultName, Power, Switches};
use wire::OutRefundNo;

use super::World;
use super::merchant::{NUMBER, price};
use super::shop::Manner;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A fixed scene: its name, and what happens in it.
pub type Scene = (&'static str, fn(&mut World));

/// The scenes in which the process dies at every point in turn.
#[must_use]
pub fn scenes() -> Vec<Scene> {
    vec![
        ("paid by notification", |world| {
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.pay();
            world.pass(MINUTE);
        }),
        ("paid, and no notification comes", |world| {
            world.gateway.switch(Switches { notifications: Power::Off, ..Switches::default() });
            world.open_page(30 * SECOND);
            world.pass(8 * SECOND);
            world.pay();
            world.pass(2 * MINUTE);
        }),
        ("paid twice", |world| {
            fault(world, FaultName::SecondPayment);
            world.open_page(30 * SECOND);
            world.pass(8 * SECOND);
            world.pay();
            world.pass(MINUTE);
        }),
        ("expired", |world| {
            world.open_page(10 * SECOND);
            world.pass(2 * HOUR);
        }),
        ("cancelled", |world| {
            world.open_page(10 * SECOND);
            world.pass(9 * SECOND);
            world.cancel();
            world.pass(20 * MINUTE);
        }),
        ("paid while it is closed", |world| {
            fault(world, FaultName::PaidBeforeClose);
            world.open_page(10 * SECOND);
            world.pass(HOUR);
        }),
        ("refunded in two parts", |world| {
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.pay();
            world.pass(20 * SECOND);
            for (number, minor) in [("R1", 3000), ("R2", 5800)] {
                refund(world, number, minor);
                world.pass(2 * MINUTE);
            }
            world.pass(HOUR);
        }),
        ("paid, settled and archived", |world| {
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.pay();
            world.pass(Terms::DEFAULT_KEEP_MS + DAY);
        }),
        ("refunded by hand, and a query finds it", |world| {
            world.gateway.switch(Switches { notifications: Power::Off, ..Switches::default() });
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.pay();
            by_hand(world, 5_000);
            world.pass(2 * MINUTE);
        }),
        ("a refund is stuck without the certificate, and tried again with it", |world| {
            world.worker.has_certificate = false;
            world.badly_connected = true;
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.pay();
            world.pass(20 * SECOND);
            refund(world, "R1", 3_000);
            world.pass(3 * HOUR);
            world.worker.has_certificate = true;
            world.give(Input::RefundRetried { out_refund_no: number("R1"), account: None });
            world.pass(HOUR);
        }),
        ("a webhook is given up and sent again", |world| {
            world.shop.only = Some(Manner::Gone);
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.pay();
            world.pass(MINUTE);
            world.shop.mend();
            let order = world.worker.disk().order();
            let ids: Vec<String> =
                order.into_iter().flat_map(order::Order::given_up).map(|row| row.id.clone()).collect();
            for id in ids {
                world.give(Input::RedeliveryRequested { id });
            }
            world.pass(MINUTE);
        }),
        ("money without an order comes and is given back", |world| {
            world.place_elsewhere(4_200);
            world.pay();
            world.pass(10 * MINUTE);
            let order = world.worker.disk().order();
            let of = order
                .and_then(|order| {
                    order.exceptions().iter().find(|known| known.kind == ExceptionKind::UnknownOrder)
                })
                .and_then(|known| known.transaction_id.clone());
            let order = RefundOrder { of, ..RefundOrder::new(number("R1"), price(4_200)) };
            world.give(Input::RefundRequested(order));
            world.pass(HOUR);
        }),
        ("a genuine notification cannot be read, and a query tells", |world| {
            world.left_out = Some("time_end");
            let left_out = vec!["time_end".to_owned()];
            world.gateway.switch(Switches { left_out, ..Switches::default() });
            world.open_page(2 * SECOND);
            world.pass(3 * SECOND);
            world.pay();
            world.pass(SECOND);
            world.gateway.switch(Switches::default());
            world.pass(HOUR);
        }),
        ("placed through a gateway that fails twice", |world| {
            fault(world, FaultName::DropAfter);
            world.open_page(30 * SECOND);
            world.pass(40 * SECOND);
            world.pay();
            world.pass(MINUTE);
        }),
    ]
}

fn fault(world: &mut World, name: FaultName) {
    let fault = Fault {
        name,
        call: None,
        order: None,
        times: Some(2),
        probability: None,
        seed: None,
        delay_ms: None,
    };
    world.faults.push(name);
    world.gateway.switch(Switches { faults: vec![fault], ..Switches::default() });
}

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).expect("a refund number")
}

fn refund(world: &mut World, own: &str, minor: u64) {
    world.give(Input::RefundRequested(RefundOrder::new(number(own), price(minor))));
}

/// A person refunds by hand, and no notification tells of it.
fn by_hand(world: &mut World, minor: u64) {
    let asked =
        ByHand { out_trade_no: NUMBER.into(), minor: Some(minor), notify: Power::Off, ..ByHand::default() };
    if let Ok(made) = world.gateway.refund_by_hand(world.now_ms, &asked) {
        world.note_by_hand(made.out_refund_no);
    }
}
