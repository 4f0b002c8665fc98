//! Errors, one enum for each operation.

/// Why a network could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The UDP port cannot be bound.
    #[error("cannot bind the UDP port: {0}")]
    Bind(#[source] std::io::Error),
    /// The I/O thread cannot be started.
    #[error("cannot start the I/O thread: {0}")]
    Thread(#[source] std::io::Error),
}

/// Why a peer refused an operation.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The connection could not be set up.
    #[error("cannot set up the connection: {0}")]
    Setup(String),
    /// A candidate that is not one.
    #[error("bad candidate: {0}")]
    Candidate(String),
    /// The peer has been closed.
    #[error("the peer is closed")]
    Closed,
    /// The network already has as many peers as it can tell apart.
    #[error("too many peers")]
    TooMany,
}

/// Why a session description was refused.
#[derive(Debug, thiserror::Error)]
pub enum SdpError {
    /// A peer negotiates once.
    #[error("already negotiated")]
    AlreadyNegotiated,
    /// An answer came, but there was no offer.
    #[error("there is no offer to answer")]
    NoOffer,
    /// Longer than any real description.
    #[error("the description is longer than {0} bytes")]
    TooLong(usize),
    /// The text is no description, or one that cannot be answered.
    #[error("{0}")]
    Refused(String),
    /// The peer has been closed.
    #[error("the peer is closed")]
    Closed,
}
