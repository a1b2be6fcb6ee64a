"""The ids that a partition has brought lately, so that a record read twice is archived once."""


class SeenIds:
    """Ids of 16 bytes in two generations: when the younger is full or as old as the window, the older is forgotten.

    So an id is remembered for at least the window, or until `most` / 2 others have come; one id takes about 110 bytes.
    """

    def __init__(self, window_minutes: float, most: int) -> None:
        self._window = int(window_minutes * 60_000)
        self._half = max(1, most // 2)
        self._older: set[bytes] = set()
        self._younger: set[bytes] = set()
        self._began: int | None = None

    def __len__(self) -> int:
        return len(self._older) + len(self._younger)

    def is_new(self, number: bytes, timestamp: int) -> bool:
        """Whether `number` is met for the first time; it is remembered. `timestamp`: the bus's, milliseconds since 1970."""
        if number in self._younger or number in self._older:
            return False
        if self._began is None:
            self._began = timestamp
        elif len(self._younger) >= self._half or timestamp - self._began > self._window:
            self._older, self._younger, self._began = self._younger, set(), timestamp
        self._younger.add(number)
        return True
