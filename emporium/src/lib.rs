#![doc = include_str!("../README.md")]
#![recursion_limit = "256"]

mod answers;
mod banner;
mod cli;
mod commands;
mod control;
mod data_folder;
mod databases;
mod delivery;
mod front;
mod invariants;
mod process;
mod roles;
mod settings;
mod shop;
mod stripe;
mod subgraphs;

pub use cli::{Cli, main};
pub use data_folder::{DataFolder, FolderError};
pub use front::Front;
pub use settings::known_sections;
pub use shop::{Shop, ShopError};
