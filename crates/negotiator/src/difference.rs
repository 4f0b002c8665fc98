//! What a change of plan keeps, adds and removes.

use crate::{Plan, Step};

/// The way from one plan to another, in places of steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Steps that are in both: the place in the old plan and in the new one, in the order of the new one.
    pub keep: Vec<(usize, usize)>,
    /// Steps of the new plan that the old one lacks; parents before children.
    pub add: Vec<usize>,
    /// Steps of the old plan that the new one lacks; children before parents.
    pub remove: Vec<usize>,
}

impl Difference {
    /// Whether the converters stay as they are. Sinks may still be fed by others than before.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// What changes between two plans of the same rules. Two steps are the same when rule, input, output and everything
/// before them are.
pub fn difference(old: &Plan, new: &Plan) -> Difference {
    let mut difference = Difference::default();
    let mut old_of: Vec<Option<usize>> = Vec::with_capacity(new.steps.len());
    for (index, step) in new.steps.iter().enumerate() {
        let parent = step.parent.map(|parent| old_of[parent]);
        let same = |candidate: &Step| {
            let same_parent = match (candidate.parent, parent) {
                (None, None) => true,
                (Some(of_old), Some(Some(of_new))) => of_old == of_new,
                _ => false,
            };
            same_parent && (candidate.rule, candidate.input, candidate.output) == (step.rule, step.input, step.output)
        };
        let kept = old.steps.iter().position(same);
        match kept {
            Some(kept) => difference.keep.push((kept, index)),
            None => difference.add.push(index),
        }
        old_of.push(kept);
    }
    difference.remove =
        (0..old.steps.len()).rev().filter(|step| difference.keep.iter().all(|(kept, _)| kept != step)).collect();
    difference
}
