//! The rules of users, pure.
