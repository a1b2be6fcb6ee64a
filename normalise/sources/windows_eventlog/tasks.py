"""What runs later, or through a service: Task Scheduler, WMI, background transfers, printing, installers, updates.

After the event manifests of Windows Server 2022 and Windows 11 (dumps: https://github.com/nasbench/EVTX-ETW-Resources) and, for
app packages, SigmaHQ's rules.
"""

from normalise.sources.windows_eventlog.meaning import Meanings, both, by_writer, placed, says

_task = placed(user="UserContext UserName User", program="ActionName Path", pid="ProcessID EnginePID")
SCHEDULER: Meanings = {
    "100": says("scheduled-task-started", "process/info", _task),
    "101": says("scheduled-task-start-failed", "process/info", _task, "failure"),
    "102": says("scheduled-task-completed", "process/info", _task, "success"),
    "103": says("scheduled-task-action-failed", "process/info", _task, "failure"),
    "104": says("scheduled-task-logon-failed", "authentication/start", _task, "failure"),
    "106": says("scheduled-task-created", "configuration/creation", _task),
    "107": says("scheduled-task-triggered", "process/info", _task),
    "108": says("scheduled-task-triggered", "process/info", _task),
    "110": says("scheduled-task-triggered-by-user", "process/info", _task),
    "111": says("scheduled-task-terminated", "process/end", _task),
    "118": says("scheduled-task-triggered-at-boot", "process/info", _task),
    "119": says("scheduled-task-triggered-at-logon", "process/info", _task),
    "129": says("scheduled-task-process-created", "process/start", _task),
    "140": says("scheduled-task-updated", "configuration/change", _task),
    "141": says("scheduled-task-deleted", "configuration/deletion", _task),
    "142": says("scheduled-task-disabled", "configuration/change", _task),
    "200": says("scheduled-task-action-started", "process/start", _task),
    "201": says("scheduled-task-action-completed", "process/end", _task),
    "202": says("scheduled-task-action-failed", "process/info", _task, "failure"),
    "203": says("scheduled-task-action-failed", "process/info", _task, "failure"),
    "322": says("scheduled-task-not-started", "process/info", _task),
    "325": says("scheduled-task-queued", "process/info", _task),
}
_wmi = placed(
    user="User ClientMachineUser", pid="ClientProcessId ProcessID Processid", source="ClientMachine", file="ProviderPath"
)
WMI: Meanings = {
    "5857": says("wmi-provider-loaded", "process/info", _wmi),
    "5858": says("wmi-query-failed", "process/info", _wmi, "failure"),
    "5859": says("wmi-permanent-filter-started", "configuration/info", _wmi),
    "5860": says("wmi-temporary-subscription-created", "configuration/creation", _wmi),
    "5861": says("wmi-permanent-subscription-created", "configuration/creation", _wmi),
}
_job = placed(user="jobOwner User", program="processPath", pid="processId", file="LocalName", url="RemoteName url")
BITS: Meanings = {
    "3": says("bits-job-created", "network/connection info", _job),
    "4": says("bits-job-completed", "network/connection end", _job, "success"),
    "5": says("bits-job-cancelled", "network/connection end", _job),
    "59": says("bits-transfer-started", "network/connection start", _job),
    "60": says("bits-transfer-stopped", "network/connection end", _job),
    "61": says("bits-transfer-failed", "network/connection end", _job, "failure"),
    "16403": says("bits-file-added", "network/connection info", _job),
}
_printed = both(by_writer, placed(user="Param3", source="Param4", file="Param2"))
_driver = both(by_writer, placed(file="PluginDllName"))
PRINT: Meanings = {
    "215": says("printer-driver-not-installed", "driver/info", _driver, "failure"),
    "300": says("printer-created", "configuration/creation", by_writer),
    "301": says("printer-deleted", "configuration/deletion", by_writer),
    "302": says("printer-deletion-started", "configuration/info", by_writer),
    "306": says("printer-changed", "configuration/change", by_writer),
    "307": says("document-printed", "file/access", _printed),
    "316": says("printer-driver-added", "driver/change", _driver),
    "317": says("printer-driver-deleted", "driver/change", by_writer),
    "354": says("print-spooler-initialisation-failed", "process/info", by_writer, "failure"),
    "808": says("print-plugin-not-loaded", "driver/info", both(by_writer, placed(file="PluginDllName Param1 #1")), "failure"),
    "811": says("print-file-not-moved", "file/info", both(by_writer, placed(file="Source")), "failure"),
    "814": says("print-processor-not-installed", "driver/info", both(by_writer, placed(file="Path")), "failure"),
    "842": says("print-job-processed", "file/info", by_writer),
}
_product = both(by_writer, placed(package="#1", package_version="#2"))
_transaction = both(by_writer, placed(file="#1"))
INSTALLER: Meanings = {
    "1022": says("product-updated", "package/change", both(by_writer, placed(package="#1"))),  # #2 is the update's name
    "1033": says("product-installed", "package/installation", _product),
    "1034": says("product-removed", "package/deletion", _product),
    "1035": says("product-reconfigured", "package/change", _product),
    "1036": says("product-updated", "package/change", _product),
    "1040": says("installer-transaction-begun", "package/start", _transaction),
    "1042": says("installer-transaction-ended", "package/info", _transaction),
    "11707": says("product-installed", "package/installation", by_writer, "success"),
    "11708": says("product-installed", "package/installation", by_writer, "failure"),
    "11724": says("product-removed", "package/deletion", by_writer, "success"),
}
_update = placed(package="updateTitle")
UPDATES: Meanings = {
    "16": says("update-connection-failed", "package/info", _update, "failure"),
    "19": says("update-installed", "package/installation", _update, "success"),
    "20": says("update-installed", "package/installation", _update, "failure"),
    "24": says("update-removed", "package/deletion", _update, "failure"),
    "43": says("update-installation-started", "package/start", _update),
    "44": says("update-download-started", "package/start", _update),
    "213": says("update-reverted", "package/info", _update, "failure"),
    "217": says("update-not-committed", "package/info", _update, "failure"),
}
_app = both(by_writer, placed(package="PackageFullName PackageMoniker", file="Path"))
APPX: Meanings = {
    "400": says("app-package-deployed", "package/installation", _app, "success"),
    "401": says("app-package-deployed", "package/installation", _app, "failure"),
    "404": says("app-package-deployed", "package/installation", _app, "failure"),
    "412": says("app-package-blocked", "package/info", _app, "failure"),
    "441": says("app-package-blocked", "package/info", _app, "failure"),
    "442": says("app-package-blocked", "package/info", _app, "failure"),
    "453": says("app-package-blocked", "package/info", _app, "failure"),
    "454": says("app-package-blocked", "package/info", _app, "failure"),
    "603": says("app-package-deployment-started", "package/start", _app),
    "854": says("app-package-source-added", "package/info", _app),
}
APP_PACKAGING: Meanings = {"157": says("app-package-unsigned", "package/info", _app, "failure")}
APP_MODEL: Meanings = {
    "201": says("app-process-created", "process/start", both(by_writer, placed(pid="ProcessID", package="PackageName")))
}
TROUBLESHOOTER: Meanings = {
    "101": says("troubleshooter-started", "process/start", both(by_writer, placed(file="PackagePath", package="PackageId"))),
}
# Programs of others whose logs public rules know.
_remote = both(by_writer, placed(reason="#1"))
SCREEN_CONNECT: Meanings = {
    "200": says("remote-command-run", "process/start", _remote),
    "201": says("remote-file-transferred", "file/creation", _remote),
}
