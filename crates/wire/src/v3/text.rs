//! The merchant's own texts on an order or a refund (protocol §9.5, §9.8).
//!
//! Their bounds count *bytes*. The documents say `string[1,127]` and not which unit, and bytes are the
//! strictest reading. The gateway accepts only characters of one to three bytes: no emoji.

use crate::bounded::text_type;

fn of(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len())
        && text.chars().all(|character| character.len_utf8() <= 3 && !character.is_control())
}

text_type!(
    /// `description`: the goods, shown to the payer.
    Description, "a description", "1 to 127 bytes without control characters and emoji", |text| of(text, 127)
);
text_type!(
    /// `attach`: query and notification return it verbatim. Keep buyers' text out of it.
    Attach, "an attach", "1 to 127 bytes without control characters and emoji", |text| of(text, 127)
);
text_type!(
    /// `goods_tag`: a promotion mark.
    GoodsTag, "a goods_tag", "1 to 32 bytes without control characters and emoji", |text| of(text, 32)
);
text_type!(
    /// `reason` of a refund. WeChat may show it to the payer.
    RefundReason, "a reason", "1 to 80 bytes without control characters and emoji", |text| of(text, 80)
);
text_type!(
    /// `merchant_category_code`: what the merchant sells, ISO 18245.
    CategoryCode, "a merchant category code", "four digits",
    |text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_bounded_in_bytes_and_holds_neither_control_characters_nor_emoji() {
        assert!(Description::new("Example Tea House - 茶葉 \"1\" & \\").is_ok());
        assert!(Description::new(&"b".repeat(127)).is_ok());
        assert!(Description::new(&"b".repeat(128)).is_err());
        assert!(Description::new(&"茶".repeat(42)).is_ok());
        assert!(Description::new(&"茶".repeat(43)).is_err());
        for bad in ["", "tea 🍵", "a\nb", "a\u{7F}", "a\u{85}"] {
            assert!(Description::new(bad).is_err(), "{bad:?}");
        }
        assert!(Description::new("\u{FFFD}\u{E9}").is_ok(), "three and two bytes");
        assert!(Attach::new(&"a".repeat(127)).is_ok() && Attach::new(&"a".repeat(128)).is_err());
        assert!(GoodsTag::new(&"a".repeat(32)).is_ok() && GoodsTag::new(&"a".repeat(33)).is_err());
        assert!(RefundReason::new(&"a".repeat(80)).is_ok() && RefundReason::new(&"a".repeat(81)).is_err());
        assert!(CategoryCode::new("5499").is_ok());
        for bad in ["", "549", "54999", "54a9", "５499"] {
            assert!(CategoryCode::new(bad).is_err(), "{bad}");
        }
    }
}
