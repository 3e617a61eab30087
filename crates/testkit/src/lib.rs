//! Test database, test application, GraphQL client.
