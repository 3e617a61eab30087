//! Where hive-router asks us: before an operation is planned, before a subgraph is called, and
//! for every error.

use std::sync::Arc;

use async_trait::async_trait;
use hive_router::{
    plugins::{
        hooks::{
            on_graphql_analysis::{OnGraphqlAnalysisHookPayload, OnGraphqlAnalysisHookResult},
            on_graphql_error::{OnGraphQLErrorHookPayload, OnGraphQLErrorHookResult},
            on_graphql_validation::{
                OnGraphQLValidationStartHookPayload, OnGraphQLValidationStartHookResult,
            },
            on_plugin_init::{OnPluginInitPayload, OnPluginInitResult},
            on_subgraph_execute::{
                OnSubgraphExecuteStartHookPayload, OnSubgraphExecuteStartHookResult,
            },
        },
        plugin_context::PluginContext,
        plugin_trait::{RouterPlugin, StartHookPayload as _},
    },
    query_planner::state::supergraph_state::OperationKind,
};

use crate::{caller::Caller, documents, faults};

/// Our plugin's name in hive-router's configuration.
pub(crate) const PLUGIN: &str = "emporium";

/// Holds nothing: everything comes with the operation's `Caller`.
#[derive(Default)]
pub(crate) struct Hooks;

fn caller(context: &PluginContext) -> Option<Arc<Caller>> {
    context
        .get_ref::<Arc<Caller>>()
        .map(|found| Arc::clone(&found))
}

#[async_trait]
impl RouterPlugin for Hooks {
    type Config = serde_json::Value;

    fn plugin_name() -> &'static str {
        PLUGIN
    }

    fn on_plugin_init(payload: OnPluginInitPayload<Self>) -> OnPluginInitResult<Self> {
        payload.initialize_plugin_with_defaults()
    }

    async fn on_graphql_validation<'exec>(
        &'exec self,
        mut payload: OnGraphQLValidationStartHookPayload<'exec>,
    ) -> OnGraphQLValidationStartHookResult<'exec> {
        if let Some(caller) = caller(payload.context)
            && let Some(error) = documents::refuse(&payload.document, caller.wiring.max_selections)
        {
            payload.errors = Some(Arc::new(vec![error]));
        }
        payload.proceed()
    }

    async fn on_graphql_analysis<'exec>(
        &'exec self,
        payload: &mut OnGraphqlAnalysisHookPayload<'exec>,
    ) -> OnGraphqlAnalysisHookResult {
        let Some(caller) = caller(payload.context) else {
            return OnGraphqlAnalysisHookResult::Proceed;
        };
        let operation = payload.filtered_operation_for_plan;
        let kind = match operation.operation_kind {
            Some(OperationKind::Mutation) => "mutation",
            Some(OperationKind::Subscription) => "subscription",
            _ => "query",
        };
        caller.runs(kind, operation.name.as_deref());
        if let Some(public) = &caller.wiring.public
            && public.covers(operation)
        {
            caller.is_public();
        }
        if !caller.wiring.guards.is_empty() {
            payload.filter_operation(move |selection| {
                match caller.wiring.guards.refuse(selection, &caller.viewer) {
                    None => selection.keep(),
                    Some(fault) => selection.reject(faults::graphql(&fault)),
                }
            });
        }
        OnGraphqlAnalysisHookResult::Proceed
    }

    async fn on_subgraph_execute<'exec>(
        &'exec self,
        mut payload: OnSubgraphExecuteStartHookPayload<'exec>,
    ) -> OnSubgraphExecuteStartHookResult<'exec> {
        if let Some(caller) = caller(payload.context)
            && let Some(executor) = caller.wiring.executors.get(payload.subgraph_name)
        {
            payload.executor = Arc::clone(executor);
        }
        payload.proceed()
    }

    fn on_graphql_error<'req>(
        &'req self,
        mut payload: OnGraphQLErrorHookPayload<'req>,
    ) -> OnGraphQLErrorHookResult<'req> {
        let rejected = faults::is_breakers(&payload.error);
        payload.error = faults::settle(payload.error);
        if let Some(caller) = caller(payload.context) {
            if rejected {
                faults::wait(&mut payload.error, caller.wiring.breaker_ms);
            }
            caller.fail();
            if let Some(code) = &payload.error.extensions.code {
                caller.wiring.metrics.error(code);
            }
        }
        payload.proceed()
    }
}
