"""News as a desktop notification that the terminal shows, by an escape sequence."""

from typing import Literal

from rwm_tui.core.launch.news import News

Sequence = Literal["osc9", "osc777"]


def desktop_notification(news: News, sequence: Sequence, *, in_tmux: bool = False) -> str:
    """The escape sequence; what it quotes holds no control character, and no semicolon where that would part fields.

    :param sequence: ``osc9`` as iTerm2, WezTerm, kitty and Windows Terminal have it, ``osc777`` as urxvt, foot and
        VTE's terminals have it.
    :param in_tmux: wrapped, so that tmux hands it on where its ``allow-passthrough`` is on.
    """
    title, text = f"rwm-tui: {news.title}", news.text
    if sequence == "osc9":
        escape = f"\x1b]9;{title}: {text}\x07"
    else:
        escape = f"\x1b]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}\x07"
    return f"\x1bPtmux;{escape.replace(chr(27), chr(27) * 2)}\x1b\\" if in_tmux else escape
