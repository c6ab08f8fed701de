//! The percent-encoding of paths, queries and forms. Pure.

/// Decodes the percent-encoding of a part of a path or query. `None` if it is malformed or not UTF-8.
pub(crate) fn decode_part(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Encodes a text as one part of a path or query.
pub(crate) fn encode_part(text: &str) -> String {
    text.bytes().fold(String::new(), |mut part, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            part.push(char::from(byte));
        } else {
            part.push_str(&format!("%{byte:02X}"));
        }
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_path_comes_back_as_it_was() {
        for text in ["R-1_|*@", "a/b?c#d%20", "茶"] {
            assert_eq!(decode_part(&encode_part(text)).as_deref(), Some(text));
        }
        assert_eq!(encode_part("a/b|c"), "a%2Fb%7Cc");
    }
}
