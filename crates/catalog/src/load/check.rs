//! What can only be checked once every tool of an integration is read: names that point to each other.

use super::schema::{self, There};
use super::{Document, Origin};
use crate::accept::nearest_name;
use crate::{CatalogError, Change, Integration, Pattern, SlotTest, Tool, ToolRef};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Tools = [(Tool, Origin)];

/// Checks an integration's tools against each other, and fills in what follows from another tool's answer.
pub(super) fn check(
    home: &Document,
    integration: &Integration,
    tools: &mut Tools,
    is_new: bool,
) -> Vec<CatalogError> {
    let mut faults = same_names(tools);
    for index in 0..tools.len() {
        match fields_of_before(&tools[index], tools) {
            Ok(Some(fields)) => {
                tools[index].0.before.iter_mut().for_each(|before| before.fields.clone_from(&fields));
            }
            Ok(None) => {}
            Err(fault) => faults.push(fault),
        }
    }
    for one in &*tools {
        let check = Check { one, tools, slug: &integration.slug };
        faults.extend(check.names());
        // What comes with the binary is tried by the tests; trying it compiles every schema.
        if is_new {
            faults.extend(check.trials());
        }
    }
    faults.extend(slot_tests(home, integration, tools).err());
    faults
}

fn same_names(tools: &Tools) -> Vec<CatalogError> {
    let fault = |(index, (tool, origin)): (usize, &(Tool, Origin))| {
        let (_, other) = tools[..index].iter().find(|(other, _)| other.name == tool.name)?;
        let problem = format!("the tool `{}` is {} of {} already", tool.name, other.operation, other.file);
        Some(origin.fault("", problem, "give one of them another name with `tool`"))
    };
    tools.iter().enumerate().filter_map(fault).collect()
}

fn find<'t>(tools: &'t Tools, name: &str) -> Option<&'t Tool> {
    tools.iter().map(|(tool, _)| tool).find(|tool| tool.name == name)
}

fn arguments_of(tool: &Tool) -> impl Iterator<Item = &String> {
    tool.input_schema["properties"].as_object().into_iter().flat_map(|properties| properties.keys())
}

/// A `set` without fields is about every argument that the state has a field of the same name for.
fn fields_of_before(
    (tool, origin): &(Tool, Origin),
    tools: &Tools,
) -> Result<Option<BTreeMap<String, String>>, CatalogError> {
    let Some(before) = tool.before.as_ref().filter(|before| before.fields.is_empty()) else {
        return Ok(None);
    };
    match before.change {
        Change::Delete => return Ok(None),
        Change::Append | Change::Remove => {
            let mend = "say which field of the state changes: `fields: { FIELD: ARGUMENT }`";
            return Err(origin.fault("/before", "`before` has no `fields`", mend));
        }
        Change::Set => {}
    }
    let read = find(tools, &before.read.tool).and_then(|read| read.answer.schema.as_ref());
    let state = match read.map(|schema| schema::at(schema, &before.state())) {
        Some(There::Known(state)) => state,
        _ => &Value::Null,
    };
    let body = tool.request.body.as_ref().map(|body| body.fields.as_slice()).unwrap_or_default();
    let in_state =
        |argument: &&String| state.pointer("/properties").is_some_and(|p| p.get(argument).is_some());
    let fields: BTreeMap<String, String> = body
        .iter()
        .map(|(argument, _)| argument)
        .filter(in_state)
        .map(|name| (name.clone(), name.clone()))
        .collect();
    if fields.is_empty() && find(tools, &before.read.tool).is_some() {
        let mend = "name the fields with `fields`, or correct `at`";
        return Err(origin.fault("/before", "no argument has the name of a field of that state", mend));
    }
    Ok(Some(fields))
}

struct Check<'c> {
    one: &'c (Tool, Origin),
    tools: &'c Tools,
    slug: &'c str,
}

impl Check<'_> {
    fn names(&self) -> Vec<CatalogError> {
        let checks = [
            self.prose(),
            self.reads_or_reasons(),
            self.own_arguments(),
            self.own_answer(),
            self.references(),
            self.secret_inputs(),
        ];
        checks.into_iter().filter_map(Result::err).collect()
    }

    /// What is found only by trying it.
    fn trials(&self) -> Vec<CatalogError> {
        [self.defaults(), self.examples()].into_iter().filter_map(Result::err).collect()
    }

    fn fault(&self, at: &str, problem: impl Into<String>, mend: impl Into<String>) -> CatalogError {
        self.one.1.fault(at, problem, mend)
    }

    /// What reads a state and why there is none can't both stand.
    fn reads_or_reasons(&self) -> Result<(), CatalogError> {
        let (tool, _) = self.one;
        let both = [
            ("before", tool.before.is_some() && tool.no_before.is_some()),
            ("affected", !tool.affected.is_empty() && tool.no_affected.is_some()),
        ];
        both.iter().find(|(_, both)| *both).map_or(Ok(()), |(key, _)| {
            let problem = format!("`{key}` and `no_{key}` contradict each other");
            Err(self.fault(&format!("/no_{key}"), problem, "keep one of them"))
        })
    }

    /// Every tool that the guidance names in backticks exists.
    fn prose(&self) -> Result<(), CatalogError> {
        let guidance = &self.one.0.guidance;
        let texts = [
            ("/when_to_use", &guidance.when_to_use),
            ("/ask_before", &guidance.ask_before),
            ("/prerequisites", &guidance.prerequisites),
            ("/follow_ups", &guidance.follow_ups),
        ];
        for (at, lines) in texts {
            for (index, line) in lines.iter().enumerate() {
                self.tools_in(&format!("{at}/{index}"), line)?;
            }
        }
        let tool = &self.one.0;
        let single = [
            ("/if_unknown", &tool.if_unknown),
            ("/no_before", &tool.no_before),
            ("/no_affected", &tool.no_affected),
        ];
        single
            .into_iter()
            .filter_map(|(at, line)| Some((at, line.as_ref()?)))
            .try_for_each(|(at, line)| self.tools_in(at, line))
    }

    fn tools_in(&self, at: &str, line: &str) -> Result<(), CatalogError> {
        let prefix = format!("{}_", self.slug);
        let quoted = line.split('`').skip(1).step_by(2);
        let mut unknown = quoted.filter(|name| name.starts_with(&prefix) && find(self.tools, name).is_none());
        unknown.next().map_or(Ok(()), |name| Err(self.no_tool(at, name)))
    }

    fn no_tool(&self, at: &str, name: &str) -> CatalogError {
        let names = self.tools.iter().map(|(tool, _)| tool.name.as_str());
        let mend = match nearest_name(name, names) {
            Some(near) => format!("correct the name; `{near}` exists"),
            None => "correct the name, or add the operation".to_owned(),
        };
        self.fault(at, format!("the tool `{name}` does not exist"), mend)
    }

    /// What names an argument of this tool names one that it has.
    fn own_arguments(&self) -> Result<(), CatalogError> {
        let (tool, _) = self.one;
        for name in tool.object.iter().flat_map(|object| &object.arguments) {
            self.argument("/object/arguments", tool, name)?;
        }
        if let Some(pagination) = &tool.pagination {
            self.argument("/pagination", tool, &pagination.limit)?;
            self.argument("/pagination", tool, &pagination.cursor)?;
        }
        for name in tool.quota.iter().filter_map(|quota| quota.argument.as_ref()) {
            self.argument("/quota", tool, name)?;
        }
        for (at, pattern) in self.patterns_in_arguments() {
            if schema::at(&tool.input_schema, pattern) == There::Nothing {
                let problem = format!("`{pattern}` is no place of the arguments");
                return Err(self.fault(&at, problem, "correct the pointer; it begins with an argument"));
            }
        }
        Ok(())
    }

    fn patterns_in_arguments(&self) -> impl Iterator<Item = (String, &Pattern)> {
        let (tool, _) = self.one;
        let subjects = tool.subjects.iter().enumerate().map(|(index, at)| (format!("/subjects/{index}"), at));
        subjects.chain(tool.secret_inputs.iter().map(|secret| ("/secret_input".to_owned(), &secret.at)))
    }

    fn argument(&self, at: &str, tool: &Tool, name: &str) -> Result<(), CatalogError> {
        if arguments_of(tool).any(|argument| argument == name) {
            return Ok(());
        }
        let names = arguments_of(tool).map(String::as_str);
        let mend = match nearest_name(name, names) {
            Some(near) => format!("correct the name; `{near}` is one"),
            None => "correct the name".to_owned(),
        };
        Err(self.fault(at, format!("`{name}` is no argument of `{}`", tool.name), mend))
    }

    /// Pointers into this tool's own answer.
    fn own_answer(&self) -> Result<(), CatalogError> {
        let (tool, _) = self.one;
        if let Some(pagination) = &tool.pagination {
            for pattern in [Some(&pagination.items), pagination.next.as_ref(), pagination.total.as_ref()] {
                pattern.map_or(Ok(()), |pattern| self.in_answer("/pagination", tool, pattern))?;
            }
        }
        tool.answer.secrets.iter().try_for_each(|secret| self.in_answer("/secret", tool, &secret.at))
    }

    fn in_answer(&self, at: &str, tool: &Tool, pattern: &Pattern) -> Result<(), CatalogError> {
        let schema = tool.answer.schema.as_ref().unwrap_or(&Value::Null);
        if schema::at(schema, pattern) != There::Nothing {
            return Ok(());
        }
        let problem = format!("`{pattern}` is no place of the answer of `{}`", tool.name);
        Err(self.fault(at, problem, "correct the pointer, or add the place to the output schema"))
    }

    fn references(&self) -> Result<(), CatalogError> {
        let (tool, _) = self.one;
        if let Some(before) = &tool.before {
            let read = self.reference("/before", &before.read)?;
            self.in_answer("/before/at", read, &before.at)?;
            for (at, pairs) in [("/before/match", &before.matching), ("/before/fields", &before.fields)] {
                for (field, argument) in pairs {
                    self.argument(at, tool, argument)?;
                    self.in_answer(at, read, &before.state().key(field))?;
                }
            }
        }
        for (index, affected) in tool.affected.iter().enumerate() {
            let at = format!("/affected/{index}");
            let read = self.reference(&at, &affected.read)?;
            let item = affected.at.any();
            for pointer in [Some(&affected.id), affected.name.as_ref()].into_iter().flatten() {
                self.in_answer(&at, read, &item.join(pointer))?;
            }
        }
        tool.shorthands().try_for_each(|shorthand| {
            let Some(list) = find(self.tools, &shorthand.tool) else {
                return Err(self.no_tool("", &shorthand.tool));
            };
            shorthand.into.iter().try_for_each(|name| self.in_answer("", list, &shorthand.at.any().key(name)))
        })
    }

    /// The tool exists, and the arguments that are handed over exist on both sides and are all that it needs.
    fn reference(&self, at: &str, reference: &ToolRef) -> Result<&Tool, CatalogError> {
        let Some(target) = find(self.tools, &reference.tool) else {
            return Err(self.no_tool(at, &reference.tool));
        };
        for (theirs, ours) in &reference.arguments {
            self.argument(at, target, theirs)?;
            self.argument(at, &self.one.0, ours)?;
        }
        let required = target.input_schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let mut missing =
            required.filter_map(Value::as_str).filter(|name| !reference.arguments.contains_key(*name));
        missing.next().map_or(Ok(target), |name| {
            let problem = format!("`{}` needs `{name}`, which is not handed over", reference.tool);
            Err(self.fault(at, problem, format!("add it to `arguments`: {{ {name}: OUR_ARGUMENT }}")))
        })
    }

    /// Each look-up finds a secret of that resource at that place.
    fn secret_inputs(&self) -> Result<(), CatalogError> {
        for lookup in self.one.0.secret_inputs.iter().filter_map(|secret| secret.lookup.as_ref()) {
            let target = self.reference("/secret_input", &lookup.find)?;
            self.argument("/secret_input", &self.one.0, &lookup.id)?;
            let wanted = lookup.place.to_string();
            let holds = |secret: &crate::SecretPlace| {
                secret.owner.kind == lookup.kind && secret.place_pattern() == wanted
            };
            if !target.answer.secrets.iter().any(holds) {
                let problem =
                    format!("`{}` answers no secret of a `{}` at `{wanted}`", target.name, lookup.kind);
                let mend = "correct `as`, or mark the place secret in its output schema";
                return Err(self.fault("/secret_input", problem, mend));
            }
        }
        Ok(())
    }

    fn defaults(&self) -> Result<(), CatalogError> {
        let (tool, _) = self.one;
        for (argument, value) in &tool.guidance.safe_defaults {
            let at = format!("/safe_defaults/{argument}");
            self.argument("/safe_defaults", tool, argument)?;
            let only = json!({ "type": "object", "properties": { argument: tool.input_schema["properties"][argument] } });
            if !jsonschema::options()
                .with_pattern_options(jsonschema::PatternOptions::regex())
                .build(&only)
                .is_ok_and(|check| check.is_valid(&json!({ argument: value })))
            {
                return Err(self.fault(
                    &at,
                    format!("the default of `{argument}` does not fit its schema"),
                    "correct the value",
                ));
            }
        }
        Ok(())
    }

    /// Every example is a call that would be taken.
    fn examples(&self) -> Result<(), CatalogError> {
        let (tool, _) = self.one;
        for (index, example) in tool.guidance.examples.iter().enumerate() {
            if let Err(wrong) = tool.accept(Value::Object(example.args.clone())) {
                let faults: Vec<String> =
                    wrong.faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.message)).collect();
                let problem = format!("an example would be refused ({})", faults.join("; "));
                return Err(self.fault(
                    &format!("/examples/{index}"),
                    problem,
                    "correct the example or the schema",
                ));
            }
        }
        Ok(())
    }
}

fn slot_tests(home: &Document, integration: &Integration, tools: &Tools) -> Result<(), CatalogError> {
    for slot in &integration.slots {
        let line = home.root.dig(&["slots", &slot.name, "test"]).map(|node| node.line);
        let fault = |problem: String, mend: &str| Err(home.fault(line, problem, mend));
        let (name, arguments) = match &slot.test {
            SlotTest::None => continue,
            SlotTest::Call { tool, arguments, .. } => (tool, Some(arguments)),
            SlotTest::Member { tool, .. } => (tool, None),
        };
        let Some(tool) = find(tools, name) else {
            return fault(format!("the tool `{name}` does not exist"), "correct the name");
        };
        if let Some(Err(_)) = arguments.map(|arguments| tool.accept(Value::Object(arguments.clone()))) {
            return fault(format!("`{name}` would refuse these arguments"), "correct `arguments`");
        }
        if let SlotTest::Member { at, .. } = &slot.test {
            let schema = tool.answer.schema.as_ref().unwrap_or(&Value::Null);
            if schema::at(schema, at) == There::Nothing {
                return fault(format!("`{at}` is no place of the answer of `{name}`"), "correct `at`");
            }
        }
    }
    Ok(())
}
