"""Text of untrusted files inside a Markdown table."""


def markdown_cell(text: str) -> str:
    """One line in which no character means anything to Markdown or HTML."""
    for character in "\\|<>`*_[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
