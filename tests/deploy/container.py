"""A service of the compose file, shut in as an engine would: its own root that cannot be written, volumes, tmpfs, secrets and
configs at their places, its networks, its user without capabilities. Out of Linux namespaces alone, so by root only.

What an engine does besides is not here: the images' own files (tests/deploy/images.py has what stands in for them), process ids
of one's own, and limits of memory and CPU (`peak_memory` is to be compared).
"""

import re
import shlex
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.compose_file import Compose, Service, seconds
from tests.deploy.networks import Networks

_SHARED = ("bin", "lib", "lib64", "sbin", "usr")
_ETC = ("alternatives", "ssl", "ld.so.cache", "nsswitch.conf", "localtime")


@dataclass(frozen=True)
class Image:
    """What stands in for an image: folders of this machine (`place` -> here; `writable` ones belong to the service), its
    variables, user and command, and folders under which there is nothing of this machine."""

    user: str
    variables: dict[str, str]
    folders: dict[str, Path] = field(default_factory=dict)
    writable: dict[str, Path] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    volume_owner: str = "0:0"


class Container:
    """One container of a service; `number` tells those of a scaled service apart."""

    def __init__(self, networks: Networks, name: str, image: Image, secrets: Path, folder: Path, *, number: int = 1) -> None:
        """`secrets` stands for deploy/secrets; `folder` is where the engine keeps its volumes."""
        self.compose: Compose = networks.compose
        self.service: Service = self.compose.services[name]
        self.name, self.number, self.image = name, number, image
        self._networks, self._secrets, self._folder = networks, secrets, folder
        self.place = folder / f"{name}.{number}"
        self.process: subprocess.Popen[bytes] | None = None
        self._held: subprocess.Popen[bytes] | None = None

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start it with the service's command, or another."""
        (self.place / "root").mkdir(parents=True, exist_ok=True)
        (self.place / "hosts").write_text(self._networks.hosts(self.name))
        (self.place / "passwd").write_text("root:x:0:0::/:/bin/sh\nservice:x:" + f"{self._user()}::/:/bin/sh\n")
        own = (*(self.service.entrypoint or self.image.entrypoint), *(self.service.command or self.image.command))
        words = command or own
        script = "\n".join(
            ["set -e", "read -r _", *self._mounts(), f"exec chroot . {shlex.join(self._shut_in(words))} </dev/null"]
        )
        with self.log.open("ab") as log, self.output.open("ab") as output:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--net", "sh", "-c", script], stdin=subprocess.PIPE, stdout=output, stderr=log
            )
        self._networks.connect(self.process.pid, self.name, self.number)
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")
        self.process.stdin.close()
        return self.process

    @property
    def log(self) -> Path:
        return self._folder / f"{self.place.name}.log"

    @property
    def output(self) -> Path:
        """Its standard output; the log is its standard error."""
        return self._folder / f"{self.place.name}.out"

    def tail(self) -> str:
        """The end of its log."""
        told = [path.read_text(errors="replace")[-4000:] for path in (self.output, self.log)]
        return f"{self.place.name}: {''.join(told)}"

    def execute(self, *words: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run words inside, as `docker compose exec` does."""
        return subprocess.run(
            [*self._inside(), *self._shut_in(words)], capture_output=True, text=True, check=False, timeout=timeout
        )

    def hold(self) -> None:
        """Keep the container's insides when its process ends, so that the health check can be asked then too."""
        self._held = subprocess.Popen([*self._inside(), *self._shut_in(("sleep", "infinity"))])

    def is_healthy(self) -> bool:
        """What the service's own health check says, as it stands."""
        check = self.service.healthcheck
        assert check is not None
        kind, *words = check.test
        if kind == "CMD-SHELL":
            words = ["/bin/sh", "-c", *words]
        try:
            return self.execute(*words, timeout=seconds(check.timeout)).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def wait_until_healthy(self) -> None:
        """Within the time after which the engine would call it unhealthy."""
        check = self.service.healthcheck
        assert check is not None and self.process is not None
        deadline = time.monotonic() + seconds(check.start_period) + seconds(check.interval) * check.retries
        while not self.is_healthy():
            assert self.process.poll() is None, f"it ended with {self.process.poll()}; {self.tail()}"
            assert time.monotonic() < deadline, f"not healthy in time; {self.tail()}"
            time.sleep(0.3)

    def wait(self) -> int:
        """Until it has ended by itself, as what sets up does; gives the exit code."""
        assert self.process is not None
        return self.process.wait(300)

    def stop(self) -> int:
        """As the engine stops it, within its grace period; gives the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds(self.service.stop_grace_period or "10s"))

    def kill(self) -> None:
        """SIGKILL, and wait."""
        for process in (self.process, self._held):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def peak_memory(self) -> int:
        """Bytes: the most that its main process had."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[0]) * 1024

    def files(self, place: str) -> set[str]:
        """Files below a place inside, by their paths."""
        assert self.process is not None
        root = Path(f"/proc/{self.process.pid}/root")
        return {f"/{path.relative_to(root)}" for path in (root / place.lstrip("/")).rglob("*") if path.is_file()}

    def volume(self, source: str) -> Path:
        """Where a named volume lies here."""
        return self._folder / "volumes" / source

    def _inside(self) -> list[str]:
        process = self._held or self.process
        assert process is not None
        return ["nsenter", f"--target={process.pid}", "--mount", "--net", "--root", "--wd"]

    def _user(self) -> str:
        return self.service.user or self.image.user

    def _shut_in(self, words: tuple[str, ...]) -> list[str]:
        user, group = self._user().split(":")
        groups = [f"--groups={','.join(self.service.group_add)}"] if self.service.group_add else ["--clear-groups"]
        assert self.service.cap_drop == ["ALL"] and self.service.security_opt == ["no-new-privileges:true"]
        capabilities = ["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs"]
        who = ["setpriv", f"--reuid={user}", f"--regid={group}", *groups, *capabilities, "--pdeathsig", "KILL"]
        variables = self.image.variables | {name: str(value) for name, value in self.service.environment.items()}
        return [*who, "env", "-i", *(f"{name}={value}" for name, value in variables.items()), *words]

    def _mounts(self) -> list[str]:
        """Commands of a shell that make the root, in which they leave it."""
        lines = ["mount --make-rprivate /", f"mount -t tmpfs -o mode=0755 none {self.place}/root", f"cd {self.place}/root"]
        lines += [
            "mkdir dev proc etc run var tmp",
            "chmod 1777 tmp",
            "ln -s /run var/run",
            "mount --rbind /dev dev",
            "mount --rbind /proc proc",
        ]
        for name in _SHARED:
            here = Path("/", name)
            if here.is_symlink():
                lines.append(f"ln -s {here.readlink()} {name}")
            elif here.exists():
                lines += _bind(here, f"/{name}", "ro")
        for place in self.image.hidden:
            lines.append(f"mount -t tmpfs -o mode=0755 none .{place}")
        etc = [path for path in Path("/etc").iterdir() if path.name in _ETC or path.name.startswith("java-")]
        binds = {f"/etc/{path.name}": (path, "ro") for path in etc}
        binds |= {"/etc/hosts": (self.place / "hosts", "ro"), "/etc/passwd": (self.place / "passwd", "ro")}
        binds |= {place: (here, "ro") for place, here in self.image.folders.items()}
        binds |= {place: (here, "rw") for place, here in self.image.writable.items()}
        for place, (here, mode) in binds.items():
            lines += _bind(here, place, mode)
        for place, options in sorted(one.partition(":")[::2] for one in self.service.tmpfs):
            safe = "nosuid,nodev" if "exec" in options.split(",") else "nosuid,nodev,noexec"
            others = ",".join(word for word in options.split(",") if word and word != "exec")
            lines += [f"mkdir -p .{place}", f"mount -t tmpfs -o {safe},{others or 'mode=1777'} none .{place}"]
        for place, here, mode in sorted([*self._volumes(), *self._given()]):
            lines += _bind(here, place, mode)
        return [*lines, "mount -o remount,bind,ro ."] if self.service.read_only else lines

    def _volumes(self) -> list[tuple[str, Path, str]]:
        made = []
        for volume in self.service.volumes:
            source, place, mode = (*volume.split(":"), "rw")[:3]
            here = self.volume(source)
            if not here.exists():  # a new volume gets the owner of the image's folder
                here.mkdir(parents=True)
                subprocess.run(["chown", self.image.volume_owner, str(here)], check=True)
            made.append((place, here, mode))
        return made

    def _given(self) -> list[tuple[str, Path, str]]:
        files = {
            place: self._secrets / Path(self.compose.secrets[one].file).name for one, place in self.service.grants().items()
        }
        root = Path(__file__).resolve().parents[2]
        files |= {one.target: root / self.compose.configs[one.source].file for one in self.service.configs}
        return [(place, here, "ro") for place, here in files.items()]


def _bind(here: Path, place: str, mode: str) -> list[str]:
    target = shlex.quote(f".{place}")
    made = f"mkdir -p {target}" if here.is_dir() else f"mkdir -p $(dirname {target}); [ -e {target} ] || : > {target}"
    lines = [made, f"mount --bind {shlex.quote(str(here))} {target}"]
    return [*lines, f"mount -o remount,bind,ro {target}"] if mode == "ro" else lines
