//! What constructors and operations are given: structs of 3.0 and plain values, as the object model wants them.

use super::generated::parameters::{
    KmsMediaFaceOverlayImage, KmsMediaHttpEndPointConstructorParams, KmsMediaHttpGetEndPointConstructorParams,
    KmsMediaMuxer, KmsMediaObjectConstructorParams, KmsMediaProfile, KmsMediaRecoderEndPointConstructorParams,
    KmsMediaUriEndPointConstructorParams,
};
use super::generated::types::{KmsMediaObjectRef, KmsMediaParam, KmsMediaServerException, UNMARSHALL_ERROR};
use super::house::House;
use super::tagged::{plain, structure, tag};
use super::{Outcome, failure, filters, names};
use crate::lease::Terms;
use crate::rpc::cut;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// The tag of references, which 3.0 had no values of: ports that are given to mixers.
pub(super) const REFERENCE: &str = "KmsMediaObjectRef";

/// Parameters by the names of today.
#[derive(Default)]
pub(super) struct Parameters {
    pub named: Map<String, Json>,
    /// How long the object lives that is made with them.
    pub terms: Terms,
}

/// Reads parameters. Those that are structs bring fields that are parameters today.
pub(super) fn read(house: &House, given: BTreeMap<String, KmsMediaParam>) -> Outcome<Parameters> {
    let mut read = Parameters::default();
    for (name, given) in given {
        if let Some(value) = plain(&given, &house.realm.shared.settings.messages)? {
            read.named.insert(names::parameter(&name).to_owned(), value);
            continue;
        }
        let fields = match tag(&given) {
            REFERENCE => {
                let reference: KmsMediaObjectRef = structure(&given)?;
                json!({ name: &**house.resolve(&reference)?.object() })
            }
            "KmsMediaObjectConstructorParams" => {
                read.terms = terms(&structure(&given)?)?;
                continue;
            }
            "KmsMediaUriEndPointConstructorParams" => {
                json!({ "uri": structure::<KmsMediaUriEndPointConstructorParams>(&given)?.uri })
            }
            "KmsMediaRecoderEndPointConstructorParams" => {
                let params: KmsMediaRecoderEndPointConstructorParams = structure(&given)?;
                json!({ "mediaProfile": profile(params.profile_type)?, "stopOnEndOfStream": params.stop_on_e_o_s })
            }
            "KmsMediaHttpEndPointConstructorParams" => {
                let params: KmsMediaHttpEndPointConstructorParams = structure(&given)?;
                json!({ "disconnectionTimeout": params.disconnection_timeout })
            }
            "KmsMediaHttpGetEndPointConstructorParams" => {
                let params: KmsMediaHttpGetEndPointConstructorParams = structure(&given)?;
                json!({ "terminateOnEOS": params.terminate_on_e_o_s, "mediaProfile": profile(params.profile_type)? })
            }
            "KmsMediaFaceOverlayImage" => overlay(structure(&given)?),
            other => match filters::read(other, &given)? {
                Some(fields) => fields,
                None => return Err(unknown(other)),
            },
        };
        if let Json::Object(fields) = fields {
            read.named.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        }
    }
    Ok(read)
}

fn unknown(tag: &str) -> KmsMediaServerException {
    failure(UNMARSHALL_ERROR, format_args!("values tagged '{}' are not known here", cut(tag)))
}

fn terms(params: &KmsMediaObjectConstructorParams) -> Outcome<Terms> {
    match (params.collect_on_unreferenced, params.garbage_collector_period) {
        (Some(false), _) => Ok(Terms::FOREVER),
        (_, Some(seconds)) => Ok(Terms::seconds(seconds)?),
        (_, None) => Ok(Terms::default()),
    }
}

/// `MediaProfileSpecType` of a profile.
fn profile(profile: Option<KmsMediaProfile>) -> Outcome<Option<&'static str>> {
    profile.map_or(Ok(None), |profile| match profile.media_muxer {
        KmsMediaMuxer::WEBM => Ok(Some("WEBM")),
        KmsMediaMuxer::MP4 => Ok(Some("MP4")),
        KmsMediaMuxer(other) => Err(failure(UNMARSHALL_ERROR, format_args!("{other} is no KmsMediaMuxer"))),
    })
}

fn overlay(image: KmsMediaFaceOverlayImage) -> Json {
    let part = |part: Option<thrift::OrderedFloat<f64>>| part.map(|part| part.0);
    json!({
        "uri": image.uri,
        "offsetXPercent": part(image.offset_x_percent),
        "offsetYPercent": part(image.offset_y_percent),
        "widthPercent": part(image.width_percent),
        "heightPercent": part(image.height_percent),
    })
}
