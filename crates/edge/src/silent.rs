//! For tests: secrets have no form of text, so no log, no error and no answer can show one by mistake.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use serde::Serialize;

use crate::admin_token::AdminToken;
use crate::config::Config;
use crate::identity::{OrderSecret, OrderSecrets};
use crate::jws::OfferKey;
use crate::webhook::WebhookSecret;

/// Whether the type has none of the traits that make a text of it.
///
/// An associated constant of the type itself goes before one of a trait. The type's own is there only when it has the trait.
macro_rules! is_silent {
    ($type:ty) => {
        is_silent!($type: Debug) && is_silent!($type: Display) && is_silent!($type: Serialize)
    };
    ($type:ty: $trait:path) => {{
        struct Asked<T: ?Sized>(PhantomData<T>);
        #[allow(dead_code)]
        trait Otherwise {
            const IS_SILENT: bool = true;
        }
        impl<T: ?Sized> Otherwise for Asked<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Asked<T> {
            const IS_SILENT: bool = false;
        }
        <Asked<$type>>::IS_SILENT
    }};
}

#[test]
fn no_secret_has_a_form_of_text() {
    assert!(is_silent!(wire::v2::ApiKey));
    assert!(is_silent!(OrderSecret));
    assert!(is_silent!(OrderSecrets));
    assert!(is_silent!(OfferKey));
    assert!(is_silent!(AdminToken));
    assert!(is_silent!(WebhookSecret));
    // It holds them all.
    assert!(is_silent!(Config));
}

#[test]
fn what_can_be_written_is_found_out() {
    assert!(!is_silent!(String));
    assert!(!is_silent!(std::cell::Cell<u8>));
}
