"""Settings of the enrichment: the files that the unit supplies, and what needs none."""

from pathlib import Path

from pydantic import Field

from vagt.settings.section import Section


class Export(Section):
    """One export: CSV (with `,`, `;`, tab or `|`; UTF-8 or Windows-1252) or a JSON array. It is read again when it changes."""

    path: Path = Field(description="the file, `.json` or CSV")
    tenant: str | None = Field(
        default=None,
        description="whose rows these are; none: the column `tenant` says it, and rows without are the whole unit's",
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="our name of a column, and the export's where it differs: `owner: Systemejer`"
    )


class GeoIpSettings(Section):
    """Databases in MaxMind's format; replace them by renaming, as geoipupdate does."""

    city: Path | None = Field(default=None, description="of places, as GeoLite2-City.mmdb")
    asn: Path | None = Field(default=None, description="of networks' owners, as GeoLite2-ASN.mmdb")


class EnrichmentSettings(Section):
    """What is added to events of addresses, hosts, users, names and programs. Each part is optional."""

    user_agent: bool = Field(default=True, description="take `user_agent.original` apart")
    registered_domain: bool = Field(default=True, description="registered domains by the Public Suffix List")
    geoip: GeoIpSettings = Field(default=GeoIpSettings(), description="places and network owners of public addresses")
    assets: tuple[Export, ...] = Field(
        default=(), description="CMDB: columns `name`, `ip`, `id`, `owner`, `criticality`, `function`, `site`"
    )
    sites: tuple[Export, ...] = Field(default=(), description="locations: columns `network`, `id`, `name`")
    zones: tuple[Export, ...] = Field(default=(), description="network zones: columns `network`, `name`")
    users: tuple[Export, ...] = Field(
        default=(), description="directory: columns `name`, `id`, `full_name`, `email`, `department`, `title`"
    )
    recheck_seconds: float = Field(default=60, gt=0, description="how often it is looked whether a file has changed")
