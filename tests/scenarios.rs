//! What a shop does as a whole, in one process and with its roles apart: one file a matter.

mod budget;
mod commands;
mod dashboards;
mod deadline;
mod events;
mod flash_sale;
mod hardening;
mod idempotency;
mod live;
mod privacy;
mod purchase;
mod refusals;
mod roles_apart;
mod trace;
mod webhooks;
