//! The mask of a QR code: which of eight patterns makes it easiest to scan.
//!
//! ISO/IEC 18004 §7.8: each mask inverts the data modules where its condition holds. The mask with the least
//! penalty is used, and the first one of equals. The penalties are counted with machine words, a row of
//! modules at a time.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "a side has 21 to 41 modules, and every number here is counted from it"
)]

use crate::code::{MAX_SIDE, Row, Rows};

/// The format information of error correction M for each mask, with its own error correction and mask applied
/// (§7.9, table C.1).
const FORMATS: [u16; 8] = [0x5412, 0x5125, 0x5E7C, 0x5B4B, 0x45F9, 0x40CE, 0x4F97, 0x4AA0];

/// Dark, light, three dark, light, dark beside four light ones, in both orders (§7.8.3.1 N3).
const LOOKS_LIKE_A_FINDER: [u16; 2] = [0b000_0101_1101, 0b101_1101_0000];

/// The bits 0, 12, 24 and 36.
const EVERY_TWELFTH: Row = 0x10_0100_1001;

/// The rows under the best mask, its format information in place.
pub(crate) fn best(plain: &Rows, maskable: &Rows, side: usize) -> Rows {
    let (plain_columns, maskable_columns) = (turned(plain, side), turned(maskable, side));
    let mut best = (u32::MAX, *plain);
    for (number, format) in FORMATS.into_iter().enumerate() {
        let (along, across) = periods(number);
        let mut rows = masked(plain, maskable, &along);
        let mut columns = masked(&plain_columns, &maskable_columns, &across);
        write_format(side, format, |x, y, dark| {
            put(&mut rows, x, y, dark);
            put(&mut columns, y, x, dark);
        });
        let penalty = penalty(&rows, &columns, side);
        if penalty < best.0 {
            best = (penalty, rows);
        }
    }
    best.1
}

/// The modules under a mask, by rows or by columns.
fn masked(plain: &Rows, maskable: &Rows, periods: &[Row; 12]) -> Rows {
    let mut rows = *plain;
    for ((row, maskable), period) in rows.iter_mut().zip(maskable).zip(periods.iter().cycle()) {
        *row ^= period & maskable;
    }
    rows
}

/// What a mask inverts, by rows and by columns. Every mask repeats after 12 of each.
fn periods(number: usize) -> ([Row; 12], [Row; 12]) {
    let (mut rows, mut columns) = ([0; 12], [0; 12]);
    for (y, row) in rows.iter_mut().enumerate() {
        for (x, column) in columns.iter_mut().enumerate() {
            if inverts(number, x, y) {
                *row |= EVERY_TWELFTH << x;
                *column |= EVERY_TWELFTH << y;
            }
        }
    }
    (rows, columns)
}

/// The condition of a mask at a column and a row (§7.8.2, table 10).
fn inverts(number: usize, x: usize, y: usize) -> bool {
    let value = match number {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (x / 3 + y / 2) % 2,
        5 => x * y % 2 + x * y % 3,
        6 => (x * y % 2 + x * y % 3) % 2,
        _ => ((x + y) % 2 + x * y % 3) % 2,
    };
    value == 0
}

/// Both copies of the format information (§7.9, figure 25): column, row and colour of each module.
fn write_format(side: usize, format: u16, mut put: impl FnMut(usize, usize, Row)) {
    // Bits 0 to 7 run down column 8, and from the right along row 8. Both skip the timing patterns.
    for bit in 0..15 {
        let dark = Row::from(format >> bit & 1);
        let (x, y) = match bit {
            0..6 => (8, bit),
            6..8 => (8, bit + 1),
            8 => (7, 8),
            _ => (14 - bit, 8),
        };
        put(x, y, dark);
        let (x, y) = if bit < 8 { (side - 1 - bit, 8) } else { (8, side - 15 + bit) };
        put(x, y, dark);
    }
}

fn put(rows: &mut Rows, x: usize, y: usize, dark: Row) {
    if let Some(row) = rows.get_mut(y) {
        *row = *row & !(1 << x) | dark << x;
    }
}

/// How hard the code is to scan (§7.8.3.1).
fn penalty(rows: &Rows, columns: &Rows, side: usize) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
    lines(rows, side)
        + lines(columns, side)
        + 3 * blocks(rows, side)
        + 10 * imbalance(dark, (side * side) as u32)
}

/// The columns of these rows.
fn turned(rows: &Rows, side: usize) -> Rows {
    let mut columns = [0; MAX_SIDE];
    for (y, row) in rows.iter().enumerate().take(side) {
        for (x, column) in columns.iter_mut().enumerate().take(side) {
            *column |= (row >> x & 1) << y;
        }
    }
    columns
}

/// Runs of five or more modules of one colour (3, and one for each beyond five), and what looks like a finder
/// pattern (40 each).
fn lines(rows: &Rows, side: usize) -> u32 {
    let within: Row = (1 << side) - 1;
    rows.iter().take(side).map(|row| runs(*row) + runs(!row & within) + 40 * finders(*row, side)).sum()
}

fn runs(row: Row) -> u32 {
    let fives = row & row >> 1 & row >> 2 & row >> 3 & row >> 4;
    // A run of n ≥ 5 holds n - 4 fives in a row and costs n - 2.
    fives.count_ones() + 2 * (fives & !(fives << 1)).count_ones()
}

fn finders(row: Row, side: usize) -> u32 {
    let places: Row = (1 << (side - 10)) - 1;
    LOOKS_LIKE_A_FINDER
        .iter()
        .map(|pattern| {
            let found = (0..11).fold(places, |found, at| {
                let wanted = if pattern >> at & 1 == 1 { row } else { !row };
                found & wanted >> at
            });
            found.count_ones()
        })
        .sum()
}

/// Squares of two by two modules of one colour, overlapping ones too.
fn blocks(rows: &Rows, side: usize) -> u32 {
    let places: Row = (1 << (side - 1)) - 1;
    rows.iter()
        .zip(rows.iter().skip(1))
        .take(side - 1)
        .map(|(above, below)| {
            (places & !(above ^ above >> 1) & !(below ^ below >> 1) & !(above ^ below)).count_ones()
        })
        .sum()
}

/// How many whole steps of 5 % the share of dark modules differs from one half.
fn imbalance(dark: u32, all: u32) -> u32 {
    (20 * dark).abs_diff(10 * all) / all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The penalty in the words of the standard, module by module.
    fn worded(rows: &Rows, side: usize) -> u32 {
        let dark = |x: usize, y: usize| rows[y] >> x & 1 == 1;
        let mut sum = 0;
        for along_x in [true, false] {
            for line in 0..side {
                let modules: Vec<bool> =
                    (0..side).map(|at| if along_x { dark(at, line) } else { dark(line, at) }).collect();
                for run in modules.chunk_by(|a, b| a == b) {
                    sum += if run.len() >= 5 { run.len() as u32 - 2 } else { 0 };
                }
                for window in modules.windows(11) {
                    let bits = window.iter().fold(0, |bits, dark| bits << 1 | u16::from(*dark));
                    sum += if LOOKS_LIKE_A_FINDER.contains(&bits) { 40 } else { 0 };
                }
            }
        }
        for y in 1..side {
            for x in 1..side {
                let all = [dark(x, y), dark(x - 1, y), dark(x, y - 1), dark(x - 1, y - 1)];
                sum += if all.iter().all(|dark| *dark == all[0]) { 3 } else { 0 };
            }
        }
        let share = rows.iter().map(|row| row.count_ones()).sum::<u32>() as f64 / (side * side) as f64;
        sum + 10 * ((share - 0.5).abs() * 20.0 + 1e-9) as u32
    }

    #[test]
    fn the_penalty_counted_by_rows_equals_the_penalty_of_the_standard() {
        let mut dice = 1_u64;
        for side in [21, 25, 29, 33, 37, 41] {
            let mut rows = [0; MAX_SIDE];
            for row in rows.iter_mut().take(side) {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                // Runs are rare in noise, so some rows get a fixed pattern.
                *row = if dice.is_multiple_of(3) { 0b101_1101_0000_0101_1101_1111_1100 } else { dice }
                    & ((1 << side) - 1);
            }
            assert_eq!(penalty(&rows, &turned(&rows, side), side), worded(&rows, side), "{side}");
        }
    }
}
