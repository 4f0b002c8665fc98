//! A session description in its parts (RFC 8866), as lenient as can be: only what no reading could make sense of is
//! refused, with the number of its line.

use std::str::SplitAsciiWhitespace;

/// What a remote's description says.
pub struct Description<'a> {
    /// The value of the session's `c=` line, which counts for sections that have none.
    pub connection: Option<&'a str>,
    /// Attributes of the whole session.
    pub attributes: Vec<Attribute<'a>>,
    /// The media sections, in their order.
    pub sections: Vec<Section<'a>>,
}

/// `a=key:value`; the value is empty in `a=key`.
#[derive(Clone, Copy)]
pub struct Attribute<'a> {
    /// Before the colon.
    pub key: &'a str,
    /// After the colon.
    pub value: &'a str,
    /// Its line in the description, from 1.
    pub line: usize,
}

/// A media section.
pub struct Section<'a> {
    /// Its line in the description, from 1.
    pub line: usize,
    /// `audio`, `video`, `application` or what else.
    pub medium: &'a str,
    /// As it is written; `0` rejects the section.
    pub port: &'a str,
    /// Such as `RTP/SAVPF`.
    pub protocol: &'a str,
    /// Payload types, for RTP.
    pub formats: Vec<&'a str>,
    /// The value of its own `c=` line.
    pub connection: Option<&'a str>,
    /// Values of its `b=` lines, such as `AS:500`.
    pub bandwidths: Vec<&'a str>,
    /// Its attributes, in their order.
    pub attributes: Vec<Attribute<'a>>,
}

/// Why a description, or a section of it, cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: &'static str,
}

impl Fault {
    /// Something wrong at a line.
    pub fn new(line: usize, cause: &'static str) -> Fault {
        Fault { line, cause }
    }
}

impl<'a> Description<'a> {
    /// Reads it. Lines may end in LF, have spaces around them, be empty, or be of a kind that nobody knows.
    ///
    /// # Errors
    /// The first line that no reading could make sense of.
    pub fn parse(text: &'a str) -> Result<Description<'a>, Fault> {
        let mut description = Description { connection: None, attributes: Vec::new(), sections: Vec::new() };
        let lines = (1..).zip(text.lines()).map(|(number, line)| (number, line.trim()));
        let mut lines = lines.filter(|(_, line)| !line.is_empty());
        match lines.next() {
            Some((_, "v=0")) => {}
            Some((number, _)) => return Err(Fault::new(number, "a description begins with v=0")),
            None => return Err(Fault::new(1, "the description is empty")),
        }
        for (number, line) in lines {
            let Some((kind, value)) = line.split_once('=').filter(|(kind, _)| kind.len() == 1) else {
                return Err(Fault::new(number, "not of the form type=value"));
            };
            let section = description.sections.last_mut();
            match (kind, section) {
                ("m", _) => description.sections.push(Section::parse(number, value)?),
                ("a", Some(section)) => section.attributes.push(Attribute::parse(number, value)),
                ("a", None) => description.attributes.push(Attribute::parse(number, value)),
                ("c", Some(section)) => section.connection = section.connection.or(Some(value)),
                ("c", None) => description.connection = description.connection.or(Some(value)),
                ("b", Some(section)) => section.bandwidths.push(value),
                _ => {}
            }
        }
        Ok(description)
    }

    /// An attribute of a section, or of the whole session.
    pub fn get(&self, section: &Section<'a>, key: &str) -> Option<Attribute<'a>> {
        section.get(key).or_else(|| self.attributes.iter().find(|attribute| attribute.key == key).copied())
    }
}

impl<'a> Attribute<'a> {
    fn parse(line: usize, text: &'a str) -> Attribute<'a> {
        let (key, value) = text.split_once(':').unwrap_or((text, ""));
        Attribute { key: key.trim(), value: value.trim(), line }
    }
}

impl<'a> Section<'a> {
    fn parse(line: usize, text: &'a str) -> Result<Section<'a>, Fault> {
        let mut words = text.split_ascii_whitespace();
        let (Some(medium), Some(port), Some(protocol)) = (words.next(), words.next(), words.next()) else {
            return Err(Fault::new(line, "a media section names medium, port, protocol and formats"));
        };
        let (bandwidths, attributes) = (Vec::new(), Vec::new());
        Ok(Section { line, medium, port, protocol, formats: words.collect(), connection: None, bandwidths, attributes })
    }

    /// Its first attribute of this name.
    pub fn get(&self, key: &str) -> Option<Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.key == key).copied()
    }

    /// Whether it has an attribute of this name.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

/// The payload types of the first section of this medium, in the order of preference (RFC 8866 section 5.14).
pub fn payload_types(sdp: &str, medium: &str) -> Vec<u8> {
    let section = sections(sdp).find_map(|mut words| (words.next() == Some(medium)).then_some(words));
    section.into_iter().flatten().skip(2).filter_map(|word| word.parse().ok()).collect()
}

/// Whether a description has a section of this medium.
pub fn has_section(sdp: &str, medium: &str) -> bool {
    sections(sdp).any(|mut words| words.next() == Some(medium))
}

/// The words of each section's first line.
fn sections(sdp: &str) -> impl Iterator<Item = SplitAsciiWhitespace<'_>> {
    sdp.lines().filter_map(|line| line.strip_prefix("m=")).map(str::split_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_spaces_do_not_matter() {
        let text =
            "v=0\n\no=x\r\nc=IN IP4 1.2.3.4\n a=ice-lite \ni=who knows\nm=audio 9 RTP/SAVPF 0 8\na=mid: 1 \r\nb=AS:30";
        let Ok(description) = Description::parse(text) else { panic!("refused") };
        assert_eq!(description.attributes[0].key, "ice-lite");
        let section = &description.sections[0];
        assert_eq!((section.medium, section.protocol, section.line), ("audio", "RTP/SAVPF", 7));
        assert_eq!(
            (description.connection, section.bandwidths.as_slice()),
            (Some("IN IP4 1.2.3.4"), ["AS:30"].as_slice())
        );
        assert_eq!(section.formats, ["0", "8"]);
        assert_eq!(section.get("mid").map(|mid| mid.value), Some("1"));
    }

    #[test]
    fn faults_name_their_line() {
        let fault = |text: &str| Description::parse(text).err().map(|fault| fault.line);
        assert_eq!(fault(""), Some(1));
        assert_eq!(fault("\n\nv=1\n"), Some(3));
        assert_eq!(fault("v=0\r\ns=-\r\nnonsense\r\n"), Some(3));
        assert_eq!(fault("v=0\nm=audio 9\n"), Some(2));
    }
}
