//! The form of a shop's page: `sku` or `offer`, `quantity`, and the shopper's words as `fields.<name>`. Pure.

use api::{Goods as Bought, Line, MAX_FIELDS, PlaceOrder, Texts};

use crate::platform::percent::decode_part;

/// The order of one form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    goods: Goods,
    quantity: u32,
    /// The shopper's words by the names of their fields, encoded as they came.
    words: Vec<(String, String)>,
}

/// Goods from the catalog, or an offer that the merchant has signed.
#[derive(Debug, PartialEq, Eq)]
enum Goods {
    Sku(String),
    Offer(String),
}

/// Why a form orders nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// The shop's page has a mistake: it sent neither or both of `sku` and `offer`, or words that are not
    /// encoded.
    Fields,
    /// The shopper has typed no number, or one that is too large.
    Quantity,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`. A sku and an offer contain no character that a form would
    /// encode, so they are not decoded. The default quantity is 1.
    pub(super) fn read(text: &str) -> Result<Self, Unreadable> {
        let field = |name: &str| {
            let mut pairs = text.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let goods = match (field("sku"), field("offer")) {
            (Some(sku), None) => Goods::Sku(sku.to_owned()),
            (None, Some(offer)) => Goods::Offer(offer.to_owned()),
            (Some(_), Some(_)) | (None, None) => return Err(Unreadable::Fields),
        };
        // Spaces around a number are not a mistake. A form writes them as `+`.
        let quantity = field("quantity").map_or(Ok(1), |text| text.trim_matches('+').parse());
        let words = words(text).ok_or(Unreadable::Fields)?;
        Ok(Self { goods, quantity: quantity.map_err(|_| Unreadable::Quantity)?, words })
    }

    /// The form as text. [`Form::read`] reads it back.
    pub(super) fn text(&self) -> String {
        let mut text = match &self.goods {
            Goods::Sku(sku) => format!("sku={sku}&quantity={}", self.quantity),
            Goods::Offer(offer) => format!("offer={offer}&quantity={}", self.quantity),
        };
        for (name, words) in &self.words {
            for part in ["&", FIELD, name, "=", words] {
                text.push_str(part);
            }
        }
        text
    }

    /// The cart that the form orders.
    pub(super) fn order(&self) -> PlaceOrder {
        let quantity = self.quantity;
        let goods = match &self.goods {
            Goods::Sku(sku) => Bought::Lines(vec![Line { sku: sku.clone(), quantity }]),
            Goods::Offer(offer) => Bought::Offer { offer: offer.clone(), quantity },
        };
        let mut fields = Texts::default();
        for (name, words) in &self.words {
            fields.add(name.clone(), decode_part(&words.replace('+', " ")).unwrap_or_default());
        }
        PlaceOrder { goods, fields }
    }
}

/// How the name of a shopper's field begins in a form.
const FIELD: &str = "fields.";

/// The shopper's words. `None` if they are not encoded as browsers do it, or if there are more fields than
/// any shop asks for.
fn words(text: &str) -> Option<Vec<(String, String)>> {
    let mut all: Vec<(String, String)> = Vec::new();
    for (key, words) in text.split('&').filter_map(|pair| pair.split_once('=')) {
        let Some(name) = key.strip_prefix(FIELD) else { continue };
        // These characters may be in a cookie.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%+*-._".contains(&byte);
        let is_new = !all.iter().any(|(known, _)| known == name);
        let is_good = name.bytes().all(is_plain) && words.bytes().all(is_plain) && is_new;
        decode_part(words).filter(|_| is_good && all.len() < MAX_FIELDS)?;
        all.push((name.to_owned(), words.to_owned()));
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_goods_or_an_offer_and_how_many() {
        let order = |form: &str| Form::read(form).map(|form| form.order());
        let tea = |quantity| PlaceOrder::from(Bought::Lines(vec![Line { sku: "tea".into(), quantity }]));
        assert_eq!(order("sku=tea&quantity=2"), Ok(tea(2)));
        assert_eq!(order("sku=tea&quantity=+2+"), Ok(tea(2)));
        assert_eq!(order("sku=tea"), Ok(tea(1)));
        let offer = PlaceOrder::from(Bought::Offer { offer: "a.b.c".into(), quantity: 3 });
        assert_eq!(order("offer=a.b.c&quantity=3"), Ok(offer));
    }

    #[test]
    fn a_shopper_s_mistake_is_told_from_the_page_s() {
        for quantity in ["x", "", "-1", "1.5", "4294967296", "%EF%BC%91"] {
            let form = format!("sku=tea&quantity={quantity}");
            assert_eq!(Form::read(&form), Err(Unreadable::Quantity), "{form}");
        }
        for form in ["", "quantity=2", "sku", "sku=tea&offer=a.b.c", "SKU=tea"] {
            assert_eq!(Form::read(form), Err(Unreadable::Fields), "{form}");
        }
    }

    #[test]
    fn a_form_comes_back_from_its_text() {
        for text in [
            "sku=tea-gift-set&quantity=2",
            "offer=a-b_.c.d&quantity=1",
            "sku=tea&quantity=1&fields.email=a%40example.com&fields.note=Ring+twice%0D%0A%E8%8C%B6",
        ] {
            assert_eq!(Form::read(text).unwrap().text(), text);
        }
    }

    #[test]
    fn the_shopper_s_words_come_with_the_form() {
        let fields = |form: &str| Form::read(form).map(|form| form.order().fields);
        assert_eq!(
            fields("sku=tea&fields.note=Ring+twice%2C+%E8%8C%B6&fields.email=a%40b.c"),
            Ok(Texts::from([("email", "a@b.c"), ("note", "Ring twice, 茶")]))
        );
        let nine: String = ('a'..='i').map(|name| format!("&fields.{name}=1")).collect();
        for bad in [
            "&fields.note=a%",
            "&fields.note=a;b",
            "&fields.a b=1",
            "&fields.a=%FF",
            "&fields.a=1&fields.a=2",
            &nine,
        ] {
            assert_eq!(Form::read(&format!("sku=tea{bad}")), Err(Unreadable::Fields), "{bad}");
        }
    }
}
