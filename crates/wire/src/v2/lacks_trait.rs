//! For tests: that a type lacks a trait. What is not there cannot be called by mistake.

/// Whether the type is without the trait.
///
/// An associated constant of the type itself goes before one of a trait. The type's own is there only when it
/// has the trait.
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
fn a_trait_that_is_there_is_found() {
    assert!(!lacks!(String: std::fmt::Debug));
    assert!(lacks!(std::sync::mpsc::Sender<String>: std::fmt::Display));
}
