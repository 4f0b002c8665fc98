//! Who may come in, and as which tenant: the token of a request and the page that it comes from.

use crate::config::{Config, Tokens};
use anyhow::{Context, bail};
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use subtle::ConstantTimeEq;
use trellis_control::Tenant;

/// Seconds that the clocks of who signs tokens and of this machine may differ.
const LEEWAY: u64 = 5;

/// Decides who may come in.
pub struct Access {
    origins: Vec<String>,
    fixed: Vec<(String, Tenant)>,
    jwt: Option<Jwt>,
}

struct Jwt {
    key: DecodingKey,
    validation: Validation,
    tenant_claim: String,
}

/// Somebody who may come in.
pub struct Admission {
    /// As whom.
    pub tenant: Tenant,
    /// Until when; `None` is for ever.
    pub expires: Option<SystemTime>,
}

/// Why somebody may not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A page of another site asks.
    Origin,
    /// There is no token.
    NoToken,
    /// The token is not, or no longer, good.
    BadToken,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        match self {
            Refused::Origin => (StatusCode::FORBIDDEN, "This page's origin is not in http.origins.\n").into_response(),
            Refused::NoToken => {
                let text = "A token is needed: access_token=TOKEN in the query, or Authorization: Bearer TOKEN.\n";
                (StatusCode::UNAUTHORIZED, challenge, text).into_response()
            }
            Refused::BadToken => {
                (StatusCode::UNAUTHORIZED, challenge, "The token is not valid, or no longer.\n").into_response()
            }
        }
    }
}

impl Access {
    /// What the configuration says.
    pub fn new(config: &Config) -> anyhow::Result<Access> {
        let tenant = |name: &str| {
            Tenant::new(name).with_context(|| {
                format!("tokens.static: '{name}' is no name of a tenant: letters, digits, '-', '_', '.'")
            })
        };
        let fixed = config.tokens.fixed.iter().map(|(token, name)| Ok((token.clone(), tenant(name)?)));
        let jwt = config.tokens.jwt_key.as_deref().map(|key| Jwt::new(&config.tokens, key)).transpose()?;
        Ok(Access { origins: config.http.origins.clone(), fixed: fixed.collect::<anyhow::Result<_>>()?, jwt })
    }

    /// Whether nobody is asked for a token.
    pub fn is_open(&self) -> bool {
        self.fixed.is_empty() && self.jwt.is_none()
    }

    /// Whether a request may come in, and as whom.
    pub fn admit(&self, headers: &HeaderMap, uri: &Uri) -> Result<Admission, Refused> {
        self.check_origin(headers)?;
        self.admit_token(token(headers, uri).as_deref())
    }

    /// Whether somebody with a token, or none, may come in, and as whom.
    pub fn admit_token(&self, token: Option<&str>) -> Result<Admission, Refused> {
        if self.is_open() {
            return Ok(Admission { tenant: Tenant::everybody(), expires: None });
        }
        let token = token.ok_or(Refused::NoToken)?;
        let same = |known: &str| bool::from(known.as_bytes().ct_eq(token.as_bytes()));
        if let Some((_, tenant)) = self.fixed.iter().find(|(known, _)| same(known)) {
            return Ok(Admission { tenant: tenant.clone(), expires: None });
        }
        self.jwt.as_ref().and_then(|jwt| jwt.admit(token)).ok_or(Refused::BadToken)
    }

    /// Programs send no origin, or (kurento-client on Node) one without a scheme, which no browser does.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().map_err(|_| Refused::Origin)?;
        let of_a_page = origin.contains("://") || origin == "null";
        let known = self.origins.iter().any(|known| known.eq_ignore_ascii_case(origin));
        if self.origins.is_empty() || known || !of_a_page { Ok(()) } else { Err(Refused::Origin) }
    }
}

/// The token of a request: RFC 6750, sections 2.1 and 2.3.
fn token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    #[derive(Deserialize)]
    struct Parameters {
        access_token: String,
    }
    let of_header = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    of_header.or_else(|| Some(Query::<Parameters>::try_from_uri(uri).ok()?.0.access_token))
}

impl Jwt {
    fn new(tokens: &Tokens, path: &Path) -> anyhow::Result<Jwt> {
        let algorithm: Algorithm = tokens.jwt_algorithm.parse().context("tokens.jwt_algorithm")?;
        let bytes = std::fs::read(path).with_context(|| format!("tokens.jwt_key: {}", path.display()))?;
        let secret = bytes.trim_ascii_end();
        let key = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 if secret.len() < 32 => {
                bail!("tokens.jwt_key: a secret of less than 32 bytes can be guessed")
            }
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => DecodingKey::from_secret(secret),
            Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(&bytes)?,
            Algorithm::EdDSA => DecodingKey::from_ed_pem(&bytes)?,
            _ => DecodingKey::from_rsa_pem(&bytes)?,
        };
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_audience(&[&tokens.audience]);
        validation.set_required_spec_claims(&["exp", "aud"]);
        Ok(Jwt { key, validation, tenant_claim: tokens.tenant_claim.clone() })
    }

    fn admit(&self, token: &str) -> Option<Admission> {
        let claims = decode::<Map<String, Value>>(token, &self.key, &self.validation).ok()?.claims;
        // It is good to the end of its last second.
        let expires = Duration::from_secs(claims.get("exp")?.as_u64()?.checked_add(LEEWAY + 1)?);
        let tenant = Tenant::new(claims.get(&self.tenant_claim)?.as_str()?)?;
        Some(Admission { tenant, expires: Some(UNIX_EPOCH.checked_add(expires)?) })
    }
}
