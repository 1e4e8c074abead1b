//! `/reports`.

use actix_web::http::header;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, get, post};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::model::{Format, Publication, ReportKind};
use super::service::{self, Asked};
use crate::accounts::model::Lead;
use crate::app::App;
use crate::error::Error;
use crate::http::auth::Anyone;
use crate::http::edge;
use crate::http::input::{Command, Query};
use crate::http::output::{self, Answer};
use crate::http::problem::Problem;
use crate::http::texts::Language;
use crate::rates::periods::Period;
use crate::sheets::table::{Cell, Report, Verdict};
use crate::sheets::{csv, page, xlsx};
use crate::sites::model::Named;
use crate::text::Text;
use crate::values::{Id, Instant};
use crate::vault;

/// Registers this feature's operations.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(make_report_link)
        .route("/reports/links", web::route().to(edge::no_such_operation))
        .service(publish_report)
        .route("/reports/publish", web::route().to(edge::no_such_operation))
        .service(open_report)
        .service(get_report);
}

/// Which report.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskReport {
    /// The site.
    pub site_id: Id,
    /// A day of the period, by the site's calendar; today without.
    #[param(value_type = Option<String>, format = Date)]
    pub day: Option<Date>,
    /// As what; in figures without.
    #[param(inline)]
    pub format: Option<Format>,
    /// Which of its tables, by key, for CSV; the first without.
    pub table: Option<String>,
}

/// The path parameter of a report, for the API document.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes; the handler reads")]
struct PathKind {
    /// How long its period is.
    #[param(inline)]
    kind: ReportKind,
}

/// A link that opens a report in a browser.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001", "kind": "monthly", "day": "2026-10-01", "format": "html"}))]
pub struct MakeLink {
    /// The site.
    pub site_id: Id,
    /// How long its period is.
    pub kind: ReportKind,
    /// A day of the period; today without.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub day: Option<Date>,
    /// What it is opened as; a page without.
    #[serde(default)]
    pub format: Option<Format>,
    /// Which of its tables, by key, for CSV; the first without.
    #[serde(default)]
    pub table: Option<Text<40>>,
}

/// A report that shall be final.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"site_id": "0198c0de-0000-7000-8000-000000000001", "kind": "monthly", "day": "2026-10-01"}))]
pub struct PublishReport {
    /// The site.
    pub site_id: Id,
    /// How long its period is.
    pub kind: ReportKind,
    /// A day of the period.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
}

/// What a link says. Whoever has it needs no token.
#[derive(Debug, Deserialize, Serialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskFile {
    /// The site.
    pub site_id: Id,
    /// Who gave it out; it works for as long as they lead the site.
    pub given_by: Id,
    /// How long its period is.
    #[param(inline)]
    pub kind: ReportKind,
    /// The first day of the period.
    #[param(value_type = String, format = Date)]
    pub day: Date,
    /// What it is opened as.
    #[param(inline)]
    pub format: Format,
    /// In which language it was asked for, and is opened.
    #[param(inline)]
    pub language: Language,
    /// Which of its tables, for CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Until when the link works, in seconds since 1970.
    pub expires: i64,
    /// That we gave it out.
    pub signature: String,
}

impl AskFile {
    /// Everything but the signature, in one form.
    pub(super) fn to_be_signed(&self) -> String {
        let table = self.table.as_deref().unwrap_or_default();
        let Self { site_id, given_by, kind, day, format, language, expires, .. } = self;
        let (kind, format, language) = (kind.as_str(), format.as_str(), language.tag());
        format!("report {site_id} {given_by} {kind} {day} {format} {language} {expires} {table}")
    }
}

/// A report in figures: what the page, the workbook and CSV show.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    site: Named,
    kind: ReportKind,
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last day.
    #[schema(format = Date)]
    to: String,
    /// When it was published, if it was.
    published_at: Option<Instant>,
    /// By whom.
    published_by_id: Option<Id>,
    tables: Vec<TableView>,
}

impl Answer for ReportView {}

/// That a report was published.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationView {
    site: Named,
    kind: ReportKind,
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last day.
    #[schema(format = Date)]
    to: String,
    published_at: Instant,
    published_by_id: Id,
}

impl Answer for PublicationView {}

impl PublicationView {
    pub(super) fn new(site: Named, period: Period, row: &Publication) -> Self {
        let Publication { kind, published_by_id, published_at, .. } = *row;
        Self { site, kind, from: period.from.to_string(), to: period.to.to_string(), published_at, published_by_id }
    }
}

/// A table of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableView {
    /// What asks for it as CSV.
    #[schema(example = "rates")]
    key: String,
    /// What it is called.
    name: String,
    /// What stands above its columns.
    columns: Vec<String>,
    /// Its rows: words and whole numbers (seconds for durations); a share is `[numerator, denominator]`, of a time in
    /// seconds; a mean or a deviation is in hundredths.
    rows: Vec<Vec<Value>>,
}

impl ReportView {
    fn new(asked: Asked) -> Self {
        let Asked { site, kind, period, published, report } = asked;
        let tables = report.tables().map(|table| TableView {
            key: table.key.clone(),
            name: table.name.clone(),
            columns: table.columns.iter().map(|column| column.heading.clone()).collect(),
            rows: table.rows.iter().map(|row| table.cells(row).map(plain).collect()).collect(),
        });
        Self {
            site,
            kind,
            from: period.from.to_string(),
            to: period.to.to_string(),
            published_at: published.as_ref().map(|row| row.published_at),
            published_by_id: published.map(|row| row.published_by_id),
            tables: tables.collect(),
        }
    }
}

fn plain(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Count(count) | Cell::Fen(count) | Cell::Hundredths(count) => json!(count),
        Cell::Share(share) | Cell::TimeShare(share) => json!([share.numerator, share.denominator]),
        Cell::Percent(hundredths) => json!(hundredths),
        Cell::Duration(seconds) => json!(seconds),
        Cell::Day(day) => json!(day.to_string()),
        Cell::Moment(at) => json!(at.to_string()),
        Cell::Verdict(verdict) => json!(match verdict {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::Usual => "usual",
            Verdict::Worse => "worse",
            Verdict::Pending => "pending",
            Verdict::TooFew => "too_few",
        }),
    }
}

/// Where a report opens.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportLink {
    /// To be opened at this server, by anyone, until it expires.
    pub(super) url: String,
    pub(super) expires_at: Instant,
}

impl Answer for ReportLink {}

/// A report in figures, or as a file
///
/// A day, week, month, quarter or year: rates against targets, trends, kinds, lateness, shops that get worse, people.
#[utoipa::path(tag = "reports", params(PathKind, AskReport), security(("bearer" = [])),
    responses((status = 200, description = "The report; with `format`, the file", content(
        (ReportView = "application/json"), (String = "text/csv"), (String = "text/html"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
#[get("/reports/{kind}")]
async fn get_report(
    app: Data<App>,
    query: Query<Lead, AskReport>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let kind: ReportKind = request.match_info().query("kind").parse().map_err(|_| Error::NotFound("not_found"))?;
    let language = Language::from_headers(request.headers());
    let Query { actor, query, .. } = query;
    let (format, table) = (query.format, query.table.clone());
    // What is asked for as a file is drawn and packed on the thread that counted: it is one for what takes a while.
    let (view, file) = app
        .study(move |tx| {
            let asked = service::report(tx, &actor, kind, &query, language)?;
            let file = format.map(|format| write(&asked.report, format, table.as_deref())).transpose()?;
            Ok((ReportView::new(asked), file.zip(format)))
        })
        .await?;
    Ok(match file {
        Some((file, format)) => file.answer(format, kind, &view.from),
        None => output::json(&view),
    })
}

/// Make a link that opens a report in a browser
///
/// It works for ten minutes, for anyone who has it, as long as its giver leads the site, and for this report alone, in the
/// language it was asked for in.
#[utoipa::path(tag = "reports", request_body = MakeLink, security(("bearer" = [])),
    responses((status = 201, description = "The link", body = ReportLink)))]
#[post("/reports/links")]
async fn make_report_link(
    app: Data<App>,
    command: Command<Lead, MakeLink>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let language = Language::from_headers(request.headers());
    command.create(&app, move |tx, lead, body| service::link(tx, lead, body, language)).await
}

/// Publish the report of a period that is over
///
/// Refused while a target of it, as it was aimed at then, was missed and no improvement was opened; of a quarter or a year,
/// while that is so of one of its months.
#[utoipa::path(tag = "reports", request_body = PublishReport, security(("bearer" = [])),
    responses((status = 201, description = "Published", body = PublicationView)))]
#[post("/reports/publish")]
async fn publish_report(app: Data<App>, command: Command<Lead, PublishReport>) -> Result<HttpResponse, Problem> {
    command.create(&app, service::publish).await
}

/// Open a report by its link
///
/// A page, a workbook, or one table as CSV.
#[utoipa::path(tag = "reports", params(AskFile),
    responses((status = 200, description = "The file", content(
        (String = "text/csv"), (String = "text/html"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
#[get("/reports/file")]
async fn open_report(app: Data<App>, query: Query<Anyone, AskFile>) -> Result<HttpResponse, Problem> {
    let ask = query.query;
    let (format, kind, day, table) = (ask.format, ask.kind, ask.day, ask.table.clone());
    // Drawn and packed on the thread that counted: it is one for what takes a while.
    let file = app
        .study(move |tx| {
            let report = service::open(tx, &ask)?;
            write(&report, format, table.as_deref())
        })
        .await?;
    Ok(file.answer(format, kind, &day.to_string()))
}

/// A file to be sent.
pub(crate) struct File {
    kind: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    fn answer(self, format: Format, kind: ReportKind, first_day: &str) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CONTENT_TYPE, self.kind));
        if format == Format::Html {
            let hash = vault::policy_hash(page::STYLE);
            answer.insert_header((
                header::CONTENT_SECURITY_POLICY,
                format!("default-src 'none'; style-src {hash}; base-uri 'none'; frame-ancestors 'none'"),
            ));
        } else {
            let disposition = format!("attachment; filename=\"{}-{first_day}.{}\"", kind.as_str(), format.as_str());
            answer.insert_header((header::CONTENT_DISPOSITION, disposition));
        }
        answer.body(self.bytes)
    }
}

/// A report as a file.
///
/// # Errors
/// [`Error::NotFound`] `table_not_found`.
pub(crate) fn write(report: &Report, format: Format, table: Option<&str>) -> Result<File, Error> {
    Ok(match format {
        Format::Html => File { kind: "text/html; charset=utf-8", bytes: page::page(report).into_bytes() },
        Format::Xlsx => File {
            kind: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            bytes: xlsx::report(report).map_err(Error::internal)?,
        },
        Format::Csv => {
            let table = table.map_or_else(|| report.tables().next(), |key| report.table(key));
            let table = table.ok_or(Error::NotFound("table_not_found"))?;
            File {
                kind: "text/csv; charset=utf-8",
                bytes: csv::table(table, report.language).map_err(Error::internal)?,
            }
        }
    })
}
