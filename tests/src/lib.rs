//! Whole-shop scenarios through the router, and the house rules as tests.
