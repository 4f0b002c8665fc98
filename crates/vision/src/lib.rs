//! Computer vision on raw pictures.
