//! What a remote class is: its members and the types that they use, as data.

use crate::declared;

/// A remote class.
#[derive(Debug)]
pub struct Class {
    /// Its name, as applications write it.
    pub name: &'static str,
    /// The module that declares it: `core`, `elements`, `filters`.
    pub module: &'static str,
    /// The class that it extends.
    pub parent: Option<&'static str>,
    /// Whether no object is of this class itself.
    pub is_abstract: bool,
    /// What an application gives to create one; `None` when it cannot.
    pub constructor: Option<&'static [Param]>,
    /// Properties of its own.
    pub properties: &'static [Property],
    /// Methods of its own.
    pub methods: &'static [Method],
    /// Events of its own.
    pub events: &'static [&'static str],
}

/// A parameter, or a field of a register or an event.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type: `String`, `int`, a class, a register, an enumeration; `X[]` is a list and `X<>` a map of them.
    pub kind: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it is when it is left out, as JSON.
    pub default: Option<&'static str>,
}

/// A property; it is read by `getX` and written by `setX`.
#[derive(Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: &'static str,
    /// Whether it cannot be written.
    pub read_only: bool,
    /// Whether it never changes.
    pub is_final: bool,
    /// What it is at first, as JSON, where that is declared.
    pub default: Option<&'static str>,
}

/// A method.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// The type that it returns.
    pub returns: Option<&'static str>,
}

/// A type that is made of others.
#[derive(Debug)]
pub enum ComplexType {
    /// One of some names.
    Enum {
        /// Its name.
        name: &'static str,
        /// The names.
        values: &'static [&'static str],
    },
    /// A record.
    Register {
        /// Its name.
        name: &'static str,
        /// The register that it extends.
        parent: Option<&'static str>,
        /// Fields of its own.
        properties: &'static [Param],
    },
}

/// An event.
#[derive(Debug)]
pub struct Event {
    /// Its name.
    pub name: &'static str,
    /// The event that it extends.
    pub parent: Option<&'static str>,
    /// Fields of its own.
    pub properties: &'static [Param],
}

/// What is called when a member of an object is invoked.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// A method.
    Method(&'static Method),
    /// `getX` of a property.
    Get(&'static Property),
    /// `setX` of a property, with one parameter of the property's name.
    Set(&'static Property),
}

impl Class {
    /// The class of a name, with or without the `kurento.` of its module.
    pub fn find(name: &str) -> Option<&'static Class> {
        let name = name.strip_prefix("kurento.").unwrap_or(name);
        declared::classes().find(|class| class.name == name)
    }

    /// This class and its ancestors, nearest first.
    pub fn lineage(&'static self) -> impl Iterator<Item = &'static Class> {
        std::iter::successors(Some(self), |class| class.parent.and_then(Class::find))
    }

    /// Whether it is, or extends, the class of a name.
    pub fn is_a(&'static self, name: &str) -> bool {
        self.lineage().any(|class| class.name == name)
    }

    /// The member that an operation's name means.
    pub fn member(&'static self, operation: &str) -> Option<Member> {
        self.lineage().find_map(|class| {
            if let Some(method) = class.methods.iter().find(|method| method.name == operation) {
                return Some(Member::Method(method));
            }
            let property = |name: &str| class.properties.iter().find(|property| names(property.name, name));
            if let Some(property) = operation.strip_prefix("get").and_then(property) {
                return Some(Member::Get(property));
            }
            let property = operation.strip_prefix("set").and_then(property)?;
            (!property.read_only && !property.is_final).then_some(Member::Set(property))
        })
    }

    /// Whether objects of this class raise an event.
    pub fn raises(&'static self, event: &str) -> bool {
        self.lineage().any(|class| class.events.contains(&event))
    }
}

/// Whether `X` of `getX` means a property: its name with the first letter in upper case.
fn names(property: &str, accessor: &str) -> bool {
    let (mut property, mut accessor) = (property.chars(), accessor.chars());
    match (property.next(), accessor.next()) {
        (Some(first), Some(upper)) => first.to_ascii_uppercase() == upper && property.as_str() == accessor.as_str(),
        _ => false,
    }
}

impl ComplexType {
    /// The type of a name, with or without `kurento.`.
    pub fn find(name: &str) -> Option<&'static ComplexType> {
        declared::types().find(|kind| kind.name() == name)
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            ComplexType::Enum { name, .. } | ComplexType::Register { name, .. } => name,
        }
    }

    /// All fields of a register, those of its ancestors too; none of an enumeration.
    pub fn fields(&'static self) -> Vec<&'static Param> {
        match self {
            ComplexType::Enum { .. } => Vec::new(),
            ComplexType::Register { parent, properties, .. } => {
                let inherited = parent.and_then(ComplexType::find).map(ComplexType::fields).unwrap_or_default();
                inherited.into_iter().chain(*properties).collect()
            }
        }
    }

    /// Whether it is, or extends, the register of a name.
    pub fn is_a(&self, wanted: &str) -> bool {
        match self {
            ComplexType::Enum { name, .. } => *name == wanted,
            ComplexType::Register { name, parent, .. } => {
                *name == wanted || parent.and_then(ComplexType::find).is_some_and(|parent| parent.is_a(wanted))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parent_type_and_event_that_is_named_is_declared() {
        let known = |kind: &str| {
            let base = kind.trim_end_matches("[]").trim_end_matches("<>");
            let basic = ["boolean", "int", "int64", "float", "double", "String"].contains(&base);
            // References to classes that later issues declare are carried as object ids.
            basic || ComplexType::find(base).is_some() || Class::find(base).is_some()
        };
        for class in declared::classes() {
            assert!(class.parent.is_none_or(|parent| Class::find(parent).is_some()), "{}", class.name);
            for method in class.methods {
                assert!(method.params.iter().all(|param| known(param.kind)), "{}.{}", class.name, method.name);
            }
            for event in class.events {
                assert!(declared::events().any(|declared| declared.name == *event), "{}: {event}", class.name);
            }
        }
    }

    #[test]
    fn members_are_found_through_the_ancestors() {
        let class = Class::find("kurento.WebRtcEndpoint").unwrap();
        assert!(matches!(class.member("processOffer"), Some(Member::Method(_))));
        assert!(matches!(class.member("getName"), Some(Member::Get(_))));
        assert!(matches!(class.member("setMaxVideoSendBandwidth"), Some(Member::Set(_))));
        assert!(class.member("setId").is_none() && class.member("nothing").is_none());
        assert!(class.is_a("MediaElement") && class.raises("IceCandidateFound") && class.raises("Error"));
    }
}
