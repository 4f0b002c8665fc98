//! The variables that Kurento's container image is configured by.

use super::Imported;
use super::draft::Draft;

/// Variables, and the keys of Kurento's that its image writes them to.
const VARIABLES: &[(&str, &str)] = &[
    ("KMS_MIN_PORT", "BaseRtpEndpoint.minPort"),
    ("KMS_MAX_PORT", "BaseRtpEndpoint.maxPort"),
    ("KMS_MTU", "BaseRtpEndpoint.mtu"),
    ("KMS_EXTERNAL_ADDRESS", "WebRtcEndpoint.externalAddress"),
    ("KMS_EXTERNAL_IPV4", "WebRtcEndpoint.externalIPv4"),
    ("KMS_EXTERNAL_IPV6", "WebRtcEndpoint.externalIPv6"),
    ("KMS_NETWORK_INTERFACES", "WebRtcEndpoint.networkInterfaces"),
    ("KMS_ICE_TCP", "WebRtcEndpoint.iceTcp"),
    ("KMS_STUN_IP", "WebRtcEndpoint.stunServerAddress"),
    ("KMS_STUN_PORT", "WebRtcEndpoint.stunServerPort"),
    ("KMS_TURN_URL", "WebRtcEndpoint.turnURL"),
    ("KMS_PEM_CERTIFICATE_RSA", "WebRtcEndpoint.pemCertificateRSA"),
    ("KMS_PEM_CERTIFICATE_ECDSA", "WebRtcEndpoint.pemCertificateECDSA"),
    ("KMS_UID", "UID"),
    ("GST_DEBUG", "GST_DEBUG"),
];

/// What the variables of Kurento's image mean. Others are none of its business, but one that begins as those do and is
/// none of them is a warning.
pub fn environment(variables: impl Iterator<Item = (String, String)>) -> Imported {
    let mut draft = Draft::default();
    for (name, value) in variables.filter(|(_, value)| !value.is_empty()) {
        match VARIABLES.iter().find(|(known, _)| *known == name) {
            Some((_, key)) if value == "auto" && key.contains("external") => {
                draft.warn("environment", &name, "is \"auto\": the outer address is not looked up; name it");
            }
            Some((_, key)) => draft.take(&format!("environment: {name}"), key, &value.into()),
            None if name.starts_with("KMS_") => {
                draft.warn("environment", &name, "is not a variable that is known here")
            }
            None => {}
        }
    }
    draft.done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kurento::keys::KEYS;

    #[test]
    fn the_variables_of_the_image_are_heeded() {
        let set = [
            ("KMS_MIN_PORT", "40000"),
            ("KMS_EXTERNAL_IPV4", "203.0.113.7"),
            ("KMS_EXTERNAL_IPV6", "auto"),
            ("KMS_STUN_IP", "203.0.113.8"),
            ("KMS_STUN_PORT", "3479"),
            ("KMS_NETWORK_INTERFACES", "eth0"),
            ("KMS_TURN_URL", "vine:grapes@203.0.113.9:3478"),
            ("KMS_MTU", "1400"),
            ("KMS_ICE_TCP", ""),
            ("KMS_WINGS", "2"),
            ("PATH", "/bin"),
        ];
        let imported = environment(set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(imported.table["webrtc"]["listen"].as_str(), Some("0.0.0.0:40000"));
        assert_eq!(imported.table["webrtc"]["external_addresses"].as_array().map(Vec::len), Some(1));
        let webrtc = &imported.table["webrtc"];
        let text = |key: &str| webrtc[key].as_str().unwrap().to_owned();
        assert_eq!(text("stun_server_address") + &text("network_interfaces"), "203.0.113.8eth0");
        assert_eq!(webrtc["stun_server_port"].as_integer(), Some(3_479));
        assert_eq!(text("turn_url"), "vine:grapes@203.0.113.9:3478");
        let warnings = imported.warnings.join("\n");
        assert_eq!(imported.warnings.len(), 3, "{warnings}");
        assert!(["auto", "KMS_MTU", "KMS_WINGS"].iter().all(|name| warnings.contains(name)), "{warnings}");
    }

    #[test]
    fn every_variable_stands_for_a_key_that_is_known() {
        for (name, key) in VARIABLES {
            assert!(KEYS.iter().any(|(known, _)| known == key), "{name}: {key}");
        }
    }
}
