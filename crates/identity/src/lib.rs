//! Issues and verifies access tokens; who is asking, and what they may do.
