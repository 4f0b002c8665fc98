//! Pipelines written as a line of text: `player uri=in.mp4 ! faceoverlay image=hat.png ! recorder uri=out.webm`.

use crate::catalogue::{self, ElementKind};
use std::fmt::Write;

/// Why a line is not a pipeline. Each says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// Nothing between two `!`, or nothing at all.
    #[error("an element is missing in '{0}'; a pipeline looks like 'player uri=in.mp4 ! recorder uri=out.webm'")]
    Empty(String),
    /// An element that is not known.
    #[error("there is no element '{0}'; there are: {1}")]
    UnknownElement(String, String),
    /// A property that the element does not have.
    #[error("{0} has no property '{1}'; it has: {2}")]
    UnknownProperty(&'static str, String, String),
    /// A word that is not `property=value`.
    #[error("'{0}' is not of the form property=value")]
    NoValue(String),
    /// A quote that is not closed.
    #[error("a quote is not closed in '{0}'")]
    OpenQuote(String),
    /// A property without which the element cannot be made.
    #[error("{0} needs {1}=...")]
    Missing(&'static str, &'static str),
    /// A value that the property cannot have.
    #[error("{0}: {1}={2}: {3}")]
    BadValue(&'static str, &'static str, String, String),
}

/// One element of a line, checked against the catalogue.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it is.
    pub kind: &'static ElementKind,
    values: Vec<(&'static str, String)>,
}

impl Written {
    /// The value of a property: as written, else the default; empty when there is none.
    pub fn value(&self, property: &'static str) -> &str {
        let written = self.values.iter().find(|(name, _)| *name == property).map(|(_, value)| value.as_str());
        written.or_else(|| Some(self.kind.property(property)?.default)).unwrap_or_default()
    }

    /// The value of a property without which the element cannot be made.
    pub fn required(&self, property: &'static str) -> Result<&str, LaunchError> {
        let value = self.value(property);
        if value.is_empty() { Err(LaunchError::Missing(self.kind.name, property)) } else { Ok(value) }
    }

    /// The value of a property as a number.
    pub fn number(&self, property: &'static str) -> Result<f64, LaunchError> {
        let text = self.value(property);
        text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| self.bad(property, "not a number"))
    }

    /// The error of a property's value.
    pub fn bad(&self, property: &'static str, why: impl ToString) -> LaunchError {
        LaunchError::BadValue(self.kind.name, property, self.value(property).to_owned(), why.to_string())
    }
}

/// Reads a line: elements separated by `!`, each a name and `property=value` words, quoted with `"` where needed.
pub fn parse(line: &str) -> Result<Vec<Written>, LaunchError> {
    let mut elements = Vec::new();
    let mut current: Vec<String> = Vec::new();
    for word in words(line)?.into_iter().chain(["!".to_owned()]) {
        if word != "!" {
            current.push(word);
            continue;
        }
        elements.push(written(line, &current)?);
        current.clear();
    }
    Ok(elements)
}

fn written(line: &str, words: &[String]) -> Result<Written, LaunchError> {
    let (name, rest) = words.split_first().ok_or_else(|| LaunchError::Empty(line.to_owned()))?;
    let kind = catalogue::find(name).ok_or_else(|| {
        let known: Vec<&str> = catalogue::ELEMENTS.iter().map(|kind| kind.name).collect();
        LaunchError::UnknownElement(name.clone(), known.join(", "))
    })?;
    let mut values = Vec::new();
    for word in rest {
        let (key, value) = word.split_once('=').ok_or_else(|| LaunchError::NoValue(word.clone()))?;
        let property = kind.property(key).ok_or_else(|| {
            let known: Vec<&str> = kind.properties.iter().map(|property| property.name).collect();
            LaunchError::UnknownProperty(kind.name, key.to_owned(), known.join(", "))
        })?;
        values.push((property.name, value.to_owned()));
    }
    Ok(Written { kind, values })
}

fn words(line: &str) -> Result<Vec<String>, LaunchError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' | '\n' if !quoted => words.extend(word.take()),
            '!' if !quoted && word.is_none() => words.push("!".to_owned()),
            other => {
                let _ = word.get_or_insert_default().write_char(other);
            }
        }
    }
    if quoted {
        return Err(LaunchError::OpenQuote(line.to_owned()));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_into_elements_with_their_values_and_defaults() {
        let elements = parse(r#"player uri="my clip.mp4" ! passthrough ! recorder uri=out.webm"#).unwrap();
        let names: Vec<&str> = elements.iter().map(|element| element.kind.name).collect();
        assert_eq!(names, ["player", "passthrough", "recorder"]);
        assert_eq!(elements[0].value("uri"), "my clip.mp4");
        assert_eq!(elements[0].value("pace"), "fast");
    }

    #[test]
    fn errors_say_what_there_is() {
        let error = |line: &str| parse(line).unwrap_err().to_string();
        assert!(error("plyer uri=x").contains("player"));
        assert!(error("player url=x").contains("uri"));
        assert!(error("player uri ! recorder").contains("property=value"));
        assert!(error("player uri=\"x").contains("quote"));
        assert!(matches!(parse("player ! ! recorder"), Err(LaunchError::Empty(_))));
        assert!(matches!(parse(""), Err(LaunchError::Empty(_))));
        assert_eq!(parse("player").unwrap()[0].required("uri"), Err(LaunchError::Missing("player", "uri")));
    }
}
