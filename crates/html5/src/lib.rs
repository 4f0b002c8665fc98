//! Web pages and browser modules, embedded.
