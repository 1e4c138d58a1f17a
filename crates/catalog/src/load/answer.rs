//! What an output schema says: which strings are secret and whose, and what is left out.

use super::marks::{OperationMarks, ResourceHere, SchemaMarks};
use super::schema::{below, step, without_marks};
use crate::{AnswerShape, Owner, OwnerId, Pattern, SecretPlace};
use serde_json::Value;

pub(super) fn shape(schema: Option<&Value>, marks: &OperationMarks, tool: &str) -> AnswerShape {
    let mut answer = AnswerShape { schema: schema.map(without_marks), ..AnswerShape::default() };
    for secret in &marks.secret {
        answer.secrets.push(SecretPlace {
            at: secret.at.clone(),
            public: Vec::new(),
            owner: Owner {
                kind: secret.resource.kind.clone(),
                id: OwnerId::Argument(secret.resource.argument.clone()),
            },
            place: Some(secret.place.clone()),
        });
    }
    if let Some(schema) = schema {
        let nobody = Owner { kind: tool.to_owned(), id: OwnerId::Nothing };
        collect(schema, &Pattern::root(), &nobody, &mut answer);
    }
    answer
}

fn collect(schema: &Value, at: &Pattern, owner: &Owner, answer: &mut AnswerShape) {
    let marks = SchemaMarks::of(schema);
    let here = marks.resource.as_ref().map(|resource| owner_here(resource, at));
    let owner = here.as_ref().unwrap_or(owner);
    if marks.drop {
        answer.dropped.push(at.clone());
        return;
    }
    for (at, public) in secret_places(schema, &marks, at) {
        answer.secrets.push(SecretPlace { at, public, owner: owner.clone(), place: None });
    }
    for (part, sub) in below(schema) {
        collect(sub, &step(at, part), owner, answer);
    }
}

fn owner_here(resource: &ResourceHere, at: &Pattern) -> Owner {
    let id = OwnerId::Property { depth: at.depth(), name: resource.id.clone() };
    Owner { kind: resource.kind.clone(), id }
}

/// The places that a schema marks secret, each with the public ones below it.
pub(super) fn secret_places(
    schema: &Value,
    marks: &SchemaMarks,
    at: &Pattern,
) -> Vec<(Pattern, Vec<Pattern>)> {
    let mut places = Vec::new();
    if marks.secret {
        let is_text = schema.get("type").is_some_and(|kind| kind == "string");
        let at = if is_text { at.clone() } else { at.with_every_string_below() };
        places.push((at, Vec::new()));
    }
    if let Some(free) = &marks.free_form {
        let public = free.public.iter().map(|pointer| at.join(pointer)).collect();
        places.push((at.with_every_string_below(), public));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arguments;
    use serde_json::json;

    #[test]
    fn list_and_get_name_the_same_place_of_the_same_resource() {
        let source = json!({"type": "object", "x-keyferry": {"resource": {"kind": "source", "id": "id"}}, "properties": {
            "id": {"type": "string"},
            "writeKeys": {"type": "array", "items": {"type": "string", "x-keyferry": {"secret": true}}},
            "settings": {"type": "object", "x-keyferry": {"free_form": {"public": ["/name"]}}},
        }});
        let one = json!({"type": "object", "properties": {"source": source}});
        let many = json!({"type": "object", "properties": {"sources": {"type": "array", "items": source}}});
        let body =
            json!({"id": "s1", "writeKeys": ["k"], "settings": {"name": "n", "deep": {"password": "p"}}});
        let marks = OperationMarks::default();
        let found = |schema: &Value, mut answer: Value| {
            let mut found = Vec::new();
            shape(Some(schema), &marks, "t").visit_secrets(
                &mut answer,
                &Arguments::default(),
                &mut |secret| {
                    found.push(
                        [secret.resource, secret.place.unwrap_or_default(), secret.text].map(str::to_owned),
                    );
                },
            );
            found
        };
        let of_get = found(&one, json!({"source": body}));
        assert_eq!(of_get, found(&many, json!({"sources": [body]})));
        assert_eq!(
            of_get,
            [["source:s1", "/settings/deep/password", "p"], ["source:s1", "/writeKeys/*", "k"]]
        );
    }
}
