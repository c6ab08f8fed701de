//! The total of an order, and the bounds of every price, from the catalog (`cart.rs`) or from an offer
//! (`offer.rs`). Pure.

use order::Details;
use wire::v2::{Body, ProductId};
use wire::{InvalidText, Money};

use super::counted::Counted;

/// The length of `body` that every edition accepts (protocol §3.1), in bytes.
pub(super) const MAX_DESCRIPTION_BYTES: usize = 127;
/// The length of `product_id` (protocol §3.1).
pub(super) const MAX_SKU_BYTES: usize = 32;

/// The total of an order, the texts that WeChat gets for it, and what is kept beside it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    /// The total.
    pub(crate) total: Money,
    /// `body`: the shop's name and the goods.
    pub(crate) description: Body,
    /// `product_id`: the first line's goods.
    pub(crate) product_id: ProductId,
    /// The count of an offer that may make only so many orders.
    pub(crate) counted: Option<Counted>,
    /// The goods, whole, and what the shop and the shopper said. WeChat gets nothing of it.
    pub(crate) details: Details,
}

/// The price of this quantity, unless it is more than one payment can carry.
pub(crate) fn times(amount_minor: u64, quantity: u32) -> Option<u64> {
    amount_minor.checked_mul(u64::from(quantity)).filter(|total| *total <= Money::MAX_MINOR)
}

/// The words for goods in the description.
pub(crate) fn so_many(name: &str, quantity: u32) -> String {
    if quantity == 1 { name.to_owned() } else { format!("{name} x {quantity}") }
}

/// The texts that WeChat gets: the description, shortened if necessary, and the goods that it describes.
pub(crate) fn texts(description: String, sku: &str) -> Result<(Body, ProductId), InvalidText> {
    Ok((Body::new(&shorten(description))?, ProductId::new(sku)?))
}

/// Whether a text can name goods. The name becomes `product_id`.
pub(crate) fn is_sku(text: &str) -> bool {
    (1..=MAX_SKU_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether a text can be seen, and looks like what it is.
pub(crate) fn is_shown(text: &str) -> bool {
    let seen = text.chars().any(|character| !character.is_whitespace() && !is_invisible(character));
    seen && !text.chars().any(misleads)
}

/// Joiners and marks. Some scripts and emoji need them, but alone they are invisible.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2065}' | '\u{FEFF}')
}

/// Whether a character can make a text look like another one: control characters, and the characters by which
/// Unicode embeds, overrides and isolates directions.
pub(crate) fn misleads(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Cuts the text at a character's end so that it fits `body`.
fn shorten(mut text: String) -> String {
    const MARK: &str = "…";
    if text.len() > MAX_DESCRIPTION_BYTES {
        let room = MAX_DESCRIPTION_BYTES.saturating_sub(MARK.len());
        let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push_str(MARK);
    }
    text
}
