//! In every scene the process dies at every point in turn: before and after each write and each
//! call. Every time the world must come right.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tests::world::{Death, Scene, World, scenes};

const DAY_MS: i64 = 24 * 60 * 60_000;

fn play((_, act): Scene, death: Death, announces_restarts: bool, world: &mut World) {
    world.worker.death = death;
    world.worker.announces_restarts = announces_restarts;
    act(world);
    world.calm(20 * DAY_MS);
    world.judge();
}

#[test]
fn a_process_that_dies_at_any_point_of_any_scene_leaves_a_world_that_comes_right() {
    let mut deaths = 0;
    for scene in scenes() {
        let mut alive = World::new(1, false);
        play(scene, Death::Never, true, &mut alive);
        let points = alive.worker.points;
        assert!(points > 20, "{}: {points} points", scene.0);
        for point in 0..points {
            for announces_restarts in [true, false] {
                deaths += 1;
                let mut world = World::new(1, true);
                let played = catch_unwind(AssertUnwindSafe(|| {
                    play(scene, Death::At(point), announces_restarts, &mut world)
                }));
                if let Err(cause) = played {
                    println!("{}, death at point {point}\n{}", scene.0, world.story());
                    std::panic::resume_unwind(cause);
                }
            }
        }
    }
    println!("{deaths} deaths survived");
}
