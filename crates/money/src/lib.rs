//! Amounts of money as integers of minor units, with checked arithmetic.
