//! Two days of orders with planted differences of every kind, in any mixture: each is found, and none is
//! invented. The driver does what the Worker does with a verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use books::{Ask, Context, Cursor, Difference, Doubt, Kind, Known, Ours, Pass, Verdict, end_ms, judge, next};
use proptest::prelude::*;
use wire::v2::WxDate;

const HOUR_MS: i64 = 3_600_000;

/// What is done to one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    Nothing,
    /// Our index lags behind: the order itself knows.
    NotInTheIndex,
    MissingHere,
    MissingHereUntilAsked,
    MissingThere,
    Amount,
    Currency,
    MadeElsewhere,
    Double,
    Reversed,
    Refunded,
    RefundMissingThere,
    RefundAmount,
    RefundClosedHere,
    RefundUnknownUntilAsked,
    RefundByHandLearned,
    RefundByHandUnknown,
    RefundTwice,
    /// Paid a second before midnight, and in the bill of the next day.
    InTheNextBill,
    /// The same, and in no bill.
    InNoBill,
    /// Paid a second after midnight by our clock, and in the bill of the day before.
    InTheBillBefore,
}

const PLANTS: [Plant; 21] = [
    Plant::Nothing,
    Plant::NotInTheIndex,
    Plant::MissingHere,
    Plant::MissingHereUntilAsked,
    Plant::MissingThere,
    Plant::Amount,
    Plant::Currency,
    Plant::MadeElsewhere,
    Plant::Double,
    Plant::Reversed,
    Plant::Refunded,
    Plant::RefundMissingThere,
    Plant::RefundAmount,
    Plant::RefundClosedHere,
    Plant::RefundUnknownUntilAsked,
    Plant::RefundByHandLearned,
    Plant::RefundByHandUnknown,
    Plant::RefundTwice,
    Plant::InTheNextBill,
    Plant::InNoBill,
    Plant::InTheBillBefore,
];

impl Plant {
    /// What the reports of both days must say of it: the day, the kind, and whether it is mended.
    fn expected(self) -> Option<(usize, Kind, bool)> {
        Some(match self {
            Self::Nothing
            | Self::NotInTheIndex
            | Self::Refunded
            | Self::InTheNextBill
            | Self::InTheBillBefore => return None,
            Self::MissingHere => (0, Kind::MissingHere, false),
            Self::MissingHereUntilAsked => (0, Kind::MissingHere, true),
            Self::MissingThere => (0, Kind::MissingThere, false),
            Self::Amount => (0, Kind::Amount, false),
            Self::Currency => (0, Kind::Currency, false),
            Self::MadeElsewhere => (0, Kind::MadeElsewhere, false),
            Self::Double | Self::RefundTwice => (0, Kind::Double, false),
            Self::Reversed => (0, Kind::Unreadable, false),
            Self::RefundMissingThere => (0, Kind::RefundMissingThere, false),
            Self::RefundAmount => (0, Kind::RefundAmount, false),
            Self::RefundClosedHere => (0, Kind::RefundState, false),
            Self::RefundUnknownUntilAsked => (0, Kind::RefundState, true),
            Self::RefundByHandLearned => (0, Kind::RefundMadeElsewhere, true),
            Self::RefundByHandUnknown => (0, Kind::RefundMadeElsewhere, false),
            Self::InNoBill => (1, Kind::MissingThere, false),
        })
    }

    fn has_refund(self) -> bool {
        matches!(
            self,
            Self::Refunded
                | Self::RefundMissingThere
                | Self::RefundAmount
                | Self::RefundClosedHere
                | Self::RefundUnknownUntilAsked
                | Self::RefundByHandLearned
                | Self::RefundByHandUnknown
                | Self::RefundTwice
        )
    }
}

/// One order in the world.
#[derive(Clone, Debug)]
struct InWorld {
    at: usize,
    plant: Plant,
    minor: u64,
    day: WxDate,
    asked: u32,
}

impl InWorld {
    fn number(&self) -> String {
        format!("H{:029}", self.at)
    }

    fn transaction(&self) -> String {
        format!("42000{:023}", self.at)
    }

    fn refund_number(&self) -> String {
        format!("{}-R1", self.number())
    }

    fn paid_at_ms(&self) -> i64 {
        match self.plant {
            Plant::InTheNextBill | Plant::InNoBill => end_ms(self.day) - 1_000,
            Plant::InTheBillBefore => end_ms(self.day) + 1_000,
            _ => self.day.start_epoch_ms() + 12 * HOUR_MS + i64::try_from(self.at).unwrap() * 1_000,
        }
    }

    /// The line of our index.
    fn indexed(&self) -> Option<String> {
        let hidden = [
            Plant::NotInTheIndex,
            Plant::MissingHere,
            Plant::MissingHereUntilAsked,
            Plant::MadeElsewhere,
            Plant::Reversed,
        ];
        let line = format!(
            "{}\t{}\t{}\tHKD\t{}\n",
            self.number(),
            self.transaction(),
            self.minor,
            self.paid_at_ms()
        );
        (!hidden.contains(&self.plant)).then_some(line)
    }

    /// What the order knows.
    fn known(&self) -> Option<Known> {
        if matches!(self.plant, Plant::MadeElsewhere | Plant::Reversed) {
            return None;
        }
        let is_paid = match self.plant {
            Plant::MissingHere => false,
            Plant::MissingHereUntilAsked => self.asked > 0,
            _ => true,
        };
        let payment = self.transaction();
        let payments = if is_paid {
            format!("payment\t{payment}\t{}\tHKD\t{}\t1\n", self.minor, self.paid_at_ms())
        } else {
            String::new()
        };
        let (is_there, elsewhere, status) = match self.plant {
            Plant::RefundByHandUnknown => (false, false, ""),
            Plant::RefundByHandLearned => (true, true, "refunded"),
            Plant::RefundClosedHere => (true, false, "closed"),
            Plant::RefundUnknownUntilAsked if self.asked == 0 => (true, false, "requested"),
            plant => (plant.has_refund(), false, "refunded"),
        };
        let at_ms = self.paid_at_ms() + HOUR_MS;
        let refunds = if is_there {
            let (number, back, elsewhere) = (self.refund_number(), self.minor / 2, u8::from(elsewhere));
            format!("refund\t{number}\t{elsewhere}\t{payment}\t{back}\tHKD\t{status}\t{at_ms}\t{at_ms}\n")
        } else {
            String::new()
        };
        let state = if is_paid { "paid" } else { "closed" };
        let text = format!("order\t{state}\t{}\tHKD\n{payments}{refunds}", self.minor);
        Some(Known::read(&text).unwrap())
    }

    /// The rows of the bill of the first day or of the second.
    fn rows(&self, second: bool) -> Vec<String> {
        let is_of_second = matches!(self.plant, Plant::InTheNextBill);
        let none = matches!(self.plant, Plant::MissingThere | Plant::InNoBill);
        if none || is_of_second != second {
            return Vec::new();
        }
        let row = |state: &str, currency: &str, minor: u64, refund: &str, back: u64, refund_state: &str| {
            let major = |minor: u64| format!("{}.{:02}", minor / 100, minor % 100);
            format!(
                "`2026-03-01 12:00:00,`{},`{},`{state},`{currency},`{},`{refund},`{},`{refund_state},`tea",
                self.transaction(),
                self.number(),
                major(minor),
                major(back)
            )
        };
        let currency = if self.plant == Plant::Currency { "CNY" } else { "HKD" };
        let paid = if self.plant == Plant::Amount { self.minor + 1 } else { self.minor };
        let state = if self.plant == Plant::Reversed { "REVOKED" } else { "SUCCESS" };
        let mut rows = vec![row(state, currency, paid, "0", 0, "")];
        if self.plant == Plant::Double {
            rows.push(rows[0].clone());
        }
        if self.plant.has_refund() && self.plant != Plant::RefundMissingThere {
            let more = u64::from(self.plant == Plant::RefundAmount);
            rows.push(row("REFUND", "HKD", 0, &self.refund_number(), self.minor / 2 + more, "PROCESSING"));
            if self.plant == Plant::RefundTwice {
                rows.push(rows[1].clone());
            }
        }
        rows
    }
}

fn bill(rows: &[String]) -> String {
    let mut text = "\u{FEFF}交易时间,微信订单号,商户订单号,交易状态,货币种类,订单金额,商户退款单号,申请退款金额,退款状态,商品名称\r\n".to_owned();
    for row in rows {
        write!(text, "{row}\r\n").unwrap();
    }
    write!(text, "总交易单数\r\n`{}\r\n", rows.len()).unwrap();
    text
}

/// What is kept from day to day.
#[derive(Default)]
struct Kept {
    noted: BTreeSet<String>,
    carried: Vec<Doubt>,
}

/// The differences of a day.
fn reconcile(
    day: WxDate,
    first: WxDate,
    bill: &str,
    world: &mut [InWorld],
    kept: &mut Kept,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut cursor = Cursor::default();
    let mut lines: BTreeMap<String, u32> = BTreeMap::new();
    loop {
        let mut ours = Ours::new();
        for order in world.iter() {
            if (day.start_epoch_ms()..end_ms(day)).contains(&order.paid_at_ms())
                && let Some(line) = order.indexed()
            {
                ours.add(&line).unwrap();
            }
        }
        ours.sort();
        let mut pass = Pass::new(ours, cursor);
        let end = pass.read(&mut bill.as_bytes()).unwrap();
        assert_eq!(end.faults, None);
        let refunded: Vec<Box<str>> = world
            .iter()
            .filter(|order| order.plant.has_refund())
            .map(|order| order.number().into())
            .collect();
        let passed = pass.end(day, &refunded);
        assert_eq!(passed.unusable, None);
        differences.extend(passed.differences);
        let mut doubts = passed.doubts;
        if passed.next.is_none() {
            doubts.extend(kept.carried.drain(..).map(|doubt| Doubt { carried: true, ..doubt }));
        }
        for doubt in doubts {
            let key = format!("{} {}", doubt.side.as_str(), doubt.key());
            if doubt.side.is_in_the_bill()
                && lines.insert(key, doubt.line).is_some_and(|line| line != doubt.line)
            {
                differences.push(Difference::about(&doubt, Kind::Double));
                continue;
            }
            settle(day, first, doubt, world, kept, &mut differences);
        }
        match passed.next {
            Some(next) => cursor = next,
            None => return differences,
        }
    }
}

fn settle(
    day: WxDate,
    first: WxDate,
    mut doubt: Doubt,
    world: &mut [InWorld],
    kept: &mut Kept,
    differences: &mut Vec<Difference>,
) {
    for looked in 0.. {
        let order = world.iter_mut().find(|order| order.number() == *doubt.number).unwrap();
        let known = order.known();
        let context = Context {
            day,
            known: known.as_ref(),
            is_ours: order.plant != Plant::MadeElsewhere,
            looked,
            was_in_a_bill: &|key| kept.noted.contains(key),
            whole_since_ms: first.start_epoch_ms(),
        };
        let verdict = judge(&doubt, &context);
        if doubt.side.is_in_the_bill() && !matches!(verdict, Verdict::Ask(_)) {
            kept.noted.insert(doubt.key().to_owned());
        }
        match verdict {
            Verdict::Agrees | Verdict::OfAnotherDay => return,
            Verdict::Ask(Ask::WeChat) => doubt.wechat_says = Some("that it is not paid".into()),
            Verdict::Ask(Ask::Order | Ask::Refund) => order.asked += 1,
            Verdict::Tomorrow => {
                kept.carried.push(doubt);
                return;
            }
            Verdict::Differ(mut found) => {
                differences.append(&mut found);
                return;
            }
        }
    }
}

fn check(plants: &[(usize, u64)], turn: usize) {
    let first: WxDate = "20260301".parse().unwrap();
    let mut world: Vec<InWorld> = plants
        .iter()
        .enumerate()
        .map(|(at, (plant, minor))| InWorld {
            at,
            plant: PLANTS[*plant],
            minor: *minor,
            day: first,
            asked: 0,
        })
        .collect();
    let mut kept = Kept::default();
    let mut found: Vec<(usize, Kind, bool, String)> = Vec::new();
    for (index, day) in [first, next(first).unwrap()].into_iter().enumerate() {
        let mut rows: Vec<String> = world.iter().flat_map(|order| order.rows(index == 1)).collect();
        if !rows.is_empty() {
            let turned = turn % rows.len();
            rows.rotate_left(turned);
        }
        for difference in reconcile(day, first, &bill(&rows), &mut world, &mut kept) {
            found.push((index, difference.kind, difference.mended, difference.out_trade_no.into()));
        }
    }
    let mut expected: Vec<_> = world
        .iter()
        .filter_map(|order| {
            let (day, kind, mended) = order.plant.expected()?;
            Some((day, kind, mended, order.number()))
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_planted_difference_of_every_kind_is_found_and_none_is_invented() {
    let every: Vec<_> = (0..PLANTS.len()).map(|plant| (plant, 8_800)).collect();
    check(&every, 0);
    for plant in 0..PLANTS.len() {
        check(&[(plant, 101)], 0);
    }
}

#[test]
fn when_the_index_is_lost_every_order_is_asked_pass_by_pass() {
    let lost = PLANTS.iter().position(|plant| *plant == Plant::NotInTheIndex).unwrap();
    let many: Vec<_> = (0..books::MAX_DOUBTS * 2 + 7).map(|_| (lost, 100)).collect();
    check(&many, 3);
}

#[test]
fn thousands_that_we_do_not_know_are_told_to_the_last() {
    let missing = PLANTS.iter().position(|plant| *plant == Plant::MissingHere).unwrap();
    let many: Vec<_> = (0..books::MAX_DOUBTS + 7).map(|_| (missing, 100)).collect();
    check(&many, 0);
}

#[test]
fn a_bill_that_lacks_thousands_is_told_to_the_last() {
    let lacking = PLANTS.iter().position(|plant| *plant == Plant::MissingThere).unwrap();
    let many: Vec<_> = (0..books::MAX_DOUBTS + 7).map(|_| (lacking, 100)).collect();
    check(&many, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn differences_in_any_mixture_and_sequence_are_found_and_none_is_invented(
        plants in proptest::collection::vec((0..PLANTS.len(), 2_u64..1_000_000_000), 0..60),
        turn in 0_usize..1_000,
    ) {
        check(&plants, turn);
    }
}
