//! What tokens can be for (RFC 8707): each door is a resource of its own, and takes only the tokens that are for it.

use super::OAuthError;
use crate::state::Doors;

/// The resource that a request names, when this gateway has it.
///
/// # Errors
/// `invalid_target` for any other.
pub(crate) fn named(doors: &Doors, asked: Option<&str>) -> Result<Option<String>, OAuthError> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(None) };
    let known = [doors.api_resource(), doors.mcp_resource()];
    match known.iter().find(|known| *known == asked) {
        Some(known) => Ok(Some(known.clone())),
        None => {
            let [api, mcp] = known;
            Err(OAuthError::refused("invalid_target", format!("Tokens are made for {api} and {mcp}.")))
        }
    }
}
