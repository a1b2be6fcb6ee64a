"""An address to its place and its network's owner, from files in MaxMind's format (GeoLite2, GeoIP2, DB-IP and others)."""

from pathlib import Path
from typing import Any

import maxminddb
import structlog

from normalise.directions import is_internal
from normalise.metrics import ENRICHMENT_FAILED
from vagt.errors import DependencyError

Fields = dict[str, Any]
log = structlog.get_logger()


class GeoIp:
    """The databases that the settings name; either may lack. Files are to be replaced by renaming, as they are mapped."""

    def __init__(self, city: Path | None, asn: Path | None) -> None:
        """Raises DependencyError for a file that is missing or no such database."""
        self._city = _open(city)
        self._asn = _open(asn)
        self._is_told = False

    def of(self, address: str) -> tuple[Fields, Fields]:
        """(`geo`, `as`) of an address, empty where nothing is known. Private addresses are not asked for."""
        if is_internal(address):
            return {}, {}
        return _geo(self._get(self._city, address)), _as(self._get(self._asn, address))

    def _get(self, reader: maxminddb.Reader | None, address: str) -> Fields:
        if reader is None:
            return {}
        try:
            found = reader.get(address)
        except ValueError:  # an IPv6 address asked of a database of IPv4
            return {}
        except maxminddb.InvalidDatabaseError as error:
            self._tell(error)
            return {}
        return found if isinstance(found, dict) else {}

    def _tell(self, error: maxminddb.InvalidDatabaseError) -> None:
        """Say once that a database is torn, which shows in a look-up alone; events go on without their places."""
        if not self._is_told:
            self._is_told = True
            ENRICHMENT_FAILED.labels("geoip").set(1)
            log.error(
                "geoip_damaged", error=type(error).__name__, hint="put the databases of normalise.enrichment.geoip there anew"
            )

    def close(self) -> None:
        """Let go of the files."""
        for one in (self._city, self._asn):
            if one is not None:
                one.close()


def _open(path: Path | None) -> maxminddb.Reader | None:
    if path is None:
        return None
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise DependencyError(f"{path} cannot be used ({error}); put a database in MaxMind's format there") from error


def _geo(found: Fields) -> Fields:
    geo: Fields = {}
    for name, prefix in (("country", "country"), ("continent", "continent")):
        part = found.get(name)
        if isinstance(part, dict):
            code = part.get("iso_code") or part.get("code")
            geo |= {f"{prefix}_iso_code" if name == "country" else "continent_code": code}
            geo[f"{prefix}_name"] = _english(part)
    if isinstance(city := found.get("city"), dict):
        geo["city_name"] = _english(city)
    regions = found.get("subdivisions")
    if isinstance(regions, list) and regions and isinstance(regions[0], dict):
        country = geo.get("country_iso_code")
        code = regions[0].get("iso_code")
        geo |= {"region_name": _english(regions[0]), "region_iso_code": f"{country}-{code}" if country and code else None}
    place = found.get("location")
    if isinstance(place, dict) and "latitude" in place and "longitude" in place:
        geo |= {"location": {"lat": place["latitude"], "lon": place["longitude"]}, "timezone": place.get("time_zone")}
    return {name: value for name, value in geo.items() if value is not None}


def _english(part: Fields) -> str | None:
    names = part.get("names")
    return names.get("en") if isinstance(names, dict) else None


def _as(found: Fields) -> Fields:
    number, name = found.get("autonomous_system_number"), found.get("autonomous_system_organization")
    fields: Fields = {}
    if isinstance(number, int):
        fields["number"] = number
    if isinstance(name, str) and name:
        fields["organization"] = {"name": name}
    return fields
