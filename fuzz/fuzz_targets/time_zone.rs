//! Time zone files and POSIX rules.
#![no_main]

use abi_core::libc::time::rule::Rule;
use abi_core::libc::time::tzfile::TzFile;
use libfuzzer_sys::fuzz_target;

const TIMES: [i64; 8] = [i64::MIN, -1 << 40, -1, 0, 1 << 31, 1_700_000_000, 1 << 40, i64::MAX];

fuzz_target!(|data: &[u8]| {
    if let Ok(rule) = Rule::parse(data) {
        let _ = TIMES.map(|time| rule.at(time));
    }
    let Some(file) = TzFile::parse(data) else { return };
    let _ = TIMES.map(|time| file.at(data, time).is_some());
    for index in 0..file.change_count().min(100) {
        file.after_change(data, index);
    }
});
