//! The look at a message before it is read: what is too large, too deep or too full never meets the parser.

use crate::rpc::RpcError;

/// How large a message of a client may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageLimits {
    /// Its length in bytes.
    pub bytes: usize,
    /// Objects and arrays within each other.
    pub depth: usize,
    /// Members and items, all together.
    pub values: usize,
}

impl Default for MessageLimits {
    fn default() -> Self {
        MessageLimits { bytes: 1 << 20, depth: 64, values: 50_000 }
    }
}

/// Goes over the bytes once, in constant memory. What it lets pass need not be JSON.
pub(crate) fn screen(text: &str, limits: &MessageLimits) -> Result<(), RpcError> {
    if text.len() > limits.bytes {
        return Err(refused(format_args!("longer than {} bytes", limits.bytes)));
    }
    let (mut depth, mut values) = (0usize, 0usize);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'{' | b'[' => {
                depth += 1;
                values += 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > limits.depth {
            return Err(refused(format_args!("nested deeper than {}", limits.depth)));
        }
        if values > limits.values {
            return Err(refused(format_args!("more than {} members and items", limits.values)));
        }
    }
    Ok(())
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

fn refused(why: std::fmt::Arguments<'_>) -> RpcError {
    let invalid = RpcError::invalid();
    RpcError { message: format!("{} It is {why}.", invalid.message), ..invalid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_kept_to_the_one() {
        let limits = MessageLimits { bytes: 100, depth: 3, values: 6 };
        let passes = |text: &str| screen(text, &limits).is_ok();
        assert!(passes(&" ".repeat(100)) && !passes(&" ".repeat(101)));
        assert!(passes("[[{}]]") && !passes("[[[[") && passes("[][][]"));
        assert!(passes("[1,1,1,1,1,1]") && !passes("[1,1,1,1,1,1,1]"));
    }

    #[test]
    fn what_stands_in_a_string_does_not_count() {
        let limits = MessageLimits { bytes: 100, depth: 1, values: 2 };
        assert!(screen(r#"["[[[{{{,,,,\"[[[\\", 1"#, &limits).is_ok());
        assert!(screen(r#"["a\\",[[["#, &limits).is_err());
        assert!(screen("\"never ends\\", &limits).is_ok());
    }
}
