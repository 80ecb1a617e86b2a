"""How the ceilings are written: entries on one line each, so that people can read and edit them."""

import yaml


def entries_as_text(content: object) -> str:
    return yaml.dump(content, Dumper=_OneLineEntries, sort_keys=False, allow_unicode=True, width=4000)


class _OneLineEntries(yaml.SafeDumper):
    """Entries hold nothing but figures and names."""

    def represent_mapping(self, tag: str, mapping: object, flow_style: bool | None = None) -> yaml.MappingNode:
        is_entry = isinstance(mapping, dict) and ("launch" in mapping or "launches" in mapping)
        return super().represent_mapping(tag, mapping, flow_style=True if is_entry else flow_style)  # type: ignore[arg-type]
