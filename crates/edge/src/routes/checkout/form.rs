//! The form of a shop's page: `sku` or `offer`, and `quantity`. Pure.

use api::{Goods as Bought, Line, PlaceOrder};

/// The order of one form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    goods: Goods,
    quantity: u32,
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
    /// The shop's page has a mistake: it sent neither or both of `sku` and `offer`.
    Fields,
    /// The shopper has typed no number, or one that is too large.
    Quantity,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`. A sku and an offer contain no character that a form would
    /// encode, so nothing is decoded. The default quantity is 1.
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
        Ok(Self { goods, quantity: quantity.map_err(|_| Unreadable::Quantity)? })
    }

    /// The form as text. [`Form::read`] reads it back.
    pub(super) fn text(&self) -> String {
        match &self.goods {
            Goods::Sku(sku) => format!("sku={sku}&quantity={}", self.quantity),
            Goods::Offer(offer) => format!("offer={offer}&quantity={}", self.quantity),
        }
    }

    /// The cart that the form orders.
    pub(super) fn order(&self) -> PlaceOrder {
        let quantity = self.quantity;
        match &self.goods {
            Goods::Sku(sku) => Bought::Lines(vec![Line { sku: sku.clone(), quantity }]).into(),
            Goods::Offer(offer) => Bought::Offer { offer: offer.clone(), quantity }.into(),
        }
    }
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
        for text in ["sku=tea-gift-set&quantity=2", "offer=a-b_.c.d&quantity=1"] {
            assert_eq!(Form::read(text).unwrap().text(), text);
        }
    }
}
