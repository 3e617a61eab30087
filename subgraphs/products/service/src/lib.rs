//! The products subgraph.
