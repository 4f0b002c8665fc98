//! Whether a module fits to what is declared already.

use crate::registry::{Index, MAX_MODULES};
use crate::{ComplexType, Module, Param};
use std::collections::HashSet;
use thiserror::Error;

/// Why a module is not added.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeclareError {
    /// There are as many added modules as there may be.
    #[error("there are {MAX_MODULES} modules already")]
    TooMany,
    /// A module's name stands before the names of its classes.
    #[error("a module's name is made of lower-case letters and digits, and is not 'kurento': '{0}'")]
    Name(&'static str),
    /// The name of the module is taken.
    #[error("there is a module '{0}' already")]
    Module(&'static str),
    /// The name of one of its declarations is taken.
    #[error("module '{module}' declares '{name}', which module '{by}' declares already")]
    Clash {
        /// The module that is refused.
        module: &'static str,
        /// The name.
        name: &'static str,
        /// Who has it.
        by: &'static str,
    },
    /// A declaration says that it is of another module.
    #[error("'{name}' is declared in module '{module}', and says that it is of '{of}'")]
    Elsewhere {
        /// The module that is refused.
        module: &'static str,
        /// The declaration.
        name: &'static str,
        /// The module that it names.
        of: &'static str,
    },
    /// A class, type or event that is named is not declared.
    #[error("'{owner}' names '{name}', which is not declared")]
    Unknown {
        /// The declaration that names it.
        owner: String,
        /// The name.
        name: &'static str,
    },
    /// Classes, registers or events that extend each other.
    #[error("'{0}' extends itself")]
    Cycle(&'static str),
    /// What a member is when it is left out is not JSON.
    #[error("the default of '{owner}' is not JSON: {text}")]
    Default {
        /// The member.
        owner: String,
        /// What stands there.
        text: &'static str,
    },
}

/// A declaration, as far as names go.
struct Named {
    name: &'static str,
    of: &'static str,
    parent: Option<&'static str>,
}

/// Checks a module against an index of everything before it.
pub(crate) fn verify(module: &'static Module, index: &Index) -> Result<(), DeclareError> {
    let good = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    if module.name.is_empty() || module.name == "kurento" || !module.name.chars().all(good) {
        return Err(DeclareError::Name(module.name));
    }
    if index.module(module.name).is_some() {
        return Err(DeclareError::Module(module.name));
    }
    let classes = module.classes().map(|class| Named { name: class.name, of: class.module, parent: class.parent });
    fits(module, classes.collect(), |name| index.class(name).map(|class| class.module))?;
    let types = module.types().filter(|kind| !index.complex_type(kind.name()).is_some_and(|other| same(kind, other)));
    let types = types.map(|kind| Named { name: kind.name(), of: kind.module(), parent: kind.parent() });
    fits(module, types.collect(), |name| index.complex_type(name).map(ComplexType::module))?;
    let events = module.events().map(|event| Named { name: event.name, of: event.module, parent: event.parent });
    fits(module, events.collect(), |name| index.event(name).map(|event| event.module))?;
    members(module, index)
}

/// Names are new, and lead to no circle; parents are known. `taken` says which module has a name already.
fn fits(module: &Module, all: Vec<Named>, taken: impl Fn(&str) -> Option<&'static str>) -> Result<(), DeclareError> {
    let mut seen = HashSet::new();
    for Named { name, of, .. } in &all {
        let twice = (!seen.insert(*name)).then_some(module.name);
        if let Some(by) = twice.or_else(|| taken(name)) {
            return Err(DeclareError::Clash { module: module.name, name, by });
        }
        if *of != module.name {
            return Err(DeclareError::Elsewhere { module: module.name, name, of });
        }
    }
    let parent_of = |name: &str| all.iter().find(|named| named.name == name).and_then(|named| named.parent);
    for Named { name, parent, .. } in &all {
        if let Some(parent) = parent.filter(|parent| !seen.contains(parent) && taken(parent).is_none()) {
            return Err(DeclareError::Unknown { owner: (*name).to_owned(), name: parent });
        }
        // A chain of ancestors within the module that is longer than its declarations goes round.
        if std::iter::successors(*parent, |name| parent_of(name)).nth(all.len()).is_some() {
            return Err(DeclareError::Cycle(name));
        }
    }
    Ok(())
}

/// Whether two types that are called the same are the same.
fn same(one: &ComplexType, other: &ComplexType) -> bool {
    let fields = |kind: &ComplexType| match kind {
        ComplexType::Enum { values, .. } => (None, values.to_vec(), Vec::new()),
        ComplexType::Register { parent, properties, .. } => {
            let fields = properties.iter().map(|field| (field.name, field.kind, field.optional, field.default));
            (*parent, Vec::new(), fields.collect())
        }
    };
    fields(one) == fields(other)
}

/// What members name is declared, and what they are by themselves is JSON.
fn members(module: &'static Module, index: &Index) -> Result<(), DeclareError> {
    let known = |owner: &dyn Fn() -> String, kind: &'static str, default: Option<&'static str>| {
        let name = kind.strip_suffix("[]").or_else(|| kind.strip_suffix("<>")).unwrap_or(kind);
        let basic = ["boolean", "int", "int64", "float", "double", "String"].contains(&name);
        let own = module.classes().any(|class| class.name == name) || module.types().any(|kind| kind.name() == name);
        if !basic && !own && index.class(name).is_none() && index.complex_type(name).is_none() {
            return Err(DeclareError::Unknown { owner: owner(), name });
        }
        match default.filter(|text| serde_json::from_str::<serde_json::Value>(text).is_err()) {
            Some(text) => Err(DeclareError::Default { owner: owner(), text }),
            None => Ok(()),
        }
    };
    let params = |owner: &str, params: &'static [Param]| {
        params.iter().try_for_each(|param| known(&|| format!("{owner}.{}", param.name), param.kind, param.default))
    };
    for class in module.classes() {
        params(class.name, class.constructor.unwrap_or_default())?;
        for property in class.properties {
            known(&|| format!("{}.{}", class.name, property.name), property.kind, property.default)?;
        }
        for method in class.methods {
            let owner = format!("{}.{}", class.name, method.name);
            params(&owner, method.params)?;
            method.returns.map_or(Ok(()), |kind| known(&|| owner.clone(), kind, None))?;
        }
        let declared = |name: &str| module.events().any(|event| event.name == name) || index.event(name).is_some();
        if let Some(name) = class.events.iter().find(|name| !declared(name)) {
            return Err(DeclareError::Unknown { owner: class.name.to_owned(), name });
        }
    }
    for kind in module.types() {
        params(kind.name(), kind.own_fields())?;
    }
    module.events().try_for_each(|event| params(event.name, event.properties))
}
