//! What all routes have in common in the machine's description of them.

use super::ProblemBody;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, Content, InfoBuilder, License, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Response, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

const ABOUT: &str = "Routes of a Parlor server. The guide, with the socket and the rules of sending, order and resuming, is \
                     docs/protocol.md. A request with the session's cookie that changes something must carry \
                     `X-Parlor-Request: 1`.";

/// Without routes.
pub fn base(version: &str) -> OpenApi {
    let info = InfoBuilder::new().title("Parlor").version(version).description(Some(ABOUT));
    let info = info.license(Some(License::new("MIT OR Apache-2.0"))).build();
    OpenApiBuilder::new().info(info).build()
}

/// Adds errors to every route, and how people, programs and visitors prove who they are.
pub fn complete(api: &mut OpenApi) {
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    let components = api.components.get_or_insert_with(Components::new);
    components.schemas.extend(schemas);
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    api.security = Some(vec![requirement("session"), requirement("token")]);
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        operation.responses.responses.entry("default".into()).or_insert_with(|| problem().into());
        for (status, response) in &mut operation.responses.responses {
            describe(status, response);
        }
        if let (Some(id), Some(tag)) = (&operation.operation_id, operation.tags.iter().flatten().next()) {
            operation.operation_id = Some(format!("{tag}_{id}"));
        }
        if is_for_visitors(operation) && operation.security.is_none() {
            operation.security = Some(vec![requirement("visitor")]);
        }
    }
}

fn requirement(name: &str) -> SecurityRequirement {
    SecurityRequirement::new(name, Vec::<String>::new())
}

fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let bearer = |words: &str| {
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words)).build())
    };
    let cookie = ApiKeyValue::with_description("parlor_session", "`__Host-parlor_session` on https");
    [
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("token", bearer("`plt_…`, made in Settings → API tokens")),
        ("visitor", bearer("`plv_…`, from POST /api/v1/visitor/session")),
    ]
}

fn is_for_visitors(operation: &Operation) -> bool {
    operation.tags.iter().flatten().any(|tag| tag == "visitors")
}

fn problem() -> Response {
    let content = Content::new(Some(Ref::from_schema_name(ProblemBody::name())));
    ResponseBuilder::new().description("What went wrong").content("application/problem+json", content).build()
}

/// The standard wants words for every answer.
fn describe(status: &str, response: &mut RefOr<Response>) {
    if let RefOr::T(response) = response
        && response.description.is_empty()
    {
        let words = match status {
            "201" => "Made",
            "204" => "Done, nothing to say",
            _ => "Done",
        };
        response.description = words.into();
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, head, .. } = path;
    [get, put, post, delete, patch, head].into_iter().flatten()
}
