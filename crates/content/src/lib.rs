//! Content API, Open API, WHIP and WHEP: an application server on the Media API.

#![forbid(unsafe_code)]

pub mod whip;
