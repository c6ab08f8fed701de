//! Two orders of one merchant beside each other, one of API v2 and one of API v3: two worlds with one gateway
//! and one clock.
//!
//! The gateway is always in the world that acts, and the other world has an empty one in its place.
//! Deliveries about the other's order are given to the other world.

use std::mem;

use simulator::gateway::{Gateway, Switches};

use super::api::Api;
use super::history::{a_move, prepare};
use super::{LONGEST_WAIT_MS, ROUNDS, World, merchant};

/// Two orders, their Workers and shoppers, and the one gateway.
pub struct Beside {
    worlds: [World; 2],
    /// Which world has the gateway.
    acting: usize,
    now_ms: i64,
}

impl Beside {
    /// One order of API v2 and one of this generation, in which nothing has happened yet.
    #[must_use]
    pub fn new(of: Api, seed: u64, tells: bool) -> Self {
        let mut worlds = [World::of(of, seed, tells), World::of(of, seed ^ 0x5EED, tells)];
        let [first, second] = &mut worlds;
        first.api = Api::V2;
        first.placed_by = Api::V2;
        second.number = merchant::NUMBERS[1];
        // One merchant verifies in one way.
        second.worker.trust = first.worker.trust;
        second.kill();
        second.gateway = Gateway::new(vec![], Switches::default(), 0);
        let now_ms = first.now_ms;
        Self { worlds, acting: 0, now_ms }
    }

    /// What has happened in both, one after the other.
    #[must_use]
    pub fn story(&self) -> String {
        self.worlds.iter().map(World::story).collect::<Vec<_>>().join("\nbeside it\n")
    }

    /// What both came to.
    #[must_use]
    pub fn came_to(self) -> Vec<String> {
        self.worlds.into_iter().flat_map(World::came_to).collect()
    }

    /// The world of one order, which acts now.
    fn world(&mut self, which: usize) -> &mut World {
        if self.acting != which {
            let [first, second] = &mut self.worlds;
            mem::swap(&mut first.gateway, &mut second.gateway);
            self.acting = which;
        }
        let world = &mut self.worlds[which];
        world.now_ms = world.now_ms.max(self.now_ms);
        world
    }

    /// Lets one world act, and gives the other what came for it.
    fn act<T>(&mut self, which: usize, act: impl FnOnce(&mut World) -> T) -> T {
        let world = self.world(which);
        let acted = act(world);
        let (now_ms, came) = (world.now_ms, mem::take(&mut world.for_the_other));
        self.now_ms = self.now_ms.max(now_ms);
        for delivery in came {
            self.world(1 - which).deliver(delivery);
        }
        acted
    }

    fn both(&mut self, mut act: impl FnMut(&mut World)) {
        self.act(0, &mut act);
        self.act(1, &mut act);
    }

    /// The world in which something happens next, and when.
    fn next_event(&mut self) -> Option<(i64, usize)> {
        let acting = self.acting;
        // The gateway's own events count for the world that has it.
        let at_ms = |which: usize| Some((self.worlds[which].next_event_ms()?, which));
        [at_ms(acting), at_ms(1 - acting)].into_iter().flatten().min()
    }

    fn pass(&mut self, ms: i64) {
        let until_ms = self.now_ms + ms;
        while let Some((at_ms, which)) = self.next_event().filter(|(at_ms, _)| *at_ms <= until_ms) {
            self.act(which, |world| world.happen(at_ms));
        }
        self.now_ms = self.now_ms.max(until_ms);
    }

    fn rest(&mut self) {
        let until_ms = self.now_ms + LONGEST_WAIT_MS;
        while !self.worlds.iter().all(World::is_at_rest) {
            let Some((at_ms, which)) = self.next_event().filter(|(at_ms, _)| *at_ms <= until_ms) else {
                break;
            };
            self.act(which, |world| world.happen(at_ms));
        }
        assert!(self.worlds.iter().all(World::is_at_rest), "something waits for ever");
    }

    /// As [`World::end`], for both.
    fn end(&mut self) {
        self.both(World::calm);
        self.rest();
        self.both(|world| {
            if world.has_untold_refunds() {
                world.compare_books();
            }
        });
        self.rest();
        self.both(World::mend_index);
        self.both(World::judge);
        for round in 0..ROUNDS {
            let mut acted = false;
            self.both(|world| acted |= world.act_on_attention(round));
            if !acted {
                break;
            }
            self.rest();
            self.both(World::judge);
        }
        self.both(|world| world.judge_end());
    }
}

/// Plays a random history of both orders to its end and judges it.
///
/// # Panics
/// When something is not as it must be.
pub fn play_beside(beside: &mut Beside) {
    // What goes wrong at the gateway goes wrong for both.
    beside.act(0, prepare);
    beside.act(1, prepare);
    let [first, second] = &mut beside.worlds;
    first.faults.clone_from(&second.faults);
    first.left_out = second.left_out;
    first.api = Api::V2;
    second.api = second.of;
    beside.both(|world| {
        let first_look = world.dice.ms(5_000, 60_000);
        world.open_page(first_look);
    });
    beside.pass(8_000);
    beside.both(World::pay);
    let moves = 8 + beside.worlds[0].dice.below(30);
    for _ in 0..moves {
        let which = usize::from(beside.worlds[0].dice.chance(500));
        let ms = beside.act(which, a_move);
        beside.pass(ms);
    }
    beside.end();
}
