//! scrypt (RFC 7914) and yescrypt: a key from a password and a salt.

use hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use sha2::{Digest, Sha256};

use super::mix::{Boxes, NOTHING, Transformation};
use super::smix::{Area, first_loop, second_loop};
use crate::libc::guest_vec::GuestVec;

/// What is done with the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavor {
    /// As scrypt does.
    Scrypt,
    /// As scrypt does, for the time that is asked for.
    WriteOnce,
    /// It is written to again, and mixed with tables that change.
    ReadWrite,
}

/// What a setting says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters {
    pub(super) flavor: Flavor,
    /// `N`
    pub(super) blocks: u64,
    /// `r`: a block's length, in units of 128 bytes.
    pub(super) block_len: u32,
    /// `p`
    pub(super) lanes: u32,
    /// `t`
    pub(super) time: u32,
}

/// Whether this is the round before, which makes another password of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Final,
}

type Key = [u8; 32];

fn mac(key: &[u8], message: &[u8]) -> Key {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.chain_update(message).finalize().into_bytes().into()
}

/// Derives a key; `None` where the parameters fit nothing, or memory is short.
pub(super) fn derive(password: &[u8], salt: &[u8], parameters: &Parameters) -> Option<Key> {
    let Parameters { flavor, blocks, block_len, lanes, time } = *parameters;
    let share = blocks.checked_div(u64::from(lanes))?;
    let fits = match flavor {
        Flavor::Scrypt => time == 0,
        Flavor::WriteOnce => true,
        Flavor::ReadWrite => share > 3,
    };
    let is_known = fits
        && blocks.is_power_of_two()
        && (4..=u64::from(u32::MAX)).contains(&blocks)
        && block_len > 0
        && u64::from(block_len) * u64::from(lanes) < 1 << 30;
    if !is_known {
        return None;
    }
    let is_long = share >= 0x100 && share * u64::from(block_len) >= 0x2_0000;
    if flavor == Flavor::ReadWrite && is_long {
        let before = Parameters { blocks: blocks >> 6, time: 0, ..*parameters };
        let password = run(password, salt, &before, Stage::Before)?;
        return run(&password, salt, parameters, Stage::Final);
    }
    run(password, salt, parameters, Stage::Final)
}

fn run(password: &[u8], salt: &[u8], parameters: &Parameters, stage: Stage) -> Option<Key> {
    let Parameters { flavor, blocks, block_len, lanes, .. } = *parameters;
    let rows = 2 * usize::try_from(block_len).ok()?;
    let mut lane_bytes = GuestVec::filled(0u8, 64 * rows * usize::try_from(lanes).ok()?).ok()?;
    let count = usize::try_from(blocks).ok()?;
    let mut memory = GuestVec::filled(NOTHING, rows.checked_mul(count.checked_add(2)?)?).ok()?;
    let (area, scratch) = memory.split_at_mut(rows * count);

    let hashed;
    let mut key: Key = [0; 32];
    let password = if flavor == Flavor::Scrypt {
        password
    } else {
        let label = match stage {
            Stage::Before => &b"yescrypt-prehash"[..],
            Stage::Final => b"yescrypt",
        };
        hashed = mac(label, password);
        &hashed[..]
    };
    let bytes = &mut lane_bytes[..];
    pbkdf2_hmac::<Sha256>(password, salt, 1, bytes);
    let mut area = Area { memory: area, scratch, rows };
    if flavor == Flavor::Scrypt {
        for lane in bytes.chunks_exact_mut(64 * rows) {
            mix_lane(lane, &mut area, parameters);
        }
        pbkdf2_hmac::<Sha256>(password, bytes, 1, &mut key);
        return Some(key);
    }
    key.copy_from_slice(&bytes[..32]);
    let last_password = if flavor == Flavor::ReadWrite {
        mix_together(bytes, &mut area, parameters, &mut key)?;
        key
    } else {
        for lane in bytes.chunks_exact_mut(64 * rows) {
            mix_lane(lane, &mut area, parameters);
        }
        key
    };
    pbkdf2_hmac::<Sha256>(&last_password, bytes, 1, &mut key);
    Some(match stage {
        Stage::Before => key,
        Stage::Final => Sha256::digest(mac(&key, b"Client Key")).into(),
    })
}

fn even(number: u64) -> u64 {
    number.div_ceil(2) * 2
}

/// Mixes a lane by itself.
fn mix_lane(lane: &mut [u8], area: &mut Area, parameters: &Parameters) {
    let count = parameters.blocks;
    let loops = match parameters.time {
        0 => count,
        1 => count + count.div_ceil(2),
        time => count * u64::from(time),
    };
    first_loop(lane, area, &mut Transformation::Salsa);
    second_loop(lane, area, even(loops), &mut Transformation::Salsa, false);
}

/// Mixes all lanes, first each in its share of the memory, which it writes to, and then in all of it.
fn mix_together(bytes: &mut [u8], area: &mut Area, parameters: &Parameters, key: &mut Key) -> Option<()> {
    let rows = area.rows;
    let lanes = u64::from(parameters.lanes);
    let share = parameters.blocks / lanes;
    let loops = match parameters.time {
        0 => share.div_ceil(3),
        1 => (2 * share).div_ceil(3),
        time => share * u64::from(time - 1),
    };
    let (all, own) = (even(loops), even(loops / lanes));
    let share = usize::try_from(share & !1).ok()?;
    let mut tables = GuestVec::filled(NOTHING, Boxes::BLOCKS * usize::try_from(lanes).ok()?).ok()?;
    let mut positions = GuestVec::filled(0u8, usize::try_from(lanes).ok()?).ok()?;
    let count = area.memory.len() / rows;
    let last = bytes.len() / (64 * rows) - 1;
    for (number, lane) in bytes.chunks_exact_mut(64 * rows).enumerate() {
        let table = &mut tables[number * Boxes::BLOCKS..][..Boxes::BLOCKS];
        let mut small = Area { memory: table, scratch: &mut *area.scratch, rows: 2 };
        first_loop(&mut lane[..128], &mut small, &mut Transformation::Salsa);
        if number == 0 {
            *key = mac(&lane[64 * rows - 64..], key);
        }
        let mut boxes = Transformation::Boxes(Boxes::new(table)?);
        let start = number * share;
        let end = if number == last { count } else { start + share };
        let memory = &mut area.memory[start * rows..end * rows];
        let mut part = Area { memory, scratch: &mut *area.scratch, rows };
        first_loop(lane, &mut part, &mut boxes);
        let power = 1usize << (end - start).ilog2();
        let mut part = Area { memory: &mut part.memory[..power * rows], scratch: part.scratch, rows };
        second_loop(lane, &mut part, own, &mut boxes, true);
        positions[number] = boxes.position();
    }
    for (number, lane) in bytes.chunks_exact_mut(64 * rows).enumerate() {
        let table = &mut tables[number * Boxes::BLOCKS..][..Boxes::BLOCKS];
        let mut boxes = Transformation::Boxes(Boxes::at(table, positions[number])?);
        second_loop(lane, area, all - own, &mut boxes, false);
    }
    Some(())
}
