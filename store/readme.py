"""The page that lies in a municipality's export, Danish and English."""

README = {
    "da": """# Logdata for {name} ({tenant})

Alt, som vagt har modtaget for {name} fra {since} til (men ikke med) {until}. Tider er UTC.

| mappe | indhold |
|---|---|
| `events/` | loghændelser, én fil pr. modtagelsesdag; hver linje er et dokument efter Elastic Common Schema (ECS) |
| `findings/` | fund: det, som detektionsreglerne har slået ud på, som ECS-alarmer |
| `dead/` | logs, der ikke kunne læses, med begrundelse; den modtagne logs bytes står i `body_base64` |
| `manifest.json` | antal, tidsrum, og hvad der eventuelt ikke kunne læses (`problems`) |
| `SHA256SUMS` | kontrolsummer af alle filer |

Den oprindelige log står uændret i feltet `event.original`. Filer på `.ndjson.gz` er gzip-pakket tekst med ét
JSON-dokument pr. linje; filer på `.parquet` har kolonnerne `id`, `day`, `original` og `document` (hele dokumentet som JSON).

Kontrollér, at intet er ændret eller mangler: `sha256sum -c SHA256SUMS`. Summen af selve `SHA256SUMS`
står i driftsfællesskabets revisionslog.
Filerne indeholder personoplysninger. Opbevar dem derefter.
""",
    "en": """# Log data of {name} ({tenant})

Everything that vagt received for {name} from {since} to (not including) {until}. Times are UTC.

| folder | content |
|---|---|
| `events/` | log events, a file per day of receipt; every line is a document of the Elastic Common Schema (ECS) |
| `findings/` | findings: what the detection rules fired on, as ECS alerts |
| `dead/` | logs that could not be read, with the reason; the bytes of the received log are in `body_base64` |
| `manifest.json` | counts, period, and what could not be read, if anything (`problems`) |
| `SHA256SUMS` | checksums of all files |

The log as it was received stands unchanged in the field `event.original`. Files ending in `.ndjson.gz` are gzipped text with
one JSON document a line; files ending in `.parquet` have the columns `id`, `day`, `original` and `document` (all as JSON).

Check that nothing is changed or missing: `sha256sum -c SHA256SUMS`. The sum of `SHA256SUMS` itself is in the unit's audit log.
The files hold personal data. Keep them accordingly.
""",
}
