use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|t| t.parse().unwrap()).collect();
    std::panic::set_hook(Box::new(|_| {}));
    let mut seen = BTreeMap::<String, (u64, Vec<u64>)>::new();
    for seed in a[0]..a[1] {
        if let Err(c) = catch_unwind(AssertUnwindSafe(|| tests::world::play(seed, false).came_to())) {
            let m = c
                .downcast_ref::<String>()
                .cloned()
                .or(c.downcast_ref::<&str>().map(|s| s.to_string()))
                .unwrap_or_default();
            let key: String = m
                .split(|c: char| c.is_ascii_digit())
                .collect::<Vec<_>>()
                .join("#")
                .chars()
                .take(260)
                .collect();
            let e = seen.entry(key).or_default();
            e.0 += 1;
            if e.1.len() < 6 {
                e.1.push(seed)
            }
        }
    }
    let mut v: Vec<_> = seen.into_iter().collect();
    v.sort_by_key(|(_, (n, _))| std::cmp::Reverse(*n));
    for (m, (n, s)) in v {
        println!("{n:>6} {s:?} {m}\n");
    }
}
