//! `yijian report`: a report as a file. What goes wrong leaves the file as it was.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::civil::Date;

use super::say;
use crate::app::{App, StartError};
use crate::error::Error;
use crate::http::texts::Language;
use crate::reports::model::{Format, ReportKind};
use crate::sheets::xlsx::Progress;
use crate::{rates, reports, sites};

#[derive(Args)]
pub(super) struct ReportArgs {
    /// The site's code
    #[arg(long)]
    site: String,
    /// daily, weekly, monthly, quarterly or yearly
    #[arg(long, default_value = "monthly")]
    kind: ReportKind,
    /// A day of the period, as YYYY-MM-DD; today without
    #[arg(long)]
    day: Option<Date>,
    /// Where to write it; .html, .xlsx or .csv
    #[arg(long)]
    out: PathBuf,
    /// Which table, for .csv; the first without
    #[arg(long)]
    table: Option<String>,
    /// Every ticket of the period instead, row by row, as .xlsx
    #[arg(long)]
    tickets: bool,
    /// zh-CN or en
    #[arg(long, default_value = "zh-CN", value_parser = language)]
    language: Language,
}

fn language(tag: &str) -> Result<Language, String> {
    match tag.to_ascii_lowercase().as_str() {
        "zh-cn" | "zh" => Ok(Language::Chinese),
        "en" => Ok(Language::English),
        _ => Err("zh-CN or en".to_owned()),
    }
}

pub(super) async fn write(app: &Arc<App>, args: ReportArgs) -> Result<(), StartError> {
    let ReportArgs { site, kind, day, out, table, tickets, language } = args;
    let (site_id, period) = app
        .read(move |tx| {
            let site = sites::service::site_by_code(tx, &site)?;
            Ok((site.id, reports::service::period_of(tx, site.id, kind, day, "--day")?))
        })
        .await
        .map_err(|error| match error {
            Error::Invalid(_) => StartError(error.to_string()),
            error => error.into(),
        })?;
    let ending = out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let format: Format = ending.parse().map_err(|_| StartError("--out must end in .html, .xlsx or .csv".to_owned()))?;
    if tickets && format != Format::Xlsx {
        return Err(StartError("--tickets writes a workbook: --out must end in .xlsx".to_owned()));
    }
    // Before the work begins, so that a wrong folder is told at once.
    let draft = Draft::new(&out)?;
    if tickets {
        let told = |at: Progress| match at {
            Progress::Rows(rows) if rows % 10_000 == 0 => eprintln!("{rows} rows"),
            Progress::Rows(_) => {}
            Progress::Packing => eprintln!("packing"),
        };
        let (file, folder) = (draft.file()?, app.config.data_dir.clone());
        let rows = reports::export::tickets(app, site_id, period, language, file, &folder, told).await?;
        draft.finish()?;
        return say(format_args!("{rows} tickets: {}", out.display()));
    }
    // Of a database whose server has not put its marks into effect.
    rates::fold::run(app).await.map_err(StartError::from)?;
    let made = app.study(move |tx| reports::service::make(tx, site_id, kind, period, language)).await?;
    let written = reports::api::write(&made, format, table.as_deref()).map_err(StartError::from)?;
    draft.file()?.write_all(&written.bytes).map_err(|error| draft.failed(&error))?;
    draft.finish()?;
    say(format_args!("{}", out.display()))
}

/// A file that takes the place of another when it is whole, and goes away when it never is.
struct Draft {
    file: File,
    path: PathBuf,
    target: PathBuf,
}

impl Draft {
    /// Beside its target: only there it can take its place in one step.
    fn new(target: &Path) -> Result<Self, StartError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = File::create(&path).map_err(|error| StartError(format!("{}: {error}", target.display())))?;
        Ok(Self { file, path, target: target.to_owned() })
    }

    fn file(&self) -> Result<File, StartError> {
        self.file.try_clone().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> StartError {
        StartError(format!("{}: {error}", self.target.display()))
    }

    fn finish(self) -> Result<(), StartError> {
        self.file.sync_all().map_err(|error| self.failed(&error))?;
        std::fs::rename(&self.path, &self.target).map_err(|error| self.failed(&error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        drop(std::fs::remove_file(&self.path));
    }
}
