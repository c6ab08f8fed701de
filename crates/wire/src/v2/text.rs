//! The merchant's own texts on an order or a refund (protocol §3.1, §7.3).
//!
//! Their bounds count *bytes*. The documents say `String(127)` and not which unit, and bytes are the
//! strictest reading. These types refuse characters that XML forbids. They also refuse a text that could be
//! read as another field of the signed text (protocol §10.2, field splicing): a buyer who chooses such a text
//! could cut a genuine notification into a different one.

use crate::bounded::text_type;
use crate::v2::splice::holds_a_field;
use crate::v2::xml::is_xml_char;

fn of(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && text.chars().all(is_xml_char) && !holds_a_field(text)
}

text_type!(
    /// `body`: the goods, shown to the payer. Suggested form: site name – goods.
    Body, "a body", "1 to 127 bytes without control characters or &name=", |text| of(text, 127)
);
text_type!(
    /// `attach`: query and notification return it verbatim. Keep buyers' text out of it (protocol §10.2).
    Attach, "an attach", "1 to 127 bytes without control characters or &name=", |text| of(text, 127)
);
text_type!(
    /// `detail`: goods as JSON text (protocol §3.3). The signature covers it byte for byte.
    Detail, "a detail", "1 to 6000 bytes without control characters or &name=", |text| of(text, 6000)
);
text_type!(
    /// `device_info`: terminal or store; `WEB` for a web page.
    DeviceInfo, "a device_info", "1 to 32 bytes without control characters or &name=", |text| of(text, 32)
);
text_type!(
    /// `goods_tag`: a promotion mark.
    GoodsTag, "a goods_tag", "1 to 32 bytes without control characters or &name=", |text| of(text, 32)
);
text_type!(
    /// `product_id`: the merchant's id of the goods, required for Native payment.
    ProductId, "a product_id", "1 to 32 bytes without control characters or &name=", |text| of(text, 32)
);
text_type!(
    /// `scene_info`: the store as JSON text.
    SceneInfo, "a scene_info", "1 to 256 bytes without control characters or &name=", |text| of(text, 256)
);
text_type!(
    /// `refund_desc`: the reason of a refund. WeChat may show it to the payer.
    RefundDesc, "a refund_desc", "1 to 80 bytes without control characters or &name=", |text| of(text, 80)
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_bounded_in_bytes_and_holds_neither_control_characters_nor_fields() {
        assert!(Body::new("Example Tea House - gift set").is_ok());
        assert!(Body::new(&"b".repeat(127)).is_ok());
        assert!(Body::new(&"b".repeat(128)).is_err());
        assert!(Body::new(&"茶".repeat(42)).is_ok());
        assert!(Body::new(&"茶".repeat(43)).is_err());
        assert!(Body::new("").is_err());
        assert!(Attach::new("tea & cups").is_ok());
        assert!(Attach::new("x&out_trade_no=1").is_err());
        assert!(Attach::new("x\u{1}").is_err());
        assert!(Detail::new(&"d".repeat(6000)).is_ok());
        assert!(Detail::new(&"d".repeat(6001)).is_err());
        assert!(DeviceInfo::new(&"W".repeat(33)).is_err());
        assert!(GoodsTag::new(&"W".repeat(33)).is_err());
        assert!(ProductId::new(&"W".repeat(33)).is_err());
        assert!(SceneInfo::new(&"W".repeat(257)).is_err());
        assert!(RefundDesc::new(&"W".repeat(81)).is_err());
    }
}
