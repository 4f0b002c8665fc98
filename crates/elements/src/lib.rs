//! Endpoints and filters, bound to their remote classes.
