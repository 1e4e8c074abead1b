//! The `yijian` program; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    match yijian::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("yijian: {error}");
            ExitCode::FAILURE
        }
    }
}
