//! A moment as the catalogue writes it: RFC 3339, as in `2026-03-01T09:00:00+08:00`. Pure.

use wire::v2::WxTime;

/// WeChat's times are read as Chinese clocks show them.
const CHINA_MS: i64 = 8 * 60 * 60 * 1000;

/// The milliseconds since 1970, to the second. `None` if the text is no moment. The offset to UTC is
/// required: without it, nobody knows which moment is meant.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = text.to_ascii_uppercase().replacen('T', " ", 1);
    let (clock, offset) = text.split_at_checked(19)?;
    let offset = match offset.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            (rest.len() < fraction.len()).then_some(rest)?
        }
        None => offset,
    };
    let at_ms = WxTime::parse_dashed(clock).ok()?.epoch_ms().checked_add(CHINA_MS)?;
    at_ms.checked_sub(offset_ms(offset)?)
}

/// `Z`, `+08:00` or `-05:00`.
fn offset_ms(text: &str) -> Option<i64> {
    let [sign, h1, h2, b':', m1, m2] = *text.as_bytes() else { return (text == "Z").then_some(0) };
    let two = |tens: u8, ones: u8| {
        let digit = |byte: u8| char::from(byte).to_digit(10);
        Some(i64::from(digit(tens)?).checked_mul(10)?.saturating_add(i64::from(digit(ones)?)))
    };
    let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset_ms = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60_000)?;
    match sign {
        b'+' => Some(offset_ms),
        b'-' => offset_ms.checked_neg(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_every_zone() {
        for (text, ms) in [
            ("2026-03-01T00:00:00Z", 1_772_323_200_000),
            ("2026-03-01T08:00:00+08:00", 1_772_323_200_000),
            ("2026-02-28T19:00:00.250-05:00", 1_772_323_200_000),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000),
            ("2000-01-01t00:00:00z", 946_684_800_000),
            ("2100-12-31 00:00:00Z", 4_133_894_400_000),
        ] {
            assert_eq!(read(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_not_guessed() {
        for text in [
            "",
            "2026-03-01",
            "2026-03-01T00:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-03-00T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T00:60:00Z",
            "2026-3-1T00:00:00Z",
            "2026-03-01T00:00:00+0800",
            "2026-03-01T00:00:00+24:00",
            "2026-03-01T00:00:00.Z",
            "2026-03-01T00:00:00é08:00",
            "1772323200",
            "tomorrow",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
