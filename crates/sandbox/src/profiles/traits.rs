//! `…/traits`: what is known of a profile. Audiences and computed traits are not made here, so `class` narrows to nothing.

use super::Answer;
use super::asked::Asked;
use super::cursor::{QueryMap, flag, given, names, page};
use super::error::ApiError;
use crate::state::{Region, Trait};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::{Map, json};
use std::sync::Arc;

pub(super) async fn list(State(region): State<Arc<Region>>, asked: Asked, query: QueryMap) -> Answer {
    let verbose = flag(&query, "verbose")?;
    let made_by_segment = match given(&query, "class") {
        None => false,
        Some("audience" | "computed_trait") => true,
        Some(_) => return Err(ApiError::validation("class must be audience or computed_trait")),
    };
    let include = names(&query, "include");
    let people = region.people();
    let wanted = |name: &str| !made_by_segment && include.as_ref().is_none_or(|names| names.contains(name));
    let traits = asked.of(&people)?.traits.iter().filter(|(name, _)| wanted(name)).collect();
    let (traits, cursor) = page(&asked, &query, traits)?;
    let shown = |known: &Trait| if verbose { json!(known) } else { known.value.clone() };
    let traits: Map<_, _> = traits.into_iter().map(|(name, known)| (name.clone(), shown(known))).collect();
    Ok(Json(json!({ "traits": traits, "cursor": cursor })).into_response())
}
