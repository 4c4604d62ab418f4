EXCEPTIONS: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {}
