//! A call of API v3 as it came from the network.

use std::collections::BTreeMap;

/// A call of API v3, before any check.
#[derive(Clone, Copy, Debug)]
pub struct RequestV3<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path and the query, as they were sent: the caller signs these characters.
    pub target: &'a str,
    /// Every header, in the order in which they came.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// Where the caller reached the gateway, such as `http://127.0.0.1:8788`: links to bills begin so.
    pub origin: &'a str,
}

impl<'a> RequestV3<'a> {
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn path(&self) -> &'a str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The parameters of the query, decoded. `None` when one cannot be decoded.
    pub(super) fn query(&self) -> Option<BTreeMap<String, String>> {
        let text = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decoded(name)?, decoded(&value.replace('+', " "))?))
            })
            .collect()
    }
}

/// Undoes percent-encoding.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
