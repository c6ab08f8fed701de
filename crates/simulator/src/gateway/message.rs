//! The messages that the gateway writes: flat XML, one element a line, values in CDATA except amounts
//! (protocol §1.3, §11.4).

use super::random::Random;
use super::signature;
use super::switches::FieldOrder;
use wire::v2::SignType;

/// Fields in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<Field>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    value: String,
    markup: Markup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Markup {
    Cdata,
    Bare,
}

impl Fields {
    pub(super) fn text(mut self, name: impl Into<String>, value: impl Into<String>) -> Fields {
        self.0.push(Field { name: name.into(), value: value.into(), markup: Markup::Cdata });
        self
    }

    /// A number without CDATA, as `total_fee` is written.
    pub(super) fn number(mut self, name: impl Into<String>, value: impl ToString) -> Fields {
        self.0.push(Field { name: name.into(), value: value.to_string(), markup: Markup::Bare });
        self
    }

    /// Adds nothing when there is no value: the gateway leaves an absent field out instead of sending it
    /// empty.
    pub(super) fn optional(self, name: &str, value: Option<&str>) -> Fields {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(super) fn append(mut self, mut others: Fields) -> Fields {
        self.0.append(&mut others.0);
        self
    }

    /// Replaces a value at its position, or adds the field at the end.
    pub(super) fn replace(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|field| field.name == name) {
            Some(field) => field.value = value.to_owned(),
            None => {
                self.0.push(Field { name: name.to_owned(), value: value.to_owned(), markup: Markup::Cdata })
            }
        }
    }

    /// Changes the value of a field and of its numbered siblings, such as `refund_fee_0`. Returns whether
    /// there was any.
    pub(super) fn change(&mut self, name: &str, to: impl Fn(&str) -> String) -> bool {
        let is_numbered = |rest: &str| {
            rest.strip_prefix('_')
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let fits = |field: &Field| {
            field.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || is_numbered(rest))
        };
        let mut found = false;
        for field in self.0.iter_mut().filter(|field| fits(field)) {
            field.value = to(&field.value);
            found = true;
        }
        found
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|field| field.name == name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// Names and values, in the order in which they are written.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|field| (field.name.as_str(), field.value.as_str()))
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|field| field.name != name);
    }

    /// Sorted by name, as in notifications.
    pub(super) fn sorted(mut self) -> Fields {
        self.0.sort_by(|one, other| one.name.cmp(&other.name));
        self
    }

    pub(super) fn arranged(mut self, order: FieldOrder, random: &mut Random) -> Fields {
        if order == FieldOrder::Shuffled {
            for last in (1..self.0.len()).rev() {
                self.0.swap(last, (random.next() % (last as u64 + 1)) as usize);
            }
        }
        self
    }

    pub(super) fn sign(&mut self, sign_type: SignType, key: &str) {
        let sign = signature::sign(self.pairs(), sign_type, key);
        self.replace("sign", &sign);
    }

    pub(super) fn to_xml(&self) -> String {
        self.within("xml")
    }

    /// The same fields under another root, for the inside of `req_info`.
    pub(super) fn within(&self, root: &str) -> String {
        let elements: Vec<String> = self.0.iter().map(Field::element).collect();
        format!("<{root}>{}\n</{root}>", elements.join("\n"))
    }
}

impl Field {
    fn element(&self) -> String {
        let Field { name, value, markup } = self;
        match markup {
            Markup::Bare => format!("<{name}>{value}</{name}>"),
            // A value may contain the end of a CDATA section, which is then split over two sections (protocol
            // §10.1).
            Markup::Cdata => {
                format!("<{name}><![CDATA[{}]]></{name}>", value.replace("]]>", "]]]]><![CDATA[>"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_written_as_the_gateway_writes_it() {
        let fields = Fields::default()
            .text("return_code", "SUCCESS")
            .number("total_fee", 8800)
            .optional("attach", None);
        assert_eq!(
            fields.to_xml(),
            "<xml><return_code><![CDATA[SUCCESS]]></return_code>\n<total_fee>8800</total_fee>\n</xml>"
        );
    }

    #[test]
    fn a_value_that_holds_the_end_of_a_section_survives() {
        let xml = Fields::default().text("attach", "a]]>b").to_xml();
        assert!(xml.contains("<![CDATA[a]]]]><![CDATA[>b]]>"), "{xml}");
    }

    #[test]
    fn a_change_reaches_the_numbered_fields_of_a_list_and_no_field_that_only_begins_alike() {
        let mut fields = Fields::default()
            .text("refund_fee_0", "1")
            .text("refund_fee_10", "1")
            .text("refund_fee_type", "HKD")
            .text("coupon_refund_fee_0", "1");
        assert!(fields.change("refund_fee", |_| "2".to_owned()));
        let values: Vec<&str> = fields.pairs().map(|(_, value)| value).collect();
        assert_eq!(values, ["2", "2", "HKD", "1"]);
        assert!(!fields.change("total_fee", |_| "2".to_owned()));
    }

    #[test]
    fn shuffling_moves_fields_and_changes_no_signature() {
        let fields = (0..10).fold(Fields::default(), |fields, n| fields.text(format!("f{n}"), "v"));
        let mut usual = fields.clone();
        let mut shuffled = fields.arranged(FieldOrder::Shuffled, &mut Random::new(1));
        usual.sign(SignType::Md5, "k");
        shuffled.sign(SignType::Md5, "k");
        assert_ne!(usual.to_xml(), shuffled.to_xml());
        assert_eq!(usual.value("sign"), shuffled.value("sign"));
    }
}
