//! From a proxied request to what would be done.

use super::{ProxyAnswer, ProxyBody, ProxyRequest, Target};
use crate::beneath::Beneath;
use crate::failed::Failed;
use crate::plan::{Plan, accepted};
use crate::request::{CallRequest, Caller};
use crate::subjects::{person_object, subject_hash};
use crate::team_keys::Purpose;
use crate::trail::Trail;
use crate::{Broker, bodies, limits};
use futures::FutureExt;
use keyferry_catalog::{Arguments, Pattern, Tool};
use keyferry_core::{ErrorCode, Failure, FieldFault, Principal};
use keyferry_upstream::RawBody;
use serde_json::{Map, Value};
use std::sync::Arc;

impl Broker {
    pub(super) async fn proxied_now(
        &self,
        principal: &Principal,
        request: ProxyRequest,
    ) -> Result<ProxyAnswer, Failed> {
        let mut trail = Trail::begin(self.now(), None);
        let call = CallRequest { request_id: request.request_id.clone(), ..CallRequest::default() };
        let done = self.proxied(principal, request, &mut trail).await;
        let done = self.answered(principal, &mut trail, &call, done);
        done.map(|answer| ProxyAnswer { meta: trail.meta(call.request_id, self.now()), ..answer })
    }

    async fn proxied(
        &self,
        principal: &Principal,
        request: ProxyRequest,
        trail: &mut Trail,
    ) -> Result<ProxyAnswer, Failure> {
        self.must_be_heard()?;
        let ProxyRequest { target, connection, query, body, .. } = request;
        let beneath = Beneath::new(Caller::of(principal)?, trail.id.clone());
        trail.tool = Some(Arc::clone(&target.recognized.tool));
        let (arguments, raw) = taken(&target, &query, body)?;
        let tool = Arc::clone(&target.recognized.tool);
        let plan = self.plan_of((tool, arguments), connection, trail, &beneath).boxed().await?;
        must_be_of(&plan, &target)?;
        // First: what may not pass leaves nothing of its body, neither people nor their number.
        self.may_pass(&beneath.caller, &plan.doing, plan.consent).await?;
        if let Some(raw) = &raw {
            self.describe_raw(&plan, raw, trail).await?;
        }
        if plan.doing.tool.impact.changes() {
            self.proxy_change(&beneath, &plan, raw, trail).boxed().await
        } else {
            self.proxy_read(&beneath, &plan, raw, trail).boxed().await
        }
    }

    /// What the journal has of a body that passes as it came: who is concerned, and the body itself when it is short.
    async fn describe_raw(&self, plan: &Plan, raw: &RawBody, trail: &mut Trail) -> Result<(), Failure> {
        let (tool, connection) = (&plan.doing.tool, &plan.doing.account.connection);
        let key = self.keys().key(&connection.team, Purpose::Subject).await?;
        let people: Vec<&Pattern> = tool.subjects.iter().collect();
        let people = raw.texts_at(&people);
        if people.len() > limits::PEOPLE {
            let message = format!("The body names more than {} people; nothing was sent.", limits::PEOPLE);
            return Err(Failure::new(ErrorCode::PayloadTooLarge, message).hint("Send less at once."));
        }
        trail.subjects = people.iter().map(|id| subject_hash(&key, id)).collect();
        trail.subjects.sort_unstable();
        trail.subjects.dedup();
        let named = tool.object.iter().flat_map(|object| &object.arguments);
        let named: Vec<Pattern> = named.filter_map(|name| Pattern::parse(&format!("/{name}")).ok()).collect();
        trail.object =
            raw.texts_at(&named.iter().collect::<Vec<_>>()).first().map(|id| person_object(&key, id));
        if raw.length() <= limits::QUEUED_ARGUMENTS {
            let team = &connection.team;
            let part = bodies::Part::Arguments;
            let place = bodies::Place { team, record: trail.id.as_str(), part, began: trail.began };
            let shown = raw.masked(self.body_key_of(tool)?);
            trail.arguments = Some(bodies::seal_json(self.keys(), place, &shown).await?);
        }
        Ok(())
    }

    fn body_key_of(&self, tool: &Tool) -> Result<&str, Failure> {
        let slot = self.integration_of(tool)?.slot(&tool.slot);
        let key = slot.and_then(|slot| slot.also_body.as_deref());
        key.ok_or_else(|| Failure::internal("a raw body for a slot without a body field"))
    }
}

/// The arguments of a request. A body that passes as it came is none of them.
fn taken(target: &Target, query: &str, body: ProxyBody) -> Result<(Arguments, Option<RawBody>), Failure> {
    let tool = target.tool();
    let mut given = target.recognized.arguments.clone();
    tool.read_query(query, &mut given).map_err(|faults| unfit(tool, faults))?;
    let fields = match body {
        ProxyBody::Raw(raw) => return Ok((Arguments::default(), Some(raw))),
        ProxyBody::Json(fields) => fields,
        ProxyBody::Nothing => Map::new(),
    };
    tool.read_body(fields, &mut given).map_err(|faults| unfit(tool, faults))?;
    Ok((accepted(tool, Value::Object(given))?, None))
}

fn unfit(tool: &Tool, faults: Vec<FieldFault>) -> Failure {
    let message = format!("The request is not what `{}` takes; nothing was sent.", tool.name);
    Failure::new(ErrorCode::InvalidArguments, message).faults(faults)
}

/// A client that names an account in the path has to name the connection's.
fn must_be_of(plan: &Plan, target: &Target) -> Result<(), Failure> {
    let own = &plan.doing.account.credential.fields;
    match target.recognized.fields.iter().find(|(field, given)| own.get(field) != Some(given)) {
        None => Ok(()),
        Some((field, _)) => Err(Failure::new(
            ErrorCode::NotFound,
            format!("The path names another `{field}` than the connection's; nothing was sent."),
        )
        .hint("Take the one that the connection's page shows, or another connection: `/proxy/segment@2/…`.")),
    }
}
