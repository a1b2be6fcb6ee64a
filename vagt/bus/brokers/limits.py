"""How much each client of the bus keeps in memory at most, and how large what it sends may be; the same for both libraries."""

from vagt.topics import MAX_RECORD_BYTES

LARGEST_MESSAGE = MAX_RECORD_BYTES + (64 << 10)  # key and headers beside a value that is itself at the limit
FETCH_BYTES = 4 << 20  # of one answer, compressed
FETCHED_KILOBYTES = 16 << 10  # waiting in a consumer, unpacked
FETCHED_RECORDS = 20_000
QUEUED_KILOBYTES = 64 << 10  # waiting in a producer
QUEUED_RECORDS = 100_000
