//! One role a process, on servers that all processes share. What a role is made of is in its own file; how it begins and
//! ends is the same for all.

mod answering;
mod ending;
mod health;
mod key_set;
mod requirements;
mod router;
mod serve;
mod sessions;
mod stand_in;
mod work;

pub(crate) use ending::Signals;
pub(crate) use requirements::{on_servers, problems, refuse_demo};
pub(crate) use serve::{ServeArgs, serve};
