//! Reads the DOT language as far as we write it; panics at what is none.

use std::collections::BTreeMap;

/// A drawn graph.
#[derive(Debug, Default)]
pub struct Drawing {
    /// Labels by node, line breaks and quotes as they are shown.
    pub nodes: BTreeMap<String, String>,
    /// From, to, label.
    pub edges: Vec<(String, String, String)>,
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '"' => tokens.push(Token::Word(quoted(&mut rest))),
            '{' | '}' | '[' | ']' | '=' | ';' | ',' => tokens.push(Token::Sign(next)),
            '-' if rest.next_if_eq(&'>').is_some() => tokens.push(Token::Sign('>')),
            next if next.is_whitespace() => {}
            next if next.is_alphanumeric() || next == '_' => {
                let mut word = String::from(next);
                while let Some(more) = rest.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    word.push(more);
                }
                tokens.push(Token::Word(word));
            }
            other => panic!("{other:?} is not DOT in {text}"),
        }
    }
    tokens
}

fn quoted(rest: &mut impl Iterator<Item = char>) -> String {
    let mut word = String::new();
    loop {
        match rest.next().expect("a quote is not closed") {
            '"' => return word,
            '\\' => word.push(match rest.next() {
                Some('n') => '\n',
                Some(other @ ('"' | '\\')) => other,
                other => panic!("\\{other:?} is no escape"),
            }),
            '\n' => panic!("a line ends within quotes"),
            other => word.push(other),
        }
    }
}

/// Reads a graph. Every end of an edge must be a node that has been declared.
pub fn read(text: &str) -> Drawing {
    let tokens = tokens(text);
    let [Token::Word(digraph), Token::Word(_), Token::Sign('{'), body @ .., Token::Sign('}')] = tokens.as_slice()
    else {
        panic!("no graph: {text}")
    };
    assert_eq!(digraph, "digraph");
    let mut drawing = Drawing::default();
    for statement in body.split(|token| *token == Token::Sign(';')).filter(|statement| !statement.is_empty()) {
        match statement {
            [Token::Word(_), Token::Sign('='), Token::Word(_)] => {}
            [Token::Word(from), Token::Sign('>'), Token::Word(to), attributes @ ..] => {
                drawing.edges.push((from.clone(), to.clone(), label(attributes)));
            }
            [Token::Word(node), ..] if node == "node" => {}
            [Token::Word(node), attributes @ ..] => {
                let twice = drawing.nodes.insert(node.clone(), label(attributes));
                assert_eq!(twice, None, "{node} is declared twice");
            }
            other => panic!("no statement: {other:?}"),
        }
    }
    for end in drawing.edges.iter().flat_map(|(from, to, _)| [from, to]) {
        assert!(drawing.nodes.contains_key(end), "{end} is not declared in {text}");
    }
    drawing
}

fn label(attributes: &[Token]) -> String {
    let [Token::Sign('['), list @ .., Token::Sign(']')] = attributes else { panic!("no attributes: {attributes:?}") };
    let mut label = String::new();
    for attribute in list.split(|token| *token == Token::Sign(',')) {
        let [Token::Word(key), Token::Sign('='), Token::Word(value)] = attribute else {
            panic!("no attribute: {attribute:?}")
        };
        if key == "label" {
            label.clone_from(value);
        }
    }
    label
}

impl Drawing {
    /// The node whose label begins so.
    pub fn node(&self, begin: &str) -> &str {
        let mut found = self.nodes.iter().filter(|(_, label)| label.starts_with(begin));
        let (node, _) = found.next().unwrap_or_else(|| panic!("no {begin} in {self:#?}"));
        assert_eq!(found.next(), None, "several {begin}");
        node
    }
}
