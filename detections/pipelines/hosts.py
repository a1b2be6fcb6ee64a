"""Servers and workstations other than Windows' event log: Linux' logs, auditd, and what an agent reports in ECS.

auditd, all records of one event joined (dataset `linux.auditd`), has the layout of Elastic's auditd_manager, and three
things that it drops and public rules ask for; a source of auditd fills them:

    auditd.data.*              the fields of the SYSCALL record: `a0`..`a3` in hexadecimal, `syscall` as a name, not a number
    auditd.paths[]             the PATH records: `name`, `nametype`, ...
    process.*, user.*, tags    exe, comm, pid, the user ids (`user.effective.id` always), the rule's key in `tags`
    auditd.log.record_type     (added) the types of all records, as a list: SYSCALL, EXECVE, PATH, ...
    auditd.execve.a0..aN       (added) the arguments of the EXECVE record by position; all of them also in `process.args`
    auditd.data.unit           (added) the unit of SERVICE_START and SERVICE_STOP

One document a record, as Elastic's auditd.log has them, is understood too.
"""

from detections.pipelines.family import BY_CONTENT, Family, Fields, either, words

# What a program of a Linux log is called as a Sigma service.
LINUX_SERVICES = {
    "sshd": "sshd",
    "sshd-session": "sshd",
    "sudo": "sudo",
    "cron": "cron",
    "crond": "cron",
    "anacron": "cron",
    "clamd": "clamav",
    "freshclam": "clamav",
    "vsftpd": "vsftpd",
    "guacd": "guacamole",
}
# The service that all events of a dataset are of, whatever the program.
LINUX_LOGS = {
    "linux.auth": "auth",
    "system.auth": "auth",
    "syslog.generic": "syslog",
    "system.syslog": "syslog",
    "linux.daemons": "syslog",
}
SYSTEMS = frozenset(("linux", "macos", "windows"))

_AUDITD: Fields = {
    "type": either("auditd.log.record_type", "auditd.message_type"),
    "SYSCALL": either("auditd.data.syscall", "auditd.log.syscall"),
    "syscall": either("auditd.data.syscall", "auditd.log.syscall"),
    "exe": "process.executable",
    "comm": "process.name",
    "cwd": "process.working_directory",
    "proctitle": "process.title",
    "key": either("tags", "auditd.log.key"),
    "name": either("auditd.paths.name", "auditd.log.name"),
    "nametype": either("auditd.paths.nametype", "auditd.log.nametype"),
    "unit": either("auditd.data.unit", "auditd.log.unit"),
    "uid": "user.id",
    "auid": "user.audit.id",
    "euid": "user.effective.id",
    "success": either("auditd.data.success", "auditd.log.success"),
    **{f"a{number}": f"auditd.execve.a{number}|auditd.data.a{number}|auditd.log.a{number}" for number in range(10)},
}
_ENDPOINT: Fields = {
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "CurrentDirectory": "process.working_directory",
    "OriginalFileName": "process.pe.original_file_name",
    "ProcessId": "process.pid",
    "ParentProcessId": "process.parent.pid",
    "User": "user.name",
    "LogonId": either("auditd.session", "process.session_leader.entity_id"),
    "TargetFilename": "file.path",
    "FileName": "file.path",
    "SourceFilename": "file.Ext.original.path",
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "DestinationHostname": "destination.domain",
    "Initiated": "network.direction",
    "Protocol": "network.transport",
}
_INITIATED: dict[str, tuple[str | None, ...]] = {"true": ("egress", "outbound"), "false": ("ingress", "inbound")}

HOSTS = (
    Family(
        "linux",
        words(None, "linux"),
        words(None),
        words(None, "auth", "syslog", *LINUX_SERVICES.values()),
        {"USER": "user.effective.name", "COMMAND": "process.command_line"},
        seen_in=("linux.auth", "syslog.generic", "linux.*", BY_CONTENT),
    ),
    Family(
        "auditd",
        words("linux"),
        words(None),
        words("auditd"),
        _AUDITD,
        datasets=("linux.auditd", "auditd.log", "auditd_manager.auditd"),
        mixed=True,
    ),
    Family(
        "endpoint",
        words(None, "linux", "macos"),
        words("process_creation", "file_event", "file_delete", "network_connection"),
        words(None),
        _ENDPOINT,
        values={"Initiated": _INITIATED},
        seen_in=("linux.auditd", "vmware.vsphere", BY_CONTENT),
        mark="ecs",
    ),
    Family(
        "endpoint files",
        words(None, "linux", "macos", "windows"),
        words("file_access", "file_rename"),
        words(None),
        _ENDPOINT,
        seen_in=(BY_CONTENT,),
        mark="ecs",
    ),
)
