"""Applications: what frameworks write to their own logs, databases, decoys, RPC Firewall, and malware that was found.

An application's log is known by its module: the events of `django.application`, `spring.boot`, ... (or `service.type` of that
name) are Sigma's `product: django`, `spring`, ... with `category: application`. Rules about them have keywords only.
"""

from detections.pipelines.family import BY_CONTENT, Family, either, words

FRAMEWORKS = frozenset(("django", "jvm", "nodejs", "python", "ruby_on_rails", "spring", "sql", "velocity"))
RPC_FIREWALL = "rpcfw"  # its channel in Windows' event log

APPLICATIONS = (
    *(
        Family(name, words(name), words("application"), words(None), seen_in=(f"{name}.*", BY_CONTENT))
        for name in sorted(FRAMEWORKS)
    ),
    Family("database", words(None), words("database"), words(None), seen_in=(BY_CONTENT,)),
    Family(
        "opencanary",
        words("opencanary"),
        words(None, "application"),
        words(None),
        under={"": "opencanary."},
        datasets=("opencanary.events", "opencanary.log"),
    ),
    # Strings without names: the seventh and eighth of what RPC Firewall 2 writes (rpcMessages.cpp).
    Family(
        "rpc firewall",
        words("rpc_firewall"),
        words("application"),
        words(None),
        {
            "EventLog": "winlog.channel",
            "EventID": "event.code",
            "InterfaceUuid": either("winlog.event_data.InterfaceUuid", "winlog.event_data.param7"),
            "OpNum": either("winlog.event_data.OpNum", "winlog.event_data.param8"),
        },
        seen_in=("windows.eventlog",),
    ),
    Family(
        "malware",
        words(None),
        words("antivirus"),
        words(None),
        {
            "Signature": either("rule.name", "threat.software.name", "fortinet.fortigate.virus"),
            "Filename": either("file.path", "file.name"),
        },
        seen_in=("fortinet.fortigate", BY_CONTENT),
        mark="ecs",
    ),
)
