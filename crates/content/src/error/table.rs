//! The table of codes. Numbers, statuses and JSON-RPC codes are those of Kurento's Open API; the public descriptions tell
//! what a group of codes is about, and within a group the condition and its words are ours.

/// One code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The number, in the `data` member of a JSON-RPC error.
    pub code: i32,
    /// The status of an HTTP answer.
    pub status: u16,
    /// The `code` member of a JSON-RPC error.
    pub json_rpc: i32,
    /// What it means.
    pub text: &'static str,
}

const fn row(code: i32, status: u16, json_rpc: i32, text: &'static str) -> Row {
    Row { code, status, json_rpc, text }
}

/// Every code that is no HTTP status, in order of its number. HTTP statuses stand for themselves:
/// [`Code::status`](super::Code::status).
pub const TABLE: &[Row] = &[
    row(0, 200, 0, "success"),
    row(1, 500, -32400, "ended as agreed"),
    row(9999, 500, -32400, "the application's handler failed"),
    // The request.
    row(10000, 400, -32600, "the request is of no supported kind"),
    row(10001, 403, -32603, "the session has not started: nothing is to be polled"),
    row(10002, 405, -32602, "the content is not had by this HTTP method"),
    row(10003, 405, -32602, "the media is not had by this HTTP method"),
    row(10004, 500, -32400, "the session's state does not allow it"),
    row(10005, 406, -32602, "the constraints are not of this kind of content"),
    row(10006, 403, -32603, "the request was answered: its parts are gone"),
    row(10007, 405, -32601, "no method is named"),
    row(10008, 405, -32601, "there is no such method"),
    row(10009, 405, -32601, "requests of the control protocol are posted"),
    row(10010, 405, -32601, "a media URL takes no methods of the control protocol"),
    row(10011, 403, -32603, "the session was started before"),
    row(10012, 405, -32601, "the command names no type"),
    row(10013, 406, -32602, "an SDP offer is needed"),
    row(10014, 500, -32603, "an attribute, or one more of them, is more than a session keeps"),
    row(10015, 500, -32603, "one more object is more than a session releases"),
    row(10016, 500, -32500, "the content's name is too long"),
    row(10017, 500, -32500, "the request is too large"),
    row(10018, 500, -32500, "the charset is none of UTF-8, UTF-16 and UTF-32"),
    row(10020, 400, -32700, "the request is no JSON"),
    row(10021, 400, -32602, "there is no such session"),
    row(10022, 500, -32500, "no session is named"),
    row(10023, 500, -32500, "the id is no integer"),
    row(10024, 500, -32500, "the params are missing or no object"),
    row(10025, 500, -32500, "the application's handler of commands failed"),
    row(10026, 400, -32600, "this content takes no commands"),
    row(10027, 500, -32500, "no command is given"),
    row(10028, 500, -32500, "the data of the command is no text"),
    row(10029, 406, -32602, "the event names no type"),
    row(10030, 500, -32500, "the reason is missing or malformed"),
    // The server.
    row(20000, 500, -32603, "an internal error"),
    row(20003, 503, -32600, "the media server gives no HTTP endpoint"),
    row(20004, 503, -32600, "the client cannot be sent to the media's URL"),
    row(20005, 503, -32600, "the control protocol is set up wrongly"),
    row(20006, 503, -32600, "the HTTP endpoint has no URL"),
    row(20007, 503, -32600, "the media server takes no part in this SDP"),
    row(20008, 503, -32600, "the WebRTC endpoint gives no SDP"),
    row(20009, 503, -32600, "the SDP of the WebRTC endpoint is empty"),
    row(20010, 503, -32600, "the application did not answer in time"),
    row(20011, 503, -32000, "overloaded"),
    row(20012, 500, -32400, "the media's URL cannot be fetched"),
    row(20013, 500, -32400, "the connection to the media server is lost"),
    row(20015, 500, -32400, "the media server makes no pipeline"),
    row(20016, 500, -32300, "the media server's HTTP port does not answer"),
    row(20017, 500, -32400, "the media server makes no such element"),
    row(20018, 500, -32300, "the media server's HTTP answer does not come"),
    row(20019, 500, -32400, "the elements cannot be connected"),
    row(20021, 500, -32400, "the media cannot be played"),
    row(20022, 500, -32400, "the media cannot be recorded"),
    row(20025, 500, -32400, "the media server does not tell of its events"),
    row(20026, 500, -32300, "the upload ended before it was whole"),
    row(20027, 503, -32600, "the RTP endpoint gives no SDP"),
    row(20028, 503, -32600, "the SDP of the RTP endpoint is empty"),
    row(20029, 500, -32400, "the session was idle for too long"),
    row(20030, 500, -32400, "no media server can be reached"),
    row(20031, 500, -32400, "there is no repository"),
    row(20034, 500, -32400, "there is no such item in the repository"),
    row(20035, 500, -32400, "the item cannot be recorded now: it has its media, or is getting it"),
    row(20036, 500, -32400, "the item has no media yet"),
    row(20039, 500, -32400, "the repository cannot be read or written"),
    row(20040, 500, -32400, "the repository's item is damaged"),
    row(20041, 500, -32400, "the application ends"),
];
