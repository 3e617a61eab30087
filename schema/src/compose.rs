//! Subgraph schemas into one supergraph.

use std::fmt;

use graphql_composition::{Subgraphs, render_federated_sdl};

use crate::guards::arrange;
use crate::roots::complete_roots;

/// Why the subgraphs do not fit together: one message a problem, each naming type, field and subgraph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CompositionErrors {
    /// The problems, in the order in which they were found.
    pub messages: Vec<String>,
}

impl CompositionErrors {
    /// One problem.
    pub(crate) fn one(message: impl Into<String>) -> Self {
        Self {
            messages: vec![message.into()],
        }
    }
}

impl fmt::Display for CompositionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the subgraphs do not compose:")?;
        for message in &self.messages {
            write!(f, "\n  - {message}")?;
        }
        Ok(())
    }
}

/// Composes the subgraphs, each given as (name, federation SDL, URL), into supergraph SDL. The
/// result depends on names and texts alone, not on the order in which they are given.
pub fn compose(subgraphs: &[(&str, &str, &str)]) -> Result<String, CompositionErrors> {
    let mut ordered = subgraphs.to_vec();
    ordered.sort_unstable();
    let mut ingested = Subgraphs::default();
    let mut unreadable = Vec::new();
    for (name, sdl, url) in &ordered {
        if let Err(error) = ingested.ingest_str(&arrange(sdl), name, Some(url)) {
            unreadable.push(format!("subgraph `{name}`: {error}"));
        }
    }
    if !unreadable.is_empty() {
        return Err(CompositionErrors {
            messages: unreadable,
        });
    }
    let graph = graphql_composition::compose(&mut ingested)
        .into_result()
        .map_err(|found| CompositionErrors {
            messages: found.iter_errors().map(str::to_owned).collect(),
        })?;
    let rendered = render_federated_sdl(&graph)
        .map_err(|_| CompositionErrors::one("the supergraph could not be rendered"))?;
    complete_roots(&rendered)
}
