//! What a shop outlives: processes and servers that are killed, clocks that differ, disks that fill. One at a time, each with
//! servers of its own.

mod broker;
mod disk_full;
mod kill;
mod outages;
mod skew;
mod slow_database;
mod subscribers;
