//! The Trellis media graph engine.
