//! Composes the subgraphs' schemas into the supergraph and checks it for breaking changes.
