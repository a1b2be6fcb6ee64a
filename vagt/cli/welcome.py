"""What `vagt run` tells the person who typed it: what is watched, what could not be read and why, and where to look."""

from rich.console import Console

from vagt.settings import Settings

out = Console(stderr=True, highlight=False)


def welcome(settings: Settings) -> bool:
    """Say it. Gives whether any log can be expected: of this machine, or as the settings say."""
    from ingest.inputs import local_inputs

    local = local_inputs(settings.ingest)
    scheme = "https" if settings.api.tls_certificate else "http"
    out.print(f"vagt watches, data in {settings.data_dir.resolve()}", style="bold")
    for one in local.files:
        out.print(f"  file     {', '.join(one.patterns)}", markup=False)
    if local.journal is not None:
        out.print("  journal  systemd journal of this machine")
    for listener in settings.ingest.syslog:
        out.print(f"  syslog   {listener.protocol} {listener.host}:{listener.port}")
    for gelf in settings.ingest.gelf:
        out.print(f"  gelf     {gelf.protocol} {gelf.host}:{gelf.port}")
    if settings.ingest.http.enabled:
        out.print(f"  http     {settings.ingest.http.host}:{settings.ingest.http.port} (_bulk, NDJSON; needs a token)")
    for name, reason in local.refused:
        out.print(f"  not read {name}: {reason}", style="yellow", markup=False)
    out.print(f"console  {scheme}://{settings.api.host}:{settings.api.port}/", style="bold")
    out.print(f"  log in with the key in {settings.data_dir / 'keys' / 'admin.key'}")
    out.print("command line  vagt incidents list, vagt findings list, vagt sources list")
    is_told_otherwise = not settings.ingest.own_logs or settings.ingest.http.tokens or settings.ingest.http.clients
    return not local.is_empty or bool(is_told_otherwise)
