//! The QEMU command, as one typed value that can be shown or run.

use std::ffi::OsString;
use std::os::fd::RawFd;
use std::path::Path;

use super::exports::Export;
use crate::options::{Accel, Machine};

/// QEMU's program.
pub(super) const PROGRAM: &str = "qemu-system-x86_64";

/// What QEMU is asked for.
#[derive(Debug, Clone)]
pub(super) struct Command {
    /// Which machine.
    pub(super) machine: Machine,
    /// KVM or TCG.
    pub(super) accel: Accel,
    /// How many processors.
    pub(super) cpus: usize,
    /// How much memory.
    pub(super) memory_bytes: usize,
    /// Descriptor of the kernel image.
    pub(super) kernel: RawFd,
    /// Descriptor of the boot archive.
    pub(super) archive: RawFd,
    /// Folders that the machine sees.
    pub(super) exports: Vec<Export>,
    /// The machine's disks.
    pub(super) disks: Vec<Drive>,
    /// Descriptor of QEMU's end of the control channel.
    pub(super) control: RawFd,
    /// Descriptor of a pipe: QEMU waits before it makes the machine until nobody can write to it.
    pub(super) gate: Option<RawFd>,
    /// The kernel's own command line, for its tests.
    pub(super) kernel_arguments: Option<String>,
    /// The port where the machine waits for gdb.
    pub(super) debugger: Option<u16>,
}

/// A disk of the machine.
#[derive(Debug, Clone)]
pub(super) struct Drive {
    /// Descriptor of its image.
    pub(super) file: RawFd,
    /// How much of the image it is.
    pub(super) len_bytes: u64,
    /// Whether it can't be written.
    pub(super) is_read_only: bool,
    /// Whether the image is a block device.
    pub(super) is_device: bool,
}

impl Drive {
    /// Returns the option that opens the image, as `name`. Osvrun has it locked.
    fn option(&self, name: &str) -> String {
        let driver = if self.is_device { "host_device" } else { "file" };
        let access = if self.is_read_only { "on" } else { "off" };
        format!(
            "driver=raw,node-name={name},size={},read-only={access},file.driver={driver},file.locking=off,\
             file.filename=/proc/self/fd/{}",
            self.len_bytes, self.file
        )
    }
}

impl Command {
    /// Returns the arguments.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut all: Vec<OsString> = Vec::new();
        let mut add = |words: &[&str]| all.extend(words.iter().map(OsString::from));
        if let Some(gate) = self.gate {
            // A file of settings ends where the pipe does.
            add(&["-readconfig", &format!("/proc/self/fd/{gate}")]);
        }
        match self.machine {
            Machine::Microvm => add(&["-machine", "microvm,acpi=off,pic=on,pit=on,rtc=off,isa-serial=on"]),
            Machine::Q35 => add(&[
                "-machine",
                "q35,usb=off,smbus=off,sata=off,vmport=off,hpet=off",
                "-vga",
                "none",
                "-bios",
                "qboot.rom",
            ]),
        }
        match self.accel {
            Accel::Kvm | Accel::TryKvm => add(&["-accel", "kvm", "-cpu", "host"]),
            // TCG makes a loop over bytes of `rep movsb`, which C libraries prefer where these two flags are.
            _ => add(&["-accel", "tcg,thread=multi", "-cpu", "max,-erms,-fsrm"]),
        }
        add(&["-smp", &self.cpus.to_string()]);
        // QEMU counts in MiB here.
        add(&["-m", &self.memory_bytes.div_ceil(1 << 20).to_string()]);
        add(&["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-nic", "none"]);
        add(&["-serial", "stdio", "-device", "isa-debug-exit,iobase=0x501,iosize=2"]);
        add(&["-global", "virtio-mmio.force-legacy=false"]);
        let suffix = self.machine.virtio_suffix();
        // A PCI device would be notified through QEMU's main loop: off, the processor's thread serves it at once.
        let prompt = if self.machine == Machine::Q35 { ",ioeventfd=off" } else { "" };
        add(&["-chardev", &format!("socket,id=control,fd={}", self.control)]);
        add(&["-device", &format!("virtio-serial-{suffix},max_ports=1{prompt}")]);
        add(&["-device", "virtconsole,chardev=control"]);
        add(&["-object", "rng-random,filename=/dev/urandom,id=entropy"]);
        add(&["-device", &format!("virtio-rng-{suffix},rng=entropy{prompt}")]);
        for (number, export) in self.exports.iter().enumerate() {
            let access = if export.is_writable { "" } else { ",readonly=on" };
            let rest = format!(",security_model=none,multidevs=remap{access}");
            let mut served = OsString::from(format!("local,id=host{number},path="));
            served.extend([export.option_path(), rest.into()]);
            all.extend(["-fsdev".into(), served]);
            let device = format!("virtio-9p-{suffix},fsdev=host{number},mount_tag=host{number}{prompt}");
            all.extend(["-device".into(), device.into()]);
        }
        let mut add = |words: &[&str]| all.extend(words.iter().map(OsString::from));
        for (number, disk) in self.disks.iter().enumerate() {
            let name = format!("disk{number}");
            add(&["-blockdev", &disk.option(&name)]);
            add(&["-device", &format!("virtio-blk-{suffix},drive={name}{prompt}")]);
        }
        add(&["-kernel", &format!("/proc/self/fd/{}", self.kernel)]);
        add(&["-initrd", &format!("/proc/self/fd/{}", self.archive)]);
        if let Some(arguments) = &self.kernel_arguments {
            add(&["-append", arguments]);
        }
        if let Some(port) = self.debugger {
            add(&["-gdb", &format!("tcp:127.0.0.1:{port}"), "-S"]);
        }
        all
    }

    /// Returns the command as a shell would take it.
    pub(super) fn shown(&self) -> String {
        let words = self.arguments().into_iter().map(|word| word.to_string_lossy().into_owned());
        std::iter::once(PROGRAM.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
    }
}

impl Accel {
    /// Tells whether TCG takes over when the machine does not come up.
    pub(super) fn may_fall_back(self) -> bool {
        self == Self::TryKvm
    }
}

/// Decides between KVM and TCG: opening `/dev/kvm` proves nothing, so the processor must have the extensions and the
/// `kvm_pvm` module, which accepts machines and then fails them, must not be there.
pub(super) fn choose_accel(asked: Accel) -> Accel {
    if asked != Accel::Auto {
        return asked;
    }
    let flags = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let has_extensions = flags
        .lines()
        .find(|line| line.starts_with("flags"))
        .is_some_and(|line| line.split_whitespace().any(|flag| flag == "vmx" || flag == "svm"));
    let opens = std::fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
    if has_extensions && opens && !Path::new("/sys/module/kvm_pvm").exists() {
        Accel::TryKvm
    } else {
        Accel::Tcg
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(machine: Machine) -> Command {
        Command {
            machine,
            accel: Accel::Tcg,
            cpus: 2,
            memory_bytes: 12 << 20,
            kernel: 3,
            archive: 4,
            exports: vec![
                Export { folder: "/".into(), is_writable: false },
                Export { folder: "/a,b".into(), is_writable: true },
            ],
            disks: vec![Drive { file: 6, len_bytes: 1024, is_read_only: true, is_device: false }],
            control: 5,
            gate: None,
            kernel_arguments: None,
            debugger: None,
        }
    }

    #[test]
    fn the_command_names_the_machine_and_its_devices() {
        let shown = command(Machine::Microvm).shown();
        assert!(shown.starts_with("qemu-system-x86_64 -machine microvm,"), "{shown}");
        assert!(shown.contains("-smp 2 -m 12 "), "{shown}");
        assert!(shown.contains("virtio-rng-device,"), "{shown}");
        assert!(command(Machine::Q35).shown().contains("virtio-rng-pci,"));
        assert!(shown.contains("path=/,security_model=none,multidevs=remap,readonly=on "), "{shown}");
        assert!(shown.contains("path=/a,,b,security_model=none,multidevs=remap -device"), "{shown}");
        assert!(shown.contains("virtio-9p-device,fsdev=host1,mount_tag=host1 "), "{shown}");
        assert!(shown.contains("size=1024,read-only=on,file.driver=file,"), "{shown}");
        assert!(
            shown.contains("file.filename=/proc/self/fd/6 -device virtio-blk-device,drive=disk0 "),
            "{shown}"
        );
    }
}
