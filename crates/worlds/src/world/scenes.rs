//! The fixed scenes in which something goes wrong at every point in turn.

use order::{ExceptionKind, Input, RefundOrder, Terms};
use simulator::gateway::{ByHand, Fault, FaultName, Power, Switches};
use wire::OutRefundNo;

use super::World;
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
            let switches = Switches { notifications: Power::Off, ..world.usual_switches() };
            world.gateway.switch(switches);
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
            let switches = Switches { notifications: Power::Off, ..world.usual_switches() };
            world.gateway.switch(switches);
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
            let order = RefundOrder { of, ..RefundOrder::new(number("R1"), world.price(4_200)) };
            world.give(Input::RefundRequested(order));
            world.pass(HOUR);
        }),
        ("a genuine notification cannot be read, and a query tells", |world| {
            let decides = if world.has_v3() { "success_time" } else { "time_end" };
            world.left_out = Some(decides);
            let left_out = vec![decides.to_owned()];
            let switches = Switches { left_out, ..world.usual_switches() };
            world.gateway.switch(switches);
            world.open_page(2 * SECOND);
            world.pass(3 * SECOND);
            world.pay();
            world.pass(SECOND);
            world.gateway.switch(world.usual_switches());
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

/// The scenes of a merchant with API v3.
#[must_use]
pub fn scenes_of_v3() -> Vec<Scene> {
    vec![
        ("the merchant goes back to API v2 while an order of API v3 is open", |world| {
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.change_over();
            world.pay();
            world.pass(MINUTE);
            refund(world, "R1", 3_000);
            world.pass(HOUR);
        }),
        ("the merchant changes over to API v3 while an order of API v2 is open", |world| {
            world.change_over();
            world.open_page(30 * SECOND);
            world.pass(5 * SECOND);
            world.change_over();
            world.pay();
            world.pass(MINUTE);
            refund(world, "R1", 3_000);
            world.pass(HOUR);
        }),
        ("the certificates change with each step of a payment and its refund", |world| {
            world.open_page(40 * SECOND);
            world.pass(3 * SECOND);
            world.rotate();
            world.pass(5 * SECOND);
            world.rotate();
            world.pay();
            world.pass(MINUTE);
            world.rotate();
            refund(world, "R1", 3_000);
            world.pass(HOUR);
            world.rotate();
            refund(world, "R2", 1_000);
            world.pass(HOUR);
        }),
        ("WeChat Pay probes the signatures of answers and notifications", |world| {
            faults(world, &[FaultName::Probe, FaultName::NotificationProbe]);
            world.open_page(30 * SECOND);
            world.pass(40 * SECOND);
            world.pay();
            world.pass(10 * MINUTE);
            refund(world, "R1", 3_000);
            world.pass(HOUR);
        }),
    ]
}

fn fault(world: &mut World, name: FaultName) {
    faults(world, &[name]);
}

/// Each of these strikes twice.
fn faults(world: &mut World, names: &[FaultName]) {
    let strikes = |name: &FaultName| Fault {
        name: *name,
        call: None,
        order: None,
        times: Some(2),
        probability: None,
        seed: None,
        delay_ms: None,
    };
    world.faults.extend(names);
    let faults = names.iter().map(strikes).collect();
    let switches = Switches { faults, ..world.usual_switches() };
    world.gateway.switch(switches);
}

fn number(text: &str) -> OutRefundNo {
    OutRefundNo::new(text).expect("a refund number")
}

fn refund(world: &mut World, own: &str, minor: u64) {
    let order = RefundOrder::new(number(own), world.price(minor));
    world.give(Input::RefundRequested(order));
}

/// A person refunds by hand, and no notification tells of it.
fn by_hand(world: &mut World, minor: u64) {
    let asked = ByHand {
        out_trade_no: world.number.into(),
        minor: Some(minor),
        notify: Power::Off,
        ..ByHand::default()
    };
    if let Ok(made) = world.gateway.refund_by_hand(world.now_ms, &asked) {
        world.note_by_hand(made.out_refund_no);
    }
}
