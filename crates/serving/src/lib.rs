//! What every subgraph shares: the Subgraph trait, GraphQL over HTTP and WebSocket, errors, health.
