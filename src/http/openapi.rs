//! The API document (`OpenAPI` 3.1): collected from the handlers, completed here with what holds for all of them. What is
//! collected is checked in, and a server works with that: collecting it takes tens of MiB, which nobody needs twice.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::App;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, Response};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::AppExt as _;

use super::problem::{ProblemDocument, ProblemField};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Yijian 一键",
        description = "The back end of a shopping mall's customer-service desk.\n\n\
            Times are RFC 3339 in UTC with milliseconds. Lists are paged with `limit` and `cursor`. Errors are problem \
            documents (RFC 9457) with a stable `code`, in the language of `Accept-Language` (zh-CN or en). Every POST \
            that changes something takes an `Idempotency-Key`; things with a `version` take `If-Match`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This installation")),
    tags(
        (name = "accounts", description = "Signing in, and who one is"),
        (name = "sites", description = "Malls, places, and what a code stands for"),
        (name = "attachments", description = "Photos"),
        (name = "repairs", description = "Reporting something broken"),
        (name = "tickets", description = "The life of every matter, from the first tap to the last word"),
        (name = "lost-and-found", description = "What was lost and what was found, whose it is, and every hand it went through"),
        (name = "rental", description = "Umbrellas, power banks, wheelchairs: where they are, who has them, what they cost"),
        (name = "gbfs", description = "What is lent, for maps and other programs (GBFS 3.0)"),
        (name = "rates", description = "What of what was solved, in time, to satisfaction; the tickets behind each number; what is aimed at"),
        (name = "improvements", description = "What is done about a missed target"),
        (name = "spot-checks", description = "Records held against a checklist, drawn by lot or by hand"),
        (name = "reports", description = "A day to a year in figures, as a page, a workbook or CSV"),
        (name = "desk", description = "The wallboard: what is open, due and late, and how today goes"),
        (name = "standards", description = "What is promised: calendars and service standards"),
        (name = "notices", description = "What one was told"),
        (name = "run", description = "For whoever runs it"),
    ),
    components(schemas(ProblemDocument, ProblemField)),
    modifiers(&Common),
)]
struct Frame;

/// The document as it is checked in, and served. A test holds it against [`collect`].
pub const DOCUMENT: &str = include_str!("../../openapi/openapi.json");

/// Answers of a demo, by the name of their schema.
const EXAMPLES: &str = include_str!("../../openapi/examples.json");

/// Collects the document from the handlers, as it is to be checked in.
///
/// # Errors
/// If it cannot be written as JSON.
pub fn collect() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&build()).map(|json| json + "\n")
}

fn build() -> OpenApi {
    let (_, mut document) =
        App::new().into_utoipa_app().openapi(Frame::openapi()).configure(super::routes).split_for_parts();
    // Once more, now that all operations are there.
    Common.modify(&mut document);
    add_examples(&mut document);
    document
}

/// Shows what answers look like. Unreadable text would leave them out; the tests see to it that none is missing.
fn add_examples(document: &mut OpenApi) {
    let mut examples: BTreeMap<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    let schemas = document.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (name, schema) in schemas {
        match schema {
            RefOr::T(Schema::Object(object)) => object.example = object.example.take().or(examples.remove(name)),
            RefOr::T(Schema::AllOf(all)) => all.example = all.example.take().or(examples.remove(name)),
            _ => {}
        }
    }
}

/// What is asked of the document while serving: which methods each path has.
#[derive(Default, Deserialize)]
struct Methods {
    paths: BTreeMap<String, OfPath>,
}

#[derive(Deserialize)]
struct OfPath {
    get: Option<IgnoredAny>,
    post: Option<IgnoredAny>,
    put: Option<IgnoredAny>,
    delete: Option<IgnoredAny>,
}

/// Unreadable text would know none; the tests see to it that it is the document.
static METHODS: LazyLock<Methods> = LazyLock::new(|| serde_json::from_str(DOCUMENT).unwrap_or_default());

/// The methods that some operation has at this path, for `Allow`.
#[must_use]
pub fn methods_of(path: &str) -> Vec<&'static str> {
    let fits = |pattern: &str| {
        let (mut given, mut known) = (path.split('/'), pattern.split('/'));
        loop {
            match (given.next(), known.next()) {
                (None, None) => return true,
                (Some(given), Some(known)) if given == known || (known.starts_with('{') && !given.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let mut methods = Vec::new();
    // What is there by its very name is not one of many.
    let named = METHODS.paths.contains_key(path);
    let known = |pattern: &String| if named { pattern == path } else { fits(pattern) };
    for (_, item) in METHODS.paths.iter().filter(|(pattern, _)| known(pattern)) {
        let known = [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)];
        for (name, _) in known.into_iter().filter(|(_, operation)| operation.is_some()) {
            methods.push(name);
            if name == "GET" {
                methods.push("HEAD");
            }
        }
    }
    methods
}

/// Adds what every operation has: problem responses, headers, the security scheme.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        for (path, item) in &mut document.paths.paths {
            for (is_change, operation) in [
                (false, item.get.as_mut()),
                (true, item.post.as_mut()),
                (true, item.put.as_mut()),
                (true, item.delete.as_mut()),
            ] {
                if let Some(operation) = operation {
                    let has_version = is_change && answers_with_version(operation, &components.schemas);
                    complete(path, is_change, has_version, operation);
                }
            }
        }
    }
}

/// Whether an operation answers with something that counts its changes.
fn answers_with_version(operation: &Operation, schemas: &BTreeMap<String, RefOr<Schema>>) -> bool {
    let answers = operation.responses.responses.values().filter_map(|response| match response {
        RefOr::T(response) => match response.content.get("application/json")? {
            RefOr::T(content) => content.schema.as_ref(),
            RefOr::Ref(_) => None,
        },
        RefOr::Ref(_) => None,
    });
    let named = answers.filter_map(|schema| match schema {
        RefOr::Ref(to) => schemas.get(to.ref_location.rsplit('/').next()?),
        RefOr::T(_) => None,
    });
    named
        .into_iter()
        .any(|schema| matches!(schema, RefOr::T(Schema::Object(object)) if object.properties.contains_key("version")))
}

fn complete(path: &str, is_change: bool, has_version: bool, operation: &mut Operation) {
    let has_security = operation.security.as_ref().is_some_and(|security| !security.is_empty());
    let has_id = path.contains("{id}");
    let has_body = operation.request_body.is_some();
    if is_change && has_security {
        add_header(operation, "Idempotency-Key", "Makes a repeat of this request harmless for 24 hours", |schema| {
            schema.min_length(Some(1)).max_length(Some(64)).pattern(Some("^[!-~]{1,64}$"))
        });
    }
    let takes_version = has_id && has_version;
    if takes_version {
        add_header(
            operation,
            "If-Match",
            "The ETag of the version the caller has seen (bare digits will do)",
            |schema| schema.pattern(Some("^(\\*|[0-9]{1,9}|\"[0-9]{1,9}\")$")),
        );
    }
    let mut codes =
        vec![(400, "Malformed"), (405, "No such method here"), (422, "Refused by a rule"), (500, "A defect")];
    if has_security {
        codes.extend([(401, "Not signed in"), (403, "Not yours to do"), (429, "Too many requests")]);
    } else if is_change {
        codes.extend([(401, "Wrong credentials"), (429, "Too many requests")]);
    }
    if path.starts_with("/api/") || path.starts_with("/gbfs/") {
        codes.push((404, "Not there, or not for you"));
    }
    if path.starts_with("/desk") || path.ends_with("/reports/file") {
        codes.push((401, "The link opens nothing, or no more"));
    }
    if path.contains("/surveys/{token}") {
        codes.push((410, "Used up, or its time is over"));
    }
    if is_change {
        codes.extend([(408, "The body came too slowly"), (409, "Not as things stand")]);
        if takes_version {
            codes.push((412, "Not the newest version"));
        }
    }
    if has_body {
        codes.extend([(413, "Too large"), (415, "Another media type is needed")]);
    }
    codes.push((503, "Not just now"));
    for (status, description) in codes {
        let key = status.to_string();
        operation.responses.responses.entry(key).or_insert_with(|| RefOr::T(problem_response(status, description)));
    }
}

fn problem_response(status: u16, description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let mut response = ResponseBuilder::new().description(description).content("application/problem+json", content);
    if matches!(status, 429 | 503) {
        let seconds = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).build();
        let header =
            HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds until it is worth trying again"));
        response = response.header("Retry-After", header.build());
    }
    response.build()
}

fn add_header(
    operation: &mut Operation,
    name: &str,
    description: &str,
    restrict: impl FnOnce(ObjectBuilder) -> ObjectBuilder,
) {
    let parameters = operation.parameters.get_or_insert_with(Vec::new);
    if parameters.iter().any(|known| matches!(known, RefOr::T(known) if known.name == name)) {
        return;
    }
    let schema = restrict(ObjectBuilder::new().schema_type(SchemaType::new(Type::String)));
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema.build()));
    parameters.push(RefOr::T(parameter.build()));
}
