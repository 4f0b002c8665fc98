//! Converters: the nodes that the negotiator may insert, and the registry that a pipeline takes them from.

use crate::Node;
use std::fmt;
use std::sync::Arc;
use trellis_media::Format;
use trellis_negotiator::Rule;

/// Makes a node for one pair of formats. Cheap: what takes time is opened by the node on its first item.
pub type MakeNode = Arc<dyn Fn(&Format, &Format) -> Box<dyn Node> + Send + Sync>;

/// A kind of converter: what it turns into what, and how to make one.
#[derive(Clone)]
pub struct Converter {
    /// What it turns into what, at what cost.
    pub rule: Rule,
    /// How to make one.
    pub make: MakeNode,
}

impl Converter {
    /// A converter from its rule and its maker.
    pub fn new(rule: Rule, make: impl Fn(&Format, &Format) -> Box<dyn Node> + Send + Sync + 'static) -> Self {
        Converter { rule, make: Arc::new(make) }
    }
}

impl fmt::Debug for Converter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Converter").field(&self.rule.name).finish()
    }
}

/// The converters that pipelines may use.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    rules: Vec<Rule>,
    converters: Vec<Converter>,
}

impl Registry {
    /// A registry of these converters.
    pub fn new(converters: impl IntoIterator<Item = Converter>) -> Self {
        let converters: Vec<Converter> = converters.into_iter().collect();
        Registry { rules: converters.iter().map(|converter| converter.rule.clone()).collect(), converters }
    }

    /// The rules, in the order of the converters.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The converters, in the order of the rules.
    pub fn converters(&self) -> &[Converter] {
        &self.converters
    }
}
