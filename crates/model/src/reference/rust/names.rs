//! Names and types, as Rust has them.

use crate::{Class, ComplexType, Module};

/// What a declared type is.
pub enum Kind {
    Text,
    /// A number or a truth: the type in Rust.
    Plain(&'static str),
    List(&'static str),
    Map(&'static str),
    Object(&'static str),
    Enumeration(&'static str),
    Register(&'static str),
}

impl Kind {
    /// What a name of a type means in a module.
    pub fn of(declared: &'static str, module: &Module) -> Kind {
        if let Some(item) = declared.strip_suffix("[]") {
            return Kind::List(item);
        }
        if let Some(item) = declared.strip_suffix("<>") {
            return Kind::Map(item);
        }
        match declared {
            "String" => return Kind::Text,
            "boolean" => return Kind::Plain("bool"),
            "int" => return Kind::Plain("i32"),
            "int64" => return Kind::Plain("i64"),
            "float" | "double" => return Kind::Plain("f64"),
            _ => {}
        }
        let own = module.types().find(|kind| kind.name() == declared);
        match own.or_else(|| ComplexType::find(declared)) {
            Some(ComplexType::Enum { .. }) => Kind::Enumeration(declared),
            Some(ComplexType::Register { .. }) => Kind::Register(declared),
            None if Class::find(declared).is_some() => Kind::Object(declared),
            // Modules are verified before they are there.
            None => Kind::Text,
        }
    }
}

/// Whether other registers of its module extend a register, so that what comes may be one of them.
pub fn is_extended(name: &str) -> bool {
    let Some(module) = ComplexType::find(name).and_then(|kind| Module::find(kind.module())) else { return false };
    module.types().any(|kind| kind.parent() == Some(name))
}

/// Whether applications give a register or enumeration to servers: as a parameter or property, or within one.
pub fn is_given(name: &str) -> bool {
    let is = |kind: &'static str| base(kind) == name;
    let given = crate::classes().any(|class| {
        let params = class.methods.iter().flat_map(|method| method.params).chain(class.constructor.unwrap_or_default());
        let set = class.properties.iter().filter(|property| property.is_writable());
        params.map(|param| param.kind).chain(set.map(|property| property.kind)).any(is)
    });
    let holds = |kind: &&ComplexType| kind.own_fields().iter().any(|field| is(field.kind)) && kind.name() != name;
    given || crate::types().filter(holds).any(|kind| is_given(kind.name()))
}

/// The type of the items of a list or map.
fn base(kind: &'static str) -> &'static str {
    kind.trim_end_matches("[]").trim_end_matches("<>")
}

/// A field, parameter or method: words in lower case, `_` between them.
pub fn snake(name: &str) -> String {
    // Not two words.
    let letters: Vec<char> = name.replace("IPv", "Ipv").chars().collect();
    let mut snake = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let begins = before.is_some_and(|before| {
            let next_is_lower = letters.get(place + 1).is_some_and(char::is_ascii_lowercase);
            before.is_ascii_lowercase() || next_is_lower
        });
        if letter.is_ascii_uppercase() && begins {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    match snake.as_str() {
        "type" => "kind".to_owned(),
        word if KEYWORDS.contains(&word) => format!("{word}_"),
        _ => snake,
    }
}

/// A variant of an enum, from a value in upper case with `_` between its words.
pub fn variant(value: &str) -> String {
    let mut camel = String::new();
    for word in value.split('_') {
        let joins_digits =
            camel.ends_with(|end: char| end.is_ascii_digit()) && word.starts_with(|c: char| c.is_ascii_digit());
        if joins_digits {
            camel.push('_');
        }
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(letters.map(|letter| letter.to_ascii_lowercase()));
    }
    camel
}

/// A type's name from that of an operation: `setOverlayedImage` is `SetOverlayedImage`.
pub fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Words that are no names (the Rust Reference, "Keywords"), but `type`.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names_are_found_whatever_they_are_written_like() {
        for (name, expected) in [
            ("processOffer", "process_offer"),
            ("getICECandidatePairs", "get_ice_candidate_pairs"),
            ("setExternalIPv4", "set_external_ipv4"),
            ("useIpv6", "use_ipv6"),
            ("offsetXPercent", "offset_x_percent"),
            ("zOrder", "z_order"),
            ("relativeX", "relative_x"),
            ("E2ELatency", "e2e_latency"),
            ("keyBase64", "key_base64"),
            ("type", "kind"),
            ("ref", "ref_"),
        ] {
            assert_eq!(snake(name), expected);
        }
        for (value, expected) in [
            ("AUDIO", "Audio"),
            ("WEBM_VIDEO_ONLY", "WebmVideoOnly"),
            ("AES_128_CM_HMAC_SHA1_32", "Aes128CmHmacSha1_32"),
            ("inboundrtp", "Inboundrtp"),
            ("AF11", "Af11"),
        ] {
            assert_eq!(variant(value), expected);
        }
    }
}
