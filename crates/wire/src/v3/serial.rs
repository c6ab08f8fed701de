//! Serial numbers of certificates and identifiers of public keys (protocol §9.2).

use crate::bounded::text_type;

/// How the identifier of a public key begins.
const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";
/// The longest run of digits after the prefix, and the longest serial number.
const MAX_DIGITS: usize = 64;

text_type!(
    /// Names a key: the serial number of a certificate, or the identifier of a WeChat Pay public key
    /// (`PUB_KEY_ID_…`). It is compared as it is, upper and lower case apart.
    Serial, "a serial number", "1 to 64 hexadecimal digits, or PUB_KEY_ID_ and 1 to 64 digits", serial
);

fn serial(text: &str) -> bool {
    let (digits, is_digit): (&str, fn(&u8) -> bool) = match text.strip_prefix(PUBLIC_KEY_ID) {
        Some(digits) => (digits, u8::is_ascii_digit),
        None => (text, u8::is_ascii_hexdigit),
    };
    (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| is_digit(&byte))
}

impl Serial {
    /// Whether it names a WeChat Pay public key and not a certificate.
    #[must_use]
    pub fn is_of_a_public_key(&self) -> bool {
        self.as_str().starts_with(PUBLIC_KEY_ID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_names_are_accepted_and_nothing_else() {
        for (good, of_a_public_key) in [
            ("4D3C2B1A09F8E7D6C5B4A392817060F5E4D3C2B1", false),
            ("0", false),
            (&*"f".repeat(64), false),
            ("PUB_KEY_ID_0116980023152026030100000000000042", true),
            (&*format!("PUB_KEY_ID_{}", "1".repeat(64)), true),
        ] {
            assert_eq!(Serial::new(good).unwrap().is_of_a_public_key(), of_a_public_key, "{good}");
        }
        for bad in [
            "",
            "PUB_KEY_ID_",
            "PUB_KEY_ID_0A",
            "pub_key_id_01",
            "4D3C 2B",
            "4D:3C",
            "4D3G",
            &*"f".repeat(65),
            &*format!("PUB_KEY_ID_{}", "1".repeat(65)),
            "1\n",
        ] {
            assert!(Serial::new(bad).is_err(), "{bad}");
        }
    }
}
