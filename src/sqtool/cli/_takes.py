"""Options declared once: a command takes bundles of them, Typer sees each by itself."""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def takes(run: Callable[..., int | None]) -> Callable[..., int | None]:
    """Replace every parameter that is a bundle by the options in it.

    Args:
        run: A function of bundles and single options, each annotated.

    Returns:
        The same command with a flat signature, for Typer; arguments are gathered again on call.
    """
    hints = get_type_hints(run, include_extras=True)
    hints.pop("return", None)
    bundles: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    flat: list[inspect.Parameter] = []
    for parameter in inspect.signature(run).parameters.values():
        if parameter.name not in bundles:
            flat.append(parameter.replace(annotation=hints[parameter.name]))
            continue
        bundle = bundles[parameter.name]
        inner = get_type_hints(bundle, include_extras=True)
        flat.extend(
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=inner[field.name],
            )
            for field in fields(bundle)
            if hasattr(inner[field.name], "__metadata__")  # others are no options
        )

    @wraps(run)
    def command(**given: Any) -> int | None:
        gathered = {
            name: bundle(**{f.name: given.pop(f.name) for f in fields(bundle) if f.name in given})
            for name, bundle in bundles.items()
        }
        return run(**gathered, **given)

    flat = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in flat]
    command.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in flat}
    del command.__wrapped__
    return command
