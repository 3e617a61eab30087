//! Connections, the one transaction wrapper and keyset pages.
