"""How an exporter samples: told by options records (v9: samplers, IPFIX: selectors) or by the header (v5)."""

from normalise.sources.netflow_flow.records import Fields, layout, records
from vagt.flow_export import V5, Message, Template, data_sets

Sampling = dict[tuple[int, int, int | None], int]  # version, domain, sampler (None: of all) -> one packet of so many
_IDS = ("sampler_id", "selector_id")
_INTERVALS = ("sampler_random_interval", "sampling_interval")


def read_sampling(found: Sampling, message: Message, known: dict[tuple[int, int, int], Template]) -> None:
    """Add what the options records of the message say."""
    for part in data_sets(message):
        template = known.get((message.version, message.domain, part.number))
        if template is not None and template.is_options:
            for record in records(layout(message.version, template), message.data, part.start, part.end):
                fields = record.scope | record.fields
                if (interval := _interval(fields)) is not None:
                    found[message.version, message.domain, _sampler(fields)] = interval


def sampling_of(found: Sampling, message: Message, fields: Fields) -> int | None:
    """Of how many packets one was seen, for a flow; None where it is not told."""
    if message.version == V5:
        return message.sampling or None
    own = _interval(fields)
    if own is not None:
        return own
    sampler = _sampler(fields)
    return found.get((message.version, message.domain, sampler), found.get((message.version, message.domain, None)))


def _sampler(fields: Fields) -> int | None:
    return next((fields[name] for name in _IDS if fields.get(name).__class__ is int), None)


def _interval(fields: Fields) -> int | None:
    for name in _INTERVALS:
        if (value := fields.get(name)).__class__ is int and value:
            return int(value)
    size, space = fields.get("sampling_packet_interval"), fields.get("sampling_packet_space")
    if size.__class__ is int and space.__class__ is int and size:
        return (int(size) + int(space or 0)) // int(size)
    return None
