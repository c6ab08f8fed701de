//! In every scene something goes wrong at every point in turn: the process dies before and after each write
//! and each call, a write fails, and a write is done though it fails. Every time the world must come right.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use worlds::world::{Api, Death, Scene, World, scenes, scenes_of_v3};

/// The worlds: of each generation and edition, and of API v3 by the public key and by certificates.
const WORLDS: [(Api, u64); 3] = [(Api::V2, 1), (Api::V3Global, 1), (Api::V3Mainland, 2)];

fn play((_, act): Scene, death: Death, world: &mut World) {
    world.worker.fate_mut().death = death;
    act(world);
    world.end();
}

#[test]
fn a_process_that_dies_or_a_write_that_fails_at_any_point_of_any_scene_leaves_a_world_that_comes_right() {
    std::thread::scope(|scope| {
        for (of, seed) in WORLDS {
            scope.spawn(move || dies_everywhere(of, seed));
        }
    });
}

fn dies_everywhere(of: Api, seed: u64) {
    let mut points_of_all = 0;
    let of_v3 = if of == Api::V2 { vec![] } else { scenes_of_v3() };
    for scene in scenes().into_iter().chain(of_v3) {
        let mut alive = World::of(of, seed, false);
        play(scene, Death::Never, &mut alive);
        let points = alive.worker.disk().fate.points;
        assert!(points > 30, "{}: {points} points", scene.0);
        for point in 0..points {
            points_of_all += 1;
            let mut world = World::of(of, seed, true);
            let played = catch_unwind(AssertUnwindSafe(|| play(scene, Death::At(point), &mut world)));
            if let Err(cause) = played {
                println!("{of:?}, {}, at point {point}\n{}", scene.0, world.story());
                std::panic::resume_unwind(cause);
            }
        }
    }
    println!("{of:?}: {points_of_all} deaths and failures survived");
}
