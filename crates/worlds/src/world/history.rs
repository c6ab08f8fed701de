//! Random histories: what is decided at the beginning of one, and what may happen in it.

use order::Input;
use simulator::gateway::{
    CloseUnknown, DeviceInfo, ErrorCodes, ExtraFields, Fault, FieldOrder, NotifySignType, RateField, Reentry,
    ReentryV3, RefundTakes, Switches, TransactionField,
};

use super::World;
use super::api::Api;
use super::dice::Dice;
use super::disk::Death;
use super::faults::{a_fault, a_field_left_out};
use super::merchant::PRICE_MINOR;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Plays the history of a seed to its end and judges it.
///
/// # Panics
/// When something is not as it must be.
pub fn play(of: Api, seed: u64, tells: bool) -> World {
    let mut world = World::of(of, seed, tells);
    play_in(&mut world);
    world
}

/// The same, in a world whose story can still be read when it fails.
///
/// # Panics
/// When something is not as it must be.
pub fn play_in(world: &mut World) {
    if world.dice.chance(40) {
        let minor = world.dice.pick(&[PRICE_MINOR, 4_200]);
        world.place_elsewhere(minor);
    }
    prepare(world);
    if !world.elsewhere {
        let first_look = world.dice.ms(5 * SECOND, 60 * SECOND);
        world.open_page(first_look);
    }
    // Most of what can go wrong comes after the payment.
    if world.dice.chance(450) {
        world.pass_up_to(30 * SECOND);
        world.pay();
    }
    let moves = 4 + world.dice.below(20);
    for _ in 0..moves {
        let ms = a_move(world);
        world.pass(ms);
    }
    if world.dice.chance(8) {
        world.outlive_the_order();
    }
    world.end();
}

/// Decides what goes wrong in this history.
pub(super) fn prepare(world: &mut World) {
    let (usual, has_v3) = (world.usual_switches(), world.has_v3());
    if has_v3 && world.dice.chance(250) {
        world.change_over();
    }
    let dice = &mut world.dice;
    let count = dice.pick(&[0, 1, 1, 2, 3, 5]);
    let faults: Vec<Fault> = (0..count).map(|_| a_fault(dice, has_v3)).collect();
    world.faults = faults.iter().map(|fault| fault.name).collect();
    world.left_out = a_field_left_out(dice, has_v3);
    let usual = if has_v3 { oddities_of_v3(usual, dice) } else { usual };
    let switches = Switches {
        reentry: dice.pick(&[Reentry::SameCode, Reentry::NewCode]),
        notify_sign_type: dice.pick(&[NotifySignType::Absent, NotifySignType::Hmac, NotifySignType::Present]),
        rate_field: dice.pick(&[RateField::RateValue, RateField::Rate]),
        device_info: dice.pick(&[DeviceInfo::Empty, DeviceInfo::Absent]),
        field_order: dice.pick(&[FieldOrder::Usual, FieldOrder::Shuffled]),
        extra_fields: dice.pick(&[ExtraFields::Absent, ExtraFields::Present]),
        refund_takes_ms: RefundTakes(dice.pick(&[0, 3 * SECOND, 3 * SECOND, HOUR, 2 * DAY])),
        left_out: world.left_out.iter().map(|name| (*name).to_owned()).collect(),
        faults,
        ..usual
    };
    world.worker.unconnected_permille = dice.pick(&[0, 0, 0, 50, 300]);
    world.worker.slow_permille = dice.pick(&[0, 0, 100, 500]);
    world.worker.has_certificate = !dice.chance(60);
    world.worker.fate_mut().death = dice.pick(&[Death::Never, Death::Sometimes(10), Death::Sometimes(80)]);
    world.shop.trouble_permille = dice.pick(&[0, 0, 300, 900, 1_000]);
    world.index.trouble_permille = dice.pick(&[0, 0, 0, 300, 900]);
    world.index.forgets_permille = dice.pick(&[0, 0, 0, 0, 200]);
    world.dies_often = matches!(world.worker.fate_mut().death, Death::Sometimes(80));
    world.badly_connected = world.worker.unconnected_permille > 0 || !world.worker.has_certificate;
    world.gateway.switch(switches);
    world.tell_of_beginning();
}

/// How the texts about API v3 differ from each other.
fn oddities_of_v3(usual: Switches, dice: &mut Dice) -> Switches {
    Switches {
        v3_reentry: dice.pick(&[ReentryV3::NewCode, ReentryV3::SameCode]),
        v3_close_unknown: dice.pick(&[CloseUnknown::Accepted, CloseUnknown::Refused]),
        v3_error_codes: dice.pick(&[ErrorCodes::Joined, ErrorCodes::Underscored]),
        v3_transaction_field: dice.pick(&[
            TransactionField::Id,
            TransactionField::TransactionId,
            TransactionField::Both,
        ]),
        ..usual
    }
}

/// One thing happens, or time is to pass: so many milliseconds.
pub(super) fn a_move(world: &mut World) -> i64 {
    match world.dice.below(24) {
        0..=3 => return world.dice.ms(0, 2 * SECOND),
        4..=6 => return world.dice.ms(0, 30 * SECOND),
        7 => return world.dice.ms(0, 6 * MINUTE),
        8 => return world.dice.ms(0, 50 * MINUTE),
        9 | 10 => {
            world.pay();
            // Sometimes the money goes back before anybody here knows that it came.
            if world.dice.chance(60) {
                world.refund_by_hand();
            }
        }
        11 => match world.dice.below(4) {
            0 => world.fail_to_pay(),
            1 => world.cancel(),
            2 => return world.dice.ms(0, 3 * HOUR),
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
        19 | 20 => world.something_in_the_back_office(),
        21 => world.refund_by_hand(),
        22 => match world.dice.below(3) {
            0 => world.set_index_back("the index is restored"),
            _ => world.replay_a_notification(),
        },
        _ => return world.something_rare(),
    }
    0
}

impl World {
    fn pass_up_to(&mut self, ms: i64) {
        let ms = self.dice.ms(0, ms);
        self.pass(ms);
    }

    fn tell_of_beginning(&mut self) {
        let told = self.faults.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let (worker, left_out) = (&self.worker, self.left_out);
        let sentence = format!(
            "faults: [{told}], left out: {left_out:?}, death: {:?}, no connection: {} ‰, slow: {} ‰, certificate: {}",
            worker.disk().fate.death,
            worker.unconnected_permille,
            worker.slow_permille,
            worker.has_certificate
        );
        self.tell(|| sentence);
    }

    /// The order's time ends, and then somebody comes with news of it.
    fn outlive_the_order(&mut self) {
        self.calm();
        self.rest();
        self.pass(order::Terms::DEFAULT_KEEP_MS + 2 * DAY);
        self.replay_a_notification();
    }

    /// The merchant places new orders by the other generation from now on.
    pub(super) fn change_over(&mut self) {
        self.api = if self.api == Api::V2 { self.of } else { Api::V2 };
        self.marks.insert("with a change of the generation".to_owned());
        let to = self.api;
        self.tell(|| format!("new orders are placed by {to:?}"));
    }

    fn something_rare(&mut self) -> i64 {
        let kinds = if self.has_v3() { 7 } else { 4 };
        match self.dice.below(kinds) {
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
            3 => return self.dice.ms(0, 3 * DAY),
            4 | 5 => self.rotate(),
            _ => self.change_over(),
        }
        0
    }
}
