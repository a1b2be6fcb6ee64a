"""What was acted on: files and their addresses, mail, rules of DLP and alerts, groups, and whom an act was aimed at."""

from collections.abc import Callable
from typing import Any

from normalise.endpoints import endpoint_fields
from normalise.json_records import Object, objects_of, text_of, texts_of
from normalise.people import user_fields
from normalise.severities import SEVERITIES
from normalise.urls import url_fields
from vagt.contracts.event import Event

_UPN = 5  # IdentityType of `Target`
_NAME = 1
_MOST_MEMBERS = 1000


def put_file(event: Event, record: Object, _: str) -> None:
    """SharePoint's and OneDrive's files; `ObjectId` is their address."""
    file: dict[str, Any] = {}
    for key, name in (("SourceFileName", "name"), ("SourceRelativeUrl", "directory"), ("SourceFileExtension", "extension")):
        if value := text_of(record.get(key)):
            file[name] = value
    if type(size := record.get("FileSizeBytes")) is int:
        file["size"] = size
    if file:
        event["file"] = file
    address = text_of(record.get("ObjectId"))
    if address.startswith(("https://", "http://")):
        event["url"] = url_fields(address)
    elif address[1:3] == ":\\" or address.startswith("\\\\"):  # labels on a computer's files
        event.setdefault("file", {})["path"] = address


def put_dlp(event: Event, record: Object, _: str) -> None:
    """The rules that matched (schema: DLP), and the file or the mail that they matched."""
    matched = [(policy, rule) for policy in objects_of(record.get("PolicyDetails")) for rule in objects_of(policy.get("Rules"))]
    if matched:
        policy, rule = matched[0]
        event["rule"] = {"id": rule.get("RuleId"), "name": rule.get("RuleName"), "ruleset": policy.get("PolicyName")}
        event["event"]["severity"] = max(SEVERITIES.get(text_of(one.get("Severity")).lower(), 0) for _, one in matched)
        if any("Block" in action for _, one in matched for action in texts_of(one.get("Actions"))):
            event["event"]["outcome"] = "failure"  # the access was refused
    if isinstance(file := record.get("SharePointMetaData"), dict):
        event["file"] = {"name": file.get("FileName"), "owner": file.get("FileOwner"), "inode": file.get("UniqueID")}
        if address := text_of(file.get("FilePathUrl")):
            event["url"] = url_fields(address)
        if sender := text_of(file.get("From")):
            event["user"] = {"id": sender, **user_fields(sender)}
    if isinstance(mail := record.get("ExchangeMetaData"), dict):
        _put_mail(event, mail)


def _put_mail(event: Event, mail: Object) -> None:
    email: dict[str, Any] = {"subject": mail.get("Subject"), "message_id": text_of(mail.get("MessageID")).strip("<>")}
    sender, to, copied = text_of(mail.get("From")), texts_of(mail.get("To")), texts_of(mail.get("CC"))
    if sender:
        email["from"] = {"address": [sender]}
        event["source"] = {"user": {"email": sender}}
    for name, addresses in (("to", to), ("cc", copied), ("bcc", texts_of(mail.get("BCC")))):
        if addresses:
            email[name] = {"address": addresses}
    if addresses := to + copied:
        event["destination"] = {"user": {"email": addresses if len(addresses) > 1 else addresses[0]}}
    if subject := text_of(mail.get("Subject")):
        event["message"] = subject
    event["email"] = email


def put_alert(event: Event, record: Object, _: str) -> None:
    """Alerts of the compliance portal (schema: SecurityComplianceAlerts)."""
    rule = {"id": record.get("PolicyId"), "name": record.get("Name"), "category": record.get("Category")}
    links = [link.get("AlertLinkHref") for link in objects_of(record.get("AlertLinks"))]
    links = [link for link in links if isinstance(link, str) and link]
    if links:
        rule["reference"] = links[0] if len(links) == 1 else links
    event["rule"] = rule
    if comments := text_of(record.get("Comments")):
        event["message"] = comments
    if severity := SEVERITIES.get(text_of(record.get("Severity")).lower()):
        event["event"]["severity"] = severity
    if record.get("EntityType") == "User" and (entity := text_of(record.get("AlertEntityId"))):
        event["user"] = {"id": entity, **user_fields(entity)}


def put_directory(event: Event, record: Object, operation: str) -> None:
    """Whom Entra ID's change was aimed at (`Target`, by identity type)."""
    targets = objects_of(record.get("Target"))
    names = [text_of(one.get("ID")) for one in targets if one.get("Type") == _UPN]
    if names and names[0]:
        _put_target(event, names[0])
    named = [text_of(one.get("ID")) for one in targets if one.get("Type") == _NAME]
    if named and named[0] and any(one.get("ID") == "Group" for one in targets):
        event["group"] = {"name": named[0]}
    elif " group" in operation and isinstance(changed := record.get("ModifiedProperties"), list):
        for one in objects_of(changed):
            if one.get("Name") == "Group.DisplayName" and (name := text_of(one.get("NewValue")).strip('"')):
                event["group"] = {"name": name}


def _put_target(event: Event, name: str) -> None:
    event.setdefault("user", {})["target"] = {"id": name, **user_fields(name)}


def put_sharing(event: Event, record: Object, operation: str) -> None:
    """Whom something was shared with, or who came into which group of a site."""
    put_file(event, record, operation)
    name, kind = text_of(record.get("TargetUserOrGroupName")), record.get("TargetUserOrGroupType")
    group = text_of(record.get("EventData")).partition("<Group>")[2].partition("</Group>")[0]
    if kind in ("SecurityGroup", "SharePointGroup") and name:
        group = group or name
    elif name:
        _put_target(event, name)
    if group:
        event["group"] = {"name": group}


def put_team(event: Event, record: Object, _: str) -> None:
    """Teams, Viva Engage: the team or group, and who was added or removed."""
    if name := text_of(record.get("TeamName")) or text_of(record.get("GroupName")):
        event["group"] = {"name": name}
    members = [text_of(one.get("UPN")) for one in objects_of(record.get("Members"))[:_MOST_MEMBERS]]
    members = [member for member in members if member]
    if len(members) == 1:
        _put_target(event, members[0])
    if members:
        event["related"] = {"user": members}


def put_mailbox(event: Event, record: Object, _: str) -> None:
    """The mailbox that was used, where another than its owner did, and the item."""
    owner = text_of(record.get("MailboxOwnerUPN"))
    if owner and owner != record.get("UserId"):
        _put_target(event, owner)
    item = record.get("Item")
    if isinstance(item, dict):
        email = {"subject": item.get("Subject"), "message_id": text_of(item.get("InternetMessageId")).strip("<>")}
        event["email"] = {name: value for name, value in email.items() if value}


def put_mail_threat(event: Event, record: Object, _: str) -> None:
    """Mail that Defender for Office 365 judged (schema: TIMailData), and addresses that were clicked (UrlClickData)."""
    email: dict[str, Any] = {
        "subject": record.get("Subject"),
        "message_id": text_of(record.get("InternetMessageId")).strip("<>"),
    }
    sender, recipients = text_of(record.get("P2Sender")) or text_of(record.get("P1Sender")), texts_of(record.get("Recipients"))
    if sender:
        email["from"] = {"address": [sender]}
    if recipients:
        email["to"] = {"address": recipients}
    if network_id := text_of(record.get("NetworkMessageId")):
        email["local_id"] = network_id
    if direction := text_of(record.get("Directionality")):
        email["direction"] = direction.lower()
    event["email"] = {name: value for name, value in email.items() if value}
    if address := text_of(record.get("SenderIp")):
        event["source"] = endpoint_fields(address)
    if address := text_of(record.get("Url")):
        event["url"] = url_fields(address)


THINGS: dict[int, Callable[[Event, Object, str], None]] = {
    **dict.fromkeys((4, 6, 7, 36, 54, 56, 83, 84, 96), put_file),
    **dict.fromkeys((11, 13, 33, 63, 107, 108), put_dlp),
    **dict.fromkeys((2, 3, 50), put_mailbox),
    **dict.fromkeys((22, 25), put_team),
    **dict.fromkeys((28, 41), put_mail_threat),
    8: put_directory,
    14: put_sharing,
    40: put_alert,
}
