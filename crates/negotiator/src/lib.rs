//! The cheapest conversion tree between caps.
