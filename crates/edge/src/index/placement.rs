//! Which database of the index has the row of an order, and one list out of the lists of several databases.
//! Pure.
//!
//! The databases share the orders by a hash of the number (rendezvous hashing). So a database that is added
//! takes its share from all others, and no order moves between two that were there before. A row that was
//! written before stays where it is until its order writes again. So the same order may be in two databases,
//! and the row with the higher version counts.

use std::cmp::Ordering;

use super::row::Row;

/// The sequence of a list.
#[derive(Clone, Copy)]
pub(crate) enum Sequence {
    /// Orders, the newest first. Of two rows of one order the higher version counts.
    NewestFirst,
    /// Exceptions, the oldest first.
    OldestFirst,
}

impl Sequence {
    /// Which of both comes first. Equal means that both are about the same.
    fn order(self, one: &Row, other: &Row) -> Ordering {
        let places = (one.at_ms, &one.out_trade_no).cmp(&(other.at_ms, &other.out_trade_no));
        match self {
            Self::NewestFirst => places.reverse(),
            Self::OldestFirst => places.then(one.version.cmp(&other.version)),
        }
    }
}

/// Which of so many databases has the row of this order. The answer must stay the same in all releases.
pub(super) fn home(number: &str, databases: usize) -> usize {
    let hash = hash(number);
    (0..databases).max_by_key(|at| mixed(hash, *at)).unwrap_or(0)
}

/// FNV-1a of 64 bits. An order number is a keyed hash itself, so nobody can choose numbers for one database.
fn hash(number: &str) -> u64 {
    number
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The order's own number for this database: the finalizer of SplitMix64.
fn mixed(hash: u64, at: usize) -> u64 {
    let seed = u64::try_from(at).unwrap_or(0).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = hash ^ seed;
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The first rows of all lists together, `limit` at most, each thing once. Every list is sorted, and has
/// `limit` rows unless it has no more. So no row of the result is missing in a list.
pub(super) fn merged(lists: Vec<Vec<Row>>, sequence: Sequence, limit: usize) -> Vec<Row> {
    let mut lists: Vec<_> = lists.into_iter().map(|list| list.into_iter().peekable()).collect();
    let mut merged: Vec<Row> = Vec::new();
    loop {
        let mut first: Option<(usize, &Row)> = None;
        for (at, list) in lists.iter_mut().enumerate() {
            let Some(row) = list.peek() else { continue };
            let is_first = first.is_none_or(|(_, other)| match sequence.order(row, other) {
                Ordering::Less => true,
                Ordering::Equal => row.version > other.version,
                Ordering::Greater => false,
            });
            if is_first {
                first = Some((at, row));
            }
        }
        let Some(row) = first.map(|(at, _)| at).and_then(|at| lists.get_mut(at)?.next()) else {
            return merged;
        };
        if merged.last().is_some_and(|last| sequence.order(last, &row) == Ordering::Equal) {
            continue;
        }
        if merged.len() >= limit {
            return merged;
        }
        merged.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of this time, number and version.
    fn row(at_ms: i64, number: &str, version: u64) -> Row {
        Row { out_trade_no: number.into(), version, at_ms, json: String::new() }
    }

    fn read(rows: &[Row]) -> Vec<(i64, &str, u64)> {
        rows.iter().map(|row| (row.at_ms, row.out_trade_no.as_str(), row.version)).collect()
    }

    fn numbers(count: u32) -> impl Iterator<Item = String> {
        (0..count).map(|at| format!("Hsofdzih6lk5bu2sjsxzitzb5w{at:04}"))
    }

    #[test]
    fn the_home_of_an_order_is_the_same_in_all_releases() {
        let of = |number| [1, 2, 3, 4, 8, 16].map(|databases| home(number, databases));
        assert_eq!(of("Hsofdzih6lk5bu2sjsxzitzb5wztbw"), [0, 1, 1, 1, 6, 13]);
        assert_eq!(of("M7f3kq2zv5n4y6w8x9a1b2c3d4e5f6"), [0, 0, 0, 3, 3, 15]);
        assert_eq!(of("shop|7"), [0, 0, 0, 0, 7, 7]);
        assert_eq!(of(""), [0, 0, 0, 3, 3, 3]);
    }

    #[test]
    fn the_databases_share_the_orders_evenly() {
        for databases in [2, 3, 7, 16] {
            let mut share = vec![0_usize; databases];
            for number in numbers(9_000) {
                share[home(&number, databases)] += 1;
            }
            let fair = 9_000 / databases;
            assert!(share.iter().all(|orders| orders.abs_diff(fair) < fair / 5), "{share:?}");
        }
    }

    #[test]
    fn a_database_that_is_added_takes_its_share_and_no_order_moves_between_the_others() {
        for databases in 1..16 {
            let mut taken = 0;
            for number in numbers(4_000) {
                let (before, after) = (home(&number, databases), home(&number, databases + 1));
                assert!(after == before || after == databases, "{number}: {before} became {after}");
                taken += usize::from(after == databases);
            }
            let fair = 4_000 / (databases + 1);
            assert!(taken.abs_diff(fair) < fair / 3, "{taken} of 4000 to the new one of {}", databases + 1);
        }
    }

    #[test]
    fn a_list_of_one_database_is_the_list() {
        let rows = || vec![row(3, "c", 1), row(2, "b", 1), row(1, "a", 1)];
        assert_eq!(read(&merged(vec![rows()], Sequence::NewestFirst, 3)), read(&rows()));
        assert_eq!(read(&merged(vec![rows()], Sequence::NewestFirst, 2)), read(&rows()[..2]));
        assert_eq!(read(&merged(vec![], Sequence::NewestFirst, 2)), []);
    }

    #[test]
    fn an_order_that_two_databases_have_is_listed_once_as_it_was_written_last() {
        let old = || vec![row(9, "z", 1), row(3, "c", 5), row(1, "a", 1)];
        let new = || vec![row(3, "c", 7), row(3, "b", 1), row(1, "a", 0)];
        let list = [(9, "z", 1), (3, "c", 7), (3, "b", 1), (1, "a", 1)];
        assert_eq!(read(&merged(vec![old(), new()], Sequence::NewestFirst, 9)), list);
        assert_eq!(read(&merged(vec![new(), old()], Sequence::NewestFirst, 9)), list);
    }

    #[test]
    fn two_exceptions_of_one_order_and_moment_are_both_in_the_inbox_and_each_once() {
        let here = vec![row(1, "a", 1), row(1, "a", 2), row(4, "b", 1)];
        let there = vec![row(1, "a", 2), row(2, "c", 1)];
        let inbox = merged(vec![here, there], Sequence::OldestFirst, 9);
        assert_eq!(read(&inbox), [(1, "a", 1), (1, "a", 2), (2, "c", 1), (4, "b", 1)]);
    }

    #[test]
    fn pages_over_several_databases_show_every_order_once_in_sequence() {
        const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
        // Sixty orders, five in each millisecond; every third has an older row in another database.
        let all: Vec<_> =
            (0..60_u32).rev().map(|at| (i64::from(at / 5), NAMES[at as usize % 5], 2)).collect();
        let mut databases: Vec<Vec<(i64, &str, u64)>> = vec![Vec::new(); 3];
        for (at, (at_ms, number, version)) in all.iter().enumerate() {
            databases[at % 3].push((*at_ms, number, *version));
            if at % 3 == 1 {
                databases[2].push((*at_ms, number, 1));
            }
        }
        for limit in [1, 2, 7, 50, 61] {
            let (mut seen, mut after) = (Vec::new(), (i64::MAX, ""));
            loop {
                let page_of = |rows: &Vec<(i64, &str, u64)>| {
                    let later =
                        rows.iter().filter(|(at_ms, number, _)| (*at_ms, *number) < after).take(limit);
                    later.map(|(at_ms, number, version)| row(*at_ms, number, *version)).collect()
                };
                let page = merged(databases.iter().map(page_of).collect(), Sequence::NewestFirst, limit);
                seen.extend(page.iter().map(|row| {
                    *all.iter()
                        .find(|(at_ms, number, version)| {
                            (*at_ms, *number, *version) == (row.at_ms, row.out_trade_no.as_str(), row.version)
                        })
                        .unwrap()
                }));
                match seen.last() {
                    Some((at_ms, number, _)) if page.len() == limit => after = (*at_ms, *number),
                    _ => break,
                }
            }
            assert_eq!(seen, all, "{limit} on a page");
        }
    }
}
