//! How people sign in.

use crate::kernel::figures::{Count, Family};

pub struct Figures {
    pub sign_ins: Count,
    /// Wrong address or password.
    pub sign_ins_failed: Count,
}

pub static FIGURES: Figures = Figures { sign_ins: Count::new(), sign_ins_failed: Count::new() };

pub fn families() -> Vec<Family> {
    vec![
        Family::count("parlor_sign_ins", "People who signed in with a password", FIGURES.sign_ins.get()),
        Family::count("parlor_sign_ins_failed", "Wrong passwords and addresses", FIGURES.sign_ins_failed.get()),
    ]
}
