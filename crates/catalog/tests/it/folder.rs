//! A small integration in a temporary folder, of which a test changes one file.

use keyferry_catalog::{Catalog, CatalogError, Tool};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const INTEGRATION: &str = r"integration: shop
name: Shop
description: A small shop.
regions: { us: United States }
apis:
  main: { documents: api.yaml, idempotent_by: messageId }
slots:
  key:
    label: Key
    help: On the settings page.
    also_body: shopKey
    fields:
      - { name: space, label: Space, help: Beside the key., pattern: '^[a-z]+$' }
    test:
      call: { tool: shop_list_labels }
";

pub(crate) const API: &str = r##"openapi: 3.1.0
info: { title: Shop, version: v1 }
servers:
  - { url: "https://shop.example", x-keyferry: { region: us } }
security: [{ key: [] }]
paths:
  /labels:
    get:
      operationId: listLabels
      summary: All labels.
      parameters:
        - { name: page.size, in: query, schema: { type: integer, minimum: 1 }, x-keyferry: { argument: limit } }
        - { name: page.cursor, in: query, schema: { type: string }, x-keyferry: { argument: cursor } }
      responses:
        "200": { description: ok, content: { application/json: { schema: { $ref: "#/components/schemas/Labels" } } } }
      x-keyferry:
        pagination: { style: cursor, next: /next, items: /labels }
        safe_defaults: { limit: 50 }
  /items/{itemId}/labels:
    post:
      operationId: addLabels
      summary: Put labels on an item.
      parameters:
        - { name: itemId, in: path, required: true, schema: { type: string, minLength: 1, maxLength: 20 } }
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [labels]
              properties:
                labels:
                  type: array
                  minItems: 1
                  items:
                    $ref: "#/components/schemas/Label"
                    x-keyferry: { shorthand: { split: ":", into: [key, value], tool: shop_list_labels, at: /labels } }
                note: { type: [string, "null"], maxLength: 5 }
      responses: { "200": { description: ok } }
      x-keyferry: { impact: write, object: { kind: item, arguments: [itemId] } }
  /events:
    post:
      operationId: sendEvents
      summary: Send events.
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [events]
              x-keyferry: { max_bytes: 2000 }
              properties:
                events:
                  type: array
                  maxItems: 3
                  items: { $ref: "#/components/schemas/Event" }
                  x-keyferry:
                    faults: { maxItems: { code: payload_too_large, message: Three at most. } }
      responses: { "200": { description: ok } }
      x-keyferry:
        impact: write
        subjects: ["/events/*/userId"]
components:
  securitySchemes: { key: { type: http, scheme: bearer } }
  schemas:
    Label:
      type: object
      required: [key, value]
      properties:
        key: { type: string, minLength: 1 }
        value: { type: string, minLength: 1 }
    Labels:
      type: object
      properties:
        labels: { type: array, items: { $ref: "#/components/schemas/Label" } }
        next: { type: [string, "null"] }
    Person:
      type: object
      anyOf: [{ required: [userId] }, { required: [anonymousId] }]
      x-keyferry:
        max_bytes: 600
        faults: { anyOf: { code: missing_identity, message: Give userId or anonymousId. } }
      properties:
        userId: { type: string, minLength: 1 }
        anonymousId: { type: string, minLength: 1 }
        messageId: { type: string, maxLength: 100, x-keyferry: { made: message_id } }
        sentAt: { type: string, x-keyferry: { made: sent_at } }
    Event:
      allOf: [{ $ref: "#/components/schemas/Person" }]
      required: [type]
      unevaluatedProperties: false
      properties:
        type: { type: string, enum: [track, page] }
        event: { type: string, minLength: 1 }
        timestamp: { type: string, format: date-time }
        count: { type: number }
        traits: { type: object, additionalProperties: true, properties: { firstName: { type: string } } }
      if: { properties: { type: { const: track } }, required: [type] }
      then:
        required: [event]
        x-keyferry: { faults: { required: { code: invalid_arguments, message: A track needs its event. } } }
"##;

/// Writes the two files of one integration into a folder of its name.
pub(crate) fn write(dir: &Path, slug: &str, integration: &str, api: &str) {
    let home = dir.join(slug);
    fs::create_dir(&home).expect("a folder in it");
    fs::write(home.join("integration.yaml"), integration).expect("a file in it");
    fs::write(home.join("api.yaml"), api).expect("a file in it");
}

/// Loads `shop` with these two files.
pub(crate) fn load(integration: &str, api: &str) -> Result<Catalog, CatalogError> {
    let folder = TempDir::new().expect("a temporary folder");
    write(folder.path(), "shop", integration, api);
    Catalog::load_only(&[folder.path().to_owned()]).map_err(|mut error| {
        let path = folder.path().display().to_string();
        error.file = error.file.replace(&path, "DIR");
        error.problem = error.problem.replace(&path, "DIR");
        error
    })
}

pub(crate) fn shop() -> Catalog {
    load(INTEGRATION, API).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn tool(name: &str) -> Arc<Tool> {
    shop().tool(name).unwrap_or_else(|| panic!("no tool {name}"))
}
