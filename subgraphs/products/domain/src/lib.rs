//! The rules of products, pure.
