"""All providers but Security, Sysmon and PowerShell: which module says what their event ids mean."""

from typing import Any

from normalise.sources.windows_eventlog.antivirus import DEFENDER
from normalise.sources.windows_eventlog.application_control import (
    APPLOCKER,
    AUDIT_CVE,
    CODE_INTEGRITY,
    MITIGATIONS,
    SOFTWARE_RESTRICTION,
)
from normalise.sources.windows_eventlog.dhcp_server import DHCP_SERVER
from normalise.sources.windows_eventlog.meaning import Meanings, mean
from normalise.sources.windows_eventlog.network_services import (
    DNS_AUDIT,
    DNS_CLIENT,
    DNS_SERVICE,
    FIREWALL,
    KDC,
    LDAP_CLIENT,
    LSA,
    NETLOGON,
    NTLM,
    SMB_CLIENT,
    SMB_SERVER,
)
from normalise.sources.windows_eventlog.remote_access import (
    GATEWAY,
    LOCAL_SESSIONS,
    OPENSSH,
    RDP_CLIENT,
    RDP_CORE,
    REMOTE_CONNECTIONS,
    WINRM,
)
from normalise.sources.windows_eventlog.servers import (
    AUTHORITY,
    DIRECTORY,
    EXCHANGE,
    FEDERATION,
    IIS_CONFIGURATION,
    LAPS,
    meanings_of_sql,
)
from normalise.sources.windows_eventlog.system import SYSTEM_PROVIDERS
from normalise.sources.windows_eventlog.tasks import (
    APP_MODEL,
    APP_PACKAGING,
    APPX,
    BITS,
    INSTALLER,
    PRINT,
    SCHEDULER,
    SCREEN_CONNECT,
    TROUBLESHOOTER,
    UPDATES,
    WMI,
)
from vagt.contracts.event import Event

Fields = dict[str, Any]
# Keys in lower case: shippers and Windows versions differ in case.
PROVIDERS: dict[str, Meanings] = {
    **SYSTEM_PROVIDERS,
    "ad fs": FEDERATION,
    "ad fs auditing": FEDERATION,
    "lsa (lsasrv)": LSA,
    "lsasrv": LSA,
    "microsoft-windows-activedirectory_domainservice": DIRECTORY,
    "microsoft-windows-applocker": APPLOCKER,
    "microsoft-windows-appmodel-runtime": APP_MODEL,
    "microsoft-windows-appxdeployment-server": APPX,
    "microsoft-windows-appxpackagingom": APP_PACKAGING,
    "microsoft-windows-diagnosis-scripted": TROUBLESHOOTER,
    "microsoft-windows-iis-configuration": IIS_CONFIGURATION,
    "screenconnect": SCREEN_CONNECT,
    "microsoft-windows-audit-cve": AUDIT_CVE,
    "microsoft-windows-bits-client": BITS,
    "microsoft-windows-certificationauthority": AUTHORITY,
    "microsoft-windows-codeintegrity": CODE_INTEGRITY,
    "microsoft-windows-dhcp-server": DHCP_SERVER,
    "microsoft-windows-dns-client": DNS_CLIENT,
    "microsoft-windows-dns-server-service": DNS_SERVICE,
    "microsoft-windows-dnsserver": DNS_AUDIT,
    "microsoft-windows-kerberos-key-distribution-center": KDC,
    "microsoft-windows-laps": LAPS,
    "microsoft-windows-ldap-client": LDAP_CLIENT,
    "microsoft-windows-lsa": LSA,
    "microsoft-windows-ntlm": NTLM,
    "microsoft-windows-printservice": PRINT,
    "microsoft-windows-remotedesktopservices-rdpcorets": RDP_CORE,
    "microsoft-windows-security-mitigations": MITIGATIONS,
    "microsoft-windows-security-netlogon": NTLM,
    "microsoft-windows-smbclient": SMB_CLIENT,
    "microsoft-windows-smbserver": SMB_SERVER,
    "microsoft-windows-softwarerestrictionpolicies": SOFTWARE_RESTRICTION,
    "microsoft-windows-taskscheduler": SCHEDULER,
    "microsoft-windows-terminalservices-clientactivexcore": RDP_CLIENT,
    "microsoft-windows-terminalservices-gateway": GATEWAY,
    "microsoft-windows-terminalservices-localsessionmanager": LOCAL_SESSIONS,
    "microsoft-windows-terminalservices-remoteconnectionmanager": REMOTE_CONNECTIONS,
    "microsoft-windows-windows defender": DEFENDER,
    "microsoft-windows-windows firewall with advanced security": FIREWALL,
    "microsoft-windows-windowsupdateclient": UPDATES,
    "microsoft-windows-winrm": WINRM,
    "microsoft-windows-wmi-activity": WMI,
    "msexchange cmdletlogs": EXCHANGE,
    "msiinstaller": INSTALLER,
    "netlogon": NETLOGON,
    "openssh": OPENSSH,
}


def _add_names_without_blanks(data: Fields) -> None:
    """Defender writes `Threat Name`; Sigma's rules for it say `ThreatName`."""
    for name, value in [(name, value) for name, value in data.items() if " " in name]:
        data.setdefault(name.replace(" ", ""), value)


def fill_other(event: Event, data: Fields) -> None:
    """The ECS view of an event of any other provider; one that is not listed keeps `winlog.*` only."""
    _add_names_without_blanks(data)
    winlog = event["winlog"]
    provider = winlog.get("provider_name")
    # most channels of the newer kind are named after their provider: `Microsoft-Windows-TaskScheduler/Operational`
    name = provider.lower() if provider else winlog.get("channel", "").partition("/")[0].lower()
    meanings = PROVIDERS.get(name) or meanings_of_sql(name)
    meaning = meanings.get(winlog["event_id"]) if meanings is not None else None
    if meaning is not None:
        mean(event, meaning, data)
