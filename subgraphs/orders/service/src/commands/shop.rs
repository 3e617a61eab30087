//! What every command works with.

use std::sync::Arc;

use clock::Clock;
use database::Database;
use identity::Verifier;

use super::wakes::Wakes;
use crate::config::Settings;

/// What every command works with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    pub(crate) settings: Arc<Settings>,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) wakes: Wakes,
}
