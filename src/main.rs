//! The `yijian` program; everything it does is in the library.

use std::process::ExitCode;

/// Requests are many small allocations on many threads: this one spends half of what the system's does on them, and
/// keeps less memory for itself afterwards (see `docs/BENCHMARKS.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match yijian::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("yijian: {error}");
            ExitCode::FAILURE
        }
    }
}
