"""Network devices and sensors: firewalls, proxies and web servers, name servers, Zeek, and what vendors' own rules ask."""

from detections.pipelines.family import BY_CONTENT, Family, Fields, Values, either, words

ASA_COMMANDS = frozenset(("111008", "111009", "111010"))  # "User ... executed ..."
IOS_COMMANDS = frozenset(("PARSER", "AAA", "AAAA", "SHELL", "HA_EM"))  # facilities that log what was typed
WEB_SERVERS = frozenset(("apache", "nginx", "iis", "microsoft_iis", "haproxy", "tomcat", "traefik", "microsoft.iis"))
PROXIES = frozenset(("squid", "zscaler", "zscaler_zia", "cisco_umbrella", "bluecoat", "forcepoint"))

_FLOW: Fields = {
    "src_ip": "source.ip",
    "src_port": "source.port",
    "dst_ip": "destination.ip",
    "dst_port": "destination.port",
    "action": either("event.action", "event.type"),
    "blocked": "event.type",
    "protocol": "network.transport",
}
_PASSED: tuple[str | None, ...] = ("allowed",)
_FLOW_VALUES: Values = {
    "action": {"forward": ("forward", *_PASSED), "accept": ("accept", *_PASSED), "2": ("2",)},
    "blocked": {"false": _PASSED, "true": ("denied",)},
}
_WEB: Fields = {
    "c-uri": either("url.original", "url.full", "url.path"),
    "c-uri-query": "url.query",
    "c-uri-extension": "url.extension",
    "c-uri-stem": "url.path",
    "cs-uri": either("url.original", "url.full", "url.path"),
    "cs-uri-query": either("url.query", "url.original"),
    "cs-uri-stem": either("url.path", "url.original"),
    "cs-host": "url.domain",
    "r-dns": "url.domain",
    "c-useragent": "user_agent.original",
    "cs-user-agent": "user_agent.original",
    "cs-method": "http.request.method",
    "cs-referer": "http.request.referrer",
    "cs-referrer": "http.request.referrer",
    "cs-cookie": either("iis.access.cookie", "haproxy.http.request.captured_cookie"),
    "cs-content-type": either("http.request.mime_type", "http.response.mime_type"),
    "cs-version": "http.version",
    "cs-bytes": "http.request.bytes",
    "sc-bytes": "http.response.bytes",
    "sc-status": "http.response.status_code",
    "cs-username": "user.name",
    "c-ip": "source.ip",
    "s-ip": "destination.ip",
    "s-port": "destination.port",
    "src_ip": "source.ip",
    "dst_ip": "destination.ip",
}
_DNS: Fields = {
    "query": "dns.question.name",
    "record_type": "dns.question.type",
    "answer": either("dns.answers.data", "dns.resolved_ip"),
    "src_ip": "source.ip",
    "dst_ip": "destination.ip",
}
_CONNECTION: Fields = {
    "id.orig_h": "source.ip",
    "id.orig_p": "source.port",
    "id.resp_h": "destination.ip",
    "id.resp_p": "destination.port",
    "proto": "network.transport",
}
_ZEEK_HTTP: Fields = {
    "c-useragent": "user_agent.original",
    "user_agent": "user_agent.original",
    "c-uri": "url.original",
    "uri": "url.original",
    "host": "url.domain",
    "method": "http.request.method",
    "referrer": "http.request.referrer",
    "status_code": "http.response.status_code",
    "request_body_len": "http.request.body.bytes",
    "response_body_len": "http.response.body.bytes",
    "resp_mime_types": either("zeek.http.resp_mime_types", "http.response.mime_type"),
}
_ZEEK_DNS: Fields = {
    "query": "dns.question.name",
    "qtype_name": "dns.question.type",
    "rcode_name": "dns.response_code",
    "answers": either("dns.answers.data", "zeek.dns.answers"),
}


def _zeek(log: str, fields: Fields) -> Family:
    name = f"zeek.{log}"
    known = {**_CONNECTION, **fields}
    return Family(
        name,
        words("zeek"),
        words(None),
        words(log),
        known,
        under={"": f"{name}."},
        datasets=(name,),
        seen_in=("zeek.logs",),
        mixed=True,
    )


def _keywords(name: str, product: str, service: str, *datasets: str, category: str | None = None) -> Family:
    """Rules of these sources have keywords only."""
    return Family(name, words(product), words(category), words(service), datasets=datasets, mixed=True)


DNS_ANALYTICAL = "microsoft-windows-dnsserver/analytical"  # the channel in which Windows' DNS server logs every lookup
NAME_SERVERS = ("infoblox.nios", "isc.bind", "microsoft.dns", "nlnet.unbound")
_SEEN = ("suricata.eve", "fortinet.fortigate", "cisco.ftd", "zeek.logs", BY_CONTENT)
_FIREWALLS = ("cisco.asa", "cisco.ftd", "fortinet.fortigate", "vmware.vsphere", BY_CONTENT)
NETWORK = (
    Family(
        "fortigate",
        words("fortigate", "fortios"),
        words(None),
        words(None, "event", "sslvpnd"),
        under={"": "fortinet.fortigate."},
        seen_in=("fortinet.fortigate",),
    ),
    Family(
        "cisco",
        words("cisco"),
        words(None),
        words("aaa"),
        datasets=("cisco.ise",),
        seen_in=("cisco.asa", "cisco.ftd", "cisco.ios", "cisco.nxos"),
    ),
    _keywords("cisco bgp", "cisco", "bgp", "cisco.ios", "cisco.nxos"),
    _keywords("cisco ldp", "cisco", "ldp", "cisco.ios", "cisco.nxos"),
    _keywords("cisco syslog", "cisco", "syslog", "cisco.ios", "cisco.nxos"),
    Family(
        "cisco duo",
        words("cisco"),
        words(None),
        words("duo"),
        {"event_type": "cisco_duo.auth.event_type", "reason": either("cisco_duo.auth.reason", "event.reason")},
        under={"": "cisco_duo.auth."},
        datasets=("cisco.duo", "cisco_duo.auth"),
    ),
    _keywords("juniper bgp", "juniper", "bgp", "juniper.junos", "juniper.srx"),
    _keywords("huawei bgp", "huawei", "bgp", "huawei.vrp"),
    _keywords("globalprotect", "paloalto", "globalprotect", "paloalto.panos", category="appliance"),
    Family("firewall", words(None), words("firewall"), words(None), _FLOW, values=_FLOW_VALUES, seen_in=_FIREWALLS),
    Family(
        "netflow",
        words(None),
        words(None),
        words("netflow"),
        {name: name for name in ("source.ip", "source.port", "destination.ip", "destination.port", "network.transport")},
        datasets=("netflow.log", "netflow.flow"),
        mixed=True,
    ),
    Family(
        "web",
        words(None),
        words("proxy", "webserver"),
        words(None),
        _WEB,
        seen_in=_SEEN,
    ),
    *(
        Family(
            f"{server} log",
            words(None),
            words(None),
            words(server),
            datasets=(f"{server}.error", f"{server}.access", ours),
            mixed=True,
        )
        for server, ours in (("apache", "apache.httpd"), ("nginx", "nginx.server"))
    ),
    Family("dns", words(None), words("dns"), words(None), _DNS, seen_in=(*_SEEN, *NAME_SERVERS)),
    _zeek("dns", _ZEEK_DNS),
    _zeek("http", _ZEEK_HTTP),
    _zeek("smb_files", {}),
    _zeek("dce_rpc", {}),
    _zeek("kerberos", {}),
    _zeek("rdp", {}),
    _zeek("x509", {"certificate.serial": either("file.x509.serial_number", "zeek.x509.certificate.serial")}),
)
