"""Raw logs of one ordinary morning, night and lesson of a municipality: some thousand lines, the same on every run.

Nobody attacks. People mistype, machines restart, jobs run, a cable is bad: what a rule must let pass.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

Line = tuple[str, str]  # source, log
SUBJECT = {"SubjectUserSid": "S-1-5-21-1-2-3-1133", "SubjectUserName": "adm-lene", "SubjectDomainName": "KOMMUNE"}
MORNING = datetime(2026, 11, 20, 6, 45, tzinfo=UTC)
EMPLOYEES = 300


def ordinary_day() -> list[Line]:
    """All of it, in order of time within each part."""
    chance = random.Random(751)
    parts = (directory(chance), vpn(chance), wireless(chance), firewall(chance), sensor(chance), servers(), mail(chance))
    return [line for part in parts for line in part]


def directory(chance: random.Random) -> Iterator[Line]:
    """A morning: logons, tickets, wrong passwords, locked accounts, the service desk, administrators at work."""
    for number in range(EMPLOYEES):
        at, address = MORNING + timedelta(seconds=number * 12), f"10.20.{number % 8}.{number // 8 + 10}"
        user = f"bruger{number}"
        if chance.random() < 0.06:
            yield security(4771, at, TargetUserName=user, Status="0x18", IpAddress=f"::ffff:{address}", PreAuthType="2")
            yield security(4625, at, TargetUserName=user, LogonType="2", SubStatus="0xc000006a", IpAddress="127.0.0.1")
        yield security(4768, at, TargetUserName=user, Status="0x0", TicketEncryptionType="0x12", IpAddress=f"::ffff:{address}")
        for service in chance.sample(["svc-sd", "svc-opus", "svc-sql", "FIL01$", "PRINT01$", "krbtgt", "svc-esdh"], 4):
            encryption = "0x17" if service == "svc-esdh" else "0x12"
            yield security(
                4769,
                at,
                TargetUserName=f"{user}@KOMMUNE.EXAMPLE",
                ServiceName=service,
                Status="0x0",
                TicketEncryptionType=encryption,
                IpAddress=f"::ffff:{address}",
            )
        yield security(4624, at, TargetUserName=user, TargetUserSid=f"S-1-5-21-1-2-3-{2000 + number}", LogonType="3",
                       LmPackageName="-", AuthenticationPackageName="Kerberos", IpAddress=address)  # fmt: skip
    for number in range(3):
        yield security(4740, MORNING, TargetUserName=f"bruger{number}", TargetDomainName=f"PC{number}", **SUBJECT)
    for number in range(8):
        yield security(4724, MORNING, TargetUserName=f"bruger{number}", TargetSid=f"S-1-5-21-1-2-3-{2000 + number}", **SUBJECT)
    for number in range(5):
        sid = f"S-1-5-21-1-2-3-{3000 + number}"
        yield security(4720, MORNING, TargetUserName=f"ny{number}", TargetSid=sid, **SUBJECT)
        yield security(4728, MORNING, TargetUserName="Skoler", TargetSid="S-1-5-21-1-2-3-1513", MemberSid=sid, **SUBJECT)
    for number in range(6):
        yield security(4624, MORNING, f"srv{number}", TargetUserName="adm-lene", TargetUserSid="S-1-5-21-1-2-3-1133",
                       LogonType="10", IpAddress="10.1.1.20", TargetDomainName="KOMMUNE")  # fmt: skip
    for number in range(40):
        yield security(4663, MORNING, "fil01", ObjectType="File", ObjectName=f"D:\\Faelles\\Sag{number}.docx",
                       AccessMask="0x10000", ProcessId="0x4", **SUBJECT)  # fmt: skip


def vpn(chance: random.Random) -> Iterator[Line]:
    """Those who work at home: everybody once, some after two wrong tries, one whose line comes and goes."""
    for number in range(120):
        at, end = MORNING + timedelta(seconds=number * 20), f'remip=198.51.100.{number + 1} user="bruger{number}"'
        if chance.random() < 0.1:
            for _ in range(2):
                yield fortigate(at, "0101039426", "event", "vpn", f'action="ssl-login-fail" tunneltype="ssl-web" {end}')
        yield fortigate(at, "0101039947", "event", "vpn", f'action="tunnel-up" tunneltype="ssl-tunnel" {end}')
        sent = chance.randrange(10**6, 2 * 10**9)
        text = f'action="tunnel-down" tunneltype="ssl-tunnel" {end} sentbyte={sent} rcvdbyte=90000'
        yield fortigate(at + timedelta(hours=7), "0101039948", "event", "vpn", text)
    for number in range(3):
        text = 'action="tunnel-up" tunneltype="ssl-tunnel" remip=198.51.100.200 user="svend"'
        yield fortigate(MORNING + timedelta(minutes=number * 9), "0101039947", "event", "vpn", text)


def wireless(chance: random.Random) -> Iterator[Line]:
    """A school opens: four hundred devices, some with old passwords."""
    for number in range(400):
        at, mac = MORNING + timedelta(seconds=number * 2), f"00:00:5e:00:{number // 100:02}:{number % 100:02}"
        text = f'ap="AP-{number % 20}" ssid="skole-net" user="elev{number // 2}" stamac="{mac}"'
        if chance.random() < 0.02:
            yield fortigate(at, "0104043634", "event", "wireless", f'action="RADIUS-auth-failure" logdesc="Wireless client RADIUS authentication failure" {text}')  # fmt: skip  # noqa: E501
        yield fortigate(at, "0104043573", "event", "wireless", f'action="client-authentication" {text}')


def firewall(chance: random.Random) -> Iterator[Line]:
    """Traffic: the web, a cloud that is synchronised with, backup inside, machines that look for their printer."""
    for number in range(2500):
        at, address = MORNING + timedelta(seconds=number), f"10.30.{number % 4}.{number % 200 + 10}"
        sent, received = chance.randrange(400, 90000), chance.randrange(400, 4 * 10**6)
        port = chance.choice((443, 443, 443, 443, 80, 5228, 8443))
        yield traffic(at, "skole-elev", address, f"203.0.113.{number % 250 + 1}", port, sent, received)
    for number in range(12):
        at = MORNING + timedelta(minutes=number * 20)
        yield traffic(at, "kontor", "10.20.1.40", "203.0.113.9", 443, 60 * 10**6, 90000)
        yield traffic(at, "server", "10.40.1.5", "10.50.1.5", 10006, 8 * 10**9, 90000)
        yield traffic(at, "kontor", "10.20.1.60", "203.0.113.44", 4444, 640, 320)
    for number in range(30):
        yield traffic(MORNING, "skole-elev", "10.30.0.9", f"10.20.9.{number % 3 + 1}", 9100, 0, 0, "deny")


def sensor(chance: random.Random) -> Iterator[Line]:
    """Names and certificates: some names that do not exist, servers that everybody uses."""
    for number in range(800):
        at, address = MORNING + timedelta(seconds=number * 3), f"10.20.{number % 8}.{number % 37 + 10}"
        name, code = (f"gammel{number}.example.org", "NXDOMAIN") if chance.random() < 0.03 else ("www.example.org", "NOERROR")
        dns = {"version": 2, "type": "answer", "id": number, "rrname": name, "rrtype": "A", "rcode": code}
        yield suricata(at, "dns", address, "10.1.1.53", 53, {"dns": dns})
        tls = {"sni": "www.example.org", "version": "TLS 1.3", "subject": "CN=www.example.org", "issuerdn": "CN=Example CA"}
        yield suricata(at, "tls", address, "203.0.113.80", 443, {"tls": tls})


def servers() -> Iterator[Line]:
    """A night of updates and backup: services start anew, one job is tried again, Ansible goes round twelve servers."""
    for number in range(12):
        host = f"srv{number:02}"
        yield syslog(
            host, "sshd[4711]", "Accepted publickey for ansible from 10.1.1.5 port 50022 ssh2: ED25519 SHA256:ZXg", True
        )
        for text in ("Stopping nginx.service - A high performance web server...", "Started nginx.service."):
            yield syslog(host, "systemd[1]", text)
        yield syslog(host, "chronyd[800]", "Selected source 10.1.1.123 (ntp.kommune.example)")
        yield syslog(host, "kernel", "[81234.567] device veth12ab34c entered promiscuous mode")
    for number in range(2):
        text = (
            f"info hostd[2100] [sub=Vimsvc.ha-eventmgr] Event 4{number} : test{number} on esx01 in ha-datacenter is powered off"
        )
        yield syslog("esx01", "Hostd", text)
    yield syslog("srv01", "systemd[1]", "opdatering.service: Failed with result 'exit-code'.")
    for result, retried in (("2", "True"), ("0", "False")):
        yield syslog("vbr01", "Veeam_MP", f'[categoryId=0 instanceId=190 JobResult="{result}" WillBeRetried="{retried}"]')
    yield syslog(
        "sw-skole-01", "47", "Nov 22 10:15:30.123: %SYS-5-CONFIG_I: Configured from console by drift on vty0 (10.1.1.20)"
    )
    for number in range(4):
        text = (
            f"Nov 22 10:15:30.123: %SW_MATM-4-MACFLAP_NOTIF: Host 0000.5e00.530{number} in vlan 20 moves between port 1 and 2"
        )
        yield syslog("sw-skole-01", "47", text)


def mail(chance: random.Random) -> Iterator[Line]:
    """The mail server: delivered, put off, wrong passwords of telephones."""
    for number in range(200):
        status = (
            "deferred (connect to mx.example.org[203.0.113.9]:25: Connection timed out)"
            if number % 20 == 0
            else "sent (250 ok)"
        )
        yield syslog("mail01", "postfix/smtp[88]", f"4D2F{number}: to=<borger{number}@example.org>, relay=x, status={status}")
    for number in range(8):
        text = (
            f"imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<post{number}>, method=PLAIN, rip=198.51.100.7"
        )
        yield syslog("mail01", "dovecot", text)


def security(code: int, at: datetime, computer: str = "dc01", **data: str) -> Line:
    """An event of the Security log."""
    provider = "Microsoft-Windows-Security-Auditing"
    winlog = {"channel": "Security", "provider_name": provider, "event_id": str(code), "computer_name": computer}
    document = {"@timestamp": at.isoformat(), "event": {"code": str(code), "provider": provider}}
    return "windows.eventlog", json.dumps(document | {"winlog": winlog | {"event_data": data}})


def fortigate(at: datetime, log_id: str, kind: str, subtype: str, pairs: str) -> Line:
    """A FortiGate's message."""
    head = f'date={at:%Y-%m-%d} time={at:%H:%M:%S} devname="fw-01" devid="FG1" tz="+0000" logid="{log_id}"'
    return "fortinet.fortigate", f'<189>{head} type="{kind}" subtype="{subtype}" level="notice" vd="root" {pairs}'


def traffic(
    at: datetime, interface: str, source: str, target: str, port: int, sent: int, received: int, action: str = "close"
) -> Line:
    """A connection through the firewall."""
    ends = f'srcip={source} srcport=51514 srcintf="{interface}" dstip={target} dstport={port} dstintf="wan1" proto=6'
    return fortigate(at, "0000000013", "traffic", "forward", f'{ends} action="{action}" sentbyte={sent} rcvdbyte={received}')


def suricata(at: datetime, kind: str, source: str, target: str, port: int, body: dict[str, object]) -> Line:
    """A record of EVE."""
    ends = {"src_ip": source, "src_port": 51514, "dest_ip": target, "dest_port": port, "proto": "TCP"}
    return "suricata.eve", json.dumps({"timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%f}+0000", "event_type": kind} | ends | body)


def syslog(host: str, program: str, text: str, is_login: bool = False) -> Line:
    """A line of syslog."""
    return "linux.auth" if is_login else "syslog.generic", f"<30>Nov 20 02:15:30 {host} {program}: {text}"
