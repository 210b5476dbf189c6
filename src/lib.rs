pub mod db;
pub mod vault;
