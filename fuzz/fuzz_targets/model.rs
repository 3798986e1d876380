//! The library and the reference model, which must agree.
#![no_main]

#[path = "../../tests/common"]
mod common {
    pub(crate) mod c_subject;
    pub(crate) mod memory;
    pub(crate) mod programs;
    pub(crate) mod reference;
    pub(crate) mod subject;
    pub(crate) mod world;
}
#[path = "../programs/model.rs"]
mod model;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| model::run(bytes, false));
