//! Nodes, pads, pipelines, the scheduler and the shared pipeline clock.
