//! For tests: checks that a type lacks a trait, so that nobody can use it by mistake.

/// Whether the type lacks the trait.
///
/// Rust prefers an associated constant of the type itself to one of a trait. The type's own constant exists
/// only if the type has the trait.
macro_rules! lacks {
    ($type:ty: $trait:path) => {{
        struct Asked<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code)]
        trait Otherwise {
            const LACKS: bool = true;
        }
        impl<T: ?Sized> Otherwise for Asked<T> {}
        #[allow(dead_code)]
        impl<T: ?Sized + $trait> Asked<T> {
            const LACKS: bool = false;
        }
        <Asked<$type>>::LACKS
    }};
}

pub(crate) use lacks;

#[test]
fn a_present_trait_is_detected() {
    assert!(!lacks!(String: std::fmt::Debug));
    assert!(lacks!(std::sync::mpsc::Sender<String>: std::fmt::Display));
}
