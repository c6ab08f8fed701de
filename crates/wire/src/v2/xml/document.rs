//! Walks through a document by quick-xml's events, and refuses anything that a flat message does not have.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, BytesText, Event};

use super::{MAX_BODY_BYTES, XmlError, is_name, is_xml_char};

/// A document that is being read. The reader is inside the root element.
pub(super) struct Document<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    pub(super) bytes: ByteScan,
    /// The reader is inside an element `<a/>`, which has no end event.
    inside_empty: bool,
}

impl<'a> Document<'a> {
    /// Checks size, encoding and prolog, and enters the root element.
    pub(super) fn open(body: &'a [u8], root: &str) -> Result<Self, XmlError> {
        let (text, bytes) = admissible_text(body)?;
        let mut document = Self { text, reader: Reader::from_str(text), bytes, inside_empty: false };
        let mut first = true;
        loop {
            match document.next()? {
                Event::Start(tag) => return document.enter_root(&tag, root, false),
                Event::Empty(tag) => return document.enter_root(&tag, root, true),
                Event::Decl(declaration) if first => check_declaration(&declaration)?,
                Event::Text(between) if is_blank(&between) => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => return Err(XmlError::NotXml),
                Event::Eof => return Err(XmlError::Empty),
                other => return Err(refuse(&other)),
            }
            first = false;
        }
    }

    fn enter_root(mut self, tag: &BytesStart<'_>, root: &str, empty: bool) -> Result<Self, XmlError> {
        if self.name_of(tag, empty)? != root {
            return Err(XmlError::WrongRoot);
        }
        self.inside_empty = empty;
        Ok(self)
    }

    /// Calls `child` with the name of every element inside the current one. `child` must read the element to
    /// its end.
    pub(super) fn children(
        &mut self,
        mut child: impl FnMut(&mut Self, &'a str) -> Result<(), XmlError>,
    ) -> Result<(), XmlError> {
        if std::mem::take(&mut self.inside_empty) {
            return Ok(());
        }
        loop {
            // This matches the event where it is read, without `next`: an event is large, and each field has
            // four.
            let (tag, empty) = match self.reader.read_event() {
                Ok(Event::Text(between)) if is_blank(&between) => continue,
                Ok(Event::Start(tag)) => (tag, false),
                Ok(Event::Empty(tag)) => (tag, true),
                Ok(Event::End(_)) => return Ok(()),
                Ok(Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)) => {
                    return Err(XmlError::StrayText);
                }
                Ok(other) => return Err(refuse(&other)),
                Err(error) => return Err(unreadable(&error)),
            };
            let name = self.name_of(&tag, empty)?;
            self.inside_empty = empty;
            child(self, name)?;
        }
    }

    /// The text of the current element, up to its end.
    pub(super) fn value(&mut self) -> Result<Cow<'a, str>, XmlError> {
        let mut value = Cow::Borrowed("");
        if std::mem::take(&mut self.inside_empty) {
            return Ok(value);
        }
        loop {
            let piece = match self.reader.read_event() {
                Ok(Event::End(_)) => return Ok(value),
                Ok(Event::CData(data)) => data.into_inner(),
                Ok(Event::Text(text)) if ends_cdata(&text) => return Err(XmlError::IllFormed),
                Ok(Event::Text(text)) => text.into_inner(),
                Ok(Event::GeneralRef(reference)) => {
                    value.to_mut().push(resolve(&reference)?);
                    continue;
                }
                Ok(Event::Start(_) | Event::Empty(_)) => return Err(XmlError::Nested),
                Ok(other) => return Err(refuse(&other)),
                Err(error) => return Err(unreadable(&error)),
            };
            let piece = if self.bytes.carriage_return { with_line_feeds(piece) } else { piece };
            if value.is_empty() {
                value = piece;
            } else {
                value.to_mut().push_str(&piece);
            }
        }
    }

    /// Checks that only blanks follow the root.
    pub(super) fn close(&mut self) -> Result<(), XmlError> {
        loop {
            match self.next()? {
                Event::Text(between) if is_blank(&between) => {}
                Event::Eof => return Ok(()),
                Event::Comment(_) => return Err(XmlError::Comment),
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::PI(_) | Event::Decl(_) => return Err(XmlError::ProcessingInstruction),
                Event::Start(_)
                | Event::End(_)
                | Event::Empty(_)
                | Event::Text(_)
                | Event::CData(_)
                | Event::GeneralRef(_) => return Err(XmlError::Trailing),
            }
        }
    }

    fn next(&mut self) -> Result<Event<'a>, XmlError> {
        self.reader.read_event().map_err(|error| unreadable(&error))
    }

    /// The element's name, if it is a field name and the element has no attributes. It borrows from the body,
    /// because the event's own borrow is too short.
    fn name_of(&self, tag: &BytesStart<'_>, empty: bool) -> Result<&'a str, XmlError> {
        let length = tag.name().0.len();
        if length != tag.len() && !tag.attributes_raw().bytes().all(is_blank_byte) {
            return Err(XmlError::Attribute);
        }
        let end = usize::try_from(self.reader.buffer_position()).map_err(|_| XmlError::TooLong)?;
        let after_content = if empty { "/>".len() } else { ">".len() };
        let name = end
            .checked_sub(after_content)
            .and_then(|end| end.checked_sub(tag.len()))
            .and_then(|start| self.text.get(start..)?.get(..length))
            .ok_or(XmlError::IllFormed)?;
        if is_name(name) {
            Ok(name)
        } else if name.contains(':') {
            Err(XmlError::Prefix)
        } else {
            Err(XmlError::Name)
        }
    }
}

/// What one pass over the bytes of a body finds.
#[derive(Clone, Copy, Default)]
pub(super) struct ByteScan {
    forbidden: bool,
    carriage_return: bool,
    pub(super) ampersand: bool,
    beyond_ascii: bool,
}

impl ByteScan {
    /// Looks at eight bytes at a time without a branch, which is fast in a Worker too. Most bodies hold only
    /// plain characters and line feeds. The others are looked at once more.
    fn of(body: &[u8]) -> Self {
        let (words, rest) = body.as_chunks::<8>();
        let (mut remarkable, mut high) = (0, 0);
        for word in words {
            let word = u64::from_ne_bytes(*word);
            let controls = zeros(word & all(0b1110_0000));
            remarkable |= controls & !zeros(word ^ all(b'\n')) | zeros(word ^ all(b'&'));
            high |= word & all(0x80);
        }
        let mut found = Self::one_by_one(rest);
        found.beyond_ascii |= high != 0;
        if remarkable != 0 {
            found.look_closer(words);
        }
        found
    }

    /// Tells the remarkable bytes apart.
    fn look_closer(&mut self, words: &[[u8; 8]]) {
        let (mut forbidden, mut carriage_return, mut ampersand) = (0, 0, 0);
        for word in words {
            let word = u64::from_ne_bytes(*word);
            let controls = zeros(word & all(0b1110_0000));
            let returns = zeros(word ^ all(b'\r'));
            forbidden |= controls & !(zeros(word ^ all(b'\n')) | zeros(word ^ all(b'\t')) | returns);
            carriage_return |= returns;
            ampersand |= zeros(word ^ all(b'&'));
        }
        self.forbidden |= forbidden != 0;
        self.carriage_return |= carriage_return != 0;
        self.ampersand |= ampersand != 0;
    }

    fn one_by_one(body: &[u8]) -> Self {
        let mut found = Self::default();
        for byte in body {
            match byte {
                b'\t' | b'\n' => {}
                b'\r' => found.carriage_return = true,
                b'&' => found.ampersand = true,
                0..b' ' => found.forbidden = true,
                _ => found.beyond_ascii |= !byte.is_ascii(),
            }
        }
        found
    }
}

/// A word that repeats the byte eight times.
const fn all(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Sets the highest bit of every byte that is zero. Adding 127 carries into that bit from any of the other
/// seven.
const fn zeros(word: u64) -> u64 {
    !((word & all(0x7F)).wrapping_add(all(0x7F)) | word) & all(0x80)
}

/// Checks size, UTF-8 and characters, and removes the byte order mark.
fn admissible_text(body: &[u8]) -> Result<(&str, ByteScan), XmlError> {
    if body.len() > MAX_BODY_BYTES {
        return Err(XmlError::TooLong);
    }
    let text = std::str::from_utf8(body).map_err(|_| XmlError::NotUtf8)?;
    let bytes = ByteScan::of(body);
    if bytes.forbidden {
        return Err(if body.contains(&0) { XmlError::Nul } else { XmlError::ForbiddenCharacter });
    }
    if bytes.beyond_ascii && text.contains(['\u{FFFE}', '\u{FFFF}']) {
        return Err(XmlError::ForbiddenCharacter);
    }
    Ok((text.strip_prefix('\u{FEFF}').unwrap_or(text), bytes))
}

/// Accepts `version="1.0"`, then optionally UTF-8 as encoding, then optionally `standalone`.
///
/// This does not use quick-xml's reader of attributes: nothing else needs it, and it adds four kilobytes to a
/// Worker.
fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    let declaration = declaration.replace('\'', "\"");
    let mut parts = declaration.split_ascii_whitespace();
    if (parts.next(), parts.next()) != (Some("xml"), Some("version=\"1.0\"")) {
        return Err(XmlError::IllFormed);
    }
    let mut part = parts.next();
    if let Some(encoding) = part.and_then(|part| part.strip_prefix("encoding=")) {
        if !encoding.eq_ignore_ascii_case("\"utf-8\"") {
            return Err(XmlError::DeclaredEncoding);
        }
        part = parts.next();
    }
    match (part, parts.next()) {
        (None | Some("standalone=\"yes\"" | "standalone=\"no\""), None) => Ok(()),
        (Some(_) | None, _) => Err(XmlError::IllFormed),
    }
}

/// What is wrong with a body that quick-xml cannot read.
fn unreadable(error: &quick_xml::Error) -> XmlError {
    match error {
        quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) => XmlError::IllFormed,
        quick_xml::Error::Syntax(_) => XmlError::Truncated,
        _ => XmlError::IllFormed,
    }
}

/// What is wrong with an event that is not allowed at this place.
fn refuse(event: &Event<'_>) -> XmlError {
    match event {
        Event::DocType(_) => XmlError::Doctype,
        Event::Comment(_) => XmlError::Comment,
        Event::PI(_) | Event::Decl(_) => XmlError::ProcessingInstruction,
        Event::Eof => XmlError::Truncated,
        Event::Start(_)
        | Event::End(_)
        | Event::Empty(_)
        | Event::Text(_)
        | Event::CData(_)
        | Event::GeneralRef(_) => XmlError::IllFormed,
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        numeric if numeric.starts_with('#') => match reference.resolve_char_ref() {
            Ok(Some(character)) if is_xml_char(character) => Ok(character),
            Ok(_) | Err(_) => Err(XmlError::ForbiddenCharacter),
        },
        _ => Err(XmlError::Entity),
    }
}

fn with_line_feeds(piece: Cow<'_, str>) -> Cow<'_, str> {
    if piece.contains('\r') { Cow::Owned(piece.replace("\r\n", "\n").replace('\r', "\n")) } else { piece }
}

/// Plain text may not hold `]]>`. Most text has no `>` at all, and that is faster to check.
fn ends_cdata(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'>') && text.contains("]]>")
}

fn is_blank(text: &BytesText<'_>) -> bool {
    text.bytes().all(is_blank_byte)
}

const fn is_blank_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_at_every_position_of_a_word() {
        for (length, around) in (0..20).flat_map(|length| [(length, b'x'), (length, b'\n')]) {
            for at in 0..length {
                let with = |byte: u8| {
                    let mut body = vec![around; length];
                    body[at] = byte;
                    let bytes = ByteScan::of(&body);
                    (bytes.forbidden, bytes.carriage_return, bytes.ampersand, bytes.beyond_ascii)
                };
                for byte in 0..=u8::MAX {
                    let expected = (
                        byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r'),
                        byte == b'\r',
                        byte == b'&',
                        byte >= 0x80,
                    );
                    assert_eq!(with(byte), expected, "{byte:#04x} at {at} of {length}");
                }
            }
        }
    }
}
