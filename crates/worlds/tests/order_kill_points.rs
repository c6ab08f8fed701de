//! In every scene something goes wrong at every point in turn: the process dies before and after each write
//! and each call, a write fails, and a write is done though it fails. Every time the world must come right.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    reason = "tests read files and tell what they found"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use worlds::world::{Death, Scene, World, scenes};

fn play((_, act): Scene, death: Death, world: &mut World) {
    world.worker.fate_mut().death = death;
    act(world);
    world.end();
}

#[test]
fn a_process_that_dies_or_a_write_that_fails_at_any_point_of_any_scene_leaves_a_world_that_comes_right() {
    let mut points_of_all = 0;
    for scene in scenes() {
        let mut alive = World::new(1, false);
        play(scene, Death::Never, &mut alive);
        let points = alive.worker.disk().fate.points;
        assert!(points > 30, "{}: {points} points", scene.0);
        for point in 0..points {
            points_of_all += 1;
            let mut world = World::new(1, true);
            let played = catch_unwind(AssertUnwindSafe(|| play(scene, Death::At(point), &mut world)));
            if let Err(cause) = played {
                println!("{}, at point {point}\n{}", scene.0, world.story());
                std::panic::resume_unwind(cause);
            }
        }
    }
    println!("{points_of_all} deaths and failures survived");
}
