//! `/sys/devices/system/cpu/cpuN`: cores, packages and caches, as CPUID says on each processor (SDM volume 2, leaves 4 and
//! 0x0b; AMD's 0x80000005, 0x80000006, 0x8000001d and 0x8000001e).

use core::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};
use core::fmt::Write;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::kernel::{Context, Kernel};

/// The most caches a processor is asked for.
const CACHES_MAX: u32 = 16;

/// How the bits of an APIC number are split.
struct Shifts {
    /// Bits that tell the threads of a core apart.
    core: u32,
    /// Bits that tell the threads of a package apart.
    package: u32,
}

fn bits_for(count: u32) -> u32 {
    count.max(1).next_power_of_two().trailing_zeros()
}

/// AMD's extended topology leaves are there.
fn has_amd_topology() -> bool {
    let vendor = __cpuid(0).ebx.to_le_bytes();
    let extended = __cpuid(0x8000_0000).eax;
    matches!(&vendor, b"Auth" | b"Hygo")
        && extended >= 0x8000_001e
        && __cpuid(0x8000_0001).ecx & (1 << 22) != 0
}

/// Returns leaf 0x0b, where it says something.
fn levels() -> Option<[CpuidResult; 2]> {
    if __cpuid(0).eax < 0xb {
        return None;
    }
    let levels = [__cpuid_count(0xb, 0), __cpuid_count(0xb, 1)];
    (levels[0].ebx & 0xffff != 0).then_some(levels)
}

fn shifts() -> Shifts {
    if let Some([threads, cores]) = levels() {
        let core = threads.eax & 31;
        return Shifts { core, package: (cores.eax & 31).max(core) };
    }
    let one = __cpuid(1);
    let logical = if one.edx & (1 << 28) != 0 { (one.ebx >> 16) & 0xff } else { 1 };
    let core = if has_amd_topology() { bits_for(((__cpuid(0x8000_001e).ebx >> 8) & 0xff) + 1) } else { 0 };
    Shifts { core, package: bits_for(logical).max(core) }
}

/// Returns the APIC number of the processor this runs on.
fn apic_number() -> u32 {
    levels().map_or_else(|| __cpuid(1).ebx >> 24, |[threads, _]| threads.edx)
}

/// Returns every processor's APIC number. The calling thread visits them all, once.
fn apic_numbers(kernel: &Kernel) -> Vec<u32> {
    let mut known = kernel.fs.apic_numbers.lock();
    let count = kernel.backend.cpus().count;
    if known.len() != count {
        let cx = Context::current();
        let thread = cx.thread;
        *known = (0..count)
            .map(|cpu| {
                let mut only = alloc::vec![0; cpu / 8 + 1];
                only[cpu / 8] = 1 << (cpu % 8);
                let is_there = kernel.backend.set_affinity(thread.backend_id(), &only).is_ok();
                if is_there { apic_number() } else { cpu as u32 }
            })
            .collect();
        // Back to where it may run.
        let _ = kernel.backend.set_affinity(thread.backend_id(), &thread.scheduling.processors());
    }
    known.clone()
}

/// Returns the processors whose APIC numbers agree with that of `numbers[0]` above `shift` bits.
fn alike(kernel: &Kernel, numbers: &[usize], shift: u32) -> Option<Vec<usize>> {
    let apic = apic_numbers(kernel);
    let above = |number: u32| u64::from(number) >> shift;
    let own = above(*apic.get(*numbers.first()?)?);
    Some((0..apic.len()).filter(|cpu| above(apic[*cpu]) == own).collect())
}

/// Writes processors as `0-3,6`.
pub(super) fn list(cpus: &[usize]) -> String {
    let mut out = String::new();
    let mut rest = cpus;
    while let [first, ..] = rest {
        let run = (1..rest.len()).take_while(|&n| rest[n] == first + n).count();
        let comma = if out.is_empty() { "" } else { "," };
        let _ = if run == 0 {
            write!(out, "{comma}{first}")
        } else {
            write!(out, "{comma}{first}-{}", first + run)
        };
        rest = &rest[run + 1..];
    }
    out
}

/// Writes processors as a mask for `count` of them: groups of 32 bits with commas between, the highest first.
pub(super) fn mask(cpus: &[usize], count: usize) -> String {
    let mut out = String::new();
    for group in (0..count.div_ceil(32)).rev() {
        let word =
            cpus.iter().filter(|cpu| *cpu / 32 == group).fold(0u32, |word, cpu| word | 1 << (cpu % 32));
        let digits = if out.is_empty() { (count - 32 * group).div_ceil(4) } else { 8 };
        let comma = if out.is_empty() { "" } else { "," };
        let _ = write!(out, "{comma}{word:0digits$x}");
    }
    out
}

fn list_line(cpus: Option<Vec<usize>>) -> Option<Vec<u8>> {
    Some(format!("{}\n", list(&cpus?)).into_bytes())
}
fn mask_line(kernel: &Kernel, cpus: Option<Vec<usize>>) -> Option<Vec<u8>> {
    Some(format!("{}\n", mask(&cpus?, kernel.backend.cpus().count)).into_bytes())
}

/// The mask of all processors.
pub(super) fn all_processors(kernel: &Kernel) -> Vec<u8> {
    mask_line(kernel, Some((0..kernel.backend.cpus().count).collect())).unwrap_or_default()
}

pub(super) fn core_map(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    mask_line(kernel, alike(kernel, numbers, shifts().core))
}
pub(super) fn core_list(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    list_line(alike(kernel, numbers, shifts().core))
}
pub(super) fn package_map(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    mask_line(kernel, alike(kernel, numbers, shifts().package))
}
pub(super) fn package_list(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    list_line(alike(kernel, numbers, shifts().package))
}
pub(super) fn core_id(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let apic = u64::from(*apic_numbers(kernel).get(*numbers.first()?)?);
    let Shifts { core, package } = shifts();
    Some(format!("{}\n", (apic & ((1 << package) - 1)) >> core).into_bytes())
}
pub(super) fn package_id(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    let apic = u64::from(*apic_numbers(kernel).get(*numbers.first()?)?);
    Some(format!("{}\n", apic >> shifts().package).into_bytes())
}

/// One cache.
struct Cache {
    kind: &'static str,
    level: u32,
    line_bytes: u64,
    partitions: u64,
    ways: u64,
    sets: u64,
    /// Bits that tell the threads that share it apart.
    shift: u32,
}

impl Cache {
    /// Returns the caches of the processor this runs on.
    fn all() -> Vec<Self> {
        let leaf = match has_amd_topology() {
            true => 0x8000_001d,
            false if __cpuid(0).eax >= 4 => 4,
            false => return Self::older(),
        };
        let listed: Vec<Self> =
            (0..CACHES_MAX).map_while(|index| Self::listed(&__cpuid_count(leaf, index))).collect();
        if listed.is_empty() { Self::older() } else { listed }
    }

    /// Reads what leaf 4 or 0x8000001d says of one; `None` after the last.
    fn listed(said: &CpuidResult) -> Option<Self> {
        let kind = match said.eax & 31 {
            1 => "Data",
            2 => "Instruction",
            3 => "Unified",
            _ => return None,
        };
        Some(Self {
            kind,
            level: said.eax >> 5 & 7,
            line_bytes: u64::from(said.ebx & 0xfff) + 1,
            partitions: u64::from(said.ebx >> 12 & 0x3ff) + 1,
            ways: u64::from(said.ebx >> 22) + 1,
            sets: u64::from(said.ecx) + 1,
            shift: bits_for((said.eax >> 14 & 0xfff) + 1),
        })
    }

    /// Reads AMD's older leaves, 0x80000005 and 0x80000006.
    fn older() -> Vec<Self> {
        if __cpuid(0x8000_0000).eax < 0x8000_0006 {
            return Vec::new();
        }
        let (first, others) = (__cpuid(0x8000_0005), __cpuid(0x8000_0006));
        let level_1 = |kind, said: u32| Self::of_size(kind, 1, said >> 24, said >> 16 & 0xff, said, 0);
        let ways = |said: u32| match said >> 12 & 0xf {
            few @ (1 | 2 | 4) => few,
            6 => 8,
            8 => 16,
            10 => 32,
            11 => 48,
            12 => 64,
            13 => 96,
            14 => 128,
            _ => 0,
        };
        let (second, third) = (others.ecx, others.edx);
        [
            level_1("Data", first.ecx),
            level_1("Instruction", first.edx),
            Self::of_size("Unified", 2, second >> 16, ways(second), second, 0),
            Self::of_size("Unified", 3, (third >> 18) * 512, ways(third), third, shifts().package),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn of_size(kind: &'static str, level: u32, kib: u32, ways: u32, said: u32, shift: u32) -> Option<Self> {
        let line_bytes = u64::from(said & 0xff);
        let bytes = u64::from(kib) * 1024;
        let sets = bytes.checked_div(line_bytes * u64::from(ways)).filter(|sets| *sets > 0)?;
        Some(Self { kind, level, line_bytes, partitions: 1, ways: u64::from(ways), sets, shift })
    }

    fn size_bytes(&self) -> u64 {
        self.line_bytes * self.partitions * self.ways * self.sets
    }
}

/// Returns the size, the ways and the line size of the cache of a level, the first level's for code or for data.
pub fn cache_figures(level: u32, is_code: bool) -> Option<[u64; 3]> {
    let serves = |cache: &Cache| cache.level == level && (cache.kind == "Instruction") == is_code;
    Cache::all().into_iter().find(serves).map(|cache| [cache.size_bytes(), cache.ways, cache.line_bytes])
}

pub(super) fn cache_count(_kernel: &Kernel, _numbers: &[usize]) -> usize {
    Cache::all().len()
}

fn cache_line(numbers: &[usize], show: impl FnOnce(&Cache) -> String) -> Option<Vec<u8>> {
    let mut line = show(Cache::all().get(*numbers.get(1)?)?);
    line.push('\n');
    Some(line.into_bytes())
}

pub(super) fn line_bytes(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    cache_line(numbers, |cache| format!("{}", cache.line_bytes))
}
pub(super) fn level(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    cache_line(numbers, |cache| format!("{}", cache.level))
}
pub(super) fn sets(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    cache_line(numbers, |cache| format!("{}", cache.sets))
}
pub(super) fn partitions(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    cache_line(numbers, |cache| format!("{}", cache.partitions))
}
pub(super) fn ways(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    cache_line(numbers, |cache| format!("{}", cache.ways))
}
pub(super) fn size(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    cache_line(numbers, |cache| format!("{}K", cache.size_bytes() / 1024))
}
pub(super) fn kind(_kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    cache_line(numbers, |cache| cache.kind.into())
}
fn sharing(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<usize>> {
    alike(kernel, numbers, Cache::all().get(*numbers.get(1)?)?.shift)
}
pub(super) fn sharing_list(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    list_line(sharing(kernel, numbers))
}
pub(super) fn sharing_map(kernel: &Kernel, numbers: &[usize]) -> Option<Vec<u8>> {
    mask_line(kernel, sharing(kernel, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_written_as_linux_writes_them() {
        assert_eq!(list(&[0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
        assert_eq!(list(&[]), "");
        assert_eq!(mask(&[0, 1], 2), "3");
        assert_eq!(mask(&[0, 33], 40), "02,00000001");
    }

    #[test]
    fn caches_have_sizes_that_make_sense() {
        for cache in Cache::all() {
            assert!(cache.line_bytes.is_power_of_two());
            assert!(cache.size_bytes() >= 1024);
        }
        let Shifts { core, package } = shifts();
        assert!(core <= package);
    }
}
