"""Who may do what at the Kafka brokers, and how many partitions topics have: what `vagt kafka setup` makes of it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vagt.settings.section import Section

Principal = Annotated[str, Field(min_length=1, max_length=249, pattern=r"^[^\s:*?\"'\\][^\s:*?\"'\\]*$")]
PartitionCount = Annotated[int, Field(ge=1, le=1024)]


class KafkaShipper(Section):
    """A municipality's shipper that writes straight into Kafka: into topics of its own municipality, and nothing else."""

    tenant: str = Field(description="The municipality whose logs it brings")
    principal: Principal = Field(
        description="Its name at the brokers: the client certificate's common name as the brokers map it, or the SCRAM user"
    )
    sources: tuple[str, ...] = Field(
        default=(), description="Source ids that it writes: their topics are made by `kafka setup`"
    )


class KafkaUser(Section):
    """A SCRAM user that `vagt kafka setup` makes where it is missing."""

    name: Principal = Field(description="The user's name, a principal of `services` or `shippers`")
    password_file: Path = Field(description="A file that holds its password alone")
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256"] = Field(
        default="SCRAM-SHA-512", description="What the user logs in with"
    )
