use std::process::ExitCode;

/// The static libc's own allocator is slow under threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    parlor::cli::run()
}
