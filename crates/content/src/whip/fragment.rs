//! Fragments of descriptions that bring candidates, or ask to restart ICE (RFC 8840 section 9).

use super::refusal::Refusal;

/// Their media type.
pub(super) const TYPE: &str = "application/trickle-ice-sdpfrag";
/// Candidates that are read of one fragment; browsers find some ten.
const MOST_CANDIDATES: usize = 64;

/// What a fragment says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fragment {
    /// The user fragment of the ICE session that it is for.
    pub ufrag: Option<String>,
    pub candidates: Vec<Candidate>,
}

/// One candidate of the peer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// `candidate:...`, as a description has it behind `a=`.
    pub text: String,
    /// The `mid` of its section; empty when that was not said.
    pub mid: String,
}

/// Reads a fragment. Lines that are not about ICE are passed over.
pub(super) fn read(text: &str) -> Result<Fragment, Refusal> {
    let mut fragment = Fragment::default();
    let mut mid = String::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let malformed = || Refusal::Fragment("a line is not of the form letter=value");
        let (kind, value) = line.split_once('=').filter(|(kind, _)| kind.len() == 1).ok_or_else(malformed)?;
        let (name, rest) = value.split_once(':').unwrap_or((value, ""));
        match (kind, name) {
            ("m", _) => mid.clear(),
            ("a", "mid") => mid = rest.to_owned(),
            ("a", "ice-ufrag") => {
                let ufrag = fragment.ufrag.get_or_insert_with(|| rest.to_owned());
                if ufrag != rest {
                    return Err(Refusal::Fragment("it has two user fragments"));
                }
            }
            ("a", "candidate") if fragment.candidates.len() == MOST_CANDIDATES => {
                return Err(Refusal::Fragment("it has more than 64 candidates"));
            }
            ("a", "candidate") => fragment.candidates.push(Candidate { text: value.to_owned(), mid: mid.clone() }),
            _ => {}
        }
    }
    if fragment == Fragment::default() && !text.contains("a=end-of-candidates") {
        return Err(Refusal::Fragment("it says nothing of ICE"));
    }
    Ok(fragment)
}

/// The user fragment in a description.
pub(super) fn ufrag(description: &str) -> Option<&str> {
    description.lines().find_map(|line| line.trim_end().strip_prefix("a=ice-ufrag:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_read_with_their_sections() {
        let text = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=group:BUNDLE 0 1\r\n\
                    m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 UDP 1 192.0.2.1 61764 typ host\r\n\
                    m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=candidate:2 1 UDP 1 192.0.2.1 61765 typ host\r\na=end-of-candidates\r\n";
        let fragment = read(text).unwrap();
        assert_eq!(fragment.ufrag.as_deref(), Some("EsAw"));
        let candidates: Vec<_> = fragment.candidates.iter().map(|it| (it.text.as_str(), it.mid.as_str())).collect();
        assert_eq!(
            candidates,
            [
                ("candidate:1 1 UDP 1 192.0.2.1 61764 typ host", "0"),
                ("candidate:2 1 UDP 1 192.0.2.1 61765 typ host", "")
            ]
        );
        assert_eq!(ufrag(&format!("v=0\r\n{text}")), Some("EsAw"));
        assert_eq!(read("a=end-of-candidates\n").unwrap(), Fragment::default());
    }

    #[test]
    fn what_is_no_fragment_is_refused() {
        let many = "a=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\n".repeat(65);
        for text in ["", "hello", "a=ice-ufrag:a\r\nnonsense", "a=ice-ufrag:a\na=ice-ufrag:b\n", "a=mid:0\r\n", &many] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
