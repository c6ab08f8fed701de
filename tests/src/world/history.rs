//! Random histories, and the few fixed scenes in which the process dies at every point in turn.

use order::{Input, RefundOrder, Terms};
use simulator::gateway::{
    DeviceInfo, ExtraFields, Fault, FaultName, FieldOrder, NotifySignType, RateField, Reentry, Switches,
};
use wire::OutRefundNo;

use super::World;
use super::dice::Dice;
use super::disk::Death;
use super::merchant::{PRICE_MINOR, price};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What may go wrong at the gateway.
const FAULTS: [FaultName; 25] = [
    FaultName::DropBefore,
    FaultName::DropAfter,
    FaultName::Slow,
    FaultName::Html502,
    FaultName::Truncated,
    FaultName::Unsigned,
    FaultName::WronglySigned,
    FaultName::SystemError,
    FaultName::NotVisible,
    FaultName::NotEnough,
    FaultName::BizerrNeedRetry,
    FaultName::FrequencyLimited,
    FaultName::RefundStuck,
    FaultName::RefundClosed,
    FaultName::PaidBeforeClose,
    FaultName::PaidBeforeAnswer,
    FaultName::SecondPayment,
    FaultName::NotificationLost,
    FaultName::NotificationTwice,
    FaultName::NotificationLate,
    FaultName::NotificationWronglySigned,
    FaultName::NotificationWrongAmount,
    FaultName::NotificationWrongCurrency,
    FaultName::NotificationWrongMerchant,
    FaultName::NotificationUnknownOrder,
];

/// Plays the history of a seed to its end and judges it.
///
/// # Panics
/// When something is not as it must be.
pub fn play(seed: u64, tells: bool) -> World {
    let mut world = World::new(seed, tells);
    play_in(&mut world);
    world
}

/// The same, in a world whose story can still be read when it fails.
///
/// # Panics
/// When something is not as it must be.
pub fn play_in(world: &mut World) {
    prepare(world);
    let first_look = world.dice.ms(5 * SECOND, 60 * SECOND);
    world.open_page(first_look);
    let moves = 4 + world.dice.below(20);
    for _ in 0..moves {
        a_move(world);
    }
    world.calm(20 * DAY);
    world.judge();
}

/// Decides what goes wrong in this history.
fn prepare(world: &mut World) {
    let dice = &mut world.dice;
    let count = dice.pick(&[0, 0, 1, 2, 3, 4]);
    let faults: Vec<Fault> = (0..count).map(|_| a_fault(dice)).collect();
    let switches = Switches {
        reentry: dice.pick(&[Reentry::SameCode, Reentry::NewCode]),
        notify_sign_type: dice.pick(&[NotifySignType::Absent, NotifySignType::Hmac, NotifySignType::Present]),
        rate_field: dice.pick(&[RateField::RateValue, RateField::Rate]),
        device_info: dice.pick(&[DeviceInfo::Empty, DeviceInfo::Absent]),
        field_order: dice.pick(&[FieldOrder::Usual, FieldOrder::Shuffled]),
        extra_fields: dice.pick(&[ExtraFields::Absent, ExtraFields::Present]),
        faults,
        ..Switches::default()
    };
    world.worker.unconnected_permille = dice.pick(&[0, 0, 0, 50, 300]);
    world.worker.fate_mut().death = dice.pick(&[Death::Never, Death::Sometimes(10), Death::Sometimes(80)]);
    world.shop.trouble_permille = dice.pick(&[0, 0, 300, 900]);
    let told = switches.faults.iter().map(|fault| fault.name.as_str()).collect::<Vec<_>>().join(", ");
    let (death, unconnected) = (world.worker.disk().fate.death, world.worker.unconnected_permille);
    world.tell(|| format!("faults: [{told}], death: {death:?}, no connection: {unconnected} ‰"));
    world.gateway_failed = unconnected > 0 || !switches.faults.is_empty();
    world.gateway_lied = switches.faults.iter().any(|fault| {
        matches!(
            fault.name,
            FaultName::NotificationWrongAmount
                | FaultName::NotificationWrongCurrency
                | FaultName::NotificationWrongMerchant
        )
    });
    world.gateway.switch(switches);
}

fn a_fault(dice: &mut Dice) -> Fault {
    Fault {
        name: dice.pick(&FAULTS),
        call: None,
        order: None,
        times: dice.chance(300).then_some(1),
        probability: Some(dice.pick(&[0.1, 0.4, 0.8])),
        seed: Some(dice.roll()),
        delay_ms: dice.chance(300).then(|| dice.pick(&[500, 16_000, 40_000])),
    }
}

/// One thing happens, or time passes.
fn a_move(world: &mut World) {
    match world.dice.below(20) {
        0..=3 => world.pass_up_to(2 * SECOND),
        4..=6 => world.pass_up_to(30 * SECOND),
        7 => world.pass_up_to(6 * MINUTE),
        8 => world.pass_up_to(50 * MINUTE),
        9 | 10 => world.pay(),
        11 => match world.dice.below(4) {
            0 => world.fail_to_pay(),
            1 => world.cancel(),
            2 => world.pass_up_to(3 * HOUR),
            _ => world.forge(),
        },
        12 | 13 => {
            let for_ms = world.dice.ms(SECOND, 40 * SECOND);
            world.open_page(for_ms);
        }
        14 => {
            world.give(Input::QueryRequested);
        }
        15 | 16 => world.ask_for_a_refund(),
        17 => {
            world.tell(|| "the process is evicted".into());
            world.kill();
        }
        18 => {
            world.create();
        }
        _ => world.something_rare(),
    }
}

impl World {
    fn pass_up_to(&mut self, ms: i64) {
        let ms = self.dice.ms(0, ms);
        self.pass(ms);
    }

    fn ask_for_a_refund(&mut self) {
        let number = format!("R{}", self.dice.below(4));
        let minor = self.dice.pick(&[1, 1000, 5000, PRICE_MINOR]);
        let out_refund_no = OutRefundNo::new(&number).expect("a refund number");
        let given = self.give(Input::RefundRequested(RefundOrder::new(out_refund_no, price(minor))));
        self.tell(|| format!("the merchant refunds {minor} as {number}: {given:?}"));
    }

    fn something_rare(&mut self) {
        match self.dice.below(4) {
            0 => {
                // A clock that is wrong for a while.
                self.worker.skew_ms = self.dice.ms(-HOUR, HOUR) * self.dice.pick(&[0, 1, 24]);
                self.steady = false;
                let skew_ms = self.worker.skew_ms;
                self.tell(|| format!("the Worker's clock is off by {} s", skew_ms / 1000));
            }
            1 => {
                if self.worker.disk().order().is_some_and(|order| !order.is_settled()) {
                    self.tell(|| "the alarm is lost".into());
                    self.alarm_lost = true;
                    self.worker.disk_mut().alarm_at_ms = None;
                }
            }
            2 => {
                self.tell(|| "a deployment is rolled back: an older version runs".into());
                self.kill();
                self.worker.disk_mut().newer = self.worker.disk().order().is_some();
                self.pass_up_to(HOUR);
                self.tell(|| "the newer version runs again".into());
                self.kill();
                self.worker.disk_mut().newer = false;
            }
            _ => self.pass_up_to(3 * DAY),
        }
    }
}

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
            world
                .gateway
                .switch(Switches { notifications: simulator::gateway::Power::Off, ..Switches::default() });
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
                let number = OutRefundNo::new(number).expect("a refund number");
                world.give(Input::RefundRequested(RefundOrder::new(number, price(minor))));
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
    world.gateway.switch(Switches { faults: vec![fault], ..Switches::default() });
}
