//! The numbered errors that clients know.

use std::fmt;

/// An error with the code and the symbolic name that clients tell it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteError {
    /// Numeric code, 40000 to 49999.
    pub code: i32,
    /// Symbolic name, sent as `data.type`.
    pub kind: &'static str,
    /// What went wrong, in words.
    pub message: String,
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RemoteError {}

macro_rules! remote_errors {
    ($($(#[$meta:meta])* $name:ident = $code:literal $kind:literal;)+) => {
        impl RemoteError {
            $($(#[$meta])*
            pub fn $name(message: impl fmt::Display) -> RemoteError {
                RemoteError { code: $code, kind: $kind, message: message.to_string() }
            })+
        }
    };
}

remote_errors! {
    /// A parameter is missing or is not what it should be.
    marshal = 40001 "MARSHALL_ERROR";
    /// What no other code fits.
    unexpected = 40003 "UNEXPECTED_ERROR";
    /// Elements that cannot be connected.
    connect = 40004 "CONNECT_ERROR";
    /// Declared but not done here.
    not_implemented = 40006 "NOT_IMPLEMENTED";
    /// A session that is not known (any more).
    invalid_session = 40007 "INVALID_SESSION";
    /// A transaction that cannot be read.
    malformed_transaction = 40008 "MALFORMED_TRANSACTION";
    /// No more threads, files or ports.
    not_enough_resources = 40009 "NOT_ENOUGH_RESOURCES";
    /// A type that is not known.
    type_not_found = 40100 "MEDIA_OBJECT_TYPE_NOT_FOUND";
    /// An object that is not known (any more).
    not_found = 40101 "MEDIA_OBJECT_NOT_FOUND";
    /// A method that the object does not have.
    method_not_found = 40105 "MEDIA_OBJECT_METHOD_NOT_FOUND";
    /// An event that the object does not raise.
    event_not_supported = 40106 "MEDIA_OBJECT_EVENT_NOT_SUPPORTED";
    /// A parameter whose value cannot be used.
    illegal_param = 40107 "MEDIA_OBJECT_ILLEGAL_PARAM_ERROR";
    /// A class that cannot be created here.
    not_available = 40108 "MEDIA_OBJECT_NOT_AVAILABLE";
    /// A reference into a transaction that was not carried out.
    not_committed = 40109 "MEDIA_OBJECT_NOT_FOUND_TRANSACTION_NO_COMMIT";
    /// A tag that the object does not have.
    tag_not_found = 40110 "MEDIA_OBJECT_TAG_KEY_NOT_FOUND";
    /// An operation that this object, as it is, cannot do.
    not_supported = 40111 "MEDIA_OBJECT_OPERATION_NOT_SUPPORTED";
    /// A session description that cannot be read.
    sdp_parse = 40201 "SDP_PARSE_ERROR";
    /// No local description yet.
    no_local_sdp = 40202 "SDP_END_POINT_NO_LOCAL_SDP_ERROR";
    /// No remote description yet.
    no_remote_sdp = 40203 "SDP_END_POINT_NO_REMOTE_SDP_ERROR";
    /// An offer that cannot be made.
    generate_offer = 40204 "SDP_END_POINT_GENERATE_OFFER_ERROR";
    /// The endpoint has negotiated: it does so once.
    already_negotiated = 40208 "SDP_END_POINT_ALREADY_NEGOTIATED";
    /// An answer without an offer.
    not_offer_generated = 40209 "SDP_END_POINT_NOT_OFFER_GENERATED";
    /// A URL that cannot be given out.
    http_registration = 40300 "HTTP_END_POINT_REGISTRATION_ERROR";
    /// Candidates that cannot be gathered.
    gather_candidates = 40400 "ICE_GATHER_CANDIDATES_ERROR";
    /// A candidate that cannot be used.
    add_candidate = 40401 "ICE_ADD_CANDIDATE_ERROR";
    /// A module that is not known.
    kmd_not_found = 40500 "UNDEFINED";
    /// A URI that names nothing that can be had.
    uri_not_found = 40600 "URI_PATH_FILE_NOT_FOUND";
    /// A position that cannot be gone to.
    seek_fail = 40700 "PLAYER_SEEK_FAIL";
}
