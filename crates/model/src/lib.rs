//! Remote classes declared as data.
