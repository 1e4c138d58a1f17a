//! The catalog: every integration and every tool, by name.

use crate::accept::Wanted;
use crate::lint::{Lint, advice};
use crate::load::{all_faults, load};
use crate::search::{Hit, SearchIndex};
use crate::{CatalogError, Filter, Integration, Tool};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Every integration that was read. It never changes while the gateway runs.
pub struct Catalog {
    integrations: BTreeMap<String, Integration>,
    /// In the order of the files.
    tools: Vec<Arc<Tool>>,
    by_name: HashMap<String, usize>,
    index: SearchIndex,
}

impl Catalog {
    /// The integrations that come with the binary.
    ///
    /// # Errors
    /// When one of them has a fault.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::load(&[])
    }

    /// The integrations that come with the binary, and those of `dirs`. A folder that holds an `integration.yaml` is one
    /// integration; of any other folder, its subfolders that hold one are. A later integration takes the place of an
    /// earlier one of the same name.
    ///
    /// # Errors
    /// The first fault, with file, line, operation and what to do.
    pub fn load(dirs: &[PathBuf]) -> Result<Self, CatalogError> {
        Self::build(load(true, dirs)?)
    }

    /// Only the integrations of `dirs`, which are as in [`Catalog::load`].
    ///
    /// # Errors
    /// As [`Catalog::load`].
    pub fn load_only(dirs: &[PathBuf]) -> Result<Self, CatalogError> {
        Self::build(load(false, dirs)?)
    }

    /// Everything that is wrong with the integrations of a folder, and what an agent would miss in the tools of those that
    /// load.
    #[must_use]
    pub fn lint(dir: &Path) -> Lint {
        let (tools, faults) = all_faults(dir);
        let advice = tools.iter().flat_map(advice).collect();
        Lint { tools: tools.len(), faults, advice }
    }

    fn build(loaded: Vec<crate::load::Loaded>) -> Result<Self, CatalogError> {
        let mut integrations = BTreeMap::new();
        let mut tools: Vec<Arc<Tool>> = Vec::new();
        let mut by_name = HashMap::new();
        for one in loaded {
            for tool in one.tools {
                if let Some(other) = by_name.insert(tool.name.clone(), tools.len()) {
                    return Err(same_name(&tool, &tools[other]));
                }
                tools.push(Arc::new(tool));
            }
            integrations.insert(one.integration.slug.clone(), one.integration);
        }
        let index = SearchIndex::build(&tools, integrations.values()).map_err(|error| {
            let problem = format!("the search index can't be built ({error})");
            CatalogError::new(
                "search",
                None,
                problem,
                "start again; the index needs some 20 MB while it is built",
            )
        })?;
        Ok(Self { integrations, tools, by_name, index })
    }

    pub fn integrations(&self) -> impl ExactSizeIterator<Item = &Integration> {
        self.integrations.values()
    }

    #[must_use]
    pub fn integration(&self, slug: &str) -> Option<&Integration> {
        self.integrations.get(slug)
    }

    #[must_use]
    pub fn tool(&self, name: &str) -> Option<Arc<Tool>> {
        self.by_name.get(name).map(|at| Arc::clone(&self.tools[*at]))
    }

    /// The tools that a filter takes; of one integration, when only its name is given.
    pub fn tools<'f>(&self, filter: impl Into<Filter<'f>>) -> impl Iterator<Item = &Arc<Tool>> {
        let filter = filter.into();
        self.tools.iter().filter(move |tool| filter.takes(tool))
    }

    /// The areas that there are, of one integration or all, each once.
    #[must_use]
    pub fn areas(&self, integration: Option<&str>) -> Vec<&str> {
        let all: BTreeSet<&str> = self.tools(integration).map(|tool| tool.area.as_str()).collect();
        all.into_iter().collect()
    }

    /// The `n` names that are most like this one, the likest first.
    #[must_use]
    pub fn nearest(&self, name: &str, n: usize) -> Vec<&str> {
        let wanted = Wanted::new(name);
        let score = |tool: &Tool| {
            // A tool may have another name than its operation would give it.
            let by_operation = format!("{}{}", tool.integration, tool.operation_id);
            let names = [&tool.name, &tool.operation_id, &by_operation];
            names.into_iter().map(|name| wanted.likeness(name)).fold(0.0, f64::max)
        };
        let mut scored: Vec<(f64, &str)> =
            self.tools.iter().map(|tool| (score(tool), tool.name.as_str())).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(n).map(|(_, name)| name).collect()
    }

    /// The tools that fit a request in plain words, best first: stems, other spellings, slips of the keys, synonyms,
    /// operation ids.
    #[must_use]
    pub fn search<'f>(&self, query: &str, filter: impl Into<Filter<'f>>, limit: usize) -> Vec<Hit> {
        self.index.search(&self.tools, query, filter.into(), limit)
    }
}

fn same_name(tool: &Tool, other: &Tool) -> CatalogError {
    let file = format!("{}/integration.yaml", tool.integration);
    let problem =
        format!("the tool `{}` is one of the integration `{}` already", tool.name, other.integration);
    CatalogError::new(file, None, problem, "give the operation another name with `x-keyferry: { tool: … }`")
        .in_operation(&tool.operation_id)
}
