//! The token that opens `/admin/api`. Pure.

use subtle::ConstantTimeEq;

/// The merchant's own bearer token (`ADMIN_TOKEN`). No Debug, no Display.
pub(crate) struct AdminToken(Vec<u8>);

impl AdminToken {
    /// Takes a random text of at least 32 characters.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        if text.len() >= 32 {
            Ok(Self(text.as_bytes().to_vec()))
        } else {
            Err("it must have at least 32 characters")
        }
    }

    /// Whether the header `Authorization` carries this token; in constant time.
    pub(crate) fn opens(&self, authorization: Option<&str>) -> bool {
        let token = authorization.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
        bool::from(self.0.ct_eq(token.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a token of the tests, of 36 characters";

    #[test]
    fn only_the_whole_token_opens() {
        let token = AdminToken::new(TOKEN).unwrap();
        assert!(token.opens(Some(&format!("Bearer {TOKEN}"))));
        let longer = format!("Bearer {TOKEN}!");
        let shorter = format!("Bearer {}", &TOKEN[..TOKEN.len() - 1]);
        for bad in [
            None,
            Some(""),
            Some("Bearer "),
            Some("Bearer a token"),
            Some(TOKEN),
            Some(&longer),
            Some(&shorter),
        ] {
            assert!(!token.opens(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused() {
        assert!(AdminToken::new("admin").is_err());
        assert!(AdminToken::new(&TOKEN[..31]).is_err());
        assert!(AdminToken::new(&TOKEN[..32]).is_ok());
    }
}
