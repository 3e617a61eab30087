//! The payments subgraph.
