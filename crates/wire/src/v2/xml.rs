//! Strict reading of the gateway's XML (protocol §10.1): one flat document, in which every child of the root
//! holds only text.
//!
//! It refuses: DOCTYPE, entities other than the five predefined and numeric ones, comments, processing
//! instructions, attributes, prefixes, repetition, nesting, text between elements, anything after the root,
//! characters that XML forbids, and other encodings. It accepts forms that mean the same: an XML declaration,
//! a byte order mark, blanks between elements, `<a/>` for an empty element, and values split over several
//! CDATA sections.
//!
//! It does not trim values. Line ends become `\n`, as XML 1.0 §2.11 demands of every reader.

mod document;
mod error;

pub use error::XmlError;

use std::borrow::Cow;

use document::{ByteScan, Document};

/// The longest body that is read (protocol §10.1). The largest genuine messages have a few KiB. A full page
/// of refunds with three coupons each has 11 KiB (`8a` of `tests/vectors`). Bills are not XML.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The most elements that a message may have: a full page of a refund query, the message with the most
/// fields, and room for more.
pub const MAX_FIELDS: usize =
    ENVELOPE_FIELDS + REFUNDS_A_PAGE * (FIELDS_A_REFUND + MAX_COUPONS * FIELDS_A_COUPON);
/// The longest element name.
pub const MAX_NAME_BYTES: usize = 64;

/// Twice the fields of a refund query outside its refunds, to leave room for later ones: 12 of the envelope
/// (protocol §1.3), 8 about the order (protocol §7.5), and `cash_fee_type`, which this crate reads and
/// protocol §7.5 does not list.
const ENVELOPE_FIELDS: usize = 42;
/// A page of a refund query has ten refunds (protocol §7.5).
const REFUNDS_A_PAGE: usize = 10;
/// A listed refund has 11 fields of its own, and global answers may add `cash_refund_fee_$n` (protocol §7.5).
/// There is room for four more.
const FIELDS_A_REFUND: usize = 16;
/// A coupon of a refund has a type, an id and an amount (protocol §7.5). The fourth is the batch
/// (`coupon_refund_batch_id`), which the reference does not list.
const FIELDS_A_COUPON: usize = 4;
/// The most coupons of one payment or refund. No document says how many a payment may have, and more than a
/// handful have not been seen. With twenty per refund, a full page still fits into [`MAX_BODY_BYTES`].
pub(crate) const MAX_COUPONS: usize = 20;
/// The most rows of a settlement answer. We ask for at most ten, as protocol §8.3 advises.
const MAX_GROUPS: usize = 40;

/// Room for the fields of an ordinary message, so that the list need not grow. It stays below the kilobyte
/// above which allocators are slow.
const USUAL_FIELDS: usize = 24;

/// One element. It borrows from the body unless its value consists of several pieces.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Cow<'a, str>,
}

/// The elements of one nested group of a settlement answer (protocol §8.3).
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    pub(crate) name: &'a str,
    pub(crate) fields: SortedFields<'a>,
}

/// A character that XML 1.0 allows.
pub(crate) const fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..)
}

/// A byte that a field name may have after its first.
pub(crate) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// A field name: a letter or `_`, then at most 63 letters, digits, `_`, `-` or `.`.
pub(crate) fn is_name(name: &str) -> bool {
    match name.as_bytes() {
        [first, rest @ ..] => {
            (first.is_ascii_alphabetic() || *first == b'_')
                && rest.len() < MAX_NAME_BYTES
                && rest.iter().copied().all(is_name_byte)
        }
        [] => false,
    }
}

/// The fields of a document, sorted by the bytes of their names.
#[derive(Clone, Debug)]
pub(crate) struct SortedFields<'a> {
    pub(crate) fields: Vec<Field<'a>>,
    /// Whether a value may hold an ampersand. It cannot if the whole body has none, not even as `&amp;`.
    pub(crate) may_hold_ampersand: bool,
}

impl<'a> SortedFields<'a> {
    fn new(bytes: ByteScan) -> Self {
        Self { fields: Vec::with_capacity(USUAL_FIELDS), may_hold_ampersand: bytes.ampersand }
    }

    /// Inserts a field in order. The gateway sends most messages sorted, so this is usually the end.
    fn insert(&mut self, field: Field<'a>) -> Result<(), XmlError> {
        if self.fields.len() >= MAX_FIELDS {
            return Err(XmlError::TooManyFields);
        }
        if self.fields.last().is_none_or(|last| last.name < field.name) {
            self.fields.push(field);
            return Ok(());
        }
        match self.fields.binary_search_by(|known| known.name.cmp(field.name)) {
            Ok(_) => Err(XmlError::Repeated),
            Err(place) => {
                self.fields.insert(place, field);
                Ok(())
            }
        }
    }
}

/// Reads a flat document.
pub(crate) fn read_flat<'a>(body: &'a [u8], root: &str) -> Result<SortedFields<'a>, XmlError> {
    let mut document = Document::open(body, root)?;
    let mut sorted = SortedFields::new(document.bytes);
    document.children(|document, name| sorted.insert(Field { name, value: document.value()? }))?;
    document.close()?;
    Ok(sorted)
}

/// Reads a document in which an element holds fields of its own if its name begins with `prefix`.
pub(crate) fn read_grouped<'a>(
    body: &'a [u8],
    prefix: &str,
) -> Result<(SortedFields<'a>, Vec<Group<'a>>), XmlError> {
    let mut document = Document::open(body, "xml")?;
    let mut sorted = SortedFields::new(document.bytes);
    let mut groups: Vec<Group<'a>> = Vec::new();
    document.children(|document, name| {
        if !name.starts_with(prefix) {
            return sorted.insert(Field { name, value: document.value()? });
        }
        if groups.len() >= MAX_GROUPS {
            return Err(XmlError::TooManyFields);
        }
        if groups.iter().any(|group| group.name == name) {
            return Err(XmlError::Repeated);
        }
        let mut inner = SortedFields::new(document.bytes);
        document.children(|document, name| inner.insert(Field { name, value: document.value()? }))?;
        groups.push(Group { name, fields: inner });
        Ok(())
    })?;
    document.close()?;
    Ok((sorted, groups))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;

    fn read(body: &str) -> Result<Vec<(String, String)>, XmlError> {
        let sorted = read_flat(body.as_bytes(), "xml")?;
        Ok(sorted
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), field.value.clone().into_owned()))
            .collect())
    }

    fn value(inner: &str) -> Result<String, XmlError> {
        read(&format!("<xml><a>{inner}</a></xml>")).map(|fields| fields[0].1.clone())
    }

    #[test]
    fn fields_come_sorted_by_bytes_and_blanks_between_them_do_not_matter() {
        let fields = read("<xml> <b>2</b>\n\t<a>1</a><B/>\r\n<_><![CDATA[]]></_></xml>\n").unwrap();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("B", ""), ("_", ""), ("a", "1"), ("b", "2")]);
    }

    #[test]
    fn a_value_is_borrowed_unless_it_has_several_pieces() {
        let fields =
            read_flat(b"<xml><a>1</a><b><![CDATA[2 & 3]]></b><c>x&amp;y</c></xml>", "xml").unwrap().fields;
        let borrowed: Vec<_> = fields.iter().map(|field| matches!(field.value, Cow::Borrowed(_))).collect();
        assert_eq!(borrowed, [true, true, false]);
    }

    #[test]
    fn values_are_decoded_and_not_trimmed() {
        assert_eq!(value("  x  ").unwrap(), "  x  ");
        assert_eq!(value(" <![CDATA[ y ]]> ").unwrap(), "  y  ");
        assert_eq!(value("<![CDATA[a]]]]><![CDATA[>b]]>").unwrap(), "a]]>b");
        assert_eq!(value("&lt;&gt;&amp;&quot;&apos;&#65;&#x4e2d;").unwrap(), "<>&\"'A中");
        assert_eq!(value("<![CDATA[&amp;]]>").unwrap(), "&amp;");
        assert_eq!(value("a\r\nb\rc<![CDATA[\r\n]]>").unwrap(), "a\nb\nc\n");
        assert_eq!(value("a&#13;b").unwrap(), "a\rb");
        assert_eq!(value("a > b ]] > ]>").unwrap(), "a > b ]] > ]>");
    }

    #[test]
    fn a_byte_order_mark_and_a_declaration_are_accepted() {
        let xml = "<xml><a>1</a></xml>";
        for prolog in
            ["\u{FEFF}", "<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='UTF-8'?>\n", "\n  "]
        {
            assert_eq!(read(&format!("{prolog}{xml}")).unwrap().len(), 1, "{prolog:?}");
        }
        for (declaration, error) in [
            ("<?xml version='1.0' encoding='GBK'?>", XmlError::DeclaredEncoding),
            ("<?xml version='1.0' encoding='utf-16' standalone='yes'?>", XmlError::DeclaredEncoding),
            ("<?xml version='1.1'?>", XmlError::IllFormed),
            ("<?xml ?>", XmlError::IllFormed),
            ("<?xml encoding='utf-8' version='1.0'?>", XmlError::IllFormed),
            ("<?xml version='1.0' standalone='maybe'?>", XmlError::IllFormed),
            ("<?xml version='1.0' standalone='yes' more='1'?>", XmlError::IllFormed),
            ("<?xml version='1.0' encoding='utf-8' encoding='gbk'?>", XmlError::IllFormed),
            ("\n<?xml version='1.0'?>", XmlError::ProcessingInstruction),
            ("<?xml version='1.0'?><?xml version='1.0'?>", XmlError::ProcessingInstruction),
        ] {
            assert_eq!(read(&format!("{declaration}{xml}")), Err(error), "{declaration}");
        }
    }

    #[test]
    fn blanks_inside_tags_do_not_matter() {
        assert_eq!(read("<xml ><a\n>1</a >\n<b\t/></xml >").unwrap().len(), 2);
    }

    #[test]
    fn each_forbidden_construct_is_named() {
        for (body, error) in [
            ("", XmlError::Empty),
            (" \n", XmlError::Empty),
            ("{\"a\":1}", XmlError::NotXml),
            ("<![CDATA[x]]>", XmlError::NotXml),
            ("<html><a>1</a></html>", XmlError::WrongRoot),
            ("<XML></XML>", XmlError::WrongRoot),
            ("<!DOCTYPE xml><xml></xml>", XmlError::Doctype),
            ("<xml><!DOCTYPE xml></xml>", XmlError::Doctype),
            ("<xml></xml><!DOCTYPE xml>", XmlError::Doctype),
            ("<!-- c --><xml></xml>", XmlError::Comment),
            ("<xml><!-- c --></xml>", XmlError::Comment),
            ("<xml><a>1<!-- c -->2</a></xml>", XmlError::Comment),
            ("<xml></xml><!-- c -->", XmlError::Comment),
            ("<?p q?><xml></xml>", XmlError::ProcessingInstruction),
            ("<xml><a><?p q?></a></xml>", XmlError::ProcessingInstruction),
            ("<xml></xml><?p q?>", XmlError::ProcessingInstruction),
            ("<xml a='1'></xml>", XmlError::Attribute),
            ("<xml><a b='1'>1</a></xml>", XmlError::Attribute),
            ("<xml><a b='1'/></xml>", XmlError::Attribute),
            ("<xml><w:a>1</w:a></xml>", XmlError::Prefix),
            ("<xml><1>1</1></xml>", XmlError::Name),
            ("<xml><中>1</中></xml>", XmlError::Name),
            ("<xml><a><b>1</b></a></xml>", XmlError::Nested),
            ("<xml><a><b/></a></xml>", XmlError::Nested),
            ("<xml>x<a>1</a></xml>", XmlError::StrayText),
            ("<xml><![CDATA[x]]><a>1</a></xml>", XmlError::StrayText),
            ("<xml>&amp;</xml>", XmlError::StrayText),
            ("<xml><a>1</a><b>2</b><a>1</a></xml>", XmlError::Repeated),
            ("<xml><a>&b;</a></xml>", XmlError::Entity),
            ("<xml><a>&AMP;</a></xml>", XmlError::Entity),
            ("<xml><a>&#0;</a></xml>", XmlError::ForbiddenCharacter),
            ("<xml><a>&#x1F;</a></xml>", XmlError::ForbiddenCharacter),
            ("<xml><a>&#xFFFE;</a></xml>", XmlError::ForbiddenCharacter),
            ("<xml><a>&#x110000;</a></xml>", XmlError::ForbiddenCharacter),
            ("<xml><a>&#;</a></xml>", XmlError::ForbiddenCharacter),
            ("<xml><a>\u{1}</a></xml>", XmlError::ForbiddenCharacter),
            ("<xml><a>\u{FFFF}</a></xml>", XmlError::ForbiddenCharacter),
            ("<xml><a>\0</a></xml>", XmlError::Nul),
            ("<xml></xml><xml></xml>", XmlError::Trailing),
            ("<xml></xml>x", XmlError::Trailing),
            ("<xml></xml>&amp;", XmlError::Trailing),
            ("<xml></xml><![CDATA[]]>", XmlError::Trailing),
            ("<xml></xml><a/>", XmlError::Trailing),
            ("<xml><a>1</a>", XmlError::Truncated),
            ("<xml><a>1", XmlError::Truncated),
            ("<xml><a><![CDATA[1]]", XmlError::Truncated),
            ("<xml><a", XmlError::Truncated),
            ("<xml><a>1</b></xml>", XmlError::IllFormed),
            ("<xml><a>]]></a></xml>", XmlError::IllFormed),
            ("<xml><a>a & b</a></xml>", XmlError::IllFormed),
            ("<xml></xml></xml>", XmlError::IllFormed),
            ("<xml><!X></xml>", XmlError::IllFormed),
        ] {
            assert_eq!(read(body), Err(error), "{body}");
        }
    }

    #[test]
    fn an_empty_root_is_a_message_without_fields() {
        assert_eq!(read("<xml/>"), Ok(Vec::new()));
        assert_eq!(read("<xml></xml>"), Ok(Vec::new()));
        assert_eq!(read("<xml/><a/>"), Err(XmlError::Trailing));
    }

    #[test]
    fn the_bounds_are_these() {
        assert_eq!((MAX_BODY_BYTES, MAX_FIELDS, MAX_NAME_BYTES), (65_536, 1_002, 64));
    }

    #[test]
    fn sizes_are_bounded_and_the_bound_itself_is_admitted() {
        let of_length = |length: usize| format!("<xml><a>{}</a></xml>", "x".repeat(length - 18));
        assert!(read(&of_length(MAX_BODY_BYTES)).is_ok());
        assert_eq!(read(&of_length(MAX_BODY_BYTES + 1)), Err(XmlError::TooLong));

        let of_fields = |count: usize| {
            let fields: String = (0..count).map(|n| format!("<a{n}/>")).collect();
            format!("<xml>{fields}</xml>")
        };
        assert_eq!(read(&of_fields(MAX_FIELDS)).unwrap().len(), MAX_FIELDS);
        assert_eq!(read(&of_fields(MAX_FIELDS + 1)), Err(XmlError::TooManyFields));

        let of_name = |length: usize| format!("<xml><{0}>1</{0}></xml>", "n".repeat(length));
        assert!(read(&of_name(MAX_NAME_BYTES)).is_ok());
        assert_eq!(read(&of_name(MAX_NAME_BYTES + 1)), Err(XmlError::Name));
    }

    #[test]
    fn other_encodings_are_refused() {
        assert_eq!(read_flat(b"<xml><a>\xD6\xD0</a></xml>", "xml").err(), Some(XmlError::NotUtf8));
    }

    #[test]
    fn groups_are_read_one_level_deep_and_only_under_their_prefix() {
        let (fields, groups) =
            read_grouped(b"<xml><n>2</n><g_0><a>1</a></g_0><g_1><b>2</b><a>3</a></g_1></xml>", "g_").unwrap();
        assert_eq!(fields.fields.len(), 1);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[1].name, "g_1");
        assert_eq!(groups[1].fields.fields[0].name, "a");
        for (body, error) in [
            ("<xml><h_0><a>1</a></h_0></xml>", XmlError::Nested),
            ("<xml><g_0><a><b/></a></g_0></xml>", XmlError::Nested),
            ("<xml><g_0><a/></g_0><g_0><a/></g_0></xml>", XmlError::Repeated),
            ("<xml><g_0><a/><a/></g_0></xml>", XmlError::Repeated),
            ("<xml><g_0>text</g_0></xml>", XmlError::StrayText),
        ] {
            assert_eq!(read_grouped(body.as_bytes(), "g_").err(), Some(error), "{body}");
        }
        let many: String = (0..=MAX_GROUPS).map(|n| format!("<g_{n}/>")).collect();
        let many = format!("<xml>{many}</xml>");
        assert_eq!(read_grouped(many.as_bytes(), "g_").err(), Some(XmlError::TooManyFields));
    }

    #[test]
    fn every_error_belongs_to_size_encoding_or_parse() {
        assert_eq!(XmlError::TooLong.stage(), Stage::Size);
        for error in [XmlError::NotUtf8, XmlError::Nul, XmlError::DeclaredEncoding, XmlError::Packing] {
            assert_eq!(error.stage(), Stage::Encoding);
        }
        for error in [XmlError::Empty, XmlError::Doctype, XmlError::Repeated, XmlError::IllFormed] {
            assert_eq!(error.stage(), Stage::Parse);
        }
    }
}
