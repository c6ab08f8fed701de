//! JSON in a request's body. Whatever is wrong with one is said in the form of every other refusal.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use serde::de::DeserializeOwned;

use super::control::refused;

pub(crate) struct Document<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Document<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Document<T>, Response> {
        match Json::from_request(request, state).await {
            Ok(Json(document)) => Ok(Document(document)),
            Err(rejection) => Err(refused(rejection.status(), &rejection.body_text())),
        }
    }
}
