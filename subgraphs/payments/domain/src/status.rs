//! Where a payment stands.

use serde::{Deserialize, Serialize};

/// Where a payment stands. Changed only by what moves a [`crate::Payment`].
///
/// Edges: Requested → Created → RequiresAction | Processing → Succeeded; a failed attempt leads back to
/// Created; whatever has not succeeded may be Cancelled. The provider has the last word: an intent that shows
/// up after its payment was cancelled here is taken back in, so that it can be cancelled or refunded there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// The order waits for its payment; the provider has not been heard about it.
    Requested,
    /// Open at the provider, waiting for an attempt.
    Created {
        /// The provider's id of the intent.
        intent: String,
    },
    /// The customer has to do something first.
    RequiresAction {
        /// The provider's id of the intent.
        intent: String,
        /// Where they do it.
        url: Option<String>,
    },
    /// The provider works on it.
    Processing {
        /// The provider's id of the intent.
        intent: String,
    },
    /// The money is captured.
    Succeeded {
        /// The provider's id of the intent.
        intent: String,
    },
    /// Given up before any money moved.
    Cancelled {
        /// The provider's id of the intent, when it had one.
        intent: Option<String>,
    },
}

impl Status {
    /// The provider's id of the intent, if there is one.
    pub fn intent(&self) -> Option<&str> {
        match self {
            Self::Requested => None,
            Self::Created { intent }
            | Self::RequiresAction { intent, .. }
            | Self::Processing { intent }
            | Self::Succeeded { intent } => Some(intent),
            Self::Cancelled { intent } => intent.as_deref(),
        }
    }

    /// The name in tables, logs and history.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Created { .. } => "created",
            Self::RequiresAction { .. } => "requires_action",
            Self::Processing { .. } => "processing",
            Self::Succeeded { .. } => "succeeded",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// Whether the payment can still move by an attempt.
    pub const fn is_open(&self) -> bool {
        !matches!(self, Self::Succeeded { .. } | Self::Cancelled { .. })
    }
}
