//! `/proc/cpuinfo`: what CPUID says of the processor this is read on, for each one there is.

use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::fmt::Write;

use alloc::string::String;
use alloc::vec::Vec;

use crate::kernel::Kernel;

/// Linux's names of the feature bits in register order: leaf 1 EDX, leaf 1 ECX, leaf 0x80000001 EDX and ECX, leaf 7 EBX
/// and ECX. `-` has no name there.
const FLAGS: [&str; 6] = [
    "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 \
     ss ht tm ia64 pbe",
    "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 \
     x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor",
    "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow",
    "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 \
     tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx - -",
    "fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - mpx rdt_a avx512f avx512dq rdseed adx \
     smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl",
    "- avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni vaes vpclmulqdq avx512_vnni avx512_bitalg - \
     avx512_vpopcntdq - - - - - - - rdpid - - cldemote - movdiri movdir64b - - -",
];

/// What CPUID says that all processors share.
struct Processor {
    vendor: String,
    brand: String,
    family: u32,
    model: u32,
    stepping: u32,
    level: u32,
    flags: String,
    clflush_bytes: u32,
    physical_bits: u32,
    virtual_bits: u32,
}

fn text(words: &[u32]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).take_while(|&b| b != 0).collect();
    String::from_utf8_lossy(bytes.trim_ascii()).into_owned()
}

impl Processor {
    fn ask() -> Self {
        let zero = __cpuid(0);
        let one = __cpuid(1);
        let extended = __cpuid(0x8000_0000).eax;
        let beyond = |leaf: u32| if extended >= leaf { __cpuid(leaf) } else { __cpuid(0x8000_0000) };
        let (base_family, base_model) = ((one.eax >> 8) & 0xf, (one.eax >> 4) & 0xf);
        let family = if base_family == 0xf { base_family + ((one.eax >> 20) & 0xff) } else { base_family };
        let model = if base_family >= 6 { base_model | ((one.eax >> 12) & 0xf0) } else { base_model };
        let brand: Vec<u32> = if extended >= 0x8000_0004 {
            (0x8000_0002..=0x8000_0004)
                .flat_map(|leaf| {
                    let part = __cpuid(leaf);
                    [part.eax, part.ebx, part.ecx, part.edx]
                })
                .collect()
        } else {
            Vec::new()
        };
        let features = (extended >= 0x8000_0001).then(|| __cpuid(0x8000_0001));
        let seven = (zero.eax >= 7).then(|| __cpuid_count(7, 0));
        let words = [
            one.edx,
            one.ecx,
            features.map_or(0, |leaf| leaf.edx),
            features.map_or(0, |leaf| leaf.ecx),
            seven.map_or(0, |leaf| leaf.ebx),
            seven.map_or(0, |leaf| leaf.ecx),
        ];
        let mut flags = String::new();
        for (names, word) in FLAGS.iter().zip(words) {
            for (bit, name) in names.split_ascii_whitespace().enumerate() {
                if word & (1 << bit) != 0 && name != "-" {
                    let _ = write!(flags, " {name}");
                }
            }
        }
        let sizes = if extended >= 0x8000_0008 { beyond(0x8000_0008).eax } else { 0x3024 };
        Self {
            vendor: text(&[zero.ebx, zero.edx, zero.ecx]),
            brand: text(&brand),
            family,
            model,
            stepping: one.eax & 0xf,
            level: zero.eax,
            flags,
            clflush_bytes: ((one.ebx >> 8) & 0xff) * 8,
            physical_bits: sizes & 0xff,
            virtual_bits: (sizes >> 8) & 0xff,
        }
    }
}

/// Makes `/proc/cpuinfo`. How the processors share packages and cores is not known, so it isn't said.
pub(super) fn cpuinfo(kernel: &Kernel) -> Vec<u8> {
    let cpu = Processor::ask();
    let mut out = String::new();
    for number in 0..kernel.backend.cpus().count {
        let _ = writeln!(out, "processor\t: {number}\nvendor_id\t: {}", cpu.vendor);
        let _ = writeln!(out, "cpu family\t: {}\nmodel\t\t: {}", cpu.family, cpu.model);
        let _ = writeln!(out, "model name\t: {}\nstepping\t: {}", cpu.brand, cpu.stepping);
        let _ = writeln!(out, "fpu\t\t: yes\ncpuid level\t: {}\nwp\t\t: yes", cpu.level);
        let _ = writeln!(out, "flags\t\t:{}\nclflush size\t: {}", cpu.flags, cpu.clflush_bytes);
        let sizes = (cpu.physical_bits, cpu.virtual_bits);
        let _ = writeln!(out, "address sizes\t: {} bits physical, {} bits virtual\n", sizes.0, sizes.1);
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_has_a_name_for_each_bit() {
        for names in FLAGS {
            assert_eq!(names.split_ascii_whitespace().count(), 32, "{names}");
        }
    }

    #[test]
    fn the_processor_has_what_x86_64_always_has() {
        let cpu = Processor::ask();
        for name in ["fpu", "sse2", "lm", "fxsr"] {
            assert!(cpu.flags.split(' ').any(|flag| flag == name), "{name}");
        }
        assert_eq!(cpu.vendor.len(), 12);
        assert!(cpu.physical_bits >= 36 && cpu.virtual_bits >= 48);
    }
}
