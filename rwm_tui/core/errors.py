"""The one exception that carries a message for the user."""


class InputError(Exception):
    """Something the user gave (file, key, option, environment) cannot be used.

    Shells print ``title: message`` and the remedy, and exit with status 2; no traceback is shown.

    :param title: what went wrong in a few words, e.g. ``"profile not usable"``.
    :param message: the fact, naming file and key.
    :param hint: the remedy, one sentence.
    """

    def __init__(self, title: str, message: str, hint: str) -> None:
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message
        self.hint = hint


class ConsentNeeded(InputError):
    """Everything is ready but the user's consent to a licence; a shell may ask for it and try again."""
