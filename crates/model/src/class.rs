//! What a remote class is: its members and the types that they use, as data.

use crate::module::prefix;
use crate::registry;

/// A remote class.
#[derive(Debug)]
pub struct Class {
    /// Its name, as applications write it.
    pub name: &'static str,
    /// The module that declares it: `core`, `elements`, `filters`.
    pub module: &'static str,
    /// What objects of it do.
    pub doc: &'static str,
    /// The class that it extends.
    pub parent: Option<&'static str>,
    /// Whether no object is of this class itself.
    pub is_abstract: bool,
    /// What an application gives to create one; `None` when it cannot.
    pub constructor: Option<&'static [Param]>,
    /// What creating one does.
    pub constructor_doc: &'static str,
    /// Properties of its own.
    pub properties: &'static [Property],
    /// Methods of its own.
    pub methods: &'static [Method],
    /// Events of its own.
    pub events: &'static [&'static str],
}

/// A parameter, or a field of a register or an event.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
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
    /// What it means.
    pub doc: &'static str,
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
    /// What it does.
    pub doc: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// The type that it returns.
    pub returns: Option<&'static str>,
    /// What it returns.
    pub returns_doc: &'static str,
}

/// A type that is made of others.
#[derive(Debug)]
pub enum ComplexType {
    /// One of some names.
    Enum {
        /// Its name.
        name: &'static str,
        /// The module that declares it.
        module: &'static str,
        /// What it tells.
        doc: &'static str,
        /// The names.
        values: &'static [&'static str],
    },
    /// A record.
    Register {
        /// Its name.
        name: &'static str,
        /// The module that declares it.
        module: &'static str,
        /// What it tells.
        doc: &'static str,
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
    /// The module that declares it.
    pub module: &'static str,
    /// When it is raised.
    pub doc: &'static str,
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

/// An operation that objects of a class know.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The class that declares it: that of the object or an ancestor.
    pub owner: &'static Class,
    /// What is invoked: a method's name, `getX` or `setX`.
    pub name: String,
    /// What it means.
    pub member: Member,
}

impl Class {
    /// The declared class of a name, by itself or behind the prefix of its module: `WebRtcEndpoint`,
    /// `kurento.WebRtcEndpoint`, `chroma.ChromaFilter`.
    pub fn find(name: &str) -> Option<&'static Class> {
        registry::find(|index| index.class(name))
    }

    /// What stands before its name on the wire: `kurento`, or its module's name.
    pub fn prefix(&self) -> &'static str {
        prefix(self.module)
    }

    /// Its name as ids and descriptions of objects have it: `kurento.WebRtcEndpoint`, `chroma.ChromaFilter`.
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.prefix(), self.name)
    }

    /// This class and its ancestors, nearest first.
    pub fn lineage(&'static self) -> impl Iterator<Item = &'static Class> {
        std::iter::successors(Some(self), |class| class.parent.and_then(Class::find))
    }

    /// Whether it is, or extends, the class of a name.
    pub fn is_a(&'static self, name: &str) -> bool {
        self.lineage().any(|class| class.name == name)
    }

    /// The member that an operation's name means; none when the class is not declared.
    pub fn member(&self, operation: &str) -> Option<Member> {
        registry::find(|index| index.member(self.name, operation))
    }

    /// Every operation, inherited ones too, nearest first; what a nearer class declares hides what is behind it.
    pub fn operations(&'static self) -> Vec<Operation> {
        let mut all: Vec<Operation> = Vec::new();
        for owner in self.lineage() {
            for (name, member) in owner.own_members() {
                if all.iter().all(|known| known.name != name) {
                    all.push(Operation { owner, name, member });
                }
            }
        }
        all
    }

    /// Every event that its objects raise, inherited ones too.
    pub fn all_events(&'static self) -> impl Iterator<Item = &'static Event> {
        self.lineage().flat_map(|class| class.events).filter_map(|name| Event::find(name))
    }

    /// Whether objects of this class raise an event.
    pub fn raises(&'static self, event: &str) -> bool {
        self.lineage().any(|class| class.events.contains(&event))
    }
}

impl Property {
    /// Whether there is a `setX`.
    pub fn is_writable(&self) -> bool {
        !self.read_only && !self.is_final
    }

    /// The parameter of its `setX`.
    pub fn parameter(&self) -> Param {
        Param { name: self.name, doc: self.doc, kind: self.kind, optional: false, default: None }
    }
}

impl Member {
    /// What is given when it is invoked.
    pub fn params(&self) -> Vec<Param> {
        match self {
            Member::Method(method) => method.params.to_vec(),
            Member::Get(_) => Vec::new(),
            Member::Set(property) => vec![property.parameter()],
        }
    }

    /// The type of what it gives back.
    pub fn returns(&self) -> Option<&'static str> {
        match self {
            Member::Method(method) => method.returns,
            Member::Get(property) => Some(property.kind),
            Member::Set(_) => None,
        }
    }
}

/// `getX` or `setX` of a property: its name with the first letter in upper case.
pub(crate) fn names(accessor: &str, property: &Property) -> String {
    let mut letters = property.name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    accessor.chars().chain(first).chain(letters).collect()
}

impl ComplexType {
    /// The type of a name, by itself or behind the prefix of its module. Two modules may have types of one name if these
    /// are the same.
    pub fn find(name: &str) -> Option<&'static ComplexType> {
        registry::find(|index| index.complex_type(name))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            ComplexType::Enum { name, .. } | ComplexType::Register { name, .. } => name,
        }
    }

    /// The module that declares it.
    pub fn module(&self) -> &'static str {
        match self {
            ComplexType::Enum { module, .. } | ComplexType::Register { module, .. } => module,
        }
    }

    /// What it tells.
    pub fn doc(&self) -> &'static str {
        match self {
            ComplexType::Enum { doc, .. } | ComplexType::Register { doc, .. } => doc,
        }
    }

    /// What registers carry as `__module__`: `kurento`, or the module's name.
    pub fn prefix(&self) -> &'static str {
        prefix(self.module())
    }

    /// The register that it extends.
    pub fn parent(&self) -> Option<&'static str> {
        match self {
            ComplexType::Enum { .. } => None,
            ComplexType::Register { parent, .. } => *parent,
        }
    }

    /// The fields that a register adds to those of its parent; none of an enumeration.
    pub fn own_fields(&self) -> &'static [Param] {
        match self {
            ComplexType::Enum { .. } => &[],
            ComplexType::Register { properties, .. } => properties,
        }
    }

    /// All fields of a register, those of its ancestors too; none of an enumeration.
    pub fn fields(&'static self) -> Vec<&'static Param> {
        let inherited = self.parent().and_then(ComplexType::find).map(ComplexType::fields).unwrap_or_default();
        inherited.into_iter().chain(self.own_fields()).collect()
    }

    /// Whether it is, or extends, the register of a name.
    pub fn is_a(&self, wanted: &str) -> bool {
        self.name() == wanted || self.parent().and_then(ComplexType::find).is_some_and(|parent| parent.is_a(wanted))
    }
}

impl Event {
    /// The event of a name.
    pub fn find(name: &str) -> Option<&'static Event> {
        registry::find(|index| index.event(name))
    }

    /// All its fields, those of its ancestors too.
    pub fn fields(&'static self) -> Vec<&'static Param> {
        let inherited = self.parent.and_then(Event::find).map(Event::fields).unwrap_or_default();
        inherited.into_iter().chain(self.properties).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_through_the_ancestors() {
        let class = Class::find("kurento.WebRtcEndpoint").unwrap();
        assert!(matches!(class.member("processOffer"), Some(Member::Method(_))));
        assert!(matches!(class.member("getName"), Some(Member::Get(_))));
        assert!(matches!(class.member("getICECandidatePairs"), Some(Member::Get(_))));
        assert!(matches!(class.member("setMaxVideoSendBandwidth"), Some(Member::Set(_))));
        assert!(class.member("setId").is_none() && class.member("nothing").is_none());
        assert!(class.is_a("MediaElement") && class.raises("IceCandidateFound") && class.raises("Error"));
        assert!(class.all_events().any(|event| event.name == "Error"));
    }

    #[test]
    fn classes_are_found_by_every_spelling_and_by_no_other() {
        for (name, qualified) in [
            ("PlayerEndpoint", "kurento.PlayerEndpoint"),
            ("MediaPipeline", "kurento.MediaPipeline"),
            ("ZBarFilter", "kurento.ZBarFilter"),
            ("ChromaFilter", "chroma.ChromaFilter"),
            ("KmsShowData", "datachannelexample.KmsShowData"),
            ("ArMarkerdetector", "markerdetector.ArMarkerdetector"),
        ] {
            let class = Class::find(name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(Class::find(qualified).map(|class| class.name), Some(name));
            assert_eq!(class.qualified_name(), qualified);
        }
        for name in ["kurento.ChromaFilter", "chroma.PlayerEndpoint", "elements.", ".PlayerEndpoint", "", "a.b.c"] {
            assert!(Class::find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn what_walks_over_operations_meets_each_once_with_who_declares_it() {
        let class = Class::find("Mixer").unwrap();
        let operations = class.operations();
        let of = |name: &str| operations.iter().filter(|operation| operation.name == name).collect::<Vec<_>>();
        assert_eq!((of("connect").len(), of("connect")[0].owner.name), (1, "Mixer"));
        assert_eq!((of("setName").len(), of("setName")[0].owner.name), (1, "MediaObject"));
        for operation in &operations {
            let found = class.member(&operation.name).unwrap_or_else(|| panic!("no {}", operation.name));
            let (found, walked) = (found.params(), operation.member.params());
            assert!(found.iter().map(|param| param.name).eq(walked.iter().map(|param| param.name)));
        }
    }

    #[test]
    fn types_of_one_name_are_told_apart_by_their_module() {
        for module in ["chroma", "pointerdetector"] {
            let found = ComplexType::find(&format!("{module}.WindowParam")).map(ComplexType::module);
            assert_eq!(found, Some(module));
        }
        assert!(ComplexType::find("kurento.WindowParam").is_none());
        assert!(ComplexType::find("kurento.Fraction").is_some() && ComplexType::find("Fraction").is_some());
    }
}
