"""For each family of sources: a public rule (by its file), what makes an event of that source match it, and what makes it a
near miss. Paths are dotted; `event.*` of the frame is the family's."""

from typing import Any, NamedTuple

SYSMON = "Microsoft-Windows-Sysmon/Operational"


class FamilyCase(NamedTuple):
    """`frame`: fields of both documents; `hit`: those of the one that matches; `miss`: what of them is otherwise."""

    family: str
    rule: str
    frame: dict[str, Any]
    hit: dict[str, Any]
    miss: dict[str, Any]


def _event(dataset: str, *categories: str, types: tuple[str, ...] = ()) -> dict[str, Any]:
    frame: dict[str, Any] = {"event.dataset": dataset, "event.module": dataset.partition(".")[0]}
    return frame | {"event.category": list(categories), "event.type": list(types)}


def _host(system: str, *categories: str, types: tuple[str, ...]) -> dict[str, Any]:
    return _event("endpoint.events", *categories, types=types) | {"host.os.type": system}


def _windows(channel: str, code: str) -> dict[str, Any]:
    return _event("windows.eventlog") | {"event.code": code, "winlog.channel": channel}


_AUDITD = _event("linux.auditd", "process", types=("start",))
_ZEEK = {"source.ip": "192.0.2.10", "destination.ip": "192.0.2.20"}
_TARGETS = "azure.auditlogs.properties.target_resources"

CASES = (
    FamilyCase(
        "auditd",
        "lnx_auditd_bpfdoor_port_redirect",
        _AUDITD
        | {"auditd.log.record_type": ["SYSCALL", "EXECVE"], "auditd.execve": {"a0": "/sbin/iptables", "a1": "-t", "a2": "nat"}},
        {"process.args": ["/sbin/iptables", "-t", "nat", "--to-ports 42391"], "process.title": "iptables --to-ports 42391"},
        {"process.args": ["/sbin/iptables", "-t", "nat", "-L"], "process.title": "iptables -t nat -L"},
    ),
    FamilyCase(
        "auditd",
        "lnx_auditd_systemd_service_creation",
        _event("linux.auditd", "file", types=("creation",)) | {"auditd.log.record_type": ["SYSCALL", "PATH"]},
        {"auditd.paths": [{"name": "/etc/systemd/system/x.service", "nametype": "CREATE"}]},
        {"auditd.paths": [{"name": "/etc/systemd/system/x.service", "nametype": "NORMAL"}]},
    ),
    FamilyCase(
        "auditd",
        "lnx_auditd_exploit_cve_2026_31431_af_alg_socket_creation",
        _event("linux.auditd", "process") | {"auditd.log.record_type": ["SYSCALL"], "process.executable": "/tmp/x"},
        {"auditd.data": {"syscall": "socket", "a0": "26"}},
        {"auditd.data": {"syscall": "socket", "a0": "2"}},
    ),
    FamilyCase(
        "auditd",
        "lnx_auditd_split_file_into_pieces",
        _event("auditd.log", "process"),
        {"auditd.log.record_type": "SYSCALL", "process.name": "split"},
        {"process.name": "cut"},
    ),
    FamilyCase(
        "endpoint",
        "proc_creation_lnx_base64_decode",
        _AUDITD,
        {"process.executable": "/usr/bin/base64", "process.command_line": "base64 -d /tmp/x"},
        {"process.command_line": "base64 /tmp/x"},
    ),
    FamilyCase(
        "endpoint",
        "proc_creation_macos_disable_security_tools",
        _host("macos", "process", types=("start",)),
        {"process.executable": "/usr/sbin/spctl", "process.command_line": "spctl --master-disable"},
        {"process.command_line": "spctl --status"},
    ),
    FamilyCase(
        "endpoint",
        "file_event_lnx_persistence_sudoers_files",
        _host("linux", "file", types=("creation",)),
        {"file.path": "/etc/sudoers.d/x"},
        {"file.path": "/etc/ssh/sshd_config"},
    ),
    FamilyCase(
        "endpoint",
        "net_connection_lnx_susp_malware_callback_port",
        _host("linux", "network", types=("connection", "start")) | {"process.name": "x", "destination.port": 4444},
        {"network.direction": "egress", "destination.ip": "203.0.113.7"},
        {"destination.ip": "10.1.2.3"},
    ),
    FamilyCase(
        "endpoint files",
        "file_rename_win_ransomware",
        _host("windows", "file", types=("change",)) | {"event.action": "rename", "file.Ext.original.path": r"C:\a\budget.xlsx"},
        {"file.path": r"C:\a\budget.xlsx.locked"},
        {"file.path": r"C:\a\budget 2026.xlsx"},
    ),
    FamilyCase(
        "linux",
        "lnx_sudo_exploit_cve_2019_14287",
        _event("linux.auth", "process") | {"process.name": "sudo"},
        {"user.effective.name": "#-1"},
        {"user.effective.name": "root"},
    ),
    FamilyCase(
        "fortigate",
        "fortinet_fortigate_new_admin_account_created",
        _event("fortinet.fortigate") | {"fortinet.fortigate.type": "event", "fortinet.fortigate.cfgpath": "system.admin"},
        {"fortinet.fortigate.action": "Add"},
        {"fortinet.fortigate.action": "Edit"},
    ),
    FamilyCase(
        "cisco",
        "cisco_cli_dot1x_disabled",
        _event("cisco.ios", "network") | {"cisco.ios.facility": "PARSER"},
        {"message": "User:x logged command:authentication port-control force-authorized"},
        {"message": "User:x logged command:authentication port-control auto"},
    ),
    FamilyCase(
        "cisco bgp",
        "cisco_bgp_md5_auth_failed",
        _event("cisco.ios", "network") | {"cisco.ios.facility": "TCP"},
        {"message": "%IP-TCP-3-BADAUTH: No MD5 digest from 192.0.2.1(4711) to 192.0.2.2:179"},
        {"message": "%IP-TCP-3-BADAUTH: No MD5 digest from 192.0.2.1(4711) to 192.0.2.2:646"},
    ),
    FamilyCase(
        "cisco ldp",
        "cisco_ldp_md5_auth_failed",
        _event("cisco.ios", "network"),
        {"message": "LDP: %TCP-6-BADAUTH TCPMD5AuthenFail"},
        {"message": "LDP: session is up"},
    ),
    FamilyCase(
        "cisco syslog",
        "cisco_syslog_cve_2023_20198_ios_xe_web_ui",
        _event("cisco.ios", "configuration"),
        {"message": "%SYS-5-CONFIG_P: Configured programmatically by process SEP_webui as cisco_support"},
        {"message": "%SYS-5-CONFIG_P: Configured programmatically by process SEP_webui as kim"},
    ),
    FamilyCase(
        "cisco duo",
        "cisco_duo_mfa_bypass_via_bypass_code",
        _event("cisco_duo.auth", "authentication"),
        {"cisco_duo.auth": {"event_type": "authentication", "reason": "bypass_user"}},
        {"cisco_duo.auth": {"event_type": "authentication", "reason": "user_approved"}},
    ),
    FamilyCase(
        "juniper bgp",
        "juniper_bgp_missing_md5",
        _event("juniper.junos", "network"),
        {"message": "tcp_auth_ok: packet from 192.0.2.1:179 missing MD5 digest"},
        {"message": "bgp_recv: peer 192.0.2.1:179 closed"},
    ),
    FamilyCase(
        "huawei bgp",
        "huawei_bgp_auth_failed",
        _event("huawei.vrp", "network"),
        {"message": "BGP_AUTH_FAILED: 192.0.2.1:179"},
        {"message": "BGP_AUTH_FAILED: 192.0.2.1:646"},
    ),
    FamilyCase(
        "globalprotect",
        "paloalto_globalprotect_exploit_cve_2024_3400_command_injection",
        _event("paloalto.panos", "network"),
        {"message": "failed to unmarshal session(../../tmp/x)"},
        {"message": "failed to unmarshal session(0c7b)"},
    ),
    FamilyCase(
        "firewall",
        "net_firewall_cleartext_protocols",
        _event("checkpoint.firewall", "network", types=("allowed", "connection")) | {"event.action": "Accept"},
        {"destination.port": 23},
        {"destination.port": 22},
    ),
    FamilyCase(
        "netflow",
        "netflow_cleartext_protocols",
        _event("netflow.log", "network"),
        {"destination.port": 21},
        {"destination.port": 22},
    ),
    FamilyCase(
        "web",
        "web_iis_tilt_shortname_scan",
        _event("iis.access", "web") | {"http.request.method": "GET", "http.response.status_code": 200},
        {"url.query": "*~1*/a.aspx", "url.original": "/?*~1*/a.aspx"},
        {"url.query": "page=1", "url.original": "/index.aspx?page=1"},
    ),
    FamilyCase(
        "web",
        "proxy_ua_rclone",
        _event("squid.access", "web", "network") | {"url.domain": "example.com"},
        {"user_agent.original": "rclone/v1.66.0"},
        {"user_agent.original": "curl/8.5.0"},
    ),
    FamilyCase(
        "nginx log",
        "web_nginx_core_dump",
        _event("nginx.error", "web"),
        {"message": "worker process 4711 exited on signal 6 (core dumped)"},
        {"message": "worker process 4711 exited with code 0"},
    ),
    FamilyCase(
        "apache log",
        "web_apache_segfault",
        _event("apache.error", "web"),
        {"message": "child pid 4711 exit signal Segmentation Fault (11)"},
        {"message": "child pid 4711 exit signal Hangup (1)"},
    ),
    FamilyCase(
        "dns",
        "net_dns_susp_b64_queries",
        _event("isc.bind", "network", types=("protocol",)),
        {"dns.question.name": "YWJjZGVmZ2hpamtsbW5vcA==.example.com"},
        {"dns.question.name": "www.example.com"},
    ),
    FamilyCase(
        "zeek.dns",
        "zeek_dns_torproxy",
        _event("zeek.dns", "network") | _ZEEK,
        {"dns.question.name": "abc.onion.to"},
        {"dns.question.name": "www.example.com"},
    ),
    FamilyCase(
        "zeek.http",
        "zeek_http_exploit_cve_2021_38647_omigod_no_auth_rce",
        _event("zeek.http", "network", "web") | _ZEEK | {"http.request.method": "POST", "url.original": "/wsman"},
        {"http.response.status_code": 200, "http.request.body.bytes": 1700, "zeek.http.client_header_names": ["HOST"]},
        {"http.response.status_code": 401},
    ),
    FamilyCase(
        "zeek.smb_files",
        "zeek_smb_converted_win_susp_raccess_sensitive_fext",
        _event("zeek.smb_files", "network", "file") | _ZEEK,
        {"zeek.smb_files.name": r"backup\ntds.dmp"},
        {"zeek.smb_files.name": r"docs\letter.docx"},
    ),
    FamilyCase(
        "zeek.dce_rpc",
        "zeek_dce_rpc_exploit_cve_2021_1675_printnightmare_print_driver_install",
        _event("zeek.dce_rpc", "network") | _ZEEK,
        {"zeek.dce_rpc.operation": "RpcAddPrinterDriverEx"},
        {"zeek.dce_rpc.operation": "RpcEnumPrinters"},
    ),
    FamilyCase(
        "zeek.kerberos",
        "zeek_susp_kerberos_rc4",
        _event("zeek.kerberos", "network")
        | _ZEEK
        | {"zeek.kerberos.request_type": "TGS", "zeek.kerberos.service": "HTTP/srv01"},
        {"zeek.kerberos.cipher": "rc4-hmac"},
        {"zeek.kerberos.cipher": "aes256-cts-hmac-sha1-96"},
    ),
    FamilyCase(
        "zeek.rdp",
        "zeek_rdp_public_listener",
        _event("zeek.rdp", "network"),
        {"source.ip": "203.0.113.7"},
        {"source.ip": "10.1.2.3"},
    ),
    FamilyCase(
        "zeek.x509",
        "zeek_default_cobalt_strike_certificate",
        _event("zeek.x509"),
        {"file.x509.serial_number": "8BB00EE"},
        {"file.x509.serial_number": "2D00003299D7071D"},
    ),
    FamilyCase(
        "aws cloudtrail",
        "aws_cloudtrail_console_login_success_without_mfa",
        _event("aws.cloudtrail", "authentication") | {"event.action": "ConsoleLogin"},
        {
            "aws.cloudtrail.flattened": {
                "additional_eventdata": {"MFAUsed": "No"},
                "response_elements": {"ConsoleLogin": "Success"},
            }
        },
        {
            "aws.cloudtrail.flattened": {
                "additional_eventdata": {"MFAUsed": "Yes"},
                "response_elements": {"ConsoleLogin": "Success"},
            }
        },
    ),
    FamilyCase(
        "gcp audit",
        "gcp_service_account_disabled_or_deleted",
        _event("gcp.audit"),
        {"gcp.audit.method_name": "google.iam.admin.v1.serviceAccounts.delete"},
        {"gcp.audit.method_name": "google.iam.admin.v1.serviceAccounts.list"},
    ),
    FamilyCase(
        "gcp audit",
        "gcp_breakglass_container_workload_deployed",
        _event("gcp.audit") | {"gcp.audit.resource.type": "k8s_cluster", "event.action": "io.k8s.core.v1.pods.create"},
        {"log.logger": "projects/x/logs/cloudaudit.googleapis.com%2Factivity", "message": "image-policy.k8s.io/break-glass"},
        {"log.logger": "projects/x/logs/cloudaudit.googleapis.com%2Fdata_access"},
    ),
    FamilyCase(
        "google workspace admin",
        "gcp_gworkspace_user_granted_admin_privileges",
        _event("google_workspace.admin", "iam") | {"event.provider": "admin"},
        {"event.action": "GRANT_ADMIN_PRIVILEGE"},
        {"event.action": "CHANGE_PASSWORD"},
    ),
    FamilyCase(
        "google workspace login",
        "gcp_gworkspace_suspicious_login",
        _event("google_workspace.login", "authentication") | {"event.provider": "login"},
        {"event.action": "suspicious_login"},
        {"event.action": "login_success"},
    ),
    FamilyCase(
        "kubernetes audit",
        "kubernetes_audit_exec_into_container",
        _event("kubernetes.audit_logs"),
        {"kubernetes.audit": {"verb": "create", "objectRef": {"resource": "pods", "subresource": "exec"}}},
        {"kubernetes.audit": {"verb": "get", "objectRef": {"resource": "pods", "subresource": "log"}}},
    ),
    FamilyCase(
        "azure activitylogs",
        "azure_firewall_modified_or_deleted",
        _event("azure.activitylogs"),
        {"azure.activitylogs.operation_name": "MICROSOFT.NETWORK/AZUREFIREWALLS/DELETE"},
        {"azure.activitylogs.operation_name": "MICROSOFT.NETWORK/AZUREFIREWALLS/READ"},
    ),
    FamilyCase(
        "azure auditlogs",
        "azure_user_account_mfa_disable",
        _event("azure.auditlogs")
        | {
            "azure.auditlogs.operation_name": "Update user",
            "azure.auditlogs.properties.category": "UserManagement",
            "azure.auditlogs.properties.logged_by_service": "Core Directory",
        },
        {
            _TARGETS: [
                {"modified_properties": [{"display_name": "StrongAuthenticationRequirement", "new_value": '[{"State":0}]'}]}
            ]
        },
        {
            _TARGETS: [
                {"modified_properties": [{"display_name": "StrongAuthenticationRequirement", "new_value": '[{"State":1}]'}]}
            ]
        },
    ),
    FamilyCase(
        "azure signinlogs",
        "azure_ad_sign_ins_from_unknown_devices",
        _event("azure.signinlogs", "authentication")
        | {"azure.signinlogs.result_type": "0", "azure.signinlogs.properties.network_location_details": []},
        {"azure.signinlogs.properties.authentication_requirement": "singleFactorAuthentication"},
        {"azure.signinlogs.properties.authentication_requirement": "multiFactorAuthentication"},
    ),
    FamilyCase(
        "azure signinlogs",
        "azure_app_device_code_authentication",
        _event("azure.signinlogs", "authentication"),
        {"azure.signinlogs.properties.authentication_protocol": "deviceCode"},
        {"azure.signinlogs.properties.authentication_protocol": "none"},
    ),
    FamilyCase(
        "azure riskdetection",
        "azure_identity_protection_impossible_travel",
        _event("azure.identity_protection"),
        {"azure.identityprotection.properties.risk_event_type": "impossibleTravel"},
        {"azure.identityprotection.properties.risk_event_type": "newCountry"},
    ),
    FamilyCase(
        "azure pim",
        "azure_pim_account_stale",
        _event("azure.pim"),
        {"azure.pim.alert_type": "staleSignInAlertIncident"},
        {"azure.pim.alert_type": "invalidLicenseAlertIncident"},
    ),
    FamilyCase(
        "m365",
        "microsoft365_susp_email_forwarding_activity",
        _event("o365.audit", "web") | {"event.action": "Set-Mailbox"},
        {"o365.audit.Parameters": {"ForwardingSmtpAddress": "smtp:x@example.net"}},
        {"o365.audit.Parameters": {"HiddenFromAddressListsEnabled": "True"}},
    ),
    FamilyCase(
        "m365",
        "microsoft365_impossible_travel_activity",
        _event("o365.audit") | {"event.provider": "SecurityComplianceCenter", "event.action": "AlertTriggered"},
        {"o365.audit.Name": "Impossible travel activity", "event.outcome": "success"},
        {"o365.audit.Name": "Elevation of Exchange admin privilege"},
    ),
    FamilyCase(
        "okta",
        "okta_user_session_start_via_anonymised_proxy",
        _event("okta.system", "session") | {"okta.event_type": "user.session.start"},
        {"okta.security_context.is_proxy": True},
        {"okta.security_context.is_proxy": False},
    ),
    FamilyCase(
        "onelogin",
        "onelogin_assumed_another_user",
        _event("onelogin.events"),
        {"onelogin.event_type_id": 3},
        {"onelogin.event_type_id": 5},
    ),
    FamilyCase(
        "github",
        "github_pages_site_changed_to_public",
        _event("github.audit"),
        {"event.action": "repo.pages_public"},
        {"event.action": "repo.create"},
    ),
    FamilyCase(
        "bitbucket",
        "bitbucket_audit_user_login_failure_detected",
        _event("atlassian_bitbucket.audit"),
        {"bitbucket.audit.type": {"category": "Authentication", "action": "User login failed"}},
        {"bitbucket.audit.type": {"category": "Authentication", "action": "User logged in"}},
    ),
    FamilyCase(
        "opencanary",
        "opencanary_ssh_login_attempt",
        _event("opencanary.events"),
        {"opencanary.logtype": 4002},
        {"opencanary.logtype": 1001},
    ),
    FamilyCase(
        "rpc firewall",
        "rpc_firewall_sharphound_recon_sessions",
        _windows("RPCFW", "3"),
        {"winlog.event_data": {"param7": "4b324fc8-1670-01d3-1278-5a47bf6ee188", "param8": "12"}},
        {"winlog.event_data": {"param7": "4b324fc8-1670-01d3-1278-5a47bf6ee188", "param8": "15"}},
    ),
    FamilyCase(
        "database",
        "db_anomalous_query",
        _event("postgresql.log", "database"),
        {"message": "statement: drop table citizens"},
        {"message": "statement: insert into citizens values (1)"},
    ),
    FamilyCase(
        "malware",
        "av_password_dumper",
        _event("eset.protect", "malware"),
        {"rule.name": "HTool/Mimikatz.A"},
        {"rule.name": "Eicar-Test-File"},
    ),
    FamilyCase(
        "malware",
        "av_password_dumper",
        _event("fortinet.fortigate", "network", "malware"),
        {"fortinet.fortigate": {"type": "utm", "virus": "W32/Mimikatz.A!tr"}},
        {"fortinet.fortigate": {"type": "utm", "virus": "EICAR_TEST_FILE"}},
    ),
    FamilyCase(
        "ecs antivirus",
        "av_password_dumper",
        _windows("Microsoft-Windows-Windows Defender/Operational", "1116"),
        {"winlog.event_data": {"Threat Name": "HackTool:Win32/Mimikatz"}},
        {"winlog.event_data": {"Threat Name": "Virus:DOS/EICAR_Test_File"}},
    ),
    FamilyCase(
        "ecs windows 4657",
        "registry_set_disable_administrative_share",
        _windows("Security", "4657") | {"winlog.event_data": {"OperationType": "%%1905", "NewValue": "0"}},
        {"registry.path": r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\LanmanServer\Parameters\AutoShareWks"},
        {"registry.path": r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\LanmanServer\Parameters\Size"},
    ),
    FamilyCase(
        "ecs windows 4663",
        "file_access_win_susp_unattend_xml",
        _windows("Security", "4663"),
        {"winlog.event_data": {"ObjectType": "File", "ObjectName": r"C:\Windows\Panther\unattend.xml"}},
        {"winlog.event_data": {"ObjectType": "Key", "ObjectName": r"C:\Windows\Panther\unattend.xml"}},
    ),
    FamilyCase(
        "ecs windows 5156",
        "net_connection_win_susp_outbound_smtp_connections",
        _windows("Security", "5156"),
        {
            "winlog.event_data": {
                "Application": r"\device\harddiskvolume3\users\public\x.exe",
                "Direction": "%%14593",
                "DestAddress": "203.0.113.7",
                "DestPort": "25",
            }
        },
        {
            "winlog.event_data": {
                "Application": r"\device\harddiskvolume3\users\public\x.exe",
                "Direction": "%%14592",
                "DestAddress": "203.0.113.7",
                "DestPort": "25",
            }
        },
    ),
    *(
        FamilyCase(product, rule, _event(f"{product}.application"), {"message": f"x {keyword} y"}, {"message": "started"})
        for product, rule, keyword in (
            ("django", "appframework_django_exceptions", "DisallowedHost"),
            ("jvm", "java_xxe_exploitation_attempt", "SAXParseException DOCTYPE is disallowed"),
            ("nodejs", "nodejs_rce_exploitation_attempt", "node:child_process"),
            ("python", "app_python_sql_exceptions", "ProgrammingError"),
            ("ruby_on_rails", "appframework_ruby_on_rails_exceptions", "ActionController::InvalidAuthenticityToken"),
            ("spring", "spring_application_exceptions", "AccessDeniedException"),
            ("sql", "app_sqlinjection_errors", "You have an error in your SQL syntax"),
            ("velocity", "velocity_ssti_injection", "ParseErrorException"),
        )
    ),
)
